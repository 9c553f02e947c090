-- Views that statistics count over (reports name their columns). security_invoker: a reader sees through them what the
-- tables below show him, so regions hold as everywhere.

-- The month in China of a moment, YYYYMM.
create function reg.ym(at timestamptz) returns integer language sql stable parallel safe
  return (extract(year from at at time zone 'Asia/Shanghai') * 100 + extract(month from at at time zone 'Asia/Shanghai'))::integer;
create function reg.ym_of(day date) returns integer language sql immutable parallel safe
  return (extract(year from day) * 100 + extract(month from day))::integer;
-- Whole months from one YYYYMM to another.
create function reg.months_from(a integer, b integer) returns integer language sql immutable parallel safe
  return (b / 100 - a / 100) * 12 + b % 100 - a % 100;

-- One row a member on the register of a household in normal state, with what the household is.
create view reg.v_member with (security_invoker = true) as
select m.id as member_id, m.household_id, m.region_code, m.gender, m.birth_date, m.education, m.student_status, m.health,
       m.labor_skill, m.disability_kind, m.disability_level, m.dibao_status, m.tekun_status,
       m.ins_resident_med, m.ins_employee_med, m.ins_other_type, m.pension_resident, m.pension_employee,
       m.work_months, m.public_post,
       h.household_type, coalesce(h.is_monitored, false) as is_monitored, h.risk_state
  from reg.member m
  join reg.household h on h.id = m.household_id
 where not m.deleted and m.member_status = '01' and not h.deleted and h.household_status = '01';

-- One row a household in normal state, with what its members are.
create view reg.v_household with (security_invoker = true) as
select h.id as household_id, h.region_code, h.household_type, coalesce(h.is_monitored, false) as is_monitored, h.risk_state,
       h.whole_no_labor, h.national_household_code, h.relocation_flag,
       m.people, m.labour, m.students, m.disabled, m.assisted, m.uncoded
  from reg.household h
  left join lateral (
       select count(*)::integer as people,
              count(*) filter (where labor_skill in ('01', '02', '03'))::integer as labour,
              count(*) filter (where student_status >= '02')::integer as students,
              count(*) filter (where disability_kind is not null or '04' = any(health))::integer as disabled,
              count(*) filter (where coalesce(dibao_status, '00') <> '00' or coalesce(tekun_status, '00') <> '00')::integer as assisted,
              count(*) filter (where national_person_code is null)::integer as uncoded
         from reg.member where household_id = h.id and not deleted and member_status = '01') m on true
 where not h.deleted and h.household_status = '01';

-- One row a household and year of the yearly income, with the year before and the monitoring line of its county.
create view reg.v_income with (security_invoker = true) as
with line as materialized (
  select r.code, y as year,
         (select l.amount from reg.monitor_line l
           where l.year = y and not l.deleted and l.amount is not null
             and l.region_code in (r.code, rpad(left(r.code, 4), 12, '0'), rpad(left(r.code, 2), 12, '0'))
           order by l.region_code desc, l.valid_from desc limit 1) as fen
    from reg.region r
   cross join generate_series(extract(year from now())::integer - 5, extract(year from now())::integer + 1) y
   where r.level = 3 and r.code < app.scope_hi() and r.code >= rpad(left(app.scope_lo(), 6), 12, '0'))
select i.id as income_id, i.household_id, i.region_code, i.year, i.pop, i.wage, i.operate, i.property, i.transfer,
       i.operate_cost, i.gross, i.net, i.net_pc, i.ref_pc, p.net_pc as net_pc_before, line.fen as line,
       h.household_type, coalesce(h.is_monitored, false) as is_monitored, h.risk_state
  from reg.income_period i
  join reg.household h on h.id = i.household_id and not h.deleted and h.household_status = '01'
  left join reg.income_period p on p.household_id = i.household_id and p.year = i.year - 1 and p.period_kind = '01' and not p.deleted
  left join line on line.code = rpad(left(i.region_code, 6), 12, '0') and line.year = i.year
 where i.period_kind = '01' and not i.deleted;

-- One row a check of the guarantees, with the next check of the household.
create view reg.v_security with (security_invoker = true) as
select s.id as check_id, s.household_id, s.region_code, s.edu_problem, s.house_problem, s.med_problem, s.water_problem,
       coalesce(s.check_date, (s.created_at at time zone 'Asia/Shanghai')::date) as checked_on,
       reg.ym_of(coalesce(s.check_date, (s.created_at at time zone 'Asia/Shanghai')::date)) as checked_ym,
       s.solved_date, reg.ym_of(s.solved_date) as solved_ym,
       s.solved_date - coalesce(s.check_date, (s.created_at at time zone 'Asia/Shanghai')::date) as days_to_solve,
       lead(reg.ym_of(coalesce(s.check_date, (s.created_at at time zone 'Asia/Shanghai')::date)))
         over (partition by s.region_code, s.household_id order by s.check_date, s.created_at, s.id) as next_ym
  from reg.security_check s
 where not s.deleted;

-- One row a pair of a household and its helper, with how many households the helper has.
create view reg.v_pair with (security_invoker = true) as
select p.id as pair_id, p.household_id, p.helper_id, p.region_code, p.is_primary, p.start_date, p.end_date,
       h.helper_kind, h.status as helper_status, reg.ym_of(p.start_date) as start_ym, reg.ym_of(p.end_date) as end_ym,
       count(*) filter (where p.end_date is null) over (partition by p.region_code, p.helper_id) as load
  from reg.helper_pair p
  join reg.helper h on h.id = p.helper_id and not h.deleted
 where not p.deleted;

-- One row an obligor outside the household.
create view reg.v_obligor with (security_invoker = true) as
select o.id as obligor_id, o.household_id, o.region_code, o.duty_kind, o.support_way, o.support_amount, o.calc_amount,
       o.capability, o.authorized, o.check_conclusion
  from reg.obligor o
 where not o.deleted;

grant select on reg.v_member, reg.v_household, reg.v_income, reg.v_security, reg.v_pair, reg.v_obligor to ganong_app;
