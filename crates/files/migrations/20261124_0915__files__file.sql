-- What is known of each stored file. The bytes lie in the object store under `key`, which says nothing about anybody.
create schema if not exists app;

create table app.file (
  id              uuid primary key,
  kind            text not null check (kind in ('attachment', 'job_result', 'import')),
  dataset         text,
  row_id          uuid,
  field           text,
  region_code     text collate "C" not null,
  key             text not null unique,
  name            text not null,
  mime            text not null,
  size            bigint not null,
  sm3             bytea not null,
  created_by      uuid not null,
  created_by_name text not null,
  created_at      timestamptz not null default now(),
  check ((kind = 'attachment') = (dataset is not null and row_id is not null and field is not null))
);
create index file_row on app.file (row_id, field) where row_id is not null;
create index file_owner on app.file (created_by, created_at);
