//! Columns of the plain exports in their original order: 人口名单 (32), 户信息 (53), 人口信息 (47), work and villages.

use super::{At, Col};
use crate::dice::mix;
use crate::family::ym;
use crate::labels::{self, hundredths, yes, yuan};
use crate::model::{Family, Item, Village};
use chrono::{Datelike, NaiveDate};

fn o(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}
fn month(ym: Option<i32>) -> String {
    ym.map(|m| m.to_string()).unwrap_or_default()
}
/// `2025年03月`
pub(super) fn long_month(ym: i32) -> String {
    format!("{}年{:02}月", ym / 100, ym % 100)
}
fn sum(at: &At<'_>, prefix: &str) -> String {
    let add = |items: &[Item]| items.iter().filter(|i| i.code.starts_with(prefix)).map(|i| i.amount).sum::<i64>();
    at.family.annual().map(|i| yuan(add(&i.items))).unwrap_or_default()
}
fn net_pc(at: &At<'_>) -> String {
    at.family.annual().map(|i| yuan(i.totals.net_pc)).unwrap_or_default()
}
fn area(at: &At<'_>, n: usize) -> String {
    at.family.living.areas[n].map(hundredths).unwrap_or_default()
}
fn flag(b: Option<bool>) -> String {
    b.map(|b| yes(b).to_owned()).unwrap_or_default()
}
/// The number as people type it: mostly right, a few with a small x, with full-width digits or still of 15 digits.
pub(super) fn id_text(at: &At<'_>, id: &str, cert: Option<&String>) -> String {
    let text = cert.map_or(id, String::as_str);
    match mix(0x1d, at.family.index * 16 + u64::from(at.person.no)) % 1_000 {
        0..=99 => text.to_lowercase(),
        100 => text.chars().map(|c| char::from_u32(c as u32 + 0xfee0).filter(|_| c.is_ascii_digit()).unwrap_or(c)).collect(),
        101 if text.len() == 18 && at.person.birth.year() < 1990 && at.person.birth.year() >= 1900 => {
            crate::ident::old_number(text)
        }
        _ => text.to_owned(),
    }
}
fn head_name(at: &At<'_>) -> String {
    at.family.head().map(|h| h.name.clone()).unwrap_or_default()
}
fn head_id(at: &At<'_>) -> String {
    at.family.head().map(|h| h.id_no.clone()).unwrap_or_default()
}
fn household_type(f: &Family) -> String {
    if f.class.is_poverty() { "脱贫户" } else { "一般农户" }.to_owned()
}
fn work_months(at: &At<'_>) -> String {
    at.person.work_months.map(|m| format!("{}", f64::from(m) / 10.0)).unwrap_or_default()
}
fn code(at: &At<'_>) -> String {
    at.family.national_code.clone().unwrap_or_default()
}
fn person_code(at: &At<'_>) -> String {
    at.family.national_person(at.person.no).unwrap_or_default()
}
fn eliminated(at: &At<'_>) -> String {
    at.family.case.as_ref().map(|c| yes(c.eliminated.is_some()).to_owned()).unwrap_or_default()
}

pub(super) const PEOPLE_LIST: &[Col] = &[
    ("序号", |a| a.serial.to_string()),
    ("数据日期", |a| a.date.to_owned()),
    ("县(市、区、旗)", |a| a.village.place.county.clone()),
    ("乡(镇)", |a| a.village.place.town.clone()),
    ("行政村", |a| a.village.place.village.clone()),
    ("自然村", |a| format!("第{}村民小组", a.family.group_no)),
    ("户编号", code),
    ("人编号", person_code),
    ("姓名", |a| a.person.name.clone()),
    ("证件号码", |a| id_text(a, &a.person.id_no, a.person.disability_cert.as_ref())),
    ("人数", |a| a.family.hukou_count.to_string()),
    ("与户主关系", |a| labels::relation(a.person.relation.unwrap_or_default()).to_owned()),
    ("民族", |a| labels::nation(a.person.nation).to_owned()),
    ("文化程度", |a| labels::education(a.person.education.unwrap_or_default()).to_owned()),
    ("在校生状况", |a| labels::student(a.person.student.unwrap_or_default()).to_owned()),
    ("健康状况", |a| labels::health(&a.person.health)),
    ("劳动技能", |a| labels::labor(a.person.labor).to_owned()),
    ("务工时间（月）", work_months),
    ("是否参加大病保险", |a| yes(a.person.ins_major).to_owned()),
    ("致贫原因1", |a| labels::cause(a.family.poverty_cause.unwrap_or_default()).to_owned()),
    ("危房户", |a| flag(a.family.living.dangerous_house)),
    ("是否解决安全饮用水", |a| flag(a.family.living.safe_water)),
    ("人均纯收入", net_pc),
    ("户联系电话", |a| o(a.family.phone.as_deref())),
    ("人联系电话", |a| o(a.person.phone.as_deref())),
    ("首次识别时间", |a| month(a.family.first_identify_ym)),
    ("人员识别时间", |a| month(a.person.identify_ym)),
    ("户类型", |a| household_type(a.family)),
    ("易返贫致贫户(监测对象)类型", |a| labels::monitored(a.family.case.as_ref().map_or("", |c| c.kind)).to_owned()),
    ("风险是否消除", eliminated),
    ("风险识别时间", |a| month(a.family.case.as_ref().map(|c| ym(c.identified)))),
    ("风险消除时间", |a| a.family.case.as_ref().and_then(|c| c.eliminated).map(|d| long_month(ym(d))).unwrap_or_default()),
];

pub(super) const HOUSEHOLDS: &[Col] = &[
    ("省", |_| "江西省".to_owned()),
    ("市", |a| a.village.place.city.clone()),
    ("县", |a| a.village.place.county.clone()),
    ("乡", |a| a.village.place.town.clone()),
    ("村", |a| a.village.place.village.clone()),
    ("户编号", code),
    ("户主编号", person_code),
    ("户主姓名", head_name),
    ("户主证件号码", head_id),
    ("家庭人口数", |a| a.family.hukou_count.to_string()),
    ("是否危房户", |a| flag(a.family.living.dangerous_house)),
    ("人均纯收入", net_pc),
    ("年收入", |a| a.family.annual().map(|i| yuan(i.totals.gross)).unwrap_or_default()),
    ("是否解决安全饮用水", |a| flag(a.family.living.safe_water)),
    ("年度", |a| a.date[..4].to_owned()),
    ("村办公电话", |_| String::new()),
    ("开户银行名称", |a| a.family.bank_name.to_owned()),
    ("银行卡号", |a| a.family.bank_account.clone()),
    ("识别标准", |_| "国家标准".to_owned()),
    ("主要致贫原因", |a| labels::cause(a.family.poverty_cause.unwrap_or_default()).to_owned()),
    ("次要致贫原因", |_| String::new()),
    ("工资性收入", |a| sum(a, "A")),
    ("生产经营性收入", |a| sum(a, "B")),
    ("财产性收入", |a| sum(a, "C")),
    ("转移性收入", |a| sum(a, "D")),
    ("计划生育金", |a| sum(a, "D1")),
    ("低保金", |a| sum(a, "D2")),
    ("五保金", |a| sum(a, "D3")),
    ("养老保险金", |a| sum(a, "D4")),
    ("生态补偿金", |a| sum(a, "D5")),
    ("其他转移性收入", |a| sum(a, "D6")),
    ("生产经营性支出", |a| sum(a, "E")),
    ("纯收入", |a| a.family.annual().map(|i| yuan(i.totals.net)).unwrap_or_default()),
    ("资产收益扶贫分红收入", |a| sum(a, "C1")),
    ("其他财产性收入", |a| sum(a, "C2")),
    ("耕地面积（亩）", |a| area(a, 0)),
    ("水面面积", |a| area(a, 6)),
    ("是否加入农民专业合作组织", |a| yes(a.family.living.coop_member).to_owned()),
    ("退耕还林面积（亩）", |a| area(a, 3)),
    ("林果面积（亩）", |a| area(a, 4)),
    ("牧草地面积", |a| area(a, 5)),
    ("林地面积（亩）", |a| area(a, 2)),
    ("是否通生产用电", |_| "是".to_owned()),
    ("是否通生活用电", |a| yes(a.family.living.elec_life).to_owned()),
    ("是否通广播电视", |_| "是".to_owned()),
    ("与村主干路距离", |a| hundredths(a.family.living.road_dist)),
    ("入户路类型", |a| labels::road(a.family.living.road_type).to_owned()),
    ("住房面积", |a| hundredths(a.family.living.house_area)),
    ("是否有卫生厕所", |a| yes(a.family.living.toilet).to_owned()),
    ("主要燃料类型", |a| labels::fuel(a.family.living.fuel).to_owned()),
    ("危房级别", |a| a.family.living.danger_level.to_owned()),
    ("是否有龙头企业带动", |a| yes(a.family.living.leader_enterprise).to_owned()),
    ("是否有创业致富带头人带动", |a| yes(a.family.living.leader_person).to_owned()),
];

pub(super) const PEOPLE: &[Col] = &[
    ("省", |_| "江西省".to_owned()),
    ("市", |a| a.village.place.city.clone()),
    ("县", |a| a.village.place.county.clone()),
    ("乡", |a| a.village.place.town.clone()),
    ("村", |a| a.village.place.village.clone()),
    ("户编号", code),
    ("人口编号", person_code),
    ("姓名", |a| a.person.name.clone()),
    ("性别", |a| if a.person.gender == "1" { "男" } else { "女" }.to_owned()),
    ("出生日期", |a| a.person.birth.format("%Y%m%d").to_string()),
    ("证件类型", |a| if a.person.disability_cert.is_some() { "残疾人证" } else { "居民身份证" }.to_owned()),
    ("证件号码", |a| id_text(a, &a.person.id_no, a.person.disability_cert.as_ref())),
    ("民族", |a| labels::nation(a.person.nation).to_owned()),
    ("户联系电话", |a| o(a.family.phone.as_deref())),
    ("成员联系电话", |a| o(a.person.phone.as_deref())),
    ("年度", |a| a.date[..4].to_owned()),
    ("与户主关系", |a| labels::relation(a.person.relation.unwrap_or_default()).to_owned()),
    ("文化程度", |a| labels::education(a.person.education.unwrap_or_default()).to_owned()),
    ("在校生状况", |a| labels::student(a.person.student.unwrap_or_default()).to_owned()),
    ("劳动技能", |a| labels::labor(a.person.labor).to_owned()),
    ("务工时间（月）", work_months),
    ("健康状况", |a| labels::health(&a.person.health)),
    ("政治面貌", |a| labels::political(a.person.political).to_owned()),
    ("务工企业名称", |a| o(a.person.work_company)),
    ("是否享受低保", |a| yes(a.person.dibao != "00").to_owned()),
    ("是否参加城镇职工基本养老保险", |a| flag(a.person.pension_employee)),
    ("是否参加大病保险", |a| yes(a.person.ins_major).to_owned()),
    ("是否参加新型农村合作医疗（城乡居民基本医疗保险）", |a| yes(a.person.ins_resident).to_owned()),
    ("是否参加城乡居民基本养老保险", |a| flag(a.person.pension_resident)),
    ("失学或辍学原因", |_| String::new()),
    ("是否会讲普通话", |a| yes(a.person.mandarin).to_owned()),
    ("是否参加商业补充医疗保险", |a| yes(a.person.ins_commercial).to_owned()),
    ("是否国外务工", |_| "否".to_owned()),
    ("产业分类", |a| o(a.person.work_industry.map(labels::industry_class))),
    ("是否接受大病医疗救助", |a| yes(a.person.med_assist).to_owned()),
    ("是否接受其他健康扶贫", |_| "否".to_owned()),
    ("公益性岗位类型", |a| a.person.public_post.map(labels::post).unwrap_or_default().to_owned()),
    ("公益性岗位(月数)", |a| month(a.person.public_post_months)),
    ("就业渠道", |a| a.person.work_channel.map(labels::channel).unwrap_or_default().to_owned()),
    ("残疾类别", |a| a.person.disability.map(|(k, ..)| labels::disability(k)).unwrap_or_default().to_owned()),
    ("务工所在地", |a| o(a.person.work_place.as_deref())),
    ("户主姓名", head_name),
    ("户主证件号码", head_id),
    ("是否参加城镇职工基本医疗保险", |a| yes(a.person.ins_employee).to_owned()),
    ("是否特困供养人员", |a| yes(a.person.tekun != "00").to_owned()),
    ("残疾证办证年度", |a| month(a.person.disability.map(|(.., y)| y))),
    ("识别标准", |_| "国家标准".to_owned()),
];

pub(super) const WORKING: &[Col] = &[
    ("县", |a| a.village.place.county.clone()),
    ("乡", |a| a.village.place.town.clone()),
    ("村", |a| a.village.place.village.clone()),
    ("户编号", code),
    ("人编号", person_code),
    ("姓名", |a| a.person.name.clone()),
    ("证件号码", |a| a.person.id_no.clone()),
    ("监测对象类别", |a| labels::monitored(a.family.case.as_ref().map_or("", |c| c.kind)).to_owned()),
    ("户类型", |a| household_type(a.family)),
    ("是否已务工", |_| "是".to_owned()),
    ("开始时间", |a| a.person.work_start_ym.map(long_month).unwrap_or_default()),
    ("结束时间", |_| String::new()),
    ("务工所在县", |a| o(a.person.work_place.as_deref())),
    ("务工企业名称", |a| o(a.person.work_company)),
    ("务工月收入", |a| yuan(a.person.work_monthly_fen)),
    ("所属行业", |a| o(a.person.work_industry)),
    ("就业渠道", |a| a.person.work_channel.map(labels::channel).unwrap_or_default().to_owned()),
    ("是否点对点输送", |a| yes(a.person.work_channel == Some("02")).to_owned()),
    ("年度交通费补助", |a| {
        let paid = a
            .family
            .annual()
            .map(|i| &i.items)
            .and_then(|x| x.iter().find(|i| i.code == "D609" && i.person == Some(a.person.no)));
        paid.map(|i| yuan(i.amount)).unwrap_or_else(|| "0".to_owned())
    }),
];

pub(super) const PLANNED: &[Col] = &[
    ("县", |a| a.village.place.county.clone()),
    ("乡", |a| a.village.place.town.clone()),
    ("村", |a| a.village.place.village.clone()),
    ("户编号", code),
    ("人编号", person_code),
    ("姓名", |a| a.person.name.clone()),
    ("是否计划务工", |a| yes(plans(a)).to_owned()),
    ("计划务工所在县", |a| if plans(a) { a.village.place.county.clone() } else { String::new() }),
    ("就业服务需求", |a| if plans(a) { "岗位推荐" } else { "" }.to_owned()),
];
fn plans(a: &At<'_>) -> bool {
    mix(9, a.family.index * 16 + u64::from(a.person.no)).is_multiple_of(4)
}

/// A column of the village export.
pub(super) type VillageCol = (&'static str, fn(&Village, NaiveDate) -> String);

fn people(v: &Village, what: impl Fn(&crate::model::Person) -> bool) -> String {
    v.families.iter().flat_map(Family::present).filter(|p| what(p)).count().to_string()
}
fn families(v: &Village, what: impl Fn(&Family) -> bool) -> String {
    v.families.iter().filter(|f| what(f)).count().to_string()
}
/// A figure of the village that follows from its code alone.
fn fixed(v: &Village, salt: u64, least: u64, spread: u64) -> String {
    (least + mix(salt, v.place.number as u64) % spread).to_string()
}

pub(super) const VILLAGE: &[VillageCol] = &[
    ("县", |v, _| v.place.county.clone()),
    ("乡", |v, _| v.place.town.clone()),
    ("村", |v, _| v.place.village.clone()),
    ("年度", |_, t| t.year().to_string()),
    ("是否出列", |_, _| "是".to_owned()),
    ("总户数", |v, _| v.families.len().to_string()),
    ("总人口数", |v, _| people(v, |_| true)),
    ("脱贫户数", |v, _| families(v, |f| f.class.is_poverty())),
    ("脱贫人口数", |v, _| {
        v.families.iter().filter(|f| f.class.is_poverty()).map(|f| f.present().count()).sum::<usize>().to_string()
    }),
    ("监测对象户数", |v, _| families(v, |f| f.case.is_some())),
    ("低保户数", |v, _| families(v, |f| f.present().any(|p| p.dibao != "00"))),
    ("低保人口数", |v, _| people(v, |p| p.dibao != "00")),
    ("特困供养人口数", |v, _| people(v, |p| p.tekun != "00")),
    ("残疾人口数", |v, _| people(v, |p| p.disability.is_some())),
    ("参加城乡居民基本医疗保险人数", |v, _| people(v, |p| p.ins_resident)),
    ("参加城乡居民基本养老保险人数", |v, _| people(v, |p| p.pension_resident == Some(true))),
    ("外出务工人数", |v, _| people(v, |p| !p.resident)),
    ("村级集体经济收入（万元）", |v, _| fixed(v, 1, 8, 60)),
    ("到乡镇是否通沥青（水泥）路", |_, _| "是".to_owned()),
    ("是否通客运班车", |_, _| "是".to_owned()),
    ("村小学（个数）", |v, _| fixed(v, 2, 1, 2)),
    ("行政村卫生室个数", |v, _| fixed(v, 3, 1, 2)),
    ("行政村执业（助理）医师（人）", |v, _| fixed(v, 4, 1, 3)),
    ("行政村公共卫生厕所个数", |v, _| fixed(v, 5, 1, 6)),
    ("行政村生产生活垃圾集中堆放点个数（个）", |v, _| fixed(v, 6, 2, 12)),
    ("行政村文化（图书）室个数 （个）", |v, _| fixed(v, 7, 1, 2)),
    ("未实现饮水安全户数", |v, _| families(v, |f| f.living.safe_water == Some(false))),
    ("危房户数", |v, _| families(v, |f| f.living.dangerous_house == Some(true))),
];
