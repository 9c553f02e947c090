-- Households of a task, made from what a query found (domain 01 §6.7 结果转任务): one row a household.
create table relapse.patrol_target (
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
    task_id uuid not null references relapse.patrol_task (id) on delete restrict,
    household_id uuid not null references reg.household (id) on delete restrict,
    work text not null,
    due date not null,
    state text not null default '01',
    done_on date
);
create index patrol_target_region on relapse.patrol_target (region_code, id);
create index patrol_target_task_id on relapse.patrol_target (task_id);
create index patrol_target_household_id on relapse.patrol_target (household_id);
create index patrol_target_work on relapse.patrol_target (region_code, work);
create index patrol_target_due on relapse.patrol_target (region_code, due);
create index patrol_target_state on relapse.patrol_target (region_code, state);
create index patrol_target_done_on on relapse.patrol_target (region_code, done_on);
create unique index patrol_target_key on relapse.patrol_target (task_id, household_id) where not deleted;
select app.protect('relapse.patrol_target');

-- Which kept queries were turned into tasks: each once.
create table relapse.task_pack (
    query_id uuid primary key,
    name text not null,
    made_by uuid not null,
    made_at timestamptz not null default now()
);
grant select, insert on relapse.task_pack to ganong_app;

-- A village's visit moves the county's figure, which it may read and not write.
create function relapse.count_targets(task uuid) returns void language sql security definer set search_path = pg_catalog as $$
  update relapse.patrol_task t
     set hh_total = n.total, hh_done = n.done, progress = case when n.total = 0 then 0 else n.done * 100 / n.total end,
         state = case when n.done = 0 then t.state when n.done = n.total then '03' else '02' end,
         row_version = t.row_version + 1, updated_at = now()
    from (select count(*)::integer as total, (count(*) filter (where state = '02'))::integer as done
            from relapse.patrol_target where task_id = task and not deleted) n
   where t.id = task;
$$;
revoke all on function relapse.count_targets(uuid) from public;
grant execute on function relapse.count_targets(uuid) to ganong_app;
