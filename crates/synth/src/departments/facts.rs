//! What each department knows about a family. Must not know files.

use crate::dice::{Dice, mix};
use crate::labels::{self, yuan};
use crate::model::{Family, Person, Place};
use crate::{family::ym, names};
use chrono::{Datelike, Days, NaiveDate};

/// Whom a line is about (none: the head) and the cells after the common ones.
pub(super) type Fact = (u32, Vec<String>);

pub(super) struct About<'a> {
    pub seed: u64,
    pub today: NaiveDate,
    pub place: &'a Place,
    pub family: &'a Family,
}

fn day(d: NaiveDate) -> String {
    d.format("%Y-%m-%d").to_string()
}
fn s(text: impl Into<String>) -> String {
    text.into()
}

impl About<'_> {
    fn recent(&self, d: &mut Dice, days: i64) -> NaiveDate {
        self.today - Days::new(d.range(1, days) as u64)
    }
    /// People of the family by age and chance.
    fn some(&self, d: &mut Dice, share: f64, least: i32) -> Vec<&Person> {
        self.family.present().filter(|p| p.age(self.today) >= least && d.chance(share)).collect()
    }
    fn head(&self) -> u32 {
        self.family.head().map_or(1, |h| h.no)
    }
}

/// The lines of one item about one family; the evidence of a planted misfortune is among them.
pub(super) fn facts(a: &About<'_>, item: u8) -> Vec<Fact> {
    let d = &mut Dice::new(mix(a.seed, 0xde00 + u64::from(item)), a.family.index);
    let mut out = match item {
        1..=9 => people(a, d, item),
        10..=18 => relief(a, d, item),
        19..=29 => means(a, d, item),
        30..=33 => medical(a, d, item),
        34..=37 => school(a, d, item),
        _ => others(a, d, item),
    };
    if let Some(e) = a.family.event.as_ref().filter(|e| e.item == item) {
        out.push((e.person.unwrap_or_else(|| a.head()), evidence(a, d, e)));
    }
    out
}

/// The line that shows a misfortune.
fn evidence(a: &About<'_>, d: &mut Dice, e: &crate::model::Event) -> Vec<String> {
    let person = e.person.and_then(|no| a.family.person(no));
    match e.item {
        4 => vec![day(e.day), s("重伤"), s("次要责任"), yuan(0)],
        17 => vec![s("三级"), s("一级"), day(e.day)],
        19 => vec![day(e.day), s(person.and_then(|p| p.work_company).unwrap_or("某工厂"))],
        23 => vec![s("D"), day(e.day), s("未整治")],
        28 => vec![s("洪涝"), s("房屋"), yuan(e.amount), day(e.day)],
        31 => stay(d, e.day, e.amount),
        32 => clinic(d, e.day, e.amount),
        35 => vec![day(e.day), s("劝返未果")],
        38 => vec![s("水源枯竭"), day(e.day), String::new()],
        _ => Vec::new(),
    }
}

/// The same for people of no family.
pub(super) fn stay_of(d: &mut Dice, day_in: NaiveDate, own: i64) -> Vec<String> {
    stay(d, day_in, own)
}

/// A stay in hospital of which the patient bears `own` within the rules.
fn stay(d: &mut Dice, day_in: NaiveDate, own: i64) -> Vec<String> {
    let total = own * d.range(240, 330) / 100;
    let basic = (total - own) * 78 / 100;
    let major = (total - own) * 15 / 100;
    let assist = total - own - basic - major;
    let out = day_in + Days::new(d.range(3, 18) as u64);
    let place = d.pick(&["县人民医院", "县中医院", "市第一人民医院", "省级某医院"]);
    vec![day(day_in), day(out), s(place), yuan(total), yuan(basic), yuan(major), yuan(assist), yuan(own)]
}

fn clinic(d: &mut Dice, on: NaiveDate, own: i64) -> Vec<String> {
    let total = own * d.range(180, 260) / 100;
    vec![day(on), s(d.pick(names::CHRONIC)), yuan(total), yuan(total - own), yuan(own)]
}

fn people(a: &About<'_>, d: &mut Dice, item: u8) -> Vec<Fact> {
    let f = a.family;
    match item {
        1 => f
            .present()
            .map(|p| {
                let address = format!("{}{}{}{}组", a.place.county, a.place.town, a.place.village, f.group_no);
                let relation = labels::relation(p.relation.unwrap_or_default());
                (p.no, vec![f.household_no.clone(), s(relation), s("农业"), address, s(labels::nation(p.nation))])
            })
            .collect(),
        2 => f
            .persons
            .iter()
            .filter_map(|p| {
                let born = p.age(a.today) == 0;
                let (what, on) = p.left.map(|(_, on)| ("死亡注销", on)).or(born.then_some(("出生登记", p.birth)))?;
                Some((p.no, vec![s(what), day(on)]))
            })
            .collect(),
        3 => a
            .some(d, 0.03, 22)
            .iter()
            .map(|p| {
                let since = a.recent(d, 3_000);
                (
                    p.no,
                    vec![s(d.pick(&["小型轿车", "轻型货车", "普通二轮摩托车", "三轮汽车"])), s("非营运"), day(since), s("正常")],
                )
            })
            .collect(),
        4 => a
            .some(d, 0.000_4, 16)
            .iter()
            .map(|p| (p.no, vec![day(a.recent(d, 30)), s("轻伤"), s("全责"), yuan(d.range(500, 5_000) * 100)]))
            .collect(),
        5 => a.some(d, 0.000_5, 18).iter().map(|p| (p.no, vec![s("羁押"), day(a.recent(d, 300)), String::new()])).collect(),
        6 => f
            .present()
            .filter(|p| p.major_disease.is_some())
            .map(|p| (p.no, vec![s(p.major_disease.unwrap_or_default()), day(a.recent(d, 700)), s("市第一人民医院")]))
            .collect(),
        7 => f
            .present()
            .filter(|p| p.disability.is_some_and(|x| x.0 == 6))
            .map(|p| (p.no, vec![s("严重精神障碍"), s("是")]))
            .collect(),
        8 => f.persons.iter().filter_map(|p| p.left.map(|(_, on)| (p.no, vec![day(on), s("疾病")]))).collect(),
        _ => f.present().filter_map(|p| p.chronic.map(|c| (p.no, vec![s(c), s("签约医生甲")]))).collect(),
    }
}

fn relief(a: &About<'_>, d: &mut Dice, item: u8) -> Vec<Fact> {
    let f = a.family;
    let month = |d: &mut Dice| ym(a.recent(d, 400)).to_string();
    match item {
        10 => f
            .present()
            .filter(|p| p.dibao != "00")
            .map(|p| {
                let paid = f.annual().and_then(|i| i.items.iter().find(|x| x.code == "D2" && x.person == Some(p.no)));
                let monthly = paid.and_then(|x| x.price).unwrap_or(33_000);
                let since = p.dibao_start_ym.map(|m| m.to_string()).unwrap_or_default();
                (p.no, vec![s("本人"), s("B"), yuan(monthly), since, s(if p.severe() { "因残" } else { "因病" })])
            })
            .collect(),
        11 => f
            .present()
            .filter(|p| p.tekun != "00")
            .map(|p| (p.no, vec![s(labels::tekun(p.tekun)), s(if p.severe() { "半失能" } else { "自理" })]))
            .collect(),
        12 => (d.chance(0.006)).then(|| (a.head(), vec![s("低保边缘家庭"), month(d), String::new()])).into_iter().collect(),
        13 => (d.chance(0.008))
            .then(|| (a.head(), vec![yuan(d.range(5, 60) * 10_000), s("因病"), day(a.recent(d, 30))]))
            .into_iter()
            .collect(),
        14 => f
            .present()
            .filter(|p| p.age(a.today) < 16 && d.chance(0.001))
            .map(|p| (p.no, vec![s("事实无人抚养儿童"), ym(a.today).to_string()]))
            .collect(),
        15 => a
            .some(d, 0.004, 22)
            .iter()
            .map(|p| (p.no, vec![s(if p.marital == "40" { "离婚登记" } else { "结婚登记" }), day(a.recent(d, 365))]))
            .collect(),
        16 => f
            .present()
            .filter_map(|p| p.disability.map(|(k, g, y)| (p, k, g, y)))
            .map(|(p, k, g, y)| {
                let cert = p.disability_cert.clone().unwrap_or_else(|| format!("{}{k}{g}", p.id_no));
                (p.no, vec![s(labels::disability(k)), s(labels::grade(g)), cert, format!("{}-12-31", y + 10)])
            })
            .collect(),
        17 => f
            .present()
            .filter(|p| p.disability.is_some_and(|x| x.2 >= a.today.year()))
            .map(|p| (p.no, vec![String::new(), s(p.disability.map_or("", |x| labels::grade(x.1))), day(a.recent(d, 200))]))
            .collect(),
        _ => f.present().filter(|p| p.severe()).map(|p| (p.no, vec![s("重度残疾人护理补贴"), yuan(9_000)])).collect(),
    }
}

fn means(a: &About<'_>, d: &mut Dice, item: u8) -> Vec<Fact> {
    let f = a.family;
    match item {
        19 => a
            .some(d, 0.01, 16)
            .iter()
            .filter(|p| p.ins_employee)
            .map(|p| (p.no, vec![day(a.recent(d, 30)), s(p.work_company.unwrap_or_default())]))
            .collect(),
        20 => a
            .some(d, 0.001, 16)
            .iter()
            .filter(|p| p.work_months.is_some())
            .map(|p| (p.no, vec![s("欠薪"), yuan(d.range(3_000, 20_000) * 100), day(a.recent(d, 60))]))
            .collect(),
        21 => f
            .present()
            .filter(|p| p.age(a.today) >= 60 && p.pension_resident == Some(true))
            .map(|p| {
                let paid = f.annual().and_then(|i| i.items.iter().find(|x| x.code == "D4" && x.person == Some(p.no)));
                (p.no, vec![s("城乡居民基本养老保险"), yuan(paid.and_then(|x| x.price).unwrap_or(20_000))])
            })
            .collect(),
        22 => f.present().filter_map(|p| p.public_post.map(|post| (p.no, vec![s(labels::post(post)), yuan(90_000)]))).collect(),
        23 => match f.living.danger_level {
            "C" | "D" => vec![(a.head(), vec![s(f.living.danger_level), day(a.recent(d, 60)), s("未整治")])],
            _ => Vec::new(),
        },
        24 => f
            .measures
            .iter()
            .filter(|m| m.category == "09")
            .map(|m| (a.head(), vec![m.start.year().to_string(), s("是")]))
            .collect(),
        25 => (d.chance(0.012))
            .then(|| (a.head(), vec![format!("{}某小区", a.place.county), d.range(80, 130).to_string(), day(a.recent(d, 2_000))]))
            .into_iter()
            .collect(),
        26 => f
            .annual()
            .into_iter()
            .flat_map(|i| i.items.iter().filter(|x| matches!(x.code, "D605" | "D51")))
            .map(|x| {
                let name = if x.code == "D605" { "耕地地力保护补贴" } else { "退耕还林补助" };
                (a.head(), vec![s(name), yuan(x.amount), day(a.recent(d, 300))])
            })
            .collect(),
        27 => a.some(d, 0.003, 25).iter().filter(|p| p.able()).map(|p| (p.no, vec![s("乡镇中心小学")])).collect(),
        28 => (d.chance(0.002))
            .then(|| (a.head(), vec![s("风雹"), s("作物"), yuan(d.range(300, 2_000) * 100), day(a.recent(d, 60))]))
            .into_iter()
            .collect(),
        _ => (d.chance(0.000_3))
            .then(|| (a.head(), vec![day(a.recent(d, 60)), yuan(d.range(1_000, 8_000) * 100)]))
            .into_iter()
            .collect(),
    }
}

fn medical(a: &About<'_>, d: &mut Dice, item: u8) -> Vec<Fact> {
    let f = a.family;
    let mut out = Vec::new();
    for p in f.present() {
        let ill = p.health.contains(&"03");
        let chronic = p.chronic.is_some();
        match item {
            30 if p.ins_resident || p.ins_employee => {
                let kind = if p.ins_employee { "城镇职工基本医疗保险" } else { "城乡居民基本医疗保险" };
                let aided = if p.tekun != "00" {
                    "特困全额资助"
                } else if p.dibao != "00" {
                    "低保定额资助"
                } else {
                    ""
                };
                out.push((p.no, vec![a.today.year().to_string(), s(kind), s(aided)]));
            }
            31 => {
                let stays = if ill { d.range(1, 4) } else { i64::from(d.chance(if chronic { 0.35 } else { 0.1 })) };
                for _ in 0..stays {
                    let own = d.log_normal(if ill { 4_200.0 } else { 1_300.0 }, 0.5).min(18_000.0) as i64 * 100;
                    let day_in = a.recent(d, 360);
                    out.push((p.no, stay(d, day_in, own)));
                }
            }
            32 if chronic => {
                let own = d.log_normal(500.0, 0.5).min(4_000.0) as i64 * 100;
                let on = a.recent(d, 90);
                out.push((p.no, clinic(d, on, own)));
            }
            33 if ill && p.med_assist => {
                out.push((p.no, vec![s("医疗救助"), yuan(d.range(500, 9_000) * 100), day(a.recent(d, 200))]));
            }
            _ => {}
        }
    }
    out
}

fn school(a: &About<'_>, d: &mut Dice, item: u8) -> Vec<Fact> {
    let mut out = Vec::new();
    for p in a.family.present() {
        let Some(st) = p.student.filter(|st| *st >= "03") else { continue };
        let school = || p.school.clone().unwrap_or_default();
        match item {
            34 => {
                let stage = match st {
                    "03" => "小学",
                    "04" | "05" | "06" => "初中",
                    "07" | "08" | "09" => "普通高中",
                    "10" | "11" | "12" => "中职",
                    _ => "高等教育",
                };
                out.push((p.no, vec![s(stage), s(labels::student(st)), school(), s("在籍在读")]));
            }
            35 if matches!(st, "04" | "05" | "06") && d.chance(0.001) => {
                out.push((p.no, vec![day(a.recent(d, 60)), s("已劝返")]))
            }
            36 => {
                let aid = a.family.annual().and_then(|i| i.items.iter().find(|x| x.code == "D607" && x.person == Some(p.no)));
                out.extend(aid.map(|x| (p.no, vec![s(if st >= "10" { "雨露计划" } else { "生活补助" }), yuan(x.amount)])));
            }
            37 if st >= "07" => {
                let fee = if st >= "13" { d.range(5_000, 9_000) } else { d.range(800, 2_600) };
                let aid = if a.family.class.column() > 0 { fee / 3 } else { 0 };
                out.push((p.no, vec![school(), fee.to_string(), aid.to_string(), (fee - aid).to_string()]));
            }
            _ => {}
        }
    }
    out
}

fn others(a: &About<'_>, d: &mut Dice, item: u8) -> Vec<Fact> {
    let head = a.head();
    let one = |share: f64, d: &mut Dice, make: &dyn Fn(&mut Dice) -> Vec<String>| {
        d.chance(share).then(|| (head, make(d))).into_iter().collect::<Vec<_>>()
    };
    match item {
        38 if a.family.living.safe_water == Some(false) => {
            vec![(head, vec![s("水质不达标"), day(a.recent(d, 60)), String::new()])]
        }
        39 => one(0.01, d, &|_| vec![s("600")]),
        40 => one(0.9, d, &|d| {
            vec![s("农村宅基地"), format!("{}{}", a.place.town, a.place.village), (d.range(80, 180)).to_string()]
        }),
        41 => one(0.004, d, &|_| vec![s("中"), s("未搬迁")]),
        42 => {
            one(0.02, d, &|d| vec![format!("{}小卖部", a.place.village), s("个体工商户"), d.range(1, 20).to_string(), s("存续")])
        }
        43 => one(0.006, d, &|d| vec![s("股东"), d.range(10, 100).to_string()]),
        44 => one(0.001, d, &|d| vec![format!("{}经营部", a.place.village), day(a.recent(d, 90)), s("注销")]),
        45 => one(0.25, d, &|d| vec![s(d.pick(&["1万元以下", "1万–5万元", "5万–10万元", "10万元以上"]))]),
        46 => one(0.003, d, &|d| vec![yuan(d.range(10, 50) * 100_000), d.range(31, 200).to_string()]),
        47 => one(0.004, d, &|d| vec![yuan(d.range(10, 200) * 10_000), day(a.recent(d, 90))]),
        _ => Vec::new(),
    }
}
