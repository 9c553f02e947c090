-- Regions (domain 01 §2.1): codes of five levels with names, nature, validity and successors. Read by everybody
-- whatever the scope, hence no row-level security. Rows are never deleted: a region that ends gets valid_to and,
-- where there is one, the region that took over.
create schema if not exists reg;

create table reg.region (
    code                text collate "C" primary key check (code ~ '^36[0-9]{10}$'),
    name                text not null,
    full_name           text not null,
    level               smallint not null check (level between 1 and 5),
    parent_code         text collate "C" references reg.region (code),
    urban_rural_code    text,
    region_kind         text not null default '0' check (region_kind in ('0', '1')),
    poverty_county_flag boolean not null default false,
    county_class        text[] not null default '{}',
    village_class       text[] not null default '{}',
    out_of_list_year    integer,
    national_code       text collate "C",
    valid_from          date not null,
    valid_to            date,
    replaced_by         text collate "C" references reg.region (code),
    lon                 numeric(10, 6),
    lat                 numeric(10, 6),
    sort_no             integer not null,
    pinyin              text not null default '',
    check (valid_to is null or valid_to >= valid_from)
);
create index region_parent on reg.region (parent_code, sort_no);
create index region_replaced_by on reg.region (replaced_by) where replaced_by is not null;
create index region_national on reg.region (national_code) where national_code is not null;

-- One line an import of regions: what came, went, was renamed or merged, and how many rows of each table moved.
create table reg.region_change (
    id           uuid primary key,
    at           timestamptz not null default now(),
    actor_id     uuid not null,
    actor_name   text not null,
    title        text not null,
    root_code    text collate "C" not null references reg.region (code),
    effective_on date not null,
    changes      jsonb not null,
    moved        jsonb not null
);
create index region_change_at on reg.region_change (at);
create index region_change_root on reg.region_change (root_code);

grant usage on schema reg to ganong_app;
grant select on reg.region, reg.region_change to ganong_app;
