-- Monitored objects, plans, measures and visits (domain 01 §2.9–2.11).
create table relapse.monitor_case (
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
    case_no text,
    household_id uuid not null,
    monitor_type text,
    was_poverty boolean,
    whole_no_labor_bottom boolean,
    clue_id uuid references relapse.clue (id) on delete restrict,
    source_line text,
    identify_ym integer,
    identify_date date,
    risk1 text,
    risk2 text,
    risk3 text,
    risk4 text,
    risk5 text,
    disaster_kind text,
    disaster_note text,
    risk_other_note text,
    identify_income_id uuid,
    identify_security_id uuid,
    line_year integer,
    line_value bigint,
    collector text,
    collector_phone text,
    contact_id uuid,
    dev_measure_state text,
    county_doc_no text,
    county_doc_date date,
    state text not null default '10',
    eliminated boolean not null default false,
    eliminate_way text,
    eliminate_ym integer,
    eliminate_income_id uuid,
    eliminate_security_id uuid,
    review_due date
);
create index monitor_case_region on relapse.monitor_case (region_code, id);
create index monitor_case_household_id on relapse.monitor_case (household_id);
create index monitor_case_monitor_type on relapse.monitor_case (region_code, monitor_type);
create index monitor_case_was_poverty on relapse.monitor_case (region_code, was_poverty);
create index monitor_case_whole_no_labor_bottom on relapse.monitor_case (region_code, whole_no_labor_bottom);
create index monitor_case_clue_id on relapse.monitor_case (clue_id);
create index monitor_case_source_line on relapse.monitor_case (region_code, source_line);
create index monitor_case_identify_ym on relapse.monitor_case (region_code, identify_ym);
create index monitor_case_risk1 on relapse.monitor_case (region_code, risk1);
create index monitor_case_identify_income_id on relapse.monitor_case (identify_income_id);
create index monitor_case_identify_security_id on relapse.monitor_case (identify_security_id);
create index monitor_case_contact_id on relapse.monitor_case (contact_id);
create index monitor_case_dev_measure_state on relapse.monitor_case (region_code, dev_measure_state);
create index monitor_case_state on relapse.monitor_case (region_code, state);
create index monitor_case_eliminated on relapse.monitor_case (region_code, eliminated);
create index monitor_case_eliminate_way on relapse.monitor_case (region_code, eliminate_way);
create index monitor_case_eliminate_ym on relapse.monitor_case (region_code, eliminate_ym);
create index monitor_case_eliminate_income_id on relapse.monitor_case (eliminate_income_id);
create index monitor_case_eliminate_security_id on relapse.monitor_case (eliminate_security_id);
create index monitor_case_review_due on relapse.monitor_case (region_code, review_due);
create unique index monitor_case_case_no_key on relapse.monitor_case (case_no) where not deleted;
select app.protect('relapse.monitor_case');

create table relapse.help_plan (
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
    case_id uuid not null references relapse.monitor_case (id) on delete restrict,
    version integer,
    plan_date date,
    expected_net_pc bigint,
    state text not null default '01',
    approve_by uuid,
    approve_at timestamptz
);
create index help_plan_region on relapse.help_plan (region_code, id);
create index help_plan_case_id on relapse.help_plan (case_id);
create index help_plan_plan_date on relapse.help_plan (region_code, plan_date);
create index help_plan_state on relapse.help_plan (region_code, state);
create index help_plan_approve_by on relapse.help_plan (approve_by);
create unique index help_plan_case_id_version_key on relapse.help_plan (case_id, version) where not deleted;
select app.protect('relapse.help_plan');

create table relapse.help_plan_target (
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
    plan_id uuid not null references relapse.help_plan (id) on delete restrict,
    risk text,
    category text,
    item text,
    measure_text text,
    resp_unit text,
    resp_person text,
    due_date date,
    expected text
);
create index help_plan_target_region on relapse.help_plan_target (region_code, id);
create index help_plan_target_plan_id on relapse.help_plan_target (plan_id);
select app.protect('relapse.help_plan_target');

create table relapse.measure (
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
    case_id uuid references relapse.monitor_case (id) on delete restrict,
    household_id uuid not null,
    category text,
    item text,
    other_note text,
    person_id uuid,
    project_id text,
    amount bigint,
    quantity numeric(18,2),
    unit text,
    start_date date,
    end_date date,
    resp_unit text,
    resp_person text,
    state text,
    landed_date date,
    effect_income bigint,
    effect_note text,
    household_confirm boolean
);
create index measure_region on relapse.measure (region_code, id);
create index measure_case_id on relapse.measure (case_id);
create index measure_household_id on relapse.measure (household_id);
create index measure_category on relapse.measure (region_code, category);
create index measure_item on relapse.measure (region_code, item);
create index measure_person_id on relapse.measure (person_id);
create index measure_start_date on relapse.measure (region_code, start_date);
create index measure_state on relapse.measure (region_code, state);
select app.protect('relapse.measure');

create table relapse.visit (
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
    case_id uuid references relapse.monitor_case (id) on delete restrict,
    household_id uuid not null,
    visitor_id uuid,
    visit_at timestamptz,
    way text,
    present_person text,
    income_change text,
    income_note text,
    expense_change text,
    expense_note text,
    member_change text,
    edu_worse boolean,
    house_worse boolean,
    med_worse boolean,
    water_worse boolean,
    new_risk text[],
    risk_judge text,
    content text,
    lon numeric(18,6),
    lat numeric(18,6)
);
create index visit_region on relapse.visit (region_code, id);
create index visit_case_id on relapse.visit (case_id);
create index visit_household_id on relapse.visit (household_id);
create index visit_visitor_id on relapse.visit (visitor_id);
create index visit_visit_at on relapse.visit (region_code, visit_at);
create index visit_way on relapse.visit (region_code, way);
create index visit_new_risk on relapse.visit using gin (new_risk);
create index visit_risk_judge on relapse.visit (region_code, risk_judge);
select app.protect('relapse.visit');

create table relapse.visit_measure_progress (
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
    visit_id uuid not null references relapse.visit (id) on delete restrict,
    measure_id uuid not null references relapse.measure (id) on delete restrict,
    state text,
    progress text,
    problem text
);
create index visit_measure_progress_region on relapse.visit_measure_progress (region_code, id);
create index visit_measure_progress_visit_id on relapse.visit_measure_progress (visit_id);
create index visit_measure_progress_measure_id on relapse.visit_measure_progress (measure_id);
create unique index visit_measure_progress_visit_id_measure_id_key on relapse.visit_measure_progress (visit_id, measure_id) where not deleted;
select app.protect('relapse.visit_measure_progress');
