-- What departments deliver, warning rules and the batches that send clues down (domain 01 §2.20, §6.1, §6.3, §6.4).
create schema if not exists relapse;

create table relapse.dept_dataset (
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
    item_no text not null,
    dept text,
    name text,
    key_fields text,
    uses text[],
    frequency text,
    enabled boolean,
    note text
);
create index dept_dataset_region on relapse.dept_dataset (region_code, id);
create index dept_dataset_dept on relapse.dept_dataset (region_code, dept);
create index dept_dataset_uses on relapse.dept_dataset using gin (uses);
create index dept_dataset_frequency on relapse.dept_dataset (region_code, frequency);
create index dept_dataset_enabled on relapse.dept_dataset (region_code, enabled);
create index dept_dataset_name_prefix on relapse.dept_dataset (name);
create unique index dept_dataset_item_no_key on relapse.dept_dataset (item_no) where not deleted;
select app.protect('relapse.dept_dataset');

create table relapse.dept_batch (
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
    batch_no text not null,
    dept text,
    dataset_id uuid not null references relapse.dept_dataset (id) on delete restrict,
    period integer,
    received_at timestamptz,
    file_hash text,
    rows integer,
    matched integer,
    unmatched integer,
    rejected integer
);
create index dept_batch_region on relapse.dept_batch (region_code, id);
create index dept_batch_dept on relapse.dept_batch (region_code, dept);
create index dept_batch_dataset_id on relapse.dept_batch (dataset_id);
create index dept_batch_period on relapse.dept_batch (region_code, period);
create index dept_batch_received_at on relapse.dept_batch (region_code, received_at);
create unique index dept_batch_batch_no_key on relapse.dept_batch (batch_no) where not deleted;
select app.protect('relapse.dept_batch');

create table relapse.dept_record (
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
    batch_id uuid not null references relapse.dept_batch (id) on delete restrict,
    row_no integer not null,
    raw_name text,
    raw_id_no_cipher text,
    raw_id_no_token bytea,
    raw_id_no_ok boolean,
    raw_id_no_kind text,
    raw_region text,
    data_time timestamptz,
    source_serial text,
    match_state text not null default '00',
    match_score numeric(18,4),
    household_id uuid,
    person_id uuid,
    reject_reason text
);
create index dept_record_region on relapse.dept_record (region_code, id);
create index dept_record_batch_id on relapse.dept_record (batch_id);
create index dept_record_raw_id_no_token on relapse.dept_record (raw_id_no_token);
create index dept_record_match_state on relapse.dept_record (region_code, match_state);
create index dept_record_household_id on relapse.dept_record (household_id);
create index dept_record_person_id on relapse.dept_record (person_id);
create unique index dept_record_batch_id_row_no_key on relapse.dept_record (batch_id, row_no) where not deleted;
select app.protect('relapse.dept_record');

create table relapse.dept_value (
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
    record_id uuid not null references relapse.dept_record (id) on delete restrict,
    field_name text not null,
    value_text text,
    value_number numeric(18,4),
    value_date date
);
create index dept_value_region on relapse.dept_value (region_code, id);
create index dept_value_record_id on relapse.dept_value (record_id);
create unique index dept_value_record_id_field_name_key on relapse.dept_value (record_id, field_name) where not deleted;
select app.protect('relapse.dept_value');

create table relapse.warn_rule (
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
    version integer not null default 1,
    name text,
    dept text,
    dataset_id uuid references relapse.dept_dataset (id) on delete restrict,
    subject text,
    risk text[],
    basis text,
    expr text,
    exclude_expr text,
    weight integer,
    level_default text,
    level_override text,
    dedupe_days integer,
    cooldown_days integer,
    enabled boolean,
    state text not null default '01',
    published_at timestamptz,
    published_by uuid,
    precision_90d numeric(18,2)
);
create index warn_rule_region on relapse.warn_rule (region_code, id);
create index warn_rule_name on relapse.warn_rule (region_code, name);
create index warn_rule_dept on relapse.warn_rule (region_code, dept);
create index warn_rule_dataset_id on relapse.warn_rule (dataset_id);
create index warn_rule_subject on relapse.warn_rule (region_code, subject);
create index warn_rule_risk on relapse.warn_rule using gin (risk);
create index warn_rule_level_default on relapse.warn_rule (region_code, level_default);
create index warn_rule_enabled on relapse.warn_rule (region_code, enabled);
create index warn_rule_state on relapse.warn_rule (region_code, state);
create index warn_rule_published_by on relapse.warn_rule (published_by);
create index warn_rule_rule_id_prefix on relapse.warn_rule (rule_id);
create unique index warn_rule_rule_id_version_key on relapse.warn_rule (rule_id, version) where not deleted;
select app.protect('relapse.warn_rule');

create table relapse.warn_rule_param (
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
    rule_id uuid not null references relapse.warn_rule (id) on delete restrict,
    key text not null,
    label text,
    value numeric(18,4),
    unit text
);
create index warn_rule_param_region on relapse.warn_rule_param (region_code, id);
create index warn_rule_param_rule_id on relapse.warn_rule_param (rule_id);
create unique index warn_rule_param_rule_id_key_key on relapse.warn_rule_param (rule_id, key) where not deleted;
select app.protect('relapse.warn_rule_param');

create table relapse.dispatch_batch (
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
    batch_no text not null,
    month integer,
    rule_version text,
    total integer not null default 0,
    state text not null default '01',
    approved_by uuid,
    approved_at timestamptz,
    dispatched_at timestamptz,
    note text
);
create index dispatch_batch_region on relapse.dispatch_batch (region_code, id);
create index dispatch_batch_month on relapse.dispatch_batch (region_code, month);
create index dispatch_batch_state on relapse.dispatch_batch (region_code, state);
create index dispatch_batch_approved_by on relapse.dispatch_batch (approved_by);
create unique index dispatch_batch_batch_no_key on relapse.dispatch_batch (batch_no) where not deleted;
select app.protect('relapse.dispatch_batch');

create table relapse.dispatch_count (
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
    batch_id uuid not null references relapse.dispatch_batch (id) on delete restrict,
    county text collate "C" not null,
    level text not null,
    clue_count integer not null default 0
);
create index dispatch_count_region on relapse.dispatch_count (region_code, id);
create index dispatch_count_batch_id on relapse.dispatch_count (batch_id);
create unique index dispatch_count_batch_id_county_level_key on relapse.dispatch_count (batch_id, county, level) where not deleted;
select app.protect('relapse.dispatch_count');
