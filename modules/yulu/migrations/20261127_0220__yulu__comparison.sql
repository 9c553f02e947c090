-- What each comparison of a term came to (domain 03 §1.5), whether an account has the shape of one (§1.6 YL-23), and the order in
-- which a comparison walks the rolls of a term.
create table yulu.comparison (
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
    batch_id uuid references yulu.term_batch (id) on delete restrict,
    compared_at timestamptz,
    compared_by text,
    rolls integer,
    same integer,
    other_name integer,
    other_number integer,
    several integer,
    unknown integer,
    changed integer,
    added integer,
    without_roll integer,
    refreshed integer,
    listed integer
);
create index comparison_region on yulu.comparison (region_code, id);
create index comparison_batch_id on yulu.comparison (batch_id);
select app.protect('yulu.comparison');
select app.read_below('yulu.comparison', 'yulu.comparison');

alter table yulu.subsidy add column bank_account_shaped boolean;
create index subsidy_bank_account_shaped on yulu.subsidy (region_code, bank_account_shaped);

create index roll_batch_order on yulu.roll (batch_id, id) where not deleted;
create index roll_batch_number on yulu.roll (batch_id, id_no_token) where not deleted;
create index roll_batch_person on yulu.roll (batch_id, person_id) where not deleted;
create index verify_batch_number on yulu.verify (batch_id, id_no_token) where not deleted;
create index subsidy_batch_account on yulu.subsidy (batch_id, bank_account_token) where not deleted;
-- the county's paid people of a term are counted for each of its documents
create index subsidy_paid on yulu.subsidy (batch_id, region_code) include (person_id) where pay_status = '2' and not deleted;

-- What rules ask anew. Proofs are looked for only where one is wanted: the look-up over files costs more than all others together.
drop view yulu.rule_yulu_verify;
drop view yulu.rule_yulu_subsidy;
drop function yulu.proofs(uuid, uuid);
create function yulu.proofs(p_batch uuid, p_person uuid, p_source text, p_applied boolean) returns integer
language sql stable
set search_path = yulu, pg_temp
as $$
  select case when p_applied or p_source in ('4', '6') then
    (select app.attachment_count('yulu.verify', id, 'proofs')::integer
       from yulu.verify where batch_id = p_batch and person_id = p_person and not deleted) end
$$;
-- over the whole province: a student of two counties is seen from both; it tells a number only
create function yulu.same_number(p_batch uuid, p_token bytea) returns integer
language sql stable parallel safe
set search_path = yulu, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$
  select case when p_token is null then 0 else (select count(*)::integer from yulu.verify
    where batch_id = p_batch and id_no_token = p_token and state <> '90' and not deleted) end
$$;

create view yulu.rule_yulu_verify with (security_invoker = true) as
select b.id as id,
  b.batch_id as batch_id,
  b.person_id as person_id,
  b.household_id as household_id,
  b.name as name,
  b.id_no_token as id_no_token,
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
  yulu.proofs(b.batch_id, b.person_id, b.roll_source, b.apply_flag) as proofs,
  yulu.payee_at_home(b.household_id, b.payee_id_no_token) as payee_at_home,
  yulu.school_qualified(b.school_name) as school_qualified,
  yulu.roll_status_now(b.roll_id) as roll_now,
  yulu.same_number(b.batch_id, b.id_no_token) as same_number,
  rule.age_at(b.birth_date, term.base_date) as age
 from yulu.verify b
 left join lateral (select t.* from yulu.term_batch t where t.id = b.batch_id and not t.deleted) term on true
 left join lateral (select t.* from reg.member t where t.id = b.person_id and not t.deleted) person on true
 left join lateral (select t.* from yulu.subsidy t where t.verify_id = b.id and not t.deleted order by t.created_at desc nulls last, t.id desc limit 1) money on true
 left join lateral (select count(*) as graduates from yulu.graduate t where t.person_id = b.person_id and not t.deleted) a1 on true
 where not b.deleted;
grant select on yulu.rule_yulu_verify to ganong_app;

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
  b.bank_account_shaped as bank_account_shaped,
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

-- Whose the money and the student are, for the figures by identity, and the year as a row.
create or replace view yulu.v_money with (security_invoker = true) as
select s.id as subsidy_id, s.region_code, s.person_id, s.pay_status, s.actual_amount, s.household_type, s.risk_state, s.edu_stage, s.grade,
       s.recover_amount, t.name as term_name, t.term, t.school_year, case t.term when '1' then t.school_year + 1 else t.school_year end as natural_year,
       case when s.risk_state = '0' then '监测对象未消除风险' when s.risk_state is not null then '监测对象已消除风险'
            when s.household_type = '02' then '脱贫户' else '其他' end as identity,
       (case t.term when '1' then t.school_year + 1 else t.school_year end)::text || '年' as year_text
  from yulu.subsidy s
  join yulu.term_batch t on t.id = s.batch_id
 where not s.deleted;
create or replace view yulu.v_student with (security_invoker = true) as
select v.id as verify_id, v.region_code, v.person_id, v.match_result, v.edu_stage, v.grade, v.verify_result, v.apply_flag, v.state,
       v.household_type, v.risk_state, t.name as term_name,
       case when v.risk_state = '0' then '监测对象未消除风险' when v.risk_state is not null then '监测对象已消除风险'
            when v.household_type = '02' then '脱贫户' else '其他' end as identity
  from yulu.verify v
  join yulu.term_batch t on t.id = v.batch_id
 where not v.deleted;

-- Findings of the scheme: its own rules, and those of members that are the same rule of the source, for its students and graduates.
create or replace view yulu.v_issue with (security_invoker = true) as
select q.id as issue_id, q.region_code, q.severity, q.state, coalesce(a.yl, q.rule_id) || ' ' || coalesce(q.title, '') as rule,
       reg.ym(q.found_at) as found_ym, reg.ym(coalesce(q.closed_at, q.fixed_at)) as fixed_ym
  from quality.finding q
  left join (values ('Q043', 'YL-18'), ('Q044', 'YL-18'), ('Q045', 'YL-19'), ('Q084', 'YL-20'), ('Q093', 'YL-33'), ('Q064', 'YL-34')) a (own, yl)
    on a.own = q.rule_id
 where not q.deleted
   and (q.rule_id like 'YL-%'
     or a.yl is not null
        and (exists (select from yulu.verify v where v.person_id = q.subject_id and not v.deleted)
          or exists (select from yulu.graduate g where g.person_id = q.subject_id and not g.deleted)));
