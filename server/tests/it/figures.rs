//! Every report over a synthetic province: five levels add up, figures equal a plain SQL count written by another hand, the
//! records behind a figure are as many as it says, and the constraints at the end of domain 01 §8 hold.
//! `GANONG_FIGURES_HOUSEHOLDS=100000` makes the province larger.

use base::month::Month;
use base::{Actor, Level, RegionCode};
use meta::report::Aggregate;
use record::ListQuery;
use report::{Ask, ReportTable};
use serde_json::Value;
use sqlx::AssertSqlSafe;
use std::collections::BTreeMap;
use testkit::World;

/// What the synthetic province does not have: clues on their way, findings, orders, opinions, obligors.
const MORE: &str = "
  insert into relapse.clue (id, region_code, clue_no, line, dept, raw_name, raw_region, household_id, trigger_text, risk_hint, level, state, result, due_at, created_at, updated_at)
  select gen_random_uuid(), region_code, 'XS' || n, (array['01','02','03','04'])[1 + n % 4], case when n % 4 = 0 then (array['09','03'])[1 + n % 2] end,
         '某', '某村', id, '事由', array['01'], (array['1','2','3'])[1 + n % 3],
         (array['10','20','21','30','31','40','50','60','61','62','70','71','72','79','80','80','81','90'])[1 + n % 18],
         case n % 18 when 13 then '01' when 14 then '02' when 15 then '07' when 16 then '04' when 17 then '09' end, now() - interval '1 day', now() - make_interval(days => n::int % 70), now()
    from (select id, region_code, row_number() over (order by id) as n from reg.household where not is_monitored limit 360) h;
  insert into app.flow_step (dataset, row_id, region_code, from_state, to_state, transition, actor_id, actor_name, actor_role, at, returned, overdue)
  select 'relapse.clue', c.id, c.region_code, null, s.state, 'x', gen_random_uuid(), '某', 'R08', c.created_at + make_interval(hours => 30 * s.k::int), false, s.k = 3
    from relapse.clue c cross join (values ('20', 1), ('30', 2), ('40', 3)) s (state, k) where c.state in ('79', '80') and right(c.clue_no, 1) < '5';
  insert into relapse.verify_form (id, region_code, clue_id, household_id, not_include_reasons, suggest)
  select gen_random_uuid(), region_code, id, household_id, case when right(clue_no, 1) < '5' then array['02', '03'] else array['12'] end, '02'
    from relapse.clue where state = '80';
  insert into relapse.dept_hit (region_code, batch_id, household_id, rule_id, dept, made_on, grade, score, verdict, model_version)
  select c.region_code, gen_random_uuid(), c.household_id, (select id from relapse.warn_rule where rule_id = 'W03'), '09', c.identify_date - 30, '3', 15,
         case when n % 3 = 0 then '02' else '05' end, 1
    from (select *, row_number() over (order by id) as n from relapse.monitor_case where source_line in ('02', '03') and identify_date is not null limit 90) c;
  insert into reg.obligor (id, region_code, household_id, person_id, duty_kind, support_way, support_amount, calc_amount, capability, authorized)
  select gen_random_uuid(), region_code, household_id, id, '01', (array['01','04'])[1 + n % 2], n * 1000, n * 3000, (array['01','02','03'])[1 + n % 3], n % 2 = 0
    from (select id, household_id, region_code, row_number() over (order by id) as n from reg.member limit 50) m;
  insert into relapse.feedback (id, region_code, kind, module, title, content, satisfaction, reply_at)
  select gen_random_uuid(), region_code, (array['01','02','03'])[1 + n % 3], '线索', '标题', '内容', 1 + n % 5, case when n % 2 = 0 then now() end
    from (select region_code, row_number() over (order by id) as n from reg.household limit 30) h;
  insert into quality.finding (id, region_code, rule_id, title, severity, record_id, file_id, subject_id, message, found_at, state, due_at, closed_at)
  select gen_random_uuid(), region_code, 'Q001', '规则', (array['E','S','H'])[1 + n % 3], id, id, id, '问题', now(),
         (array['01','05','06','07'])[1 + n % 4], now(), case when n % 4 = 1 then now() - interval '1 hour' end
    from (select id, region_code, row_number() over (order by id) as n from reg.household limit 80) h;
  update relapse.clue c set rule_id = (select id from relapse.warn_rule w where w.rule_id = case c.dept when '09' then 'W01' else 'W20' end) where dept is not null;
  insert into quality.finding (id, region_code, rule_id, title, severity, record_id, file_id, subject_id, message, found_at, state, due_at)
  select gen_random_uuid(), region_code, (array['Q013','Q246'])[1 + n % 2], '规则', 'E', id, id, id, '问题', now(), (array['01','05','06','07'])[1 + n / 2 % 4], now()
    from (select id, region_code, row_number() over (order by id desc) as n from reg.household limit 60) h;
  insert into relapse.dept_batch (id, region_code, batch_no, dept, dataset_id, period, received_at, rows, matched, unmatched, rejected)
  select gen_random_uuid(), h.code, 'BM' || d.item_no || h.code, d.dept, d.id, extract(year from now())::integer * 100 + extract(month from now())::integer, now(), 100, 80, 15, 5
    from (select distinct rpad(left(region_code, 6), 12, '0') as code from reg.household) h cross join relapse.dept_dataset d where d.item_no in ('10', '30');
  insert into relapse.supervise (id, region_code, target_dataset, target_id, target_title, kind, issued_at, reply_at, demand)
  select gen_random_uuid(), region_code, 'relapse.clue', id::text, '某事', '01', now(), case when right(clue_no, 1) < '3' then now() end, '请办理' from relapse.clue limit 20;
  insert into relapse.patrol (id, region_code, household_id, visit_at, found, edu_ok, house_ok)
  select gen_random_uuid(), region_code, id, now(), n % 3 = 0, true, n % 5 > 0 from (select id, region_code, row_number() over (order by id) as n from reg.household limit 90) h;
  update relapse.monitor_case set state = '50', eliminated = false where id in (select id from relapse.monitor_case order by id limit 1);
";

/// What the invented terms, students, money, graduates and imports of the scheme for students do not have.
const STUDENTS: &str = "
  insert into yulu.term_batch (id, region_code, name, school_year, term, base_date, age_min, age_max, state)
  select gen_random_uuid(), '360000000000', (y + k) || case t when '1' then '春季' else '秋季' end, y + k, t, make_date(y + k, 9, 1), 13, 30, '40'
    from (select extract(year from now())::int as y) x cross join (values (-1, '1'), (0, '2'), (-1, '2')) b (k, t)
  on conflict do nothing;
  insert into yulu.verify (id, region_code, batch_id, person_id, household_id, name, household_type, risk_state, match_result, roll_source, roll_status,
                           edu_stage, grade, study_form, verify_result, apply_flag, standard_amount, state)
  select gen_random_uuid(), m.region_code, b.id, m.id, m.household_id, '某', (array['01','02'])[1 + n % 2], (array['0','1',null])[1 + n % 3],
         (array['1','2','3','4','6'])[1 + n % 5], '1', '1', (array['11','12','14','21','22','23'])[1 + n % 6], 1 + n % 4, '1',
         (array['1','1','1','2','3','4'])[1 + n / 7 % 6], n % 11 = 0, 150000, (array['20','30','50','80','90'])[1 + n % 5]
    from (select id, household_id, region_code, row_number() over (order by id) as n from reg.member limit 400) m cross join yulu.term_batch b
  on conflict do nothing;
  insert into yulu.approval_doc (id, region_code, batch_id, seq_no, doc_no, approve_people, approve_amount, state)
  select gen_random_uuid(), c.code, b.id, 9, b.name || c.code, 10, 1500000, '20'
    from (select distinct rpad(left(region_code, 6), 12, '0') as code from yulu.verify) c cross join yulu.term_batch b;
  insert into yulu.subsidy (id, region_code, batch_id, person_id, household_id, verify_id, name, household_type, risk_state, edu_stage, grade,
                            standard_amount, actual_amount, pay_status, recover_amount)
  select gen_random_uuid(), region_code, batch_id, person_id, household_id, id, name, household_type, risk_state, edu_stage, grade, 150000, 150000,
         (array['1','2','2','2','2','3','4','5'])[1 + n % 8], case when n % 8 = 6 then 150000 end
    from (select *, row_number() over (order by id) as n from yulu.verify where verify_result = '1') v
  on conflict do nothing;
  insert into yulu.graduate (id, region_code, person_id, household_id, name, grad_year, grad_ym, school_name, edu_stage, dest, unemp_reason, emp_form,
                             work_province, work_area, local_place, month_wage)
  select gen_random_uuid(), region_code, id, household_id, '某', 2026, 202607, '某校', '11', (n % 8 + 1)::text,
         case when n % 8 in (5, 6) then (array['01','02','03','04','05','06','07','08','09','99'])[1 + n / 8 % 10] end, (1 + n / 8 % 9)::text,
         case when n % 2 = 0 then (array['44','33','35','32','31','43','42','51'])[1 + n / 8 % 8] else '36' end,
         case when n % 16 = 7 then '04' when n % 2 = 0 then '03' when n % 3 = 0 then '02' else '01' end, (1 + n / 4 % 3)::text, 400000
    from (select id, household_id, region_code, row_number() over (order by id) as n from reg.member limit 400) m
  on conflict do nothing;
  update yulu.graduate set work_area = '04' where id in (select id from yulu.graduate where dest = '1' order by id limit 3);
  insert into yulu.grad_service (id, region_code, graduate_id, service_type, service_date, result)
  select gen_random_uuid(), region_code, id, (1 + k % 3)::text, current_date, (1 + k % 5)::text
    from yulu.graduate cross join generate_series(1, 9) k where dest = '6' and right(id::text, 1) < 'a';
  insert into yulu.import_batch (id, region_code, import_type, file_name, total, ok, fail, skip)
  select gen_random_uuid(), code, '1', 'a.xlsx', 10, 8, 2, 0 from (select distinct rpad(left(region_code, 6), 12, '0') as code from yulu.verify) c;
  insert into yulu.import_error (id, region_code, batch_id, row_no, column_name, message, resolved)
  select gen_random_uuid(), region_code, id, k, '姓名', '空', k = 1 from yulu.import_batch cross join generate_series(1, 2) k;
  insert into quality.finding (id, region_code, rule_id, title, severity, record_id, file_id, subject_id, message, found_at, state, due_at)
  select gen_random_uuid(), region_code, (array['YL-05','YL-15'])[1 + n % 2], '规则', (array['E','S','H'])[1 + n % 3], household_id, household_id, id, '问题', now(),
         (array['01','05','06','07'])[1 + n % 4], now()
    from (select id, household_id, region_code, row_number() over (order by id) as n from yulu.verify limit 90) v;
";

async fn province() -> World {
    let w = World::new().await;
    let households = std::env::var("GANONG_FIGURES_HOUSEHOLDS").ok().and_then(|n| n.parse().ok()).unwrap_or(3000);
    let regions = registry::region::Regions::load(w.app.db.pool()).await.unwrap();
    let mut opts = synth::Opts::new(households, 7, record::today());
    opts.monitored_share = 0.08;
    let made = synth::Province::new(&regions, opts);
    synth::run_demo(w.app.db.pool(), w.app.records.vault.clone(), &made, &synth::LoadOpts::default(), |_, _| ()).await.unwrap();
    for m in ganong::modules() {
        if let Some(seed) = m.seed {
            seed(w.app.clone()).await.unwrap_or_else(|e| panic!("{}: {}", m.id, e.chain()));
        }
    }
    sqlx::raw_sql(MORE).execute(w.app.db.pool()).await.unwrap();
    sqlx::raw_sql(STUDENTS).execute(w.app.db.pool()).await.unwrap();
    w
}

fn this_month() -> Month {
    Month::of(record::today())
}

async fn table(w: &World, id: &str, ask: &Ask) -> ReportTable {
    let mut tx = w.app.db.begin(&Actor::system("测试")).await.unwrap();
    w.app.reports.run(&mut tx, id, ask).await.unwrap_or_else(|e| panic!("{id}: {}", e.chain()))
}

fn at(region: &RegionCode) -> Ask {
    Ask { region: Some(region.clone()), ..Ask::default() }
}

fn figure(t: &ReportTable, key: &str) -> i64 {
    t.total.values[key].as_i64().unwrap_or_else(|| panic!("{} {key}: {:?}", t.id, t.total.values.get(key)))
}

async fn plain(w: &World, sql: &str) -> i64 {
    let sql = sql.replace(":period", &this_month().number().to_string());
    sqlx::query_scalar(AssertSqlSafe(format!("select ({sql})::bigint")))
        .fetch_one(w.app.db.pool())
        .await
        .unwrap_or_else(|e| panic!("{sql}: {e}"))
}

/// One test over one province: loading it is most of the time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_report_adds_up_equals_a_plain_count_and_opens_its_records() {
    let w = province().await;
    let began = std::time::Instant::now();
    five_levels_add_up(&w).await;
    eprintln!("five levels: {:?}", began.elapsed());
    figures_equal_plain_counts(&w).await;
    constraints_hold(&w).await;
    records_behind_are_as_many(&w).await;
    dimensions_hold_the_same_total(&w).await;
    lists_of_supervision_hold_who_belongs_there(&w).await;
    bulletins_say_what_the_tables_say(&w).await;
    months_that_are_over_are_kept(&w).await;
    eprintln!("all: {:?}", began.elapsed());
}

async fn five_levels_add_up(w: &World) {
    // the village with most cases, so that there is something to add up
    let village: String =
        sqlx::query_scalar("select region_code from relapse.monitor_case group by 1 order by count(*) desc, 1 limit 1")
            .fetch_one(w.app.db.pool())
            .await
            .unwrap();
    let village = RegionCode::parse(&village).unwrap();
    let (mut reports, mut full) = (0, BTreeMap::new());
    for r in w.app.catalog.reports() {
        let mut above: Option<ReportTable> = None;
        for level in Level::ALL {
            let region = village.ancestor(level);
            let t = table(w, &r.id, &at(&region)).await;
            for c in t.columns.iter().filter(|c| c.adds_up) {
                // what is counted of people or places over several regions does not add up by nature
                let over_people = r
                    .measure(&c.key)
                    .is_some_and(|m| m.aggregate == Aggregate::Distinct && m.field.as_deref() == Some("helper_id"));
                let sum: f64 =
                    t.rows.iter().map(|r| r.values[&c.key].as_f64().unwrap_or_else(|| panic!("{} {}", t.id, c.key))).sum();
                let total = t.total.values[&c.key].as_f64().unwrap();
                assert!(over_people || (sum - total).abs() < 1e-6, "{} {} at {region}: {sum} is not {total}", t.id, c.key);
                if level == Level::Province {
                    full.insert(format!("{} {}", t.id, c.key), total);
                }
            }
            if let Some(above) = &above {
                let row = above.rows.iter().find(|r| r.region_code == region.as_str()).unwrap();
                assert_eq!(row.values, t.total.values, "{} at {region}", t.id);
            }
            above = Some(t);
        }
        reports += 1;
    }
    assert!(reports >= 24, "{reports} reports");
    let nothing: Vec<_> = full.iter().filter(|(_, v)| **v == 0.0).map(|(k, _)| k.as_str()).collect();
    eprintln!("{} figures that add up, {} of them 0: {nothing:?}", full.len(), nothing.len());
    assert!(nothing.len() * 3 < full.len(), "too little is planted to prove anything: {nothing:?}");
}

/// Counts written against the tables, not against the views that the reports use.
async fn figures_equal_plain_counts(w: &World) {
    let whole = RegionCode::parse("36").unwrap();
    let latest = "select distinct on (household_id) * from relapse.monitor_case where not deleted and state <> '50' and identify_ym <= :period \
                  order by household_id, identify_ym desc, case_no desc, id desc";
    let cases = [
        ("relapse.t01", "households", "select count(*) from reg.household where household_status = '01' and not deleted".to_owned()),
        ("relapse.t01", "people", "select count(*) from reg.member where member_status = '01' and not deleted and household_id in (select id from reg.household where household_status = '01' and not deleted)".into()),
        ("relapse.t01", "identified_households", "select count(distinct household_id) from relapse.monitor_case where state <> '50' and identify_ym <= :period".into()),
        ("relapse.t01", "open_households", format!("select count(*) from ({latest}) c where not eliminated and state in ('10', '20')")),
        ("relapse.t01", "closed_households", format!("select count(*) from ({latest}) c where eliminated and eliminate_ym <= :period")),
        ("relapse.t01", "open_people", format!("select count(*) from ({latest}) c join reg.member m on m.household_id = c.household_id and m.member_status = '01' and not m.deleted where not eliminated and state in ('10', '20')")),
        ("relapse.t02", "open_02", format!("select count(*) from ({latest}) c where not eliminated and monitor_type = '02' and state in ('10', '20')")),
        ("relapse.t04", "dispatched", "select count(*) from relapse.clue where state not in ('10', '90')".into()),
        ("relapse.t04", "refused", "select count(*) from relapse.clue where state = '80'".into()),
        ("relapse.t06", "n_02", "select count(distinct c.household_id) from relapse.clue c join relapse.verify_form f on f.clue_id = c.id where c.state = '80' and '02' = any(f.not_include_reasons)".into()),
        ("relapse.t07", "any_01", format!("select count(*) from ({latest}) c where '01' in (risk1, risk2, risk3, risk4, risk5)")),
        ("relapse.t08", "in_six", "select count(*) from relapse.monitor_case where state <> '50' and eliminated and (eliminate_ym / 100 - identify_ym / 100) * 12 + eliminate_ym % 100 - identify_ym % 100 <= 6".into()),
        ("relapse.t09", "n_05", "select count(distinct m.household_id) from relapse.measure m join relapse.monitor_case c on c.id = m.case_id where c.state in ('10', '20') and not c.eliminated and m.category = '05' and m.state <> '04'".into()),
        ("relapse.t10", "line_1", format!("select count(*) from reg.income_period i join reg.monitor_line l on l.year = i.year and l.region_code = '360000000000' join reg.household h on h.id = i.household_id where i.period_kind = '01' and i.year = {} and i.net_pc < l.amount and h.household_status = '01'", income_year())),
        ("relapse.t10", "median", format!("select percentile_cont(0.5) within group (order by net_pc) from reg.income_period where period_kind = '01' and year = {}", income_year())),
        ("relapse.t13", "poor_sex_2", "select count(*) from reg.member m join reg.household h on h.id = m.household_id where h.household_type = '02' and h.household_status = '01' and m.member_status = '01' and m.gender = '2'".into()),
        ("relapse.t13", "all_age_80", format!("select count(*) from reg.member m join reg.household h on h.id = m.household_id where h.household_status = '01' and m.member_status = '01' and extract(year from age(date '{}', m.birth_date)) >= 80", this_month().last_day())),
        ("relapse.t14", "all_size_3", "select count(*) from (select h.id from reg.household h join reg.member m on m.household_id = h.id and m.member_status = '01' where h.household_status = '01' group by h.id having count(*) = 3) x".into()),
        ("relapse.t17", "issue_households", "select count(distinct record_id) from quality.finding where state = '01'".into()),
        ("relapse.t18", "finished", "select count(*) from relapse.clue where line = '01' and state in ('79', '80', '90')".into()),
        ("relapse.t18", "merged", "select count(*) from relapse.dept_hit where verdict = '02' and made_on <= current_date".into()),
        ("relapse.t18", "missed", "select count(distinct c.household_id) from relapse.monitor_case c join relapse.dept_hit h on h.household_id = c.household_id and h.verdict = '05' and h.made_on between c.identify_date - 89 and c.identify_date where c.state <> '50' and c.source_line in ('02', '03') and c.identify_ym <= :period and not exists (select from relapse.dept_hit o where o.household_id = c.household_id and o.verdict = '02' and o.made_on between c.identify_date - 89 and c.identify_date)".into()),
        ("relapse.compare", "clues_handled", "select count(*) from relapse.clue where state in ('79', '80', '90') and rule_id in (select id from relapse.warn_rule where rule_id in ('W01', 'W20'))".into()),
        ("relapse.compare", "clues_verified", "select count(distinct clue_id) from relapse.verify_form where clue_id in (select id from relapse.clue where rule_id is not null)".into()),
        ("relapse.compare", "findings_true", "select count(*) from quality.finding where rule_id in ('Q013', 'Q246') and state = '05'".into()),
        ("relapse.compare", "findings_verified", "select count(*) from quality.finding where rule_id in ('Q013', 'Q246') and state in ('05', '06', '07')".into()),
        ("relapse.compare", "lines_matched", "select sum(matched) from relapse.dept_batch where period <= :period".into()),
        ("relapse.t21", "gap", "select sum(calc_amount - support_amount) from reg.obligor".into()),
        ("yulu.t01", "hit_high", "select count(distinct person_id) from yulu.verify where match_result in ('1', '2') and (edu_stage = '21' or edu_stage = '22' and grade > 3)".into()),
        ("yulu.t01", "doc_money", "select sum(approve_amount) from yulu.approval_doc".into()),
        ("yulu.t02", "money", "select sum(actual_amount) from yulu.subsidy where pay_status = '2'".into()),
        ("yulu.t02", "solved_due", "select count(distinct person_id) from yulu.verify where verify_result = '1' and risk_state = '1'".into()),
        ("yulu.t01", "of_age", "select count(*) from reg.member m join reg.household h on h.id = m.household_id where m.member_status = '01' and h.household_status = '01' and (h.household_type = '02' or h.is_monitored) and extract(year from age(make_date(extract(year from now())::int, 9, 1), m.birth_date)) between 13 and 30".into()),
        ("yulu.t03", "year_money", "select sum(actual_amount) from yulu.subsidy s join yulu.term_batch t on t.id = s.batch_id where pay_status = '2' and (school_year, term) in ((:period / 100, '2'), (:period / 100 - 1, '1'))".into()),
        ("yulu.t03", "last_people", "select count(distinct person_id) from yulu.subsidy s join yulu.term_batch t on t.id = s.batch_id where pay_status = '2' and (school_year, term) in ((:period / 100 - 1, '2'), (:period / 100 - 2, '1'))".into()),
        ("yulu.t09", "people", "select count(distinct person_id) from yulu.subsidy where pay_status = '2'".into()),
        ("yulu.t04", "settled", "select count(distinct person_id) from yulu.graduate where dest between '1' and '5'".into()),
        ("yulu.t05", "why02", "select count(*) from yulu.graduate where unemp_reason = '02'".into()),
        ("yulu.t05", "served", "select count(distinct person_id) from yulu.graduate where dest = '6' and id in (select graduate_id from yulu.grad_service)".into()),
        ("yulu.t06", "p44", "select count(*) from yulu.graduate where dest in ('1', '4', '5') and work_province = '44'".into()),
        ("yulu.t07", "fixed", "select count(*) from quality.finding where rule_id like 'YL-%' and state = '05'".into()),
        ("yulu.t08", "open", "select count(*) from yulu.import_error where not resolved".into()),
        ("toilet.ts01", "sanitary", "select count(*) from toilet.house_toilet where record_state in ('30', '60') and is_sanitary and not deleted".into()),
        ("toilet.ts01", "should", "select sum(should_count) from toilet.village_stat where data_year = :period / 100 and not deleted".into()),
        ("toilet.ts02", "type_21", "select count(*) from toilet.house_toilet where record_state in ('30', '60') and toilet_type = '21'".into()),
        ("toilet.ts03", "plan_renovations", "select sum(plan_new + plan_upgrade) from toilet.task where task_year = :period / 100 and region_code = '360000000000'".into()),
        ("toilet.ts03", "finished", "select count(*) from toilet.renovation where renov_year = :period / 100 and finish_date is not null and state <> '90'".into()),
        ("toilet.ts05", "paid", "select sum(subsidy_paid) from toilet.renovation where accept_result in ('1', '2') and state <> '90'".into()),
        ("toilet.ts06", "of_works", "select count(*) from toilet.problem where status <> '91' and exists (select from unnest(problem_item) i where i like '2%')".into()),
        ("toilet.ts06", "closed", "select count(*) from toilet.problem where status = '70'".into()),
        ("toilet.ts08", "tanks_good", "select count(*) from toilet.house_toilet t where record_state in ('30', '60') and toilet_type in ('01', '10') and not exists (select from toilet.problem p where p.toilet_id = t.id and p.status in ('10', '20', '30', '40', '50', '60', '80') and p.problem_item && array['21'])".into()),
        ("toilet.ts10", "n_2", "select count(*) from toilet.house_toilet where record_state in ('30', '60') and house_attr && array['2', '3', '4', '5']".into()),
        ("toilet.ts13", "covered", "select count(distinct region_code) from toilet.public_toilet where use_status = '1'".into()),
    ];
    for (id, key, sql) in &cases {
        let t = table(w, id, &at(&whole)).await;
        let (ours, theirs) = (figure(&t, key), plain(w, sql).await);
        assert_eq!(ours, theirs, "{id} {key}");
        assert!(theirs > 0, "{id} {key} proves nothing: 0");
    }
}

fn income_year() -> i32 {
    let m = this_month();
    if m.month() >= 10 { m.year() } else { m.year() - 1 }
}

/// 一致性约束: T02 合计=T01; T03 纳入合计=T01 本月新识别; T07 主风险合计=累计户. At every level.
async fn constraints_hold(w: &World) {
    let newest: i32 = sqlx::query_scalar("select max(identify_ym) from relapse.monitor_case where state <> '50'")
        .fetch_one(w.app.db.pool())
        .await
        .unwrap();
    let village: String =
        sqlx::query_scalar("select region_code from relapse.monitor_case where identify_ym = $1 and state <> '50' limit 1")
            .bind(newest)
            .fetch_one(w.app.db.pool())
            .await
            .unwrap();
    let village = RegionCode::parse(&village).unwrap();
    for level in Level::ALL {
        for month in [this_month(), Month::from_number(newest).unwrap(), this_month().plus(-12).unwrap()] {
            let ask = Ask { period: Some(month), ..at(&village.ancestor(level)) };
            let (t1, t2) = (table(w, "relapse.t01", &ask).await, table(w, "relapse.t02", &ask).await);
            let (t3, t7) = (table(w, "relapse.t03", &ask).await, table(w, "relapse.t07", &ask).await);
            let sum =
                |t: &ReportTable, head: &str, tails: &[&str]| tails.iter().map(|x| figure(t, &format!("{head}{x}"))).sum::<i64>();
            let kinds = ["01", "02", "03"];
            for (head, key) in [
                ("known_", "identified_households"),
                ("known_p_", "identified_people"),
                ("open_", "open_households"),
                ("open_p_", "open_people"),
                ("solved_", "closed_households"),
                ("solved_p_", "closed_people"),
            ] {
                assert_eq!(sum(&t2, head, &kinds), figure(&t1, key), "T02 {head} is T01 {key} in {month:?} at {level:?}");
            }
            assert_eq!(sum(&t2, "known_", &["poor", "other"]), figure(&t1, "identified_households"));
            assert_eq!(
                sum(&t3, "included_", &["01", "02", "03", "04"]),
                figure(&t1, "new_this_month"),
                "T03 is T01 in {month:?} at {level:?}"
            );
            assert_eq!(figure(&t3, "included"), figure(&t1, "new_this_month"));
            let risks: Vec<String> = w.app.catalog.codes("C21").unwrap().items.iter().map(|i| i.code.clone()).collect();
            let risks: Vec<&str> = risks.iter().map(String::as_str).collect();
            assert_eq!(sum(&t7, "main_", &risks), figure(&t1, "identified_households"), "T07 is T01 in {month:?} at {level:?}");
            if month.number() == newest {
                assert!(figure(&t1, "new_this_month") > 0);
            }
        }
    }
}

/// A figure opens a ledger of as many rows: the same rows where the source has one row each, the same distinct ones elsewhere.
async fn records_behind_are_as_many(w: &World) {
    let whole = RegionCode::parse("36").unwrap();
    let system = Actor::system("测试");
    let mut opened = 0;
    for r in w.app.catalog.reports() {
        let t = table(w, &r.id, &at(&whole)).await;
        for c in &t.columns {
            let counted = r.measure(&c.key).unwrap();
            if !c.drill || !matches!(counted.aggregate, Aggregate::Count | Aggregate::Distinct) {
                continue;
            }
            let drill = w.app.reports.drill(&system, &r.id, &c.key, &at(&whole), "").unwrap();
            let d = w.app.records.dataset(&drill.dataset).unwrap().clone();
            let mut pairs: Vec<(String, String)> = drill.query.into_iter().collect();
            pairs.push(("count".into(), "true".into()));
            let q = ListQuery::read(&w.app.catalog, &d, &pairs).unwrap();
            let mut tx = w.app.db.begin(&system).await.unwrap();
            let n =
                w.app.records.count_all(&mut tx, &d, &q).await.unwrap_or_else(|e| panic!("{} {}: {}", r.id, c.key, e.chain()));
            let shown = figure(&t, &c.key);
            assert_eq!(n > 0, shown > 0, "{} {}: {n} records behind {shown}", r.id, c.key);
            let column = counted.rows.as_ref().map_or("", |rows| rows.column.as_str());
            let once = column != "household_id"
                || counted.source() == "reg.v_household"
                || counted.source() == "relapse.v_case"
                    && counted.r#where.as_ref().is_some_and(|w| w.contains("next_ym is null"));
            match counted.aggregate {
                Aggregate::Distinct if counted.field.as_deref() == Some(column) => assert_eq!(n, shown, "{} {}", r.id, c.key),
                Aggregate::Count if once => assert_eq!(n, shown, "{} {}", r.id, c.key),
                // several rows of the source may be one household
                Aggregate::Count => assert!(n <= shown, "{} {}: {n} records behind {shown}", r.id, c.key),
                _ => {}
            }
            opened += 1;
        }
    }
    assert!(opened > 250, "{opened} figures were opened");
}

async fn dimensions_hold_the_same_total(w: &World) {
    let whole = RegionCode::parse("36").unwrap();
    let (mut asked, mut slices) = (0, 0);
    for r in w.app.catalog.reports() {
        let by_region = table(w, &r.id, &at(&whole)).await;
        for d in &r.dimensions {
            let t = table(w, &r.id, &Ask { by: Some(d.key.clone()), ..at(&whole) }).await;
            for m in r.measures.iter().filter(|m| !m.aggregate.is_derived()) {
                if !d.of.iter().any(|s| s == m.source()) {
                    assert!(t.total.values[&m.key].is_null(), "{} {} by {}", r.id, m.key, d.key);
                    continue;
                }
                assert_eq!(t.total.values[&m.key], by_region.total.values[&m.key], "{} {} by {}", r.id, m.key, d.key);
                if matches!(m.aggregate, Aggregate::Count | Aggregate::Sum) && d.top.is_none() {
                    let sum: f64 = t.rows.iter().filter_map(|r| r.values[&m.key].as_f64()).sum();
                    assert!((sum - t.total.values[&m.key].as_f64().unwrap()).abs() < 1e-6, "{} {} by {}", r.id, m.key, d.key);
                }
                asked += 1;
            }
            // one value looked at over regions is the row of that value
            let Some(row) = t.rows.iter().find(|r| r.values.values().any(|v| v.as_f64().is_some_and(|n| n > 0.0))) else {
                continue;
            };
            let only = Some((d.key.clone(), row.region_code.clone()));
            let slice = table(w, &r.id, &Ask { only, ..at(&whole) }).await;
            assert_eq!(slice.total.values, row.values, "{} only {} {}", r.id, d.key, row.region_code);
            assert_eq!(slice.only.map(|o| o.name).as_ref(), Some(&row.region_name));
            slices += 1;
        }
    }
    assert!(asked > 100 && slices > 20, "{asked} {slices}");
}

/// The lists of domain 01 §6.8, against plain counts; a second day changes nothing, and who no longer belongs there is closed.
async fn lists_of_supervision_hold_who_belongs_there(w: &World) {
    let watch = relapse::Watch { db: w.app.db.clone() };
    let open = watch.find(None).await.unwrap_or_else(|e| panic!("{}", e.chain()));
    assert_eq!(open.len(), 10);
    let long = plain(w, "select count(*) from relapse.monitor_case where state in ('10', '20') and not deleted and (:period / 100 - identify_ym / 100) * 12 + :period % 100 - identify_ym % 100 > 12").await;
    let alone = plain(w, "select count(*) from relapse.monitor_case c where state in ('10', '20') and not exists (select from reg.helper_pair p join reg.helper h on h.id = p.helper_id and h.status = '01' where p.household_id = c.household_id and (p.end_date is null or p.end_date >= current_date))").await;
    let due = plain(w, "select count(*) from relapse.monitor_case c where state in ('10', '20') and whole_no_labor_bottom and not exists (select from relapse.visit v where v.household_id = c.household_id and reg.ym(v.visit_at) = :period)").await;
    assert_eq!((open["01"] as i64, open["07"] as i64, open["04"] as i64), (long, alone, due));
    assert!(long > 0, "proves nothing");
    let rows = plain(w, "select count(*) from relapse.watch_item where state = '01'").await;
    assert_eq!(rows, open.values().sum::<u64>() as i64);
    assert_eq!(watch.find(None).await.unwrap(), open);
    assert_eq!(plain(w, "select count(*) from relapse.watch_item").await, rows, "the same day again adds nothing");
    sqlx::query("update relapse.monitor_case set identify_ym = $1, identify_date = null where state in ('10', '20')")
        .bind(this_month().number())
        .execute(w.app.db.pool())
        .await
        .unwrap();
    assert_eq!(watch.find(None).await.unwrap()["01"], 0);
    assert_eq!(plain(w, "select count(*) from relapse.watch_item where kind = '01' and state = '03'").await, long);
}

/// A month's figures are kept and stay as they were, whatever happens to the rows afterwards.
async fn months_that_are_over_are_kept(w: &World) {
    let whole = RegionCode::parse("36").unwrap();
    let month = this_month().plus(-1).unwrap();
    let ask = Ask { period: Some(month), ..at(&whole) };
    let before = table(w, "relapse.t01", &ask).await;
    assert!(!before.kept && before.total.values["households"].is_null(), "households of a month that is over are not known");
    let live = table(w, "relapse.t01", &at(&whole)).await;
    let keeper = report::Snapshots { db: w.app.db.clone(), reports: w.app.reports.clone() };
    assert!(keeper.keep(None, month).await.unwrap() > 1000);
    let kept = table(w, "relapse.t01", &ask).await;
    assert!(kept.kept);
    assert_eq!(kept.total.values["households"], live.total.values["households"]);
    assert_eq!(kept.rows.iter().map(|r| r.values["households"].as_i64().unwrap()).sum::<i64>(), figure(&kept, "households"));
    sqlx::query("update reg.household set household_status = '02' where household_status = '01'")
        .execute(w.app.db.pool())
        .await
        .unwrap();
    let compared = table(w, "relapse.t01", &Ask { compare: Some(report::Compare::Month), ..at(&whole) }).await;
    assert_eq!(compared.total.values["households"], Value::from(0));
    assert_eq!(compared.total.before.unwrap()["households"], live.total.values["households"]);
    // a village reads its own kept figures
    let village = w.village.clone();
    let own = table(w, "relapse.t01", &Ask { period: Some(month), ..at(&village) }).await;
    let above = table(w, "relapse.t01", &Ask { period: Some(month), ..at(&village.ancestor(Level::Town)) }).await;
    if own.kept {
        assert_eq!(above.rows.iter().find(|r| r.region_code == village.as_str()).unwrap().values, own.total.values);
    }
}

/// The sentences of a bulletin hold the figures of the tables; whoever is behind is named; the whole is a Word document.
async fn bulletins_say_what_the_tables_say(w: &World) {
    let province = RegionCode::parse("36").unwrap();
    let compose = async |id: &str, region: &RegionCode| {
        let mut tx = w.app.db.begin(&Actor::system("测试")).await.unwrap();
        let made = w.app.reports.compose(&mut tx, id, Some(region), Some(this_month())).await;
        made.unwrap_or_else(|e| panic!("{id}: {}", e.chain()))
    };
    let (t01, t04) = (table(w, "relapse.t01", &at(&province)).await, table(w, "relapse.t04", &at(&province)).await);
    for (id, every) in [("relapse.monthly", "月"), ("relapse.quarterly", "季度")] {
        let made = compose(id, &province).await;
        let all = made.sections.iter().flat_map(|s| &s.paragraphs).map(String::as_str).collect::<Vec<_>>().join("\n");
        assert!(made.title.starts_with("江西省") && made.title.contains(every), "{}", made.title);
        assert!(all.contains(&format!("未消除{}户", figure(&t01, "open_households")).replace("未消除", "")), "{all}");
        assert!(!all.contains('{') && !all.contains("null"), "{all}");
        let late: Vec<&report::TableRow> =
            t04.rows.iter().filter(|r| r.values["overdue"].as_i64().is_some_and(|n| n > 0)).collect();
        assert!(!late.is_empty(), "the world has late clues");
        for r in late {
            let says = format!("{}有超期线索{}条", r.region_name, r.values["overdue"]);
            assert!(all.contains(&says), "{id}: {says}");
        }
        let grid = made.sections.iter().find_map(|s| s.table.as_ref()).expect("a table");
        assert_eq!(grid.rows.last().map(|r| r.contains(&"合计".to_owned())), Some(true), "{:?}", grid.heads);
        let file = tempfile::NamedTempFile::new().unwrap();
        let mark = sheet::Mark { unit: "江西省".into(), account: "某".into(), time: "2026".into(), number: "DC1".into() };
        report::bulletin::to_docx(&made, &mark, file.path()).unwrap();
        assert!(file.as_file().metadata().unwrap().len() > 5_000);
    }
    let city = RegionCode::parse(&t01.rows[0].region_code).unwrap();
    let county = RegionCode::parse(&table(w, "relapse.t01", &at(&city)).await.rows[0].region_code).unwrap();
    let small = compose("relapse.monthly", &county).await;
    assert!(!small.sections.is_empty() && small.region_code == county.as_str());
    let later = this_month().plus(1).unwrap();
    let mut tx = w.app.db.begin(&Actor::system("测试")).await.unwrap();
    let refused = w.app.reports.compose(&mut tx, "relapse.monthly", Some(&province), Some(later)).await.err();
    assert_eq!(refused.as_ref().map(|e| e.code.as_ref()), Some("report.future"));
}
