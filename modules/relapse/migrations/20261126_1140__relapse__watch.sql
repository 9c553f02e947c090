-- What is to be looked at again, found every day (domain 01 §6.8): one row a household and list while the reason stands.
create table relapse.watch_item (
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
    household_id uuid not null references reg.household (id) on delete restrict,
    reason text,
    duty_level text,
    due date,
    found_on date,
    last_seen date,
    state text not null default '01',
    handled_note text
);
create index watch_item_region on relapse.watch_item (region_code, id);
create index watch_item_household_id on relapse.watch_item (household_id);
create index watch_item_kind on relapse.watch_item (region_code, kind);
create index watch_item_duty_level on relapse.watch_item (region_code, duty_level);
create index watch_item_due on relapse.watch_item (region_code, due);
create index watch_item_found_on on relapse.watch_item (region_code, found_on);
create index watch_item_state on relapse.watch_item (region_code, state);
create unique index watch_item_open_key on relapse.watch_item (household_id, kind) where state in ('01', '02') and not deleted;
select app.protect('relapse.watch_item');
