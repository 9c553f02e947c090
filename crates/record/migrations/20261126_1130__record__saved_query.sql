-- Queries that people put together and keep. They hold conditions only: values that name one person are refused when saving.
-- A query may be shared with those who act in the owner's region or below it, by role and level; it always runs in the
-- range and with the masks of who runs it.
create table app.saved_query (
  id            uuid primary key,
  dataset       text not null,
  name          text not null check (char_length(name) <= 60),
  -- without a name: kept for an export or a task only
  conditions    jsonb not null,
  owner_id      uuid not null,
  owner_name    text not null,
  region_code   text collate "C" not null,
  shared        boolean not null default false,
  -- empty: all
  roles         text[] not null default '{}',
  levels        smallint[] not null default '{}',
  created_at    timestamptz not null default now(),
  updated_at    timestamptz not null default now()
);
create index saved_query_owner on app.saved_query (owner_id, dataset);
create index saved_query_shared on app.saved_query (dataset) where shared;
grant select, insert, update, delete on app.saved_query to ganong_app;
