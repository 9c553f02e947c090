-- Queue of long work and its schedules. Rows stay as the user's 我的任务 after they end.
-- payload and result hold ids, counts and choices, never personal data.
create schema if not exists app;

create table app.job (
  id            uuid primary key,
  kind          text not null,
  title         text not null,
  owner_user_id uuid not null,
  owner_post_id uuid not null,
  actor         jsonb not null,
  region_code   text collate "C" not null,
  payload       jsonb not null default '{}',
  state         text not null default 'queued'
                check (state in ('queued', 'running', 'done', 'failed', 'cancelled', 'undone')),
  undoing       boolean not null default false,
  progress      smallint not null default 0 check (progress between 0 and 100),
  step          text not null default '',
  eta_seconds   integer,
  message       text not null default '',
  result        jsonb,
  mark          jsonb,
  attempts      integer not null default 0,
  run_after     timestamptz not null default now(),
  worker        uuid,
  heartbeat_at  timestamptz,
  cancel_asked  boolean not null default false,
  created_at    timestamptz not null default now(),
  started_at    timestamptz,
  finished_at   timestamptz
);
create index job_waiting on app.job (run_after, id) where state = 'queued';
create index job_running on app.job (heartbeat_at) where state = 'running';
create index job_owner on app.job (owner_user_id, id desc);

create table app.schedule (
  name        text primary key,
  kind        text not null,
  title       text not null,
  payload     jsonb not null default '{}',
  cron        text not null,
  next_at     timestamptz not null,
  enabled     boolean not null default true,
  last_job_id uuid
);

-- Lets a handler record how far it came inside its own transaction, whatever role that transaction runs under.
-- False when the job no longer belongs to this worker's attempt: the caller must roll back.
create function app.job_mark(p_id uuid, p_worker uuid, p_attempts integer, p_mark jsonb) returns boolean
language plpgsql security definer set search_path = app, pg_temp as $$
begin
  update app.job set mark = p_mark
   where id = p_id and worker = p_worker and attempts = p_attempts and state = 'running';
  return found;
end $$;

create function app.job_wake() returns trigger language plpgsql as $$
begin
  perform pg_notify('ganong_job', '');
  return null;
end $$;
-- by row and only for what a worker waits for: a statement that finds nothing, or a worker's own step, must wake nobody
create trigger job_wake after insert or update of state, cancel_asked on app.job
  for each row when (new.state = 'queued' or new.cancel_asked) execute function app.job_wake();
