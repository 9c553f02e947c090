-- Rows that are set at one level and read by everybody below it: rules, parameters, calendars, catalogues. Reading reaches
-- up to the regions the scope lies in; writing stays inside the scope.

-- The regions above the range of the open transaction (and its own, where it begins at one above a village).
create function app.scope_above() returns text[] language sql stable parallel safe
  return array[rpad(left(app.scope_lo(), 2), 12, '0'), rpad(left(app.scope_lo(), 4), 12, '0'),
               rpad(left(app.scope_lo(), 6), 12, '0'), rpad(left(app.scope_lo(), 9), 12, '0')];

-- Datasets of such tables, so that the log of their changes can be read with them.
create table app.read_below (dataset text primary key);
grant select on app.read_below to ganong_app;

-- Opens a protected table for reading from below; `dataset` is the id of its description, which says `read_below`.
create function app.read_below(target regclass, dataset text) returns void language plpgsql as $$
begin
  execute format('create policy below on %s for select using (region_code = any (app.scope_above()))', target);
  insert into app.read_below values (dataset);
end $$;

create policy below on app.row_change for select
  using (region_code = any (app.scope_above()) and dataset in (select b.dataset from app.read_below b));
