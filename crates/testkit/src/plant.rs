//! Families as rules plant them: the usual one with what a plant says differently, as rows for any engine's tables.

use meta::ruleset::Plant;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The usual family, from the files of all modules.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Usual {
    /// The day of reckoning; the first file says it.
    pub today: String,
    order: Vec<String>,
    /// Rows of which a village has one, so that a twin brings none.
    once: Vec<String>,
    table: BTreeMap<String, String>,
    row: BTreeMap<String, Map<String, Value>>,
    base: BTreeMap<String, BTreeMap<String, Map<String, Value>>>,
    added: BTreeMap<String, Map<String, Value>>,
}

/// One row to be put into a table.
#[derive(Debug)]
pub struct Planted {
    pub table: String,
    pub row: Map<String, Value>,
}

/// Counties that exist nowhere.
pub const NOWHERE: &str = "3699";

impl Usual {
    /// One family of the files of several modules; what a later one says of a row of an earlier is added to it.
    pub fn read(texts: &[&str]) -> Usual {
        let mut all = Usual::default();
        for text in texts {
            let one: Usual = toml::from_str(text).expect("the usual family reads");
            if all.today.is_empty() {
                all.today = one.today;
            }
            all.order.extend(one.order);
            all.once.extend(one.once);
            all.table.extend(one.table);
            all.base.extend(one.base);
            all.added.extend(one.added);
            for (name, columns) in one.row {
                all.row.entry(name).or_default().extend(columns);
            }
        }
        all
    }

    /// A family of its own in a village of its own, which is the answer's first part.
    pub fn family(&self, number: u32, plant: &Plant) -> (String, Vec<Planted>) {
        let region = format!("{NOWHERE}01{:03}{:03}", number / 900 + 100, number % 900 + 100);
        let mut rows = Vec::new();
        let mut twins = BTreeMap::new();
        let mut more = 1;
        let twin = |rows: &mut Vec<Planted>, plant: &Plant, more: &mut u32| {
            let ids = self.plant(number + 100_000 * *more, &region, plant, true, &BTreeMap::new(), rows);
            *more += 1;
            ids
        };
        if let Some(t) = plant.get("twin") {
            twins = twin(&mut rows, &part(t), &mut more);
        }
        if let Some(t) = plant.get("twins") {
            for _ in 0..t["count"].as_u64().expect("how many twins") {
                twin(&mut rows, &part(t), &mut more);
            }
        }
        self.plant(number, &region, plant, false, &twins, &mut rows);
        (region, rows)
    }

    fn plant(
        &self,
        number: u32,
        region: &str,
        plant: &Plant,
        is_twin: bool,
        twins: &BTreeMap<String, Uuid>,
        out: &mut Vec<Planted>,
    ) -> BTreeMap<String, Uuid> {
        let mut rows = self.row.clone();
        if is_twin {
            rows.retain(|name, _| !self.once.contains(name));
        }
        if let Some(base) = plant.get("base").and_then(Value::as_str) {
            for (name, columns) in &self.base[base] {
                rows.entry(name.clone()).or_default().extend(columns.clone());
            }
        }
        let mut added: Vec<(String, Map<String, Value>)> = Vec::new();
        for (key, value) in plant {
            match (key.as_str(), value) {
                ("base" | "twin" | "twins", _) => {}
                (name, Value::Bool(false)) => {
                    rows.remove(name).unwrap_or_else(|| panic!("there is no row {name} to take away"));
                }
                (name, Value::Object(columns)) => {
                    assert!(self.table.contains_key(name), "no table for {name}");
                    rows.get_mut(name).unwrap_or_else(|| panic!("no row {name}")).extend(columns.clone());
                }
                (name, Value::Array(list)) if name.starts_with('+') => {
                    let name = &name[1..];
                    for columns in list {
                        let mut row = self.added.get(name).cloned().unwrap_or_default();
                        row.extend(columns.as_object().expect("a row").clone());
                        if name == "verify_form" {
                            let clue = self.added["clue"].clone();
                            added.push(("clue".into(), clue));
                            row.insert("clue_id".into(), "clue@".into());
                        }
                        added.push((name.to_owned(), row));
                    }
                }
                (name, other) => panic!("a plant says {name} = {other}"),
            }
        }
        let mut ids: BTreeMap<String, Uuid> = rows.keys().map(|n| (n.clone(), Uuid::now_v7())).collect();
        if added.iter().any(|(n, _)| n == "clue") {
            ids.insert("clue".into(), Uuid::now_v7());
        }
        for (name, id) in twins {
            ids.insert(format!("twin.{name}"), *id);
        }
        let mut all: Vec<(String, Option<Uuid>, Map<String, Value>)> =
            rows.into_iter().map(|(n, r)| (n.clone(), Some(ids[&n]), r)).collect();
        let mut clue = ids.get("clue").copied();
        all.extend(added.into_iter().map(|(n, r)| {
            let id = if n == "clue" { clue.take() } else { None };
            (n, id, r)
        }));
        all.sort_by_key(|(n, ..)| {
            self.order.iter().position(|o| o == n).unwrap_or_else(|| panic!("{n} has no place in the order"))
        });
        for (i, (name, id, row)) in all.into_iter().enumerate() {
            let mut done = Map::new();
            done.insert("id".into(), json!(id.unwrap_or_else(Uuid::now_v7)));
            done.insert("region_code".into(), json!(region));
            for (column, value) in row {
                let column = match column.as_str() {
                    "person" => "person_id".to_owned(),
                    "income" => "income_id".to_owned(),
                    _ => column,
                };
                done.insert(column, spell(value, &ids, number, i, region));
            }
            out.push(Planted { table: self.table[&name].clone(), row: done });
        }
        ids
    }
}

/// The part of a plant that a twin has.
fn part(t: &Value) -> Plant {
    t.as_object().expect("a family").iter().filter(|(k, _)| *k != "count").map(|(k, v)| (k.clone(), v.clone())).collect()
}

fn spell(value: Value, ids: &BTreeMap<String, Uuid>, number: u32, i: usize, region: &str) -> Value {
    let Value::String(text) = &value else { return value };
    if text == "∅" {
        return Value::Null;
    }
    let name = text.strip_suffix('@').unwrap_or(text);
    if let Some(id) = ids.get(name) {
        return json!(id);
    }
    assert!(!text.ends_with('@'), "{text} points at no row");
    if text == "LOCAL" {
        return json!(format!("{}000000", &region[..6]));
    }
    let token = format!("{number:08x}");
    let text = text.replace("TOKEN", &token);
    let text = match text.strip_prefix("PHONE") {
        Some(k) => format!("1{}{number:08}", 30 + k.parse::<u32>().expect("which phone")),
        None => text,
    };
    if text.ends_with("0N") {
        return json!(format!("{}{number:07}{i:02}", &text[..text.len() - 2]));
    }
    json!(text)
}
