-- The items that departments hand in and the rules over them, as the catalogue shows them (departments.toml, warnings.toml; a test
-- holds the two together), and the amounts that add up over months.
select set_config('ganong.scope_lo', '360000000000', true), set_config('ganong.scope_hi', '370000000000', true);

insert into relapse.dept_dataset (id, region_code, item_no, dept, name, key_fields, uses, frequency, enabled, note)
select gen_random_uuid(), '360000000000', v.item_no, v.dept, v.name, v.key_fields, v.uses, v.frequency, true, v.note
  from (values
    ('1', '01', '户籍人口', '姓名、证件号码、区划、户号、户主关系、户口性质、户籍地址、民族', array['P', 'C'], '04', '每月报增量'),
    ('2', '01', '户籍变动', '姓名、证件号码、区划、变动日期、变动类别', array['W', 'P'], '02', null),
    ('3', '01', '机动车登记', '姓名、证件号码、区划、登记日期、车辆类型、使用性质、状态', array['C'], '04', null),
    ('4', '01', '交通事故伤亡', '姓名、证件号码、区划、事故日期、赔付金额(元)、伤亡程度、责任', array['W'], '01', '能实时的实时报送，其余每周'),
    ('5', '01', '羁押及刑案致害', '姓名、证件号码、区划、起始日期、类别、截止日期', array['W', 'C'], '04', null),
    ('6', '02', '30种大病新增', '姓名、证件号码、区划、确诊日期、病种、诊断机构', array['W'], '04', null),
    ('7', '02', '严重精神障碍和耐多药结核', '姓名、证件号码、区划、类别、是否在管', array['W'], '04', null),
    ('8', '02', '死亡医学证明', '姓名、证件号码、区划、死亡日期、死因', array['W', 'P'], '02', null),
    ('9', '02', '慢病签约', '姓名、证件号码、区划、病种、签约医生', array['P'], '05', null),
    ('10', '03', '农村低保', '姓名、证件号码、区划、起始年月、月保障金额(元)、保障人、档次、致困原因、停发日期', array['W', 'P'], '04', null),
    ('11', '03', '特困人员', '姓名、证件号码、区划、起始年月、供养方式、自理能力', array['W', 'P'], '04', null),
    ('12', '03', '低保边缘和刚性支出困难家庭', '姓名、证件号码、区划、起始年月、类别、截止年月', array['W'], '04', null),
    ('13', '03', '临时救助', '姓名、证件号码、区划、救助日期、救助金额(元)、救助原因', array['W'], '04', null),
    ('14', '03', '孤儿和事实无人抚养儿童', '姓名、证件号码、区划、起始年月、类别', array['W'], '04', null),
    ('15', '03', '婚姻和火化', '姓名、证件号码、区划、日期、类别', array['C', 'P'], '04', null),
    ('16', '04', '持证残疾人', '姓名、证件号码、区划、残疾类别、残疾等级、残疾证号、有效期至', array['P'], '04', null),
    ('17', '04', '新增和等级变更', '姓名、证件号码、区划、变更日期、变更前等级、变更后等级', array['W'], '04', null),
    ('18', '04', '残疾人两项补贴', '姓名、证件号码、区划、月金额(元)、补贴类别', array['C', 'P'], '04', null),
    ('19', '05', '失业登记和停保', '姓名、证件号码、区划、失业日期、原单位、再就业日期', array['W'], '04', null),
    ('20', '05', '务工欠薪和工伤', '姓名、证件号码、区划、日期、金额(元)、类别', array['W'], '04', null),
    ('21', '05', '养老待遇', '姓名、证件号码、区划、月领取额(元)、险种', array['C', 'P'], '04', null),
    ('22', '05', '公益性岗位和就业补贴', '姓名、证件号码、区划、月金额(元)、岗位', array['C', 'P'], '04', null),
    ('23', '06', '农村房屋鉴定', '姓名、证件号码、区划、鉴定日期、鉴定等级、整治状态、是否另有住房', array['W'], '04', null),
    ('24', '06', '危房改造名单', '姓名、证件号码、区划、年度、是否完工', array['P'], '05', null),
    ('25', '06', '商品房网签', '姓名、证件号码、区划、网签日期、房屋地址、面积(㎡)', array['C'], '04', null),
    ('26', '07', '惠农一卡通', '姓名、证件号码、区划、发放日期、金额(元)、补贴项目', array['C', 'P'], '04', null),
    ('27', '07', '财政供养人员', '姓名、证件号码、区划、单位', array['C'], '05', null),
    ('28', '08', '自然灾害受灾户', '姓名、证件号码、区划、受灾日期、损失金额(元)、灾种、损失类别', array['W'], '01', '能实时的实时报送，其余每周'),
    ('29', '08', '火灾和生产安全事故', '姓名、证件号码、区划、日期、损失(元)、伤亡和房损情况', array['W'], '01', null),
    ('30', '09', '参保缴费', '姓名、证件号码、区划、年度、险种、资助类别、参保状态', array['W', 'P'], '04', null),
    ('31', '09', '住院结算', '姓名、证件号码、区划、入院日期、政策范围内个人负担(元)、医疗救助支付(元)', array['W'], '04', '脱贫户、监测户每旬报送，其余每月'),
    ('32', '09', '门诊慢特病结算', '姓名、证件号码、区划、就诊日期、政策范围内个人负担(元)、病种', array['W'], '04', null),
    ('33', '09', '大病保险和医疗救助支付', '姓名、证件号码、区划、日期、金额(元)、类别', array['W', 'C'], '04', null),
    ('34', '10', '学籍', '姓名、证件号码、区划、学段、年级、学校、在籍状态', array['P'], '06', null),
    ('35', '10', '控辍保学台账', '姓名、证件号码、区划、疑似辍学日期、劝返情况', array['W'], '04', '开学期间每旬报送'),
    ('36', '10', '学生资助', '姓名、证件号码、区划、金额(元)、资助项目', array['P'], '06', null),
    ('37', '10', '非义务教育自付费用', '姓名、证件号码、区划、自付(元)、学校、学费住宿费(元)、资助(元)', array['W'], '07', '每年 4 月、9 月报送'),
    ('38', '11', '饮水问题工单', '姓名、证件号码、区划、起始日期、问题、截止日期', array['W'], '04', null),
    ('39', '11', '水库移民后扶', '姓名、证件号码、区划、年补助(元)', array['C', 'P'], '07', null),
    ('40', '12', '不动产登记', '姓名、证件号码、区划、用途、坐落、面积(㎡)', array['C'], '04', null),
    ('41', '12', '地灾隐患点威胁户', '姓名、证件号码、区划、隐患等级、避险搬迁', array['W'], '05', null),
    ('42', '13', '经营主体', '姓名、证件号码、区划、名称、类型、注册资本(万元)、状态', array['C'], '04', null),
    ('43', '13', '法人股东任职', '姓名、证件号码、区划、身份、出资比例(%)', array['C'], '04', null),
    ('44', '13', '吊销注销', '姓名、证件号码、区划、日期、名称、原因', array['W'], '04', null),
    ('F1', 'B01', '存款理财区间', '姓名、证件号码、区划、余额区间', array['C'], '08', '12 家金融机构，核对时报送'),
    ('F2', 'B01', '贷款逾期', '姓名、证件号码、区划、贷款金额(元)、逾期天数', array['C', 'W'], '04', '12 家金融机构'),
    ('F3', 'B01', '防贫保险理赔', '姓名、证件号码、区划、赔付日期、赔付金额(元)', array['C', 'W'], '04', '12 家金融机构'),
    ('X1', '15', '被执行人', '姓名、证件号码、区划、立案日期、执行标的(元)', array['W'], '04', '扩展项'),
    ('X2', '19', '困难诉求', '姓名、证件号码、区划、诉求日期、诉求类别、诉求内容', array['W'], '04', '扩展项：信访、12317、媒体')
  ) v (item_no, dept, name, key_fields, uses, frequency, note)
 where not exists (select from relapse.dept_dataset d where d.item_no = v.item_no and not d.deleted);

insert into relapse.warn_rule (id, region_code, rule_id, version, name, dept, dataset_id, subject, risk, basis, expr,
                               weight, level_default, dedupe_days, cooldown_days, enabled, state, published_at)
select gen_random_uuid(), '360000000000', v.rule_id, 1, v.name, d.dept, d.id, '01', v.risk, v.basis, v.expr, v.weight, v.level, 30, 180, true, '03', now()
  from (values
    ('W01', '累计合规个人负担（低收入身份）', '31', array['01'], 'domain 01 §6.3 W01，S12b', 'low_income and medical_12m >= yuan(:rural_income_yuan * :w01_share_pct / 100)；高：medical_12m >= yuan(:rural_income_yuan * :w01_high_pct / 100)', 40, '2'),
    ('W02', '累计合规个人负担（一般农户）', '31', array['01'], 'domain 01 §6.3 W02，S12b', 'not low_income and medical_12m >= yuan(:rural_income_yuan * :w02_share_pct / 100)；高：medical_12m >= yuan(:rural_income_yuan * :w02_high_pct / 100)', 40, '2'),
    ('W03', '住院自付超阈值', '31', array['01'], 'domain 01 §6.3 W03，S12e', '(low_income: amount >= yuan(:w03_low_income_yuan)) and (其余: amount >= yuan(:w03_ordinary_yuan))', 30, '3'),
    ('W04', '门诊慢特病月自付连续三月', '32', array['01'], 'domain 01 §6.3 W04，S12d', 'outpatient_months >= 3', 20, '3'),
    ('W05', '户内合计自付占纯收入', '31', array['01'], 'domain 01 §6.3 W05，设计', 'net_income > yuan(0) and family_medical_12m >= yuan(to_yuan(net_income) * :w05_share_pct / 100)', 70, '1'),
    ('W06', '低收入身份未参保', '30', array['01'], 'domain 01 §6.3 W06，惯例', 'low_income and insured is false and year = year_of(today())', 40, '2'),
    ('W07', '新确诊大病', '6', array['01'], 'domain 01 §6.3 W07，S12d', 'day >= add_days(today(), -:recent_days)；中：low_income', 20, '3'),
    ('W08', '严重精神障碍、耐多药结核新增', '7', array['01', '03'], 'domain 01 §6.3 W08，惯例', 'is_new', 20, '3'),
    ('W09', '主要劳动力死亡', '8', array['05', '08'], 'domain 01 §6.3 W09，惯例', 'able and day >= add_days(today(), -:recent_days) and (2: has_text(kind, ''死亡''))', 70, '1'),
    ('W10', '新增或升至重度残疾', '17', array['03'], 'domain 01 §6.3 W10，S13', 'after in (''一级'', ''二级'', ''1'', ''2'', ''1级'', ''2级'') and day >= add_days(today(), -:recent_days)；高：disabled_in_family >= 2', 40, '2'),
    ('W11', '新增三、四级残疾（低收入身份）', '17', array['03'], 'domain 01 §6.3 W11，惯例', 'low_income and after in (''三级'', ''四级'', ''3'', ''4'', ''3级'', ''4级'') and day >= add_days(today(), -:recent_days)', 20, '3'),
    ('W12', '新增低保、特困、低边、刚困', '10', array['99'], 'domain 01 §6.3 W12，S13', 'day >= add_days(today(), -:recent_days)', 40, '2'),
    ('W13', '临时救助', '13', array['99'], 'domain 01 §6.3 W13，S13；额度设计', 'amount >= yuan(:w13_yuan) or amount_12m >= yuan(:w13_yuan) or times_12m >= :w13_times', 40, '2'),
    ('W14', '新增孤儿、事实无人抚养儿童', '14', array['99'], 'domain 01 §6.3 W14，惯例', 'day >= add_days(today(), -:recent_days)', 70, '1'),
    ('W15', '停保退保且整户无劳动力', '10', array['08'], 'domain 01 §6.3 W15，设计', 'until is not null and no_labor', 40, '2'),
    ('W16', '义务教育疑似辍学', '35', array['11'], 'domain 01 §6.3 W16，惯例', 'age between 6 and 15 and not (has_text(back, ''已劝返'') or has_text(back, ''已返校''))', 70, '1'),
    ('W17', '非义务教育年自付', '37', array['02'], 'domain 01 §6.3 W17，S12d', 'amount >= yuan(:w17_yuan)', 40, '2'),
    ('W18', '非义务教育在读两人以上（低收入身份）', '37', array['02'], 'domain 01 §6.3 W18，S13', 'low_income and above_compulsory >= 2', 20, '3'),
    ('W19', '唯一住房鉴定为 C、D 级未整治', '23', array['09'], 'domain 01 §6.3 W19，惯例', 'grade in (''C'', ''D'', ''C级'', ''D级'') and other_house is not true and not (has_text(status, ''已'') or has_text(status, ''完成''))；高：grade in (''D'', ''D级'')', 40, '2'),
    ('W20', '灾害倒损房屋、需避险搬迁', '28', array['04', '09'], 'domain 01 §6.3 W20，S12d', 'not empty(name_said) and (28: has_text(loss, ''房'') and day >= add_days(today(), -:recent_days)) and (41: has_text(moved, ''需''))', 70, '1'),
    ('W21', '作物、养殖因灾损失', '28', array['04', '06'], 'domain 01 §6.3 W21，设计', '(has_text(loss, ''作物'') or has_text(loss, ''养殖'')) and operate_income > yuan(0) and amount >= yuan(to_yuan(operate_income) * :w21_share_pct / 100)', 40, '2'),
    ('W22', '火灾、生产安全事故致伤亡或房损', '29', array['05'], 'domain 01 §6.3 W22，惯例', 'has_text(harm, ''亡'') or has_text(harm, ''伤'') or has_text(harm, ''房'')', 70, '1'),
    ('W23', '饮水不达标、断水持续', '38', array['10'], 'domain 01 §6.3 W23，设计', 'days_between(day, coalesce(until, today())) >= :w23_days；高：days_between(day, coalesce(until, today())) >= :w23_high_days', 40, '2'),
    ('W24', '交通事故致死致残', '4', array['05'], 'domain 01 §6.3 W24，S14；重伤为设计', 'has_text(degree, ''死'') or has_text(degree, ''残'') or has_text(degree, ''重伤'')', 70, '1'),
    ('W25', '刑案致害或主要劳动力被羁押', '5', array['05', '08'], 'domain 01 §6.3 W25，S14', 'able and (until is null or until >= today())', 40, '2'),
    ('W26', '户口迁入婚入增员', '2', array['99'], 'domain 01 §6.3 W26，设计', 'low_income and (has_text(kind, ''迁入'') or has_text(kind, ''婚入'')) and family_rows >= 2', 20, '3'),
    ('W27', '劳动力失业', '19', array['07'], 'domain 01 §6.3 W27，惯例', 'low_income and until is null and day <= add_months(today(), -:w27_months)', 40, '2'),
    ('W29', '欠薪、工伤', '20', array['07', '05'], 'domain 01 §6.3 W29，设计', 'amount >= yuan(:w29_yuan) or has_text(kind, ''残'')', 40, '2'),
    ('W30', '经营主体吊销注销', '44', array['06'], 'domain 01 §6.3 W30，S7、设计', 'is_head', 20, '3'),
    ('W31', '小额信贷逾期', 'F2', array['06'], 'domain 01 §6.3 W31，设计', 'days >= :w31_days', 40, '2'),
    ('W32', '防贫保险大额理赔', 'F3', array['99'], 'domain 01 §6.3 W32，设计', 'amount >= yuan(:w32_yuan)', 40, '2'),
    ('W37', '困难诉求', 'X2', array['99'], 'domain 01 §6.3 W37，S37', 'not empty(kind)', 40, '2'),
    ('W38', '被执行人（低收入身份）', 'X1', array['99'], 'domain 01 §6.3 W38，设计', 'low_income and amount >= yuan(:w38_yuan)', 20, '3')
  ) v (rule_id, name, item, risk, basis, expr, weight, level)
  join relapse.dept_dataset d on d.item_no = v.item and not d.deleted
 where not exists (select from relapse.warn_rule r where r.rule_id = v.rule_id and not r.deleted);

-- Amounts of matched lines, for sums over twelve months: who, which item, when, how much. No number and no name.
create table relapse.dept_amount (
    region_code text collate "C" not null,
    person_id uuid not null,
    household_id uuid not null,
    item_no text not null,
    day date not null,
    amount bigint not null,
    serial text not null default ''
);
create unique index dept_amount_once on relapse.dept_amount (person_id, item_no, day, amount, serial);
create index dept_amount_household on relapse.dept_amount (household_id, item_no, day);
create index dept_amount_region on relapse.dept_amount (region_code);
select app.protect('relapse.dept_amount');

-- Who was on a delivery that lists everybody: what tells the new ones.
create table relapse.dept_seen (
    region_code text collate "C" not null,
    person_id uuid not null,
    item_no text not null,
    first_on date not null
);
create unique index dept_seen_once on relapse.dept_seen (item_no, person_id);
create index dept_seen_region on relapse.dept_seen (region_code);
select app.protect('relapse.dept_seen');
