-- What is known of a household from year to year and check to check (domain 01 §2.4–2.7).
create table reg.member_change (
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
    person_id uuid references reg.member (id) on delete restrict,
    change_kind text,
    increase_reason text,
    decrease_reason text,
    change_date date,
    approver uuid,
    note text
);
create index member_change_region on reg.member_change (region_code, id);
create index member_change_household_id on reg.member_change (household_id);
create index member_change_person_id on reg.member_change (person_id);
create index member_change_change_kind on reg.member_change (region_code, change_kind);
create index member_change_increase_reason on reg.member_change (region_code, increase_reason);
create index member_change_decrease_reason on reg.member_change (region_code, decrease_reason);
create index member_change_change_date on reg.member_change (region_code, change_date);
create index member_change_approver on reg.member_change (approver);
select app.protect('reg.member_change');

create table reg.living_year (
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
    year integer not null,
    cultivated_area numeric(18,2),
    irrigated_area numeric(18,2),
    forest_area numeric(18,2),
    tghl_area numeric(18,2),
    orchard_area numeric(18,2),
    pasture_area numeric(18,2),
    water_area numeric(18,2),
    coop_member boolean,
    leader_enterprise boolean,
    leader_person boolean,
    industry_help_kind text[],
    elec_life boolean,
    elec_prod boolean,
    tv boolean,
    road_dist numeric(18,2),
    road_type text,
    house_area numeric(18,2),
    dangerous_house boolean,
    danger_level text,
    house_source text,
    house_structure text,
    build_year integer,
    safety_way text,
    safety_org text,
    safety_date date,
    safe_water boolean,
    water_source text,
    supply_mode text,
    toilet boolean,
    toilet_type text,
    toilet_normal boolean,
    fuel text
);
create index living_year_region on reg.living_year (region_code, id);
create index living_year_household_id on reg.living_year (household_id);
create index living_year_year on reg.living_year (region_code, year);
create index living_year_dangerous_house on reg.living_year (region_code, dangerous_house);
create index living_year_danger_level on reg.living_year (region_code, danger_level);
create index living_year_safe_water on reg.living_year (region_code, safe_water);
create index living_year_toilet on reg.living_year (region_code, toilet);
create unique index living_year_household_id_year_key on reg.living_year (household_id, year) where not deleted;
select app.protect('reg.living_year');

create table reg.income_period (
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
    period_kind text,
    year integer,
    period_start date,
    period_end date,
    pop integer,
    collector text,
    collector_phone text,
    collect_date date,
    bookkeeping_person text,
    audit_state text,
    wage bigint,
    operate bigint,
    property bigint,
    transfer bigint,
    operate_cost bigint,
    gross bigint,
    net bigint,
    net_pc bigint,
    claim bigint,
    self_pay bigint,
    ref_net bigint,
    ref_pc bigint,
    yoy_pct numeric(18,2)
);
create index income_period_region on reg.income_period (region_code, id);
create index income_period_household_id on reg.income_period (household_id);
create index income_period_period_kind on reg.income_period (region_code, period_kind);
create index income_period_year on reg.income_period (region_code, year);
create index income_period_collect_date on reg.income_period (region_code, collect_date);
create index income_period_audit_state on reg.income_period (region_code, audit_state);
create index income_period_net_pc on reg.income_period (region_code, net_pc);
create unique index income_period_household_id_year_key on reg.income_period (household_id, year) where period_kind = '01' and not deleted;
select app.protect('reg.income_period');

create table reg.income_item (
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
    period_id uuid not null references reg.income_period (id) on delete restrict,
    item_code text,
    person_id uuid references reg.member (id) on delete restrict,
    quantity numeric(18,2),
    unit text,
    price bigint,
    amount bigint,
    note text
);
create index income_item_region on reg.income_item (region_code, id);
create index income_item_period_id on reg.income_item (period_id);
create index income_item_item_code on reg.income_item (region_code, item_code);
create index income_item_person_id on reg.income_item (person_id);
select app.protect('reg.income_item');

create table reg.security_check (
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
    stage text,
    check_date date,
    food_ok boolean,
    clothes_ok boolean,
    edu_problem boolean,
    house_problem boolean,
    med_problem boolean,
    water_problem boolean,
    solved_by text,
    solved_date date
);
create index security_check_region on reg.security_check (region_code, id);
create index security_check_household_id on reg.security_check (household_id);
create index security_check_stage on reg.security_check (region_code, stage);
create index security_check_check_date on reg.security_check (region_code, check_date);
create index security_check_edu_problem on reg.security_check (region_code, edu_problem);
create index security_check_house_problem on reg.security_check (region_code, house_problem);
create index security_check_med_problem on reg.security_check (region_code, med_problem);
create index security_check_water_problem on reg.security_check (region_code, water_problem);
select app.protect('reg.security_check');

create table reg.security_edu_person (
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
    check_id uuid not null references reg.security_check (id) on delete restrict,
    person_id uuid references reg.member (id) on delete restrict,
    dropout_reason text,
    note text,
    solved_date date
);
create index security_edu_person_region on reg.security_edu_person (region_code, id);
create index security_edu_person_check_id on reg.security_edu_person (check_id);
create index security_edu_person_person_id on reg.security_edu_person (person_id);
select app.protect('reg.security_edu_person');

create table reg.security_house_detail (
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
    check_id uuid not null references reg.security_check (id) on delete restrict,
    house_level text,
    survey_org text,
    survey_date date,
    is_only_house boolean,
    note text
);
create index security_house_detail_region on reg.security_house_detail (region_code, id);
create index security_house_detail_check_id on reg.security_house_detail (check_id);
select app.protect('reg.security_house_detail');

create table reg.security_water_detail (
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
    check_id uuid not null references reg.security_check (id) on delete restrict,
    cause text,
    start_date date,
    note text
);
create index security_water_detail_region on reg.security_water_detail (region_code, id);
create index security_water_detail_check_id on reg.security_water_detail (check_id);
select app.protect('reg.security_water_detail');
