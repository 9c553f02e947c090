-- Risks of a whole village or county: alarms with their households, prices of produce by county and month (domain 01 §6.3 W39, W40).
create table relapse.product_price (
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
    product text not null,
    month integer not null,
    price bigint not null,
    unit text not null default '公斤',
    is_leading boolean not null default true,
    price_source text
);
create index product_price_region on relapse.product_price (region_code, id);
create index product_price_product on relapse.product_price (region_code, product);
create index product_price_month on relapse.product_price (region_code, month);
create index product_price_is_leading on relapse.product_price (region_code, is_leading);
create unique index product_price_region_code_product_month_key on relapse.product_price (region_code, product, month) where not deleted;
select app.protect('relapse.product_price');

create table relapse.region_alarm (
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
    kind text not null,
    subject text not null,
    title text not null,
    county text collate "C" not null,
    reason text not null,
    households integer,
    share numeric(18,2),
    found_on date not null,
    last_seen date not null,
    due_at timestamptz,
    answer text,
    answered_at timestamptz,
    state text default '01'
);
create index region_alarm_region on relapse.region_alarm (region_code, id);
create index region_alarm_kind on relapse.region_alarm (region_code, kind);
create index region_alarm_subject on relapse.region_alarm (region_code, subject);
create index region_alarm_found_on on relapse.region_alarm (region_code, found_on);
create index region_alarm_state on relapse.region_alarm (region_code, state);
select app.protect('relapse.region_alarm');

create table relapse.region_alarm_household (
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
    alarm_id uuid references relapse.region_alarm (id) on delete restrict not null,
    household_id uuid references reg.household (id) on delete restrict not null,
    event_day date
);
create index region_alarm_household_region on relapse.region_alarm_household (region_code, id);
create index region_alarm_household_alarm_id on relapse.region_alarm_household (alarm_id);
create index region_alarm_household_household_id on relapse.region_alarm_household (household_id);
create unique index region_alarm_household_alarm_id_household_id_key on relapse.region_alarm_household (alarm_id, household_id) where not deleted;
select app.protect('relapse.region_alarm_household');


create unique index region_alarm_open on relapse.region_alarm (region_code, kind, subject) where state <> '04' and not deleted;

-- Items of further departments that a rule or a check reads (departments.toml), and the rules of regions
-- (regional.toml).
select set_config('ganong.scope_lo', '360000000000', true), set_config('ganong.scope_hi', '370000000000', true);

insert into relapse.dept_dataset (id, region_code, item_no, dept, name, key_fields, uses, frequency, enabled, note)
select gen_random_uuid(), '360000000000', v.item_no, v.dept, v.name, v.key_fields, v.uses, v.frequency, true, v.note
  from (values
    ('X3', '21', '农业因灾因疫损失', '姓名、证件号码、区划、受灾日期、损失金额(元)、灾种、损失内容', array['W'], '01', '扩展项：作物受灾、动物疫病、农险报案，发生即报'),
    ('X4', '21', '产业项目失败', '姓名、证件号码、区划、日期、项目名称、原因', array['W'], '05', '扩展项：帮扶产业项目停产、失败'),
    ('X5', '16', '服刑、强制戒毒和社区矫正', '姓名、证件号码、区划、起始日期、类别、截止日期', array['W', 'C'], '04', '扩展项：社区矫正人员仍可劳动，只供核对'),
    ('X6', '17', '营运车辆', '姓名、证件号码、区划、车辆类型、经营范围、营运状态', array['C'], '05', '扩展项：与机动车登记一起供核对'),
    ('X7', '05', '务工返乡', '姓名、证件号码、区划、返乡日期、返乡原因、再次外出日期', array['W'], '04', '扩展项：务工月监测中的返乡人员；再次外出的填再次外出日期'),
    ('X9', '21', '台账内部筛查', '姓名、证件号码、收入年度、人均纯收入、上年人均纯收入、监测范围、下降百分比、外出务工人数、已返乡人数、最近返乡日期', array['W'], '08', '扩展项：由系统每日从台账生成，不需报送'),
    ('X8', '20', '森林火灾和林业有害生物损失', '姓名、证件号码、区划、受灾日期、损失金额(元)、灾种、损失内容', array['W'], '01', '扩展项：林木、林下经济因灾损失，发生即报')
  ) v (item_no, dept, name, key_fields, uses, frequency, note)
 where not exists (select from relapse.dept_dataset d where d.item_no = v.item_no and not d.deleted);

insert into relapse.warn_rule (id, region_code, rule_id, version, name, subject, risk, basis, expr,
                               weight, level_default, dedupe_days, cooldown_days, enabled, state, published_at)
select gen_random_uuid(), '360000000000', v.rule_id, 1, v.name, v.subject, v.risk, v.basis, v.expr, v.weight, v.level, 30, 180, true, '03', now()
  from (values
    ('W39', '同村集中受灾', '03', array['04'], 'domain 01 §6.3 W39，设计', '同村同灾种，:w39_days 日内命中 W20、W21 的户数达到 :w39_households 户，或达到在册户的 :w39_share_pct %', 70, '1'),
    ('W40', '主导产业、大宗农产品价格下跌', '04', array['06'], 'domain 01 §6.3 W40，设计', '县主导产业或大宗农产品价格比上月下跌达到 :w40_drop_pct %', 40, '2')
  ) v (rule_id, name, subject, risk, basis, expr, weight, level)
 where not exists (select from relapse.warn_rule r where r.rule_id = v.rule_id and not r.deleted);

insert into relapse.warn_rule (id, region_code, rule_id, version, name, dept, dataset_id, subject, risk, basis, expr,
                               weight, level_default, dedupe_days, cooldown_days, enabled, state, published_at)
select gen_random_uuid(), '360000000000', v.rule_id, 1, v.name, d.dept, d.id, v.subject, v.risk, v.basis, v.expr, v.weight, v.level, 30, 180, true, '03', now()
  from (values
    ('W28', '户内务工者全部返乡', '02', array['07'], 'domain 01 §6.3 W28，设计', 'out_workers >= 1 and returned >= out_workers', 70, '1'),
    ('W33', '脱贫户人均纯收入低于监测范围', '02', array['99'], 'domain 01 §6.3 W33，Q130', 'poverty and year >= year_of(today()) - 1 and net_pc < line', 70, '1'),
    ('W34', '脱贫户人均纯收入下降', '02', array['99'], 'domain 01 §6.3 W34，设计、S13', 'poverty and year >= year_of(today()) - 1 and dropped >= :w34_drop_pct；高：dropped >= :w34_high_pct', 40, '2'),
    ('W35', '脱贫户人均纯收入略高于监测范围', '02', array['99'], 'domain 01 §6.3 W35，设计', 'poverty and year >= year_of(today()) - 1 and net_pc >= line and to_yuan(net_pc) * 100 <= to_yuan(line) * :w35_line_pct', 20, '3'),
    ('W36', '已消除户再次命中', '02', array['99'], 'domain 01 §6.3 W36，Q210', 'eliminated and (warned or (poverty and year >= year_of(today()) - 1 and (net_pc < line or dropped >= :w34_drop_pct)))', 70, '1')
  ) v (rule_id, name, subject, risk, basis, expr, weight, level)
  join relapse.dept_dataset d on d.item_no = 'X9' and not d.deleted
 where not exists (select from relapse.warn_rule r where r.rule_id = v.rule_id and not r.deleted);

-- W21, W25 and W30 read further items; the rule's text says which. Nobody edited version 1 where its text is still the first one.
update relapse.warn_rule set name = '作物、养殖因灾因疫损失', expr = 'operate_income > yuan(0) and (28: has_text(loss, ''作物'') or has_text(loss, ''养殖'')；X3、X8 全部) and amount >= yuan(to_yuan(operate_income) * :w21_share_pct / 100)'
 where rule_id = 'W21' and version = 1 and not deleted;
update relapse.warn_rule set expr = 'able and (until is null or until >= today()) and (X5: not has_text(kind, ''社区矫正''))'
 where rule_id = 'W25' and version = 1 and not deleted;
update relapse.warn_rule set name = '经营主体吊销注销、产业项目失败', expr = 'not empty(title) and (44: is_head)'
 where rule_id = 'W30' and version = 1 and not deleted;
