-- What a commit holds against the rows as they are when it has its turn, and not when its commands were decided.

-- A set of rows that can grow without a version saying so (OpenScope) has as many rows as when it was loaded.
create function projections.hold_scope(counted bigint, loaded bigint) returns void language plpgsql as $$
begin
  if counted <> loaded then
    raise exception using errcode = 'EO004', message = 'rows were added meanwhile to what this commit had read';
  end if;
end $$;

-- Which payment is whose: one user's, also when two are given it at the same time. (Where two were, before there was this index, they keep it.)
do $$ begin
  if not exists (
    select from projections.accounts where plan_transaction <> 'none' group by plan_transaction having count(*) > 1)
  then
    drop index projections.accounts_plan_transaction_idx;
    create unique index accounts_plan_transaction_idx on projections.accounts (plan_transaction) where plan_transaction <> 'none';
  end if;
end $$;

-- As hold_ceilings of before, and the number of a locker's files.
drop function projections.hold_ceilings(bigint[], boolean[], bigint[], bigint[]);
create function projections.hold_ceilings(
  user_ids bigint[], of_locker boolean[], ceilings bigint[], own_ceilings bigint[], file_ceilings bigint[])
returns void language plpgsql as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('family storage', family.id))
  from (
    select distinct a.family_admin_id as id
    from projections.accounts a where a.id = any(user_ids) and a.family_admin_id is not null
    order by 1) family;

  -- A statement of its own: it sees what was committed while the one above waited.
  if exists (
    select
    from unnest(user_ids, of_locker, ceilings, own_ceilings, file_ceilings) as c (user_id, is_locker, ceiling, own_ceiling, files)
    join projections.accounts a on a.id = c.user_id
    cross join lateral (
      select case when a.family_admin_id is null then array[a.id]
                  else array(select m.id from projections.accounts m where m.family_admin_id = a.family_admin_id) end as ids) scope
    cross join lateral (
      select sum(u.bytes) filter (where (u.app = 'locker') = c.is_locker) as bytes, sum(u.bytes) filter (where u.user_id = a.id) as own
      from projections.usage u where u.user_id = any(scope.ids)) stored
    cross join lateral (
      select count(distinct m.file_id) as files
      from projections.memberships m join projections.collections x on x.id = m.collection_id
      where c.files is not null and x.owner_id = any(scope.ids) and x.app = 'locker' and m.file_owner_id = x.owner_id and not m.is_deleted) held
    where stored.bytes > c.ceiling or stored.own > c.own_ceiling or held.files > c.files)
  then
    raise exception using errcode = 'EO003', message = 'others stored meanwhile what this commit counted on';
  end if;
end $$;
