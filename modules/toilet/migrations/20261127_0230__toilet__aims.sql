-- Aims of counties, villages in protected waters, what was counted when a year was locked; the figures that follow from them
-- (domain 02 §0.5, A3 REGION_CLASS, A6 TW-12, TW-14, A8 TS-1, TS-3, TS-11, TS-12).
create table toilet.county_aim (
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
    region_class text,
    coverage_target numeric(18, 2),
    septic_intact_target numeric(18, 2),
    doc_no text
);
create index county_aim_region on toilet.county_aim (region_code, id);
create index county_aim_data_year on toilet.county_aim (region_code, data_year);
create index county_aim_region_class on toilet.county_aim (region_code, region_class);
create unique index county_aim_region_code_data_year_key on toilet.county_aim (region_code, data_year) where not deleted;
select app.protect('toilet.county_aim');
select app.read_below('toilet.county_aim', 'toilet.county_aim');

create table toilet.water_village (
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
    area_name text,
    given_by text,
    given_on date
);
create index water_village_region on toilet.water_village (region_code, id);
create index water_village_kind on toilet.water_village (region_code, kind);
create index water_village_given_on on toilet.water_village (region_code, given_on);
create unique index water_village_region_code_kind_key on toilet.water_village (region_code, kind) where not deleted;
select app.protect('toilet.water_village');

alter table toilet.village_stat add column sanitary_locked integer;

-- A number that a county, its city or the province may set, on a day; what the program came with where nobody did.
create function toilet.number(p_key text, p_region text, p_on date, p_default numeric) returns numeric
language sql stable parallel safe
as $$
  select coalesce((select p.value::numeric from reg.policy_param p
    where p.key = p_key and not p.deleted and p.valid_from <= p_on and (p.valid_to is null or p.valid_to >= p_on)
      and p.region_code in (p_region, rpad(left(p_region, 4), 12, '0'), rpad(left(p_region, 2), 12, '0'))
    order by p.region_code desc, p.valid_from desc limit 1), p_default)
$$;

-- What rules ask beyond their own row.
create function toilet.protected_water(p_region text) returns integer
language sql stable parallel safe
set search_path = toilet, pg_temp
as $$ select count(*)::integer from toilet.water_village where region_code = p_region and not deleted $$;

create function toilet.coverage_locked(p_region text, p_year integer) returns numeric
language sql stable parallel safe
set search_path = toilet, pg_temp
as $$
  select round(100.0 * sanitary_locked / nullif(should_count, 0), 2) from toilet.village_stat
   where region_code = p_region and data_year = p_year and locked and not deleted
$$;

-- The class of its county behind each toilet.
create or replace view toilet.v_toilet with (security_invoker = true) as
select t.id as toilet_id, t.region_code, t.group_name, t.residence_status, t.has_toilet, t.toilet_type, t.septic_form,
       coalesce(t.is_sanitary, false) as is_sanitary, coalesce(t.is_harmless, false) as is_harmless, t.use_status, t.satisfaction,
       coalesce(t.fiscal_supported, false) as fiscal_supported, coalesce(t.renovated, false) as renovated,
       coalesce(t.has_problem, false) as has_problem, toilet.attr_class(t.house_attr) as attr_class, t.data_year,
       exists (select 1 from toilet.problem p where p.toilet_id = t.id and not p.deleted and p.status not in ('70', '90', '91')
                  and p.problem_item && array['11', '12', '13', '21', '22', '23']) as tank_bad,
       c.region_class
  from toilet.house_toilet t
  left join (select distinct on (region_code) region_code, region_class from toilet.county_aim where not deleted
              order by region_code, data_year desc) c on c.region_code = rpad(left(t.region_code, 6), 12, '0')
 where not t.deleted and t.record_state in ('30', '60');

-- One row a village and year whose county has an aim: households that should have a sanitary toilet by it.
create view toilet.v_aim with (security_invoker = true) as
select s.id as stat_id, s.region_code, s.data_year, s.should_count as should,
       round(s.should_count * a.coverage_target / 100, 2)::numeric(14, 2) as target,
       (select count(*) from toilet.house_toilet t
         where t.region_code = s.region_code and t.is_sanitary and t.record_state in ('30', '60') and not t.deleted)::integer as sanitary,
       a.region_class
  from toilet.village_stat s
  join toilet.county_aim a on a.region_code = rpad(left(s.region_code, 6), 12, '0') and a.data_year = s.data_year and not a.deleted
 where not s.deleted;

-- One row a village task and node of the year: renovations due from that day until the next node.
create view toilet.v_task_node with (security_invoker = true) as
select t.task_id, t.region_code, t.task_year, n.from_day, n.until_day,
       round(t.plan_renovations * n.pct / 100, 2)::numeric(14, 2) as due,
       (select count(*) from toilet.renovation r
         where r.region_code = t.region_code and r.renov_year = t.task_year and r.finish_date is not null and r.state <> '90' and not r.deleted)::integer
         as finished
  from toilet.v_task t
  join (select c.county, c.task_year, v.from_day, v.until_day, toilet.number(v.key, c.county, v.from_day, v.pct) as pct
          from (select distinct rpad(left(region_code, 6), 12, '0') as county, task_year from toilet.v_task) c
         cross join lateral (values ('toilet_mile_0630', make_date(c.task_year, 6, 30), make_date(c.task_year, 9, 30), 40),
                                    ('toilet_mile_0930', make_date(c.task_year, 9, 30), make_date(c.task_year, 11, 30), 75),
                                    ('toilet_mile_1130', make_date(c.task_year, 11, 30), 'infinity'::date, 100)) v (key, from_day, until_day, pct)) n
    on n.county = rpad(left(t.region_code, 6), 12, '0') and n.task_year = t.task_year;

-- One row an open finding with what it takes off the score.
create view toilet.v_finding_weight with (security_invoker = true) as
select f.finding_id, f.region_code,
       (case f.severity when 'E' then w.e when 'S' then w.s else w.t end / 100)::numeric(8, 2) as weight
  from toilet.v_finding f
  join (select c.county, toilet.number('toilet_weight_e', c.county, current_date, 300) as e,
               toilet.number('toilet_weight_s', c.county, current_date, 100) as s, toilet.number('toilet_weight_t', c.county, current_date, 20) as t
          from (select distinct rpad(left(region_code, 6), 12, '0') as county from toilet.v_finding where open) c) w
    on w.county = rpad(left(f.region_code, 6), 12, '0')
 where f.open;

-- One row a cleaning that follows another of the same toilet: days between the two.
create view toilet.v_cleaning with (security_invoker = true) as
select maintenance_id, region_code, year, days
  from (select m.id as maintenance_id, m.region_code, extract(year from m.handle_time at time zone 'Asia/Shanghai')::integer as year,
               (m.handle_time at time zone 'Asia/Shanghai')::date
                 - lag((m.handle_time at time zone 'Asia/Shanghai')::date) over (partition by m.toilet_id order by m.handle_time) as days
          from toilet.maintenance m
         where m.service_type = '1' and m.handle_time is not null and m.toilet_id is not null and m.state <> '90' and not m.deleted) x
 where days is not null;

grant select on toilet.v_aim, toilet.v_task_node, toilet.v_finding_weight, toilet.v_cleaning to ganong_app;

-- Views of rules with what TW-12 and TW-14 ask (docs/generated/views.sql).
drop view toilet.rule_toilet;
create view toilet.rule_toilet with (security_invoker = true) as
select b.id as id,
  b.toilet_no as toilet_no,
  b.household_id as household_id,
  b.head_name as head_name,
  (b.head_id_card_token is not null) as head_id_card_filled,
  b.head_id_card_token as head_id_card_token,
  b.head_id_card_ok as head_id_card_ok,
  b.phone as phone,
  b.house_attr as house_attr,
  b.attr_synced_at as attr_synced_at,
  b.residence_status as residence_status,
  b.has_toilet as has_toilet,
  b.toilet_type as toilet_type,
  b.is_sanitary as is_sanitary,
  b.sanitary_claimed as sanitary_claimed,
  b.toilet_area as toilet_area,
  b.flush_mode as flush_mode,
  b.water_available as water_available,
  b.septic_volume as septic_volume,
  b.vol1 as vol1,
  b.vol2 as vol2,
  b.vol3 as vol3,
  b.septic_vendor as septic_vendor,
  b.septic_model as septic_model,
  b.sewage_dest as sewage_dest,
  b.connected_pipe_network as connected_pipe_network,
  b.joint_house_count as joint_house_count,
  b.use_status as use_status,
  b.old_toilet_status as old_toilet_status,
  b.renovated as renovated,
  b.fiscal_supported as fiscal_supported,
  b.plan_year as plan_year,
  b.survey_date as survey_date,
  b.surveyor as surveyor,
  b.record_state as record_state,
  b.due_at as due_at,
  b.region_code as region_code,
  b.source as source,
  person.name as person_name,
  person.birth_date as person_birth,
  person.household_id as person_household_id,
  gone.name as gone_name,
  death.change_date as death_date,
  renov.finish_date as renov_finish,
  a1.open_idle as open_idle,
  a1.open_problems as open_problems,
  a2.fiscal_renovations as fiscal_renovations,
  a3.cleaned_on as cleaned_on,
  a4.family_toilets as family_toilets,
  toilet.same_head(b.head_id_card_token) as same_head,
  toilet.same_head_fiscal(b.head_id_card_token) as same_head_fiscal,
  toilet.protected_water(b.region_code) as protected_water,
  toilet.same_place(b.region_code, b.toilet_no) as same_place,
  toilet.same_point(b.region_code, b.toilet_no) as same_point,
  toilet.same_phone(b.region_code, b.phone) as same_phone,
  toilet.surveyed_that_day(b.region_code, b.surveyor, b.survey_date) as surveyed_that_day,
  toilet.photos_reused(b.toilet_no) as photos_reused,
  toilet.model_problem_pct(b.region_code, b.septic_vendor, b.septic_model) as model_problem_pct,
  toilet.model_problems(b.region_code, b.septic_vendor, b.septic_model) as model_problems,
  rule.age_at(person.birth_date, b.survey_date) as head_age
 from toilet.house_toilet b
 left join lateral (select t.* from reg.member t where t.id_no_token = b.head_id_card_token and not t.deleted and coalesce((t.member_status = '01'::text), false) order by t.birth_date desc nulls last, t.id desc limit 1) person on true
 left join lateral (select t.* from reg.member t where t.id_no_token = b.head_id_card_token and not t.deleted and coalesce((t.member_status <> '01'::text), false) order by t.birth_date desc nulls last, t.id desc limit 1) gone on true
 left join lateral (select t.* from reg.member_change t where t.person_id = gone.id and not t.deleted and coalesce((t.decrease_reason = '01'::text), false) order by t.change_date desc nulls last, t.id desc limit 1) death on true
 left join lateral (select t.* from toilet.renovation t where t.toilet_id = b.id and not t.deleted and coalesce((t.state <> '90'::text), false) order by t.renov_year desc nulls last, t.finish_date desc nulls last, t.id desc limit 1) renov on true
 left join lateral (select count(*) filter (where coalesce(((t.status not in ('70'::text, '90'::text, '91'::text)) and (t.problem_item && array['41'::text, '42'::text]::text[])), false)) as open_idle,
   count(*) filter (where coalesce((t.status not in ('70'::text, '90'::text, '91'::text)), false)) as open_problems from toilet.problem t where t.toilet_id = b.id and not t.deleted) a1 on true
 left join lateral (select count(*) filter (where coalesce(((t.state <> '90'::text) and (t.renov_year::float8 > (rule.year_of(rule.today()) - 5::float8)) and ((((t.fund_central::float8 + t.fund_province::float8) + t.fund_city::float8) + t.fund_county::float8) > rule.yuan(0::float8))), false)) as fiscal_renovations from toilet.renovation t where t.toilet_id = b.id and not t.deleted) a2 on true
 left join lateral (select max(rule.day_of(t.handle_time)) filter (where coalesce((t.service_type = '1'::text), false)) as cleaned_on from toilet.maintenance t where t.toilet_id = b.id and not t.deleted) a3 on true
 left join lateral (select count(*) filter (where coalesce((t.record_state = '30'::text), false)) as family_toilets from toilet.house_toilet t where t.household_id = person.household_id and not t.deleted) a4 on true
 where not b.deleted;
grant select on toilet.rule_toilet to ganong_app;

drop view toilet.rule_toilet_village;
create view toilet.rule_toilet_village with (security_invoker = true) as
select b.id as id,
  b.data_year as data_year,
  b.total_households as total_households,
  b.resident_households as resident_households,
  b.empty_households as empty_households,
  b.should_count as should_count,
  b.region_code as region_code,
  b.source as source,
  a1.toilets as toilets,
  a1.sanitary as sanitary,
  a2.full_or_kept_by_nobody as full_or_kept_by_nobody,
  a3.complaints as complaints,
  toilet.coverage_locked(b.region_code, ((b.data_year::float8 - 1::float8))::integer) as coverage_last,
  toilet.should_of(b.region_code, ((b.data_year::float8 - 1::float8))::integer) as last_should,
  toilet.alike_pct(b.region_code) as alike_pct,
  toilet.false_report_hits(b.region_code) as false_report_hits,
  ((a1.sanitary::float8 * 100::float8) / nullif(b.should_count::float8, 0)) as coverage
 from toilet.village_stat b
 left join lateral (select count(*) filter (where coalesce((t.record_state not in ('10'::text, '50'::text)), false)) as toilets,
   count(*) filter (where coalesce(((t.record_state not in ('10'::text, '50'::text)) and t.is_sanitary), false)) as sanitary from toilet.house_toilet t where t.region_code = b.region_code and not t.deleted) a1 on true
 left join lateral (select count(*) filter (where coalesce(((t.status not in ('70'::text, '90'::text, '91'::text)) and (t.problem_item && array['44'::text, '45'::text]::text[])), false)) as full_or_kept_by_nobody from toilet.problem t where t.region_code = b.region_code and not t.deleted) a2 on true
 left join lateral (select count(*) filter (where coalesce(((t.service_type = '5'::text) and (t.state <> '90'::text) and (rule.day_of(t.request_time) > rule.add_days(rule.today(), (- 30::float8)))), false)) as complaints from toilet.maintenance t where t.region_code = b.region_code and not t.deleted) a3 on true
 where not b.deleted;
grant select on toilet.rule_toilet_village to ganong_app;
