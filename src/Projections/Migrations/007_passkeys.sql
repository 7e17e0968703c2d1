create table projections.passkeys (
  id text not null,
  user_id bigint not null,
  sealed_name text not null,
  credential_id text not null,
  public_key text not null,
  transports json not null,
  rp_id text not null,
  sign_count bigint not null,
  created_at bigint not null,
  is_deleted boolean not null,
  primary key (id)
);
create index on projections.passkeys (user_id) where not is_deleted;
create unique index on projections.passkeys (credential_id) where not is_deleted;

-- A challenge that waits for its answer. Whoever answers takes the row away, so that nothing is answered twice.
create table transient.passkey_ceremonies (
  id uuid primary key,
  scope text not null,
  user_id bigint not null,
  challenge bytea not null,
  rp_id text not null,
  credential_ids text[] not null,
  created_at bigint not null,
  expires_at bigint not null
);
create index on transient.passkey_ceremonies (scope, created_at);
create index on transient.passkey_ceremonies (expires_at);
