-- Findings of rules and their life, runs and counts, editions and switches of rules (domain 05 §12.5, §12.7).
create schema quality;
grant usage on schema quality to ganong_app;

create table quality.finding (
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
    rule_id text not null,
    title text,
    severity text,
    subject_name text,
    message text,
    found_values text,
    at_field text,
    view_id text,
    rule_version integer,
    found_at timestamptz,
    last_seen timestamptz,
    times integer not null default 1,
    reopened integer not null default 0,
    state text not null default '01',
    dispatched_at timestamptz,
    due_at timestamptz,
    fix_way text,
    fix_note text,
    exempt_kind text,
    exempt_reason text,
    exempt_until date,
    closed_at timestamptz,
    fixed_by uuid,
    fixed_at timestamptz,
    record_id uuid,
    person_ref uuid,
    -- the row that is wrong, the record on whose file it stands, the run that saw it last
    subject_id uuid not null,
    file_id uuid,
    last_run uuid
);
create index finding_region on quality.finding (region_code, id);
create index finding_rule_id on quality.finding (region_code, rule_id);
create index finding_severity on quality.finding (region_code, severity);
create index finding_subject_name on quality.finding (region_code, subject_name);
create index finding_view_id on quality.finding (region_code, view_id);
create index finding_found_at on quality.finding (region_code, found_at);
create index finding_times on quality.finding (region_code, times);
create index finding_state on quality.finding (region_code, state);
create index finding_due_at on quality.finding (region_code, due_at);
create index finding_fix_way on quality.finding (region_code, fix_way);
create index finding_exempt_kind on quality.finding (region_code, exempt_kind);
create index finding_exempt_until on quality.finding (region_code, exempt_until);
create index finding_record_id on quality.finding (record_id);
create index finding_person_ref on quality.finding (person_ref);
create index finding_fixed_by on quality.finding (fixed_by);
create index finding_file_id on quality.finding (file_id, view_id);
create unique index finding_rule_id_subject_id_key on quality.finding (rule_id, subject_id) where not deleted;
select app.protect('quality.finding');

create table quality.run (
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
    run_no text not null,
    started timestamptz,
    ended timestamptz,
    state text not null default '01',
    checked integer,
    found integer,
    found_new integer,
    reopened integer,
    closed integer,
    error_count integer,
    suspect_count integer,
    hint_count integer,
    note text,
    job_id uuid
);
create index run_region on quality.run (region_code, id);
create index run_run_no on quality.run (region_code, run_no);
create index run_state on quality.run (region_code, state);
create unique index run_run_no_key on quality.run (run_no) where not deleted;
select app.protect('quality.run');

-- How often each rule caught in each county in each run: statistics and trend.
create table quality.run_count (
    run_id uuid not null,
    region_code text collate "C" not null,
    rule_id text not null,
    severity text not null,
    rows bigint not null,
    hits bigint not null,
    capped boolean not null,
    started timestamptz not null,
    primary key (run_id, region_code, rule_id)
);
create index run_count_region on quality.run_count (region_code, started);
select app.protect('quality.run_count');

create table quality.rule_edition (
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
    rule_id text not null,
    version integer not null,
    title text,
    national_no text,
    view_id text,
    scope text,
    expr text,
    severity text,
    message_tpl text,
    at_field text,
    basis text,
    stopped boolean not null default false,
    state text not null default '02',
    submitted_by uuid,
    submitted_at timestamptz,
    released_by uuid,
    released_at timestamptz
);
create index rule_edition_region on quality.rule_edition (region_code, id);
create index rule_edition_rule_id on quality.rule_edition (region_code, rule_id);
create index rule_edition_view_id on quality.rule_edition (region_code, view_id);
create index rule_edition_severity on quality.rule_edition (region_code, severity);
create index rule_edition_state on quality.rule_edition (region_code, state);
create index rule_edition_submitted_by on quality.rule_edition (submitted_by);
create index rule_edition_released_by on quality.rule_edition (released_by);
create unique index rule_edition_rule_id_version_key on quality.rule_edition (rule_id, version) where not deleted;
create unique index rule_edition_one_released on quality.rule_edition (rule_id) where state = '03' and not deleted;
select app.protect('quality.rule_edition');

create table quality.rule_switch (
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
    rule_id text not null,
    county text collate "C" not null,
    enabled boolean not null default false,
    reason text
);
create index rule_switch_region on quality.rule_switch (region_code, id);
create index rule_switch_rule_id on quality.rule_switch (region_code, rule_id);
create index rule_switch_county on quality.rule_switch (region_code, county);
create unique index rule_switch_rule_id_county_key on quality.rule_switch (rule_id, county) where not deleted;
select app.protect('quality.rule_switch');

-- Rules stand at the province and are read by everybody below.
select app.read_below('quality.rule_edition', 'quality.rule_edition');
select app.read_below('quality.rule_switch', 'quality.rule_switch');

-- Files of saved records that wait to be looked at; ids only.
create table quality.pending (
    file_id uuid primary key,
    region_code text collate "C" not null,
    at timestamptz not null default now()
);
create index pending_at on quality.pending (at);
grant select, insert, delete, update on quality.pending to ganong_app;
