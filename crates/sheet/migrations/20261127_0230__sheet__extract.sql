-- 数据提取 (domain 05 §12.3): what is taken out again and again. A template names a kept query, columns and a time; it runs as its
-- owner stands when it runs. Runs are kept with how many rows they gave or why they gave none; their files go when they expire.
create table app.extract_template (
  id            uuid primary key,
  name          text not null check (char_length(name) between 1 and 60),
  dataset       text not null,
  query_id      uuid not null,
  region_code   text collate "C" not null,
  -- empty: all that lists and sheets show
  columns       text[] not null default '{}',
  -- personal facts are masked even where the owner sees them
  strict        boolean not null default false,
  -- five fields, Beijing time; empty: by hand only
  cron          text not null default '',
  keep_days     integer not null check (keep_days between 1 and 90),
  valid_to      date,
  state         text not null default 'on' check (state in ('on', 'off', 'stopped')),
  stopped_why   text not null default '',
  owner_id      uuid not null,
  owner_post    uuid not null,
  owner_name    text not null,
  created_at    timestamptz not null default now(),
  updated_at    timestamptz not null default now()
);
create index extract_template_owner on app.extract_template (owner_id);

create table app.extract_run (
  id            uuid primary key,
  template_id   uuid not null references app.extract_template (id) on delete cascade,
  job_id        uuid,
  scheduled     boolean not null,
  begun_at      timestamptz not null default now(),
  ended_at      timestamptz,
  state         text not null default 'running' check (state in ('running', 'done', 'failed')),
  rows          bigint,
  message       text not null default '',
  file_id       uuid,
  export_no     text,
  expires_at    timestamptz,
  -- the file is gone
  expired       boolean not null default false
);
create index extract_run_template on app.extract_run (template_id, begun_at desc);
create index extract_run_expires on app.extract_run (expires_at) where file_id is not null and not expired;
