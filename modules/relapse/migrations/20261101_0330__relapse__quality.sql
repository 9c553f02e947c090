-- Rules of data quality, their runs and the issues found (domain 01 §2.20, §4.8, §5).
create table relapse.quality_rule (
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
    national_no text,
    title text,
    scope text[],
    grain text,
    expr text,
    severity text,
    message_tpl text,
    enabled boolean,
    basis text,
    fix_days integer
);
create index quality_rule_region on relapse.quality_rule (region_code, id);
create index quality_rule_title on relapse.quality_rule (region_code, title);
create index quality_rule_scope on relapse.quality_rule using gin (scope);
create index quality_rule_grain on relapse.quality_rule (region_code, grain);
create index quality_rule_severity on relapse.quality_rule (region_code, severity);
create index quality_rule_enabled on relapse.quality_rule (region_code, enabled);
create unique index quality_rule_rule_id_key on relapse.quality_rule (rule_id) where not deleted;
select app.protect('relapse.quality_rule');

create table relapse.quality_rule_param (
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
    rule_id uuid not null references relapse.quality_rule (id) on delete restrict,
    key text not null,
    label text,
    value numeric(18,4),
    unit text
);
create index quality_rule_param_region on relapse.quality_rule_param (region_code, id);
create index quality_rule_param_rule_id on relapse.quality_rule_param (rule_id);
create unique index quality_rule_param_rule_id_key_key on relapse.quality_rule_param (rule_id, key) where not deleted;
select app.protect('relapse.quality_rule_param');

create table relapse.quality_rule_switch (
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
    rule_id uuid not null references relapse.quality_rule (id) on delete restrict,
    county text collate "C" not null,
    enabled boolean not null default false,
    reason text
);
create index quality_rule_switch_region on relapse.quality_rule_switch (region_code, id);
create index quality_rule_switch_rule_id on relapse.quality_rule_switch (rule_id);
create unique index quality_rule_switch_rule_id_county_key on relapse.quality_rule_switch (rule_id, county) where not deleted;
select app.protect('relapse.quality_rule_switch');

create table relapse.quality_run (
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
    scope_region text collate "C",
    is_full boolean,
    started timestamptz,
    ended timestamptz,
    state text not null default '01',
    checked_hh integer,
    issue_hh integer,
    found integer,
    found_new integer,
    closed integer,
    error_count integer,
    suspect_count integer,
    hint_count integer
);
create index quality_run_region on relapse.quality_run (region_code, id);
create index quality_run_scope_region on relapse.quality_run (region_code, scope_region);
create index quality_run_is_full on relapse.quality_run (region_code, is_full);
create index quality_run_state on relapse.quality_run (region_code, state);
create unique index quality_run_run_no_key on relapse.quality_run (run_no) where not deleted;
select app.protect('relapse.quality_run');

create table relapse.quality_issue (
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
    rule_id uuid not null references relapse.quality_rule (id) on delete restrict,
    severity text,
    household_id uuid,
    person_id uuid,
    subject_key text not null,
    found_values text,
    message text,
    found_at timestamptz,
    last_seen timestamptz,
    state text not null default '01',
    due_at timestamptz,
    fix_way text,
    fix_note text,
    fixed_by uuid,
    fixed_at timestamptz,
    exempt_reason text,
    exempt_until date,
    approver uuid
);
create index quality_issue_region on relapse.quality_issue (region_code, id);
create index quality_issue_rule_id on relapse.quality_issue (rule_id);
create index quality_issue_severity on relapse.quality_issue (region_code, severity);
create index quality_issue_household_id on relapse.quality_issue (household_id);
create index quality_issue_person_id on relapse.quality_issue (person_id);
create index quality_issue_found_at on relapse.quality_issue (region_code, found_at);
create index quality_issue_state on relapse.quality_issue (region_code, state);
create index quality_issue_due_at on relapse.quality_issue (region_code, due_at);
create index quality_issue_fix_way on relapse.quality_issue (region_code, fix_way);
create index quality_issue_fixed_by on relapse.quality_issue (fixed_by);
create index quality_issue_exempt_until on relapse.quality_issue (region_code, exempt_until);
create index quality_issue_approver on relapse.quality_issue (approver);
create unique index quality_issue_rule_id_subject_key_key on relapse.quality_issue (rule_id, subject_key) where not deleted;
select app.protect('relapse.quality_issue');
