using Npgsql;

namespace Ente.Orleans.Projections.Transient;

/// <summary>Browsers that were let into a public link, counted for its device limit; addresses are hashed (api/02 §12).</summary>
public sealed class LinkAdmissions(NpgsqlDataSource database, PersonalData personal)
{
    /// <summary>
    /// True when the browser was there before, or is one within the limit (0 or less = none). Two
    /// browsers at once are counted one after the other.
    /// </summary>
    public async Task<bool> AdmitAsync(long linkId, string address, string agent, long limit, long now, CancellationToken cancellation)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand("select pg_advisory_xact_lock(hashtextextended('link access', $1))")
        {
            Parameters = { new NpgsqlParameter { Value = linkId } },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand(
            """
            with known as (select from transient.link_access where link_id = $1 and ip_hash = $2 and agent_hash = $3),
            added as (
                insert into transient.link_access (link_id, ip_hash, agent_hash, created_at)
                select $1, $2, $3, $5 where not exists (select from known)
                  and ($4 <= 0 or (select count(*) from transient.link_access where link_id = $1) < $4)
                on conflict do nothing returning 1)
            select exists (select from known) or exists (select from added)
            """)
        {
            Parameters =
            {
                new NpgsqlParameter { Value = linkId }, new NpgsqlParameter { Value = personal.Hash("address:" + address) },
                new NpgsqlParameter { Value = personal.Hash("agent:" + agent) }, new NpgsqlParameter { Value = limit },
                new NpgsqlParameter { Value = now },
            },
        });
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        await reader.NextResultAsync(cancellation);
        await reader.ReadAsync(cancellation);
        return reader.GetBoolean(0);
    }
}
