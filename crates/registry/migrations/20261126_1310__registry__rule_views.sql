-- What views of rules ask from outside their rows: how often a number, a phone, an income stands in the register. Each looks
-- with a range of its own and answers with one number, never with a row; null asks for nothing.
create index member_phone_in_use on reg.member (phone) where phone is not null;

create function reg.same_id_no(p_token bytea) returns integer
language sql stable parallel safe
set search_path = reg, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$
  select case when p_token is null then 0 else (select count(*)::integer from reg.member where id_no_token = p_token and member_status = '01' and not deleted) end
$$;

create function reg.same_id_no_households(p_token bytea) returns integer
language sql stable parallel safe
set search_path = reg, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$
  select case when p_token is null then 0 else (select count(distinct household_id)::integer from reg.member where id_no_token = p_token and member_status = '01' and not deleted) end
$$;

create function reg.namesakes(p_region text, p_name text, p_birth date, p_token bytea) returns integer
language sql stable parallel safe
set search_path = reg, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$
  select count(*)::integer from reg.member where region_code = p_region and birth_date = p_birth and name = p_name and member_status = '01' and not deleted and id_no_token <> p_token
$$;

create function reg.phone_households(p_phone text) returns integer
language sql stable parallel safe
set search_path = reg, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$
  select case when p_phone is null then 0 else (select count(distinct household_id)::integer from reg.member where phone = p_phone and member_status = '01' and not deleted) end
$$;

create function reg.same_head_households(p_token bytea) returns integer
language sql stable parallel safe
set search_path = reg, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$
  select case when p_token is null then 0 else (select count(*)::integer from reg.household where head_id_no_token = p_token and household_status = '01' and not deleted) end
$$;

create function reg.same_phone_households(p_phone text) returns integer
language sql stable parallel safe
set search_path = reg, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$
  select case when p_phone is null then 0 else (select count(*)::integer from reg.household where phone = p_phone and household_status = '01' and not deleted) end
$$;

create function reg.same_bank_households(p_token bytea) returns integer
language sql stable parallel safe
set search_path = reg, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$
  select case when p_token is null then 0 else (select count(*)::integer from reg.household where bank_account_token = p_token and household_status = '01' and not deleted) end
$$;

create function reg.same_income_pc(p_region text, p_year integer, p_pc float8) returns integer
language sql stable parallel safe
set search_path = reg, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$
  select count(*)::integer from reg.income_period where region_code = p_region and year = p_year and net_pc = p_pc and period_kind = '01' and not deleted
$$;

create function reg.same_income_four(p_region text, p_year integer, p_wage float8, p_operate float8, p_property float8, p_transfer float8) returns integer
language sql stable parallel safe
set search_path = reg, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$
  select count(*)::integer from reg.income_period where region_code = p_region and year = p_year and wage = p_wage and operate = p_operate
     and property = p_property and transfer = p_transfer and period_kind = '01' and not deleted
$$;

create function reg.village_cultivated(p_region text, p_year integer) returns numeric
language sql stable parallel safe
set search_path = reg, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$
  select sum(cultivated_area) from reg.living_year where region_code = p_region and year = p_year and not deleted
$$;

create function reg.village_households_of(p_region text, p_year integer) returns integer
language sql stable parallel safe
set search_path = reg, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$
  select household_total from reg.village_year where region_code = p_region and year = p_year and not deleted order by id desc limit 1
$$;

create function reg.village_collective_of(p_region text, p_year integer) returns numeric
language sql stable parallel safe
set search_path = reg, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$
  select collective_income from reg.village_year where region_code = p_region and year = p_year and not deleted order by id desc limit 1
$$;

create function reg.same_helper_id(p_token bytea) returns integer
language sql stable parallel safe
set search_path = reg, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$
  select case when p_token is null then 0 else (select count(*)::integer from reg.helper where id_no_token = p_token and status = '01' and not deleted) end
$$;

-- The line of a year as it stands for a region: the county's own, else the city's, else the province's.
create function reg.line_fen(p_region text, p_year integer) returns bigint
language sql stable parallel safe
as $$
  select amount from reg.monitor_line
   where year = p_year and not deleted and amount is not null
     and region_code in (rpad(left(p_region, 6), 12, '0'), rpad(left(p_region, 4), 12, '0'), rpad(left(p_region, 2), 12, '0'))
   order by region_code desc, valid_from desc limit 1
$$;

-- Views of rules, drafted from their descriptions (meta/views; a test holds both together).
create view reg.rule_helper with (security_invoker = true) as
select b.id as id,
  b.name as name,
  b.gender as gender,
  (b.id_no_token is not null) as id_no_filled,
  b.id_no_token as id_no_token,
  b.id_no_ok as id_no_ok,
  b.phone as phone,
  b.unit_level as unit_level,
  b.helper_kind as helper_kind,
  b.status as status,
  b.region_code as region_code,
  b.source as source,
  a1.open_pairs as open_pairs,
  reg.same_helper_id(b.id_no_token) as id_count
 from reg.helper b
 left join lateral (select count(*) filter (where coalesce((t.end_date is null), false)) as open_pairs from reg.helper_pair t where t.helper_id = b.id and not t.deleted) a1 on true
 where not b.deleted;
grant select on reg.rule_helper to ganong_app;

create view reg.rule_household with (security_invoker = true) as
select b.id as id,
  b.household_no as household_no,
  b.head_name as head_name,
  (b.head_id_no_token is not null) as head_id_no_filled,
  b.head_id_no_token as head_id_no_token,
  b.head_person_id as head_person_id,
  b.hukou_count as hukou_count,
  b.resident_count as resident_count,
  b.income_pop as income_pop,
  b.phone as phone,
  b.household_type as household_type,
  b.poverty_enjoy as poverty_enjoy,
  b.poverty_attr as poverty_attr,
  b.first_identify_ym as first_identify_ym,
  b.out_of_poverty_year as out_of_poverty_year,
  b.poverty_cause_main as poverty_cause_main,
  b.poverty_cause_other as poverty_cause_other,
  b.is_monitored as is_monitored,
  b.risk_state as risk_state,
  b.whole_no_labor as whole_no_labor,
  b.relocation_flag as relocation_flag,
  b.relocation_mode as relocation_mode,
  b.military_martyr as military_martyr,
  b.household_status as household_status,
  (b.bank_account_token is not null) as bank_account_filled,
  b.bank_account_token as bank_account_token,
  b.region_code as region_code,
  b.source as source,
  living.id as living_id,
  living.year as living_year,
  living.cultivated_area as cultivated_area,
  living.irrigated_area as irrigated_area,
  living.forest_area as forest_area,
  living.tghl_area as tghl_area,
  living.orchard_area as orchard_area,
  living.pasture_area as pasture_area,
  living.water_area as water_area,
  living.coop_member as coop_member,
  living.leader_enterprise as leader_enterprise,
  living.leader_person as leader_person,
  living.industry_help_kind as industry_help_kind,
  living.elec_life as elec_life,
  living.elec_prod as elec_prod,
  living.tv as tv,
  living.road_dist as road_dist,
  living.road_type as road_type,
  living.house_area as house_area,
  living.dangerous_house as dangerous_house,
  living.danger_level as danger_level,
  living.safe_water as safe_water,
  living.toilet as toilet,
  living.toilet_type as toilet_type,
  living.fuel as fuel,
  income.year as income_year,
  income.net_pc as net_pc,
  income.wage as income_wage,
  income.operate as income_operate,
  security.id as security_id,
  security.edu_problem as edu_problem,
  security.house_problem as house_problem,
  security.med_problem as med_problem,
  security.water_problem as water_problem,
  detail.house_level as house_level,
  head.birth_date as head_birth,
  head.gender as head_gender,
  head.id_no_token as head_member_token,
  a1.member_count as member_count,
  a1.all_member_count as all_member_count,
  a1.hukou_member_count as hukou_member_count,
  a1.head_count as head_count,
  a1.spouse_count as spouse_count,
  a1.male_spouse_count as male_spouse_count,
  a1.female_spouse_count as female_spouse_count,
  a1.adult_count as adult_count,
  a1.minor_count as minor_count,
  a1.able_count as able_count,
  a1.semi_count as semi_count,
  a1.no_labor_count as no_labor_count,
  a1.all_no_labor_count as all_no_labor_count,
  a1.ill_count as ill_count,
  a1.disabled_count as disabled_count,
  a1.severe_disabled_count as severe_disabled_count,
  a1.student_count as student_count,
  a1.all_student_count as all_student_count,
  a1.vocational_count as vocational_count,
  a1.secondary_vocational_count as secondary_vocational_count,
  a1.out_of_school_count as out_of_school_count,
  a1.unschooled_count as unschooled_count,
  a1.uninsured_count as uninsured_count,
  a1.double_insured_count as double_insured_count,
  a1.no_major_illness_count as no_major_illness_count,
  a1.dibao_count as dibao_count,
  a1.all_dibao_count as all_dibao_count,
  a1.tekun_count as tekun_count,
  a1.all_tekun_count as all_tekun_count,
  a1.pension_age_count as pension_age_count,
  a1.aged_50_count as aged_50_count,
  a1.worker_count as worker_count,
  a1.post_count as post_count,
  a1.ranger_count as ranger_count,
  a1.subsidised_count as subsidised_count,
  a1.work_month_sum as work_month_sum,
  a1.out_work_count as out_work_count,
  a2.pair_count as pair_count,
  a2.primary_pair_count as primary_pair_count,
  reg.same_head_households(b.head_id_no_token) as head_household_count,
  reg.same_phone_households(b.phone) as phone_household_count,
  reg.same_bank_households(b.bank_account_token) as bank_household_count,
  rule.age_at(head.birth_date, rule.today()) as head_age,
  (coalesce(b.risk_state, ''::text) = '0'::text) as is_open
 from reg.household b
 left join lateral (select t.* from reg.living_year t where t.household_id = b.id and not t.deleted order by t.year desc nulls last, t.id desc limit 1) living on true
 left join lateral (select t.* from reg.income_period t where t.household_id = b.id and not t.deleted and coalesce((t.period_kind = '01'::text), false) order by t.year desc nulls last, t.id desc limit 1) income on true
 left join lateral (select t.* from reg.security_check t where t.household_id = b.id and not t.deleted order by t.check_date desc nulls last, t.id desc limit 1) security on true
 left join lateral (select t.* from reg.security_house_detail t where t.check_id = security.id and not t.deleted order by t.survey_date desc nulls last, t.id desc limit 1) detail on true
 left join lateral (select t.* from reg.member t where t.household_id = b.id and not t.deleted and coalesce(((t.relation = '01'::text) and (t.member_status = '01'::text)), false) order by t.created_at desc nulls last, t.id desc limit 1) head on true
 left join lateral (select count(*) filter (where coalesce((t.member_status = '01'::text), false)) as member_count,
   count(*) as all_member_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and t.hukou_in_household), false)) as hukou_member_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (t.relation = '01'::text)), false)) as head_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (t.relation = '02'::text)), false)) as spouse_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (t.relation = '02'::text) and (t.gender = '1'::text)), false)) as male_spouse_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (t.relation = '02'::text) and (t.gender = '2'::text)), false)) as female_spouse_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (rule.age_at(t.birth_date, rule.today()) >= 18::float8)), false)) as adult_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (rule.age_at(t.birth_date, rule.today()) < 16::float8)), false)) as minor_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (t.labor_skill in ('01'::text, '02'::text))), false)) as able_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (t.labor_skill = '03'::text)), false)) as semi_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (t.labor_skill in ('04'::text, '05'::text))), false)) as no_labor_count,
   count(*) filter (where coalesce((t.labor_skill in ('04'::text, '05'::text)), false)) as all_no_labor_count,
   count(*) filter (where coalesce((t.health && array['02'::text, '03'::text]::text[]), false)) as ill_count,
   count(*) filter (where coalesce((t.health && array['04'::text]::text[]), false)) as disabled_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (t.disability_level in ('1'::text, '2'::text))), false)) as severe_disabled_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (t.student_status is not null)), false)) as student_count,
   count(*) filter (where coalesce((t.student_status is not null), false)) as all_student_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (t.student_status in ('10'::text, '11'::text, '12'::text, '13'::text, '14'::text, '15'::text, '16'::text, '17'::text, '18'::text, '19'::text))), false)) as vocational_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (t.student_status in ('10'::text, '11'::text, '12'::text, '13'::text, '14'::text, '15'::text))), false)) as secondary_vocational_count,
   count(*) filter (where coalesce(((rule.age_at(t.birth_date, rule.today()) >= 6::float8) and (rule.age_at(t.birth_date, rule.today()) <= 16::float8) and (t.student_status is null)), false)) as out_of_school_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and ((rule.age_at(t.birth_date, rule.school_day(rule.today())) >= 6::float8) and (rule.age_at(t.birth_date, rule.school_day(rule.today())) <= 15::float8)) and (t.student_status is null) and (t.dropout_reason is null)), false)) as unschooled_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (t.ins_resident_med is not true) and (t.ins_employee_med is not true) and (coalesce(t.ins_other_type, '06'::text) = '06'::text)), false)) as uninsured_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and t.ins_resident_med and t.ins_employee_med), false)) as double_insured_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (t.ins_major_illness is not true)), false)) as no_major_illness_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (t.dibao_status in ('01'::text, '02'::text))), false)) as dibao_count,
   count(*) filter (where coalesce((t.dibao_status in ('01'::text, '02'::text)), false)) as all_dibao_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (t.tekun_status in ('01'::text, '02'::text, '03'::text))), false)) as tekun_count,
   count(*) filter (where coalesce((t.tekun_status in ('01'::text, '02'::text, '03'::text)), false)) as all_tekun_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (rule.age_at(t.birth_date, rule.today()) >= 60::float8) and t.pension_resident), false)) as pension_age_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (rule.age_at(t.birth_date, rule.today()) >= 50::float8)), false)) as aged_50_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and ((t.work_region is not null) or (t.work_months::float8 > 0::float8))), false)) as worker_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (t.public_post is not null)), false)) as post_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (t.public_post = '01'::text)), false)) as ranger_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (t.work_transport_subsidy::float8 > 0::float8)), false)) as subsidised_count,
   sum(coalesce(t.work_months::float8, 0::float8)) filter (where coalesce((t.member_status = '01'::text), false)) as work_month_sum,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (t.work_region is not null) and (left(t.work_region, (6::float8)::integer) <> left(t.region_code, (6::float8)::integer))), false)) as out_work_count from reg.member t where t.household_id = b.id and not t.deleted) a1 on true
 left join lateral (select count(*) filter (where coalesce((t.end_date is null), false)) as pair_count,
   count(*) filter (where coalesce(((t.end_date is null) and t.is_primary), false)) as primary_pair_count from reg.helper_pair t where t.household_id = b.id and not t.deleted) a2 on true
 where not b.deleted;
grant select on reg.rule_household to ganong_app;

create view reg.rule_income with (security_invoker = true) as
select b.id as id,
  b.household_id as household_id,
  b.period_kind as period_kind,
  b.year as year,
  b.pop as pop,
  b.collector as collector,
  b.collector_phone as collector_phone,
  b.wage as wage,
  b.operate as operate,
  b.property as property,
  b.transfer as transfer,
  b.operate_cost as operate_cost,
  b.gross as gross,
  b.net as net,
  b.net_pc as net_pc,
  b.claim as claim,
  b.self_pay as self_pay,
  b.ref_net as ref_net,
  b.ref_pc as ref_pc,
  b.yoy_pct as yoy_pct,
  b.region_code as region_code,
  b.source as source,
  hh.head_name as head_name,
  hh.household_type as hh_type,
  hh.household_status as hh_status,
  hh.risk_state as risk_state,
  hh.is_monitored as is_monitored,
  hh.out_of_poverty_year as out_of_poverty_year,
  prev.year as prev_year,
  prev.net_pc as prev_net_pc,
  living.cultivated_area as cultivated_area,
  living.forest_area as forest_area,
  living.tghl_area as tghl_area,
  a1.member_count as member_count,
  a1.all_member_count as all_member_count,
  a1.hukou_member_count as hukou_member_count,
  a1.head_count as head_count,
  a1.spouse_count as spouse_count,
  a1.male_spouse_count as male_spouse_count,
  a1.female_spouse_count as female_spouse_count,
  a1.adult_count as adult_count,
  a1.minor_count as minor_count,
  a1.able_count as able_count,
  a1.semi_count as semi_count,
  a1.no_labor_count as no_labor_count,
  a1.all_no_labor_count as all_no_labor_count,
  a1.ill_count as ill_count,
  a1.disabled_count as disabled_count,
  a1.severe_disabled_count as severe_disabled_count,
  a1.student_count as student_count,
  a1.all_student_count as all_student_count,
  a1.vocational_count as vocational_count,
  a1.secondary_vocational_count as secondary_vocational_count,
  a1.out_of_school_count as out_of_school_count,
  a1.unschooled_count as unschooled_count,
  a1.uninsured_count as uninsured_count,
  a1.double_insured_count as double_insured_count,
  a1.no_major_illness_count as no_major_illness_count,
  a1.dibao_count as dibao_count,
  a1.all_dibao_count as all_dibao_count,
  a1.tekun_count as tekun_count,
  a1.all_tekun_count as all_tekun_count,
  a1.pension_age_count as pension_age_count,
  a1.aged_50_count as aged_50_count,
  a1.worker_count as worker_count,
  a1.post_count as post_count,
  a1.ranger_count as ranger_count,
  a1.subsidised_count as subsidised_count,
  a1.work_month_sum as work_month_sum,
  a1.out_work_count as out_work_count,
  a1.employee_retired_count as employee_retired_count,
  a2.item_count as item_count,
  a2.wage_items as wage_items,
  a2.operate_items as operate_items,
  a2.property_items as property_items,
  a2.transfer_items as transfer_items,
  a2.cost_items as cost_items,
  a2.post_items as post_items,
  a2.d1 as d1,
  a2.d2 as d2,
  a2.d3 as d3,
  a2.d4 as d4,
  a2.d5 as d5,
  a2.d52 as d52,
  a2.d602_603 as d602_603,
  a2.dividend as dividend,
  reg.same_income_pc(b.region_code, (b.year::float8)::integer, b.net_pc::float8) as same_pc_count,
  reg.same_income_four(b.region_code, (b.year::float8)::integer, b.wage::float8, b.operate::float8, b.property::float8, b.transfer::float8) as same_four_count,
  reg.line_fen(b.region_code, (b.year::float8)::integer) as line,
  (case when (prev.year::float8 = (b.year::float8 - 1::float8)) then prev.net_pc::float8 end) as year_ago,
  (b.year::float8 >= (rule.year_of(rule.today()) - 1::float8)) as is_latest
 from reg.income_period b
 left join lateral (select t.* from reg.household t where t.id = b.household_id and not t.deleted) hh on true
 left join lateral (select t.* from reg.income_period t where t.household_id = b.household_id and not t.deleted and coalesce(((t.period_kind = '01'::text) and (t.year::float8 < rule.year_of(rule.today()))), false) order by t.year desc nulls last, t.id desc limit 1) prev on true
 left join lateral (select t.* from reg.living_year t where t.household_id = b.household_id and not t.deleted order by t.year desc nulls last, t.id desc limit 1) living on true
 left join lateral (select count(*) filter (where coalesce((t.member_status = '01'::text), false)) as member_count,
   count(*) as all_member_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and t.hukou_in_household), false)) as hukou_member_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (t.relation = '01'::text)), false)) as head_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (t.relation = '02'::text)), false)) as spouse_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (t.relation = '02'::text) and (t.gender = '1'::text)), false)) as male_spouse_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (t.relation = '02'::text) and (t.gender = '2'::text)), false)) as female_spouse_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (rule.age_at(t.birth_date, rule.today()) >= 18::float8)), false)) as adult_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (rule.age_at(t.birth_date, rule.today()) < 16::float8)), false)) as minor_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (t.labor_skill in ('01'::text, '02'::text))), false)) as able_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (t.labor_skill = '03'::text)), false)) as semi_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (t.labor_skill in ('04'::text, '05'::text))), false)) as no_labor_count,
   count(*) filter (where coalesce((t.labor_skill in ('04'::text, '05'::text)), false)) as all_no_labor_count,
   count(*) filter (where coalesce((t.health && array['02'::text, '03'::text]::text[]), false)) as ill_count,
   count(*) filter (where coalesce((t.health && array['04'::text]::text[]), false)) as disabled_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (t.disability_level in ('1'::text, '2'::text))), false)) as severe_disabled_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (t.student_status is not null)), false)) as student_count,
   count(*) filter (where coalesce((t.student_status is not null), false)) as all_student_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (t.student_status in ('10'::text, '11'::text, '12'::text, '13'::text, '14'::text, '15'::text, '16'::text, '17'::text, '18'::text, '19'::text))), false)) as vocational_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (t.student_status in ('10'::text, '11'::text, '12'::text, '13'::text, '14'::text, '15'::text))), false)) as secondary_vocational_count,
   count(*) filter (where coalesce(((rule.age_at(t.birth_date, rule.today()) >= 6::float8) and (rule.age_at(t.birth_date, rule.today()) <= 16::float8) and (t.student_status is null)), false)) as out_of_school_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and ((rule.age_at(t.birth_date, rule.school_day(rule.today())) >= 6::float8) and (rule.age_at(t.birth_date, rule.school_day(rule.today())) <= 15::float8)) and (t.student_status is null) and (t.dropout_reason is null)), false)) as unschooled_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (t.ins_resident_med is not true) and (t.ins_employee_med is not true) and (coalesce(t.ins_other_type, '06'::text) = '06'::text)), false)) as uninsured_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and t.ins_resident_med and t.ins_employee_med), false)) as double_insured_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (t.ins_major_illness is not true)), false)) as no_major_illness_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (t.dibao_status in ('01'::text, '02'::text))), false)) as dibao_count,
   count(*) filter (where coalesce((t.dibao_status in ('01'::text, '02'::text)), false)) as all_dibao_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (t.tekun_status in ('01'::text, '02'::text, '03'::text))), false)) as tekun_count,
   count(*) filter (where coalesce((t.tekun_status in ('01'::text, '02'::text, '03'::text)), false)) as all_tekun_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (rule.age_at(t.birth_date, rule.today()) >= 60::float8) and t.pension_resident), false)) as pension_age_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (rule.age_at(t.birth_date, rule.today()) >= 50::float8)), false)) as aged_50_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and ((t.work_region is not null) or (t.work_months::float8 > 0::float8))), false)) as worker_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (t.public_post is not null)), false)) as post_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (t.public_post = '01'::text)), false)) as ranger_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (t.work_transport_subsidy::float8 > 0::float8)), false)) as subsidised_count,
   sum(coalesce(t.work_months::float8, 0::float8)) filter (where coalesce((t.member_status = '01'::text), false)) as work_month_sum,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (t.work_region is not null) and (left(t.work_region, (6::float8)::integer) <> left(t.region_code, (6::float8)::integer))), false)) as out_work_count,
   count(*) filter (where coalesce(((t.member_status = '01'::text) and (rule.age_at(t.birth_date, rule.today()) >= 60::float8) and t.pension_employee), false)) as employee_retired_count from reg.member t where t.household_id = b.household_id and not t.deleted) a1 on true
 left join lateral (select count(*) as item_count,
   sum(t.amount::float8) filter (where coalesce(starts_with(t.item_code, 'A'::text), false)) as wage_items,
   sum(t.amount::float8) filter (where coalesce(starts_with(t.item_code, 'B'::text), false)) as operate_items,
   sum(t.amount::float8) filter (where coalesce(starts_with(t.item_code, 'C'::text), false)) as property_items,
   sum(t.amount::float8) filter (where coalesce(starts_with(t.item_code, 'D'::text), false)) as transfer_items,
   sum(t.amount::float8) filter (where coalesce(starts_with(t.item_code, 'E'::text), false)) as cost_items,
   sum(t.amount::float8) filter (where coalesce((t.item_code in ('A05'::text, 'A06'::text, 'A07'::text)), false)) as post_items,
   sum(t.amount::float8) filter (where coalesce((t.item_code = 'D1'::text), false)) as d1,
   sum(t.amount::float8) filter (where coalesce((t.item_code = 'D2'::text), false)) as d2,
   sum(t.amount::float8) filter (where coalesce((t.item_code = 'D3'::text), false)) as d3,
   sum(t.amount::float8) filter (where coalesce((t.item_code = 'D4'::text), false)) as d4,
   sum(t.amount::float8) filter (where coalesce(starts_with(t.item_code, 'D5'::text), false)) as d5,
   sum(t.amount::float8) filter (where coalesce((t.item_code = 'D52'::text), false)) as d52,
   sum(t.amount::float8) filter (where coalesce((t.item_code in ('D602'::text, 'D603'::text)), false)) as d602_603,
   sum(t.amount::float8) filter (where coalesce((t.item_code = 'C1'::text), false)) as dividend from reg.income_item t where t.period_id = b.id and not t.deleted) a2 on true
 where not b.deleted and coalesce((b.period_kind = '01'::text), false);
grant select on reg.rule_income to ganong_app;

create view reg.rule_member with (security_invoker = true) as
select b.id as id,
  b.household_id as household_id,
  b.name as name,
  b.gender as gender,
  b.id_type as id_type,
  (b.id_no_token is not null) as id_no_filled,
  b.id_no_token as id_no_token,
  b.id_no_ok as id_no_ok,
  b.id_no_kind as id_no_kind,
  b.birth_date as birth_date,
  b.id_gender as id_gender,
  b.id_birth_date as id_birth_date,
  b.nation as nation,
  b.relation as relation,
  b.political as political,
  b.military_status as military_status,
  b.hukou_in_household as hukou_in_household,
  b.shared_life as shared_life,
  b.member_status as member_status,
  b.phone as phone,
  b.education as education,
  b.student_status as student_status,
  b.dropout_reason as dropout_reason,
  b.speak_mandarin as speak_mandarin,
  b.health as health,
  (b.disability_cert_no_token is not null) as disability_cert_no_filled,
  b.disability_cert_no_ok as disability_cert_no_ok,
  b.disability_cert_no_kind as disability_cert_no_kind,
  b.disability_kind as disability_kind,
  b.disability_level as disability_level,
  b.labor_skill as labor_skill,
  b.work_place as work_place,
  b.work_region as work_region,
  b.work_months as work_months,
  b.work_company as work_company,
  b.work_channel as work_channel,
  b.work_abroad as work_abroad,
  b.work_industry as work_industry,
  b.work_monthly_income as work_monthly_income,
  b.work_start_ym as work_start_ym,
  b.work_end_ym as work_end_ym,
  b.work_point_to_point as work_point_to_point,
  b.work_transport_subsidy as work_transport_subsidy,
  b.work_planned as work_planned,
  b.employment_need as employment_need,
  b.public_post as public_post,
  b.public_post_months as public_post_months,
  b.ins_resident_med as ins_resident_med,
  b.ins_employee_med as ins_employee_med,
  b.ins_other_type as ins_other_type,
  b.ins_major_illness as ins_major_illness,
  b.ins_commercial_med as ins_commercial_med,
  b.med_assist as med_assist,
  b.other_health_help as other_health_help,
  b.pension_resident as pension_resident,
  b.pension_employee as pension_employee,
  b.dibao_status as dibao_status,
  b.tekun_status as tekun_status,
  b.region_code as region_code,
  b.source as source,
  hh.household_type as hh_type,
  hh.household_status as hh_status,
  hh.risk_state as risk_state,
  hh.is_monitored as is_monitored,
  hh.phone as hh_phone,
  head.birth_date as head_birth,
  head.gender as head_gender,
  head.hukou_in_household as head_hukou,
  gone.decrease_reason as decrease_reason,
  gone.change_date as decrease_date,
  come.increase_reason as increase_reason,
  come.change_date as increase_date,
  a1.adult_count as adult_count,
  reg.same_id_no(b.id_no_token) as id_count,
  reg.same_id_no_households(b.id_no_token) as id_household_count,
  reg.namesakes(b.region_code, b.name, b.birth_date, b.id_no_token) as namesake_count,
  reg.phone_households(b.phone) as phone_household_count,
  rule.age_at(b.birth_date, rule.today()) as age,
  rule.age_at(b.birth_date, rule.school_day(rule.today())) as school_age,
  ((b.work_region is not null) and ((b.work_end_ym is null) or (b.work_end_ym >= rule.month_of(rule.today())))) as is_working,
  ((rule.age_at(b.birth_date, rule.today()) >= 16::float8) and (rule.age_at(b.birth_date, rule.today()) < 60::float8) and (cardinality(b.health) > 0 and b.health <@ array['01'::text]::text[]) and (b.student_status is null)) as is_able
 from reg.member b
 left join lateral (select t.* from reg.household t where t.id = b.household_id and not t.deleted) hh on true
 left join lateral (select t.* from reg.member t where t.household_id = b.household_id and not t.deleted and coalesce(((t.relation = '01'::text) and (t.member_status = '01'::text)), false) order by t.created_at desc nulls last, t.id desc limit 1) head on true
 left join lateral (select t.* from reg.member_change t where t.person_id = b.id and not t.deleted and coalesce((t.change_kind = '02'::text), false) order by t.change_date desc nulls last, t.id desc limit 1) gone on true
 left join lateral (select t.* from reg.member_change t where t.person_id = b.id and not t.deleted and coalesce((t.change_kind = '01'::text), false) order by t.change_date desc nulls last, t.id desc limit 1) come on true
 left join lateral (select count(*) filter (where coalesce(((t.member_status = '01'::text) and (rule.age_at(t.birth_date, rule.today()) >= 18::float8)), false)) as adult_count from reg.member t where t.household_id = b.household_id and not t.deleted) a1 on true
 where not b.deleted;
grant select on reg.rule_member to ganong_app;

create view reg.rule_pair with (security_invoker = true) as
select b.id as id,
  b.household_id as household_id,
  b.helper_id as helper_id,
  b.start_date as start_date,
  b.end_date as end_date,
  b.end_reason as end_reason,
  b.is_primary as is_primary,
  b.region_code as region_code,
  b.source as source,
  hh.head_name as head_name,
  hh.household_status as hh_status,
  helper.name as helper_name,
  helper.status as helper_status,
  helper.phone as helper_phone,
  helper.id_no_ok as helper_id_ok,
  helper.unit_level as unit_level,
  a1.pairs_of_helper as pairs_of_helper
 from reg.helper_pair b
 left join lateral (select t.* from reg.household t where t.id = b.household_id and not t.deleted) hh on true
 left join lateral (select t.* from reg.helper t where t.id = b.helper_id and not t.deleted) helper on true
 left join lateral (select count(*) filter (where coalesce((t.end_date is null), false)) as pairs_of_helper from reg.helper_pair t where t.helper_id = b.helper_id and not t.deleted) a1 on true
 where not b.deleted;
grant select on reg.rule_pair to ganong_app;

create view reg.rule_village with (security_invoker = true) as
select b.id as id,
  b.year as year,
  b.household_total as household_total,
  b.population_total as population_total,
  b.population_resident as population_resident,
  b.natural_village_count as natural_village_count,
  b.poverty_hh as poverty_hh,
  b.poverty_pop as poverty_pop,
  b.monitor_hh as monitor_hh,
  b.monitor_open_hh as monitor_open_hh,
  b.dibao_hh as dibao_hh,
  b.dibao_pop as dibao_pop,
  b.tekun_pop as tekun_pop,
  b.disabled_pop as disabled_pop,
  b.med_ins_pop as med_ins_pop,
  b.pension_pop as pension_pop,
  b.labor_pop as labor_pop,
  b.migrant_pop as migrant_pop,
  b.collective_income as collective_income,
  b.net_income_pc as net_income_pc,
  b.land_cultivated as land_cultivated,
  b.land_irrigated as land_irrigated,
  b.coop_count as coop_count,
  b.coop_member_hh as coop_member_hh,
  b.road_to_town_paved as road_to_town_paved,
  b.unpaved_nv_count as unpaved_nv_count,
  b.unpaved_km as unpaved_km,
  b.bus as bus,
  b.power_life as power_life,
  b.power_prod as power_prod,
  b.unsafe_water_hh as unsafe_water_hh,
  b.dangerous_hh as dangerous_hh,
  b.school_count as school_count,
  b.clinic_count as clinic_count,
  b.doctor_count as doctor_count,
  b.toilet_count as toilet_count,
  b.garbage_count as garbage_count,
  b.library_count as library_count,
  b.secretary_phone as secretary_phone,
  b.first_secretary as first_secretary,
  b.first_secretary_phone as first_secretary_phone,
  b.delisted as delisted,
  b.delist_year as delist_year,
  b.region_code as region_code,
  b.source as source,
  a1.poverty_household_count as poverty_household_count,
  a1.household_count as household_count,
  reg.village_cultivated(b.region_code, (b.year::float8)::integer) as household_land,
  reg.village_households_of(b.region_code, ((b.year::float8 - 1::float8))::integer) as last_household_total,
  reg.village_collective_of(b.region_code, ((b.year::float8 - 1::float8))::integer) as last_collective_income
 from reg.village_year b
 left join lateral (select count(*) filter (where coalesce(((t.household_status = '01'::text) and (t.household_type = '02'::text)), false)) as poverty_household_count,
   count(*) filter (where coalesce((t.household_status = '01'::text), false)) as household_count from reg.household t where t.region_code = b.region_code and not t.deleted) a1 on true
 where not b.deleted;
grant select on reg.rule_village to ganong_app;
