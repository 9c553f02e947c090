-- Append-only trail with an SM3 hash chain (domain 06 §8.1). There is no column for a value: field names only.
create schema if not exists app;

create table app.audit_line (
  seq           bigint primary key check (seq >= 1),
  ts            timestamptz not null,
  event_type    text not null,
  action        text not null,
  actor_id      uuid not null,
  actor_name    text not null,
  role          text not null,
  region        text collate "C" not null,
  session_id    uuid,
  trace_id      text,
  ip            text,
  channel       text,
  object_type   text not null,
  object_id     text,
  object_region text collate "C",
  fields        text[] not null,
  row_count     bigint not null,
  api           text,
  result        text not null check (result in ('ok', 'failed', 'denied')),
  error_code    text,
  auth_ref      text,
  prev_hash     bytea not null,
  hash          bytea not null,
  mac           bytea not null
);
create index audit_line_ts on app.audit_line (ts);
create index audit_line_actor on app.audit_line (actor_id, seq desc);
create index audit_line_event on app.audit_line (event_type, seq desc);
create index audit_line_object on app.audit_line (object_type, object_id, seq desc);

-- Signed heads of the chain; each is also appended to a file outside the database.
create table app.audit_anchor (
  seq       bigint not null,
  hash      bytea not null,
  at        timestamptz not null,
  signature bytea not null,
  primary key (seq, at)
);

create function app.audit_refuse() returns trigger language plpgsql as $$
begin
  raise exception 'the audit trail is append-only' using errcode = 'insufficient_privilege';
end $$;
create trigger audit_line_frozen before update or delete or truncate on app.audit_line
  for each statement execute function app.audit_refuse();
create trigger audit_anchor_frozen before update or delete or truncate on app.audit_anchor
  for each statement execute function app.audit_refuse();

-- Lines are written by the appender alone, on the owner's connection.
revoke all on app.audit_line, app.audit_anchor from public;
do $$ begin
  if exists (select from pg_roles where rolname = 'ganong_app') then
    revoke all on app.audit_line, app.audit_anchor from ganong_app;
  end if;
end $$;
