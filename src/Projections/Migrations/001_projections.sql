-- The inline projections: one row is the snapshot of an aggregate at the version that its stream has.
-- No foreign keys: the events are the truth, and a rebuild writes the tables in any order.
create schema projections;
set local search_path = projections;

create table accounts (
  id bigint not null,
  email_hash text,
  sealed_email text,
  source text,
  created_at bigint not null,
  is_deleted boolean not null,
  deleted_at bigint,
  is_email_mfa_enabled boolean not null,
  key_attributes json,
  srp_user_id text,
  srp_salt text,
  sealed_srp_verifier text,
  is_totp_enabled boolean not null,
  sealed_totp_secret text,
  totp_secret_hash text,
  totp_recovery_secret text,
  totp_recovery_nonce text,
  sealed_passkey_recovery_secret text,
  passkey_recovery_cipher text,
  passkey_recovery_nonce text,
  plan_storage bigint not null,
  plan_product text not null,
  plan_provider text not null,
  plan_transaction text not null,
  plan_expiry bigint not null,
  referral_code text,
  version bigint not null,
  primary key (id)
);
create unique index on accounts (email_hash);
create unique index on accounts (srp_user_id);

create table sessions (
  token_hash text not null,
  user_id bigint not null,
  app text not null,
  created_at bigint not null,
  is_deleted boolean not null,
  primary key (token_hash)
);
create index on sessions (user_id) where not is_deleted;

create table bonuses (
  user_id bigint not null,
  bonus_id text not null,
  type text not null,
  storage bigint not null,
  created_at bigint not null,
  valid_till bigint not null,
  is_revoked boolean not null,
  primary key (user_id, bonus_id)
);

create table remote_values (
  user_id bigint not null,
  key text not null,
  value text,
  primary key (user_id, key)
);

create table entity_keys (
  user_id bigint not null,
  type text not null,
  encrypted_key text not null,
  header text not null,
  created_at bigint not null,
  primary key (user_id, type)
);

create table entities (
  id text not null,
  user_id bigint not null,
  type text not null,
  encrypted_data text,
  header text,
  is_deleted boolean not null,
  created_at bigint not null,
  updated_at bigint not null,
  primary key (id)
);
create index on entities (user_id, type, updated_at);

create table collections (
  id bigint not null,
  owner_id bigint not null,
  app text not null,
  type text not null,
  encrypted_key text not null,
  key_decryption_nonce text not null,
  name text,
  encrypted_name text not null,
  name_decryption_nonce text not null,
  attributes json not null,
  magic_metadata json,
  pub_magic_metadata json,
  updation_time bigint not null,
  is_deleted boolean not null,
  is_trash_pending boolean not null,
  version bigint not null,
  primary key (id)
);
create index on collections (owner_id, updation_time);
create unique index on collections (owner_id, app, type) where type in ('favorites', 'uncategorized');
create index on collections (id) where is_trash_pending;

create table shares (
  collection_id bigint not null,
  from_user_id bigint not null,
  to_user_id bigint not null,
  encrypted_key text not null,
  role text not null,
  magic_metadata json,
  shared_at bigint,
  updation_time bigint not null,
  is_deleted boolean not null,
  primary key (collection_id, to_user_id)
);
create index on shares (to_user_id);

create table public_links (
  id bigint not null,
  collection_id bigint not null,
  token_hash text not null,
  sealed_token text not null,
  is_disabled boolean not null,
  valid_till bigint not null,
  device_limit bigint not null,
  enable_download boolean not null,
  enable_collect boolean not null,
  enable_comment boolean not null,
  enable_join boolean not null,
  min_role text,
  pass_hash text,
  nonce text,
  mem_limit bigint,
  ops_limit bigint,
  created_at bigint not null,
  updated_at bigint not null,
  primary key (id)
);
create unique index on public_links (token_hash);
create unique index on public_links (collection_id) where not is_disabled;

create table files (
  id bigint not null,
  owner_id bigint not null,
  app text not null,
  encrypted_metadata text not null,
  metadata_header text not null,
  file_header text not null,
  thumbnail_header text not null,
  magic_metadata json,
  pub_magic_metadata json,
  file_object_key text,
  thumbnail_object_key text,
  file_size bigint not null,
  thumbnail_size bigint not null,
  is_deleted boolean not null,
  updation_time bigint not null,
  version bigint not null,
  primary key (id)
);
create index on files (owner_id);

create table objects (
  key text not null,
  owner_id bigint not null,
  file_id bigint not null,
  type text not null,
  size bigint not null,
  provider text not null,
  is_released boolean not null,
  delete_after bigint,
  is_deleted boolean not null,
  created_at bigint not null,
  version bigint not null,
  primary key (key)
);
create index on objects (file_id);
create index on objects (delete_after) where is_released and not is_deleted;

create table memberships (
  collection_id bigint not null,
  file_id bigint not null,
  encrypted_key text not null,
  key_decryption_nonce text not null,
  collection_owner_id bigint not null,
  file_owner_id bigint not null,
  created_at bigint not null,
  updation_time bigint not null,
  is_deleted boolean not null,
  action text,
  action_user bigint,
  primary key (collection_id, file_id)
);
create index on memberships (collection_id, updation_time);
create index on memberships (file_id);

create table collection_actions (
  id text not null,
  user_id bigint not null,
  actor_user_id bigint not null,
  collection_id bigint not null,
  file_id bigint not null,
  action text not null,
  is_pending boolean not null,
  created_at bigint not null,
  updated_at bigint not null,
  primary key (id)
);
create index on collection_actions (user_id, action, updated_at) where is_pending;
create index on collection_actions (collection_id, file_id) where is_pending;

create table trash (
  file_id bigint not null,
  user_id bigint not null,
  app text not null,
  collection_id bigint not null,
  is_deleted boolean not null,
  is_restored boolean not null,
  created_at bigint not null,
  updated_at bigint not null,
  delete_by bigint not null,
  primary key (file_id)
);
create index on trash (user_id, updated_at);
create index on trash (delete_by) where not is_deleted and not is_restored;
create index on trash (updated_at) where is_deleted;

create table file_data (
  file_id bigint not null,
  type text not null,
  user_id bigint not null,
  size bigint not null,
  provider text not null,
  object_id text,
  object_nonce text,
  object_size bigint,
  is_deleted boolean not null,
  is_purged boolean not null,
  updated_at bigint not null,
  primary key (file_id, type)
);
create index on file_data (user_id, updated_at);
create index on file_data (file_id) where is_deleted and not is_purged;

-- Bytes stored, by user and app. Many streams add to one sum, so it is no snapshot of any.
create table usage (
  user_id bigint not null,
  app text not null,
  bytes bigint not null,
  primary key (user_id, app)
);

-- Ids are numbers that clients keep below 2^53 (api/01 A2).
create sequence user_ids start 1580559962386438;
create sequence collection_ids start 1580559962386438;
create sequence file_ids start 10000000 cache 1;
create sequence link_ids;
