-- What rules over toilets ask beyond their own row. Functions named "same …" look over the whole province: a household registered
-- in two counties is seen from both; they tell numbers only.
create function toilet.same_head(p_token bytea) returns integer
language sql stable parallel safe
set search_path = toilet, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$
  select case when p_token is null then 0 else
    (select count(*)::integer from toilet.house_toilet where head_id_card_token = p_token and record_state = '30' and not deleted) end
$$;

create function toilet.same_head_fiscal(p_token bytea) returns integer
language sql stable parallel safe
set search_path = toilet, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$
  select case when p_token is null then 0 else
    (select count(*)::integer from toilet.house_toilet
      where head_id_card_token = p_token and record_state = '30' and fiscal_supported and not deleted) end
$$;

create function toilet.same_place(p_region text, p_no text) returns integer
language sql stable parallel safe
set search_path = toilet, pg_temp
as $$
  select count(o.id)::integer from toilet.house_toilet t
    join toilet.house_toilet o on o.household_id = t.household_id and o.address = t.address and o.record_state = '30' and not o.deleted
   where t.toilet_no = p_no and not t.deleted
$$;

create index house_toilet_point on toilet.house_toilet (longitude, latitude) where not deleted;
create function toilet.same_point(p_region text, p_no text) returns integer
language sql stable parallel safe
set search_path = toilet, pg_temp
as $$
  select count(o.id)::integer from toilet.house_toilet t
    join toilet.house_toilet o on o.longitude = t.longitude and o.latitude = t.latitude and not o.deleted
     and o.region_code >= rpad(left(p_region, 6), 12, '0') and o.region_code <= rpad(left(p_region, 6), 12, '9')
   where t.toilet_no = p_no and not t.deleted
$$;

create index house_toilet_phone on toilet.house_toilet (phone) where not deleted;
create function toilet.same_phone(p_region text, p_phone text) returns integer
language sql stable parallel safe
set search_path = toilet, pg_temp
as $$
  select count(*)::integer from toilet.house_toilet
   where phone = p_phone and not deleted
     and region_code >= rpad(left(p_region, 6), 12, '0') and region_code <= rpad(left(p_region, 6), 12, '9')
$$;

create index house_toilet_surveyed on toilet.house_toilet (survey_date, surveyor) where not deleted;
create function toilet.surveyed_that_day(p_region text, p_surveyor text, p_day date) returns integer
language sql stable parallel safe
set search_path = toilet, pg_temp
as $$
  select count(*)::integer from toilet.house_toilet
   where survey_date = p_day and surveyor = p_surveyor and not deleted
     and region_code >= rpad(left(p_region, 6), 12, '0') and region_code <= rpad(left(p_region, 6), 12, '9')
$$;

create function toilet.photos_reused(p_no text) returns integer
language sql stable
set search_path = toilet, pg_temp
as $$
  select coalesce((select app.attachments_elsewhere('toilet.house_toilet', id) from toilet.house_toilet
    where toilet_no = p_no and not deleted), 0)::integer
$$;

-- Toilets of one maker and model in a county, and those of them with a problem of the product that is not closed.
create index house_toilet_model on toilet.house_toilet (septic_vendor, septic_model) where not deleted and septic_vendor is not null;
create function toilet.model_problems(p_region text, p_vendor text, p_model text) returns integer
language sql stable parallel safe
set search_path = toilet, pg_temp
as $$
  select count(*)::integer from toilet.house_toilet t
   where t.septic_vendor = p_vendor and t.septic_model is not distinct from p_model and not t.deleted
     and t.region_code >= rpad(left(p_region, 6), 12, '0') and t.region_code <= rpad(left(p_region, 6), 12, '9')
     and exists (select 1 from toilet.problem p where p.toilet_id = t.id and not p.deleted and p.status not in ('70', '90', '91')
                    and p.problem_item && array['11', '12', '13', '14', '15', '16'])
$$;
create function toilet.model_problem_pct(p_region text, p_vendor text, p_model text) returns numeric
language sql stable parallel safe
set search_path = toilet, pg_temp
as $$
  select case when p_vendor is null then null else round(100.0 * toilet.model_problems(p_region, p_vendor, p_model) / nullif((
    select count(*) from toilet.house_toilet t
     where t.septic_vendor = p_vendor and t.septic_model is not distinct from p_model and not t.deleted
       and t.region_code >= rpad(left(p_region, 6), 12, '0') and t.region_code <= rpad(left(p_region, 6), 12, '9')), 0), 1) end
$$;

create function toilet.consents(p_toilet uuid, p_year integer) returns integer
language sql stable
set search_path = toilet, pg_temp
as $$
  select coalesce(sum(app.attachment_count('toilet.renovation', id, 'consent_file')), 0)::integer from toilet.renovation
   where toilet_id = p_toilet and renov_year = p_year and not deleted
$$;

create function toilet.after_photos(p_no text) returns integer
language sql stable
set search_path = toilet, pg_temp
as $$
  select coalesce(sum(app.attachment_count('toilet.rectification', r.id, 'after_photos')), 0)::integer
    from toilet.problem p join toilet.rectification r on r.problem_id = p.id and not r.deleted
   where p.problem_no = p_no and not p.deleted
$$;
create function toilet.photos_copied(p_no text) returns integer
language sql stable
set search_path = toilet, pg_temp
as $$
  select coalesce(sum(app.attachments_alike('toilet.rectification', r.id, 'after_photos', 'toilet.problem', p.id)), 0)::integer
    from toilet.problem p join toilet.rectification r on r.problem_id = p.id and not r.deleted
   where p.problem_no = p_no and not p.deleted
$$;

create function toilet.should_of(p_region text, p_year integer) returns integer
language sql stable parallel safe
set search_path = toilet, pg_temp
as $$
  select should_count from toilet.village_stat where region_code = p_region and data_year = p_year and not deleted
$$;

create function toilet.alike_pct(p_region text) returns numeric
language sql stable parallel safe
set search_path = toilet, pg_temp
as $$
  with g as (select count(*) n from toilet.house_toilet where region_code = p_region and not deleted and has_toilet
              group by toilet_type, septic_volume)
  select case when sum(n) >= 20 then round(100.0 * max(n) / sum(n), 1) end from g
$$;

create function toilet.false_report_hits(p_region text) returns integer
language sql stable
set search_path = toilet, pg_temp
as $$
  select count(*)::integer from quality.finding
   where region_code = p_region and not deleted and closed_at is null
     and rule_id in ('T-02', 'T-02b', 'T-03', 'T-04', 'T-22', 'T-24', 'T-43')
$$;

-- Codes from p_region to the answer are that region and what lies in it.
create function toilet.last_in(p_region text) returns text
language sql immutable parallel safe
as $$
  select rpad(case when p_region like '%0000000000' then left(p_region, 2) when p_region like '%00000000' then left(p_region, 4)
                   when p_region like '%000000' then left(p_region, 6) when p_region like '%000' then left(p_region, 9)
                   else p_region end, 12, '9')
$$;
create function toilet.renovations_started(p_region text, p_year integer) returns integer
language sql stable parallel safe
set search_path = toilet, pg_temp
as $$
  select count(*)::integer from toilet.renovation
   where region_code >= p_region and region_code <= toilet.last_in(p_region) and renov_year = p_year
     and start_date is not null and state <> '90' and not deleted
$$;
create function toilet.task_finished(p_region text, p_year integer) returns integer
language sql stable parallel safe
set search_path = toilet, pg_temp
as $$
  select (select count(*) from toilet.renovation
           where region_code >= p_region and region_code <= toilet.last_in(p_region) and renov_year = p_year
             and finish_date is not null and state <> '90' and not deleted)::integer
       + (select count(*) from toilet.problem
           where region_code >= p_region and region_code <= toilet.last_in(p_region) and status = '70'
             and solved_date >= make_date(p_year, 1, 1) and solved_date <= make_date(p_year, 12, 31) and not deleted)::integer
$$;

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

create view toilet.rule_toilet_household with (security_invoker = true) as
select b.id as id,
  b.household_no as household_no,
  b.head_name as head_name,
  b.household_type as household_type,
  b.is_monitored as is_monitored,
  b.household_status as household_status,
  b.relocation_flag as relocation_flag,
  b.region_code as region_code,
  b.source as source,
  a1.toilets as toilets
 from reg.household b
 left join lateral (select count(*) filter (where coalesce((t.record_state <> '50'::text), false)) as toilets from toilet.house_toilet t where t.household_id = b.id and not t.deleted) a1 on true
 where not b.deleted;
grant select on toilet.rule_toilet_household to ganong_app;

create view toilet.rule_toilet_problem with (security_invoker = true) as
select b.id as id,
  b.toilet_id as toilet_id,
  b.problem_no as problem_no,
  b.find_source as find_source,
  b.find_date as find_date,
  b.problem_item as problem_item,
  b.usable as usable,
  b.severity as severity,
  b.rectify_class as rectify_class,
  b.rectify_measure as rectify_measure,
  b.deadline as deadline,
  b.status as status,
  b.solved_date as solved_date,
  b.plan_year as plan_year,
  b.region_code as region_code,
  b.source as source,
  toilet.toilet_no as toilet_no,
  toilet.head_name as head_name,
  toilet.after_photos(b.problem_no) as after_photos,
  toilet.photos_copied(b.problem_no) as photos_copied,
  rule.days_between(b.deadline, rule.today()) as late_days
 from toilet.problem b
 left join lateral (select t.* from toilet.house_toilet t where t.id = b.toilet_id and not t.deleted) toilet on true
 where not b.deleted;
grant select on toilet.rule_toilet_problem to ganong_app;

create view toilet.rule_toilet_renovation with (security_invoker = true) as
select b.id as id,
  b.toilet_id as toilet_id,
  b.renov_year as renov_year,
  b.renov_nature as renov_nature,
  b.before_type as before_type,
  b.after_type as after_type,
  b.start_date as start_date,
  b.finish_date as finish_date,
  b.invest_total as invest_total,
  b.fund_central as fund_central,
  b.fund_province as fund_province,
  b.fund_city as fund_city,
  b.fund_county as fund_county,
  b.fund_other as fund_other,
  b.fund_self as fund_self,
  b.subsidy_amount as subsidy_amount,
  b.subsidy_paid as subsidy_paid,
  b.accept_result as accept_result,
  b.accept_date as accept_date,
  b.state as state,
  b.region_code as region_code,
  b.source as source,
  toilet.toilet_no as toilet_no,
  toilet.head_name as head_name,
  toilet.fiscal_supported as fiscal_supported,
  toilet.consents(b.toilet_id, (b.renov_year::float8)::integer) as consents,
  (((b.fund_central::float8 + b.fund_province::float8) + b.fund_city::float8) + b.fund_county::float8) as fiscal
 from toilet.renovation b
 left join lateral (select t.* from toilet.house_toilet t where t.id = b.toilet_id and not t.deleted) toilet on true
 where not b.deleted;
grant select on toilet.rule_toilet_renovation to ganong_app;

create view toilet.rule_toilet_task with (security_invoker = true) as
select b.id as id,
  b.task_year as task_year,
  b.plan_new as plan_new,
  b.plan_upgrade as plan_upgrade,
  b.plan_problem as plan_problem,
  b.plan_fund as plan_fund,
  b.fund_arrived as fund_arrived,
  b.fund_paid as fund_paid,
  b.start_deadline as start_deadline,
  b.finish_deadline as finish_deadline,
  b.state as state,
  b.region_code as region_code,
  b.source as source,
  toilet.renovations_started(b.region_code, (b.task_year::float8)::integer) as started,
  toilet.task_finished(b.region_code, (b.task_year::float8)::integer) as finished,
  (b.plan_new::float8 + b.plan_upgrade::float8) as plan_renovations,
  ((b.plan_new::float8 + b.plan_upgrade::float8) + b.plan_problem::float8) as plan_all,
  ((toilet.task_finished(b.region_code, (b.task_year::float8)::integer)::float8 * 100::float8) / nullif(((b.plan_new::float8 + b.plan_upgrade::float8) + b.plan_problem::float8)::float8, 0)) as done_pct,
  ((toilet.renovations_started(b.region_code, (b.task_year::float8)::integer)::float8 * 100::float8) / nullif((b.plan_new::float8 + b.plan_upgrade::float8)::float8, 0)) as started_pct,
  ((rule.to_yuan(b.fund_paid::float8) * 100::float8) / nullif(rule.to_yuan(b.plan_fund::float8), 0)) as paid_pct
 from toilet.task b
 where not b.deleted;
grant select on toilet.rule_toilet_task to ganong_app;

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
  a2.full_or_kept_by_nobody as full_or_kept_by_nobody,
  a3.complaints as complaints,
  toilet.should_of(b.region_code, ((b.data_year::float8 - 1::float8))::integer) as last_should,
  toilet.alike_pct(b.region_code) as alike_pct,
  toilet.false_report_hits(b.region_code) as false_report_hits
 from toilet.village_stat b
 left join lateral (select count(*) filter (where coalesce((t.record_state not in ('10'::text, '50'::text)), false)) as toilets from toilet.house_toilet t where t.region_code = b.region_code and not t.deleted) a1 on true
 left join lateral (select count(*) filter (where coalesce(((t.status not in ('70'::text, '90'::text, '91'::text)) and (t.problem_item && array['44'::text, '45'::text]::text[])), false)) as full_or_kept_by_nobody from toilet.problem t where t.region_code = b.region_code and not t.deleted) a2 on true
 left join lateral (select count(*) filter (where coalesce(((t.service_type = '5'::text) and (t.state <> '90'::text) and (rule.day_of(t.request_time) > rule.add_days(rule.today(), (- 30::float8)))), false)) as complaints from toilet.maintenance t where t.region_code = b.region_code and not t.deleted) a3 on true
 where not b.deleted;
grant select on toilet.rule_toilet_village to ganong_app;
