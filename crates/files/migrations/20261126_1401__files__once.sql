-- The key under which a sender may repeat an upload after a broken connection.
alter table app.file add column once_key uuid;
create unique index file_once on app.file (created_by, once_key) where once_key is not null;

-- How many attachments hang on each field of a row, for rules inside a scoped transaction. Counts only; the caller has found
-- the row inside its regions.
create function app.attachments_of(p_row uuid, p_dataset text) returns table (field text, n bigint)
language sql stable security definer set search_path = app, pg_temp as $$
  select f.field, count(*) from app.file f where f.row_id = p_row and f.dataset = p_dataset and f.kind = 'attachment' group by f.field
$$;
grant execute on function app.attachments_of(uuid, text) to ganong_app;
