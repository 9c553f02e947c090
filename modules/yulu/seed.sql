-- Invented terms of an invented register: four school terms, of which the last is under way. Who studies what follows from the
-- register; how it went follows from a number of the person, so that every run is the same. Sealed numbers and accounts are
-- written afterwards by the program; what it is to seal stands in seed_number and seed_account.
create temp table seed_number (no bigint generated always as identity primary key, dataset text, field text, row_id uuid, member uuid) on commit drop;
create temp table seed_account (dataset text, row_id uuid, account text) on commit drop;

-- y: the school year under way
create temp table seed_y on commit drop as
select (extract(year from d) - case when extract(month from d) < 8 then 1 else 0 end)::integer as y, d as today
  from (select (now() at time zone 'Asia/Shanghai')::date as d) x;

insert into yulu.term_batch (id, region_code, name, school_year, term, base_date, age_min, age_max, roll_due, verify_due, approve_due, pay_due, state)
select gen_random_uuid(), '360000000000', (y - b) || '–' || (y - b + 1) || '学年' || case term when '1' then '春季' else '秋季' end || '学期', y - b, term,
       base, 13, 30, base + 44, base + 65, base + 80, base + 105, case when now_on then '30' else '90' end
  from (select y, b, term, make_date(y - b + case term when '1' then 1 else 0 end, case term when '1' then 3 else 9 end, 1) as base, b = 0 as now_on
          from seed_y cross join (values (2, '1'), (1, '2'), (1, '1'), (0, '2')) t (b, term)) x;

insert into yulu.standard (id, region_code, school_year, edu_stage, amount_per_term, fund_source, doc_no, valid_from)
select gen_random_uuid(), '360000000000', y - b, stage, 150000, '衔接推进乡村振兴补助资金', '演示〔' || (y - b) || '〕5号', make_date(y - b, 1, 1)
  from seed_y cross join generate_series(0, 2) b cross join unnest(array['11', '12', '13', '14', '21', '22', '23', '24']) stage;

insert into yulu.school (id, region_code, school_code, name, former_names, school_kind, ownership, competent_dept, province, city, county, degree_qualified,
  state, valid_from)
select gen_random_uuid(), '360000000000', '41369900' || lpad(k::text, 2, '0'), name, former, kinds, own, dept, '36', city, '某县', ok, '1', date '2015-09-01'
  from (values (1, '赣北现代职业中专学校', '赣北职业高中', array['11', '13'], '1', '1', '九江市', true),
               (2, '赣东工业职业技术学校', null, array['11', '22'], '1', '1', '上饶市', true),
               (3, '赣西中等专业学校', null, array['11', '12'], '2', '1', '萍乡市', true),
               (4, '赣南农业职业技术学院', null, array['21', '22'], '1', '1', '赣州市', true),
               (5, '赣中职业技术学院', null, array['21', '22'], '2', '1', '吉安市', true),
               (6, '赣抚技师学院', '赣抚高级技工学校', array['14', '23', '24'], '1', '2', '抚州市', true),
               (7, '赣江培训学校', null, array['11'], '2', '3', '南昌市', false)) s (k, name, former, kinds, own, dept, city, ok);

-- who is or was in a vocational school: stage, grade this school year (4 after the last: left this summer), years of the course
create temp table seed_p on commit drop as
select m.id as person, m.household_id, m.region_code, m.name, m.gender, m.birth_date, m.student_status, h.household_no, h.head_name, h.household_type,
       h.risk_state, coalesce(p.id, m.id) as payee, coalesce(p.name, m.name) as payee_name, case when p.id is null then '1' when p.relation = '01' then '4' else '5' end as payee_rel,
       m.id_no_token, abs(hashtext(m.id::text)) as n, s.stage, s.grade, case when s.stage = '23' then 4 else 3 end as years
  from reg.member m
  join reg.household h on h.id = m.household_id and not h.deleted and h.household_status = '01' and (h.household_type = '02' or h.is_monitored)
  left join lateral (select x.id, x.name, x.relation from reg.member x where x.household_id = m.household_id and x.relation = '01' and x.id <> m.id
                        and x.member_status = '01' and x.id_no_ok and not x.deleted limit 1) p on true
  cross join lateral (
    select case when m.student_status between '10' and '12' then (array['11', '13', '14', '11'])[1 + abs(hashtext(m.id::text)) % 4]
                when m.student_status between '13' and '15' then '21' when m.student_status between '16' and '19' then '23'
                when m.student_status is null and m.education in ('04', '05') then (array['11', '21', '14', '13'])[1 + abs(hashtext(m.id::text)) % 4] end as stage,
           case when m.student_status between '10' and '12' then m.student_status::integer - 9
                when m.student_status between '13' and '15' then m.student_status::integer - 12
                when m.student_status between '16' and '19' then m.student_status::integer - 15
                when m.student_status is null and m.education in ('04', '05') then 4 end as grade) s
 where not m.deleted and m.member_status = '01' and m.name is not null and m.id_no_ok and s.stage is not null
   and extract(year from age(make_date((select y from seed_y), 9, 1), m.birth_date)) between 14 and 23
   and (m.student_status is not null or extract(year from age(make_date((select y from seed_y), 9, 1), m.birth_date)) >= 18);

-- a student of a term: grade then, how it went
create temp table seed_v on commit drop as
select p.*, gen_random_uuid() as id, gen_random_uuid() as roll, t.id as batch, t.school_year, t.term, t.base_date, t.pay_due, t.state = '30' as current,
       p.grade - (y - t.school_year) as then_grade, (n / 7 + t.school_year * 13 + t.term::integer * 5) % 60 as k, null::text as state, null::uuid as doc,
       rpad(left(p.region_code, 6), 12, '0') as county, y, today
  from seed_p p cross join seed_y cross join yulu.term_batch t
 where p.grade - (y - t.school_year) between 1 and p.years;
update seed_v set state = case
  when not current then case when k < 5 then '90' when k = 5 then '95' else '80' end
  when k < 14 then '20' when k < 17 then '30' when k < 23 then '40' when k < 26 then '50' when k < 30 then '60' when k < 33 then '90'
  when k < 39 then '70' when k < 42 then '81' else '80' end;

insert into yulu.roll (id, region_code, batch_id, roll_source, name, roll_no, school_code, school_name, school_province, school_city, school_type, major_name,
  study_years, study_form, grade, enroll_ym, expect_grad_ym, roll_status, intern_flag, match_result, person_id, household_id)
select v.roll, '360000000000', batch, case when stage in ('14', '23') then '3' when stage = '21' then '2' else '1' end,
       case when k % 15 = 1 then left(v.name, 1) || '某' else v.name end, 'G' || lpad((n % 100000000)::text, 8, '0'), s.school_code, s.name, '36', s.city, stage,
       (array['数控技术应用', '护理', '汽车运用与维修', '电子商务', '学前教育'])[1 + n % 5], years, '1', then_grade, (school_year - then_grade + 1) * 100 + 9,
       (school_year - then_grade + 1 + years) * 100 + 7, case when then_grade = years then '2' else '1' end, then_grade = years,
       case when k % 15 = 1 then '2' else '1' end, person, household_id
  from seed_v v
  join lateral (select * from yulu.school s where stage = any (s.school_kind) and s.degree_qualified order by (n + length(s.name)) % 7, s.school_code limit 1) s on true
 where k % 15 <> 0;

-- documents: one a county and term, with the totals of its list
create temp table seed_d on commit drop as
select gen_random_uuid() as id, batch, county, school_year, term, current, base_date, today, count(*)::integer as people,
       count(*) filter (where stage in ('11', '12', '13', '14', '23', '24'))::integer as mid
  from seed_v where state in ('70', '80', '81', '95') group by batch, county, school_year, term, current, base_date, today;
insert into yulu.approval_doc (id, region_code, batch_id, seq_no, doc_title, doc_no, doc_date, issuer, approve_people, approve_amount, stage_people_mid,
  stage_people_high, stage_amount_mid, stage_amount_high, fund_source, fund_doc_no, list_people, list_amount, upload_at, state)
select id, county, batch, 1, '关于下达雨露计划补助的批复', '演示农〔' || school_year || '〕' || (10 + term::integer) || '号', day, '县农业农村局', people, people * 150000, mid,
       people - mid, mid * 150000, (people - mid) * 150000, '衔接推进乡村振兴补助资金', '演示财〔' || school_year || '〕3号', people, people * 150000,
       day::timestamp at time zone 'Asia/Shanghai' + interval '10 hours', case when current then '20' else '30' end
  from (select *, case when current then today - 12 else base_date + 75 end as day from seed_d) d;
update seed_v v set doc = d.id from seed_d d where d.batch = v.batch and d.county = v.county and v.state in ('70', '80', '81', '95');

insert into yulu.verify (id, region_code, batch_id, person_id, household_id, name, gender, birth_date, household_no, head_name, household_type, risk_state,
  student_status, match_result, roll_id, roll_source, roll_status, school_name, school_province, edu_stage, major_name, study_years, study_form, grade,
  enroll_ym, expect_grad_ym, intern_flag, verify_method, verify_result, ineligible_reason, reason_note, apply_flag, payee_name, payee_rel, bank_name,
  bank_account_token, guardian_phone, verifier, verify_date, town_opinion, county_opinion, publicity_from, publicity_to, standard_amount, approval_doc_id, state, due_at)
select v.id, v.region_code, batch, person, v.household_id, v.name, gender, birth_date, household_no, head_name, household_type, risk_state, student_status,
       coalesce(r.match_result, '6'), r.id, coalesce(r.roll_source, '5'), coalesce(r.roll_status, case when seen then '1' end),
       coalesce(r.school_name, case when seen then '赣北现代职业中专学校' end), coalesce(r.school_province, case when seen then '36' end),
       coalesce(r.school_type, case when seen then stage end), r.major_name, coalesce(r.study_years, case when seen then years end),
       coalesce(r.study_form, case when seen then '1' end), coalesce(r.grade, case when seen then then_grade end), r.enroll_ym, r.expect_grad_ym, r.intern_flag,
       case when seen then (1 + n % 2)::text end, result, case when result = '2' then (array['10', '07', '13', '06', '02'])[1 + n % 5] end,
       case when result = '2' then '村核实' end, false, case when result = '1' then payee_name end, case when result = '1' then payee_rel end,
       case when result = '1' then '某农村商业银行' end, null, case when result = '1' then '1390000' || lpad((n % 10000)::text, 4, '0') end,
       case when seen then '村监测员' end, case when seen then day end, case when v.state >= '40' and seen then '同意' end, case when v.state >= '60' then '同意' end,
       case when v.state >= '40' then case when v.state = '40' then today - (n % 6)::integer else day + 2 end end, case when v.state >= '50' then day + 10 end,
       case when v.state >= '60' and v.state <> '90' then 150000 end, doc, v.state,
       case when current and v.state not in ('80', '90', '95') then (today + (n % 9)::integer - 2)::timestamp at time zone 'Asia/Shanghai' + interval '18 hours' end
  from (select *, state <> '20' as seen, case when state = '20' then null when state = '90' then '2' when state in ('30', '40', '50') and k % 6 = 3 then '2' else '1' end as result,
               case when current then today - 24 else base_date + 45 end as day from seed_v) v
  left join yulu.roll r on r.id = v.roll;

insert into yulu.subsidy (id, region_code, batch_id, person_id, verify_id, approval_doc_id, household_id, name, household_type, risk_state, edu_stage, school_name,
  grade, standard_amount, actual_amount, pay_status, pay_date, pay_channel, payee_name, payee_rel, bank_name, bank_account_shaped, fail_reason, recover_amount,
  recover_date, recover_reason, synced_to_national, due_at)
select gen_random_uuid(), v.region_code, v.batch_id, v.person_id, v.id, v.approval_doc_id, v.household_id, v.name, v.household_type, v.risk_state, v.edu_stage, v.school_name,
       v.grade, 150000, case when v.state in ('80', '95') then 150000 end, case v.state when '70' then '1' when '81' then '3' when '95' then '4' else '2' end,
       case when v.state in ('80', '95') then case when s.current then s.today - 5 else s.base_date + 95 end end, case when v.state in ('80', '95') then '1' end,
       v.payee_name, v.payee_rel, v.bank_name, true, case when v.state = '81' then (array['账号不存在', '户名不符', '账户已销户'])[1 + s.n % 3] end,
       case when v.state = '95' then 150000 end, case when v.state = '95' then s.base_date + 140 end, case when v.state = '95' then '学期中退学' end, s.n % 4 > 0, v.due_at
  from yulu.verify v join seed_v s on s.id = v.id where v.state in ('70', '80', '81', '95');

-- who left this summer: where they are, who served them
insert into yulu.graduate (id, region_code, person_id, household_id, name, household_type, grad_year, grad_ym, school_name, edu_stage, major_name, study_years, got_yl,
  yl_terms, yl_total, cert_flag, phone, dest, job_will, unemp_reason, want_job, want_area, want_salary, service_need, emp_form, company_name, industry, post,
  major_match, work_province, work_city, work_county, local_place, work_area, start_ym, month_wage, contract_flag, insurance_flag, survey_method, surveyor, survey_date, state)
select gen_random_uuid(), p.region_code, person, p.household_id, p.name, household_type, y, y * 100 + 7, '赣北现代职业中专学校', stage, '数控技术应用', years, terms > 0, terms, fen,
       n % 3 = 0, '1391000' || lpad((n % 10000)::text, 4, '0'), dest, case when dest in ('6', '7') then dest = '6' end,
       case when dest in ('6', '7') then (array['02', '01', '03', '04', '06'])[1 + n / 3 % 5] end, case when dest = '6' then '数控操作工' end,
       case when dest = '6' then (array['03', '01', '02'])[1 + n % 3] end, case when dest = '6' then 500000 end, case when dest = '6' then array['2', '3'] end,
       case when works then case dest when '4' then '5' when '5' then '6' else (array['1', '1', '1', '3', '4'])[1 + n / 5 % 5] end end,
       case when works then '某' || (array['电子', '服装', '机械', '物流'])[1 + n % 4] || '公司' end, case when works then (array['C', 'C', 'C', 'G'])[1 + n % 4] end,
       case when works then '操作工' end, case when works then n % 2 = 0 end, case when works then pr end,
       case when works then (array['深圳市', '杭州市', '厦门市', '苏州市', '南昌市'])[1 + n / 2 % 5] end, case when works then (array['宝安区', '余杭区', '集美区', '昆山市', '南昌县'])[1 + n / 2 % 5] end,
       case when works and pr = '36' and n % 2 = 0 then '2' end, case when works then case when pr = '36' then case when n % 2 = 0 then '01' else '02' end else '03' end end,
       case when works then y * 100 + 8 end, case when works then 380000 + n % 30 * 10000 end, case when works then n % 4 > 0 end, case when works then n % 3 > 0 end,
       case when dest <> '8' then '2' end, case when dest <> '8' then '村监测员' end, case when dest <> '8' then today - (20 + n % 40)::integer end,
       case dest when '8' then '10' else (array['40', '40', '30', '20'])[1 + n / 11 % 4] end
  from (select p.*, y, today, (array['1', '1', '1', '2', '6', '5', '8', '4', '7', '6'])[1 + n % 10] as dest, (array['44', '33', '35', '32', '36'])[1 + n / 2 % 5] as pr,
               (array['1', '1', '1', '2', '6', '5', '8', '4', '7', '6'])[1 + n % 10] in ('1', '4', '5') as works,
               coalesce(s.terms, 0) as terms, coalesce(s.fen, 0) as fen
          from seed_p p cross join seed_y
          left join (select person_id, count(distinct batch_id)::integer as terms, sum(actual_amount)::bigint as fen from yulu.subsidy where pay_status = '2' group by 1) s
            on s.person_id = p.person
         where p.grade = 4 and p.stage <> '23') p;
insert into yulu.grad_service (id, region_code, graduate_id, service_type, service_date, provider, content, company, post, offer_wage, result, next_date)
select gen_random_uuid(), region_code, id, kind, survey_date + 3 + j, '乡镇就业和社保服务所', '电话联系，介绍本地和沿海岗位', case when kind = '2' then '某电子公司' end,
       case when kind = '2' then '操作工' end, case when kind = '2' then 480000 end, case when j = 3 then '5' else '4' end, case when j = 3 then survey_date + 40 end
  from (select g.*, j, (array['1', '2', '3', '2'])[1 + j] as kind from yulu.graduate g cross join generate_series(0, 3) j
         where g.dest = '6' and abs(hashtext(g.id::text)) % 3 > 0 and not g.deleted) x;

insert into yulu.correction (id, region_code, verify_id, field_name, old_value, new_value, reason, state)
select gen_random_uuid(), region_code, id, '专业', coalesce(major_name, '未填'), '护理', '学校转专业，附在校证明', case when current then '10' else '20' end
  from (select v.*, s.current, row_number() over (partition by s.county, s.current order by v.id) as r from yulu.verify v join seed_v s on s.id = v.id where v.state = '80') x
 where r = 1;

insert into yulu.comparison (id, region_code, batch_id, compared_at, compared_by, rolls, same, other_name, other_number, several, unknown, changed, added, without_roll, refreshed, listed)
select gen_random_uuid(), '360000000000', t.id, (t.base_date + 46)::timestamp at time zone 'Asia/Shanghai', '省业务岗', coalesce(r.rolls, 0), coalesce(r.same, 0), coalesce(r.other, 0),
       0, 0, 0, 0, v.listed, v.listed - coalesce(r.rolls, 0), 0, v.listed
  from yulu.term_batch t
  join (select batch_id, count(*)::integer as listed from yulu.verify group by 1) v on v.batch_id = t.id
  left join (select batch_id, count(*)::integer as rolls, count(*) filter (where match_result = '1')::integer as same,
                    count(*) filter (where match_result = '2')::integer as other from yulu.roll group by 1) r on r.batch_id = t.id;
update yulu.term_batch t set candidates = v.n from (select batch_id, count(*)::integer as n from yulu.verify group by 1) v where v.batch_id = t.id;

insert into yulu.import_batch (id, region_code, import_type, batch_id, file_name, total, ok, fail, skip, state, operator, started_at, ended_at)
select gen_random_uuid(), county, '3', batch, '发放结果.xlsx', people + 1, people, 1, 0, '3', '县监测员', at, at + interval '2 minutes'
  from (select *, (case when current then today - 4 else base_date + 96 end)::timestamp at time zone 'Asia/Shanghai' + interval '9 hours' as at from seed_d) d;
insert into yulu.import_error (id, region_code, batch_id, row_no, column_name, rule_id, message, resolved)
select gen_random_uuid(), region_code, id, total, '银行账号', 'YL-23', '银行账号应为 12–19 位数字', row_number() over (order by region_code, id) % 3 > 0 from yulu.import_batch;

insert into seed_number (dataset, field, row_id, member)
select 'yulu.roll', 'id_no', id, person_id from yulu.roll where person_id is not null
union all select 'yulu.verify', 'id_no', id, person_id from yulu.verify
union all select 'yulu.verify', 'payee_id_no', v.id, s.payee from yulu.verify v join seed_v s on s.id = v.id where v.verify_result = '1'
union all select 'yulu.subsidy', 'id_no', id, person_id from yulu.subsidy
union all select 'yulu.subsidy', 'payee_id_no', x.id, s.payee from yulu.subsidy x join seed_v s on s.id = x.verify_id
union all select 'yulu.graduate', 'id_no', id, person_id from yulu.graduate;
insert into seed_account
select 'yulu.verify', v.id, '6217' || lpad((s.n % 1000000)::text, 6, '0') || lpad((abs(hashtext(s.household_id::text)) % 1000000)::text, 6, '0')
  from yulu.verify v join seed_v s on s.id = v.id where v.verify_result = '1'
union all
select 'yulu.subsidy', x.id, '6217' || lpad((s.n % 1000000)::text, 6, '0') || lpad((abs(hashtext(s.household_id::text)) % 1000000)::text, 6, '0')
  from yulu.subsidy x join seed_v s on s.id = x.verify_id;
