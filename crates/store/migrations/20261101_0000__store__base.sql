-- What every other migration stands on: the role that requests run under, the acting scope, protection of business
-- tables, and the log of changes to their rows.
create schema if not exists app;

-- Roles belong to the whole cluster: another database of it may have made this one already.
do $$
begin
  if not exists (select from pg_roles where rolname = 'ganong_app') then
    create role ganong_app nologin nosuperuser nobypassrls nocreatedb nocreaterole noinherit;
  end if;
exception when duplicate_object or unique_violation then null;
end $$;
do $$
begin
  if not pg_has_role(current_user, 'ganong_app', 'member') then
    execute format('grant ganong_app to %I', current_user);
  end if;
end $$;
grant usage on schema app to ganong_app;

-- Half-open range of region codes of the open transaction: null where never set in this session, empty after a transaction
-- that set it; either way no row is seen (no code is below the empty text).
-- Measured, PostgreSQL 15, 400 000 rows: the functions are inlined, so plan and time equal current_setting() written into
-- the policy (county of 4 000 rows: index-only scan, 0.5 ms; whole province: parallel scan, 45 ms). A nullif(…, '') around
-- it costs a third more on the whole province; (select app.scope_lo()) hides the range from the planner, who then guesses
-- 2 000 rows for 400 000.
create function app.scope_lo() returns text language sql stable parallel safe
  return current_setting('ganong.scope_lo', true);
create function app.scope_hi() returns text language sql stable parallel safe
  return current_setting('ganong.scope_hi', true);

-- Puts a table with a region_code under the scope of the transaction, for its owner too, and opens it to the role of requests.
create function app.protect(target regclass) returns void language plpgsql as $$
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format('create policy scope on %s using (region_code >= app.scope_lo() and region_code < app.scope_hi()) '
                 'with check (region_code >= app.scope_lo() and region_code < app.scope_hi())', target);
  execute format('grant select, insert, update, delete on %s to ganong_app', target);
  execute (select format('grant usage on schema %I to ganong_app', n.nspname)
             from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = target);
end $$;

-- One line a change of a row. `changes` is {field: {"old": …, "new": …}}; sensitive fields stand as cipher text.
create table app.row_change (
  id          bigint generated always as identity primary key,
  dataset     text not null,
  row_id      uuid not null,
  region_code text collate "C" not null,
  row_version integer not null,
  verb        text not null,
  at          timestamptz not null default now(),
  actor_id    uuid not null,
  actor_name  text not null,
  batch_no    text,
  changes     jsonb not null default '{}'
);
create index row_change_row on app.row_change (row_id, id);
create index row_change_region on app.row_change (region_code, id);
create index row_change_batch on app.row_change (batch_no) where batch_no is not null;
select app.protect('app.row_change');
revoke update, delete on app.row_change from ganong_app;
