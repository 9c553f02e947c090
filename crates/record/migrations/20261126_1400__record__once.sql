-- Writes that a caller may send again after a broken connection: one line a key, written in the transaction of the write
-- itself, so that either both are there or neither. Lines are kept for sixty days.
create table app.once (
  user_id uuid not null,
  key     uuid not null,
  -- verb, dataset and row; never a value
  asked   text not null,
  -- keyed digest of what was sent: the same key with other content is refused
  digest  bytea not null,
  row_id  uuid,
  at      timestamptz not null default now(),
  primary key (user_id, key)
);
create index once_age on app.once (user_id, at);
alter table app.once enable row level security;
alter table app.once force row level security;
create policy own on app.once
  using (user_id = nullif(current_setting('ganong.user_id', true), '')::uuid)
  with check (user_id = nullif(current_setting('ganong.user_id', true), '')::uuid);
grant select, insert, update, delete on app.once to ganong_app;
