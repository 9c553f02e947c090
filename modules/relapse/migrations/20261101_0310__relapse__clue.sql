-- Clues of the three lines, the verification at home and the steps of review (domain 01 §2.13, §2.14, §2.18).
create table relapse.patrol_task (
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
    year integer,
    scope_note text,
    focus_groups text[],
    start_date date,
    end_date date,
    state text,
    hh_total integer,
    hh_done integer,
    progress integer
);
create index patrol_task_region on relapse.patrol_task (region_code, id);
create index patrol_task_name on relapse.patrol_task (region_code, name);
create index patrol_task_year on relapse.patrol_task (region_code, year);
create index patrol_task_focus_groups on relapse.patrol_task using gin (focus_groups);
create index patrol_task_start_date on relapse.patrol_task (region_code, start_date);
create index patrol_task_end_date on relapse.patrol_task (region_code, end_date);
create index patrol_task_state on relapse.patrol_task (region_code, state);
select app.protect('relapse.patrol_task');

create table relapse.clue (
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
    clue_no text,
    line text,
    batch_id uuid references relapse.dispatch_batch (id) on delete restrict,
    rule_id uuid references relapse.warn_rule (id) on delete restrict,
    dept text,
    raw_name text,
    raw_id_no_cipher text,
    raw_id_no_token bytea,
    raw_id_no_ok boolean,
    raw_id_no_kind text,
    raw_region text,
    household_id uuid,
    person_id uuid,
    is_poverty boolean not null default false,
    is_monitored boolean not null default false,
    is_lowincome boolean not null default false,
    trigger_text text,
    risk_hint text[],
    score integer,
    level text,
    dup_of uuid references relapse.clue (id) on delete restrict,
    dispatch_level_now text,
    receiver_region text collate "C",
    due_at timestamptz,
    state text not null default '10',
    result text,
    urge_count integer not null default 0,
    overdue boolean not null default false
);
create index clue_region on relapse.clue (region_code, id);
create index clue_line on relapse.clue (region_code, line);
create index clue_batch_id on relapse.clue (batch_id);
create index clue_rule_id on relapse.clue (rule_id);
create index clue_dept on relapse.clue (region_code, dept);
create index clue_raw_id_no_token on relapse.clue (raw_id_no_token);
create index clue_household_id on relapse.clue (household_id);
create index clue_person_id on relapse.clue (person_id);
create index clue_risk_hint on relapse.clue using gin (risk_hint);
create index clue_level on relapse.clue (region_code, level);
create index clue_dup_of on relapse.clue (dup_of);
create index clue_dispatch_level_now on relapse.clue (region_code, dispatch_level_now);
create index clue_due_at on relapse.clue (region_code, due_at);
create index clue_state on relapse.clue (region_code, state);
create index clue_result on relapse.clue (region_code, result);
create index clue_overdue on relapse.clue (region_code, overdue);
create index clue_raw_name_prefix on relapse.clue (raw_name);
create unique index clue_clue_no_key on relapse.clue (clue_no) where not deleted;
select app.protect('relapse.clue');

create table relapse.clue_trigger (
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
    clue_id uuid not null references relapse.clue (id) on delete restrict,
    indicator text,
    value text,
    threshold text,
    unit text,
    data_time timestamptz,
    source_serial text
);
create index clue_trigger_region on relapse.clue_trigger (region_code, id);
create index clue_trigger_clue_id on relapse.clue_trigger (clue_id);
select app.protect('relapse.clue_trigger');

create table relapse.self_apply (
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
    clue_id uuid references relapse.clue (id) on delete restrict,
    applicant_name text,
    applicant_id_no_cipher text,
    applicant_id_no_token bytea,
    applicant_id_no_ok boolean,
    applicant_id_no_kind text,
    applicant_phone text,
    head_name text,
    apply_region text collate "C",
    relation text,
    agent_note text,
    channel text,
    risk_types text[],
    difficulty_text text,
    promise_checked boolean,
    authorize_checked boolean,
    accepted_by uuid,
    accepted_at timestamptz,
    accept_note text,
    informed_at timestamptz,
    inform_way text,
    satisfaction integer
);
create index self_apply_region on relapse.self_apply (region_code, id);
create index self_apply_clue_id on relapse.self_apply (clue_id);
create index self_apply_applicant_id_no_token on relapse.self_apply (applicant_id_no_token);
create index self_apply_head_name on relapse.self_apply (region_code, head_name);
create index self_apply_channel on relapse.self_apply (region_code, channel);
create index self_apply_risk_types on relapse.self_apply using gin (risk_types);
create index self_apply_accepted_by on relapse.self_apply (accepted_by);
create index self_apply_accepted_at on relapse.self_apply (region_code, accepted_at);
create index self_apply_applicant_name_prefix on relapse.self_apply (applicant_name);
select app.protect('relapse.self_apply');

create table relapse.patrol (
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
    task_id uuid references relapse.patrol_task (id) on delete restrict,
    household_id uuid not null,
    visitor_id uuid,
    visit_at timestamptz,
    focus_groups text[],
    edu_ok boolean,
    house_ok boolean,
    med_ok boolean,
    water_ok boolean,
    income_hint text,
    expense_hint bigint,
    found boolean,
    risk_types text[],
    text text,
    to_clue_id uuid references relapse.clue (id) on delete restrict
);
create index patrol_region on relapse.patrol (region_code, id);
create index patrol_task_id on relapse.patrol (task_id);
create index patrol_household_id on relapse.patrol (household_id);
create index patrol_visitor_id on relapse.patrol (visitor_id);
create index patrol_visit_at on relapse.patrol (region_code, visit_at);
create index patrol_focus_groups on relapse.patrol using gin (focus_groups);
create index patrol_income_hint on relapse.patrol (region_code, income_hint);
create index patrol_found on relapse.patrol (region_code, found);
create index patrol_risk_types on relapse.patrol using gin (risk_types);
create index patrol_to_clue_id on relapse.patrol (to_clue_id);
select app.protect('relapse.patrol');

create table relapse.verify_form (
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
    clue_id uuid not null references relapse.clue (id) on delete restrict,
    household_id uuid not null,
    verify_at timestamptz,
    lon numeric(18,6),
    lat numeric(18,6),
    distance_m integer,
    distance_note text,
    met_person text,
    met_relation text,
    members_ok boolean,
    labor_count integer,
    income_id uuid,
    security_id uuid,
    policy_enjoyed text[],
    no_obligor boolean,
    self_cope text,
    risk_confirmed boolean,
    risk_types text[],
    suggest text,
    not_include_reasons text[],
    suggest_text text,
    draft_local_id text,
    audit_state text not null default '0',
    return_reason text,
    check (char_length(suggest_text) <= 400)
);
create index verify_form_region on relapse.verify_form (region_code, id);
create index verify_form_clue_id on relapse.verify_form (clue_id);
create index verify_form_household_id on relapse.verify_form (household_id);
create index verify_form_verify_at on relapse.verify_form (region_code, verify_at);
create index verify_form_income_id on relapse.verify_form (income_id);
create index verify_form_security_id on relapse.verify_form (security_id);
create index verify_form_risk_confirmed on relapse.verify_form (region_code, risk_confirmed);
create index verify_form_risk_types on relapse.verify_form using gin (risk_types);
create index verify_form_suggest on relapse.verify_form (region_code, suggest);
create index verify_form_not_include_reasons on relapse.verify_form using gin (not_include_reasons);
create index verify_form_audit_state on relapse.verify_form (region_code, audit_state);
select app.protect('relapse.verify_form');

create table relapse.verify_verifier (
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
    form_id uuid not null references relapse.verify_form (id) on delete restrict,
    user_id uuid not null,
    name text,
    post text
);
create index verify_verifier_region on relapse.verify_verifier (region_code, id);
create index verify_verifier_form_id on relapse.verify_verifier (form_id);
create index verify_verifier_user_id on relapse.verify_verifier (user_id);
create unique index verify_verifier_form_id_user_id_key on relapse.verify_verifier (form_id, user_id) where not deleted;
select app.protect('relapse.verify_verifier');

create table relapse.verify_member_fix (
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
    form_id uuid not null references relapse.verify_form (id) on delete restrict,
    fix_kind text,
    person_id uuid,
    name text,
    id_no_cipher text,
    id_no_token bytea,
    id_no_ok boolean,
    id_no_kind text,
    relation text,
    field_name text,
    old_value text,
    new_value text,
    reason text,
    applied boolean not null default false
);
create index verify_member_fix_region on relapse.verify_member_fix (region_code, id);
create index verify_member_fix_form_id on relapse.verify_member_fix (form_id);
create index verify_member_fix_person_id on relapse.verify_member_fix (person_id);
create index verify_member_fix_id_no_token on relapse.verify_member_fix (id_no_token);
select app.protect('relapse.verify_member_fix');

create table relapse.verify_expense (
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
    form_id uuid not null references relapse.verify_form (id) on delete restrict,
    kind text,
    total bigint,
    reimbursed bigint,
    claimed bigint,
    self_pay bigint,
    note text
);
create index verify_expense_region on relapse.verify_expense (region_code, id);
create index verify_expense_form_id on relapse.verify_expense (form_id);
select app.protect('relapse.verify_expense');

create table relapse.verify_asset (
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
    form_id uuid not null references relapse.verify_form (id) on delete restrict,
    kind text,
    holder text,
    quantity numeric(18,2),
    amount bigint,
    detail text
);
create index verify_asset_region on relapse.verify_asset (region_code, id);
create index verify_asset_form_id on relapse.verify_asset (form_id);
select app.protect('relapse.verify_asset');

create table relapse.verify_obligor (
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
    form_id uuid not null references relapse.verify_form (id) on delete restrict,
    obligor_id uuid not null,
    note text
);
create index verify_obligor_region on relapse.verify_obligor (region_code, id);
create index verify_obligor_form_id on relapse.verify_obligor (form_id);
create index verify_obligor_obligor_id on relapse.verify_obligor (obligor_id);
create unique index verify_obligor_form_id_obligor_id_key on relapse.verify_obligor (form_id, obligor_id) where not deleted;
select app.protect('relapse.verify_obligor');

create table relapse.verify_reason (
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
    form_id uuid not null references relapse.verify_form (id) on delete restrict,
    reason text,
    person_name text,
    org_name text,
    org_state text,
    address text,
    set_count integer,
    vehicle text,
    buy_year integer,
    value_est bigint,
    amount_range text,
    self_pay bigint,
    claimed bigint,
    obligor_id uuid,
    error_kind text,
    computed text,
    explain text,
    conflict_note text
);
create index verify_reason_region on relapse.verify_reason (region_code, id);
create index verify_reason_form_id on relapse.verify_reason (form_id);
create index verify_reason_obligor_id on relapse.verify_reason (obligor_id);
create unique index verify_reason_form_id_reason_key on relapse.verify_reason (form_id, reason) where not deleted;
select app.protect('relapse.verify_reason');

create table relapse.audit_step (
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
    biz_kind text not null,
    biz_id text not null,
    step text not null,
    actor uuid,
    actor_name text,
    at timestamptz,
    action text,
    opinion text,
    due_at timestamptz,
    overdue boolean not null default false,
    check (char_length(opinion) <= 400)
);
create index audit_step_region on relapse.audit_step (region_code, id);
create index audit_step_biz_kind on relapse.audit_step (region_code, biz_kind);
create index audit_step_biz_id on relapse.audit_step (region_code, biz_id);
create index audit_step_step on relapse.audit_step (region_code, step);
create index audit_step_actor on relapse.audit_step (actor);
create index audit_step_at on relapse.audit_step (region_code, at);
create index audit_step_action on relapse.audit_step (region_code, action);
create index audit_step_overdue on relapse.audit_step (region_code, overdue);
select app.protect('relapse.audit_step');
