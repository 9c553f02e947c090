-- A kept query may also be shared with one region below the owner's, or with single persons (by account, shown by sign-in name).
alter table app.saved_query
  -- empty: the owner's region and everything below it
  add column shared_region text collate "C",
  add column persons uuid[] not null default '{}',
  add column person_names text[] not null default '{}';
