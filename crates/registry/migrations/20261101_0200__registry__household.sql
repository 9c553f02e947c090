-- Households and their members (domain 01 §2.3, §2.4). A household names its head once the head is registered,
-- hence the constraint that waits for the end of the transaction.
create table reg.household (
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
    household_no text not null,
    national_household_code text,
    natural_village_code text,
    hukou_book_no text,
    head_person_id uuid,
    head_name text,
    head_id_no_cipher text,
    head_id_no_token bytea,
    head_id_no_ok boolean,
    head_id_no_kind text,
    hukou_count integer,
    resident_count integer,
    income_pop integer,
    phone text,
    hukou_address text,
    live_address text,
    lon numeric(18,6),
    lat numeric(18,6),
    household_type text,
    poverty_enjoy text,
    poverty_attr text,
    first_identify_ym integer,
    out_of_poverty_year integer,
    poverty_cause_main text,
    poverty_cause_other text[],
    is_monitored boolean not null default false,
    current_monitor_id text,
    risk_state text,
    whole_no_labor boolean not null default false,
    assist_class text,
    relocation_flag boolean,
    relocation_mode text,
    relocation_site text,
    synchronous_relocation boolean,
    military_martyr boolean,
    only_child boolean,
    double_girl boolean,
    household_status text,
    bank_name text,
    bank_account_cipher text,
    bank_account_token bytea,
    province_risk_score integer,
    province_risk_level text,
    last_visit_date date
);
create index household_region on reg.household (region_code, id);
create index household_head_person_id on reg.household (head_person_id);
create index household_head_id_no_token on reg.household (head_id_no_token);
create index household_hukou_count on reg.household (region_code, hukou_count);
create index household_household_type on reg.household (region_code, household_type);
create index household_poverty_enjoy on reg.household (region_code, poverty_enjoy);
create index household_poverty_attr on reg.household (region_code, poverty_attr);
create index household_out_of_poverty_year on reg.household (region_code, out_of_poverty_year);
create index household_poverty_cause_main on reg.household (region_code, poverty_cause_main);
create index household_is_monitored on reg.household (region_code, is_monitored);
create index household_risk_state on reg.household (region_code, risk_state);
create index household_whole_no_labor on reg.household (region_code, whole_no_labor);
create index household_assist_class on reg.household (region_code, assist_class);
create index household_relocation_flag on reg.household (region_code, relocation_flag);
create index household_household_status on reg.household (region_code, household_status);
create index household_bank_account_token on reg.household (bank_account_token);
create index household_province_risk_level on reg.household (region_code, province_risk_level);
create index household_last_visit_date on reg.household (region_code, last_visit_date);
create index household_head_name_prefix on reg.household (head_name);
create unique index household_household_no_key on reg.household (household_no) where not deleted;
create unique index household_national_household_code_key on reg.household (national_household_code) where not deleted;
create index household_phone on reg.household (phone);
select app.protect('reg.household');

create table reg.member (
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
    national_person_code text,
    name text,
    gender text,
    id_type text,
    id_no_cipher text,
    id_no_token bytea,
    id_no_ok boolean,
    id_no_kind text,
    birth_date date,
    id_gender text,
    id_birth_date date,
    nation text,
    relation text,
    relation_gb text,
    political text,
    marital text,
    military_status text,
    hukou_in_household boolean,
    shared_life boolean,
    resident_flag boolean,
    member_status text,
    identify_ym integer,
    phone text,
    relocation_person boolean,
    education text,
    student_status text,
    school_name text,
    school_region text,
    dropout_reason text,
    speak_mandarin boolean,
    health text[],
    major_disease text[],
    chronic_disease text,
    disability_cert_no_cipher text,
    disability_cert_no_token bytea,
    disability_cert_no_ok boolean,
    disability_cert_no_kind text,
    disability_kind text,
    disability_level text,
    disability_year integer,
    labor_skill text,
    work_place text,
    work_region text,
    work_months numeric(18,1),
    work_company text,
    work_channel text,
    work_abroad boolean,
    work_industry text,
    work_monthly_income bigint,
    work_start_ym integer,
    work_end_ym integer,
    work_point_to_point boolean,
    work_transport_subsidy bigint,
    work_planned boolean,
    work_plan_region text,
    employment_need text,
    industry_class text,
    public_post text,
    public_post_months integer,
    ins_resident_med boolean,
    ins_employee_med boolean,
    ins_other_type text,
    ins_major_illness boolean,
    ins_commercial_med boolean,
    med_assist boolean,
    other_health_help boolean,
    pension_resident boolean,
    pension_employee boolean,
    accident_ins_subsidy boolean,
    dibao_status text,
    tekun_status text,
    dibao_level text,
    dibao_start_ym integer
);
create index member_region on reg.member (region_code, id);
create index member_household_id on reg.member (household_id);
create index member_id_no_token on reg.member (id_no_token);
create index member_birth_date on reg.member (region_code, birth_date);
create index member_relation on reg.member (region_code, relation);
create index member_member_status on reg.member (region_code, member_status);
create index member_student_status on reg.member (region_code, student_status);
create index member_health on reg.member using gin (health);
create index member_disability_cert_no_token on reg.member (disability_cert_no_token);
create index member_disability_level on reg.member (region_code, disability_level);
create index member_labor_skill on reg.member (region_code, labor_skill);
create index member_dibao_status on reg.member (region_code, dibao_status);
create index member_tekun_status on reg.member (region_code, tekun_status);
create index member_name_prefix on reg.member (name);
create unique index member_national_person_code_key on reg.member (national_person_code) where not deleted;
select app.protect('reg.member');

alter table reg.household add constraint household_head_person_id_fkey foreign key (head_person_id) references reg.member (id)
    on delete restrict deferrable initially deferred;
