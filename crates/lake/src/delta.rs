//! The log of a Delta table: which files a version consists of, one JSON file a commit, a checkpoint now and then. Any reader of
//! Delta tables reads the lake by it; this program does not: it reads the record of publications. Must not know the database.
//! Source: Delta Transaction Log Protocol, reader version 1, writer version 2, without optional features.

use crate::shape::{Column, Type};
use crate::store::File;
use crate::write::storage;
use base::{Error, Result};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Column that tells the parts; its value stands in the log, not in the files.
pub const PARTITION: &str = "county";
/// Commits between checkpoints; without them opening a table grows with every commit.
pub const CHECKPOINT_EVERY: i64 = 20;

/// A file of the table, as the log names it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Add {
    pub path: String,
    pub partition_values: BTreeMap<String, Option<String>>,
    pub size: i64,
    pub modification_time: i64,
    pub data_change: bool,
    #[serde(default)]
    pub stats: Option<String>,
}

/// The table as of its last version.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// None: there is no table yet.
    pub version: Option<i64>,
    pub metadata: Option<Json>,
    pub files: BTreeMap<String, Add>,
}

fn log(folder: &str, name: &str) -> Path {
    Path::from(format!("{folder}/_delta_log/{name}"))
}
fn commit_name(version: i64) -> String {
    format!("{version:020}.json")
}
fn broken() -> Error {
    Error::internal("the log of a table of the lake is not as documented; ganong lake rebuild makes it anew")
}

/// Reads the log: the last checkpoint and the commits after it.
pub async fn read(store: &dyn ObjectStore, folder: &str) -> Result<State> {
    let mut state = State::default();
    if let Some(bytes) = get(store, &log(folder, "_last_checkpoint")).await? {
        let last: Json = serde_json::from_slice(&bytes).map_err(|_| broken())?;
        let version = last["version"].as_i64().ok_or_else(broken)?;
        let name = format!("{version:020}.checkpoint.parquet");
        let bytes = get(store, &log(folder, &name)).await?.ok_or_else(broken)?;
        let (metadata, files) = crate::checkpoint::read(bytes)?;
        state.files = files.into_iter().map(|f| (f.path.clone(), f)).collect();
        (state.version, state.metadata) = (Some(version), Some(metadata));
    }
    loop {
        let next = state.version.map_or(0, |v| v + 1);
        let Some(bytes) = get(store, &log(folder, &commit_name(next))).await? else { return Ok(state) };
        for line in bytes.split(|b| *b == b'\n').filter(|l| !l.is_empty()) {
            let action: Json = serde_json::from_slice(line).map_err(|_| broken())?;
            if let Some(add) = action.get("add") {
                let add: Add = serde_json::from_value(add.clone()).map_err(|_| broken())?;
                state.files.insert(add.path.clone(), add);
            } else if let Some(path) = action["remove"]["path"].as_str() {
                state.files.remove(path);
            } else if let Some(m) = action.get("metaData") {
                state.metadata = Some(m.clone());
            }
        }
        state.version = Some(next);
    }
}

async fn get(store: &dyn ObjectStore, path: &Path) -> Result<Option<bytes::Bytes>> {
    match store.get(path).await {
        Ok(found) => found.bytes().await.map(Some).map_err(storage),
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(e) => Err(storage(e)),
    }
}

/// Replaces the files of these parts (of all when none are named) by new ones in one version; answers it. Fails when
/// somebody else wrote that version first: nothing is merged.
pub async fn commit(
    store: &dyn ObjectStore,
    folder: &str,
    columns: &[Column],
    counties: Option<&BTreeSet<String>>,
    new: &[File],
    now_ms: i64,
) -> Result<i64> {
    let mut state = read(store, folder).await?;
    let version = state.version.map_or(0, |v| v + 1);
    let actions = actions(&mut state, folder, columns, counties, new, now_ms);
    let lines: Vec<String> = actions.iter().map(Json::to_string).collect();
    let body = lines.join("\n") + "\n";
    let once = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
    match store.put_opts(&log(folder, &commit_name(version)), body.into(), once).await {
        Ok(_) => {}
        Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => {
            return Err(Error::busy("lake.overtaken", "另一进程刚刚更新了这份数据，本次结果已放弃，将自动重试。"));
        }
        Err(e) => return Err(storage(e)),
    }
    if version > 0 && version % CHECKPOINT_EVERY == 0 {
        checkpoint(store, folder, version, &state).await?;
    }
    Ok(version)
}

/// The actions of one commit; `state` becomes what it leads to.
fn actions(
    state: &mut State,
    folder: &str,
    columns: &[Column],
    counties: Option<&BTreeSet<String>>,
    new: &[File],
    now_ms: i64,
) -> Vec<Json> {
    let first = state.version.is_none();
    let mut out = vec![json!({"commitInfo": {
        "timestamp": now_ms, "operation": "WRITE", "engineInfo": "ganong",
        "operationParameters": {"mode": "Overwrite", "partitionBy": format!("[\"{PARTITION}\"]")},
    }})];
    if first {
        let metadata = json!({
            "id": Uuid::now_v7().to_string(), "format": {"provider": "parquet", "options": {}},
            "schemaString": schema_string(columns), "partitionColumns": [PARTITION], "configuration": {}, "createdTime": now_ms,
        });
        out.push(json!({"protocol": protocol()}));
        out.push(json!({"metaData": metadata}));
        state.metadata = Some(metadata);
    }
    let old: Vec<Add> = state
        .files
        .values()
        .filter(|f| {
            let county = f.partition_values.get(PARTITION).cloned().flatten().unwrap_or_default();
            counties.is_none_or(|c| c.contains(&county))
        })
        .cloned()
        .collect();
    for f in old {
        state.files.remove(&f.path);
        out.push(json!({"remove": {
            "path": f.path, "deletionTimestamp": now_ms, "dataChange": true, "extendedFileMetadata": true,
            "partitionValues": f.partition_values, "size": f.size,
        }}));
    }
    for f in new {
        let add = Add {
            path: f.path.strip_prefix(folder).unwrap_or(&f.path).trim_start_matches('/').to_owned(),
            partition_values: BTreeMap::from([(PARTITION.to_owned(), Some(f.county.clone()))]),
            size: f.bytes as i64,
            modification_time: now_ms,
            data_change: true,
            stats: Some(json!({"numRecords": f.rows}).to_string()),
        };
        out.push(json!({ "add": add }));
        state.files.insert(add.path.clone(), add);
    }
    state.version = Some(state.version.map_or(0, |v| v + 1));
    out
}

pub fn protocol() -> Json {
    json!({"minReaderVersion": 1, "minWriterVersion": 2})
}

/// The schema in the log's own notation.
fn schema_string(columns: &[Column]) -> String {
    let field = |name: &str, of: Json| json!({"name": name, "type": of, "nullable": true, "metadata": {}});
    let mut fields: Vec<Json> = columns.iter().map(|c| field(&c.name, type_name(c.of))).collect();
    fields.push(field(PARTITION, "string".into()));
    json!({"type": "struct", "fields": fields}).to_string()
}

fn type_name(of: Type) -> Json {
    match of {
        Type::Text => "string".into(),
        Type::Int => "integer".into(),
        Type::Long | Type::Key => "long".into(),
        Type::Decimal(scale) => format!("decimal(18,{scale})").into(),
        Type::Bool => "boolean".into(),
        Type::Date => "date".into(),
        Type::Moment => "timestamp".into(),
        Type::List => json!({"type": "array", "elementType": "string", "containsNull": true}),
        Type::Id => "binary".into(),
    }
}

/// Writes what the table is now as one file, and removes the commits before the checkpoint before it.
async fn checkpoint(store: &dyn ObjectStore, folder: &str, version: i64, state: &State) -> Result<()> {
    let Some(metadata) = &state.metadata else { return Err(broken()) };
    let files: Vec<&Add> = state.files.values().collect();
    let (bytes, rows) = crate::checkpoint::write(metadata, &files)?;
    let name = format!("{version:020}.checkpoint.parquet");
    store.put(&log(folder, &name), bytes.into()).await.map_err(storage)?;
    let last = json!({"version": version, "size": rows}).to_string();
    store.put(&log(folder, "_last_checkpoint"), last.into()).await.map_err(storage)?;
    // readers that began before keep what they need; old moments are read by the record, not by the log
    let past = version - 2 * CHECKPOINT_EVERY;
    for old in past.max(0)..past + CHECKPOINT_EVERY {
        for name in [commit_name(old), format!("{old:020}.checkpoint.parquet")] {
            match store.delete(&log(folder, &name)).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(e) => return Err(storage(e)),
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Vec<Column> {
        let c = |name: &str, of| Column { name: name.into(), of, ask: name.into() };
        vec![c("id", Type::Id), c("share", Type::Decimal(1)), c("tags", Type::List), c("at", Type::Moment)]
    }
    fn file(county: &str, n: u64) -> File {
        File { county: county.into(), path: format!("d/1/county={county}/{n}.parquet"), bytes: 10, rows: n }
    }

    #[tokio::test]
    async fn a_log_is_read_as_it_was_written_over_checkpoints_too() {
        let store = object_store::memory::InMemory::new();
        assert_eq!(read(&store, "d/1").await.unwrap(), State::default());
        let all = [file("360121", 1), file("360122", 2)];
        assert_eq!(commit(&store, "d/1", &columns(), None, &all, 1).await.unwrap(), 0);
        for n in 0..(3 * CHECKPOINT_EVERY as u64 + 5) {
            let one = BTreeSet::from(["360121".to_owned()]);
            let version = commit(&store, "d/1", &columns(), Some(&one), &[file("360121", 100 + n)], 2).await.unwrap();
            assert_eq!(version, n as i64 + 1);
            let state = read(&store, "d/1").await.unwrap();
            assert_eq!(state.version, Some(version));
            let paths: Vec<&str> = state.files.keys().map(String::as_str).collect();
            assert_eq!(paths, [format!("county=360121/{}.parquet", 100 + n), "county=360122/2.parquet".into()]);
            assert!(state.metadata.as_ref().unwrap()["schemaString"].as_str().unwrap().contains("decimal(18,1)"));
        }
        // a part that became empty, and everything anew
        commit(&store, "d/1", &columns(), Some(&BTreeSet::from(["360122".to_owned()])), &[], 3).await.unwrap();
        assert_eq!(read(&store, "d/1").await.unwrap().files.len(), 1);
        commit(&store, "d/1", &columns(), None, &[file("360222", 7)], 3).await.unwrap();
        assert_eq!(read(&store, "d/1").await.unwrap().files.keys().collect::<Vec<_>>(), ["county=360222/7.parquet"]);
    }

    #[tokio::test]
    async fn a_version_is_written_by_one() {
        let store = object_store::memory::InMemory::new();
        commit(&store, "d/1", &columns(), None, &[file("360121", 1)], 1).await.unwrap();
        let place = log("d/1", &commit_name(0));
        let once = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        let taken = store.put_opts(&place, "x".into(), once);
        assert!(matches!(taken.await, Err(object_store::Error::AlreadyExists { .. })));
    }
}
