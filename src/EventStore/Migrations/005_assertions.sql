-- store.append checks the versions of streams that its events were decided on, also of those that it does not append to: a decision on
-- what has changed meanwhile is refused like an append at the wrong version.
drop function store.append(text[], text[], bigint[], bigint[], int, text[], bigint[], uuid[], text[], text[], jsonb[], text[], text[], jsonb[]);

-- Appends events to streams in one go. p_* are arrays: per stream (stream, type, expected version, version after; p_existing of
-- them are expected to exist), per event (stream, version, id, alias, .NET type, body, correlation, causation, headers), events in
-- the caller's order; per stream that was only read (stream, version, which is above 0).
--
-- The order of the steps is the contract with store.fence: the transaction id first, then the time and the numbers.
--
-- Errors: those of store.refuse_append; EO001 the transaction is exempt from the horizon.
create function store.append(
  p_streams text[], p_types text[], p_expected bigint[], p_after bigint[], p_existing int,
  p_event_streams text[], p_versions bigint[], p_ids uuid[], p_aliases text[], p_dotnet_types text[],
  p_data jsonb[], p_correlations text[], p_causations text[], p_headers jsonb[], p_asserted text[], p_asserted_versions bigint[],
  out time_us bigint, out first_sequence bigint, out last_sequence bigint)
language plpgsql volatile
-- Planned once per connection, whatever the arrays hold (planning costs more than the rows do), while the tables may be small;
-- so the planner is left nothing but the keys' indexes, which is right at any size.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_bitmapscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  v_xid xid8;
  v_last bigint;
  v_time timestamptz;
  v_newest timestamptz;
  v_matching bigint;
  v_discarded text;
begin
  if current_setting('application_name') = 'ente-orleans exempt' then
    raise exception 'events cannot be appended in a transaction that is exempt from the horizon' using errcode = 'EO001';
  end if;
  v_xid := pg_current_xact_id();

  -- The clock, kept from running backwards: when the machine's is set back, times go on by single microseconds from the last one.
  v_time := clock_timestamp();
  time_us := (extract(epoch from v_time) * 1000000)::bigint;
  if time_us <= coalesce(pg_sequence_last_value('store.last_time'), 0) then
    time_us := nextval('store.last_time');
    v_time := timestamptz 'epoch' + time_us * interval '1 microsecond';
  end if;

  if p_existing = 1 and cardinality(p_streams) = 1 and cardinality(p_asserted) = 0 then
    update events.mt_streams s
    set version = p_after[1], timestamp = greatest(v_time, s.timestamp + interval '1 microsecond')
    where s.id = p_streams[1] and s.version = p_expected[1] and s.is_archived is not true
    returning s.timestamp into v_time;
    if not found then
      v_discarded := store.refuse_append(p_streams, p_expected);
    end if;
  else
    if p_existing + cardinality(p_asserted) > 0 then
      -- Locked in the order of their keys, whether appended to or only read, so that two appends over the same streams cannot wait for
      -- each other. What was only read is locked as well: without that, two decisions could each pass the other by.
      select max(l.timestamp), count(*) into v_newest, v_matching
      from (
        select u.stream, u.expected from unnest(p_streams || p_asserted, p_expected || p_asserted_versions) u (stream, expected)
        where u.expected > 0 order by u.stream
      ) a
      cross join lateral (
        select s.version, s.timestamp, s.is_archived from events.mt_streams s where s.id = a.stream for no key update
      ) l
      where l.version = a.expected and l.is_archived is not true;
      if v_matching < p_existing + cardinality(p_asserted) then
        v_discarded := store.refuse_append(p_streams || p_asserted, p_expected || p_asserted_versions);
      end if;
      -- Later than all that was decided on, too.
      v_time := greatest(v_time, v_newest + interval '1 microsecond');
    end if;

    if p_existing > 0 then
      update events.mt_streams s
      set version = a.after, timestamp = v_time
      from unnest(p_streams, p_expected, p_after) a (stream, expected, after)
      where a.expected > 0 and s.id = a.stream;
    end if;

    if p_existing < cardinality(p_streams) then
      -- Waits for somebody else who is making the same stream.
      insert into events.mt_streams (id, type, version, timestamp, created, tenant_id, is_archived)
      select a.stream, a.type, a.after, v_time, v_time, '*DEFAULT*', false
      from unnest(p_streams, p_types, p_expected, p_after) a (stream, type, expected, after)
      where a.expected = 0
      order by a.stream
      on conflict (id) do nothing;
      get diagnostics v_matching = row_count;
      if v_matching < cardinality(p_streams) - p_existing then
        v_discarded := store.refuse_append(p_streams, p_expected);
      end if;
    end if;
  end if;

  time_us := (extract(epoch from v_time) * 1000000)::bigint;
  if time_us > coalesce(pg_sequence_last_value('store.last_time'), 0) then
    v_last := setval('store.last_time', time_us);
  end if;
  v_discarded := set_config('store.now_us', time_us::text, true);

  first_sequence := nextval('events.mt_events_sequence');
  insert into events.mt_events
    (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, correlation_id, causation_id, headers, is_archived)
  -- unnest yields its elements in order and nothing above it changes that: the numbers are drawn as the rows pass.
  select case e.place when 1 then first_sequence else nextval('events.mt_events_sequence') end,
         e.id, e.stream, e.version, e.data, e.alias, v_time, '*DEFAULT*', e.dotnet_type, e.correlation, e.causation, e.headers, false
  from unnest(p_event_streams, p_versions, p_ids, p_aliases, p_dotnet_types, p_data, p_correlations, p_causations, p_headers)
    with ordinality e (stream, version, id, alias, dotnet_type, data, correlation, causation, headers, place);
  last_sequence := currval('events.mt_events_sequence');
end
$$;
