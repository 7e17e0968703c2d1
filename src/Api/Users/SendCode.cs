using Ente.Orleans.Crypto;

namespace Ente.Orleans.Api.Users;

/// <summary>POST /users/ott: mails a one-time code (api/01 §C).</summary>
internal static class SendCode
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/users/ott", Handle).Requires(Requirement.Anyone).Limited(10);

    private sealed record Request(string? Email, string? Purpose, bool? Mobile);

    private static async Task<IResult> Handle(
        Body<Request> body, ClientInfo client, ApiOptions options, AccountQueries accounts, PersonalData personal, KnownNetworks networks,
        OneTimeCodes codes, CodeSendLimits limits, Disclosures disclosures, IMailer mailer, Clock clock, CancellationToken cancellation)
    {
        var email = PersonalData.Normalise(body.Value.Email ?? "");
        if (email.Length == 0 || email.Length > 254) return Answers.BadRequest;
        var now = clock.Now;
        var purpose = body.Value.Purpose ?? "";
        var account = await accounts.FindByEmailAsync(email, cancellation);
        switch (CheckPurpose(purpose, account, options))
        {
            case (not null, true) hidden:
                // Who asks for many addresses learns nothing more of them.
                return disclosures.OfCodes.MayTell(now) ? hidden.Answer! : Answers.Empty;
            case (not null, false) shown:
                return shown.Answer!;
        }

        var hash = personal.EmailHash(email);
        var scope = await networks.ScopeAsync(account?.Id, client.Network, cancellation);
        if (await codes.ActiveAsync(hash, client.App, scope, now, cancellation) >= OneTimeCodes.MaxActive
            || !limits.MaySend(client.Network, isKnown: scope != KnownNetworks.Elsewhere, now))
        {
            return Answers.Bare(StatusCodes.Status429TooManyRequests);
        }

        if (purpose != "change" && HardcodedCode(email, options) is { } code)
        {
            await codes.AddAsync(hash, client.App, scope, code, now, now + OneTimeCodes.Lifetime, cancellation);
            return Answers.Empty;
        }

        var random = Secrets.RandomAlphanumeric(6, "0123456789");
        await codes.AddAsync(hash, client.App, scope, random, now, now + OneTimeCodes.Lifetime, cancellation);
        return await mailer.SendAsync(Mails.Code(email, random), cancellation) switch
        {
            MailResult.Sent => Answers.Empty,
            MailResult.RecipientRefused => Answers.Bad($"Invalid email {email}"),
            _ => Answers.Bare(StatusCodes.Status500InternalServerError),
        };
    }

    private static (IResult? Answer, bool TellsOfAccount) CheckPurpose(string purpose, Account? account, ApiOptions options)
    {
        var isComplete = account?.KeyAttributes is not null;
        return purpose switch
        {
            "change" when account is not null => (Answers.Forbidden, true),
            "signup" when options.DisableRegistration && !isComplete => (Answers.Forbidden, false),
            "signup" when isComplete => (Answers.Coded(StatusCodes.Status409Conflict, "USER_ALREADY_REGISTERED"), true),
            "login" when account is null => (Answers.Coded(StatusCodes.Status404NotFound, "USER_NOT_REGISTERED"), true),
            "login" when !isComplete => (Answers.Coded(StatusCodes.Status404NotFound, "USER_SIGNUP_INCOMPLETE"), true),
            _ => (null, false),
        };
    }

    private static string? HardcodedCode(string email, ApiOptions options)
    {
        if (options.HardcodedCodes.TryGetValue(email, out var code)) return code;
        var hasSuffix = options.LocalDomainSuffix.Length > 0 && options.LocalDomainCode.Length > 0;
        return hasSuffix && email.EndsWith(options.LocalDomainSuffix, StringComparison.Ordinal) ? options.LocalDomainCode : null;
    }
}

/// <summary>
/// How many codes the process sends (api/01 §C): 200 in five minutes, and from the 50th on one for each network. Who asks for a code of
/// an account from where it was signed in before has as many again, which nobody else can use up.
/// </summary>
internal sealed class CodeSendLimits
{
    private const long Window = 5 * Micros.Minute;
    public const int Most = 200;
    public const int WatchAt = 50;
    private readonly Lock gate = new();
    private readonly Queue<(string Network, long At)> elsewhere = [];
    private readonly Queue<(string Network, long At)> known = [];

    public bool MaySend(string network, bool isKnown, long now)
    {
        lock (gate)
        {
            var sends = isKnown ? known : elsewhere;
            while (sends.TryPeek(out var oldest) && oldest.At <= now - Window) sends.Dequeue();
            if (sends.Count >= Most || (sends.Count >= WatchAt && !isKnown && sends.Any(s => s.Network == network))) return false;
            sends.Enqueue((network, now));
            return true;
        }
    }
}
