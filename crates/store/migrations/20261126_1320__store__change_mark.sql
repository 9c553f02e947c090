-- Which part of which table was changed: read by copies of the tables (the lake), so that they copy only what changed.
-- A mark is written in the transaction of the change by triggers of each statement, whoever wrote the statement. A part is
-- the county, the first six digits of the region code. The transaction is part of the key: writers never wait for each other.
create table app.change_mark (
  tx     xid8 not null default pg_current_xact_id(),
  source text not null,
  county text collate "C" not null,
  at     timestamptz not null default now(),
  primary key (tx, source, county)
);
create index change_mark_source on app.change_mark (source, county, at);

-- Owned by the owner of the schema and run under its rights: requests may not write marks by themselves.
create function app.mark_new() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into app.change_mark (source, county)
  select distinct tg_table_schema || '.' || tg_table_name, left(region_code, 6) from new_rows on conflict do nothing;
  return null;
end $$;
create function app.mark_old() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into app.change_mark (source, county)
  select distinct tg_table_schema || '.' || tg_table_name, left(region_code, 6) from old_rows on conflict do nothing;
  return null;
end $$;
create function app.mark_both() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into app.change_mark (source, county)
  select distinct tg_table_schema || '.' || tg_table_name, left(region_code, 6)
    from (select region_code from new_rows union all select region_code from old_rows) r on conflict do nothing;
  return null;
end $$;
-- Emptied at one stroke: every part changed, which ones nobody can say any more.
create function app.mark_all() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into app.change_mark (source, county) values (tg_table_schema || '.' || tg_table_name, '') on conflict do nothing;
  return null;
end $$;

-- Marks what is changed in a table from now on.
create function app.watch(target regclass) returns void language plpgsql as $$
begin
  execute format('create trigger mark_insert after insert on %s referencing new table as new_rows for each statement execute function app.mark_new()', target);
  execute format('create trigger mark_update after update on %s referencing old table as old_rows new table as new_rows for each statement execute function app.mark_both()', target);
  execute format('create trigger mark_delete after delete on %s referencing old table as old_rows for each statement execute function app.mark_old()', target);
  execute format('create trigger mark_truncate after truncate on %s for each statement execute function app.mark_all()', target);
end $$;

-- As before, and watched.
create or replace function app.protect(target regclass) returns void language plpgsql as $$
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format('create policy scope on %s using (region_code >= app.scope_lo() and region_code < app.scope_hi()) '
                 'with check (region_code >= app.scope_lo() and region_code < app.scope_hi())', target);
  execute format('grant select, insert, update, delete on %s to ganong_app', target);
  execute (select format('grant usage on schema %I to ganong_app', n.nspname)
             from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = target);
  -- the log of changes is not a thing that changes
  if target <> 'app.row_change'::regclass then
    perform app.watch(target);
  end if;
end $$;

-- Tables that were protected before this file.
do $$
declare target regclass;
begin
  for target in
    select polrelid from pg_policy where polname = 'scope' and polrelid <> 'app.row_change'::regclass order by polrelid
  loop
    perform app.watch(target);
  end loop;
end $$;
