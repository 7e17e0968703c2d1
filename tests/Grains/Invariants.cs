using Ente.Orleans.Testing;
using Xunit;

namespace Ente.Orleans.Grains.Tests;

/// <summary>
/// What holds of all rows between any two commits, whoever did what at the same time. Each is a query for the rows that break it.
/// </summary>
internal static class Invariants
{
    private static readonly IReadOnlyDictionary<string, string> Broken = new Dictionary<string, string>
    {
        ["a file in the trash is in no collection"] = """
            select t.file_id || ' in ' || m.collection_id from projections.trash t join projections.memberships m using (file_id)
            where not t.is_deleted and not t.is_restored and not m.is_deleted
            """,
        ["a deleted file is in no collection"] = """
            select f.id || ' in ' || m.collection_id from projections.files f join projections.memberships m on m.file_id = f.id
            where f.is_deleted and not m.is_deleted
            """,
        ["the objects of a file that is not deleted are not released"] = """
            select f.id || ': ' || o.key from projections.files f join projections.objects o on o.key in (f.file_object_key, f.thumbnail_object_key)
            where not f.is_deleted and o.is_released
            """,
        ["a file has the objects that it names"] = """
            select f.id::text from projections.files f
            where not f.is_deleted and f.file_object_key is not null
              and (select count(*) from projections.objects o where o.file_id = f.id and not o.is_released) <> 2
            """,
        ["usage is the sum of the objects that are not released"] = """
            select u.user_id || ' in ' || u.app || ': ' || u.bytes || ' for ' || coalesce(o.bytes, 0)
            from projections.usage u
            left join (
              select o.owner_id, f.app, sum(o.size) as bytes from projections.objects o join projections.files f on f.id = o.file_id
              where not o.is_released group by 1, 2) o on o.owner_id = u.user_id and o.app = u.app
            where u.bytes <> coalesce(o.bytes, 0)
            """,
        ["a file of somebody else's is in a collection by a live share"] = """
            select m.file_id || ' in ' || m.collection_id from projections.memberships m
            join projections.collections c on c.id = m.collection_id
            where not m.is_deleted and not c.is_deleted and m.file_owner_id <> c.owner_id and not exists (
              select from projections.shares s where s.collection_id = c.id and s.to_user_id = m.file_owner_id and not s.is_deleted)
            """,
        ["a collection that was emptied is empty"] = """
            select m.file_id || ' in ' || m.collection_id from projections.memberships m join projections.collections c on c.id = m.collection_id
            where c.is_deleted and not c.is_trash_pending and not m.is_deleted
            """,
        ["a deleted collection is shared with nobody and has no link"] = """
            select c.id::text from projections.collections c
            where c.is_deleted and (exists (select from projections.shares s where s.collection_id = c.id and not s.is_deleted)
              or exists (select from projections.public_links l where l.collection_id = c.id and not l.is_disabled))
            """,
        ["nothing is shared with or by a deleted account"] = """
            select a.id || ': ' || s.collection_id from projections.accounts a
            join projections.shares s on s.to_user_id = a.id or s.from_user_id = a.id where a.is_deleted and not s.is_deleted
            """,
        ["a deleted account has no link, no session and no place in a family"] = """
            select a.id::text from projections.accounts a where a.is_deleted and (
              exists (select from projections.collections c join projections.public_links l on l.collection_id = c.id
                      where c.owner_id = a.id and not l.is_disabled)
              or exists (select from projections.sessions s where s.user_id = a.id and not s.is_deleted)
              or exists (select from projections.family_members m
                         where m.member_id = a.id and m.admin_id <> a.id and m.status in ('ACCEPTED', 'INVITED')))
            """,
        ["who is in a family has one place there, and who has a place is in it"] = """
            select coalesce(a.id, m.member_id)::text from projections.accounts a
            full join (select * from projections.family_members where status in ('SELF', 'ACCEPTED')) m
              on m.member_id = a.id and m.admin_id = a.family_admin_id
            where (a.family_admin_id is not null and m.member_id is null)
               or (m.member_id is not null and a.id is null
                   and not exists (select from projections.accounts d where d.id = m.member_id and d.is_deleted))
            """,
        ["a family has six places"] = """
            select admin_id::text from projections.family_members where status in ('SELF', 'ACCEPTED', 'INVITED') group by 1 having count(*) > 6
            """,
        ["nobody is asked to delete what is in the trash or deleted"] = """
            select x.file_id || ' in ' || x.collection_id from projections.collection_actions x join projections.trash t on t.file_id = x.file_id
            where x.is_pending and x.action = 'DELETE_SUGGESTED' and x.user_id = t.user_id and not t.is_restored
            """,
        ["nobody is asked about a file that has left"] = """
            select x.file_id || ' in ' || x.collection_id from projections.collection_actions x
            join projections.memberships m on m.collection_id = x.collection_id and m.file_id = x.file_id
            where x.is_pending and x.action = 'REMOVE' and m.is_deleted
            """,
        ["a row says which version of its stream it is of"] = """
            select s.id || ' is at ' || s.version || ', its row at ' || r.version from (
              select 'collection-' || id as id, version from projections.collections
              union all select 'file-' || id, version from projections.files
              union all select 'user-' || id, version from projections.accounts) r
            full join (select id, version from events.mt_streams where type <> 'object') s on s.id = r.id
            where s.version is distinct from r.version
            """,
    };

    public static async Task HoldAsync(TestDatabase database, string context)
    {
        foreach (var (invariant, broken) in Broken)
        {
            var found = await database.RowsAsync(broken, r => r.GetString(0));
            Assert.True(found.Count == 0, $"{context}: not so that {invariant}: {string.Join("; ", found.Take(5))}");
        }
    }
}
