using Ente.Orleans.Domain.Accounts;
using Npgsql;

namespace Ente.Orleans.Projections;

/// <summary>
/// What decides whether an upload may go on: plan and bonuses of the family's admin, or the user's own, and what all members use.
/// Parameters: users and their apps, pairwise, in one statement whatever their number: a batch has those of many uploaders.
/// </summary>
internal static class AllowanceSql
{
    // Sums over few rows; the count of locker files only for the app that is limited by it.
    public static string For(string schema) => $"""
        select w.app, a.id, p.id, a.family_admin_id is not null, place.storage_limit,
               p.plan_storage, p.plan_expiry, p.plan_product, p.plan_provider,
               coalesce(b.add_on, 0)::bigint, coalesce(b.dated, false), coalesce(b.referral, 0)::bigint,
               coalesce(u.used, 0)::bigint, coalesce(u.locker, 0)::bigint, coalesce(l.files, 0),
               coalesce(u.own_used, 0)::bigint, coalesce(u.own_locker, 0)::bigint, coalesce(l.own_files, 0), a.version, p.version
        from unnest($1::bigint[], $2::text[]) as w (user_id, app)
        join {schema}.accounts a on a.id = w.user_id
        join {schema}.accounts p on p.id = coalesce(a.family_admin_id, a.id)
        left join {schema}.family_members place on place.admin_id = a.family_admin_id and place.member_id = a.id
        cross join lateral (
            select case when a.family_admin_id is null then array[a.id]
                        else array(select m.id from {schema}.accounts m where m.family_admin_id = a.family_admin_id) end as ids) scope
        left join lateral (
            select sum(x.storage) filter (where x.type like 'ADD\_ON\_%') as add_on,
                   sum(x.storage) filter (where x.type not like 'ADD\_ON\_%') as referral,
                   bool_or(x.type like 'ADD\_ON\_%' and x.valid_till > 0) as dated
            from {schema}.bonuses x
            where x.user_id = p.id and not x.is_revoked
              and (x.valid_till = 0 or x.valid_till > (extract(epoch from clock_timestamp()) * 1000000)::bigint)) b on true
        left join lateral (
            select sum(y.bytes) as used, sum(y.bytes) filter (where y.app = 'locker') as locker,
                   sum(y.bytes) filter (where y.user_id = a.id) as own_used,
                   sum(y.bytes) filter (where y.user_id = a.id and y.app = 'locker') as own_locker
            from {schema}.usage y where y.user_id = any(scope.ids)) u on true
        left join lateral (
            select count(distinct m.file_id) as files, count(distinct m.file_id) filter (where c.owner_id = a.id) as own_files
            from {schema}.memberships m join {schema}.collections c on c.id = m.collection_id
            where w.app = 'locker' and c.owner_id = any(scope.ids) and c.app = 'locker' and m.file_owner_id = c.owner_id
              and not m.is_deleted) l on true
        """;

    /// <summary>Versions of the streams of the user and of who pays.</summary>
    public static (long User, long Payer) ReadVersions(NpgsqlDataReader r) => (r.GetInt64(18), r.GetInt64(19));

    public static Allowance Read(NpgsqlDataReader r) => new()
    {
        App = r.GetString(0),
        UserId = r.GetInt64(1),
        PayerId = r.GetInt64(2),
        IsFamily = r.GetBoolean(3),
        StorageLimit = r.NumberOrNull(4),
        PlanStorage = r.GetInt64(5),
        PlanExpiry = r.GetInt64(6),
        PlanProduct = r.GetString(7),
        PlanProvider = r.GetString(8),
        AddOnStorage = r.GetInt64(9),
        HasDatedAddOn = r.GetBoolean(10),
        ReferralStorage = r.GetInt64(11),
        Used = r.GetInt64(12),
        LockerUsed = r.GetInt64(13),
        LockerFiles = r.GetInt64(14),
        OwnUsed = r.GetInt64(15),
        OwnLockerUsed = r.GetInt64(16),
        OwnLockerFiles = r.GetInt64(17),
    };
}
