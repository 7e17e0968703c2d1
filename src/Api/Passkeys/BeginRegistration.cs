using System.Buffers.Text;
using Ente.Orleans.Api.Passkeys.WebAuthn;
using Ente.Orleans.Crypto;

namespace Ente.Orleans.Api.Passkeys;

/// <summary>POST /passkeys/registration/begin: options for <c>navigator.credentials.create</c>.</summary>
internal static class BeginRegistration
{
    private const long Lifetime = 5 * Micros.Minute;
    private const string PublicKeyType = "public-key";

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/passkeys/registration/begin", Handle).Requires(Requirement.AccountsJwt);

    private sealed record Party(string Name, string Id);

    private sealed record User(string Name, string DisplayName, string Id);

    private sealed record Parameter(string Type, long Alg);

    private sealed record Selection(bool RequireResidentKey, string UserVerification);

    /// <summary>Its time is in milliseconds.</summary>
    private sealed record PublicKey(
        Party Rp, User User, string Challenge, IReadOnlyList<Parameter> PubKeyCredParams, long Timeout, Selection AuthenticatorSelection);

    private sealed record Options(PublicKey PublicKey);

    private sealed record Response(Guid SessionID, Options Options);

    private static async Task<IResult> Handle(
        Caller caller, AccountQueries accounts, PersonalData personal, PasskeyCeremonies ceremonies, ApiOptions options, Clock clock,
        CancellationToken cancellation)
    {
        if (await accounts.FindAsync(caller.UserId, cancellation) is not { IsDeleted: false } account) return Answers.Of(Refusal.Gone);
        if (await accounts.CountPasskeysAsync(account.Id, cancellation) >= Passkey.MaxPerUser) return Answers.Of(RegisterPasskey.TooMany);
        var email = await personal.OpenAsync(account.Id, account.SealedEmail, cancellation) ?? "";
        var party = options.RelyingParty;
        var challenge = Secrets.RandomBytes(PasskeyVerification.ChallengeSize);
        var id = await ceremonies.StartAsync(
            new PasskeyCeremony(PasskeyCeremonies.RegistrationOf(account.Id), account.Id, challenge, party.Id, []), clock.Now, Lifetime,
            cancellation);
        return Answers.Ok(new Response(id, new Options(new PublicKey(
            new Party(RelyingParty.Name, party.Id),
            new User(email, email, Base64Url.EncodeToString(PasskeyVerification.UserHandle(account.Id))),
            Base64Url.EncodeToString(challenge),
            [.. CredentialPublicKey.Offered.Select(algorithm => new Parameter(PublicKeyType, algorithm))],
            Lifetime / Micros.Millisecond,
            new Selection(RequireResidentKey: false, UserVerification: "preferred")))));
    }
}
