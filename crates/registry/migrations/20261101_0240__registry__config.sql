-- Thresholds, parameters, working days and terms, each with its validity (domain 01 §2.20, §0.4).
create table reg.monitor_line (
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
    year integer not null,
    amount bigint,
    valid_from date,
    doc_no text,
    note text,
    state text
);
create index monitor_line_region on reg.monitor_line (region_code, id);
create index monitor_line_year on reg.monitor_line (region_code, year);
create index monitor_line_state on reg.monitor_line (region_code, state);
create unique index monitor_line_region_code_year_valid_from_key on reg.monitor_line (region_code, year, valid_from) where not deleted;
select app.protect('reg.monitor_line');

create table reg.policy_param (
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
    key text not null,
    title text,
    value text,
    unit text,
    valid_from date not null,
    valid_to date,
    doc_no text,
    basis text
);
create index policy_param_region on reg.policy_param (region_code, id);
create index policy_param_valid_from on reg.policy_param (region_code, valid_from);
create index policy_param_basis on reg.policy_param (region_code, basis);
create index policy_param_key_prefix on reg.policy_param (key);
create unique index policy_param_region_code_key_valid_from_key on reg.policy_param (region_code, key, valid_from) where not deleted;
select app.protect('reg.policy_param');

create table reg.work_calendar (
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
    date date not null,
    is_workday boolean not null default true,
    note text
);
create index work_calendar_region on reg.work_calendar (region_code, id);
create index work_calendar_is_workday on reg.work_calendar (region_code, is_workday);
create unique index work_calendar_date_key on reg.work_calendar (date) where not deleted;
select app.protect('reg.work_calendar');

create table reg.term_map (
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
    term_key text not null,
    term text,
    year_from integer not null,
    year_to integer,
    doc_no text,
    note text
);
create index term_map_region on reg.term_map (region_code, id);
create index term_map_term_key on reg.term_map (region_code, term_key);
create index term_map_term on reg.term_map (region_code, term);
create index term_map_year_from on reg.term_map (region_code, year_from);
create unique index term_map_term_key_year_from_key on reg.term_map (term_key, year_from) where not deleted;
select app.protect('reg.term_map');
