-- Deliveries of partners: batches, their files, figures, differences and problems. Shadow tables live in schema stage:
-- unlogged, made and dropped by the engine under the role of requests, one set a batch (docs/adr/0020).
create schema stage;
grant usage, create on schema stage to ganong_app;

-- No personal data; whoever may read deliveries sees all of them, their rows only within the own regions.
create table app.sync_batch (
  no              text primary key,
  package         text not null,
  state           text not null default 'received',
  channel         text not null default '1',
  asof            date,
  created_at      timestamptz not null default now(),
  created_by      uuid not null,
  created_by_name text not null,
  job_id          uuid,
  rows_in         bigint not null default 0,
  rows_bad        bigint not null default 0,
  message         text not null default '',
  -- rows of each shadow table, by dataset; an unlogged table that lost its rows is noticed
  staged          jsonb not null default '{}',
  decided_at      timestamptz,
  decided_by      uuid,
  decided_by_name text,
  opinion         text,
  applied_at      timestamptz,
  rolled_back_at  timestamptz,
  rolled_back_by_name text,
  constraint sync_batch_state check (state in ('received', 'reading', 'waiting', 'held', 'approved', 'applying', 'applied',
    'rejected', 'failed', 'rolling_back', 'rolled_back'))
);
create index sync_batch_created on app.sync_batch (created_at desc);
grant select, insert, update on app.sync_batch to ganong_app;

create table app.sync_file (
  batch_no text not null references app.sync_batch (no),
  position integer not null,
  file_id  uuid not null,
  name     text not null,
  kind     text not null default '',
  sm3      text not null default '',
  size     bigint not null default 0,
  rows_in  bigint not null default 0,
  rows_bad bigint not null default 0,
  unknown  text[] not null default '{}',
  primary key (batch_no, position)
);
grant select, insert, update, delete on app.sync_file to ganong_app;

-- One line a dataset and county.
create table app.sync_count (
  batch_no    text not null references app.sync_batch (no),
  dataset     text not null,
  region_code text collate "C" not null,
  rows_in     bigint not null default 0,
  present     bigint not null default 0,
  added       bigint not null default 0,
  changed     bigint not null default 0,
  gone        bigint not null default 0,
  conflicts   bigint not null default 0,
  weighed     boolean not null default false,
  hold_reason text,
  applied_at  timestamptz,
  rolled_back_at timestamptz,
  kept        bigint not null default 0,
  primary key (batch_no, dataset, region_code)
);
select app.protect('app.sync_count');

create table app.sync_difference (
  batch_no    text not null references app.sync_batch (no),
  dataset     text not null,
  row_id      uuid not null,
  region_code text collate "C" not null,
  verb        text not null,
  fields      text[] not null default '{}',
  key         text not null default '',
  position    integer,
  row_number  integer
);
create index sync_difference_row on app.sync_difference (batch_no, dataset, region_code, row_id);
select app.protect('app.sync_difference');

create table app.sync_problem (
  id          bigint generated always as identity primary key,
  batch_no    text not null references app.sync_batch (no),
  dataset     text not null default '',
  region_code text collate "C" not null,
  position    integer not null,
  row_number  integer not null,
  col         text not null default '',
  label       text not null default '',
  code        text not null,
  message     text not null
);
create index sync_problem_batch on app.sync_problem (batch_no, position, row_number);
select app.protect('app.sync_problem');

-- What one statement wrote is looked up by its batch.
