-- Comments, reactions and the names of anonymous visitors: part of the collection's stream.
set local search_path = projections;

-- The last time given to a row of the tables below; the collection's updation_time does not move with them.
alter table collections add column social_time bigint not null default 0;

-- Ids are chosen by clients and unique over the whole server, but a row is found by collection and id: an id that another
-- collection has must not replace that one's row. The unique index refuses it, and the command decides again.
create table comments (
  id text not null,
  collection_id bigint not null,
  file_id bigint,
  parent_comment_id text,
  user_id bigint not null,
  anon_user_id text,
  cipher text,
  nonce text,
  is_deleted boolean not null,
  created_at bigint not null,
  updated_at bigint not null,
  primary key (collection_id, id)
);
create unique index on comments (id);
create unique index on comments (collection_id, updated_at);
create index on comments (collection_id, file_id, updated_at) where file_id is not null;
create index on comments (collection_id, user_id) where not is_deleted;

create table reactions (
  id text not null,
  collection_id bigint not null,
  file_id bigint,
  comment_id text,
  user_id bigint not null,
  anon_user_id text,
  author_key text not null,
  target_key text not null,
  cipher text,
  nonce text,
  is_deleted boolean not null,
  created_at bigint not null,
  updated_at bigint not null,
  primary key (collection_id, id)
);
create unique index on reactions (id);
create unique index on reactions (collection_id, updated_at);
create unique index on reactions (collection_id, target_key, author_key);
create index on reactions (collection_id, file_id, updated_at) where file_id is not null;
create index on reactions (comment_id) where comment_id is not null;
create index on reactions (collection_id, user_id) where not is_deleted;

create table anonymous_profiles (
  anon_user_id text not null,
  collection_id bigint not null,
  cipher text not null,
  nonce text not null,
  created_at bigint not null,
  updated_at bigint not null,
  primary key (anon_user_id)
);
create unique index on anonymous_profiles (collection_id, updated_at);
