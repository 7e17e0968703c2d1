using System.Collections.Concurrent;
using Ente.Orleans.Crypto;

namespace Ente.Orleans.Api.Users;

/// <summary>POST /users/ott: mails a one-time code (api/01 §C).</summary>
internal static class SendCode
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/users/ott", Handle).Requires(Requirement.Anyone).Limited(10);

    private sealed record Request(string? Email, string? Purpose, bool? Mobile);

    private static async Task<IResult> Handle(
        Body<Request> body, ClientInfo client, ApiOptions options, AccountQueries accounts, PersonalData personal, OneTimeCodes codes,
        CodeSendLimits limits, Disclosures disclosures, IMailer mailer, Clock clock, CancellationToken cancellation)
    {
        var email = PersonalData.Normalise(body.Value.Email ?? "");
        if (email.Length == 0 || email.Length > 254) return Answers.BadRequest;
        var now = clock.Now;
        if (limits.IsBlocked(now)) return Answers.Bare(StatusCodes.Status429TooManyRequests);
        var purpose = body.Value.Purpose ?? "";
        switch (await CheckPurposeAsync(purpose, email, options, accounts, cancellation))
        {
            case (not null, true) hidden:
                // Who asks for many addresses learns nothing more of them.
                return disclosures.OfCodes.MayTell(now) ? hidden.Answer! : Answers.Empty;
            case (not null, false) shown:
                return shown.Answer!;
        }

        var hash = personal.EmailHash(email);
        if (await codes.ActiveAsync(hash, client.App, now, cancellation) >= OneTimeCodes.MaxActive || !limits.MaySend(client.Address, now))
            return Answers.Bare(StatusCodes.Status429TooManyRequests);

        if (purpose != "change" && HardcodedCode(email, options) is { } code)
        {
            await codes.AddAsync(hash, client.App, code, now, now + OneTimeCodes.Lifetime, cancellation);
            return Answers.Empty;
        }

        var random = Secrets.RandomAlphanumeric(6, "0123456789");
        await codes.AddAsync(hash, client.App, random, now, now + OneTimeCodes.Lifetime, cancellation);
        return await mailer.SendAsync(Mails.Code(email, random), cancellation) switch
        {
            MailResult.Sent => Answers.Empty,
            MailResult.RecipientRefused => Answers.Bad($"Invalid email {email}"),
            _ => Answers.Bare(StatusCodes.Status500InternalServerError),
        };
    }

    private static async Task<(IResult? Answer, bool TellsOfAccount)> CheckPurposeAsync(
        string purpose, string email, ApiOptions options, AccountQueries accounts, CancellationToken cancellation)
    {
        if (purpose is not ("change" or "signup" or "login")) return (null, false);
        var account = await accounts.FindByEmailAsync(email, cancellation);
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

/// <summary>How many codes the process sends (api/01 §C).</summary>
internal sealed class CodeSendLimits
{
    private const long Window = 5 * Micros.Minute;
    private const int BlockAt = 200;
    private const int WatchAt = 50;
    private readonly Lock gate = new();
    private readonly Queue<long> sends = [];
    private readonly ConcurrentDictionary<string, long> lastByAddress = [];
    private long blockedUntil;

    public bool IsBlocked(long now) => now < Volatile.Read(ref blockedUntil);

    public bool MaySend(string address, long now)
    {
        lock (gate)
        {
            while (sends.TryPeek(out var oldest) && oldest <= now - Window) sends.Dequeue();
            sends.Enqueue(now);
            if (sends.Count >= BlockAt)
            {
                blockedUntil = now + (10 * Micros.Minute);
                return false;
            }

            if (sends.Count >= WatchAt && lastByAddress.TryGetValue(address, out var last) && now - last < Window) return false;
            if (lastByAddress.Count > 10_000) lastByAddress.Clear();
            lastByAddress[address] = now;
            return true;
        }
    }
}
