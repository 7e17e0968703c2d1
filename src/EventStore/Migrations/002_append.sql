-- The database's clock, kept from running backwards: never behind the newest events that can be seen. A host whose clock is set
-- back would otherwise hand out times below those that readers have already passed.
create function store.clock() returns timestamptz
language sql volatile
as $$
  select greatest(
    clock_timestamp(),
    (select max(newest.timestamp) + interval '1 microsecond'
     from (select e.timestamp from events.mt_events e order by e.seq_id desc limit 16) newest))
$$;

-- Microseconds since 1970, exact.
create function store.to_us(at timestamptz) returns bigint
language sql immutable
as $$ select (extract(epoch from at) * 1000000)::bigint $$;

-- Time of the append in progress, microseconds since 1970, for the statements that run in the same transaction after it.
create function store.now_us() returns bigint
language sql stable
as $$ select current_setting('store.now_us')::bigint $$;

-- Marks the rest of this transaction as one that writes no events, so that no reader waits for it (see store.fence).
create function store.exempt_from_horizon() returns void
language sql volatile
as $$ select set_config('application_name', 'ente-orleans exempt', true) $$;

-- Appends events to streams in one go. p_* are arrays: per stream (stream, type, expected version, version after), per event
-- (stream, version, id, alias, .NET type, body, correlation, causation, headers), events in the caller's order.
--
-- The order of the steps is the contract with store.fence: the transaction id first, then the time, then the numbers.
--
-- Errors: MT003 another version than expected (hint: the version found, a space, the stream), MT001 archived stream, as Marten's
-- own function raises them; EO001 the transaction is exempt from the horizon.
create function store.append(
  p_streams text[], p_types text[], p_expected bigint[], p_after bigint[],
  p_event_streams text[], p_versions bigint[], p_ids uuid[], p_aliases text[], p_dotnet_types text[],
  p_data jsonb[], p_correlations text[], p_causations text[], p_headers jsonb[],
  out time_us bigint, out first_sequence bigint, out last_sequence bigint)
language plpgsql volatile
-- The plans are made while the tables are small and kept while they grow.
set enable_seqscan = off
as $$
declare
  v_newest timestamptz;
  v_existing bigint;
  v_stream text;
  v_expected bigint;
  v_version bigint;
  v_archived boolean;
  v_time timestamptz;
begin
  if current_setting('application_name') = 'ente-orleans exempt' then
    raise exception 'events cannot be appended in a transaction that is exempt from the horizon' using errcode = 'EO001';
  end if;
  perform pg_current_xact_id();

  -- Locked in the order of their keys, so that two appends over the same streams cannot wait for each other.
  with locked as materialized (
    select s.id, s.version, s.timestamp, s.is_archived
    from events.mt_streams s
    where s.id = any (p_streams)
    order by s.id
    for no key update
  ), compared as (
    select a.stream, a.expected, l.version, l.timestamp, l.is_archived is true as archived,
           l.is_archived is true or coalesce(l.version, 0) <> a.expected as refused
    from unnest(p_streams, p_expected) a (stream, expected)
    left join locked l on l.id = a.stream
  )
  select max(c.timestamp), count(c.timestamp),
         (array_agg(c.stream) filter (where c.refused))[1],
         (array_agg(c.expected) filter (where c.refused))[1],
         (array_agg(coalesce(c.version, 0)) filter (where c.refused))[1],
         (array_agg(c.archived) filter (where c.refused))[1]
  into v_newest, v_existing, v_stream, v_expected, v_version, v_archived
  from compared c;
  if v_archived then
    raise exception 'stream % is archived', v_stream using errcode = 'MT001';
  elsif v_stream is not null then
    raise exception 'stream % is at version %, not at %', v_stream, v_version, v_expected
      using errcode = 'MT003', hint = v_version || ' ' || v_stream;
  end if;

  -- With all rows locked nobody else can take a later time for these streams before us.
  v_time := greatest(store.clock(), v_newest + interval '1 microsecond');
  time_us := store.to_us(v_time);
  perform set_config('store.now_us', time_us::text, true);

  if v_existing > 0 then
    update events.mt_streams s
    set version = a.after, timestamp = v_time
    from unnest(p_streams, p_after) a (stream, after)
    where s.id = a.stream;
  end if;
  if v_existing < cardinality(p_streams) then
    -- A stream that somebody else is making right now: the unique key waits for them and then refuses us.
    insert into events.mt_streams (id, type, version, timestamp, created, tenant_id, is_archived)
    select a.stream, a.type, a.after, v_time, v_time, '*DEFAULT*', false
    from unnest(p_streams, p_types, p_expected, p_after) a (stream, type, expected, after)
    where a.expected = 0 and not exists (select from events.mt_streams s where s.id = a.stream)
    order by a.stream;
  end if;

  with numbered as (
    insert into events.mt_events
      (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, correlation_id, causation_id, headers, is_archived)
    select nextval('events.mt_events_sequence'), e.id, e.stream, e.version, e.data, e.alias, v_time, '*DEFAULT*', e.dotnet_type,
           e.correlation, e.causation, e.headers, false
    -- unnest yields the elements in order and nothing below may change it: the numbers are drawn as the rows pass.
    from unnest(p_event_streams, p_versions, p_ids, p_aliases, p_dotnet_types, p_data, p_correlations, p_causations, p_headers)
      e (stream, version, id, alias, dotnet_type, data, correlation, causation, headers)
    returning seq_id
  )
  select min(n.seq_id), max(n.seq_id) into first_sequence, last_sequence from numbered n;
end
$$;
