-- What rules over the scheme ask beyond their own row (domain 03 §1.6, §1.7), the views of the rules as drafted from their
-- descriptions, and the views of the yearly and quality figures (§1.9). Functions with a range of their own look over the whole
-- province: a student paid in two counties is seen from both, and rolls stand where they were delivered; they tell one value only.
create function yulu.proofs(p_batch uuid, p_person uuid) returns integer
language sql stable
set search_path = yulu, pg_temp
as $$
  select app.attachment_count('yulu.verify', id, 'proofs')::integer
    from yulu.verify where batch_id = p_batch and person_id = p_person and not deleted
$$;

create function yulu.payee_at_home(p_household uuid, p_token bytea) returns boolean
language sql stable parallel safe
set search_path = yulu, pg_temp
as $$
  select case when p_token is null then null else exists (
    select from reg.member where household_id = p_household and id_no_token = p_token and member_status = '01' and not deleted) end
$$;

create function yulu.school_qualified(p_name text) returns boolean
language sql stable parallel safe
set search_path = yulu, pg_temp
as $$
  select case when p_name is null then null else exists (
    select from yulu.school where not deleted and state <> '3' and degree_qualified
       and (name = p_name or p_name = any (regexp_split_to_array(former_names, '[、，；,;]')))) end
$$;

create function yulu.roll_status_now(p_roll uuid) returns text
language sql stable parallel safe
set search_path = yulu, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$
  select roll_status from yulu.roll where id = p_roll and not deleted
$$;

create function yulu.account_households(p_batch uuid, p_token bytea) returns integer
language sql stable parallel safe
set search_path = yulu, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$
  select case when p_token is null then 0 else (select count(distinct household_id)::integer from yulu.subsidy
    where bank_account_token = p_token and batch_id = p_batch and not deleted) end
$$;

create function yulu.year_paid(p_person uuid, p_batch uuid) returns bigint
language sql stable parallel safe
set search_path = yulu, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$
  select coalesce(sum(s.actual_amount), 0)::bigint
    from yulu.term_batch t
    join yulu.term_batch o on o.school_year = t.school_year and not o.deleted
    join yulu.subsidy s on s.batch_id = o.id and s.person_id = p_person and s.pay_status = '2' and not s.deleted
   where t.id = p_batch
$$;

create function yulu.paid_people(p_region text, p_batch uuid) returns integer
language sql stable parallel safe
set search_path = yulu, pg_temp
as $$
  select count(distinct person_id)::integer from yulu.subsidy
   where batch_id = p_batch and pay_status = '2' and not deleted
     and region_code >= rpad(left(p_region, 6), 12, '0') and region_code <= rpad(left(p_region, 6), 12, '9')
$$;

create function yulu.paid_people_before(p_region text, p_batch uuid) returns integer
language sql stable parallel safe
set search_path = yulu, pg_temp
as $$
  select yulu.paid_people(p_region, o.id)
    from yulu.term_batch t
    join yulu.term_batch o on o.school_year = t.school_year - 1 and o.term = t.term and not o.deleted
   where t.id = p_batch
$$;

-- Views of rules, drafted from their descriptions (meta/views; a test holds both together).
create view yulu.rule_yulu_doc with (security_invoker = true) as
select b.id as id,
  b.batch_id as batch_id,
  b.seq_no as seq_no,
  b.doc_no as doc_no,
  b.approve_people as approve_people,
  b.approve_amount as approve_amount,
  b.stage_people_mid as stage_people_mid,
  b.stage_people_high as stage_people_high,
  b.stage_amount_mid as stage_amount_mid,
  b.stage_amount_high as stage_amount_high,
  b.state as state,
  b.region_code as region_code,
  b.source as source,
  term.name as term_name,
  term.pay_due as pay_due,
  a1.listed as listed,
  a1.listed_amount as listed_amount,
  yulu.paid_people(b.region_code, b.batch_id) as paid_people,
  yulu.paid_people_before(b.region_code, b.batch_id) as paid_people_before
 from yulu.approval_doc b
 left join lateral (select t.* from yulu.term_batch t where t.id = b.batch_id and not t.deleted) term on true
 left join lateral (select count(*) as listed,
   sum(t.standard_amount::float8) as listed_amount from yulu.subsidy t where t.approval_doc_id = b.id and not t.deleted) a1 on true
 where not b.deleted;
grant select on yulu.rule_yulu_doc to ganong_app;

create view yulu.rule_yulu_graduate with (security_invoker = true) as
select b.id as id,
  b.person_id as person_id,
  b.household_id as household_id,
  b.name as name,
  b.grad_year as grad_year,
  b.grad_ym as grad_ym,
  b.school_name as school_name,
  b.dest as dest,
  b.company_name as company_name,
  b.work_county as work_county,
  b.start_ym as start_ym,
  b.survey_date as survey_date,
  b.state as state,
  b.region_code as region_code,
  b.source as source,
  person.work_place as now_place,
  person.work_region as now_region,
  person.work_end_ym as now_end_ym,
  a1.services as services,
  a1.offers as offers
 from yulu.graduate b
 left join lateral (select t.* from reg.member t where t.id = b.person_id and not t.deleted) person on true
 left join lateral (select count(*) as services,
   count(*) filter (where coalesce((t.service_type = '2'::text), false)) as offers from yulu.grad_service t where t.graduate_id = b.id and not t.deleted) a1 on true
 where not b.deleted;
grant select on yulu.rule_yulu_graduate to ganong_app;

create view yulu.rule_yulu_person with (security_invoker = true) as
select b.id as id,
  b.household_id as household_id,
  b.name as name,
  b.student_status as student_status,
  b.identify_ym as identify_ym,
  b.region_code as region_code,
  b.source as source,
  hh.household_status as hh_status,
  hh.risk_state as hh_risk,
  a1.grants as grants,
  a2.refused as refused
 from reg.member b
 left join lateral (select t.* from reg.household t where t.id = b.household_id and not t.deleted) hh on true
 left join lateral (select count(*) filter (where coalesce(((t.pay_status in ('1'::text, '2'::text, '3'::text)) and (rule.day_of(t.created_at) > rule.add_months(rule.today(), (- 12::float8)))), false)) as grants from yulu.subsidy t where t.person_id = b.id and not t.deleted) a1 on true
 left join lateral (select count(*) filter (where coalesce(((t.verify_result = '2'::text) and (rule.day_of(t.created_at) > rule.add_months(rule.today(), (- 12::float8)))), false)) as refused from yulu.verify t where t.person_id = b.id and not t.deleted) a2 on true
 where not b.deleted and coalesce(((b.member_status = '01'::text) and (b.student_status in ('10'::text, '11'::text, '12'::text, '13'::text, '14'::text, '15'::text, '16'::text, '17'::text, '18'::text, '19'::text))), false);
grant select on yulu.rule_yulu_person to ganong_app;

create view yulu.rule_yulu_subsidy with (security_invoker = true) as
select b.id as id,
  b.batch_id as batch_id,
  b.person_id as person_id,
  b.household_id as household_id,
  b.name as name,
  b.risk_state as risk_state,
  b.edu_stage as edu_stage,
  b.standard_amount as standard_amount,
  b.actual_amount as actual_amount,
  b.diff_reason as diff_reason,
  b.pay_status as pay_status,
  b.pay_date as pay_date,
  (b.bank_account_token is not null) as bank_account_filled,
  b.bank_account_token as bank_account_token,
  b.synced_to_national as synced_to_national,
  b.due_at as due_at,
  b.region_code as region_code,
  b.source as source,
  term.name as term_name,
  term.state as term_state,
  person.student_status as now_status,
  checked.roll_status as roll_status,
  doc.doc_no as doc_no,
  doc.doc_date as doc_date,
  doc.state as doc_state,
  yulu.account_households(b.batch_id, b.bank_account_token) as account_households,
  yulu.year_paid(b.person_id, b.batch_id) as year_paid
 from yulu.subsidy b
 left join lateral (select t.* from yulu.term_batch t where t.id = b.batch_id and not t.deleted) term on true
 left join lateral (select t.* from reg.member t where t.id = b.person_id and not t.deleted) person on true
 left join lateral (select t.* from yulu.verify t where t.id = b.verify_id and not t.deleted) checked on true
 left join lateral (select t.* from yulu.approval_doc t where t.id = b.approval_doc_id and not t.deleted) doc on true
 where not b.deleted;
grant select on yulu.rule_yulu_subsidy to ganong_app;

create view yulu.rule_yulu_verify with (security_invoker = true) as
select b.id as id,
  b.batch_id as batch_id,
  b.person_id as person_id,
  b.household_id as household_id,
  b.name as name,
  b.birth_date as birth_date,
  b.household_type as household_type,
  b.risk_state as risk_state,
  b.match_result as match_result,
  b.roll_id as roll_id,
  b.roll_source as roll_source,
  b.roll_status as roll_status,
  b.school_name as school_name,
  b.edu_stage as edu_stage,
  b.study_years as study_years,
  b.study_form as study_form,
  b.grade as grade,
  b.expect_grad_ym as expect_grad_ym,
  b.verify_result as verify_result,
  b.ineligible_reason as ineligible_reason,
  b.apply_flag as apply_flag,
  b.payee_rel as payee_rel,
  (b.payee_id_no_token is not null) as payee_id_no_filled,
  b.payee_id_no_token as payee_id_no_token,
  b.state as state,
  b.due_at as due_at,
  b.region_code as region_code,
  b.source as source,
  term.name as term_name,
  term.base_date as base_date,
  term.pay_due as pay_due,
  term.state as term_state,
  person.student_status as now_status,
  money.pay_status as pay_status,
  a1.graduates as graduates,
  yulu.proofs(b.batch_id, b.person_id) as proofs,
  yulu.payee_at_home(b.household_id, b.payee_id_no_token) as payee_at_home,
  yulu.school_qualified(b.school_name) as school_qualified,
  yulu.roll_status_now(b.roll_id) as roll_now,
  rule.age_at(b.birth_date, term.base_date) as age
 from yulu.verify b
 left join lateral (select t.* from yulu.term_batch t where t.id = b.batch_id and not t.deleted) term on true
 left join lateral (select t.* from reg.member t where t.id = b.person_id and not t.deleted) person on true
 left join lateral (select t.* from yulu.subsidy t where t.verify_id = b.id and not t.deleted order by t.created_at desc nulls last, t.id desc limit 1) money on true
 left join lateral (select count(*) as graduates from yulu.graduate t where t.person_id = b.person_id and not t.deleted) a1 on true
 where not b.deleted;
grant select on yulu.rule_yulu_verify to ganong_app;

-- One row a student's money with the term and the calendar year it counts in: a year has the spring of the school year before it
-- and its own autumn (domain 03 §1.3 YL_TERM).
create view yulu.v_money with (security_invoker = true) as
select s.id as subsidy_id, s.region_code, s.person_id, s.pay_status, s.actual_amount, s.household_type, s.risk_state, s.edu_stage, s.grade,
       s.recover_amount, t.name as term_name, t.term, t.school_year, case t.term when '1' then t.school_year + 1 else t.school_year end as natural_year
  from yulu.subsidy s
  join yulu.term_batch t on t.id = s.batch_id
 where not s.deleted;

-- One row a member whom the newest term looks for by household and age; what is paid or verified is not asked.
create view yulu.v_of_age with (security_invoker = true) as
select m.id as person_id, m.region_code
  from (select base_date, age_min, age_max from yulu.term_batch where not deleted order by base_date desc, id limit 1) t
  join reg.member m on m.birth_date > t.base_date - make_interval(years => t.age_max + 1)
   and m.birth_date <= t.base_date - make_interval(years => t.age_min)
  join reg.household h on h.id = m.household_id
 where not m.deleted and m.member_status = '01' and not h.deleted and h.household_status = '01'
   and (h.household_type = '02' or h.is_monitored);

-- One row a student to verify with the term.
create view yulu.v_student with (security_invoker = true) as
select v.id as verify_id, v.region_code, v.person_id, v.match_result, v.edu_stage, v.grade, v.verify_result, v.apply_flag, v.state,
       v.household_type, v.risk_state, t.name as term_name
  from yulu.verify v
  join yulu.term_batch t on t.id = v.batch_id
 where not v.deleted;

-- One row a graduate with how he was served.
create view yulu.v_served with (security_invoker = true) as
select g.id as graduate_id, g.region_code, g.person_id, g.dest, g.unemp_reason,
       coalesce(s.services, 0) as services, coalesce(s.guided, 0) as guided, coalesce(s.offers, 0) as offers,
       coalesce(s.trained, 0) as trained, coalesce(s.placed, 0) as placed
  from yulu.graduate g
  left join lateral (
    select count(*) as services, count(*) filter (where service_type = '1') as guided, count(*) filter (where service_type = '2') as offers,
           count(*) filter (where service_type = '3') as trained, count(*) filter (where result = '1') as placed
      from yulu.grad_service where graduate_id = g.id and not deleted) s on true
 where not g.deleted;

-- One row a finding of this module's rules.
create view yulu.v_issue with (security_invoker = true) as
select q.id as issue_id, q.region_code, q.severity, q.state, q.rule_id || ' ' || coalesce(q.title, '') as rule,
       reg.ym(q.found_at) as found_ym, reg.ym(coalesce(q.closed_at, q.fixed_at)) as fixed_ym
  from quality.finding q
 where not q.deleted and q.rule_id like 'YL-%';
grant select on yulu.v_of_age, yulu.v_student, yulu.v_money, yulu.v_served, yulu.v_issue to ganong_app;
