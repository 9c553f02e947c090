//! Income: items first, sums from them (domain 01 §0.2, §2.6). The target per head follows 附A A.3; what a household
//! receives by right (pensions, relief, subsidies) comes first, work and business share the rest.

use super::{Ctx, months_before};
use crate::dice::Dice;
use crate::model::{Class, Family, Income, Item, Person, Totals};
use chrono::{Datelike, NaiveDate};

/// Monitoring line of a year in fen per head (§0.3; from 2024 on a placeholder of the demonstration).
pub fn line_of(year: i32) -> i64 {
    match year {
        ..=2021 => 600_000,
        2022 => 690_000,
        2023 => 780_000,
        2024 => 850_000,
        2025 => 900_000,
        _ => 940_000,
    }
}

/// The sums of §2.6 from the items.
pub fn totals(items: &[Item], pop: i32) -> Totals {
    let mut t = Totals::default();
    for i in items {
        match i.code.as_bytes()[0] {
            b'A' => t.wage += i.amount,
            b'B' => t.operate += i.amount,
            b'C' => t.property += i.amount,
            b'D' => t.transfer += i.amount,
            b'E' => t.operate_cost += i.amount,
            b'L' => t.claim += i.amount,
            _ => t.self_pay += i.amount,
        }
    }
    let per_head = |amount: i64| {
        let pop = i64::from(pop.max(1));
        (amount * 2 + pop * amount.signum()) / (pop * 2)
    };
    t.gross = t.wage + t.operate + t.property + t.transfer;
    t.net = t.gross - t.operate_cost;
    t.net_pc = per_head(t.net);
    t.ref_net = t.net + t.claim - t.self_pay;
    t.ref_pc = per_head(t.ref_net);
    t
}

/// First and last day of the yearly period that ended last: October to September.
fn year_before(today: NaiveDate) -> (i32, NaiveDate, NaiveDate) {
    let year = if today.month() >= 10 { today.year() } else { today.year() - 1 };
    let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap_or(today);
    (year, day(year - 1, 10, 1), day(year, 9, 30))
}

/// The yearly period of a household.
pub(super) fn annual(ctx: &Ctx<'_>, d: &mut Dice, family: &mut Family) {
    let (year, start, end) = year_before(ctx.opts.today);
    let (mean, sigma) = match family.class {
        Class::General => (2_400_000.0, 0.5),
        Class::Poverty => (1_950_000.0, 0.4),
        Class::Monitored { .. } => (1_150_000.0, 0.35),
    };
    let line = line_of(year) as f64;
    // only a household that is watched and still at risk may lie below the line (Q130)
    let least = if family.at_open_risk() { 450_000.0 } else { line * 1.06 };
    let target = d.log_normal(mean, sigma).clamp(least, 4_700_000.0) as i64;
    let items = items(ctx, d, family, target, !family.at_open_risk());
    let yoy = Some((d.normal(7.0, 5.0).clamp(-15.0, 40.0) * 100.0) as i32);
    push(family, "01", year, start, end, items, yoy);
}

/// A period for identification or elimination, twelve months before `day`, with the wished income per head.
pub(super) fn at_moment(ctx: &Ctx<'_>, d: &mut Dice, family: &mut Family, kind: &'static str, day: NaiveDate, target: i64) {
    let end = day.with_day(1).and_then(|f| f.pred_opt()).unwrap_or(day);
    let start = months_before(end, 12).succ_opt().unwrap_or(end);
    let items = items(ctx, d, family, target, kind == "03");
    push(family, kind, day.year(), start, end, items, None);
}

fn push(
    family: &mut Family,
    kind: &'static str,
    year: i32,
    start: NaiveDate,
    end: NaiveDate,
    items: Vec<Item>,
    yoy: Option<i32>,
) {
    let totals = totals(&items, family.income_pop);
    family.incomes.push(Income { kind, year, start, end, pop: family.income_pop, items, totals, yoy });
}

fn plain(code: &'static str, person: Option<u32>, amount: i64) -> Item {
    Item { code, person, quantity: None, unit: None, price: None, amount: amount / 100 * 100 }
}

fn counted(code: &'static str, person: Option<u32>, quantity: i64, unit: &'static str, price: i64) -> Item {
    Item { code, person, quantity: Some(quantity), unit: Some(unit), price: Some(price), amount: quantity * price }
}

fn items(ctx: &Ctx<'_>, d: &mut Dice, family: &Family, target: i64, make_up: bool) -> Vec<Item> {
    let mut out = by_right(ctx, d, family);
    let pop = i64::from(family.income_pop);
    let granted: i64 = out.iter().map(|i| i.amount).sum();
    let mut rest = target * pop - granted;
    let workers: Vec<&Person> = family.present().filter(|p| p.work_months.is_some()).collect();
    let hands = family.present().any(|p| p.able() || p.labor == "03");
    if !workers.is_empty() {
        let share = (rest as f64 * d.normal(0.86, 0.06).clamp(0.65, 0.96)) as i64;
        let full: i64 = workers.iter().map(|p| pay(p)).sum();
        // everybody earns at least 1,200 a month and the household no more than the rules find plausible (Q132)
        let least: i64 = workers.iter().map(|p| i64::from(p.work_months.unwrap_or(0)) * 12_000).sum();
        let wage = share.max(least).min(28_500_000 - 4_000_000);
        for p in &workers {
            let code = match p.work_region.as_deref() {
                Some(r) if !r.starts_with("36") => "A01",
                Some(r) if r[..6] != ctx.place.code[..6] => "A02",
                _ => "A03",
            };
            let amount = (wage as f64 * pay(p) as f64 / full.max(1) as f64) as i64;
            out.push(plain(code, Some(p.no), amount));
            rest -= amount;
        }
    }
    if hands {
        business(d, family, rest.clamp(80_000, 6_000_000), &mut out);
    }
    let short = target * pop - net(&out);
    if d.chance(0.14) {
        out.push(plain("C21", None, d.range(200, 1_500) * 100));
    }
    if family.class.is_poverty() && d.chance(0.3) {
        out.push(plain("C1", None, d.range(300, 1_200) * 100));
    }
    // children who live elsewhere make up what is missing
    let short = short - out.iter().filter(|i| i.code.starts_with('C')).map(|i| i.amount).sum::<i64>();
    if short > 50_000 && (make_up || net(&out) < 430_000 * pop || d.chance(0.4)) {
        let old = family.present().find(|p| p.age(ctx.opts.today) >= 60).map(|p| p.no);
        out.push(plain(if old.is_some() { "D601" } else { "D614" }, old, short + 9_900));
    }
    out
}

fn pay(p: &Person) -> i64 {
    p.work_monthly_fen * i64::from(p.work_months.unwrap_or(0)) / 10
}

fn net(items: &[Item]) -> i64 {
    totals(items, 1).net
}

/// What comes without anybody deciding it this year: pensions, relief, subsidies, posts.
fn by_right(ctx: &Ctx<'_>, d: &mut Dice, family: &Family) -> Vec<Item> {
    let today = ctx.opts.today;
    let mut out = Vec::new();
    for p in family.present() {
        let age = p.age(today);
        let no = Some(p.no);
        if age >= 60 && p.pension_resident == Some(true) {
            out.push(counted("D4", no, 12, "月", d.range(185, 268) * 100));
        }
        if p.dibao != "00" {
            out.push(counted("D2", no, 12, "月", d.range(270, 460) * 100));
        }
        if p.tekun != "00" {
            out.push(counted("D3", no, 12, "月", if p.severe() { 115_000 } else { 86_000 }));
        }
        if p.severe() {
            out.push(counted("D603", no, 12, "月", 9_000));
            if p.dibao != "00" {
                out.push(counted("D602", no, 12, "月", 9_000));
            }
        }
        if age >= 80 {
            out.push(counted("D604", no, 12, "月", d.range(50, 100) * 100));
        }
        if p.public_post.is_some() {
            let code = if p.public_post == Some("01") { "A06" } else { "A05" };
            out.push(counted(code, no, i64::from(p.public_post_months.unwrap_or(12)), "月", d.range(8, 12) * 10_000));
        }
        if family.class.column() > 0 {
            if matches!(p.student, Some("10" | "11" | "12" | "13" | "14" | "15")) {
                out.push(plain("D607", no, 300_000));
            } else if matches!(p.student, Some("03" | "04" | "05" | "06" | "07" | "08" | "09")) {
                out.push(plain("D607", no, d.range(5, 15) * 10_000));
            }
            if p.works_outside_county(&ctx.place.code) && d.chance(0.55) {
                out.push(plain("D609", no, d.range(2, 5) * 10_000));
            }
        }
    }
    let mu = |i: usize| i64::from(family.living.areas[i].unwrap_or(0));
    if mu(0) > 0 {
        out.push(plain("D605", None, mu(0) * 115));
    }
    if mu(3) > 0 {
        out.push(plain("D51", None, (mu(3) * 125).max(10_000)));
    }
    out.retain(|i| i.amount > 0);
    out
}

/// Crops, stock and small trade with their costs; the net is about `wish`.
fn business(d: &mut Dice, family: &Family, wish: i64, out: &mut Vec<Item>) {
    let cost_rate = d.normal(0.32, 0.05).clamp(0.2, 0.45);
    let gross = (wish as f64 / (1.0 - cost_rate)) as i64;
    let mut left = gross;
    let mut sell = |code, unit, price: i64, share: f64, out: &mut Vec<Item>| {
        let quantity = ((gross as f64 * share) as i64 / price).max(1);
        out.push(counted(code, None, quantity, unit, price));
        left -= quantity * price;
    };
    if family.living.areas[0].unwrap_or(0) > 0 {
        sell("B01", "斤", d.range(125, 145), 0.35, out);
        sell("B02", "斤", d.range(300, 360), 0.1, out);
    }
    if family.living.areas[4].unwrap_or(0) > 0 {
        sell("B04", "斤", d.range(180, 320), 0.2, out);
    }
    sell("B09", "只", d.range(60, 95) * 100, 0.12, out);
    if left > 20_000 {
        out.push(plain(d.choose(&[("B13", 10.0), ("B14", 20.0), ("B07", 30.0), ("B03", 30.0), ("B12", 10.0)]), None, left));
    }
    let made: i64 = out.iter().filter(|i| i.code.starts_with('B')).map(|i| i.amount).sum();
    let cost = (made as f64 * cost_rate) as i64;
    out.push(plain("E01", None, (cost * 6 / 10).max(5_000)));
    out.push(plain("E02", None, (cost * 4 / 10).max(3_000)));
}

/// Whether the household has an item of this letter in its yearly period.
pub(super) fn has(family: &Family, letter: char) -> bool {
    family.annual().is_some_and(|i| i.items.iter().any(|x| x.code.starts_with(letter)))
}
