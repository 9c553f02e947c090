-- Lines that a person decides on: how each was matched, who may be meant, and what the line says until something was made of it
-- (domain 05 §12.4.1 K1–K5; domain 01 §4.6).
alter table relapse.dept_record
    add column dataset_id uuid references relapse.dept_dataset (id) on delete restrict,
    add column match_method text,
    add column ask_reason text,
    add column deferred boolean,
    add column decided_by uuid,
    add column decided_at timestamptz,
    add column decide_note text;
create index dept_record_dataset_id on relapse.dept_record (dataset_id);
create index dept_record_match_method on relapse.dept_record (region_code, match_method);
create index dept_record_ask_reason on relapse.dept_record (region_code, ask_reason);
create index dept_record_deferred on relapse.dept_record (region_code, deferred);
create index dept_record_decided_by on relapse.dept_record (decided_by);
create index dept_record_waiting on relapse.dept_record (region_code, deferred, id) where match_state = '06' and not deleted;

alter table relapse.dept_batch
    add column asked integer default 0,
    add column confirmed integer default 0,
    add column denied integer default 0,
    add column supplements uuid references relapse.dept_batch (id) on delete restrict;
create index dept_batch_supplements on relapse.dept_batch (supplements);

create table relapse.dept_candidate (
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
    person_id uuid not null,
    household_id uuid not null,
    method text not null,
    name_alike text not null,
    confidence numeric(18,4) not null
);
create index dept_candidate_region on relapse.dept_candidate (region_code, id);
create index dept_candidate_record_id on relapse.dept_candidate (record_id);
create index dept_candidate_person_id on relapse.dept_candidate (person_id);
create index dept_candidate_household_id on relapse.dept_candidate (household_id);
create index dept_candidate_method on relapse.dept_candidate (region_code, method);
create unique index dept_candidate_record_id_person_id_key on relapse.dept_candidate (record_id, person_id) where not deleted;
select app.protect('relapse.dept_candidate');

-- What a waiting line says, so that rules can be asked once its person is known. No name, no number; gone when that was done.
create table relapse.dept_held (
    record_id uuid primary key references relapse.dept_record (id) on delete restrict,
    region_code text collate "C" not null,
    batch_id uuid not null references relapse.dept_batch (id) on delete restrict,
    kept_on date not null,
    data_day date,
    day date,
    amount_fen bigint,
    relief_fen bigint not null,
    serial text not null,
    vals jsonb
);
create index dept_held_region on relapse.dept_held (region_code);
create index dept_held_batch on relapse.dept_held (batch_id);
select app.protect('relapse.dept_held');
