using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Ente.Orleans.Crypto;
using Ente.Orleans.Domain;
using Ente.Orleans.Domain.Accounts;
using Ente.Orleans.Grains;
using Ente.Orleans.Projections.Queries;
using Ente.Orleans.Projections.Transient;

namespace Ente.Orleans.Api.Access;

/// <summary>User tokens: issued, looked up by hash with a memory of one minute, ended (api/01 §A4, §A6).</summary>
internal sealed class Tokens(
    AccountQueries accounts, SessionActivity activity, KnownNetworks networks, SessionEndings endings, IGrainHost grains, Clock clock,
    ILogger<Tokens> log)
{
    private const int CacheSize = 100_000;
    private const long UnusedLifetime = 365 * Micros.Day;
    private const long CacheLifetime = Micros.Minute;
    private readonly ConcurrentDictionary<(string App, string Hash), (long UserId, long Until)> known = [];

    /// <summary>A new session's token: 32 random bytes in URL-safe base64.</summary>
    public async Task<Reply<string>> IssueAsync(long userId, ClientInfo client, CancellationToken cancellation)
    {
        var token = Base64Text.EncodeUrl(Secrets.RandomBytes(32));
        await activity.StartedAsync(userId, token, client.Address, client.UserAgent, clock.Now, cancellation);
        await networks.NoteAsync(userId, client.Network, clock.Now, cancellation);
        var reply = await grains.SendAsync(new StartSession(userId, TokenHash.Of(token), client.App), client.RequestId, cancellation);
        return new Reply<string>(token, reply.Refusal);
    }

    /// <summary>Whose token it is, where that is remembered; null says nothing.</summary>
    public long? KnownUser(string token, string app) =>
        token.Length > 0 && known.TryGetValue((app, TokenHash.Of(token)), out var hit) && hit.Until > clock.Now ? hit.UserId : null;

    public async Task<(Caller? Caller, string? Error)> AuthenticateAsync(string token, ClientInfo client, CancellationToken cancellation)
    {
        var hash = TokenHash.Of(token);
        var now = clock.Now;
        if (known.TryGetValue((client.App, hash), out var hit) && hit.Until > now) return (new Caller(hit.UserId, client.App, hash), null);
        var session = await accounts.SessionAsync(hash, cancellation);

        // Without a client package it is the token that tells the app: the command line downloads so (api/09 §11.2).
        var app = client.Package.Length == 0 && session is not null ? session.App : client.App;
        if (session is null || session.IsDeleted || session.App != app) return (null, "invalid token");
        var lastUsed = await activity.LastUsedAsync(hash, cancellation) ?? session.CreatedAt;
        if (now - lastUsed > UnusedLifetime) return (null, "token expired");
        if (known.Count > CacheSize) known.Clear();
        known[(app, hash)] = (session.UserId, now + CacheLifetime);
        _ = NoteUseAsync(session.UserId, hash, client, now);
        return (new Caller(session.UserId, app, hash), null);
    }

    /// <summary>Ends a session of a user's; <paramref name="by"/>: the administrator who does it.</summary>
    public async Task EndAsync(long userId, string tokenHash, ClientInfo client, CancellationToken cancellation, long? by = null)
    {
        await grains.SendAsync(new EndSession(userId, tokenHash, by), client.RequestId, cancellation);
        Forget(tokenHash);
        await endings.TellOfSessionAsync(tokenHash, cancellation);
    }

    /// <summary>All sessions of a user have ended, but perhaps the one that ended them.</summary>
    public async Task EndedAllAsync(long userId, CancellationToken cancellation)
    {
        ForgetUser(userId);
        await endings.TellOfUserAsync(userId, cancellation);
    }

    /// <summary>Drops what is remembered of a session that ended, here or on another silo.</summary>
    public void Forget(string tokenHash)
    {
        foreach (var app in (ReadOnlySpan<string>)[Apps.Photos, Apps.Auth, Apps.Locker]) known.TryRemove((app, tokenHash), out _);
    }

    /// <summary>Drops what is remembered of a user's sessions.</summary>
    public void ForgetUser(long userId)
    {
        foreach (var (key, value) in known)
        {
            if (value.UserId == userId) known.TryRemove(key, out _);
        }
    }

    /// <summary>Drops everything: what ended meanwhile is not known.</summary>
    public void ForgetAll() => known.Clear();

    // In the background: no caller waits for its own footprint.
    private async Task NoteUseAsync(long userId, string hash, ClientInfo client, long now)
    {
        try
        {
            await activity.UsedAsync(userId, hash, client.Address, client.UserAgent, now, CancellationToken.None);
            await networks.NoteAsync(userId, client.Network, now, CancellationToken.None);
        }
        catch (Exception e)
        {
            log.LogWarning(e, "The last use of a session was not recorded");
        }
    }
}

/// <summary>Scoped JWTs (api/01 §A4): claims <c>userID</c>, <c>expiryTime</c> in microseconds, <c>claimScope</c>.</summary>
internal sealed class ScopedJwt(ApiOptions options, Clock clock)
{
    public string Issue(long userId, string scope, long lifetime, string? email = null)
    {
        var claims = new JsonObject { ["userID"] = userId, ["expiryTime"] = clock.Now + lifetime, ["claimScope"] = scope };
        if (email is not null) claims["email"] = email;
        return JsonWebToken.Issue(claims, options.Secrets.Jwt);
    }

    public ScopedClaims? Verify(string? token)
    {
        if (!JsonWebToken.TryVerify(token, options.Secrets.Jwt, out var claims)) return null;
        if (!claims.TryGetProperty("userID", out var user) || !user.TryGetInt64(out var userId)) return null;
        if (!claims.TryGetProperty("expiryTime", out var expiry) || !expiry.TryGetInt64(out var expiresAt)) return null;
        var scope = claims.TryGetProperty("claimScope", out var s) ? s.GetString() ?? "" : JwtScopes.Payment;
        var email = claims.TryGetProperty("email", out var e) ? e.GetString() : null;
        return new ScopedClaims(userId, scope, expiresAt < clock.Now, email);
    }
}

internal sealed record ScopedClaims(long UserId, string Scope, bool IsExpired, string? Email);

/// <summary>The time, in microseconds since the Unix epoch.</summary>
public sealed class Clock(TimeProvider time)
{
    public long Now => (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / 10;

    public DateTimeOffset UtcNow => time.GetUtcNow();
}
