-- What creating one file writes, statement by statement, as a careful program would without batching: the peer that we are
-- measured against. Same tables, same indexes, one transaction, same durability.
\set owner random(1, 1000000000000)
\set n random(1, 9000000000000000)
begin;
update events.mt_streams set version = version + 1, timestamp = clock_timestamp() where id = 'collection-' || :album;
insert into events.mt_streams (id, type, version, timestamp, created, tenant_id, is_archived) values
  ('file-' || :n, 'file', 1, clock_timestamp(), clock_timestamp(), '*DEFAULT*', false),
  ('object-1580559962386438/c-' || :n, 'object', 1, clock_timestamp(), clock_timestamp(), '*DEFAULT*', false),
  ('object-1580559962386438/t-' || :n, 'object', 1, clock_timestamp(), clock_timestamp(), '*DEFAULT*', false);
insert into events.mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, correlation_id, causation_id, headers, is_archived) values
  (nextval('events.mt_events_sequence'), gen_random_uuid(), 'file-' || :n, 1, ('{"FileId":' || :n || ',"OwnerId":1580559962386438,"App":"photos","EncryptedMetadata":"' || repeat('m', 300) || '","MetadataHeader":"' || repeat('h', 32) || '","FileHeader":"' || repeat('h', 32) || '","ThumbnailHeader":"' || repeat('h', 32) || '","Content":{"Key":"1580559962386438/00000000-0000-0000-0000-000000000000","Size":100},"Thumbnail":{"Key":"1580559962386438/00000000-0000-0000-0000-000000000000","Size":100}}')::jsonb, 'file_created', clock_timestamp(), '*DEFAULT*', 'Ente.Orleans.Domain.Files.FileCreated, Ente.Orleans.Domain', 'ser_0000000000000000000000', '00000000-0000-0000-0000-000000000000', '{"actor": 1580559962386438}', false),
  (nextval('events.mt_events_sequence'), gen_random_uuid(), 'object-1580559962386438/c-' || :n, 1, ('{"Key":"1580559962386438/00000000-0000-0000-0000-000000000000","OwnerId":1580559962386438,"App":"photos","FileId":1,"Type":"file","Size":100,"Provider":"local"}')::jsonb, 'object_stored', clock_timestamp(), '*DEFAULT*', 'Ente.Orleans.Domain.Files.ObjectStored, Ente.Orleans.Domain', 'ser_0000000000000000000000', '00000000-0000-0000-0000-000000000000', '{"actor": 1580559962386438}', false),
  (nextval('events.mt_events_sequence'), gen_random_uuid(), 'object-1580559962386438/t-' || :n, 1, ('{"Key":"1580559962386438/00000000-0000-0000-0000-000000000000","OwnerId":1580559962386438,"App":"photos","FileId":1,"Type":"thumbnail","Size":100,"Provider":"local"}')::jsonb, 'object_stored', clock_timestamp(), '*DEFAULT*', 'Ente.Orleans.Domain.Files.ObjectStored, Ente.Orleans.Domain', 'ser_0000000000000000000000', '00000000-0000-0000-0000-000000000000', '{"actor": 1580559962386438}', false),
  (nextval('events.mt_events_sequence'), gen_random_uuid(), 'collection-' || :album, (select version from events.mt_streams where id = 'collection-' || :album), ('{"CollectionId":' || :album || ',"Files":[{"FileId":' || :n || ',"FileOwnerId":1580559962386438,"EncryptedKey":"' || repeat('k', 64) || '","KeyDecryptionNonce":"' || repeat('n', 32) || '"}]}')::jsonb, 'files_added', clock_timestamp(), '*DEFAULT*', 'Ente.Orleans.Domain.Collections.FilesAdded, Ente.Orleans.Domain', 'ser_0000000000000000000000', '00000000-0000-0000-0000-000000000000', '{"actor": 1580559962386438}', false);
insert into projections.files (id, owner_id, app, encrypted_metadata, metadata_header, file_header, thumbnail_header, file_object_key, thumbnail_object_key, file_size, thumbnail_size, is_deleted, updation_time, version)
  values (:n, 1580559962386438, 'photos', repeat('m', 300), repeat('h', 32), repeat('h', 32), repeat('h', 32), '1580559962386438/c-' || :n, '1580559962386438/t-' || :n, 100, 100, false, 1, 1);
insert into projections.memberships (collection_id, file_id, encrypted_key, key_decryption_nonce, collection_owner_id, file_owner_id, created_at, updation_time, is_deleted)
  values (:album, :n, repeat('k', 64), repeat('n', 32), 1580559962386438, 1580559962386438, 1, :n, false);
update projections.collections set updation_time = updation_time + 1, version = version + 1 where id = :album;
insert into projections.objects (key, owner_id, file_id, type, size, provider, is_released, is_deleted, created_at, version) values
  ('1580559962386438/c-' || :n, 1580559962386438, :n, 'file', 100, 'local', false, false, 1, 1),
  ('1580559962386438/t-' || :n, 1580559962386438, :n, 'thumbnail', 100, 'local', false, false, 1, 1);
insert into projections.usage (user_id, app, bytes) values (:user, 'photos', 200) on conflict (user_id, app) do update set bytes = usage.bytes + 200;
delete from transient.upload_slots where object_key in ('1580559962386438/c-' || :n, '1580559962386438/t-' || :n);
commit;
