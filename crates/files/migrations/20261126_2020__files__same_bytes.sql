-- Photographs that are the same file: for rules that look for one picture shown as several things. Counts only.
create index file_sm3 on app.file (sm3) where kind = 'attachment';

-- Attachments of a row whose bytes also hang on another row.
create function app.attachments_elsewhere(p_dataset text, p_row uuid) returns bigint
language sql stable security definer
set search_path = app, pg_temp
as $$
  select count(*) from app.file f
   where f.kind = 'attachment' and f.dataset = p_dataset and f.row_id = p_row
     and exists (select 1 from app.file o where o.kind = 'attachment' and o.sm3 = f.sm3 and o.row_id <> f.row_id)
$$;
grant execute on function app.attachments_elsewhere(text, uuid) to ganong_app;

-- Attachments of one row whose bytes also hang on another given row.
create function app.attachments_alike(p_dataset text, p_row uuid, p_field text, p_other_dataset text, p_other uuid) returns bigint
language sql stable security definer
set search_path = app, pg_temp
as $$
  select count(*) from app.file f
   where f.kind = 'attachment' and f.dataset = p_dataset and f.row_id = p_row and f.field = p_field
     and exists (select 1 from app.file o
                  where o.kind = 'attachment' and o.sm3 = f.sm3 and o.dataset = p_other_dataset and o.row_id = p_other)
$$;
grant execute on function app.attachments_alike(text, uuid, text, text, uuid) to ganong_app;
