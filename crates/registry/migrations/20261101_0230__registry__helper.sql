-- Who helps and who owes support (domain 01 §2.8, §2.12), and the leaflets handed out (§2.20).
create table reg.helper (
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
    name text,
    gender text,
    id_no_cipher text,
    id_no_token bytea,
    id_no_ok boolean,
    id_no_kind text,
    phone text,
    political text,
    unit_name text,
    unit_level text,
    post text,
    helper_kind text,
    status text,
    user_id uuid
);
create index helper_region on reg.helper (region_code, id);
create index helper_id_no_token on reg.helper (id_no_token);
create index helper_unit_name on reg.helper (region_code, unit_name);
create index helper_unit_level on reg.helper (region_code, unit_level);
create index helper_helper_kind on reg.helper (region_code, helper_kind);
create index helper_status on reg.helper (region_code, status);
create index helper_user_id on reg.helper (user_id);
create index helper_name_prefix on reg.helper (name);
select app.protect('reg.helper');

create table reg.helper_pair (
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
    household_id uuid not null references reg.household (id) on delete restrict,
    helper_id uuid not null references reg.helper (id) on delete restrict,
    start_date date,
    end_date date,
    end_reason text,
    is_primary boolean not null default false
);
create index helper_pair_region on reg.helper_pair (region_code, id);
create index helper_pair_household_id on reg.helper_pair (household_id);
create index helper_pair_helper_id on reg.helper_pair (helper_id);
create index helper_pair_start_date on reg.helper_pair (region_code, start_date);
create index helper_pair_end_date on reg.helper_pair (region_code, end_date);
create unique index helper_pair_primary_key on reg.helper_pair (household_id) where is_primary and end_date is null and not deleted;
select app.protect('reg.helper_pair');

create table reg.obligor (
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
    household_id uuid not null references reg.household (id) on delete restrict,
    person_id uuid not null references reg.member (id) on delete restrict,
    duty_kind text,
    relation text,
    name text,
    id_no_cipher text,
    id_no_token bytea,
    id_no_ok boolean,
    id_no_kind text,
    phone text,
    live_region text,
    live_address text,
    spouse_name text,
    spouse_id_no_cipher text,
    spouse_id_no_token bytea,
    spouse_id_no_ok boolean,
    spouse_id_no_kind text,
    family_pop integer,
    job text,
    year_income bigint,
    assets_note text,
    support_way text,
    support_amount bigint,
    calc_amount bigint,
    capability text,
    no_capability_reason text,
    authorized boolean,
    check_conclusion text
);
create index obligor_region on reg.obligor (region_code, id);
create index obligor_household_id on reg.obligor (household_id);
create index obligor_person_id on reg.obligor (person_id);
create index obligor_id_no_token on reg.obligor (id_no_token);
create index obligor_spouse_id_no_token on reg.obligor (spouse_id_no_token);
select app.protect('reg.obligor');

create table reg.notice_sheet (
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
    household_id uuid not null references reg.household (id) on delete restrict,
    kind text,
    date date,
    way text
);
create index notice_sheet_region on reg.notice_sheet (region_code, id);
create index notice_sheet_household_id on reg.notice_sheet (household_id);
create index notice_sheet_kind on reg.notice_sheet (region_code, kind);
create index notice_sheet_date on reg.notice_sheet (region_code, date);
select app.protect('reg.notice_sheet');
