-- What somebody forgets: the table is open to the role of requests, and app.protect is missing.
create schema planted;
create table planted.thing (
    id uuid primary key,
    region_code text collate "C" not null,
    source text not null default '02',
    created_by uuid,
    created_at timestamptz not null default now(),
    updated_by uuid,
    updated_at timestamptz not null default now(),
    row_version integer not null default 1,
    deleted boolean not null default false,
    sync_batch_no text,
    national_updated_at timestamptz,
    name text not null
);
grant usage on schema planted to ganong_app;
grant select, insert, update, delete on planted.thing to ganong_app;
