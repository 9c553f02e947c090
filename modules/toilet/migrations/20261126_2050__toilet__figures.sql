-- Views that the statistics of toilets count over. security_invoker: regions hold as everywhere.

-- What a household is called in statistics: by the worst that its attributes say.
create function toilet.attr_class(p text[]) returns text
language sql immutable parallel safe
as $$ select case when p && array['2', '3', '4', '5'] then '2' when '1' = any(p) then '1' else '0' end $$;

-- One row a toilet that was reviewed.
create view toilet.v_toilet with (security_invoker = true) as
select t.id as toilet_id, t.region_code, t.group_name, t.residence_status, t.has_toilet, t.toilet_type, t.septic_form,
       coalesce(t.is_sanitary, false) as is_sanitary, coalesce(t.is_harmless, false) as is_harmless, t.use_status, t.satisfaction,
       coalesce(t.fiscal_supported, false) as fiscal_supported, coalesce(t.renovated, false) as renovated,
       coalesce(t.has_problem, false) as has_problem, toilet.attr_class(t.house_attr) as attr_class, t.data_year,
       exists (select 1 from toilet.problem p where p.toilet_id = t.id and not p.deleted and p.status not in ('70', '90', '91')
                  and p.problem_item && array['11', '12', '13', '21', '22', '23']) as tank_bad
  from toilet.house_toilet t
 where not t.deleted and t.record_state in ('30', '60');

-- One row a renovation that was not revoked.
create view toilet.v_renovation with (security_invoker = true) as
select r.id as renovation_id, r.toilet_id, r.region_code, r.renov_year, r.renov_nature, r.build_mode, r.after_type,
       r.start_date is not null as started, r.finish_date is not null as finished,
       coalesce(r.accept_result in ('1', '2'), false) as accepted,
       coalesce(r.fund_central, 0) + coalesce(r.fund_province, 0) + coalesce(r.fund_city, 0) + coalesce(r.fund_county, 0) as fiscal,
       r.invest_total, r.fund_central, r.fund_province, r.fund_city, r.fund_county, r.fund_other, r.fund_self, r.subsidy_amount,
       r.subsidy_paid, toilet.attr_class(t.house_attr) as attr_class
  from toilet.renovation r
  join toilet.house_toilet t on t.id = r.toilet_id
 where not r.deleted and r.state <> '90';

-- One row a problem that was not a mistake, with the year its toilet was last renovated.
create view toilet.v_problem with (security_invoker = true) as
select p.id as problem_id, p.toilet_id, p.region_code, p.problem_item as items, p.usable, p.status, p.severity, p.rectify_class, p.find_source,
       p.problem_item && array['11', '12', '13', '14', '15', '16'] as of_product,
       p.problem_item && array['21', '22', '23', '24', '25', '26', '27', '28', '29', '2A', '2B', '2C', '2D'] as of_works,
       p.problem_item && array['31', '32', '33', '34', '35', '36', '37', '38'] as of_site,
       p.problem_item && array['41', '42', '43', '44', '45', '46', '47', '48'] as of_use,
       p.problem_item && array['51', '52', '53', '54', '55', '56'] as of_books,
       p.status not in ('70', '90') as open,
       (p.deadline + 1)::timestamp at time zone 'Asia/Shanghai' as late_from,
       p.reopened_from is not null or p.status = '80' as came_back,
       (select max(r.renov_year) from toilet.renovation r where r.toilet_id = p.toilet_id and not r.deleted and r.state <> '90') as renov_year,
       toilet.attr_class(t.house_attr) as attr_class
  from toilet.problem p
  join toilet.house_toilet t on t.id = p.toilet_id
 where not p.deleted and p.status <> '91';

-- Tasks that reached a village: those above are their sums.
create view toilet.v_task with (security_invoker = true) as
select id as task_id, region_code, task_year, plan_new + plan_upgrade as plan_renovations, plan_problem, plan_public,
       plan_new + plan_upgrade + plan_problem as plan_all, plan_fund, fund_arrived, fund_paid
  from toilet.task
 where not deleted and state in ('20', '30') and region_code not like '%000';

-- One row a service.
create view toilet.v_maintenance with (security_invoker = true) as
select id as maintenance_id, region_code, service_type, state, extract(year from request_time at time zone 'Asia/Shanghai')::integer as year,
       handle_time is not null as handled, householder_score,
       (extract(epoch from handle_time - request_time) / 3600)::numeric(10, 2) as hours
  from toilet.maintenance
 where not deleted and state <> '90';

-- Villages that a station serves, and villages with a public toilet in use.
create view toilet.v_served with (security_invoker = true) as
select village_code as region_code, min(id::text)::uuid as row_id from toilet.station_village where not deleted group by village_code;
create view toilet.v_public_village with (security_invoker = true) as
select region_code, min(id::text)::uuid as row_id, count(*)::integer as toilets
  from toilet.public_toilet where not deleted and use_status = '1' group by region_code;

-- Findings of the rules over toilets.
create view toilet.v_finding with (security_invoker = true) as
select id as finding_id, region_code, rule_id || ' ' || coalesce(title, '') as rule, severity, state,
       state not in ('05', '06', '07') as open, state = '05' as fixed, state in ('06', '07') as set_aside
  from quality.finding
 where not deleted and (rule_id like 'T-%' or rule_id like 'TW-%');

grant select on toilet.v_toilet, toilet.v_renovation, toilet.v_problem, toilet.v_task, toilet.v_maintenance, toilet.v_served,
  toilet.v_public_village, toilet.v_finding to ganong_app;
