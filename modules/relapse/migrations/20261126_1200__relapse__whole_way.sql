-- The later steps of a clue and of a case: authorization and economic check, meeting and notice of the village, elimination of
-- risk (domain 01 §2.15–§2.19, §4.3–§4.5); what the township samples, the county decides and the household is told.
alter table relapse.clue
    add column sampled boolean,
    add column sample_note text,
    add column decide_doc_no text,
    add column informed_at timestamptz,
    add column inform_way text,
    add column green_channel boolean not null default false,
    add column green_due date;
create index clue_green_channel on relapse.clue (region_code, green_channel);
create index clue_household_open on relapse.clue (household_id) where not deleted and state not in ('10', '79', '80', '90');
create index clue_late on relapse.clue (due_at) where not deleted and state not in ('10', '79', '80', '90');
create index monitor_case_household_state on relapse.monitor_case (household_id, state) where not deleted;

create table relapse.authorization (
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
    auth_no text,
    household_id uuid,
    clue_id uuid references relapse.clue (id) on delete restrict,
    applicant text,
    template_version text,
    scope text[],
    signed_on date,
    valid_to date,
    sign_way text,
    agent_name text,
    agent_relation text,
    agent_reason text,
    status text not null default '01',
    withdrawn_at timestamptz
);
create index authorization_region on relapse.authorization (region_code, id);
create index authorization_auth_no on relapse.authorization (region_code, auth_no);
create index authorization_household_id on relapse.authorization (household_id);
create index authorization_clue_id on relapse.authorization (clue_id);
create index authorization_signed_on on relapse.authorization (region_code, signed_on);
create index authorization_valid_to on relapse.authorization (region_code, valid_to);
create index authorization_sign_way on relapse.authorization (region_code, sign_way);
create index authorization_status on relapse.authorization (region_code, status);
create unique index authorization_auth_no_key on relapse.authorization (auth_no) where not deleted;
create index authorization_auth_no_prefix on relapse.authorization (auth_no);
create index authorization_applicant_prefix on relapse.authorization (applicant);
select app.protect('relapse.authorization');

create table relapse.authorization_person (
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
    auth_id uuid not null references relapse.authorization (id) on delete restrict,
    person_id uuid,
    obligor_id uuid,
    name text,
    id_no_cipher text,
    id_no_token bytea,
    id_no_ok boolean,
    id_no_kind text,
    relation text,
    is_obligor boolean,
    signed_on date
);
create index authorization_person_region on relapse.authorization_person (region_code, id);
create index authorization_person_auth_id on relapse.authorization_person (auth_id);
create index authorization_person_person_id on relapse.authorization_person (person_id);
create index authorization_person_obligor_id on relapse.authorization_person (obligor_id);
create index authorization_person_id_no_token on relapse.authorization_person (id_no_token);
create unique index authorization_person_auth_id_id_no_token_key on relapse.authorization_person (auth_id, id_no_token) where not deleted;
select app.protect('relapse.authorization_person');

create table relapse.economic_check (
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
    check_no text,
    household_id uuid,
    clue_id uuid references relapse.clue (id) on delete restrict,
    case_id uuid references relapse.monitor_case (id) on delete restrict,
    auth_id uuid references relapse.authorization (id) on delete restrict,
    entrust_region text collate "C",
    purpose text,
    check_items text[],
    period_start date,
    period_end date,
    check_date_base date,
    submit_at timestamptz,
    accept_at timestamptz,
    report_at timestamptz,
    report_no text,
    conclusion text,
    over_limit text[],
    county_watch boolean,
    shared_with text,
    valid_to date,
    due_at timestamptz,
    state text not null default '10'
);
create index economic_check_region on relapse.economic_check (region_code, id);
create index economic_check_check_no on relapse.economic_check (region_code, check_no);
create index economic_check_household_id on relapse.economic_check (household_id);
create index economic_check_clue_id on relapse.economic_check (clue_id);
create index economic_check_case_id on relapse.economic_check (case_id);
create index economic_check_auth_id on relapse.economic_check (auth_id);
create index economic_check_purpose on relapse.economic_check (region_code, purpose);
create index economic_check_submit_at on relapse.economic_check (region_code, submit_at);
create index economic_check_conclusion on relapse.economic_check (region_code, conclusion);
create index economic_check_county_watch on relapse.economic_check (region_code, county_watch);
create index economic_check_valid_to on relapse.economic_check (region_code, valid_to);
create index economic_check_due_at on relapse.economic_check (region_code, due_at);
create index economic_check_state on relapse.economic_check (region_code, state);
create unique index economic_check_check_no_key on relapse.economic_check (check_no) where not deleted;
create index economic_check_check_no_prefix on relapse.economic_check (check_no);
create index economic_check_state_region on relapse.economic_check (state, region_code) where not deleted;
select app.protect('relapse.economic_check');

create table relapse.economic_check_person (
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
    check_id uuid not null references relapse.economic_check (id) on delete restrict,
    name text,
    id_no_cipher text,
    id_no_token bytea,
    id_no_ok boolean,
    id_no_kind text,
    relation text,
    is_obligor boolean
);
create index economic_check_person_region on relapse.economic_check_person (region_code, id);
create index economic_check_person_check_id on relapse.economic_check_person (check_id);
create index economic_check_person_id_no_token on relapse.economic_check_person (id_no_token);
create unique index economic_check_person_check_id_id_no_token_key on relapse.economic_check_person (check_id, id_no_token) where not deleted;
select app.protect('relapse.economic_check_person');

create table relapse.economic_check_result (
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
    check_id uuid not null references relapse.economic_check (id) on delete restrict,
    item text,
    data_source text,
    value_range text,
    over boolean
);
create index economic_check_result_region on relapse.economic_check_result (region_code, id);
create index economic_check_result_check_id on relapse.economic_check_result (check_id);
select app.protect('relapse.economic_check_result');

create table relapse.economic_check_objection (
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
    check_id uuid not null references relapse.economic_check (id) on delete restrict,
    raised_on date,
    content text,
    result text,
    handled_on date
);
create index economic_check_objection_region on relapse.economic_check_objection (region_code, id);
create index economic_check_objection_check_id on relapse.economic_check_objection (check_id);
select app.protect('relapse.economic_check_objection');

create table relapse.elimination (
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
    household_id uuid,
    apply_date date,
    way text,
    natural_reason text,
    after_income_id uuid,
    after_security_id uuid,
    after_ref_pc bigint,
    income_stable_months integer,
    expense_solved boolean,
    no_new_risk boolean,
    verify_note text,
    contact_after uuid,
    contact_phone text,
    county_doc_no text,
    eliminate_ym integer,
    due_at timestamptz,
    state text not null default '10'
);
create index elimination_region on relapse.elimination (region_code, id);
create index elimination_case_id on relapse.elimination (case_id);
create index elimination_household_id on relapse.elimination (household_id);
create index elimination_apply_date on relapse.elimination (region_code, apply_date);
create index elimination_way on relapse.elimination (region_code, way);
create index elimination_after_income_id on relapse.elimination (after_income_id);
create index elimination_after_security_id on relapse.elimination (after_security_id);
create index elimination_contact_after on relapse.elimination (contact_after);
create index elimination_eliminate_ym on relapse.elimination (region_code, eliminate_ym);
create index elimination_due_at on relapse.elimination (region_code, due_at);
create index elimination_state on relapse.elimination (region_code, state);
create index elimination_state_region on relapse.elimination (state, region_code) where not deleted;
select app.protect('relapse.elimination');

create table relapse.elimination_risk (
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
    elimination_id uuid not null references relapse.elimination (id) on delete restrict,
    risk text,
    solved text,
    measure_id uuid references relapse.measure (id) on delete restrict
);
create index elimination_risk_region on relapse.elimination_risk (region_code, id);
create index elimination_risk_elimination_id on relapse.elimination_risk (elimination_id);
create index elimination_risk_measure_id on relapse.elimination_risk (measure_id);
create unique index elimination_risk_elimination_id_risk_key on relapse.elimination_risk (elimination_id, risk) where not deleted;
select app.protect('relapse.elimination_risk');

create table relapse.review_meeting (
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
    meeting_no text,
    meeting_kind text,
    meeting_at timestamptz,
    place text,
    host text,
    recorder text,
    supervisor text,
    should_attend integer,
    attend integer
);
create index review_meeting_region on relapse.review_meeting (region_code, id);
create index review_meeting_meeting_no on relapse.review_meeting (region_code, meeting_no);
create index review_meeting_meeting_kind on relapse.review_meeting (region_code, meeting_kind);
create index review_meeting_meeting_at on relapse.review_meeting (region_code, meeting_at);
create unique index review_meeting_meeting_no_key on relapse.review_meeting (meeting_no) where not deleted;
create index review_meeting_meeting_no_prefix on relapse.review_meeting (meeting_no);
select app.protect('relapse.review_meeting');

create table relapse.meeting_case (
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
    meeting_id uuid not null references relapse.review_meeting (id) on delete restrict,
    household_id uuid,
    clue_id uuid references relapse.clue (id) on delete restrict,
    elimination_id uuid references relapse.elimination (id) on delete restrict,
    matter text,
    agree integer,
    against integer,
    abstain integer,
    avoided integer,
    result text,
    opinion text
);
create index meeting_case_region on relapse.meeting_case (region_code, id);
create index meeting_case_meeting_id on relapse.meeting_case (meeting_id);
create index meeting_case_household_id on relapse.meeting_case (household_id);
create index meeting_case_clue_id on relapse.meeting_case (clue_id);
create index meeting_case_elimination_id on relapse.meeting_case (elimination_id);
create index meeting_case_matter on relapse.meeting_case (region_code, matter);
create index meeting_case_result on relapse.meeting_case (region_code, result);
create unique index meeting_case_meeting_id_household_id_matter_key on relapse.meeting_case (meeting_id, household_id, matter) where not deleted;
select app.protect('relapse.meeting_case');

create table relapse.publicity (
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
    kind text,
    title text,
    body text,
    start_date date,
    end_date date,
    places text,
    result text
);
create index publicity_region on relapse.publicity (region_code, id);
create index publicity_kind on relapse.publicity (region_code, kind);
create index publicity_start_date on relapse.publicity (region_code, start_date);
create index publicity_end_date on relapse.publicity (region_code, end_date);
create index publicity_result on relapse.publicity (region_code, result);
create index publicity_title_prefix on relapse.publicity (title);
select app.protect('relapse.publicity');

create table relapse.publicity_case (
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
    publicity_id uuid not null references relapse.publicity (id) on delete restrict,
    household_id uuid,
    clue_id uuid references relapse.clue (id) on delete restrict,
    elimination_id uuid references relapse.elimination (id) on delete restrict,
    head_name text,
    population integer,
    monitor_type text,
    group_name text
);
create index publicity_case_region on relapse.publicity_case (region_code, id);
create index publicity_case_publicity_id on relapse.publicity_case (publicity_id);
create index publicity_case_household_id on relapse.publicity_case (household_id);
create index publicity_case_clue_id on relapse.publicity_case (clue_id);
create index publicity_case_elimination_id on relapse.publicity_case (elimination_id);
create unique index publicity_case_publicity_id_household_id_key on relapse.publicity_case (publicity_id, household_id) where not deleted;
select app.protect('relapse.publicity_case');

create table relapse.publicity_objection (
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
    publicity_id uuid not null references relapse.publicity (id) on delete restrict,
    household_id uuid,
    objector text,
    raised_on date,
    content text,
    accepted_by text,
    handling text,
    handled_on date,
    conclusion text
);
create index publicity_objection_region on relapse.publicity_objection (region_code, id);
create index publicity_objection_publicity_id on relapse.publicity_objection (publicity_id);
create index publicity_objection_household_id on relapse.publicity_objection (household_id);
select app.protect('relapse.publicity_objection');
