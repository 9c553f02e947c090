-- How much a home visit cost whoever recorded it: fields the system knew, fields a person typed, minutes.
create table relapse.visit_burden (
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
    month integer not null,
    filled_count integer not null,
    typed_count integer not null,
    minutes integer not null,
    photo_count integer not null
);
create index visit_burden_region on relapse.visit_burden (region_code, id);
create index visit_burden_month on relapse.visit_burden (region_code, month);
create unique index visit_burden_form_id_key on relapse.visit_burden (form_id) where not deleted;
select app.protect('relapse.visit_burden');
