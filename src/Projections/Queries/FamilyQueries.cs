using Ente.Orleans.Domain.Families;
using Npgsql;

namespace Ente.Orleans.Projections.Queries;

/// <summary>A place of a family, and the bytes that its member stores in all apps.</summary>
public sealed record FamilyPlace(FamilyMember Member, long Usage);

/// <summary>Reads of families. A closed one is not there.</summary>
public sealed class FamilyQueries(NpgsqlDataSource database)
{
    /// <summary>A place by its UUID.</summary>
    public Task<FamilyMember?> FindAsync(string id, CancellationToken cancellation) =>
        database.RowAsync(Tables.FamilyMembers, "r.id = $1 and r.status <> 'CLOSED'", cancellation, id);

    /// <summary>A place by the hash of its latest invitation's token, also when that is void.</summary>
    public Task<FamilyMember?> FindByTokenAsync(string tokenHash, CancellationToken cancellation) =>
        database.RowAsync(Tables.FamilyMembers, "r.token_hash = $1 and r.status <> 'CLOSED'", cancellation, tokenHash);

    /// <summary>The taken places of a family; those of accounts that have ended are left out.</summary>
    public Task<List<FamilyPlace>> PlacesAsync(long adminId, CancellationToken cancellation) =>
        database.Command(
                $"""
                select (select coalesce(sum(u.bytes), 0)::bigint from projections.usage u where u.user_id = r.member_id),
                       {Tables.FamilyMembers.ColumnsOf("r")}
                from projections.family_members r join projections.accounts a on a.id = r.member_id and not a.is_deleted
                where r.admin_id = $1 and r.status in ('SELF', 'ACCEPTED', 'INVITED')
                order by r.created_at, r.member_id
                """,
                adminId)
            .ListAsync(r => new FamilyPlace(Tables.FamilyMembers.Read(r, 1), r.GetInt64(0)), cancellation);
}
