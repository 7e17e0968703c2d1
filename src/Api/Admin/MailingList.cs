namespace Ente.Orleans.Api.Admin;

/// <summary>The mailing list's routes, without a list (api/06 §9.2): there is nothing to put anybody on, or to count.</summary>
internal static class MailingList
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/admin/mail/subscribe", () => Answers.Empty).Requires(Requirement.Admin);
        routes.MapPost("/admin/mail/unsubscribe", () => Answers.Empty).Requires(Requirement.Admin);
        routes.MapGet("/admin/listmonk/missing-subscribers/count", () => Answers.Bad("Listmonk is not configured"))
            .Requires(Requirement.Admin);
    }
}
