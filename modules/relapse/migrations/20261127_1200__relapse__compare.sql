-- What departments' deliveries say about people, as facts that rules hold the register against; which villages whole lists reached; the
-- catalogue of clues of comparison (compare.toml; a test holds the two together). ADR 58.
select set_config('ganong.scope_lo', '360000000000', true), set_config('ganong.scope_hi', '370000000000', true);

create table relapse.dept_fact (
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
    person_id uuid not null,
    household_id uuid not null,
    item_no text not null,
    serial text not null,
    kind text,
    grade text,
    state text,
    yes boolean,
    year integer,
    begin_day date,
    end_day date,
    amount bigint,
    number numeric(18,2),
    data_day date,
    batch_no text
);
create index dept_fact_region on relapse.dept_fact (region_code, id);
create index dept_fact_household_id on relapse.dept_fact (household_id);
-- whose facts of an item stand in a region: read when a whole list comes
create index dept_fact_item_no on relapse.dept_fact (item_no, region_code) where not deleted;
-- beginning with the person, it is the index of the view of comparison too
create unique index dept_fact_person_id_item_no_serial_key on relapse.dept_fact (person_id, item_no, serial) where not deleted;
select app.protect('relapse.dept_fact');

-- No two rows of an item and village are forbidden: when villages are merged both go to the new one, and the newer day counts.
create table relapse.dept_cover (
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
    item_no text not null,
    listed_on date not null,
    period integer not null,
    batch_no text not null
);
create index dept_cover_region on relapse.dept_cover (region_code, id);
create index dept_cover_item_no on relapse.dept_cover (region_code, item_no);
select app.protect('relapse.dept_cover');

create table relapse.compare_clue (
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
    compare_no text,
    title text,
    depts text[],
    asks text,
    grade text,
    handler text,
    limit_text text,
    handling text,
    rules text
);
create index compare_clue_region on relapse.compare_clue (region_code, id);
create index compare_clue_depts on relapse.compare_clue using gin (depts);
create index compare_clue_grade on relapse.compare_clue (region_code, grade);
create unique index compare_clue_compare_no_key on relapse.compare_clue (compare_no) where not deleted;
select app.protect('relapse.compare_clue');
select app.read_below('relapse.compare_clue', 'relapse.compare_clue');

insert into relapse.compare_clue (id, region_code, compare_no, title, depts, asks, grade, handler, limit_text, handling, rules)
select gen_random_uuid(), '360000000000', v.*
  from (values
    ('CB-01', '死亡、火化、户籍注销仍在册', array['01', '03', '02'], '死亡、火化或户籍注销，仍为正常成员', '1', '村', '3 日', '办自然减少，同步停发待遇', 'Q013'),
    ('CB-02', '户籍迁出、参军、出国仍在册', array['01'], '户籍状态为迁出、参军注销、出国定居', '3', '村', '5 日', '核实共同生活，办理减少', 'DQ-C-002'),
    ('CB-03', '在押服刑', array['01', '16'], '服刑、强制戒毒、羁押未到期', '3', '乡', '5 日', '核实共同生活人口和劳动力', 'DQ-C-003'),
    ('CB-04', '财政供养人员', array['07'], '在财政供养人员名单', '1', '县', '5 日', '核实本户是否应退出', 'DQ-C-004'),
    ('CB-05', '存续企业法人、股东', array['13'], '存续企业（合作社、个体除外）注册资本达到参数', '3', '乡', '10 日', '核实经营情况', 'DQ-C-005'),
    ('CB-06', '商品房、商铺', array['12', '06'], '商品住宅、商铺达到参数套数（安置、保障除外）', '3', '乡', '10 日', '核实来源和用途', 'DQ-C-006'),
    ('CB-07', '车辆、工程机械', array['01', '17'], '小型客车（残疾专用、营运除外）登记年限内；货车、工程机械', '3', '乡', '10 日', '核实价格、用途和来源', 'DQ-C-007、DQ-C-008'),
    ('CB-09', '职工、机关养老待遇', array['05'], '职工或机关事业养老金月额达到监测线的月均倍数', '3', '乡', '10 日', '核实收入和识别条件', 'DQ-C-010'),
    ('CB-10', '金融资产档位', array['B01'], '有授权且档位达到 10 万以上', '3', '乡', '10 日', '县核对中心会同乡镇核实', 'DQ-C-011'),
    ('CB-11', '低保、特困与民政不一致', array['03'], '登记享受而民政无，或反之', '3', '乡', '10 日', '核实后更正登记', 'Q240、Q240b、Q240c'),
    ('CB-12', '残疾与残联不一致、重残无补贴', array['04'], '类别等级不一致、未登记残疾、无有效证、重残无补贴', '3', '乡', '10 日', '核实后更正，帮助申请补贴', 'Q241、DQ-C-015、DQ-C-016、DQ-C-017'),
    ('CB-13', '未参保、中断参保', array['09'], '当年参保名单没有参保记录；参保登记不一致', '1', '村', '5 日', '动员参保', 'W06、Q242、Q242b'),
    ('CB-14', '医疗自付超预警线', array['09'], '12 个月累计或单次自付达到参数', '2', '村', '5 日', '入户核查', 'W01、W02、W03'),
    ('CB-15', '新增大病、严重精神障碍', array['02'], '新确诊、新登记；登记健康', '2', '村', '5 日', '入户核查，更正健康状况', 'W07、W08、DQ-C-022'),
    ('CB-16', '义务教育疑似辍学、无学籍', array['10'], '控辍保学台账；适龄未匹配学籍；在校无学籍', '1', '乡', '3 日', '会同学校劝返', 'W16、Q243、Q243b'),
    ('CB-17', '非义务教育自付', array['10'], '年自付学杂费达到参数', '2', '村', '10 日', '入户核查', 'W17'),
    ('CB-18', '危房未改造', array['06'], 'C、D 级未整治', '1', '乡', '5 日', '会同住建核实住房安全', 'W19、Q246'),
    ('CB-19', '饮水异常', array['11'], '异常连续达到参数天数', '2', '乡', '3 日', '会同水利解决', 'W23'),
    ('CB-20', '灾害、火灾、事故、刑案伤亡', array['08', '01'], '灾害、火灾、重大交通事故、刑案致伤亡；重大事件未纳入监测', '1', '村', '24 小时', '即时入户核实', 'W20、W22、W24、W25、DQ-C-030'),
    ('CB-21', '失业、返乡', array['05'], '失业、返乡达到参数月数未再就业', '3', '村', '按线索期限', '会同人社帮助就业', 'W27、W28'),
    ('CB-22', '小额信贷逾期', array['B01'], '逾期达到参数天数', '2', '乡', '按线索期限', '会同银行核实还款能力', 'W31')
  ) v (compare_no, title, depts, asks, grade, handler, limit_text, handling, rules);

-- Senders are told which deliveries take the place of the one before.
update relapse.dept_dataset set note = '每次报送全部人员', row_version = row_version + 1, updated_at = now()
 where item_no in ('7', '10', '11', '16', '18', '21', '27', '30', '34') and not deleted and coalesce(note, '') = '';

-- Which rule asks for which of them, which the province keeps: looked up with a range of their own, nothing else comes back. Functions,
-- because a copy of the views by county would not notice when the province grades otherwise.
create function relapse.compare_rules() returns table (rule_id text, compare_no text, grade text, dept text)
language sql stable
set search_path = relapse, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$ select r.rule_id, k.compare_no, k.grade, k.depts[1]
        from relapse.compare_clue k cross join lateral unnest(string_to_array(k.rules, '、')) r (rule_id) where not k.deleted $$;
-- The same of warning rules, by the id that clues name; every version of a rule is the rule.
create function relapse.compare_warnings() returns table (id uuid, compare_no text, grade text, dept text)
language sql stable
set search_path = relapse, pg_temp
set ganong.scope_lo = '000000000000'
set ganong.scope_hi = '999999999999'
as $$ select w.id, k.compare_no, k.grade, k.dept from relapse.compare_rules() k join relapse.warn_rule w on w.rule_id = k.rule_id where not w.deleted $$;

-- One row a clue that comparing with departments gave: found when it was proposed, dispatched, verified at home, true, handled.
create view relapse.v_compare_clue with (security_invoker = true) as
select c.id as clue_id, c.household_id, c.region_code, k.compare_no, k.grade, coalesce(c.dept, k.dept) as dept, reg.ym(c.created_at) as made_ym,
       c.state <> '10' as dispatched,
       coalesce(f.verified, false) as verified, coalesce(f.confirmed, false) as confirmed,
       c.state in ('79', '80', '90') as handled
  from relapse.clue c
  join relapse.compare_warnings() k on k.id = c.rule_id
  left join lateral (
    select true as verified, bool_or(coalesce(v.risk_confirmed, false)) as confirmed
      from relapse.verify_form v where v.clue_id = c.id and not v.deleted having count(*) > 0) f on true
 where not c.deleted and c.dup_of is null;

-- One row a finding that comparing with departments gave.
create view relapse.v_compare_finding with (security_invoker = true) as
select q.id as finding_id, q.record_id as household_id, q.region_code, k.compare_no, k.grade, k.dept, reg.ym(q.found_at) as made_ym,
       q.state <> '01' as dispatched, q.state in ('04', '05', '06', '07') as verified, q.state in ('04', '05') as confirmed, q.state = '05' as handled
  from quality.finding q
  join relapse.compare_rules() k on k.rule_id = q.rule_id
 where not q.deleted;
grant select on relapse.v_compare_clue, relapse.v_compare_finding to ganong_app;

-- Views of the rules of comparison (drafted from meta/views, docs/generated/views.sql).
create view relapse.rule_compare with (security_invoker = true) as
select b.id as id,
  b.household_id as household_id,
  b.name as name,
  b.birth_date as birth_date,
  b.relation as relation,
  b.member_status as member_status,
  b.student_status as student_status,
  b.health as health,
  b.disability_kind as disability_kind,
  b.disability_level as disability_level,
  b.ins_resident_med as ins_resident_med,
  b.ins_employee_med as ins_employee_med,
  b.pension_resident as pension_resident,
  b.dibao_status as dibao_status,
  b.tekun_status as tekun_status,
  b.region_code as region_code,
  b.source as source,
  hh.household_type as hh_type,
  hh.household_status as hh_status,
  hh.risk_state as risk_state,
  hh.is_monitored as is_monitored,
  living.dangerous_house as dangerous_house,
  house.grade as house_grade,
  house.state as house_state,
  house.begin_day as house_day,
  disabled.kind as cert_kind,
  disabled.grade as cert_grade,
  roll.kind as roll_stage,
  roll.grade as roll_grade,
  prison.kind as prison_kind,
  prison.begin_day as prison_day,
  post.kind as post_unit,
  moved.kind as moved_kind,
  moved.begin_day as moved_day,
  married.kind as married_kind,
  married.begin_day as married_day,
  disease.kind as disease_name,
  disease.begin_day as disease_day,
  deposit.grade as deposit_band,
  a1.death_day as death_day,
  a1.dibao_count as dibao_count,
  a1.tekun_count as tekun_count,
  a1.subsidy_count as subsidy_count,
  a1.insured_count as insured_count,
  a1.capital_max as capital_max,
  a1.flat_count as flat_count,
  a1.car_day as car_day,
  a1.truck_count as truck_count,
  a1.pension_max as pension_max,
  a1.pension_count as pension_count,
  a1.event_day as event_day,
  a1.grant_count as grant_count,
  a2.dibao_listed as dibao_listed,
  a2.tekun_listed as tekun_listed,
  a2.disabled_listed as disabled_listed,
  a2.subsidy_listed as subsidy_listed,
  a2.pension_listed as pension_listed,
  a2.insured_listed as insured_listed,
  a2.roll_listed as roll_listed,
  a3.grant_measure_count as grant_measure_count,
  a4.authorized_count as authorized_count,
  rule.age_at(b.birth_date, rule.school_day(rule.today())) as school_age,
  rule.age_at(b.birth_date, rule.today()) as age,
  (case when (disabled.kind = '视力'::text) then '1'::text when (disabled.kind = '听力'::text) then '2'::text when (disabled.kind = '言语'::text) then '3'::text when (disabled.kind = '肢体'::text) then '4'::text when (disabled.kind = '智力'::text) then '5'::text when (disabled.kind = '精神'::text) then '6'::text when (disabled.kind = '多重'::text) then '7'::text end) as cert_kind_code,
  (case when (disabled.grade = '一级'::text) then '1'::text when (disabled.grade = '二级'::text) then '2'::text when (disabled.grade = '三级'::text) then '3'::text when (disabled.grade = '四级'::text) then '4'::text end) as cert_level_code
 from reg.member b
 left join lateral (select t.* from reg.household t where t.id = b.household_id and not t.deleted) hh on true
 left join lateral (select t.* from reg.living_year t where t.household_id = b.household_id and not t.deleted order by t.year desc nulls last, t.id desc limit 1) living on true
 left join lateral (select t.* from relapse.dept_fact t where t.person_id = b.id and not t.deleted and coalesce((t.item_no = '23'::text), false) order by t.begin_day desc nulls last, t.id desc limit 1) house on true
 left join lateral (select t.* from relapse.dept_fact t where t.person_id = b.id and not t.deleted and coalesce(((t.item_no = '16'::text) and ((t.end_day is null) or (t.end_day >= rule.today()))), false) order by t.end_day desc nulls last, t.id desc limit 1) disabled on true
 left join lateral (select t.* from relapse.dept_fact t where t.person_id = b.id and not t.deleted and coalesce(((t.item_no = '34'::text) and (coalesce(t.state, '在读'::text) = '在读'::text)), false) order by t.data_day desc nulls last, t.id desc limit 1) roll on true
 left join lateral (select t.* from relapse.dept_fact t where t.person_id = b.id and not t.deleted and coalesce(((t.item_no in ('5'::text, 'X5'::text)) and (t.kind in ('服刑'::text, '强制戒毒'::text, '羁押'::text)) and ((t.end_day is null) or (t.end_day > rule.today()))), false) order by t.begin_day desc nulls last, t.id desc limit 1) prison on true
 left join lateral (select t.* from relapse.dept_fact t where t.person_id = b.id and not t.deleted and coalesce((t.item_no = '27'::text), false) order by t.data_day desc nulls last, t.id desc limit 1) post on true
 left join lateral (select t.* from relapse.dept_fact t where t.person_id = b.id and not t.deleted and coalesce(((t.item_no = '2'::text) and (t.kind in ('迁出'::text, '参军注销'::text, '出国定居'::text, '迁入'::text))), false) order by t.begin_day desc nulls last, t.id desc limit 1) moved on true
 left join lateral (select t.* from relapse.dept_fact t where t.person_id = b.id and not t.deleted and coalesce(((t.item_no = '15'::text) and (t.kind in ('结婚'::text, '离婚'::text))), false) order by t.begin_day desc nulls last, t.id desc limit 1) married on true
 left join lateral (select t.* from relapse.dept_fact t where t.person_id = b.id and not t.deleted and coalesce((t.item_no = '6'::text), false) order by t.begin_day desc nulls last, t.id desc limit 1) disease on true
 left join lateral (select t.* from relapse.dept_fact t where t.person_id = b.id and not t.deleted and coalesce((t.item_no = 'F1'::text), false) order by t.data_day desc nulls last, t.id desc limit 1) deposit on true
 left join lateral (select max(coalesce(t.begin_day, t.data_day)) filter (where coalesce(((t.item_no = '8'::text) or ((t.item_no = '2'::text) and (t.kind in ('死亡注销'::text, '注销'::text))) or ((t.item_no = '15'::text) and (t.kind = '火化'::text))), false)) as death_day,
   count(*) filter (where coalesce(((t.item_no = '10'::text) and ((t.end_day is null) or (t.end_day > rule.today()))), false)) as dibao_count,
   count(*) filter (where coalesce(((t.item_no = '11'::text) and ((t.end_day is null) or (t.end_day > rule.today()))), false)) as tekun_count,
   count(*) filter (where coalesce((t.item_no = '18'::text), false)) as subsidy_count,
   count(*) filter (where coalesce(((t.item_no = '30'::text) and (t.yes is not false) and (t.year::float8 = rule.year_of(rule.today()))), false)) as insured_count,
   max(t.number::float8) filter (where coalesce(((t.item_no = '42'::text) and (coalesce(t.state, '存续'::text) = '存续'::text) and (coalesce(t.kind, '公司'::text) not in ('合作社'::text, '个体工商户'::text))), false)) as capital_max,
   count(*) filter (where coalesce((((t.item_no = '40'::text) and (t.kind in ('商品住宅'::text, '商铺写字楼'::text))) or (t.item_no = '25'::text)), false)) as flat_count,
   max(t.begin_day) filter (where coalesce(((t.item_no = '3'::text) and (t.kind = '小型客车'::text) and (coalesce(t.state, '正常'::text) = '正常'::text) and (coalesce(t.grade, '非营运'::text) <> '营运'::text)), false)) as car_day,
   count(*) filter (where coalesce(((t.item_no in ('3'::text, 'X6'::text)) and (t.kind in ('货车'::text, '工程机械'::text)) and (coalesce(t.state, '正常'::text) = '正常'::text)), false)) as truck_count,
   max(t.amount::float8) filter (where coalesce(((t.item_no = '21'::text) and (t.kind in ('职工'::text, '机关事业'::text))), false)) as pension_max,
   count(*) filter (where coalesce(((t.item_no = '21'::text) and (t.kind = '居民'::text)), false)) as pension_count,
   max(t.begin_day) filter (where coalesce((((t.item_no = '4'::text) and (t.grade in ('死亡'::text, '致残'::text, '重伤'::text))) or ((t.item_no = '5'::text) and (t.kind = '刑案致害'::text)) or ((t.item_no = '28'::text) and (rule.has_text(t.grade, '房'::text) or rule.has_text(t.grade, '人员'::text))) or ((t.item_no = '29'::text) and (rule.has_text(t.grade, '亡'::text) or rule.has_text(t.grade, '伤'::text) or rule.has_text(t.grade, '房'::text)))), false)) as event_day,
   count(*) filter (where coalesce(((t.item_no = '36'::text) and (t.kind = '雨露计划'::text)), false)) as grant_count from relapse.dept_fact t where t.person_id = b.id and not t.deleted) a1 on true
 left join lateral (select max(t.listed_on) filter (where coalesce((t.item_no = '10'::text), false)) as dibao_listed,
   max(t.listed_on) filter (where coalesce((t.item_no = '11'::text), false)) as tekun_listed,
   max(t.listed_on) filter (where coalesce((t.item_no = '16'::text), false)) as disabled_listed,
   max(t.listed_on) filter (where coalesce((t.item_no = '18'::text), false)) as subsidy_listed,
   max(t.listed_on) filter (where coalesce((t.item_no = '21'::text), false)) as pension_listed,
   max(t.listed_on) filter (where coalesce(((t.item_no = '30'::text) and (rule.year_of(t.period) = rule.year_of(rule.today()))), false)) as insured_listed,
   max(t.listed_on) filter (where coalesce((t.item_no = '34'::text), false)) as roll_listed from relapse.dept_cover t where t.region_code = b.region_code and not t.deleted) a2 on true
 left join lateral (select count(*) filter (where coalesce((t.item = '07-01'::text), false)) as grant_measure_count from relapse.measure t where t.household_id = b.household_id and not t.deleted) a3 on true
 left join lateral (select count(*) filter (where coalesce(((t.status = '01'::text) and (t.valid_to >= rule.today())), false)) as authorized_count from relapse.authorization t where t.household_id = b.household_id and not t.deleted) a4 on true
 where not b.deleted;
grant select on relapse.rule_compare to ganong_app;

create view relapse.rule_compare_income with (security_invoker = true) as
select b.id as id,
  b.household_id as household_id,
  b.period_kind as period_kind,
  b.year as year,
  b.self_pay as self_pay,
  b.region_code as region_code,
  b.source as source,
  hh.head_name as head_name,
  hh.household_type as hh_type,
  hh.household_status as hh_status,
  hh.risk_state as risk_state,
  hh.is_monitored as is_monitored,
  a1.post_pay as post_pay,
  a1.pension as pension,
  a2.post_paid as post_paid,
  a2.pension_month as pension_month,
  a2.medical_paid as medical_paid,
  (a2.pension_month::float8 * 12::float8) as pension_year
 from reg.income_period b
 left join lateral (select t.* from reg.household t where t.id = b.household_id and not t.deleted) hh on true
 left join lateral (select sum(t.amount::float8) filter (where coalesce((t.item_code in ('A05'::text, 'A06'::text)), false)) as post_pay,
   sum(t.amount::float8) filter (where coalesce((t.item_code = 'D4'::text), false)) as pension from reg.income_item t where t.period_id = b.id and not t.deleted) a1 on true
 left join lateral (select sum(t.amount::float8) filter (where coalesce(((t.item_no = '26'::text) and (t.kind = '公益性岗位'::text) and (t.begin_day >= rule.make_day((rule.year_of(rule.today()) - 1::float8), 10::float8, 1::float8)) and (t.begin_day < rule.make_day(rule.year_of(rule.today()), 10::float8, 1::float8))), false)) as post_paid,
   sum(t.amount::float8) filter (where coalesce((t.item_no = '21'::text), false)) as pension_month,
   sum(t.amount::float8) filter (where coalesce(((t.item_no in ('31'::text, '32'::text)) and (t.year::float8 = rule.year_of(rule.today()))), false)) as medical_paid from relapse.dept_fact t where t.household_id = b.household_id and not t.deleted) a2 on true
 where not b.deleted and coalesce(((b.period_kind = '01'::text) and (b.year::float8 = rule.year_of(rule.today()))), false);
grant select on relapse.rule_compare_income to ganong_app;
