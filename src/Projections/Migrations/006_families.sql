set local search_path = projections;

alter table accounts
  add column is_plan_cancelled boolean not null default false,
  add column family_admin_id bigint;
create index on accounts (family_admin_id) where family_admin_id is not null;
create index on accounts (plan_transaction) where plan_transaction <> 'none';

-- One row for each user that an admin ever had, or wanted, in the family; the admin's own among them.
create table family_members (
  admin_id bigint not null,
  member_id bigint not null,
  id text not null,
  status text not null,
  token_hash text,
  sealed_token text,
  storage_limit bigint,
  created_at bigint not null,
  updated_at bigint not null,
  primary key (admin_id, member_id)
);
create unique index on family_members (id);
create unique index on family_members (token_hash);
create index on family_members (member_id);

-- Refuses a commit that stores more than its decisions knew room for. Decisions of different grains see what is stored before they are
-- committed, so two of them may both find the last room free; here, with their bytes already added, the second one is found out. Writers
-- of one user wait for each other on the rows of usage; those of one family take turns here.
create function hold_ceilings(user_ids bigint[], of_locker boolean[], ceilings bigint[], own_ceilings bigint[])
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
    from unnest(user_ids, of_locker, ceilings, own_ceilings) as c (user_id, is_locker, ceiling, own_ceiling)
    join projections.accounts a on a.id = c.user_id
    cross join lateral (
      select sum(u.bytes) filter (where (u.app = 'locker') = c.is_locker) as bytes, sum(u.bytes) filter (where u.user_id = a.id) as own
      from projections.usage u
      where u.user_id = any(
        case when a.family_admin_id is null then array[a.id]
             else array(select m.id from projections.accounts m where m.family_admin_id = a.family_admin_id) end)) stored
    where stored.bytes > c.ceiling or stored.own > c.own_ceiling)
  then
    raise exception using errcode = 'EO003', message = 'others stored meanwhile what this commit counted on';
  end if;
end $$;
