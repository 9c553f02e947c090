//! From what was sent to the row that is to be: reading, identity arithmetic, place, conditions, references. Every problem
//! is collected; nothing is written here.

use crate::write::Provenance;
use crate::{Records, Row, gone};
use base::{Error, FieldProblem, RegionCode, Result};
use meta::condition::is_filled;
use meta::{Dataset, Field, Kind, Need, Value};
use serde_json::Value as Json;
use sqlx::Row as _;
use store::{DbResult, ScopedTx};
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

    /// Where the row lies: said in the input, or the parent's region. Outside one's regions it does not exist.
    pub(crate) async fn place(
        &self,
        tx: &mut ScopedTx,
        d: &Dataset,
        input: &Row,
        row: &Row,
        problems: &mut Vec<FieldProblem>,
    ) -> Result<Option<RegionCode>> {
        if let Some(p) = &d.parent {
            let parent = self.dataset(&p.dataset)?.clone();
            let Some(id) = row.get(&p.field).and_then(Json::as_str).and_then(|s| Uuid::parse_str(s).ok()) else {
                problems.push(FieldProblem::new(&p.field, "record.parent", format!("请先选定所属的“{}”。", parent.title)));
                return Ok(None);
            };
            let fetched = self.fetch(tx, &parent, id, false).await?.ok_or_else(|| gone(&parent))?;
            let code: String = fetched.try_get("region_code").db()?;
            let region = RegionCode::parse(&code)?;
            if !tx.scope().contains(&region) {
                return Err(self.set_above(&parent, region.as_str()));
            }
            return Ok(Some(region));
        }
        let code = input.get("region_code").and_then(Json::as_str).unwrap_or_default();
        let parsed = RegionCode::parse(code).ok().filter(|_| code.len() == 12 && self.regions.is_valid(code));
        let Some(region) = parsed else {
            problems.push(FieldProblem::new("region_code", "record.region", "请从区划选择器中选择所在区划。"));
            return Ok(None);
        };
        if !tx.scope().contains(&region) {
            return Err(Error::not_found("record.region_outside", "所选区划不在您的辖区内。"));
        }
        let (have, want) = (region.level(), d.region);
        if have > want || (want == base::Level::Village && have != want) {
            problems.push(FieldProblem::new(
                "region_code",
                "record.region_level",
                format!("“{}”应登记在{}级。", d.title, want.label()),
            ));
            return Ok(None);
        }
        Ok(Some(region))
    }

    /// Conditions and hooks over the whole row to be: hidden fields are emptied, needed ones asked for, references looked up.
    pub(crate) async fn settle(
        &self,
        tx: &mut ScopedTx,
        d: &Dataset,
        old: Option<&Row>,
        trusted: bool,
        row: &mut Row,
        problems: &mut Vec<FieldProblem>,
    ) -> Result<()> {
        for h in self.hooks.of(d) {
            problems.extend(h.before_save(self, tx, d, old, row).await?);
        }
        let view = row.clone();
        for f in d.fields.values() {
            let filled = view.get(&f.name).is_some_and(is_filled);
            let changed = old.is_none_or(|o| o.get(&f.name) != view.get(&f.name));
            if f.shown.as_ref().is_some_and(|c| !c.holds(&view)) {
                let untouched = old.is_some_and(|o| o.get(&f.name) == view.get(&f.name));
                if filled && !untouched {
                    problems.push(FieldProblem::new(
                        &f.name,
                        "record.not_shown",
                        format!("按所填情况不需要填写“{}”，请清空它或改正前面的选项。", f.label),
                    ));
                }
                row.insert(f.name.clone(), Json::Null);
                continue;
            }
            // an engine's step is not held up by what a person left empty elsewhere in the row
            let asked = changed || !trusted;
            if !filled
                && asked
                && !f.is_derived()
                && f.kind != Kind::Attachment
                && f.required.holds(&view)
                && !problems.iter().any(|p| p.field == f.name)
            {
                problems.push(FieldProblem::new(&f.name, "record.required", format!("请填写“{}”。", f.label)));
            }
            if filled && changed {
                self.look_up(tx, d, f, &view, problems).await?;
            }
        }
        Ok(())
    }

    async fn look_up(
        &self,
        tx: &mut ScopedTx,
        d: &Dataset,
        f: &Field,
        row: &Row,
        problems: &mut Vec<FieldProblem>,
    ) -> Result<()> {
        let text = row.get(&f.name).and_then(Json::as_str).unwrap_or_default();
        match f.kind {
            Kind::Ref if d.parent.as_ref().is_none_or(|p| p.field != f.name) => {
                let Some(target) = f.dataset.as_deref().and_then(|t| self.catalog.dataset(t)).cloned() else { return Ok(()) };
                let id = Uuid::parse_str(text).unwrap_or_default();
                if !crate::row_exists(tx, &target, id).await? {
                    problems.push(FieldProblem::new(
                        &f.name,
                        "record.no_target",
                        format!("“{}”所选的“{}”不存在或不在您的辖区内。", f.label, target.title),
                    ));
                }
            }
            Kind::Region => {
                let level_ok = f.level.is_none_or(|l| RegionCode::parse(text).is_ok_and(|r| r.level() <= l));
                if !self.regions.is_valid(text) || !level_ok {
                    problems.push(FieldProblem::new(&f.name, "record.region", format!("“{}”请从区划选择器中选择。", f.label)));
                }
            }
            _ => {}
        }
        Ok(())
    }
}
