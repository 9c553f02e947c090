-- What the columnar copy holds and which files belong to which moment. Readers read from here, never from the table's log:
-- a commit that this record does not know of is not there.
-- Columns of a copy; another description makes another shape, in a folder of its own.
create table app.lake_shape (
  id         bigint generated always as identity primary key,
  dataset    text not null,
  digest     text not null,
  folder     text not null unique,
  columns    jsonb not null,
  created_at timestamptz not null default now(),
  unique (dataset, digest)
);
-- One moment of one dataset.
create table app.lake_publication (
  id        bigint generated always as identity primary key,
  dataset   text not null,
  shape_id  bigint not null references app.lake_shape (id),
  -- version of the table's own log
  version   bigint not null,
  at        timestamptz not null default now(),
  -- YYYYMM of a month-end that is kept
  month_end integer
);
create index lake_publication_dataset on app.lake_publication (dataset, id desc);
create unique index lake_publication_month on app.lake_publication (dataset, month_end) where month_end is not null;
create index lake_publication_shape on app.lake_publication (shape_id);
-- A file is part of the publications from `added` to before `removed`; publications in between may have been let go.
create table app.lake_file (
  id       bigint generated always as identity primary key,
  dataset  text not null,
  shape_id bigint not null references app.lake_shape (id),
  county   text collate "C" not null,
  path     text not null unique,
  bytes    bigint not null,
  rows     bigint not null,
  added    bigint not null,
  removed  bigint
);
create index lake_file_dataset on app.lake_file (dataset, county, added);
create index lake_file_open on app.lake_file (dataset) where removed is null;
create index lake_file_shape on app.lake_file (shape_id);
-- When a part was copied and how long that took: small parts are copied at once, large ones not all the time.
create table app.lake_part (
  dataset   text not null,
  county    text collate "C" not null,
  copied_at timestamptz not null,
  took_ms   bigint not null,
  rows      bigint not null,
  primary key (dataset, county)
);
-- What is to be copied anew. Marks of changes are dealt out to everything that is made of the changed table; each thing that
-- is copied ends its own lines.
create table app.lake_todo (
  id      bigint generated always as identity primary key,
  dataset text not null,
  county  text collate "C" not null,
  since   timestamptz not null
);
create index lake_todo_dataset on app.lake_todo (dataset, county, since);

-- The oldest change inside a range of regions that is not copied yet: requests may ask, but not read the lines.
create function app.lake_since(item text, sources text[], lo text, hi text) returns timestamptz language sql stable security definer
  set search_path = pg_catalog, pg_temp as
$$ select min(at) from (
     select m.at from app.change_mark m where m.source = any($2)
        and (m.county = '' or (m.county >= left($3, 6) and m.county || '000000' < $4))
     union all
     select t.since from app.lake_todo t where t.dataset = $1
        and (t.county = '' or (t.county >= left($3, 6) and t.county || '000000' < $4))) x $$;
