//! How well the model sends people out: every department's file of a month is received, and who was called upon is held against
//! what was planted. Plain thresholds (whoever any rule catches is visited, once a file) stand beside it. No times.

use super::{Ground, Options, say, store};
use anyhow::{Result, anyhow};
use files::NewFile;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

pub(super) async fn run(o: &Options) -> Result<Json> {
    let chain = |e: base::Error| anyhow!(e.chain());
    let households = o.households.unwrap_or(20_000);
    let g = Ground::open(o, households).await?;
    store::forget_batches(&g.app.db).await.map_err(chain)?;
    let folder = o.folder().join(format!("departments-{households}-{}", o.seed));
    let regions = registry::region::Regions::load(g.app.db.pool()).await.map_err(chain)?;
    let province = synth::Province::new(&regions, o.province(households)?);
    let mut planted: BTreeMap<String, u8> = BTreeMap::new();
    for village in province.villages() {
        let at_risk = village.families.iter().filter_map(|f| Some((f.household_no.clone(), f.event.as_ref()?.item)));
        planted.extend(at_risk);
    }
    if !folder.exists() {
        say("writing the files of the departments …");
        let (to, province) = (folder.clone(), province);
        tokio::task::spawn_blocking(move || synth::write_departments(&to, &province)).await??;
    }
    let mut files: Vec<_> =
        std::fs::read_dir(&folder)?.filter_map(|e| Some(e.ok()?.path())).filter(|p| number_of(p).is_some()).collect();
    files.sort();
    let actor = Ground::actor("R13", "36")?;
    let (mut plain, mut clues, mut rows, mut items) = (0, 0, 0, Vec::new());
    for path in files {
        let item = match number_of(&path) {
            Some(n @ 45..=47) => format!("F{}", n - 44),
            Some(n) => n.to_string(),
            None => continue,
        };
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let bytes = std::fs::read(&path)?;
        let stream = futures::stream::iter([Ok::<_, std::io::Error>(bytes::Bytes::from(bytes))]);
        let file = g.app.files.save(&actor, NewFile::import(&actor, &name), stream).await.map_err(chain)?;
        let payload = json!({ "file_id": file.id, "item": item, "period": null });
        let r = match g.job(&actor, "relapse.department_batch", payload).await {
            Ok((_, r)) => r,
            // in a small province some items have nothing to tell
            Err(e) if e.to_string().contains("没有数据") => continue,
            Err(e) => return Err(e),
        };
        let n = |k: &str| r["proposed"][k].as_i64().unwrap_or(0);
        say(&format!("{name}: {} rows, {} households met a rule, {} clues", r["rows"], n("households"), n("clues")));
        plain += n("households");
        clues += n("clues");
        rows += r["rows"].as_i64().unwrap_or(0);
        if n("households") > 0 {
            items.push(json!({ "item": item, "households": n("households"), "clues": n("clues"), "merged": n("merged"), "monitored": n("monitored"), "too_low": n("too_low") }));
        }
    }
    // the version in force replayed on the lines kept: what it sends out is what it sent out
    let version = store::model_in_force(&g.app.db).await.map_err(chain)?;
    let office = Ground::actor("R03", "36")?;
    let (_, replayed) = g.job(&office, "relapse.model_replay", json!({ "version_id": version })).await?;
    let called = store::called_upon(&g.app.db).await.map_err(chain)?;
    let caught = store::caught(&g.app.db).await.map_err(chain)?;
    let found = |of: &BTreeSet<String>| planted.keys().filter(|h| of.contains(*h)).count();
    let missed: BTreeMap<String, usize> =
        planted.iter().filter(|(h, _)| !called.contains(*h)).fold(BTreeMap::new(), |mut m, (_, item)| {
            *m.entry(item.to_string()).or_default() += 1;
            m
        });
    let pct = |a: usize, b: i64| if b > 0 { (a as f64 * 1000.0 / b as f64).round() / 10.0 } else { 0.0 };
    let line = json!({
        "bench": "model", "size": { "households": households, "rows": rows }, "planted": planted.len(),
        "model": { "visits": clues, "found": found(&called), "recall_pct": pct(found(&called), planted.len() as i64), "precision_pct": pct(found(&called), clues) },
        "plain": { "visits": plain, "found": found(&caught), "recall_pct": pct(found(&caught), planted.len() as i64), "precision_pct": pct(found(&caught), plain) },
        "replay": { "batches": replayed["batches"], "lines": replayed["lines"], "sent": replayed["totals"]["before"],
            "gained": replayed["totals"]["gained"], "lost": replayed["totals"]["lost"], "really_sent": replayed["totals"]["dispatched"] },
        "missed_by_item": missed, "items": items,
    });
    g.close().await?;
    Ok(line)
}

/// The number at the beginning of a file's name.
fn number_of(path: &std::path::Path) -> Option<u8> {
    path.file_name()?.to_str()?.split_once('_')?.0.parse().ok()
}
