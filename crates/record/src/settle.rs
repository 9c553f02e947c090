//! From what was sent to the row that is to be: reading, identity arithmetic, place, conditions, references. Every problem
//! is collected; nothing is written here.

use crate::batch::{Draft, row_error};
use crate::write::Provenance;
use crate::{Records, Row, gone};
use base::{Error, FieldProblem, RegionCode, Result};
use meta::condition::is_filled;
use meta::{Dataset, Field, Kind, Need, Value};
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use store::ScopedTx;
use uuid::Uuid;

impl Records {
    /// Reads what was sent: unknown and forbidden fields and unreadable values are problems; the rest comes back in wire form.
    pub(crate) fn read_input(
        &self,
        d: &Dataset,
        input: &Row,
        from: &Provenance,
        old: Option<&Row>,
        problems: &mut Vec<FieldProblem>,
    ) -> Row {
        let mut out = Row::new();
        for (name, json) in input {
            if matches!(name.as_str(), "id" | "region_code" | "row_version" | "source") {
                continue;
            }
            let Some(f) = d.field(name) else {
                problems.push(FieldProblem::new(
                    name,
                    "record.no_field",
                    format!("“{}”没有字段“{}”，请刷新页面后重试。", d.title, meta::value::printable(name)),
                ));
                continue;
            };
            if !from.trusted && (f.is_derived() || f.readonly == Need::Always(true)) {
                problems.push(FieldProblem::new(name, "record.readonly", format!("“{}”由系统生成，不能填写。", f.label)));
                continue;
            }
            match meta::value::read(&self.catalog, f, json).and_then(|v| self.number_ok(f, v)) {
                Ok(v) => {
                    let j = v.to_json();
                    let same = old.is_some_and(|o| o.get(name).unwrap_or(&Json::Null) == &j);
                    let nationally_owned = f.synced && old.is_some_and(|o| o.get("source").and_then(Json::as_str) == Some("01"));
                    if nationally_owned && !from.trusted && !same {
                        problems.push(FieldProblem::new(
                            name,
                            "record.synced",
                            format!("“{}”由全国系统同步，请在全国系统更正，下周同步后自动更新。", f.label),
                        ));
                    } else {
                        out.insert(name.clone(), j);
                    }
                    let moved = old.is_some() && !same && d.parent.as_ref().is_some_and(|p| p.field == *name);
                    if moved && !from.trusted {
                        let text = format!("不能在这里改变“{}”，如确需变更，请办理迁移或变更手续。", f.label);
                        problems.push(FieldProblem::new(name, "record.moved", text));
                    }
                }
                Err(p) => problems.push(p),
            }
        }
        out
    }

    /// Identity numbers and telephones: normalised and held against their arithmetic (domain 01 附B).
    fn number_ok(&self, f: &Field, v: Value) -> Result<Value, FieldProblem> {
        let Value::Text(t) = &v else { return Ok(v) };
        let fail = |code: &str, text: &str| Err(FieldProblem::new(&f.name, code.to_owned(), format!("“{}”{text}", f.label)));
        match f.kind {
            Kind::IdCard => {
                let card = base::idcard::parse(t, crate::today());
                match card.fault {
                    None => Ok(Value::Text(card.text)),
                    Some(fault) => fail("record.id_card", fault.sentence()),
                }
            }
            Kind::Phone => {
                let mobile = base::phone::normalise_mobile(t);
                if base::phone::is_mobile(&mobile) {
                    return Ok(Value::Text(mobile));
                }
                match base::phone::landline(t) {
                    Some(line) => Ok(Value::Text(line.text())),
                    None => fail("record.phone", "应为 11 位手机号（1 开头）或带区号的固定电话。"),
                }
            }
            _ => Ok(v),
        }
    }

    /// Where new rows lie: said in the input, or the parent's region; parents are looked up together. Outside one's regions
    /// a place does not exist.
    pub(crate) async fn place(&self, tx: &mut ScopedTx, d: &Dataset, drafts: &mut [Draft]) -> Result<()> {
        let Some(p) = &d.parent else {
            for x in drafts.iter_mut().filter(|x| x.old.is_none()) {
                self.own_place(tx, d, x);
            }
            return Ok(());
        };
        let parent = self.dataset(&p.dataset)?.clone();
        let id_of = |x: &Draft| x.row.get(&p.field).and_then(Json::as_str).and_then(|s| Uuid::parse_str(s).ok());
        let ids: BTreeSet<Uuid> = drafts.iter().filter(|x| x.old.is_none()).filter_map(id_of).collect();
        let regions = crate::reach::regions_of(tx, &parent, ids.into_iter().collect()).await?;
        for x in drafts.iter_mut().filter(|x| x.old.is_none()) {
            match id_of(x) {
                None => {
                    let text = format!("请先选定所属的“{}”。", parent.title);
                    x.problems.push(FieldProblem::new(&p.field, "record.parent", text));
                }
                Some(id) => match regions.get(&id) {
                    Some(code) => {
                        let region = RegionCode::parse(code)?;
                        if tx.scope().contains(&region) {
                            x.region = Some(region);
                        } else {
                            x.failed = Some(self.set_above(&parent, code));
                        }
                    }
                    None => x.failed = Some(gone(&parent)),
                },
            }
        }
        Ok(())
    }

    fn own_place(&self, tx: &ScopedTx, d: &Dataset, x: &mut Draft) {
        let code = x.asked_region.as_str();
        let parsed = RegionCode::parse(code).ok().filter(|_| code.len() == 12 && self.regions.is_valid(code));
        let Some(region) = parsed else {
            x.problems.push(FieldProblem::new("region_code", "record.region", "请从区划选择器中选择所在区划。"));
            return;
        };
        if !tx.scope().contains(&region) {
            x.failed = Some(Error::not_found("record.region_outside", "所选区划不在您的辖区内。"));
            return;
        }
        let (have, want) = (region.level(), d.region);
        if !d.any_level && (have > want || (want == base::Level::Village && have != want)) {
            let text = format!("“{}”应登记在{}级。", d.title, want.label());
            x.problems.push(FieldProblem::new("region_code", "record.region_level", text));
            return;
        }
        x.region = Some(region);
    }

    /// Conditions and hooks over each whole row to be: hidden fields are emptied, needed ones asked for; then the references of
    /// all rows are looked up together.
    pub(crate) async fn settle(&self, tx: &mut ScopedTx, d: &Dataset, trusted: bool, drafts: &mut [Draft]) -> Result<()> {
        let mut asked: BTreeMap<&str, BTreeSet<Uuid>> = BTreeMap::new();
        let mut refs: Vec<(usize, &Field, Uuid)> = Vec::new();
        for (n, x) in drafts.iter_mut().enumerate().filter(|(_, x)| x.failed.is_none()) {
            // hooks decide by place too
            if let Some(r) = &x.region {
                x.row.insert("region_code".into(), r.as_str().into());
            }
            for h in self.hooks.of(d) {
                match h.before_save(self, tx, d, x.old.as_ref(), &mut x.row).await {
                    Ok(found) => x.problems.extend(found),
                    Err(e) => x.failed = Some(row_error(e)?),
                }
            }
            for (f, id) in self.conditions(d, trusted, x) {
                if let Some(target) = f.dataset.as_deref() {
                    asked.entry(target).or_default().insert(id);
                    refs.push((n, f, id));
                }
            }
        }
        let mut there: BTreeMap<&str, std::collections::HashMap<Uuid, String>> = BTreeMap::new();
        for (target, ids) in asked {
            if let Some(t) = self.catalog.dataset(target).cloned() {
                there.insert(target, crate::reach::regions_of(tx, &t, ids.into_iter().collect()).await?);
            }
        }
        for (n, f, id) in refs {
            let target = f.dataset.as_deref().unwrap_or_default();
            if there.get(target).is_some_and(|known| !known.contains_key(&id)) {
                let title = self.catalog.dataset(target).map_or("", |t| t.title.as_str());
                let text = format!("“{}”所选的“{title}”不存在或不在您的辖区内。", f.label);
                drafts[n].problems.push(FieldProblem::new(&f.name, "record.no_target", text));
            }
        }
        Ok(())
    }

    /// Conditions of one row; answers with the references that are still to be looked up.
    fn conditions<'d>(&self, d: &'d Dataset, trusted: bool, x: &mut Draft) -> Vec<(&'d Field, Uuid)> {
        let mut refs = Vec::new();
        let view = x.row.clone();
        let old = x.old.as_ref();
        for f in d.fields.values() {
            let filled = view.get(&f.name).is_some_and(is_filled);
            let changed = old.is_none_or(|o| o.get(&f.name) != view.get(&f.name));
            if f.shown.as_ref().is_some_and(|c| !c.holds(&view)) {
                let untouched = old.is_some() && !changed;
                if filled && !untouched {
                    x.problems.push(FieldProblem::new(
                        &f.name,
                        "record.not_shown",
                        format!("按所填情况不需要填写“{}”，请清空它或改正前面的选项。", f.label),
                    ));
                }
                x.row.insert(f.name.clone(), Json::Null);
                continue;
            }
            // an engine's step is not held up by what a person left empty elsewhere in the row
            let asked = changed || !trusted;
            if !filled
                && asked
                && !f.is_derived()
                && f.kind != Kind::Attachment
                && f.required.holds(&view)
                && !x.problems.iter().any(|p| p.field == f.name)
            {
                x.problems.push(FieldProblem::new(&f.name, "record.required", format!("请填写“{}”。", f.label)));
            }
            if !filled || !changed {
                continue;
            }
            let text = view.get(&f.name).and_then(Json::as_str).unwrap_or_default();
            match f.kind {
                Kind::Ref if d.parent.as_ref().is_none_or(|p| p.field != f.name) => {
                    refs.push((f, Uuid::parse_str(text).unwrap_or_default()));
                }
                Kind::Region => {
                    let level_ok = f.level.is_none_or(|l| RegionCode::parse(text).is_ok_and(|r| r.level() <= l));
                    if !self.regions.is_valid(text) || !level_ok {
                        let text = format!("“{}”请从区划选择器中选择。", f.label);
                        x.problems.push(FieldProblem::new(&f.name, "record.region", text));
                    }
                }
                _ => {}
            }
        }
        refs
    }
}
