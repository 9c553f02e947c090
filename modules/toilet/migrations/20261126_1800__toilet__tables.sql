-- Tables of the module as their descriptions draft them (domain 02 part A).
create schema toilet;
grant usage on schema toilet to ganong_app;

create table toilet.station (
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
    station_name text,
    operator_type text,
    operator_name text,
    truck_count integer,
    staff_count integer,
    service_phone text,
    fund_year bigint,
    charge_std text,
    contract_end date
);
create index station_region on toilet.station (region_code, id);
create index station_operator_type on toilet.station (region_code, operator_type);
create index station_contract_end on toilet.station (region_code, contract_end);
select app.protect('toilet.station');
select app.read_below('toilet.station', 'toilet.station');

create table toilet.station_village (
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
    station_id uuid,
    village_code text collate "C"
);
create index station_village_region on toilet.station_village (region_code, id);
create index station_village_station_id on toilet.station_village (station_id);
create unique index station_village_station_id_village_code_key on toilet.station_village (station_id, village_code) where not deleted;
select app.protect('toilet.station_village');
select app.read_below('toilet.station_village', 'toilet.station_village');

create table toilet.public_toilet (
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
    location_desc text,
    longitude numeric(18,7),
    latitude numeric(18,7),
    site_type text,
    build_year integer,
    renov_year integer,
    toilet_type text,
    male_seats integer,
    female_seats integer,
    third_toilet boolean,
    accessible boolean,
    area numeric(18,1),
    grade text,
    invest_total bigint,
    fund_central bigint,
    fund_province bigint,
    fund_city bigint,
    fund_county bigint,
    fund_other bigint,
    open_hours text,
    manager text,
    manager_phone text,
    clean_frequency text,
    use_status text
);
create index public_toilet_region on toilet.public_toilet (region_code, id);
create index public_toilet_site_type on toilet.public_toilet (region_code, site_type);
create index public_toilet_build_year on toilet.public_toilet (region_code, build_year);
create index public_toilet_toilet_type on toilet.public_toilet (region_code, toilet_type);
create index public_toilet_grade on toilet.public_toilet (region_code, grade);
create index public_toilet_clean_frequency on toilet.public_toilet (region_code, clean_frequency);
create index public_toilet_use_status on toilet.public_toilet (region_code, use_status);
select app.protect('toilet.public_toilet');

create table toilet.task (
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
    task_year integer,
    parent_id uuid,
    plan_new integer,
    plan_upgrade integer,
    plan_problem integer,
    plan_public integer,
    plan_fund bigint,
    fund_arrived bigint,
    fund_paid bigint,
    whole_village_flag boolean,
    start_deadline date,
    finish_deadline date,
    doc_no text,
    done_new integer,
    done_upgrade integer,
    accepted integer,
    fixed integer,
    over_flag boolean,
    due_at timestamptz,
    state text
);
create index task_region on toilet.task (region_code, id);
create index task_task_year on toilet.task (region_code, task_year);
create index task_parent_id on toilet.task (parent_id);
create index task_finish_deadline on toilet.task (region_code, finish_deadline);
create index task_doc_no on toilet.task (region_code, doc_no);
create index task_due_at on toilet.task (region_code, due_at);
create index task_state on toilet.task (region_code, state);
create unique index task_region_code_task_year_key on toilet.task (region_code, task_year) where not deleted;
select app.protect('toilet.task');

create table toilet.house_toilet (
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
    data_year integer,
    group_name text,
    toilet_no text,
    household_id uuid,
    head_name text,
    head_id_card_cipher text,
    head_id_card_token bytea,
    head_id_card_ok boolean,
    head_id_card_kind text,
    phone text,
    house_attr text[],
    attr_synced_at timestamptz,
    family_size integer,
    resident_size integer,
    house_no text,
    address text,
    longitude numeric(18,7),
    latitude numeric(18,7),
    residence_status text,
    has_toilet boolean,
    no_toilet_reason text,
    toilet_count integer,
    build_form text,
    location_type text,
    toilet_type text,
    is_sanitary boolean,
    is_harmless boolean,
    sanitary_claimed boolean,
    toilet_area numeric(18,2),
    room_height numeric(18,2),
    wall_ok boolean,
    roof_ok boolean,
    door_ok boolean,
    window_ok boolean,
    pan_type text,
    flush_mode text,
    water_available boolean,
    septic_form text,
    septic_volume numeric(18,2),
    septic_depth numeric(18,2),
    vol1 numeric(18,2),
    vol2 numeric(18,2),
    vol3 numeric(18,2),
    septic_vendor text,
    septic_model text,
    overflow_pipe_ok boolean,
    vent_pipe_ok boolean,
    cover_ok boolean,
    well_distance numeric(18,1),
    second_cover boolean,
    wetland boolean,
    sewage_dest text,
    residue_dest text,
    greywater_dest text,
    connected_pipe_network boolean,
    joint_house_count integer,
    use_status text,
    unused_reason text,
    hygiene_level text,
    odor_level text,
    fly_level text,
    feces_exposed boolean,
    old_toilet_status text,
    renovated boolean,
    fiscal_supported boolean,
    has_problem boolean,
    renovate_willing text,
    plan_year integer,
    satisfaction text,
    responsible_person text,
    responsible_phone text,
    survey_date date,
    surveyor text,
    surveyor_phone text,
    remark text,
    cancel_reason text,
    change_note text,
    due_at timestamptz,
    record_state text
);
create index house_toilet_region on toilet.house_toilet (region_code, id);
create index house_toilet_data_year on toilet.house_toilet (region_code, data_year);
create index house_toilet_group_name on toilet.house_toilet (region_code, group_name);
create index house_toilet_toilet_no on toilet.house_toilet (region_code, toilet_no);
create index house_toilet_household_id on toilet.house_toilet (household_id);
create index house_toilet_head_id_card_token on toilet.house_toilet (head_id_card_token);
create index house_toilet_house_attr on toilet.house_toilet using gin (house_attr);
create index house_toilet_residence_status on toilet.house_toilet (region_code, residence_status);
create index house_toilet_has_toilet on toilet.house_toilet (region_code, has_toilet);
create index house_toilet_toilet_type on toilet.house_toilet (region_code, toilet_type);
create index house_toilet_is_sanitary on toilet.house_toilet (region_code, is_sanitary);
create index house_toilet_is_harmless on toilet.house_toilet (region_code, is_harmless);
create index house_toilet_septic_form on toilet.house_toilet (region_code, septic_form);
create index house_toilet_use_status on toilet.house_toilet (region_code, use_status);
create index house_toilet_renovated on toilet.house_toilet (region_code, renovated);
create index house_toilet_fiscal_supported on toilet.house_toilet (region_code, fiscal_supported);
create index house_toilet_has_problem on toilet.house_toilet (region_code, has_problem);
create index house_toilet_survey_date on toilet.house_toilet (region_code, survey_date);
create index house_toilet_due_at on toilet.house_toilet (region_code, due_at);
create index house_toilet_record_state on toilet.house_toilet (region_code, record_state);
create unique index house_toilet_toilet_no_key on toilet.house_toilet (toilet_no) where not deleted;
select app.protect('toilet.house_toilet');

create table toilet.renovation (
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
    toilet_id uuid,
    renov_year integer,
    renov_nature text,
    before_type text,
    after_type text,
    apply_date date,
    task_id uuid,
    first_toilet_demo boolean,
    build_mode text,
    builder text,
    builder_phone text,
    supervisor text,
    start_date date,
    finish_date date,
    invest_total bigint,
    fund_central bigint,
    fund_province bigint,
    fund_city bigint,
    fund_county bigint,
    fund_source_type text,
    fund_other bigint,
    fund_self bigint,
    subsidy_amount bigint,
    subsidy_paid bigint,
    subsidy_paid_date date,
    bank_account_cipher text,
    bank_account_token bytea,
    accept_result text,
    accept_date date,
    acceptors text,
    accept_hidden_pit boolean,
    accept_hidden_cover boolean,
    water_test text,
    publicity_date date,
    publicity_end date,
    sampled boolean,
    due_at timestamptz,
    state text
);
create index renovation_region on toilet.renovation (region_code, id);
create index renovation_toilet_id on toilet.renovation (toilet_id);
create index renovation_renov_year on toilet.renovation (region_code, renov_year);
create index renovation_renov_nature on toilet.renovation (region_code, renov_nature);
create index renovation_before_type on toilet.renovation (region_code, before_type);
create index renovation_after_type on toilet.renovation (region_code, after_type);
create index renovation_task_id on toilet.renovation (task_id);
create index renovation_build_mode on toilet.renovation (region_code, build_mode);
create index renovation_finish_date on toilet.renovation (region_code, finish_date);
create index renovation_bank_account_token on toilet.renovation (bank_account_token);
create index renovation_accept_result on toilet.renovation (region_code, accept_result);
create index renovation_accept_date on toilet.renovation (region_code, accept_date);
create index renovation_sampled on toilet.renovation (region_code, sampled);
create index renovation_due_at on toilet.renovation (region_code, due_at);
create index renovation_state on toilet.renovation (region_code, state);
select app.protect('toilet.renovation');

create table toilet.problem (
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
    toilet_id uuid,
    renovation_id uuid,
    problem_no text,
    find_source text,
    find_date date,
    finder text,
    problem_item text[],
    usable text,
    problem_desc text,
    severity text,
    rectify_class text,
    rectify_measure text[],
    need_fund bigint,
    duty_unit text,
    duty_person text,
    duty_phone text,
    deadline date,
    status text,
    solved_date date,
    plan_year integer,
    reopened_from uuid,
    due_at timestamptz
);
create index problem_region on toilet.problem (region_code, id);
create index problem_toilet_id on toilet.problem (toilet_id);
create index problem_renovation_id on toilet.problem (renovation_id);
create index problem_problem_no on toilet.problem (region_code, problem_no);
create index problem_find_source on toilet.problem (region_code, find_source);
create index problem_find_date on toilet.problem (region_code, find_date);
create index problem_problem_item on toilet.problem using gin (problem_item);
create index problem_usable on toilet.problem (region_code, usable);
create index problem_severity on toilet.problem (region_code, severity);
create index problem_rectify_class on toilet.problem (region_code, rectify_class);
create index problem_deadline on toilet.problem (region_code, deadline);
create index problem_status on toilet.problem (region_code, status);
create index problem_solved_date on toilet.problem (region_code, solved_date);
create index problem_reopened_from on toilet.problem (reopened_from);
create index problem_due_at on toilet.problem (region_code, due_at);
create unique index problem_problem_no_key on toilet.problem (problem_no) where not deleted;
select app.protect('toilet.problem');

create table toilet.rectification (
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
    problem_id uuid,
    round_no integer,
    action_date date,
    action_desc text,
    actual_fund bigint,
    fund_from text,
    after_use_status text,
    householder_confirm text,
    village_result text,
    village_checker text,
    town_result text,
    town_date date,
    town_opinion text,
    county_result text,
    county_date date,
    county_opinion text,
    sample_checked boolean,
    sample_result text,
    relapse boolean
);
create index rectification_region on toilet.rectification (region_code, id);
create index rectification_problem_id on toilet.rectification (problem_id);
create index rectification_round_no on toilet.rectification (region_code, round_no);
create index rectification_action_date on toilet.rectification (region_code, action_date);
create index rectification_after_use_status on toilet.rectification (region_code, after_use_status);
create index rectification_householder_confirm on toilet.rectification (region_code, householder_confirm);
create index rectification_village_result on toilet.rectification (region_code, village_result);
create index rectification_town_result on toilet.rectification (region_code, town_result);
create index rectification_county_result on toilet.rectification (region_code, county_result);
select app.protect('toilet.rectification');

create table toilet.check (
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
    toilet_id uuid,
    check_type text,
    check_date date,
    checkers text,
    conclusion text,
    sample_id uuid
);
create index check_region on toilet.check (region_code, id);
create index check_toilet_id on toilet.check (toilet_id);
create index check_check_type on toilet.check (region_code, check_type);
create index check_check_date on toilet.check (region_code, check_date);
create index check_conclusion on toilet.check (region_code, conclusion);
create index check_sample_id on toilet.check (sample_id);
select app.protect('toilet.check');

create table toilet.check_item (
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
    check_id uuid,
    item_code text,
    item_result text,
    item_value numeric(18,2),
    item_note text
);
create index check_item_region on toilet.check_item (region_code, id);
create index check_item_check_id on toilet.check_item (check_id);
create index check_item_item_code on toilet.check_item (region_code, item_code);
create index check_item_item_result on toilet.check_item (region_code, item_result);
create unique index check_item_check_id_item_code_key on toilet.check_item (check_id, item_code) where not deleted;
select app.protect('toilet.check_item');

create table toilet.sample (
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
    toilet_id uuid,
    sample_no text,
    way text,
    check_id uuid,
    found_type text,
    found_use text,
    found_sewage text,
    found_problem boolean,
    differences text[],
    correction text,
    due_at timestamptz,
    state text
);
create index sample_region on toilet.sample (region_code, id);
create index sample_toilet_id on toilet.sample (toilet_id);
create index sample_sample_no on toilet.sample (region_code, sample_no);
create index sample_check_id on toilet.sample (check_id);
create index sample_differences on toilet.sample using gin (differences);
create index sample_due_at on toilet.sample (region_code, due_at);
create index sample_state on toilet.sample (region_code, state);
select app.protect('toilet.sample');

create table toilet.maintenance (
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
    toilet_id uuid,
    service_type text,
    request_time timestamptz,
    request_by text,
    station_id uuid,
    handle_time timestamptz,
    handler text,
    content text,
    fee bigint,
    sludge_volume numeric(18,2),
    sludge_dest text,
    householder_score integer,
    public_toilet_id uuid,
    subsidy_fee bigint,
    due_at timestamptz,
    state text
);
create index maintenance_region on toilet.maintenance (region_code, id);
create index maintenance_toilet_id on toilet.maintenance (toilet_id);
create index maintenance_service_type on toilet.maintenance (region_code, service_type);
create index maintenance_station_id on toilet.maintenance (station_id);
create index maintenance_sludge_dest on toilet.maintenance (region_code, sludge_dest);
create index maintenance_public_toilet_id on toilet.maintenance (public_toilet_id);
create index maintenance_due_at on toilet.maintenance (region_code, due_at);
create index maintenance_state on toilet.maintenance (region_code, state);
select app.protect('toilet.maintenance');

create table toilet.village_stat (
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
    data_year integer,
    total_households integer,
    resident_households integer,
    empty_households integer,
    demolish_households integer,
    should_count integer,
    natural_villages integer,
    region_class text,
    pipe_network boolean,
    treat_facility boolean,
    maintain_mechanism boolean,
    change_reason text,
    confirmed_by text,
    confirmed_at date,
    locked boolean
);
create index village_stat_region on toilet.village_stat (region_code, id);
create index village_stat_data_year on toilet.village_stat (region_code, data_year);
create index village_stat_locked on toilet.village_stat (region_code, locked);
create unique index village_stat_region_code_data_year_key on toilet.village_stat (region_code, data_year) where not deleted;
select app.protect('toilet.village_stat');

create table toilet.attr_sync (
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
    sync_batch text,
    sync_time timestamptz,
    toilet_id uuid,
    match_mode text,
    old_attr text[],
    new_attr text[],
    household_id uuid,
    result text,
    handled_by text,
    handled_at timestamptz
);
create index attr_sync_region on toilet.attr_sync (region_code, id);
create index attr_sync_toilet_id on toilet.attr_sync (toilet_id);
create index attr_sync_match_mode on toilet.attr_sync (region_code, match_mode);
create index attr_sync_old_attr on toilet.attr_sync using gin (old_attr);
create index attr_sync_new_attr on toilet.attr_sync using gin (new_attr);
create index attr_sync_household_id on toilet.attr_sync (household_id);
create index attr_sync_result on toilet.attr_sync (region_code, result);
select app.protect('toilet.attr_sync');
