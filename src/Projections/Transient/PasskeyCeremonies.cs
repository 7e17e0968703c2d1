using Ente.Orleans.Domain;
using Npgsql;

namespace Ente.Orleans.Projections.Transient;

/// <summary>Challenges given to browsers and not yet answered (api/01 §G).</summary>
public sealed class PasskeyCeremonies(NpgsqlDataSource database)
{
    /// <summary>Open ones in a scope; one more ends the oldest.</summary>
    public const int MaxOpen = 10;

    /// <summary>How long an expired one is remembered, so that who is late is told so.</summary>
    private const long Remembrance = Micros.Minute;

    /// <summary>The registration of a passkey by a user.</summary>
    public static string RegistrationOf(long userId) => $"registration {userId}";

    /// <summary>The proof that a login session waits for.</summary>
    public static string LoginOf(string sessionId) => $"login {TokenHash.Of(sessionId)}";

    /// <param name="ceremony">What its answer is checked against.</param>
    /// <param name="now">Microseconds since the Unix epoch.</param>
    /// <param name="lifetime">Microseconds.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<Guid> StartAsync(PasskeyCeremony ceremony, long now, long lifetime, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(ceremony);
        var id = Guid.NewGuid();
        await database.Command(
                $"""
                 with ended as (
                   delete from transient.passkey_ceremonies where id in (
                     select id from transient.passkey_ceremonies where scope = $2 order by created_at desc offset {MaxOpen - 1}))
                 insert into transient.passkey_ceremonies (id, scope, user_id, challenge, rp_id, credential_ids, created_at, expires_at)
                 values ($1, $2, $3, $4, $5, $6, $7, $8)
                 """,
                id, ceremony.Scope, ceremony.UserId, ceremony.Challenge, ceremony.RpId, ceremony.CredentialIds.ToArray(), now, now + lifetime)
            .RunAsync(cancellation);
        return id;
    }

    /// <summary>Takes it away, whatever comes of it; of two that ask at once one gets it.</summary>
    public Task<PasskeyCeremony?> TakeAsync(Guid id, long now, CancellationToken cancellation) =>
        database.Command(
                """
                delete from transient.passkey_ceremonies where id = $1
                returning scope, user_id, challenge, rp_id, credential_ids, expires_at <= $2
                """,
                id, now)
            .FirstAsync(
                r => new PasskeyCeremony(
                    r.GetString(0), r.GetInt64(1), r.GetFieldValue<byte[]>(2), r.GetString(3), r.GetFieldValue<string[]>(4))
                {
                    IsExpired = r.GetBoolean(5),
                },
                cancellation);

    public Task PurgeAsync(long now, CancellationToken cancellation) =>
        database.Command("delete from transient.passkey_ceremonies where expires_at <= $1", now - Remembrance).RunAsync(cancellation);
}

/// <param name="Scope">Who may answer.</param>
/// <param name="UserId">Whose passkey it is about.</param>
/// <param name="Challenge">What the authenticator signs.</param>
/// <param name="RpId">The relying party at its start.</param>
/// <param name="CredentialIds">Those that may answer; empty at a registration.</param>
public sealed record PasskeyCeremony(string Scope, long UserId, byte[] Challenge, string RpId, IReadOnlyList<string> CredentialIds)
{
    public bool IsExpired { get; init; }
}
