//! Masks of domain 06 §4.3: one pure function per kind of value and scene. Must not know fields, roles or tables.
//!
//! `None` in the answer means that nothing may or can be shown (empty value, coordinate out of range).

mod address;
mod free_text;
mod number;

use crate::Vault;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Where a value is shown (code list `MASK_SCENE`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scene {
    /// S1
    List,
    /// S2
    Detail,
    /// S3 ordinary export
    Export,
    /// S4 public notice
    Public,
    /// S5 sharing with other departments
    Share,
    /// S6 development and test
    Test,
    /// S7
    Log,
    /// S8 big screen and briefing
    Screen,
}

impl Scene {
    pub const ALL: [Scene; 8] =
        [Scene::List, Scene::Detail, Scene::Export, Scene::Public, Scene::Share, Scene::Test, Scene::Log, Scene::Screen];
    /// `S1`…`S8`.
    pub fn code(self) -> &'static str {
        ["S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8"][self as usize]
    }
}

/// Which mask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaskKind {
    /// M_NAME
    Name,
    /// M_ID
    Id,
    /// M_PHONE
    Phone,
    /// M_BANK
    Bank,
    /// M_ADDR
    Address,
    /// M_BIRTH, value `2026-01-31`
    Birth,
    /// M_GEO, value `28.683,115.893` or one of the two
    Geo,
    /// M_MONEY, value integer fen
    Money,
    /// M_HEALTH
    Health,
    /// M_IMG: a word instead of the picture (pixels are masked where pictures are made small)
    Image,
    /// M_FILE
    File,
    /// M_TEXT
    Text,
    /// M_PSEUDO, needs [`mask_with`]
    Pseudo,
}

/// Hides everything and tells nothing about the length.
const HIDDEN: &str = "***";

/// Masks a value as of today (age bands need a day); see [`mask_on`].
pub fn mask(kind: MaskKind, scene: Scene, value: &str) -> Option<String> {
    mask_on(kind, scene, value, chrono::Utc::now().date_naive())
}

/// Masks a value. What needs a key (pseudonyms) is hidden whole here; [`mask_with`] has the key.
pub fn mask_on(kind: MaskKind, scene: Scene, value: &str, today: NaiveDate) -> Option<String> {
    let value = value.trim();
    if value.is_empty() {
        return None;
    }
    match kind {
        MaskKind::Name => Some(name(scene, value)),
        MaskKind::Id => Some(number::id(scene, value)),
        MaskKind::Phone => Some(number::phone(scene, value)),
        MaskKind::Bank => Some(number::bank(value)),
        MaskKind::Address => Some(address::address(scene, value)),
        MaskKind::Birth => Some(birth(scene, value, today)),
        MaskKind::Geo => geo(value),
        MaskKind::Money => Some(money(scene, value)),
        MaskKind::Health => Some(health(value)),
        MaskKind::Image => Some("（图片，查看原图需申请）".into()),
        MaskKind::File => Some(file(HIDDEN, value)),
        MaskKind::Text => Some(free_text::text(scene, value)),
        MaskKind::Pseudo => Some(HIDDEN.into()),
    }
}

/// Like [`mask`], with pseudonyms where the table asks for them: numbers in logs (S7), numbers of test data (S6, form and
/// check digit kept), file names, and M_PSEUDO in every scene.
pub fn mask_with(vault: &dyn Vault, kind: MaskKind, scene: Scene, value: &str) -> Option<String> {
    let plain = value.trim();
    match (kind, scene) {
        _ if plain.is_empty() => None,
        (MaskKind::Pseudo, _) => Some(vault.pseudonym(scene, plain)),
        (MaskKind::Id, Scene::Log) => Some(vault.pseudonym(scene, &base::idcard::look_up_form(plain))),
        (MaskKind::Id, Scene::Test) => {
            let seed = vault.pseudonym(scene, &base::idcard::look_up_form(plain));
            Some(number::replaced_id(&seed, plain).unwrap_or(seed))
        }
        (MaskKind::File, _) => Some(file(&vault.pseudonym(scene, plain), plain)),
        _ => mask(kind, scene, plain),
    }
}

/// First character stays, `·` stays, in public the last one of three and more too.
fn name(scene: Scene, value: &str) -> String {
    let chars: Vec<char> = value.chars().collect();
    let letters = chars.iter().filter(|c| **c != '·').count();
    let last = (scene == Scene::Public && letters >= 3).then(|| chars.len() - 1);
    let shown = |i: usize, c: char| c == '·' || (i == 0 && letters > 1) || Some(i) == last;
    chars.iter().enumerate().map(|(i, c)| if shown(i, *c) { *c } else { '*' }).collect()
}

/// The year, or a band of five years; children under 14 always a band.
fn birth(scene: Scene, value: &str, today: NaiveDate) -> String {
    let Ok(day) = base::date::parse(value) else { return "****-**-**".into() };
    let age = base::date::age_on(day, today).max(0);
    let band = format!("{}–{}岁", age / 5 * 5, age / 5 * 5 + 4);
    match scene {
        _ if age < 14 => band,
        Scene::Share | Scene::Screen | Scene::Public => band,
        Scene::Log => "****-**-**".into(),
        Scene::List | Scene::Detail | Scene::Export | Scene::Test => format!("{}-**-**", day.format("%Y")),
    }
}

/// Two decimals, about a kilometre. Nothing when out of range.
fn geo(value: &str) -> Option<String> {
    let value = base::text::half_width(value);
    let number = |t: &str, limit: f64| t.trim().parse::<f64>().ok().filter(|n| n.abs() <= limit).map(|n| format!("{n:.2}"));
    match value.split_once(',') {
        Some((lat, lng)) => Some(format!("{},{}", number(lat, 90.0)?, number(lng, 180.0)?)),
        None => number(&value, 180.0),
    }
}

/// Upper bounds of the bands in fen and their names (parameters of the scene table, not of the law).
const BANDS: [(i64, &str); 9] = [
    (500_000, "0–5千元"),
    (1_000_000, "5千–1万元"),
    (2_000_000, "1–2万元"),
    (3_000_000, "2–3万元"),
    (5_000_000, "3–5万元"),
    (10_000_000, "5–10万元"),
    (20_000_000, "10–20万元"),
    (50_000_000, "20–50万元"),
    (100_000_000, "50–100万元"),
];

fn money(scene: Scene, value: &str) -> String {
    let Ok(fen) = value.parse::<i64>() else { return HIDDEN.into() };
    match scene {
        Scene::List | Scene::Detail | Scene::Export => base::money::to_text(fen),
        Scene::Test | Scene::Log => HIDDEN.into(),
        Scene::Public | Scene::Share | Scene::Screen if fen < 0 => "负数".into(),
        Scene::Public | Scene::Share | Scene::Screen if fen == 0 => "0元".into(),
        Scene::Public | Scene::Share | Scene::Screen => {
            BANDS.iter().find(|(below, _)| fen < *below).map_or("100万元以上", |(_, name)| name).into()
        }
    }
}

/// The broad category before a colon or slash, and that there is something; otherwise only 有 or 无.
fn health(value: &str) -> String {
    if ["无", "否", "没有", "健康", "0", "false"].contains(&value) {
        return "无".into();
    }
    match value.split_once(['：', ':', '/', '—', '-']) {
        Some((head, _)) if !head.trim().is_empty() => format!("{}(有)", head.trim()),
        _ => "有".into(),
    }
}

/// An internal name that keeps only a plain extension.
fn file(stem: &str, value: &str) -> String {
    let extension = value.rsplit_once('.').map(|(_, e)| e).filter(|e| (1..=5).contains(&e.len()));
    match extension.filter(|e| e.bytes().all(|b| b.is_ascii_alphanumeric())) {
        Some(e) => format!("{stem}.{}", e.to_ascii_lowercase()),
        None => stem.into(),
    }
}

#[cfg(test)]
mod tests;
