using System.Text;
using Ente.Orleans.Api.Family;
using Ente.Orleans.Crypto;

namespace Ente.Orleans.Api.Users;

/// <summary>GET /users/delete-challenge and DELETE /users/delete (api/01 §I).</summary>
internal static class AccountDeletion
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/users/delete-challenge", Challenge).Requires(Requirement.User);
        routes.MapDelete("/users/delete", Delete).Requires(Requirement.User);
    }

    private sealed record ChallengeResponse(bool AllowDelete, string EncryptedChallenge, IReadOnlyList<string> Apps);

    private static async Task<IResult> Challenge(Caller caller, AccountQueries accounts, ScopedJwt jwt, CancellationToken cancellation)
    {
        if (await accounts.FindAsync(caller.UserId, cancellation) is not { KeyAttributes: { } keys }) return Answers.NotFound;
        if (!WireBase64.TryDecode(keys.PublicKey, out var publicKey) || publicKey.Length != KeyPair.KeySize)
            return Answers.Bad("the account's public key is not valid");
        var challenge = Encoding.ASCII.GetBytes(jwt.Issue(caller.UserId, JwtScopes.DeleteAccount, Micros.Day));
        return Answers.Ok(new ChallengeResponse(
            AllowDelete: true, Convert.ToBase64String(SealedBox.Seal(challenge, publicKey)),
            await accounts.AppsAsync(caller.UserId, cancellation)));
    }

    private sealed record Request(string? Challenge, string? Reason, string? ReasonCategory, string? Feedback);

    private static async Task<IResult> Delete(
        Body<Request> body, Caller caller, ClientInfo client, HttpContext http, ScopedJwt jwt, Deletions deletions, CancellationToken cancellation)
    {
        if (jwt.Verify(body.Value.Challenge) is not { Scope: JwtScopes.DeleteAccount } claims) return Answers.Bad("invalid challenge");
        if (claims.IsExpired) return Answers.Bad("token expired");
        if (claims.UserId != caller.UserId) return Answers.Forbidden;
        var reason = body.Value.Reason is { Length: > 0 } r ? r : body.Value.ReasonCategory;
        return await deletions.DeleteAsync(caller.UserId, caller.UserId, reason, body.Value.Feedback, client, http, cancellation);
    }
}

/// <summary>Ends accounts, at their owner's or an administrator's wish.</summary>
internal sealed class Deletions(
    AccountQueries accounts, PersonalData personal, Tokens tokens, ScopedJwt jwt, IGrainHost grains, IMailer mailer,
    FamilyMails familyMails, Clock clock)
{
    private const long DataRemovalDelay = 7 * Micros.Day;

    private sealed record Response(bool IsSubscriptionCancelled, long UserID);

    public async Task<IResult> DeleteAsync(
        long actor, long userId, string? reason, string? feedback, ClientInfo client, HttpContext http, CancellationToken cancellation)
    {
        if (await accounts.FindAsync(userId, cancellation) is not { IsDeleted: false } account) return Answers.NotFound;
        var email = await personal.OpenAsync(userId, account.SealedEmail, cancellation);
        var reply = await grains.SendAsync(
            new DeleteUser(actor, userId, reason, feedback, clock.Now + DataRemovalDelay), client.RequestId, cancellation);
        if (reply.Refusal is { } no) return Answers.Of(no);
        await tokens.EndedAllAsync(userId, cancellation);
        await familyMails.RemovedAsync(reply.Value!.RemovedMembers, cancellation);
        if (reply.Value.LeftAdminId is { } adminId && email is not null) await familyMails.LeftAsync(adminId, email, cancellation);
        if (email is not null)
        {
            var recovery = jwt.Issue(userId, JwtScopes.RestoreAccount, DataRemovalDelay, email);
            var url = $"{http.Request.Scheme}://{http.Request.Host}/users/recover-account?token={Uri.EscapeDataString(recovery)}";
            await mailer.SendAsync(Mails.AccountDeleted(email, url), cancellation);
        }

        // What a store bills, only its user can end there (api/01 §I).
        var isCancelled = account.IsPlanCancelled || account.PlanProduct == FreePlan.Product || account.PlanProvider is "" or "stripe";
        return Answers.Ok(new Response(isCancelled, userId));
    }
}
