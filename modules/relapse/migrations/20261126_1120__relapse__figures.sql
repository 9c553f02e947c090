-- Views that the statistics of monitoring count over. security_invoker: regions hold as everywhere.

-- Names of rules, which the province keeps: looked up with a range of their own, nothing but names comes back.
create function relapse.warn_rule_names() returns table (id uuid, rule text, rule_version text)
language sql stable
set search_path = relapse, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$ select id, rule_id || ' ' || coalesce(name, ''), rule_id || ' 第' || version || '版' from relapse.warn_rule where not deleted $$;
create function relapse.quality_rule_names() returns table (id uuid, rule text)
language sql stable
set search_path = relapse, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$ select id, rule_id || ' ' || coalesce(title, '') from relapse.quality_rule where not deleted $$;

-- One row a monitoring case that was not revoked, with when it ended and when the household was identified again.
create view relapse.v_case with (security_invoker = true) as
select c.id as case_id, c.household_id, c.region_code, c.monitor_type, coalesce(c.was_poverty, false) as was_poverty,
       coalesce(c.whole_no_labor_bottom, false) as whole_no_labor_bottom, c.dev_measure_state, c.source_line, c.state,
       c.identify_ym, c.risk1, array_remove(array[c.risk1, c.risk2, c.risk3, c.risk4, c.risk5], null) as risks,
       c.eliminate_way, c.line_value,
       case when c.eliminated or c.state = '30' then c.eliminate_ym end as solved_ym,
       case when c.state = '40' then reg.ym(c.updated_at) end as gone_ym,
       case when c.eliminated or c.state = '30' then reg.months_from(c.identify_ym, c.eliminate_ym) end as months_to_solve,
       lead(c.identify_ym) over (partition by c.region_code, c.household_id order by c.identify_ym, c.case_no, c.id) as next_ym,
       m.people, a.measures, a.landed, a.landed_in_30
  from relapse.monitor_case c
  left join lateral (
       select count(*)::integer as people from reg.member
        where household_id = c.household_id and not deleted and member_status = '01') m on true
  left join lateral (
       select count(*)::integer as measures, count(*) filter (where state = '03')::integer as landed,
              count(*) filter (where state = '03' and landed_date <= c.identify_date + 30)::integer as landed_in_30
         from relapse.measure where case_id = c.id and not deleted) a on true
 where not c.deleted and c.state <> '50';

-- One row a measure of help of a case.
create view relapse.v_measure with (security_invoker = true) as
select m.id as measure_id, m.household_id, m.region_code, m.category, m.item, m.state, m.amount, m.start_date, m.end_date,
       c.monitor_type, c.risk1, c.state as case_state, c.identify_ym,
       case when c.eliminated or c.state = '30' then c.eliminate_ym end as solved_ym
  from relapse.measure m
  join relapse.monitor_case c on c.id = m.case_id and not c.deleted and c.state <> '50'
 where not m.deleted;

-- One row a clue with the moments of its way; a clue that was brought in from elsewhere has none and is placed by its state.
create view relapse.v_clue with (security_invoker = true) as
select c.id as clue_id, c.household_id, c.region_code, c.line, c.dept, c.level, c.state, c.result, c.due_at,
       c.dup_of is not null as merged, c.risk_hint[1] as risk, c.urge_count, c.on_time, c.used_days,
       r.rule, r.rule_version,
       reg.ym(c.created_at) as made_ym,
       reg.ym(s.dispatched) as dispatched_ym, reg.ym(s.accepted) as accepted_ym, reg.ym(s.verified) as verified_ym,
       reg.ym(s.checking) as checking_ym, reg.ym(s.meeting) as meeting_ym, reg.ym(s.publicity) as publicity_ym,
       reg.ym(s.town) as town_ym, reg.ym(s.county) as county_ym, reg.ym(s.done) as done_ym,
       coalesce(f.returns, 0) as returns, coalesce(f.late, false) as late,
       extract(epoch from s.accepted - s.dispatched) / 86400 as accept_days,
       extract(epoch from s.verified - s.accepted) / 86400 as verify_days,
       extract(epoch from coalesce(s.meeting, s.town) - s.verified) / 86400 as check_days,
       extract(epoch from s.town - s.meeting) / 86400 as publicity_days,
       extract(epoch from s.county - s.town) / 86400 as town_days,
       extract(epoch from s.done - s.county) / 86400 as county_days,
       extract(epoch from s.done - s.dispatched) / 86400 as total_days
  from relapse.clue c
  left join relapse.warn_rule_names() r on r.id = c.rule_id
  left join lateral (
       select min(at) filter (where to_state = '20') as dispatched, min(at) filter (where to_state = '30') as accepted,
              min(at) filter (where to_state = '40') as verified, min(at) filter (where to_state = '50') as checking,
              min(at) filter (where to_state = '60') as meeting, min(at) filter (where to_state = '61') as publicity,
              min(at) filter (where to_state = '70') as town, min(at) filter (where to_state = '71') as county,
              max(at) filter (where to_state in ('79', '80')) as done,
              count(*) filter (where returned)::integer as returns, bool_or(overdue) as late
         from app.flow_step where row_id = c.id and dataset = 'relapse.clue') f on true
  cross join lateral (
       select coalesce(f.dispatched, case when c.state not in ('10', '90') then c.created_at end) as dispatched,
              coalesce(f.accepted, case when c.state not in ('10', '20', '21', '90') then c.updated_at end) as accepted,
              coalesce(f.verified, case when c.state in ('40', '50', '60', '61', '62', '70', '71', '72', '79', '80', '81')
                                        then c.updated_at end) as verified,
              coalesce(f.checking, case when c.state in ('50', '60', '61', '62', '70', '71', '72', '79') then c.updated_at end) as checking,
              coalesce(f.meeting, case when c.state in ('60', '61', '62', '70', '71', '72', '79') then c.updated_at end) as meeting,
              coalesce(f.publicity, case when c.state in ('61', '62', '70', '71', '72', '79') then c.updated_at end) as publicity,
              coalesce(f.town, case when c.state in ('70', '71', '72', '79') then c.updated_at end) as town,
              coalesce(f.county, case when c.state in ('71', '72', '79') then c.updated_at end) as county,
              case when c.state in ('79', '80') then coalesce(f.done, c.updated_at) end as done) s
 where not c.deleted;

-- One row a reason of a clue that was not included.
create view relapse.v_refusal with (security_invoker = true) as
select c.id as clue_id, c.household_id, c.region_code, c.level, c.dept, c.line, x.reason,
       reg.ym(coalesce((select max(at) from app.flow_step where row_id = c.id and to_state = '80'), c.updated_at)) as refused_ym
  from relapse.clue c
  join lateral (select f.not_include_reasons from relapse.verify_form f where f.clue_id = c.id and not f.deleted
                 order by f.updated_at desc, f.id desc limit 1) v on true
 cross join lateral unnest(v.not_include_reasons) x (reason)
 where not c.deleted and c.state = '80';

-- One row a record that a department sent.
create view relapse.v_dept_record with (security_invoker = true) as
select d.id as record_id, d.household_id, d.region_code, d.match_state, b.dept, b.period
  from relapse.dept_record d
  join relapse.dept_batch b on b.id = d.batch_id and not b.deleted
 where not d.deleted;

-- One row a visit of a watched household.
create view relapse.v_visit with (security_invoker = true) as
select v.id as visit_id, v.household_id, v.region_code, v.way, reg.ym(v.visit_at) as visit_ym, c.identify_ym,
       case when c.eliminated or c.state = '30' then c.eliminate_ym end as solved_ym
  from relapse.visit v
  join relapse.monitor_case c on c.id = v.case_id and not c.deleted and c.state <> '50'
 where not v.deleted;

-- One row a finding of the data quality rules.
create view relapse.v_issue with (security_invoker = true) as
select q.id as issue_id, q.household_id, q.region_code, q.severity, q.state, q.subject_key, q.due_at, q.fixed_at,
       r.rule, reg.ym(q.found_at) as found_ym, reg.ym(q.fixed_at) as fixed_ym,
       to_char(q.found_at at time zone 'Asia/Shanghai', 'IYYY"年第"IW"周"') as found_week
  from relapse.quality_issue q
  left join relapse.quality_rule_names() r on r.id = q.rule_id
 where not q.deleted;

-- One row a household looked at in a concentrated check.
create view relapse.v_patrol with (security_invoker = true) as
select p.id as patrol_id, p.household_id, p.region_code, coalesce(p.found, false) as found, t.name as task, t.year,
       reg.ym(p.visit_at) as visit_ym, p.to_clue_id is not null as to_clue, c.state = '79' as included,
       not (coalesce(p.edu_ok, true) and coalesce(p.house_ok, true) and coalesce(p.med_ok, true) and coalesce(p.water_ok, true)) as problem
  from relapse.patrol p
  left join relapse.patrol_task t on t.id = p.task_id
  left join relapse.clue c on c.id = p.to_clue_id and not c.deleted
 where not p.deleted;

-- One row an opinion of a user.
create view relapse.v_feedback with (security_invoker = true) as
select f.id as feedback_id, f.region_code, f.kind, f.module, f.state, f.satisfaction, reg.ym(f.created_at) as made_ym,
       reg.ym(f.reply_at) as reply_ym, extract(epoch from f.reply_at - f.created_at) / 86400 as reply_days
  from relapse.feedback f
 where not f.deleted;

-- One row a supervision order.
create view relapse.v_supervise with (security_invoker = true) as
select s.id as supervise_id, s.region_code, s.kind, s.state, reg.ym(s.issued_at) as issued_ym, reg.ym(s.reply_at) as reply_ym
  from relapse.supervise s
 where not s.deleted;

-- One row a household, village and month in which a clue of the household arrived, with how many households those are.
create view relapse.v_village_month with (security_invoker = true) as
select x.region_code, x.made_ym, x.household_id,
       count(*) over (partition by x.region_code, x.made_ym)::integer as households,
       -- from how many households on a village is a place of risk; the province or a county sets it
       coalesce((select p.value::integer from reg.policy_param p
                  where p.key = 'relapse.mass_risk_households' and not p.deleted and p.value ~ '^[0-9]{1,6}$'
                    and p.valid_from <= current_date and (p.valid_to is null or p.valid_to >= current_date)
                    and p.region_code in (x.region_code, rpad(left(x.region_code, 9), 12, '0'), rpad(left(x.region_code, 6), 12, '0'),
                                          rpad(left(x.region_code, 4), 12, '0'), rpad(left(x.region_code, 2), 12, '0'))
                  order by p.region_code desc, p.valid_from desc limit 1), 10) as mass
  from (select distinct c.region_code, reg.ym(c.created_at) as made_ym, c.household_id
          from relapse.clue c
         where not c.deleted and c.dup_of is null and c.household_id is not null) x;

grant select on relapse.v_case, relapse.v_measure, relapse.v_clue, relapse.v_refusal, relapse.v_dept_record, relapse.v_visit,
  relapse.v_issue, relapse.v_patrol, relapse.v_feedback, relapse.v_supervise, relapse.v_village_month to ganong_app;
