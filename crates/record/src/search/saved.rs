//! Queries that are kept and shared. A shared query runs in the range and with the masks of who runs it.

use super::store::{self, Kept};
use super::{Node, SAVED};
use crate::Records;
use crate::hooks::{Condition, Narrow};
use ::store::ScopedTx;
use async_trait::async_trait;
use base::{Actor, Error, FieldProblem, RegionCode, Result};
use meta::{Dataset, Kind, Verb};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use uuid::Uuid;

/// A query as people see it in their list.
#[derive(Clone, Debug, Serialize)]
pub struct SavedQuery {
    pub id: Uuid,
    pub dataset: String,
    pub name: String,
    #[serde(rename = "where")]
    pub conditions: Json,
    pub owner_name: String,
    pub mine: bool,
    pub shared: bool,
    pub roles: Vec<String>,
    pub levels: Vec<i16>,
    /// A region inside the owner's; none: the owner's.
    pub region: Option<String>,
    /// Sign-in names of the persons it is shared with; shown to its owner only.
    pub persons: Vec<String>,
}

/// What somebody wants to keep.
#[derive(Clone, Debug, Deserialize)]
pub struct NewQuery {
    pub dataset: String,
    /// Empty: for an export or a task only, not listed.
    #[serde(default)]
    pub name: String,
    #[serde(rename = "where")]
    pub conditions: Json,
    #[serde(default)]
    pub shared: bool,
    #[serde(default)]
    pub roles: Vec<String>,
    #[serde(default)]
    pub levels: Vec<i16>,
    #[serde(default)]
    pub region: Option<RegionCode>,
    /// Sign-in names. With persons and without level, role and region it is shared with them alone.
    #[serde(default)]
    pub persons: Vec<String>,
}

/// Somebody a query is shared with: account and sign-in name, as who keeps accounts knows them.
pub type Person = (uuid::Uuid, String);

/// Whether this actor may use a query: the owner, the persons it is shared with, and those in the owner's region (or the named
/// one below it) with a role and at a level it is shared with.
fn may_use(k: &Kept, actor: &Actor) -> bool {
    let alone = !k.persons.is_empty() && k.roles.is_empty() && k.levels.is_empty() && k.shared_region.is_none();
    let region = k.shared_region.as_deref().unwrap_or(&k.region_code);
    let among = !alone
        && RegionCode::parse(region).is_ok_and(|r| r.contains(&actor.region))
        && (k.roles.is_empty() || k.roles.contains(&actor.role))
        && (k.levels.is_empty() || k.levels.contains(&actor.level().number()));
    let shared = k.shared && (among || k.persons.contains(&actor.user_id));
    k.owner_id == actor.user_id || shared || actor.is_system()
}

fn gone() -> Error {
    Error::not_found("record.no_query", "没有这个已存查询，可能已被删除或不再共享。")
}

fn shown(k: Kept, actor: &Actor) -> SavedQuery {
    SavedQuery {
        mine: k.owner_id == actor.user_id,
        id: k.id,
        dataset: k.dataset,
        name: k.name,
        conditions: k.conditions,
        owner_name: k.owner_name,
        shared: k.shared,
        roles: k.roles,
        levels: k.levels,
        region: k.shared_region,
        persons: if k.owner_id == actor.user_id { k.person_names } else { vec![] },
    }
}

impl Records {
    /// Queries of a dataset (of all, when empty) that this actor may use.
    pub async fn queries(&self, tx: &mut ScopedTx, dataset: &str) -> Result<Vec<SavedQuery>> {
        let actor = tx.actor().clone();
        let all = store::list(tx, actor.user_id, dataset).await?;
        Ok(all.into_iter().filter(|k| may_use(k, &actor)).map(|k| shown(k, &actor)).collect())
    }

    /// One query that this actor may use.
    pub async fn query(&self, tx: &mut ScopedTx, id: Uuid) -> Result<SavedQuery> {
        let actor = tx.actor().clone();
        let k = store::get(tx, id).await?.filter(|k| may_use(k, &actor)).ok_or_else(gone)?;
        Ok(shown(k, &actor))
    }

    /// Keeps a query, a new one or (with `id`) one's own. Values that name one person are refused.
    /// `persons` are those of `new`, looked up.
    pub async fn keep_query(
        &self,
        tx: &mut ScopedTx,
        id: Option<Uuid>,
        new: &NewQuery,
        persons: &[Person],
    ) -> Result<SavedQuery> {
        let actor = tx.actor().clone();
        let d = self.dataset(&new.dataset)?.clone();
        self.allow(&actor, &d, Verb::Read)?;
        let node = Node::read(&new.conditions)?;
        self.check(&actor, &d, &node)?;
        self.names_nobody(&d, &node)?;
        let name = new.name.trim();
        if name.chars().count() > 60 {
            return Err(Error::invalid("record.query_name", "查询名称不超过 60 字。"));
        }
        if new.region.as_ref().is_some_and(|r| !actor.region.contains(r)) {
            return Err(Error::invalid("record.query_region", "只能共享给本辖区内的区划，请重新选择。"));
        }
        if let Some(id) = id {
            let old = store::get(tx, id).await?.filter(|k| k.owner_id == actor.user_id).ok_or_else(gone)?;
            if old.dataset != new.dataset {
                return Err(gone());
            }
        }
        let k = Kept {
            id: id.unwrap_or_else(Uuid::now_v7),
            dataset: new.dataset.clone(),
            name: name.to_owned(),
            conditions: node.to_json(),
            owner_id: actor.user_id,
            owner_name: actor.name.clone(),
            region_code: actor.region.as_str().to_owned(),
            shared: new.shared && !name.is_empty(),
            roles: new.roles.clone(),
            levels: new.levels.clone(),
            shared_region: new.region.as_ref().map(|r| r.as_str().to_owned()),
            persons: persons.iter().map(|p| p.0).collect(),
            person_names: persons.iter().map(|p| p.1.clone()).collect(),
        };
        store::put(tx, &k).await?;
        Ok(shown(k, &actor))
    }

    /// Removes one's own query.
    pub async fn forget_query(&self, tx: &mut ScopedTx, id: Uuid) -> Result<()> {
        let actor = tx.actor().clone();
        store::get(tx, id).await?.filter(|k| k.owner_id == actor.user_id).ok_or_else(gone)?;
        store::remove(tx, id).await
    }

    /// A query that is kept holds no number and no name of a person.
    fn names_nobody(&self, d: &Dataset, node: &Node) -> Result<()> {
        let personal = |of: &str, field: &str| {
            let d = if of.is_empty() { Some(d) } else { self.catalog.dataset(of).map(AsRef::as_ref) };
            d.and_then(|d| d.field(field))
                .filter(|f| matches!(f.kind, Kind::IdCard | Kind::Bank | Kind::Phone | Kind::Name))
                .map(|f| f.label.clone())
        };
        let named: Vec<FieldProblem> = node
            .tests()
            .iter()
            .filter(|(_, t)| !t.values.is_empty())
            .filter_map(|(of, t)| personal(of, &t.field))
            .map(|l| {
                FieldProblem::new(
                    "where",
                    "record.query_personal",
                    format!("“{l}”指向具体的人，不能存入查询、导出或转任务，请去掉这个条件。"),
                )
            })
            .collect();
        if named.is_empty() {
            return Ok(());
        }
        Err(Error::refused("record.query_personal", "按姓名、证件号码、电话、账号的条件只能当时查看，不能保存。")
            .with_problems(named))
    }
}

/// Narrows a list by `query:<id>`.
pub struct SavedQueries;

impl SavedQueries {
    /// What stands in `within` of a list.
    pub fn within(id: Uuid) -> String {
        format!("{SAVED}:{id}")
    }
}

#[async_trait]
impl Narrow for SavedQueries {
    async fn narrow(&self, records: &Records, tx: &mut ScopedTx, d: &Dataset, text: &str) -> Result<(Condition, String)> {
        let id = Uuid::parse_str(text).map_err(|_| gone())?;
        let actor = tx.actor().clone();
        let k = store::get(tx, id).await?.filter(|k| k.dataset == d.id && may_use(k, &actor)).ok_or_else(gone)?;
        let checked = records.check(&actor, d, &Node::read(&k.conditions)?)?;
        let words =
            if k.name.is_empty() { "符合查询条件的记录".to_owned() } else { format!("已存查询“{}”", k.name) };
        Ok((records.condition(checked, tx.scope().clone()), words))
    }
}
