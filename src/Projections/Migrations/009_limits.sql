-- Unclaimed uploads are bounded by account, those through a public link by link: by number, and by the bytes that really lie there.
alter table transient.upload_slots add column link_id bigint;
alter table transient.upload_slots add column stored_bytes bigint not null default 0;
create index on transient.upload_slots (owner_id, created_at);

-- Networks (addresses, hashed with a key) from which an account was signed in: who tries from elsewhere can not use up what is left to them.
create table transient.known_networks (
  user_id bigint not null,
  network_hash text not null,
  last_used_at bigint not null,
  primary key (user_id, network_hash)
);
create index on transient.known_networks (last_used_at);

-- Wrong codes, one row each, counted over a sliding window. The subject is an account or the keyed hash of an address; the
-- network is that of a known one, '' for all others together.
create table transient.failed_attempts (
  id bigint generated always as identity primary key,
  kind text not null,
  subject text not null,
  network text not null,
  at bigint not null
);
create index on transient.failed_attempts (kind, subject, network, at);
create index on transient.failed_attempts (at);

-- Who asked for a code, or began a login, from which network: '' for all that are not known of the account.
alter table transient.one_time_codes add column network text not null default '';
alter table transient.srp_sessions add column network text not null default '';

-- Not compressed: ciphertext hardly shrinks, and the size of what is stored tells what reading it takes, without reading it.
alter table projections.files alter column encrypted_metadata set storage external;
alter table projections.files alter column magic_metadata set storage external;
alter table projections.files alter column pub_magic_metadata set storage external;
