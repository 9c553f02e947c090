-- Rules and findings of all modules stand in the schema quality now; nothing was written here yet.
drop view relapse.v_issue;
drop function relapse.quality_rule_names();
drop table relapse.quality_issue;
drop table relapse.quality_run;
drop table relapse.quality_rule_switch;
drop table relapse.quality_rule_param;
drop table relapse.quality_rule;
delete from app.read_below where dataset like 'relapse.quality_%';

-- One row a finding of the data quality rules.
create view relapse.v_issue with (security_invoker = true) as
select q.id as issue_id, q.record_id as household_id, q.region_code, q.severity, q.state, q.subject_id::text as subject_key, q.due_at,
       coalesce(q.closed_at, q.fixed_at) as fixed_at, q.rule_id || ' ' || coalesce(q.title, '') as rule,
       reg.ym(q.found_at) as found_ym, reg.ym(coalesce(q.closed_at, q.fixed_at)) as fixed_ym,
       to_char(q.found_at at time zone 'Asia/Shanghai', 'IYYY"年第"IW"周"') as found_week
  from quality.finding q
 where not q.deleted;
grant select on relapse.v_issue to ganong_app;
