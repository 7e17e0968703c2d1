-- Contacts, and times that no two changes of a user's entities or contacts share.
set local search_path = projections;

-- The last time given to an entity or a contact of the user.
alter table accounts add column entity_time bigint not null default 0;

-- Ids of entities are chosen by clients and one name space over all users, but a row is found by its user too: of two users who take
-- one id at the same time, the second must not replace the first one's row.
alter table entities drop constraint entities_pkey;
alter table entities add primary key (user_id, id);
create unique index on entities (id);

create table contacts (
  id text not null,
  user_id bigint not null,
  contact_user_id bigint not null,
  encrypted_key text not null,
  encrypted_data text,
  is_deleted boolean not null,
  created_at bigint not null,
  updated_at bigint not null,
  primary key (id)
);
-- One contact a user and person, deleted ones too.
create unique index on contacts (user_id, contact_user_id);
create index on contacts (user_id, updated_at);
create index on contacts (contact_user_id) where not is_deleted;
