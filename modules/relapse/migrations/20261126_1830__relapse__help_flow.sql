-- The way of a help plan and its measures, and what ledgers L06 and L07 print (domain 01 §2.10, §4.1, §7.4).
alter table relapse.help_plan add column due_at timestamptz;
create index help_plan_due_at on relapse.help_plan (region_code, due_at);
alter table relapse.help_plan_target add column person_id uuid;
create index help_plan_target_person_id on relapse.help_plan_target (person_id);
alter table relapse.measure add column plan_id uuid references relapse.help_plan (id) on delete restrict, add column due_at timestamptz;
create index measure_plan_id on relapse.measure (plan_id);
create index measure_due_at on relapse.measure (region_code, due_at);
alter table relapse.economic_check add column used_days integer;
alter table relapse.publicity add column meeting_id uuid references relapse.review_meeting (id) on delete restrict;
create index publicity_meeting_id on relapse.publicity (meeting_id);
-- notices posted so far belong to the last meeting held before them about one of their households
update relapse.publicity p set meeting_id = (
    select m.id from relapse.publicity_case c
      join relapse.meeting_case mc on (mc.clue_id = c.clue_id or mc.elimination_id = c.elimination_id) and not mc.deleted
      join relapse.review_meeting m on m.id = mc.meeting_id and not m.deleted
     where c.publicity_id = p.id and not c.deleted
     order by m.meeting_at desc, m.id desc limit 1);

-- One row an economic check, for statistics (domain 01 §8 T16).
create view relapse.v_check with (security_invoker = true) as
select c.id as check_id, c.household_id, c.region_code, c.state, c.purpose, c.conclusion, c.used_days,
       reg.ym(c.submit_at) as submit_ym, reg.ym(c.report_at) as report_ym,
       cardinality(c.over_limit) > 0 as over_any, nullif(btrim(c.shared_with), '') is not null as shared,
       coalesce(substr(c.entrust_region, 7, 3) <> '000', false) as by_town,
       exists (select from relapse.economic_check_objection o where o.check_id = c.id and not o.deleted) as objected
  from relapse.economic_check c
 where not c.deleted;
-- One row a signed authorization, with how many people it covers.
create view relapse.v_authorization with (security_invoker = true) as
select a.id as authorization_id, a.household_id, a.region_code, a.status, reg.ym_of(a.signed_on) as signed_ym,
       (select count(*)::integer from relapse.authorization_person p where p.auth_id = a.id and not p.deleted) as people
  from relapse.authorization a
 where not a.deleted;
grant select on relapse.v_check, relapse.v_authorization to ganong_app;
