-- How many files hang on a field of a row. The caller has read the row inside its regions before; this tells a number only.
create function app.attachment_count(p_dataset text, p_row uuid, p_field text) returns bigint
language sql stable security definer
set search_path = app, pg_temp
as $$
  select count(*) from app.file where kind = 'attachment' and dataset = p_dataset and row_id = p_row and field = p_field
$$;
