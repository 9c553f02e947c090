//! Columns of （自定义）监测对象信息 with the anchors that are known of the original (E, M, AO, AP, AV, BI, CH, DE, DF, ET, EZ,
//! FI–FU); 「风险是否已消除」 occurs twice, as it does there.

use super::rows::{id_text, long_month};
use super::{At, Col};
use crate::family::ym;
use crate::labels::{self, hundredths, yes, yuan};
use crate::model::{Case, Income, Measure};

fn o(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}
fn n(number: Option<i32>) -> String {
    number.map(|x| x.to_string()).unwrap_or_default()
}
fn case<'a>(a: &'a At<'_>) -> Option<&'a Case> {
    a.family.case.as_ref()
}
fn of_case(a: &At<'_>, f: impl Fn(&Case) -> String) -> String {
    case(a).map(f).unwrap_or_default()
}
fn income<'a>(a: &'a At<'_>, kind: &str) -> Option<&'a Income> {
    a.family.incomes.iter().find(|i| i.kind == kind)
}
fn now(a: &At<'_>, f: impl Fn(&Income) -> i64) -> String {
    income(a, "01").map(|i| yuan(f(i))).unwrap_or_default()
}
/// After elimination; a household that is not yet there has an empty cell or the text NaN.
fn after(a: &At<'_>, f: impl Fn(&Income) -> i64) -> String {
    income(a, "03")
        .map_or_else(|| if a.family.index.is_multiple_of(3) { "NaN".to_owned() } else { String::new() }, |i| yuan(f(i)))
}
fn after_flag(a: &At<'_>, f: impl Fn(&crate::model::Security) -> bool) -> String {
    a.family.securities.iter().find(|s| s.stage == "03").map(|s| yes(f(s)).to_owned()).unwrap_or_default()
}
fn at_start(a: &At<'_>, f: impl Fn(&crate::model::Security) -> bool) -> String {
    a.family.securities.iter().find(|s| s.stage == "01").map(|s| yes(f(s)).to_owned()).unwrap_or_default()
}
fn items(a: &At<'_>, prefix: &str) -> String {
    income(a, "01")
        .map(|i| yuan(i.items.iter().filter(|x| x.code.starts_with(prefix)).map(|x| x.amount).sum()))
        .unwrap_or_default()
}
fn area(a: &At<'_>, at: usize) -> String {
    a.family.living.areas[at].map(hundredths).unwrap_or_default()
}
fn flag(b: Option<bool>) -> String {
    b.map(|b| yes(b).to_owned()).unwrap_or_default()
}
fn of<'a>(a: &'a At<'_>, category: &'a str) -> impl Iterator<Item = &'a Measure> {
    a.family.measures.iter().filter(move |m| m.category == category)
}
fn names(a: &At<'_>, category: &str) -> String {
    of(a, category).map(|m| labels::measure(m.category, m.item)).collect::<Vec<_>>().join(",")
}
fn since(a: &At<'_>, category: &str) -> String {
    of(a, category).next().map(|m| m.start.format("%Y%m%d").to_string()).unwrap_or_default()
}
fn state(a: &At<'_>, category: &str) -> String {
    of(a, category).next().map(|_| "已落实".to_owned()).unwrap_or_default()
}
fn paid(a: &At<'_>, category: &str) -> String {
    of(a, category).find_map(|m| m.amount).map(yuan).unwrap_or_default()
}
fn risk(a: &At<'_>, at: usize) -> String {
    of_case(a, |c| c.risks.get(at).map(|r| labels::risk(r)).unwrap_or_default().to_owned())
}
fn helper(a: &At<'_>, primary: bool, f: impl Fn(&crate::model::Helper) -> String) -> String {
    let no = a.family.pairs.iter().find(|p| p.primary == primary).map(|p| p.helper);
    a.village.helpers.iter().find(|h| Some(h.no) == no).map(f).unwrap_or_default()
}
fn eliminated(a: &At<'_>) -> String {
    of_case(a, |c| yes(c.eliminated.is_some()).to_owned())
}
fn blank(_: &At<'_>) -> String {
    String::new()
}

pub(super) const COLUMNS: &[Col] = &[
    ("市", |a| a.village.place.city.clone()),
    ("县", |a| a.village.place.county.clone()),
    ("乡", |a| a.village.place.town.clone()),
    ("村", |a| a.village.place.village.clone()),
    ("户编号", |a| o(a.family.national_code.as_deref())),
    ("人编号", |a| a.family.national_person(a.person.no).unwrap_or_default()),
    ("姓名", |a| a.person.name.clone()),
    ("性别", |a| a.person.gender.to_owned()),
    ("证件类型", |a| if a.person.disability_cert.is_some() { "残疾人证" } else { "居民身份证" }.to_owned()),
    ("证件号码", |a| id_text(a, &a.person.id_no, a.person.disability_cert.as_ref())),
    ("与户主关系", |a| labels::relation(a.person.relation.unwrap_or_default()).to_owned()),
    ("户类型", |a| if a.family.class.is_poverty() { "脱贫户" } else { "一般农户" }.to_owned()),
    ("监测对象类别", |a| of_case(a, |c| labels::monitored(c.kind).to_owned())),
    ("户联系电话", |a| o(a.family.phone.as_deref())),
    ("家庭成员联系电话", |a| o(a.person.phone.as_deref())),
    ("出生日期", |a| a.person.birth.format("%Y%m%d").to_string()),
    ("民族", |a| labels::nation(a.person.nation).to_owned()),
    ("政治面貌", |a| labels::political(a.person.political).to_owned()),
    ("文化程度", |a| labels::education(a.person.education.unwrap_or_default()).to_owned()),
    ("健康状况", |a| labels::health(&a.person.health)),
    ("家庭人口数", |a| a.family.hukou_count.to_string()),
    ("人均纯收入（元）", |a| now(a, |i| i.totals.net_pc)),
    ("工资性收入", |a| now(a, |i| i.totals.wage)),
    ("生产经营性收入", |a| now(a, |i| i.totals.operate)),
    ("财产性收入", |a| now(a, |i| i.totals.property)),
    ("转移性收入", |a| now(a, |i| i.totals.transfer)),
    ("生产经营性支出", |a| now(a, |i| i.totals.operate_cost)),
    ("理赔收入", |a| income(a, "02").map(|i| yuan(i.totals.claim)).unwrap_or_default()),
    ("合规自付支出", |a| income(a, "02").map(|i| yuan(i.totals.self_pay)).unwrap_or_default()),
    ("纯收入", |a| now(a, |i| i.totals.net)),
    ("低保金", |a| items(a, "D2")),
    ("特困人员救助供养金", |a| items(a, "D3")),
    ("养老金", |a| items(a, "D4")),
    ("生态补偿金", |a| items(a, "D5")),
    ("计划生育金", |a| items(a, "D1")),
    ("其他转移性收入", |a| items(a, "D6")),
    ("资产收益扶贫分红收入", |a| items(a, "C1")),
    ("其他财产性收入", |a| items(a, "C2")),
    ("识别年度", |a| of_case(a, |c| c.line_year.to_string())),
    ("义务教育阶段未上学原因", blank),
    ("在校生状况", |a| labels::student(a.person.student.unwrap_or_default()).to_owned()),
    ("劳动技能", |a| labels::labor(a.person.labor).to_owned()),
    ("务工所在地", |a| o(a.person.work_place.as_deref())),
    ("务工时间（月）", |a| a.person.work_months.map(|m| format!("{}", f64::from(m) / 10.0)).unwrap_or_default()),
    ("务工企业名称", |a| o(a.person.work_company)),
    ("公益性岗位", |a| a.person.public_post.map(labels::post).unwrap_or_default().to_owned()),
    ("公益性岗位(月数)", |a| n(a.person.public_post_months)),
    ("享受低保政策情况", |a| labels::dibao(a.person.dibao).to_owned()),
    ("是否参加大病保险", |a| yes(a.person.ins_major).to_owned()),
    ("是否参加城乡居民基本医疗保险", |a| yes(a.person.ins_resident).to_owned()),
    ("是否参加城镇职工基本医疗保险", |a| yes(a.person.ins_employee).to_owned()),
    ("是否参加城乡居民基本养老保险", |a| flag(a.person.pension_resident)),
    ("是否参加城镇职工基本养老保险", |a| flag(a.person.pension_employee)),
    ("是否接受医疗救助", |a| yes(a.person.med_assist).to_owned()),
    ("是否参加商业补充医疗保险", |a| yes(a.person.ins_commercial).to_owned()),
    ("是否会讲普通话", |a| yes(a.person.mandarin).to_owned()),
    ("残疾证号", |a| a.person.disability_cert.clone().unwrap_or_default()),
    ("残疾类别", |a| a.person.disability.map(|d| labels::disability(d.0)).unwrap_or_default().to_owned()),
    ("残疾等级", |a| a.person.disability.map(|d| labels::grade(d.1)).unwrap_or_default().to_owned()),
    ("残疾证办证年度", |a| n(a.person.disability.map(|d| d.2))),
    ("享受特困供养政策情况", |a| labels::tekun(a.person.tekun).to_owned()),
    ("耕地面积（亩）", |a| area(a, 0)),
    ("有效灌溉面积（亩）", |a| area(a, 1)),
    ("林地面积（亩）", |a| area(a, 2)),
    ("退耕还林面积（亩）", |a| area(a, 3)),
    ("林果面积（亩）", |a| area(a, 4)),
    ("牧草地面积", |a| area(a, 5)),
    ("水面面积", |a| area(a, 6)),
    ("是否加入农民专业合作组织", |a| yes(a.family.living.coop_member).to_owned()),
    ("是否有龙头企业带动", |a| yes(a.family.living.leader_enterprise).to_owned()),
    ("是否有创业致富带头人带动", |a| yes(a.family.living.leader_person).to_owned()),
    ("是否通生活用电", |a| yes(a.family.living.elec_life).to_owned()),
    ("是否通生产用电", |_| "是".to_owned()),
    ("是否通广播电视", |_| "是".to_owned()),
    ("与村主干路距离", |a| hundredths(a.family.living.road_dist)),
    ("入户路类型", |a| labels::road(a.family.living.road_type).to_owned()),
    ("住房面积", |a| hundredths(a.family.living.house_area)),
    ("是否危房户", |a| flag(a.family.living.dangerous_house)),
    ("危房级别", |a| a.family.living.danger_level.to_owned()),
    ("是否解决安全饮用水", |a| flag(a.family.living.safe_water)),
    ("是否有卫生厕所", |a| yes(a.family.living.toilet).to_owned()),
    ("主要燃料类型", |a| labels::fuel(a.family.living.fuel).to_owned()),
    ("是否军烈属", |_| "否".to_owned()),
    ("是否独生子女户", |_| "否".to_owned()),
    ("是否双女户", |a| yes(a.family.double_girl).to_owned()),
    ("整户无劳动能力兜底保障户", |a| of_case(a, |c| yes(c.bottom).to_owned())),
    ("致贫/返贫风险1", |a| risk(a, 0)),
    ("致贫/返贫风险2", |a| risk(a, 1)),
    ("致贫/返贫风险3", |a| risk(a, 2)),
    ("致贫/返贫风险4", |a| risk(a, 3)),
    ("致贫/返贫风险5", |a| risk(a, 4)),
    ("因自然灾害子项", |a| of_case(a, |c| c.disaster_kind.map(labels::disaster).unwrap_or_default().to_owned())),
    ("其他备注", |a| of_case(a, |c| o(c.risk_note))),
    ("是否义务教育阶段适龄儿童少年失学辍学", |a| at_start(a, |s| s.edu_problem)),
    ("是否住房出现安全问题（住房损毁）", |a| at_start(a, |s| s.house_problem)),
    ("是否有家庭成员未参加城乡居民（职工）基本医疗保险", |a| at_start(a, |s| s.med_problem)),
    ("是否饮水出现安全问题（饮水设施损毁）", |a| at_start(a, |s| s.water_problem)),
    ("信息采集人", |a| helper(a, false, |h| h.name.clone())),
    ("信息采集人联系电话", |a| helper(a, false, |h| h.phone.clone())),
    ("监测联系人", |a| helper(a, false, |h| h.name.clone())),
    ("监测联系人联系电话", |a| helper(a, false, |h| h.phone.clone())),
    ("帮扶责任人", |a| helper(a, true, |h| h.name.clone())),
    ("帮扶责任人联系电话", |a| helper(a, true, |h| h.phone.clone())),
    ("帮扶单位", |a| helper(a, true, |h| h.unit_name.clone())),
    ("实施开发式帮扶措施情况", |a| {
        of_case(a, |c| {
            match c.dev_state {
                "01" => "已实施",
                "02" => "尚未实施",
                _ => "无劳动力不适用",
            }
            .to_owned()
        })
    }),
    ("数据来源", |a| {
        of_case(a, |c| {
            match c.source_line {
                "01" => "部门预警",
                "02" => "农户自主申报",
                _ => "干部走访排查",
            }
            .to_owned()
        })
    }),
    ("是否脱贫户", |a| yes(a.family.class.is_poverty()).to_owned()),
    ("县审定文号", |a| of_case(a, |c| format!("乡振领字〔{}〕1号", c.line_year))),
    ("风险是否已消除", eliminated),
    ("识别监测时间", |a| of_case(a, |c| ym(c.identified).to_string())),
    ("产业帮扶", |a| names(a, "01")),
    ("产业帮扶其他备注", blank),
    ("产业帮扶开始时间", |a| since(a, "01")),
    ("产业帮扶落实情况", |a| state(a, "01")),
    ("产业帮扶金额", |a| paid(a, "01")),
    ("就业帮扶", |a| names(a, "02")),
    ("就业帮扶其他备注", blank),
    ("就业帮扶开始时间", |a| since(a, "02")),
    ("就业帮扶落实情况", |a| state(a, "02")),
    ("就业帮扶金额", |a| paid(a, "02")),
    ("金融帮扶", |a| names(a, "03")),
    ("金融帮扶其他备注", blank),
    ("金融帮扶开始时间", |a| since(a, "03")),
    ("金融帮扶落实情况", |a| state(a, "03")),
    ("金融帮扶金额", |a| paid(a, "03")),
    ("公益岗位帮扶", |a| names(a, "04")),
    ("公益性岗位帮扶其他备注", blank),
    ("公益岗位帮扶开始时间", |a| since(a, "04")),
    ("公益岗位帮扶落实情况", |a| state(a, "04")),
    ("公益岗位帮扶金额", |a| paid(a, "04")),
    ("住房安全保障", |a| names(a, "09")),
    ("住房安全保障其他备注", blank),
    ("住房安全保障开始时间", |a| since(a, "09")),
    ("饮水安全保障", |a| names(a, "10")),
    ("饮水安全保障其他备注", blank),
    ("饮水安全保障开始时间", |a| since(a, "10")),
    ("搬迁", |a| names(a, "12")),
    ("搬迁其他备注", blank),
    ("生产生活条件改善", |a| names(a, "13")),
    ("生产生活条件改善其他备注", blank),
    ("基础设施建设", |a| names(a, "14")),
    ("基础设施建设其他备注", blank),
    ("自然村", |a| format!("第{}村民小组", a.family.group_no)),
    ("经度", |a| format!("{:.5}", a.family.lon)),
    ("纬度", |a| format!("{:.5}", a.family.lat)),
    ("数据日期", |a| a.date.to_owned()),
    ("首次识别时间", |a| n(a.family.first_identify_ym)),
    ("人员识别时间", |a| n(a.person.identify_ym)),
    ("脱贫年度", |a| n(a.family.out_of_poverty_year)),
    ("健康帮扶", |a| names(a, "05")),
    ("健康帮扶其他备注", blank),
    ("健康帮扶开始时间", |a| since(a, "05")),
    ("义务教育保障", |a| names(a, "06")),
    ("义务教育保障其他备注", blank),
    ("义务教育保障开始时间", |a| since(a, "06")),
    ("教育帮扶", |a| names(a, "07")),
    ("教育帮扶其他备注", blank),
    ("综合保障", |a| names(a, "08")),
    ("综合保障其他备注", blank),
    ("社会帮扶", |a| names(a, "11")),
    ("社会帮扶其他备注", blank),
    ("风险消除方式", |a| {
        of_case(a, |c| {
            match c.eliminate_way {
                Some("01") => "帮扶消除",
                Some(_) => "自然消除",
                None => "",
            }
            .to_owned()
        })
    }),
    ("消除监测时间", |a| of_case(a, |c| c.eliminated.map(|d| long_month(ym(d))).unwrap_or_default())),
    ("风险是否已消除", eliminated),
    ("风险消除后是否义务教育阶段适龄儿童失学辍学", |a| after_flag(a, |s| s.edu_problem)),
    ("风险消除后是否住房损毁", |a| after_flag(a, |s| s.house_problem)),
    ("风险消除后是否有家庭成员未参加城乡居民（职工）基本医疗保险", |a| {
        after_flag(a, |s| s.med_problem)
    }),
    ("风险消除后是否饮水设施损毁", |a| after_flag(a, |s| s.water_problem)),
    ("风险消除后工资性收入", |a| after(a, |i| i.totals.wage)),
    ("风险消除后财产性收入", |a| after(a, |i| i.totals.property)),
    ("风险消除后转移性收入", |a| after(a, |i| i.totals.transfer)),
    ("风险消除后生产经营性收入", |a| after(a, |i| i.totals.operate)),
    ("风险消除后生产经营性支出", |a| after(a, |i| i.totals.operate_cost)),
    ("风险消除后家庭纯收入", |a| after(a, |i| i.totals.net)),
    ("风险消除后人均纯收入", |a| after(a, |i| i.totals.net_pc)),
    ("风险消除后理赔收入", |a| after(a, |i| i.totals.claim)),
    ("风险消除后合规自付支出", |a| after(a, |i| i.totals.self_pay)),
];

#[cfg(test)]
mod tests {
    use super::COLUMNS;

    /// Index of a column by its letters.
    fn at(letters: &str) -> usize {
        letters.bytes().fold(0, |n, b| n * 26 + usize::from(b - b'A') + 1) - 1
    }

    #[test]
    fn the_anchors_stand_where_the_original_has_them() {
        for (letters, title) in [
            ("E", "户编号"),
            ("M", "监测对象类别"),
            ("AO", "在校生状况"),
            ("AP", "劳动技能"),
            ("AV", "享受低保政策情况"),
            ("BI", "享受特困供养政策情况"),
            ("CH", "整户无劳动能力兜底保障户"),
            ("DE", "风险是否已消除"),
            ("DF", "识别监测时间"),
            ("ET", "健康帮扶"),
            ("EZ", "教育帮扶"),
            ("FI", "风险消除后是否义务教育阶段适龄儿童失学辍学"),
            ("FU", "风险消除后合规自付支出"),
        ] {
            assert_eq!(COLUMNS[at(letters)].0, title, "{letters}");
        }
        assert_eq!(COLUMNS.len(), at("FU") + 1);
        assert_eq!(COLUMNS.iter().filter(|c| c.0 == "风险是否已消除").count(), 2);
    }
}
