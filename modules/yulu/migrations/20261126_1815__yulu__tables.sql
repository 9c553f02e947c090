-- 雨露计划 (domain 03 §1.4): terms, rolls, verification, approval, money, graduates.
create schema if not exists yulu;

create table yulu.standard (
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
    school_year integer,
    term text,
    edu_stage text,
    amount_per_term bigint,
    fund_source text,
    doc_no text,
    valid_from date,
    valid_to date
);
create index standard_region on yulu.standard (region_code, id);
create index standard_school_year on yulu.standard (region_code, school_year);
create index standard_term on yulu.standard (region_code, term);
create index standard_edu_stage on yulu.standard (region_code, edu_stage);
create unique index standard_region_code_school_year_term_edu_stage_valid_from_key on yulu.standard (region_code, school_year, term, edu_stage, valid_from) where not deleted;
select app.protect('yulu.standard');
select app.read_below('yulu.standard', 'yulu.standard');

create table yulu.term_batch (
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
    school_year integer,
    term text,
    base_date date,
    age_min integer,
    age_max integer,
    roll_due date,
    verify_due date,
    approve_due date,
    pay_due date,
    candidates integer,
    state text not null default '10',
    due_at timestamptz
);
create index term_batch_region on yulu.term_batch (region_code, id);
create index term_batch_name on yulu.term_batch (region_code, name);
create index term_batch_school_year on yulu.term_batch (region_code, school_year);
create index term_batch_term on yulu.term_batch (region_code, term);
create index term_batch_state on yulu.term_batch (region_code, state);
create index term_batch_due_at on yulu.term_batch (region_code, due_at);
create unique index term_batch_school_year_term_key on yulu.term_batch (school_year, term) where not deleted;
select app.protect('yulu.term_batch');
select app.read_below('yulu.term_batch', 'yulu.term_batch');

create table yulu.school (
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
    school_code text,
    name text,
    former_names text,
    school_kind text[],
    ownership text,
    competent_dept text,
    province text,
    city text,
    county text,
    degree_qualified boolean,
    state text not null default '1',
    valid_from date,
    valid_to date
);
create index school_region on yulu.school (region_code, id);
create index school_school_code on yulu.school (region_code, school_code);
create index school_name on yulu.school (region_code, name);
create index school_school_kind on yulu.school using gin (school_kind);
create index school_ownership on yulu.school (region_code, ownership);
create index school_competent_dept on yulu.school (region_code, competent_dept);
create index school_province on yulu.school (region_code, province);
create index school_degree_qualified on yulu.school (region_code, degree_qualified);
create index school_state on yulu.school (region_code, state);
create unique index school_school_code_key on yulu.school (school_code) where not deleted;
select app.protect('yulu.school');
select app.read_below('yulu.school', 'yulu.school');

create table yulu.roll (
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
    batch_id uuid references yulu.term_batch (id) on delete restrict,
    roll_source text,
    name text,
    id_no_cipher text,
    id_no_token bytea,
    id_no_ok boolean,
    id_no_kind text,
    roll_no text,
    school_code text,
    school_city text,
    major_code text,
    class_name text,
    school_name text,
    school_province text,
    school_type text,
    major_name text,
    study_years numeric(18, 1),
    study_form text,
    grade integer,
    enroll_ym integer,
    expect_grad_ym integer,
    grad_ym integer,
    roll_status text,
    intern_flag boolean,
    match_result text,
    person_id uuid,
    household_id uuid
);
create index roll_region on yulu.roll (region_code, id);
create index roll_batch_id on yulu.roll (batch_id);
create index roll_roll_source on yulu.roll (region_code, roll_source);
create index roll_name on yulu.roll (region_code, name);
create index roll_id_no_token on yulu.roll (id_no_token);
create index roll_school_name on yulu.roll (region_code, school_name);
create index roll_school_province on yulu.roll (region_code, school_province);
create index roll_school_type on yulu.roll (region_code, school_type);
create index roll_study_form on yulu.roll (region_code, study_form);
create index roll_roll_status on yulu.roll (region_code, roll_status);
create index roll_match_result on yulu.roll (region_code, match_result);
create index roll_person_id on yulu.roll (person_id);
create index roll_household_id on yulu.roll (household_id);
create unique index roll_batch_id_roll_source_id_no_token_school_code_key on yulu.roll (batch_id, roll_source, id_no_token, school_code) where not deleted;
select app.protect('yulu.roll');

create table yulu.approval_doc (
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
    batch_id uuid references yulu.term_batch (id) on delete restrict,
    seq_no integer,
    doc_title text,
    doc_no text,
    doc_date date,
    issuer text,
    approve_people integer,
    approve_amount bigint,
    stage_people_mid integer,
    stage_people_high integer,
    stage_amount_mid bigint,
    stage_amount_high bigint,
    fund_source text,
    fund_doc_no text,
    list_people integer,
    list_amount bigint,
    upload_by uuid,
    upload_at timestamptz,
    state text not null default '10',
    due_at timestamptz
);
create index approval_doc_region on yulu.approval_doc (region_code, id);
create index approval_doc_batch_id on yulu.approval_doc (batch_id);
create index approval_doc_doc_no on yulu.approval_doc (region_code, doc_no);
create index approval_doc_doc_date on yulu.approval_doc (region_code, doc_date);
create index approval_doc_upload_by on yulu.approval_doc (upload_by);
create index approval_doc_state on yulu.approval_doc (region_code, state);
create index approval_doc_due_at on yulu.approval_doc (region_code, due_at);
create unique index approval_doc_region_code_doc_no_key on yulu.approval_doc (region_code, doc_no) where not deleted;
create unique index approval_doc_batch_id_region_code_seq_no_key on yulu.approval_doc (batch_id, region_code, seq_no) where not deleted;
select app.protect('yulu.approval_doc');
select app.read_below('yulu.approval_doc', 'yulu.approval_doc');

create table yulu.verify (
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
    batch_id uuid references yulu.term_batch (id) on delete restrict,
    person_id uuid,
    household_id uuid,
    name text,
    id_no_cipher text,
    id_no_token bytea,
    id_no_ok boolean,
    id_no_kind text,
    gender text,
    birth_date date,
    household_no text,
    head_name text,
    household_type text,
    monitor_type text,
    risk_state text,
    student_status text,
    match_result text,
    roll_id uuid references yulu.roll (id) on delete restrict,
    roll_source text,
    roll_status text,
    school_name text,
    school_province text,
    edu_stage text,
    major_name text,
    study_years numeric(18, 1),
    study_form text,
    grade integer,
    enroll_ym integer,
    expect_grad_ym integer,
    intern_flag boolean,
    verify_method text,
    verify_result text,
    ineligible_reason text,
    reason_note text,
    apply_flag boolean,
    payee_name text,
    payee_id_no_cipher text,
    payee_id_no_token bytea,
    payee_id_no_ok boolean,
    payee_id_no_kind text,
    payee_rel text,
    bank_name text,
    bank_account_cipher text,
    bank_account_token bytea,
    student_phone text,
    guardian_phone text,
    verifier text,
    verify_date date,
    town_opinion text,
    county_opinion text,
    publicity_from date,
    publicity_to date,
    objection text,
    standard_amount bigint,
    approval_doc_id uuid references yulu.approval_doc (id) on delete restrict,
    state text not null default '10',
    due_at timestamptz
);
create index verify_region on yulu.verify (region_code, id);
create index verify_batch_id on yulu.verify (batch_id);
create index verify_person_id on yulu.verify (person_id);
create index verify_household_id on yulu.verify (household_id);
create index verify_name on yulu.verify (region_code, name);
create index verify_id_no_token on yulu.verify (id_no_token);
create index verify_household_type on yulu.verify (region_code, household_type);
create index verify_monitor_type on yulu.verify (region_code, monitor_type);
create index verify_risk_state on yulu.verify (region_code, risk_state);
create index verify_match_result on yulu.verify (region_code, match_result);
create index verify_roll_id on yulu.verify (roll_id);
create index verify_roll_source on yulu.verify (region_code, roll_source);
create index verify_roll_status on yulu.verify (region_code, roll_status);
create index verify_school_name on yulu.verify (region_code, school_name);
create index verify_school_province on yulu.verify (region_code, school_province);
create index verify_edu_stage on yulu.verify (region_code, edu_stage);
create index verify_study_form on yulu.verify (region_code, study_form);
create index verify_verify_method on yulu.verify (region_code, verify_method);
create index verify_verify_result on yulu.verify (region_code, verify_result);
create index verify_ineligible_reason on yulu.verify (region_code, ineligible_reason);
create index verify_apply_flag on yulu.verify (region_code, apply_flag);
create index verify_payee_id_no_token on yulu.verify (payee_id_no_token);
create index verify_bank_account_token on yulu.verify (bank_account_token);
create index verify_approval_doc_id on yulu.verify (approval_doc_id);
create index verify_state on yulu.verify (region_code, state);
create index verify_due_at on yulu.verify (region_code, due_at);
create unique index verify_batch_id_person_id_key on yulu.verify (batch_id, person_id) where not deleted;
select app.protect('yulu.verify');

create table yulu.subsidy (
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
    batch_id uuid references yulu.term_batch (id) on delete restrict,
    person_id uuid,
    verify_id uuid references yulu.verify (id) on delete restrict,
    approval_doc_id uuid references yulu.approval_doc (id) on delete restrict,
    household_id uuid,
    name text,
    id_no_cipher text,
    id_no_token bytea,
    id_no_ok boolean,
    id_no_kind text,
    household_type text,
    risk_state text,
    edu_stage text,
    school_name text,
    grade integer,
    standard_amount bigint,
    actual_amount bigint,
    diff_reason text,
    pay_status text not null default '1',
    pay_date date,
    pay_channel text,
    payee_name text,
    payee_id_no_cipher text,
    payee_id_no_token bytea,
    payee_id_no_ok boolean,
    payee_id_no_kind text,
    payee_rel text,
    bank_name text,
    bank_account_cipher text,
    bank_account_token bytea,
    fail_reason text,
    reissue_date date,
    recover_amount bigint,
    recover_date date,
    recover_reason text,
    synced_to_national boolean,
    due_at timestamptz
);
create index subsidy_region on yulu.subsidy (region_code, id);
create index subsidy_batch_id on yulu.subsidy (batch_id);
create index subsidy_person_id on yulu.subsidy (person_id);
create index subsidy_verify_id on yulu.subsidy (verify_id);
create index subsidy_approval_doc_id on yulu.subsidy (approval_doc_id);
create index subsidy_household_id on yulu.subsidy (household_id);
create index subsidy_name on yulu.subsidy (region_code, name);
create index subsidy_id_no_token on yulu.subsidy (id_no_token);
create index subsidy_household_type on yulu.subsidy (region_code, household_type);
create index subsidy_risk_state on yulu.subsidy (region_code, risk_state);
create index subsidy_edu_stage on yulu.subsidy (region_code, edu_stage);
create index subsidy_pay_status on yulu.subsidy (region_code, pay_status);
create index subsidy_pay_date on yulu.subsidy (region_code, pay_date);
create index subsidy_pay_channel on yulu.subsidy (region_code, pay_channel);
create index subsidy_payee_id_no_token on yulu.subsidy (payee_id_no_token);
create index subsidy_bank_account_token on yulu.subsidy (bank_account_token);
create index subsidy_synced_to_national on yulu.subsidy (region_code, synced_to_national);
create index subsidy_due_at on yulu.subsidy (region_code, due_at);
create unique index subsidy_batch_id_person_id_key on yulu.subsidy (batch_id, person_id) where not deleted;
create unique index subsidy_batch_id_id_no_token_key on yulu.subsidy (batch_id, id_no_token) where not deleted;
select app.protect('yulu.subsidy');

create table yulu.import_batch (
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
    import_type text,
    batch_id uuid references yulu.term_batch (id) on delete restrict,
    file_name text,
    file_hash text,
    total integer,
    ok integer,
    fail integer,
    skip integer,
    state text not null default '3',
    operator text,
    started_at timestamptz,
    ended_at timestamptz
);
create index import_batch_region on yulu.import_batch (region_code, id);
create index import_batch_import_type on yulu.import_batch (region_code, import_type);
create index import_batch_batch_id on yulu.import_batch (batch_id);
create index import_batch_state on yulu.import_batch (region_code, state);
select app.protect('yulu.import_batch');

create table yulu.import_error (
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
    batch_id uuid references yulu.import_batch (id) on delete restrict,
    row_no integer,
    column_name text,
    raw_value text,
    rule_id text,
    message text,
    resolved boolean
);
create index import_error_region on yulu.import_error (region_code, id);
create index import_error_batch_id on yulu.import_error (batch_id);
create index import_error_resolved on yulu.import_error (region_code, resolved);
select app.protect('yulu.import_error');

create table yulu.graduate (
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
    person_id uuid,
    household_id uuid,
    name text,
    id_no_cipher text,
    id_no_token bytea,
    id_no_ok boolean,
    id_no_kind text,
    household_type text,
    monitor_type text,
    grad_year integer,
    grad_ym integer,
    school_name text,
    edu_stage text,
    major_name text,
    study_years numeric(18, 1),
    got_yl boolean,
    yl_terms integer,
    yl_total bigint,
    cert_flag boolean,
    cert_name text,
    phone text,
    family_phone text,
    dest text,
    job_will boolean,
    unemp_reason text,
    unemp_note text,
    want_job text,
    want_area text,
    want_salary bigint,
    service_need text[],
    emp_form text,
    company_name text,
    company_uscc text,
    company_nature text,
    industry text,
    post text,
    major_match boolean,
    work_province text,
    work_city text,
    work_county text,
    local_place text,
    work_area text,
    start_ym integer,
    month_wage bigint,
    contract_flag boolean,
    insurance_flag boolean,
    survey_method text,
    surveyor text,
    survey_date date,
    state text not null default '10',
    due_at timestamptz
);
create index graduate_region on yulu.graduate (region_code, id);
create index graduate_person_id on yulu.graduate (person_id);
create index graduate_household_id on yulu.graduate (household_id);
create index graduate_name on yulu.graduate (region_code, name);
create index graduate_id_no_token on yulu.graduate (id_no_token);
create index graduate_household_type on yulu.graduate (region_code, household_type);
create index graduate_monitor_type on yulu.graduate (region_code, monitor_type);
create index graduate_grad_year on yulu.graduate (region_code, grad_year);
create index graduate_edu_stage on yulu.graduate (region_code, edu_stage);
create index graduate_got_yl on yulu.graduate (region_code, got_yl);
create index graduate_dest on yulu.graduate (region_code, dest);
create index graduate_unemp_reason on yulu.graduate (region_code, unemp_reason);
create index graduate_emp_form on yulu.graduate (region_code, emp_form);
create index graduate_work_area on yulu.graduate (region_code, work_area);
create index graduate_survey_date on yulu.graduate (region_code, survey_date);
create index graduate_state on yulu.graduate (region_code, state);
create index graduate_due_at on yulu.graduate (region_code, due_at);
create unique index graduate_person_id_grad_year_key on yulu.graduate (person_id, grad_year) where not deleted;
select app.protect('yulu.graduate');

create table yulu.grad_service (
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
    graduate_id uuid references yulu.graduate (id) on delete restrict,
    service_type text,
    service_date date,
    provider text,
    content text,
    company text,
    post text,
    offer_wage bigint,
    result text,
    next_date date
);
create index grad_service_region on yulu.grad_service (region_code, id);
create index grad_service_graduate_id on yulu.grad_service (graduate_id);
create index grad_service_service_type on yulu.grad_service (region_code, service_type);
create index grad_service_service_date on yulu.grad_service (region_code, service_date);
create index grad_service_result on yulu.grad_service (region_code, result);
select app.protect('yulu.grad_service');

create table yulu.correction (
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
    verify_id uuid references yulu.verify (id) on delete restrict,
    field_name text,
    old_value text,
    new_value text,
    reason text,
    state text not null default '10',
    due_at timestamptz
);
create index correction_region on yulu.correction (region_code, id);
create index correction_verify_id on yulu.correction (verify_id);
create index correction_state on yulu.correction (region_code, state);
create index correction_due_at on yulu.correction (region_code, due_at);
select app.protect('yulu.correction');
