-- What is short-lived is no event: rows here have an expiry, and losing them costs a retry.
create schema transient;
set local search_path = transient;

create table one_time_codes (
  email_hash text not null,
  app text not null,
  code_hash text not null,
  created_at bigint not null,
  expires_at bigint not null,
  wrong_attempts integer not null default 0,
  primary key (email_hash, app, code_hash)
);
create index on one_time_codes (expires_at);

create table srp_sessions (
  id uuid primary key,
  srp_user_id uuid not null,
  sealed_b bytea not null,
  a bytea not null,
  is_verified boolean not null default false,
  wrong_attempts integer not null default 0,
  is_fake boolean not null,
  created_at bigint not null
);
create index on srp_sessions (srp_user_id, created_at);
create index on srp_sessions (created_at);

create table srp_setups (
  id uuid primary key,
  session_id uuid not null,
  user_id bigint not null,
  srp_user_id uuid not null,
  srp_salt text not null,
  sealed_verifier bytea not null,
  created_at bigint not null
);

create table second_factor_sessions (
  id_hash text primary key,
  kind text not null,
  user_id bigint not null,
  created_at bigint not null,
  expires_at bigint not null,
  wrong_attempts integer not null default 0,
  response text,
  finished_at bigint,
  fetched integer not null default 0
);
create index on second_factor_sessions (expires_at);

create table pending_totp (
  user_id bigint not null,
  secret_hash text not null,
  sealed_secret bytea not null,
  expires_at bigint not null,
  primary key (user_id, secret_hash)
);

create table used_totp_steps (
  user_id bigint not null,
  step bigint not null,
  primary key (user_id, step)
);

-- Where and when a session was last used; the token is sealed, so that its owner can be shown it.
create table session_activity (
  token_hash text primary key,
  user_id bigint not null,
  sealed_token bytea not null,
  sealed_ip bytea,
  sealed_user_agent bytea,
  last_used_at bigint not null
);

-- Objects minted for upload and not yet claimed by a file.
create table upload_slots (
  object_key text primary key,
  owner_id bigint not null,
  provider text not null,
  upload_id text,
  created_at bigint not null,
  expires_at bigint not null
);
create index on upload_slots (expires_at);

-- Browsers that opened a public link, for its device limit.
create table link_access (
  link_id bigint not null,
  ip_hash text not null,
  agent_hash text not null,
  created_at bigint not null,
  primary key (link_id, ip_hash, agent_hash)
);

-- The key that seals a user's personal data in events. Its end makes them unreadable for ever.
create table user_keys (
  user_id bigint primary key,
  sealed_key bytea not null,
  created_at bigint not null
);

-- Facts about the instance, such as a check value that tells when secrets do not fit the database.
create table instance (
  name text primary key,
  value text not null
);
