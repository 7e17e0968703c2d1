-- The fence behind which nothing can appear any more: see docs/decisions/0002-horizon.md.
--
-- sequence, time_us: final once every transaction below "fence" has ended.
-- ended: every transaction below this id that could have written events has ended.
--
-- The order is all that matters: first the numbers, then the next transaction id, then what is still in progress. A writer takes
-- its transaction id before its numbers; so one that has taken a number up to ours has an id below the fence.
create function store.fence(out sequence bigint, out time_us bigint, out fence bigint, out ended bigint)
language plpgsql volatile
as $$
declare
  v_xmax xid8;
  v_oldest bigint;
  v_all_seen boolean;
begin
  -- In a repeatable-read transaction, or in one with writes of its own, what follows would look at an old snapshot or wait for itself.
  if current_setting('transaction_isolation') <> 'read committed' or pg_current_xact_id_if_assigned() is not null then
    raise exception 'the fence is taken in a read-committed transaction of its own' using errcode = 'EO002';
  end if;

  sequence := coalesce(pg_sequence_last_value('events.mt_events_sequence'), 0);
  -- The smallest time that an append beginning now could take is one more (see store.append).
  time_us := greatest((extract(epoch from clock_timestamp()) * 1000000)::bigint, coalesce(pg_sequence_last_value('store.last_time'), 0) + 1) - 1;

  -- The next id to be given out. A snapshot's xmax will not do: it is the highest id *ended* plus one, and transactions in progress
  -- above that are in none of its lists. age() counts from the next id, read under the lock under which ids are given out, and is
  -- modulo 2^32 as ids are; xmax makes 64 bits of it.
  v_xmax := pg_snapshot_xmax(pg_current_snapshot());
  fence := v_xmax::text::bigint + age(v_xmax::xid);

  -- A new snapshot: each expression of a volatile function takes one.
  ended := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
  if ended >= fence then
    return;
  end if;

  -- Something is in progress; perhaps nothing that concerns us: another database of the cluster, autovacuum, a transaction that has
  -- forsworn appending. Ids of subtransactions need no look: their top transaction has a smaller one. What is in progress at the
  -- fence is in the list of sessions until it ends; what is prepared for two-phase commit is not, and is looked up after.
  select min(fence - s.below), bool_and(s.visible)
  into v_oldest, v_all_seen
  from (
    select (fence - a.backend_xid::text::bigint) & 4294967295 as below, pg_has_role(a.usesysid, 'usage') as visible
    from pg_stat_get_activity(null) a
    where a.datid = (select d.oid from pg_database d where d.datname = current_database())
      and a.backend_type is distinct from 'autovacuum worker'
      and a.application_name is distinct from 'ente-orleans exempt'
  ) s
  where not s.visible or s.below between 1 and 2147483647;
  if coalesce(v_all_seen, true) and not exists (select from pg_prepared_xacts p where p.database = current_database()) then
    ended := greatest(ended, coalesce(v_oldest, fence));
  end if;
end
$$;
