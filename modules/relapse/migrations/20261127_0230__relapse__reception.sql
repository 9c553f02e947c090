-- Ways by which departments deliver: who they are and their keys, what was delivered and how it fared, what is late
-- (domain 05 §12.4; domain 01 §4.6, §6.1).
create table relapse.dept_sender (
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
    name text not null,
    dept text not null,
    items text not null,
    folder text,
    db_role text,
    contact text,
    contact_phone text,
    state text default '01',
    due_at timestamptz
);
create index dept_sender_region on relapse.dept_sender (region_code, id);
create index dept_sender_name on relapse.dept_sender (region_code, name);
create index dept_sender_dept on relapse.dept_sender (region_code, dept);
create index dept_sender_state on relapse.dept_sender (region_code, state);
create unique index dept_sender_name_key on relapse.dept_sender (name) where not deleted;
select app.protect('relapse.dept_sender');

create table relapse.dept_key (
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
    sender_id uuid references relapse.dept_sender (id) on delete restrict not null,
    key_no text,
    purpose text not null,
    valid_from date,
    valid_to date,
    taken_at timestamptz,
    used_at timestamptz,
    state text default '01',
    due_at timestamptz,
    -- 32 bytes in hexadecimal, enciphered; no field of the description
    secret_cipher text
);
create index dept_key_region on relapse.dept_key (region_code, id);
create index dept_key_sender_id on relapse.dept_key (sender_id);
create index dept_key_key_no on relapse.dept_key (region_code, key_no);
create index dept_key_state on relapse.dept_key (region_code, state);
create unique index dept_key_key_no_key on relapse.dept_key (key_no) where not deleted;
select app.protect('relapse.dept_key');

create table relapse.dept_delivery (
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
    delivery_no text not null,
    sender_id uuid references relapse.dept_sender (id) on delete restrict,
    channel text not null,
    dataset_id uuid references relapse.dept_dataset (id) on delete restrict,
    sender_no text not null,
    period integer,
    received_at timestamptz not null,
    state text not null default '01',
    message text,
    batch_id uuid references relapse.dept_batch (id) on delete restrict,
    -- rows counted without a header: lines of an interface or of a table
    by_line boolean not null default false,
    content_hash text,
    job_id uuid,
    file_id uuid,
    place text,
    front_batch uuid,
    report jsonb
);
create index dept_delivery_region on relapse.dept_delivery (region_code, id);
create index dept_delivery_delivery_no on relapse.dept_delivery (region_code, delivery_no);
create index dept_delivery_sender_id on relapse.dept_delivery (sender_id);
create index dept_delivery_channel on relapse.dept_delivery (region_code, channel);
create index dept_delivery_dataset_id on relapse.dept_delivery (dataset_id);
create index dept_delivery_sender_no on relapse.dept_delivery (region_code, sender_no);
create index dept_delivery_period on relapse.dept_delivery (region_code, period);
create index dept_delivery_received_at on relapse.dept_delivery (region_code, received_at);
create index dept_delivery_state on relapse.dept_delivery (region_code, state);
create index dept_delivery_batch_id on relapse.dept_delivery (batch_id);
create unique index dept_delivery_delivery_no_key on relapse.dept_delivery (delivery_no) where not deleted;
select app.protect('relapse.dept_delivery');

create table relapse.dept_fault (
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
    batch_id uuid references relapse.dept_batch (id) on delete restrict not null,
    kind text not null,
    column_label text,
    reason text,
    fault_rows integer not null,
    share numeric(18,2),
    first_rows text
);
create index dept_fault_region on relapse.dept_fault (region_code, id);
create index dept_fault_batch_id on relapse.dept_fault (batch_id);
create index dept_fault_kind on relapse.dept_fault (region_code, kind);
select app.protect('relapse.dept_fault');

create table relapse.dept_due (
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
    dataset_id uuid references relapse.dept_dataset (id) on delete restrict not null,
    dept text,
    sender_name text,
    period_text text not null,
    due date not null,
    days_late integer,
    last_received date,
    made_up date,
    state text not null default '01',
    -- id of the sender; empty for the province
    party text not null default ''
);
create index dept_due_region on relapse.dept_due (region_code, id);
create index dept_due_dataset_id on relapse.dept_due (dataset_id);
create index dept_due_dept on relapse.dept_due (region_code, dept);
create index dept_due_due on relapse.dept_due (region_code, due);
create index dept_due_state on relapse.dept_due (region_code, state);
select app.protect('relapse.dept_due');


-- One delivery a number of the sender; a folder with files of nobody has no sender.
create unique index dept_delivery_once on relapse.dept_delivery (coalesce(sender_id, '00000000-0000-0000-0000-000000000000'::uuid), channel, sender_no) where not deleted;
create index dept_delivery_open on relapse.dept_delivery (state) where state = '01' and not deleted;
create unique index dept_sender_folder on relapse.dept_sender (folder) where folder is not null and state <> '04' and not deleted;
create unique index dept_sender_role on relapse.dept_sender (db_role) where db_role is not null and state <> '04' and not deleted;
create index dept_due_once on relapse.dept_due (dataset_id, party, due) where not deleted;

-- What was sent once is not taken a second time: numbers used with a key, kept as long as its clock may differ.
create table relapse.dept_nonce (
    key_id uuid not null references relapse.dept_key (id) on delete cascade,
    nonce text not null,
    at timestamptz not null default now(),
    primary key (key_id, nonce)
);
create index dept_nonce_at on relapse.dept_nonce (at);
grant select, insert, delete on relapse.dept_nonce to ganong_app;

-- A remark where a batch is far from the ones before it or many of its numbers do not hold (domain 05 §12.4.1).
alter table relapse.dept_batch add column quality_note text;

-- What happened to somebody, of items whose lines are asked about together later (W28).
create table relapse.dept_event (
    region_code text collate "C" not null,
    household_id uuid not null,
    person_id uuid not null,
    item_no text not null,
    day date not null,
    until date
);
create unique index dept_event_once on relapse.dept_event (person_id, item_no, day);
create index dept_event_household on relapse.dept_event (household_id, day);
create index dept_event_region on relapse.dept_event (region_code);
select app.protect('relapse.dept_event');
