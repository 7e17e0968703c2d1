using Ente.Orleans.Domain;
using Npgsql;

namespace Ente.Orleans.Projections.Transient;

/// <summary>One side's memory of SRP handshakes (api/01 §D2). The secret is sealed with the instance's key.</summary>
public sealed class SrpSessions(NpgsqlDataSource database, PersonalData personal)
{
    public const int MaxUnverifiedAnHour = 10;
    public const int MaxWrongAttempts = 5;
    private const long Lifetime = Micros.Day;

    /// <summary>
    /// How many sessions of user $1 and scope $3, younger than $2, wait for their proof. Those of users that do not exist count too:
    /// a difference would tell.
    /// </summary>
    private const string OpenOfUser =
        "select count(*) from transient.srp_sessions where srp_user_id = $1 and not is_verified and created_at > $2 and network = $3";

    /// <summary>Whether a scope has used up the user's sessions of this hour; asked before work is done for another one.</summary>
    public async Task<bool> IsFullAsync(Guid srpUserId, string scope, long now, CancellationToken cancellation) =>
        await database.Command($"select ({OpenOfUser}) >= {MaxUnverifiedAnHour}", srpUserId, now - Micros.Hour, scope).ScalarAsync<bool>(cancellation);

    /// <summary>Null when the scope (<see cref="KnownNetworks.ScopeAsync"/>) has used up the user's sessions of this hour.</summary>
    public async Task<Guid?> AddAsync(Guid srpUserId, string scope, byte[] b, byte[] a, bool isFake, long now, CancellationToken cancellation)
    {
        var id = Guid.NewGuid();
        await using var batch = database.CreateBatch();
        // Who asks many times at once is counted one by one: the second statement sees what the lock's last holder did.
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select pg_advisory_xact_lock(hashtextextended('srp ' || $1::text, 0))")
        {
            Parameters = { new NpgsqlParameter { Value = srpUserId } },
        });
        var insert = new NpgsqlBatchCommand(
            $"""
             insert into transient.srp_sessions (srp_user_id, id, sealed_b, a, is_fake, created_at, network)
             select $1, $4, $5, $6, $7, $8, $3 where ({OpenOfUser}) < {MaxUnverifiedAnHour}
             """);
        foreach (var value in (ReadOnlySpan<object>)[srpUserId, now - Micros.Hour, scope, id, personal.SealForInstance(b), a, isFake, now])
            insert.Parameters.Add(new NpgsqlParameter { Value = value });
        batch.BatchCommands.Add(insert);
        await batch.ExecuteNonQueryAsync(cancellation);
        return insert.RecordsAffected == 1 ? id : null;
    }

    /// <summary>
    /// Begins a proof: counts it as a wrong one before it is computed, so that guesses at once count one by one, and answers what to
    /// compute it with. Five wrong proofs end a session, and it proves once.
    /// </summary>
    public async Task<(SrpProof? Proof, Refusal? Refusal)> BeginProofAsync(Guid id, CancellationToken cancellation)
    {
        var begun = await database.Command(
                $"""
                 update transient.srp_sessions set wrong_attempts = wrong_attempts + 1
                 where id = $1 and not is_verified and wrong_attempts < {MaxWrongAttempts} returning sealed_b, a, is_fake
                 """,
                id)
            .FirstAsync(r => new { SealedB = r.GetFieldValue<byte[]>(0), A = r.GetFieldValue<byte[]>(1), IsFake = r.GetBoolean(2) }, cancellation);
        if (begun is not null) return (new SrpProof(personal.OpenForInstance(begun.SealedB), begun.A, begun.IsFake), null);
        var isVerified = await database.Command("select is_verified from transient.srp_sessions where id = $1", id)
            .FirstAsync(r => (bool?)r.GetBoolean(0), cancellation);
        return (null, isVerified switch
        {
            null => new Refusal(Reason.Unauthenticated),
            true => new Refusal(Reason.Gone, "SESSION_ALREADY_VERIFIED"),
            false => new Refusal(Reason.Gone, "TOO_MANY_WRONG_ATTEMPTS"),
        });
    }

    /// <summary>The proof was right; false when another one was first.</summary>
    public async Task<bool> FinishProofAsync(Guid id, CancellationToken cancellation) =>
        await database.Command(
                "update transient.srp_sessions set is_verified = true, wrong_attempts = wrong_attempts - 1 where id = $1 and not is_verified", id)
            .RunAsync(cancellation) == 1;

    public Task AddSetupAsync(SrpSetup setup, long now, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(setup);
        return database.Command(
                """
                insert into transient.srp_setups (id, session_id, user_id, srp_user_id, srp_salt, sealed_verifier, created_at)
                values ($1, $2, $3, $4, $5, $6, $7)
                """,
                setup.Id, setup.SessionId, setup.UserId, setup.SrpUserId, setup.SrpSalt, personal.SealForInstance(setup.Verifier), now)
            .RunAsync(cancellation);
    }

    /// <summary>A pending set-up of this user's.</summary>
    public Task<SrpSetup?> SetupAsync(Guid id, long userId, CancellationToken cancellation) =>
        database.Command(
                "select session_id, srp_user_id, srp_salt, sealed_verifier from transient.srp_setups where id = $1 and user_id = $2", id, userId)
            .FirstAsync(
                r => new SrpSetup(
                    id, r.GetGuid(0), userId, r.GetGuid(1), r.GetString(2),
                    personal.OpenForInstance(r.GetFieldValue<byte[]>(3)) ?? throw new InvalidOperationException("a sealed verifier does not open")),
                cancellation);

    public Task PurgeAsync(long now, CancellationToken cancellation) =>
        database.Command(
                """
                with old as (delete from transient.srp_sessions where created_at <= $1)
                delete from transient.srp_setups where created_at <= $1
                """,
                now - Lifetime)
            .RunAsync(cancellation);
}

/// <summary>What a proof is computed with; <paramref name="B"/> is null when it does not open with this instance's key.</summary>
public sealed record SrpProof(byte[]? B, byte[] A, bool IsFake);

public sealed record SrpSetup(Guid Id, Guid SessionId, long UserId, Guid SrpUserId, string SrpSalt, byte[] Verifier);
