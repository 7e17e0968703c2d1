-- Where each subscription stands, and who works on it.
create table store.subscriptions (
  name text primary key,
  -- Every event up to this number has been handled, or lies in store.dead_letters.
  sequence bigint not null default 0,
  lease_owner uuid,
  lease_until timestamptz,
  -- Attempts that failed at what comes next.
  failures int not null default 0,
  retry_at timestamptz,
  last_error text,
  -- One event at a time up to this number, because their batch kept failing.
  isolate_until bigint,
  updated_at timestamptz not null default now()
);

-- Events that a subscription could not handle and went past. requeued_at: to be tried again.
create table store.dead_letters (
  subscription text not null references store.subscriptions (name) on delete cascade,
  sequence bigint not null,
  stream text not null,
  version bigint not null,
  type text not null,
  attempts int not null,
  error text not null,
  failed_at timestamptz not null default now(),
  requeued_at timestamptz,
  primary key (subscription, sequence)
);
