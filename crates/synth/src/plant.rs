//! Errors planted on purpose, each under the rule of domain 01 §5 it breaks and at the rate of 附A A.3 (errors at most
//! 0.2 %, the others 0.1–0.8 %). A family gets one at most, so that each finding has one cause.

use crate::Opts;
use crate::dice::Dice;
use crate::model::{Family, Person, Planted};
use chrono::Days;

/// Breaks the family under one rule, or leaves it as it is when the rule does not apply. Says what was done.
type Plant = fn(&Opts, &mut Dice, &mut Family, &Memory) -> Option<(Option<u32>, String)>;

/// What a plant may borrow from the family before in the same village.
#[derive(Default)]
pub(crate) struct Memory {
    pub id_no: Option<String>,
    pub phone: Option<String>,
}

const E: f64 = 0.001_5;
const S: f64 = 0.004;
const H: f64 = 0.006;

/// Rule, share of the households it applies to, how to break it. Only rules over poor and watched households say so inside.
const PLANTS: &[(&str, f64, Plant)] = &[
    ("Q001", E, |_, _, f, m| {
        let other = m.id_no.clone()?;
        person(f, |p| p.present(), |p| p.id_no.clone_from(&other), "证件号码与邻户一人相同")
    }),
    ("Q002", E, |_, _, f, _| person(f, |_| true, |p| p.id_no.truncate(17), "证件号码少一位")),
    ("Q003", E, |_, _, f, _| person(f, |_| true, |p| p.id_no = flip(&p.id_no, 17), "校验码不符")),
    ("Q006", S, |_, _, f, _| {
        person(
            f,
            |p| p.disability.is_none(),
            |p| {
                p.id_no = format!("999999{}0010", p.birth.format("%Y%m%d"));
                p.id_type = "09";
            },
            "未办证",
        )
    }),
    ("Q007", E, |_, _, f, _| {
        person(
            f,
            |p| p.relation == Some("99") || p.relation == Some("01"),
            |p| p.gender = if p.male { "2" } else { "1" },
            "性别与证件相反",
        )
    }),
    ("Q008", E, |_, _, f, _| {
        person(f, |_| true, |p| p.birth = p.birth.checked_sub_days(Days::new(10)).unwrap_or(p.birth), "出生日期早十天")
    }),
    ("Q010", S, |_, _, f, _| person(f, |_| true, |p| p.name.push('1'), "姓名含数字")),
    ("Q020", E, |_, _, f, _| person(f, |p| p.relation == Some("01"), |p| p.relation = Some("99"), "无户主")),
    ("Q021", E, |_, _, f, _| person(f, |p| p.relation == Some("02"), |p| p.relation = Some("01"), "两个户主")),
    ("Q024", E, |_, _, f, _| person(f, |p| p.relation == Some("04"), |p| p.relation = Some("03"), "女性为之子")),
    ("Q025", E, |_, _, f, _| person(f, |p| p.relation != Some("01"), |p| p.relation = None, "与户主关系为空")),
    ("Q026", E, |_, _, f, _| {
        f.hukou_count += 1;
        Some((None, "户籍人口数多一".into()))
    }),
    ("Q028", S, |_, _, f, _| {
        f.phone = f.phone.take().map(|p| p[..10].to_owned());
        Some((None, "户电话十位".into()))
    }),
    ("Q032", S, |_, _, f, m| {
        f.phone = Some(m.phone.clone()?);
        Some((None, "与邻户电话相同".into()))
    }),
    ("Q044", E, |_, _, f, _| {
        person(f, |p| assisted(p) && p.student.is_some_and(|s| s >= "03"), |p| p.education = Some("02"), "文化程度与在校同填")
    }),
    ("Q045", E, |_, _, f, _| person(f, |p| p.student.is_some_and(|s| s >= "07"), |p| p.labor = "03", "在校生为半劳动力")),
    ("Q049", S, |o, _, f, _| {
        let today = o.today;
        person(f, |p| healthy_worker_age(p, today) && !busy(p), |p| p.labor = "03", "健康劳动年龄为半劳动力")
    }),
    ("Q053", S, |_, _, f, _| person(f, |p| p.disability.is_some(), |p| p.disability_cert = None, "残疾无证号")),
    ("Q055", E, |_, _, f, _| person(f, |p| p.health == ["01"], |p| p.health.push("02"), "健康与慢病同选")),
    ("Q067", E, |_, _, f, _| person(f, |p| p.ins_resident, |p| p.ins_employee = true, "重复参保")),
    ("Q068", E, |_, _, f, _| person(f, |p| p.ins_resident, |p| p.ins_resident = false, "未参保")),
    ("Q071", H, |o, _, f, _| {
        let today = o.today;
        person(
            f,
            |p| p.age(today) >= 16 && p.age(today) < 60 && p.student.is_none(),
            |p| {
                p.pension_resident = None;
                p.pension_employee = None;
            },
            "养老保险为空",
        )
    }),
    ("Q074", E, |_, _, f, _| person(f, |p| p.dibao != "00", |p| p.tekun = "01", "低保特困同享")),
    ("Q080", E, |_, _, f, _| person(f, |p| p.work_months.is_some(), |p| p.work_region = None, "有务工时间无务工地")),
    ("Q081", S, |_, _, f, _| person(f, |p| p.work_months.is_some(), |p| p.phone = None, "务工人员无电话")),
    ("Q083", S, |_, _, f, _| {
        person(
            f,
            |p| p.work_region.is_some(),
            |p| {
                p.work_region = p.work_region.take().map(|r| format!("{}00000000", &r[..4]));
            },
            "务工地只到市",
        )
    }),
    ("Q095", E, |_, _, f, _| person(f, |p| p.public_post.is_some(), |p| p.public_post_months = None, "公益岗无月数")),
    ("Q110", E, |_, _, f, _| {
        (!f.at_open_risk()).then(|| f.living.dangerous_house = Some(true))?;
        f.living.danger_level = "D";
        Some((None, "住危房未监测".into()))
    }),
    ("Q111", E, |_, _, f, _| {
        (!f.at_open_risk()).then(|| f.living.safe_water = Some(false))?;
        Some((None, "饮水不安全未监测".into()))
    }),
    ("Q113", E, |_, _, f, _| {
        f.living.safe_water = None;
        Some((None, "饮水标识为空".into()))
    }),
    ("Q116", S, |_, d, f, _| {
        f.living.areas[0] = Some(d.range(101, 400) as i32 * 100);
        Some((None, "耕地过百亩".into()))
    }),
    ("Q117", S, |_, d, f, _| {
        f.living.road_dist = d.range(520, 3_000) as i32;
        Some((None, "距主干路过远".into()))
    }),
    ("Q119", S, |_, d, f, _| {
        f.living.house_area = d.range(510, 2_000) as i32 * 100;
        Some((None, "住房面积过大".into()))
    }),
    ("Q124", E, |_, _, f, _| {
        (f.living.dangerous_house == Some(false)).then(|| f.living.danger_level = "C")?;
        Some((None, "C 级而非危房".into()))
    }),
    ("Q145", S, |_, d, f, _| {
        let drop = d.range(2_100, 3_900) as i32;
        f.incomes.iter_mut().find(|i| i.kind == "01")?.yoy = Some(-drop);
        Some((None, "收入较上年降两成以上".into()))
    }),
    ("Q147", E, |_, _, f, _| {
        let income = f.incomes.iter_mut().find(|i| i.kind == "01")?;
        income.totals.net_pc += 12_300;
        Some((None, "人均与纯收入不符".into()))
    }),
    ("Q163", S * 10.0, |_, _, f, _| {
        f.case.as_mut()?.disaster_kind.take()?;
        Some((None, "因灾未选子项".into()))
    }),
    ("Q176", E * 10.0, |_, _, f, _| {
        let poverty = f.class.is_poverty();
        let case = f.case.as_mut()?;
        case.kind = match case.kind {
            "01" if poverty => "02",
            "02" => "01",
            _ => return None,
        };
        Some((None, "监测类别与户类型矛盾".into()))
    }),
    ("Q178", E * 10.0, |_, _, f, _| {
        f.case.as_mut()?.contact.take()?;
        Some((None, "无监测联系人".into()))
    }),
    ("Q181", E * 10.0, |_, _, f, _| {
        let case = f.case.as_mut()?;
        (case.dev_state == "01" && case.eliminated.is_none()).then(|| case.dev_state = "02")?;
        Some((None, "有开发式措施却填尚未实施".into()))
    }),
    ("Q184", E * 20.0, |_, _, f, _| {
        let case = f.case.as_mut()?;
        (case.bottom && case.eliminated.is_none()).then(|| case.bottom = false)?;
        Some((None, "整户无劳兜底未标记".into()))
    }),
    ("Q195", S * 10.0, |o, _, f, _| {
        if !f.at_open_risk() || f.visits.is_empty() {
            return None;
        }
        let limit = o.today - Days::new(40);
        f.visits.retain(|v| v.day < limit);
        f.last_visit = f.visits.iter().map(|v| v.day).max();
        Some((None, "超过 35 日未走访".into()))
    }),
    ("Q202", E * 10.0, |_, _, f, _| {
        let end = f.case.as_ref()?.eliminated?;
        let income = f.incomes.iter_mut().find(|i| i.kind == "03")?;
        let wish = crate::family::line_of(chrono::Datelike::year(&end)) * 8 / 10;
        let factor = |x: i64| x * wish / income.totals.net_pc.max(1);
        for item in &mut income.items {
            (item.quantity, item.price, item.amount) = (None, None, factor(item.amount).max(30_000));
        }
        income.totals = crate::family::totals(&income.items, income.pop);
        (income.totals.net_pc < crate::family::line_of(chrono::Datelike::year(&end))).then_some(())?;
        Some((None, "消除时收入低于监测范围".into()))
    }),
    ("Q204", S * 10.0, |_, _, f, _| {
        let case = f.case.as_mut()?;
        case.identified = case.eliminated? - Days::new(110);
        Some((None, "识别到消除不足六个月".into()))
    }),
];

/// The rules that may be planted.
pub fn rules() -> impl Iterator<Item = &'static str> {
    PLANTS.iter().map(|(rule, ..)| *rule)
}

fn person(
    f: &mut Family,
    which: impl Fn(&Person) -> bool,
    change: impl FnOnce(&mut Person),
    note: &str,
) -> Option<(Option<u32>, String)> {
    let p = f.persons.iter_mut().find(|p| p.present() && which(p))?;
    change(p);
    Some((Some(p.no), note.to_owned()))
}

fn assisted(p: &Person) -> bool {
    p.education.is_none()
}

fn healthy_worker_age(p: &Person, today: chrono::NaiveDate) -> bool {
    (18..58).contains(&p.age(today)) && p.health == ["01"] && p.student.is_none() && p.able()
}

fn busy(p: &Person) -> bool {
    p.work_months.is_some() || p.public_post.is_some()
}

/// Another digit at one place.
pub(crate) fn flip(id: &str, at: usize) -> String {
    let mut bytes = id.as_bytes().to_vec();
    let old = bytes[at];
    bytes[at] = if old == b'X' { b'0' } else { b'0' + (old - b'0' + 1) % 10 };
    String::from_utf8(bytes).unwrap_or_else(|_| id.to_owned())
}

/// Rolls the dice of every rule; the first that falls and applies is planted.
pub(crate) fn plant(opts: &Opts, d: &mut Dice, family: &mut Family, memory: &Memory) {
    if opts.errors <= 0.0 || family.event.is_some() {
        return;
    }
    let offset = d.range(0, PLANTS.len() as i64 - 1) as usize;
    for n in 0..PLANTS.len() {
        let (rule, rate, how) = PLANTS[(n + offset) % PLANTS.len()];
        if d.chance(rate * opts.errors)
            && let Some((person, note)) = how(opts, d, family, memory)
        {
            family.planted.push(Planted { rule, person, note });
            return;
        }
    }
}
