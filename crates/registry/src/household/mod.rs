//! Households and their members: what follows from an identity number and from the head, and one household's whole file.

mod http;
mod rules;
mod store;

pub(crate) use http::routes;

use crate::sync::store as sync;
use ::store::ScopedTx;
use async_trait::async_trait;
use base::{Error, FieldProblem, Result};
use meta::Dataset;
use record::{Hook, Hooks, Provenance, Records, Row, Stored};
use rules::facts_of;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use uuid::Uuid;

pub(crate) fn hooks(hooks: &mut Hooks) {
    hooks.add("member_facts", Arc::new(MemberFacts));
    hooks.add("member_head", Arc::new(MemberHead));
    hooks.add("member_once", Arc::new(MemberOnce));
    hooks.add("income_batch", Arc::new(crate::sync::IncomeBatch));
}

/// Writes what the identity number says (`id_gender`, `id_birth_date`) beside what the person said (domain 01 §2.4, 附B).
struct MemberFacts;
#[async_trait]
impl Hook for MemberFacts {
    async fn before_save(
        &self,
        _r: &Records,
        _tx: &mut ScopedTx,
        _d: &Dataset,
        _old: Option<&Row>,
        new: &mut Row,
    ) -> Result<Vec<FieldProblem>> {
        let facts = facts_of(new.get("id_no").and_then(Json::as_str), record::today());
        new.insert("id_gender".into(), json!(facts.gender));
        new.insert("id_birth_date".into(), json!(facts.birth));
        if new.get("birth_date").is_none_or(Json::is_null) {
            new.insert("birth_date".into(), json!(facts.birth));
        }
        Ok(vec![])
    }
    async fn after_batch(&self, r: &Records, tx: &mut ScopedTx, d: &Dataset, no: &str, scope: &base::Scope) -> Result<()> {
        let mut after = Uuid::nil();
        loop {
            let part = sync::numbers(tx, no, scope, after, 2000).await?;
            let Some((last, _)) = part.last() else { return Ok(()) };
            after = *last;
            let (mut ids, mut genders, mut births) = (vec![], vec![], vec![]);
            for (id, cipher) in part {
                let plain = cipher.map(|c| r.vault.open(&c, &secure::place(&d.table(), "id_no", &id))).transpose()?;
                let facts = facts_of(plain.as_ref().map(|p| p.expose().as_str()), record::today());
                ids.push(id);
                genders.push(facts.gender.map(str::to_owned));
                births.push(facts.birth);
            }
            sync::facts(tx, ids, genders, births).await?;
        }
    }
}

/// A person stands in the register once (domain 01 §2.4: 全库唯一). Of another county's row only the county is told.
struct MemberOnce;
#[async_trait]
impl Hook for MemberOnce {
    async fn unsound(
        &self,
        records: &Records,
        tx: &mut ScopedTx,
        _d: &Dataset,
        rows: &[Stored<'_>],
    ) -> Result<Vec<(Uuid, Error)>> {
        let text = |row: &'_ Row, n: &str| row.get(n).and_then(Json::as_str).unwrap_or_default().to_owned();
        let new = |w: &&Stored<'_>| {
            let same = |n: &str| w.old.is_some_and(|o| text(o, n) == text(w.new, n));
            text(w.new, "member_status") == "01" && !text(w.new, "id_no").is_empty() && !(same("id_no") && same("member_status"))
        };
        let asked: Vec<&Stored<'_>> = rows.iter().filter(new).collect();
        if asked.is_empty() {
            return Ok(vec![]);
        }
        let token = |w: &&Stored<'_>| records.vault.token(secure::TokenKind::IdCard, &text(w.new, "id_no")).to_vec();
        let (tokens, ids) = (asked.iter().map(token).collect(), asked.iter().map(|w| w.id).collect());
        let found = store::identities_elsewhere(tx, tokens, ids).await?;
        let refused = found.into_iter().filter_map(|(id, county)| {
            let region = asked.iter().find(|w| w.id == id).map(|w| text(w.new, "region_code"))?;
            let name = records.regions.name(&format!("{county:0<12}"));
            Some((id, rules::stands_already(&region, &county, name.as_deref())))
        });
        Ok(refused.collect())
    }
}

/// Keeps the household's copy of its head (domain 01 §2.3: 冗余，随户主更新).
struct MemberHead;
#[async_trait]
impl Hook for MemberHead {
    async fn after_save(&self, records: &Records, tx: &mut ScopedTx, _d: &Dataset, _old: Option<&Row>, new: &Row) -> Result<()> {
        let text = |n: &str| new.get(n).and_then(Json::as_str).unwrap_or_default();
        if text("relation") != "01" || text("member_status") != "01" {
            return Ok(());
        }
        let Ok(household) = Uuid::parse_str(text("household_id")) else { return Ok(()) };
        let d = records.dataset("registry.household")?.clone();
        let mut change = Row::new();
        change.insert("head_person_id".into(), json!(text("id")));
        for (to, from) in [("head_name", "name"), ("head_id_no", "id_no")] {
            if let Some(v) = new.get(from).filter(|v| !v.is_null()) {
                change.insert(to.into(), v.clone());
            }
        }
        let from = Provenance { trusted: true, ..Provenance::default() };
        records.patch(tx, &d, household, None, &change, &from).await.map(|_| ())
    }
    async fn after_batch(&self, _: &Records, tx: &mut ScopedTx, _: &Dataset, no: &str, scope: &base::Scope) -> Result<()> {
        sync::heads(tx, no, scope).await
    }
}
