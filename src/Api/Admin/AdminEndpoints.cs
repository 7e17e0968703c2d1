namespace Ente.Orleans.Api.Admin;

/// <summary>The administrator's routes that are served (api/06 §9).</summary>
internal static class AdminEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        GetUser.Map(routes);
        ListUsers.Map(routes);
        EmailHashes.Map(routes);
        AddCode.Map(routes);
        ChangeSubscription.Map(routes);
        Bonus.Map(routes);
        DeleteUserEndpoint.Map(routes);
        RecoverUserEndpoint.Map(routes);
        ChangeUserEmail.Map(routes);
        DisableTwoFactor.Map(routes);
        DisablePasskeys.Map(routes);
        UpdateEmailMfa.Map(routes);
        TerminateSession.Map(routes);
        CloseFamilyEndpoint.Map(routes);
        UnblockLogin.Map(routes);
        SendMail.Map(routes);
        MailingList.Map(routes);
    }
}
