//! 收入信息: the sums of a period follow from its items (domain 01 §2.6 汇总全部由明细求和). Must not contain SQL.

mod rules;
mod store;

use ::store::ScopedTx;
use async_trait::async_trait;
use base::Result;
use meta::Dataset;
use record::{Hook, Provenance, Records, Row};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use uuid::Uuid;

pub(crate) fn hooks(hooks: &mut record::Hooks) {
    hooks.add("income_sums", Arc::new(Sums));
    hooks.add("income_pop", Arc::new(Pop));
}

/// After an item was written or taken away: the sums of its period. A period of the national system keeps its own.
struct Sums;
#[async_trait]
impl Hook for Sums {
    async fn after_save(&self, records: &Records, tx: &mut ScopedTx, _: &Dataset, _: Option<&Row>, new: &Row) -> Result<()> {
        follow(records, tx, new).await
    }
    async fn after_delete(&self, records: &Records, tx: &mut ScopedTx, _: &Dataset, old: &Row) -> Result<()> {
        follow(records, tx, old).await
    }
}

/// Before a period is written: what is reckoned by head follows the number of heads.
struct Pop;
#[async_trait]
impl Hook for Pop {
    async fn before_save(
        &self,
        _: &Records,
        _: &mut ScopedTx,
        _: &Dataset,
        old: Option<&Row>,
        new: &mut Row,
    ) -> Result<Vec<base::FieldProblem>> {
        let pop = |r: &Row| r.get("pop").and_then(Json::as_i64);
        let (Some(old), Some(now)) = (old, pop(new)) else { return Ok(vec![]) };
        if pop(old) == Some(now) || now <= 0 {
            return Ok(vec![]);
        }
        for (whole, head) in [("net", "net_pc"), ("ref_net", "ref_pc")] {
            if let Some(fen) = new.get(whole).and_then(Json::as_i64) {
                new.insert(head.into(), json!(rules::by_head(fen, now)));
            }
        }
        Ok(vec![])
    }
}

async fn follow(records: &Records, tx: &mut ScopedTx, item: &Row) -> Result<()> {
    let Some(period) = item.get("period_id").and_then(Json::as_str).and_then(|t| Uuid::parse_str(t).ok()) else { return Ok(()) };
    let Some(p) = store::period(tx, period).await? else { return Ok(()) };
    if p.national || p.pop <= 0 {
        return Ok(());
    }
    let items = store::items(tx, period).await?;
    let list = records.catalog.codes("INCOME_ITEM");
    let parent = |code: &str| list.and_then(|l| l.items.iter().find(|i| i.code == code)).and_then(|i| i.parent.clone());
    let s = rules::sums(&items, parent);
    let before = store::earlier_net_pc(tx, period).await?;
    let mut row = Row::new();
    let net = s.gross() - s.operate_cost;
    let ref_net = net + s.claim - s.self_pay;
    for (field, fen) in [
        ("wage", s.wage),
        ("operate", s.operate),
        ("property", s.property),
        ("transfer", s.transfer),
        ("operate_cost", s.operate_cost),
        ("gross", s.gross()),
        ("net", net),
        ("net_pc", rules::by_head(net, p.pop)),
        ("claim", s.claim),
        ("self_pay", s.self_pay),
        ("ref_net", ref_net),
        ("ref_pc", rules::by_head(ref_net, p.pop)),
    ] {
        row.insert(field.into(), json!(fen));
    }
    row.insert("yoy_pct".into(), json!(rules::change_pct(before, rules::by_head(net, p.pop))));
    let d = records.dataset("registry.income_period")?.clone();
    records.patch(tx, &d, period, None, &row, &Provenance { trusted: true, ..Provenance::default() }).await?;
    Ok(())
}
