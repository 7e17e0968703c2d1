namespace Ente.Orleans.Api.Family;

/// <summary>Families: several users on one plan (api/06 §1).</summary>
internal static class FamilyEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        CreateFamilyEndpoint.Map(routes);
        AddMember.Map(routes);
        Members.Map(routes);
        RemoveMember.Map(routes);
        RevokeInvite.Map(routes);
        ModifyStorage.Map(routes);
        LeaveFamilyEndpoint.Map(routes);
        InviteInfo.Map(routes);
        AcceptInvite.Map(routes);
    }
}
