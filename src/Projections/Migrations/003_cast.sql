-- Receivers (a television, say) that wait for an album or show one (api/04 §6). Nothing here is marked when a pairing ends by what
-- happens to the album, the share or the account: every read looks at those (see CastSessions).
create table transient.cast_sessions (
  device_id uuid primary key,
  code text not null unique,
  public_key text not null,
  sealed_ip bytea not null,
  created_at bigint not null,
  last_used_at bigint not null,
  user_id bigint,
  collection_id bigint,
  -- When the album was shared with the user; null for its owner. A later share is another one, and needs another pairing.
  shared_at bigint,
  token_hash text unique,
  payload text,
  paired_at bigint
);
create index on transient.cast_sessions (user_id) where user_id is not null;
create index on transient.cast_sessions (last_used_at);
