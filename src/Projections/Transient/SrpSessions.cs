using Ente.Orleans.Crypto;
using Ente.Orleans.Domain;
using Npgsql;

namespace Ente.Orleans.Projections.Transient;

/// <summary>One side's memory of SRP handshakes (api/01 §D2). The secret is sealed with the instance's key.</summary>
public sealed class SrpSessions(NpgsqlDataSource database, PersonalData personal)
{
    public const int MaxUnverifiedAnHour = 10;
    public const int MaxWrongAttempts = 5;
    private const long Lifetime = Micros.Day;

    /// <summary>How many real sessions of user $1, younger than $2, wait for their proof.</summary>
    private const string OpenOfUser =
        "select count(*) from transient.srp_sessions where srp_user_id = $1 and not is_verified and not is_fake and created_at > $2";

    /// <summary>Whether the user has used up the sessions of this hour; asked before work is done for another one.</summary>
    public async Task<bool> IsFullAsync(Guid srpUserId, long now, CancellationToken cancellation) =>
        await database.Command($"select ({OpenOfUser}) >= {MaxUnverifiedAnHour}", srpUserId, now - Micros.Hour).ScalarAsync<bool>(cancellation);

    /// <summary>Null when the user has used up the sessions of this hour. Those of unknown users are not counted.</summary>
    public async Task<Guid?> AddAsync(Guid srpUserId, byte[] b, byte[] a, bool isFake, long now, CancellationToken cancellation)
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
             insert into transient.srp_sessions (srp_user_id, id, sealed_b, a, is_fake, created_at)
             select $1, $3, $4, $5, $6, $7 where $6 or ({OpenOfUser}) < {MaxUnverifiedAnHour}
             """);
        foreach (var value in (ReadOnlySpan<object>)[srpUserId, now - Micros.Hour, id, personal.SealForInstance(b), a, isFake, now])
            insert.Parameters.Add(new NpgsqlParameter { Value = value });
        batch.BatchCommands.Add(insert);
        await batch.ExecuteNonQueryAsync(cancellation);
        return insert.RecordsAffected == 1 ? id : null;
    }

    /// <summary>
    /// Checks the client's proof and gives the server's. A session proves once, and five wrong
    /// proofs end it; guesses at once count one by one, since each takes the row's lock.
    /// </summary>
    public async Task<(byte[]? M2, Refusal? Refusal)> VerifyAsync(
        Guid id, Func<ReadOnlyMemory<byte>> verifier, byte[] m1, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(verifier);
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        var session = await LockAsync(connection, id, cancellation);
        if (session is null) return (null, new Refusal(Reason.Unauthenticated));
        if (session.IsVerified) return (null, new Refusal(Reason.Gone, "SESSION_ALREADY_VERIFIED"));
        if (!session.IsFake && session.WrongAttempts >= MaxWrongAttempts) return (null, new Refusal(Reason.Gone, "TOO_MANY_WRONG_ATTEMPTS"));
        var b = personal.OpenForInstance(session.SealedB);
        var m2 = session.IsFake || b is null ? null : SrpServer.Verify(b, verifier().Span, session.A, m1);
        await using var update = new NpgsqlCommand(
            m2 is null
                ? "update transient.srp_sessions set wrong_attempts = wrong_attempts + 1 where id = $1"
                : "update transient.srp_sessions set is_verified = true where id = $1",
            connection, transaction);
        update.Parameters.Add(new NpgsqlParameter { Value = id });
        await update.ExecuteNonQueryAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return (m2, m2 is null ? new Refusal(Reason.Unauthenticated) : null);
    }

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

    private static async Task<Session?> LockAsync(NpgsqlConnection connection, Guid id, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(
            "select sealed_b, a, is_verified, wrong_attempts, is_fake from transient.srp_sessions where id = $1 for update", connection);
        command.Parameters.Add(new NpgsqlParameter { Value = id });
        await using var r = await command.ExecuteReaderAsync(cancellation);
        return await r.ReadAsync(cancellation)
            ? new Session(r.GetFieldValue<byte[]>(0), r.GetFieldValue<byte[]>(1), r.GetBoolean(2), r.GetInt32(3), r.GetBoolean(4))
            : null;
    }

    private sealed record Session(byte[] SealedB, byte[] A, bool IsVerified, int WrongAttempts, bool IsFake);
}

public sealed record SrpSetup(Guid Id, Guid SessionId, long UserId, Guid SrpUserId, string SrpSalt, byte[] Verifier);
