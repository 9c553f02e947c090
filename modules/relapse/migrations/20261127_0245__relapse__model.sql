-- Versions of the model, the lines that they can be replayed on, what became of every hit (domain 01 §6.4).
select set_config('ganong.scope_lo', '360000000000', true), set_config('ganong.scope_hi', '370000000000', true);

create table relapse.model_version (
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
    version integer,
    name text,
    reason text,
    base_version integer,
    state text not null default '01',
    author uuid,
    due_at timestamptz,
    replay_id text,
    released_at timestamptz,
    released_by uuid
);
create index model_version_region on relapse.model_version (region_code, id);
create index model_version_state on relapse.model_version (region_code, state);
create index model_version_due_at on relapse.model_version (region_code, due_at);
create index model_version_author on relapse.model_version (author);
create index model_version_released_by on relapse.model_version (released_by);
create unique index model_version_version_key on relapse.model_version (version) where not deleted;
-- one is in force; held at the end of a transaction, in which the new one comes before the old one goes
alter table relapse.model_version add constraint model_version_in_force
  exclude using btree ((true) with =) where (state = '03' and not deleted) deferrable initially deferred;
select app.protect('relapse.model_version');
select app.read_below('relapse.model_version', 'relapse.model_version');

-- The numbers of a version: the row's region is where they hold, from `valid_from` on.
create table relapse.model_value (
    version_id uuid not null references relapse.model_version (id) on delete restrict,
    region_code text collate "C" not null,
    key text not null,
    valid_from date not null,
    value bigint not null,
    primary key (version_id, key, region_code, valid_from)
);
create index model_value_region on relapse.model_value (region_code);
select app.protect('relapse.model_value');
create policy versions_below on relapse.model_value for select using (region_code = any (app.scope_above()));

-- A version that has left the desk does not change.
create function relapse.model_value_settled() returns trigger language plpgsql as $$
begin
  if exists (select from relapse.model_version v where v.id = coalesce(new.version_id, old.version_id) and v.state <> '01') then
    raise exception 'numbers of a submitted or released version do not change' using errcode = 'check_violation';
  end if;
  return coalesce(new, old);
end $$;
create trigger settled before insert or update or delete on relapse.model_value
  for each row execute function relapse.model_value_settled();

insert into relapse.model_version (id, region_code, version, name, reason, state)
values ('00000000-0000-4000-8000-000000000001', '360000000000', 1, '第 1 版', '随系统安装的参数', '01');
insert into relapse.model_value (version_id, region_code, key, valid_from, value)
select '00000000-0000-4000-8000-000000000001', '360000000000', v.key, date '2020-01-01', v.value
  from (values
    ('w03_low_income_yuan', 6000), ('w03_ordinary_yuan', 10000), ('w03_weight', 30), ('strength_max_pct', 200), ('factor_poverty_pct', 120),
    ('factor_assisted_pct', 110), ('factor_eliminated_pct', 130), ('factor_no_labor_pct', 130), ('buffer_covered_pct', 50),
    ('covered_share_pct', 80), ('level_high_score', 70), ('level_middle_score', 40), ('level_low_score', 20), ('cooldown_days', 180),
    ('cooldown_growth_pct', 30), ('rural_income_yuan', 22000), ('w01_share_pct', 50), ('w01_high_pct', 100), ('w02_share_pct', 100),
    ('w02_high_pct', 150), ('w04_month_yuan', 500), ('w05_share_pct', 40), ('recent_days', 90), ('w13_yuan', 3000), ('w13_times', 2),
    ('w17_yuan', 10000), ('w21_share_pct', 50), ('w23_days', 7), ('w23_high_days', 15), ('w27_months', 2), ('w29_yuan', 10000),
    ('w31_days', 30), ('w32_yuan', 5000), ('w38_yuan', 10000)) v (key, value);
-- what the province and the counties had set as parameters comes along
insert into relapse.model_value (version_id, region_code, key, valid_from, value)
select '00000000-0000-4000-8000-000000000001', p.region_code, p.key, p.valid_from, p.value::bigint
  from reg.policy_param p
 where not p.deleted and p.value ~ '^\s*[0-9]{1,9}\s*$' and (p.valid_to is null or p.valid_to >= current_date)
   and p.key in (select key from relapse.model_value where version_id = '00000000-0000-4000-8000-000000000001')
    on conflict (version_id, key, region_code, valid_from) do update set value = excluded.value;
update relapse.model_version set state = '03', released_at = now();

-- Lines that a rule reads, with what the register said of the person and the household when they came. No name, no number.
create table relapse.dept_line (
    region_code text collate "C" not null,
    batch_id uuid not null,
    row_no integer not null,
    record_id uuid not null,
    person_id uuid not null,
    household_id uuid not null,
    kept_on date not null,
    day date,
    data_day date,
    amount_fen bigint,
    relief_fen bigint not null,
    vals jsonb,
    medical_12m bigint,
    family_medical_12m bigint,
    month_sums bigint[],
    amount_12m bigint,
    times_12m integer,
    family_rows integer,
    is_new boolean not null,
    poverty boolean not null,
    monitored boolean not null,
    eliminated boolean not null,
    no_labor boolean not null,
    assisted boolean not null,
    disabled integer not null,
    above_compulsory integer not null,
    net bigint,
    operate bigint,
    birth_date date,
    labor_skill text,
    relation text,
    student_status text,
    household_no text,
    open_clue uuid,
    refused jsonb,
    primary key (batch_id, row_no)
);
create index dept_line_household on relapse.dept_line (household_id);
create index dept_line_kept on relapse.dept_line (kept_on);
create index dept_line_region on relapse.dept_line (region_code);
select app.protect('relapse.dept_line');

-- What became of every rule that a household met in a batch.
create table relapse.dept_hit (
    id uuid primary key default gen_random_uuid(),
    region_code text collate "C" not null,
    batch_id uuid not null,
    household_id uuid not null,
    rule_id uuid not null,
    dept text not null,
    made_on date not null,
    grade text not null,
    score integer not null,
    verdict text not null,
    clue_id uuid,
    model_version integer not null
);
create index dept_hit_household on relapse.dept_hit (household_id, made_on);
create index dept_hit_rule on relapse.dept_hit (rule_id, made_on);
create index dept_hit_region on relapse.dept_hit (region_code);
create index dept_hit_batch on relapse.dept_hit (batch_id);
create index dept_hit_clue on relapse.dept_hit (clue_id);
select app.protect('relapse.dept_hit');

-- A draft held against the version in force over the lines kept; counts stand at their county, changes at their village.
create table relapse.model_replay (
    id uuid primary key,
    region_code text collate "C" not null,
    version_id uuid not null references relapse.model_version (id) on delete restrict,
    base_id uuid not null references relapse.model_version (id) on delete restrict,
    stamp text not null,
    first_day date,
    last_day date,
    batches integer not null,
    lines bigint not null,
    made_by uuid not null,
    made_at timestamptz not null default now(),
    totals jsonb not null
);
create index model_replay_version on relapse.model_replay (version_id, made_at);
create index model_replay_region on relapse.model_replay (region_code);
select app.protect('relapse.model_replay');
create policy versions_below on relapse.model_replay for select using (region_code = any (app.scope_above()));

create table relapse.model_replay_count (
    replay_id uuid not null references relapse.model_replay (id) on delete cascade,
    region_code text collate "C" not null,
    rule text not null,
    before integer not null,
    after integer not null,
    gained integer not null,
    lost integer not null,
    lost_included integer not null,
    expected_before numeric(12,1) not null,
    expected_after numeric(12,1) not null,
    primary key (replay_id, region_code, rule)
);
create index model_replay_count_region on relapse.model_replay_count (region_code);
select app.protect('relapse.model_replay_count');

create table relapse.model_replay_change (
    replay_id uuid not null references relapse.model_replay (id) on delete cascade,
    region_code text collate "C" not null,
    batch_id uuid not null,
    household_id uuid not null,
    gained boolean not null,
    rule text not null,
    score integer not null,
    clue_id uuid,
    result text,
    primary key (replay_id, batch_id, household_id)
);
create index model_replay_change_region on relapse.model_replay_change (region_code);
select app.protect('relapse.model_replay_change');

-- The version that scored a clue, and why a township or county refused it.
alter table relapse.clue add column model_version integer, add column refuse_reasons text[];
create index clue_model_version on relapse.clue (region_code, model_version);
create index clue_refuse_reasons on relapse.clue using gin (refuse_reasons);
alter table relapse.dispatch_batch add column model_version integer;
create index dispatch_batch_model_version on relapse.dispatch_batch (region_code, model_version);
update relapse.clue set model_version = 1 where line = '01';
update relapse.dispatch_batch set model_version = 1;
-- clues that ended before an outcome was asked for
update relapse.clue set result = case state when '79' then '01' when '90' then '09' else '02' end
 where state in ('79', '80', '90') and result is null;

-- Views: the version of a clue; reasons given with the refusal stand before those of the form.
do $$
declare body text := pg_get_viewdef('relapse.v_clue'::regclass);
begin
  body := regexp_replace(body, 'AS total_days\s+FROM', E'AS total_days, c.model_version, reg.ym(coalesce(c.finished_at, case when c.state in (''79'', ''80'', ''90'') then c.updated_at end)) as finished_ym\n FROM');
  if body !~ 'model_version' then raise exception 'relapse.v_clue is not as expected'; end if;
  execute 'create or replace view relapse.v_clue with (security_invoker = true) as ' || body;
end $$;
create or replace view relapse.v_refusal with (security_invoker = true) as
select c.id as clue_id, c.household_id, c.region_code, c.level, c.dept, c.line, x.reason,
       reg.ym(coalesce((select max(at) from app.flow_step where row_id = c.id and to_state = '80'), c.updated_at)) as refused_ym
  from relapse.clue c
  left join lateral (select f.not_include_reasons from relapse.verify_form f where f.clue_id = c.id and not f.deleted
                      order by f.updated_at desc, f.id desc limit 1) v on true
 cross join lateral unnest(case when cardinality(c.refuse_reasons) > 0 then c.refuse_reasons else v.not_include_reasons end) x (reason)
 where not c.deleted and c.state = '80';

-- One row a rule that a household met in a batch, and where it went.
create view relapse.v_hit with (security_invoker = true) as
select h.id as hit_id, h.household_id, h.region_code, h.dept, h.verdict, h.model_version, r.rule, reg.ym_of(h.made_on) as made_ym
  from relapse.dept_hit h
  left join relapse.warn_rule_names() r on r.id = h.rule_id;

-- One row a rule and household that was reported or found and included, though a department's line had met the rule within
-- 90 days before and nobody was sent (§6.4 漏报).
create view relapse.v_missed with (security_invoker = true) as
select distinct on (k.id, h.rule_id) k.household_id, k.id as case_id, k.region_code, k.identify_ym, h.dept, h.model_version, r.rule, h.rule_id
  from relapse.monitor_case k
  join relapse.dept_hit h on h.household_id = k.household_id and h.verdict in ('04', '05')
   and h.made_on <= k.identify_date and h.made_on > k.identify_date - 90
  left join relapse.warn_rule_names() r on r.id = h.rule_id
 where not k.deleted and k.state <> '50' and k.source_line in ('02', '03')
   and not exists (select from relapse.dept_hit o where o.household_id = k.household_id and o.verdict in ('01', '02')
                    and o.made_on <= k.identify_date and o.made_on > k.identify_date - 90)
 order by k.id, h.rule_id, h.made_on desc;
grant select on relapse.v_hit, relapse.v_missed to ganong_app;
