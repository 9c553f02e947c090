//! Each transition of each flow is refused from every other state, and to every other role and level.

use crate::walk::row;
use base::{Actor, Level, RegionCode};
use flow::Ask;
use sqlx::AssertSqlSafe;
use std::sync::Arc;
use testkit::World;
use uuid::Uuid;

fn somebody(role: &str, region: RegionCode) -> Actor {
    Actor { user_id: Uuid::now_v7(), role: role.to_owned(), region, ..Actor::system("测试") }
}

/// A row of the dataset; a finding is written by scans only, so its bare line is put into the table.
async fn standing(w: &World, d: &Arc<meta::Dataset>) -> Uuid {
    if d.id != "quality.finding" {
        return row(w, d).await;
    }
    let id = Uuid::now_v7();
    let mut tx = w.app.db.begin(&somebody("R02", w.village.ancestor(Level::Province))).await.unwrap();
    let put = format!(
        "reset role; insert into {} (id, region_code, source, rule_id, severity, subject_id) values ('{id}', '{}', '01', 'Q001', 'E', '{id}')",
        d.table(),
        w.village.as_str()
    );
    sqlx::raw_sql(AssertSqlSafe(put)).execute(tx.conn()).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// What the engine answers when this actor asks for the step while the row is in this state; nothing is kept.
async fn answer(w: &World, f: &meta::Flow, d: &Arc<meta::Dataset>, id: Uuid, state: &str, actor: &Actor, step: &str) -> String {
    let mut tx = w.app.db.begin(actor).await.unwrap();
    let put =
        format!("reset role; update {} set {} = '{state}' where id = '{id}'; set local role ganong_app", d.table(), f.field);
    sqlx::raw_sql(AssertSqlSafe(put)).execute(tx.conn()).await.unwrap();
    let done = w.app.flows.act(&mut tx, &f.id, id, &Ask::new(step)).await;
    tx.rollback().await.unwrap();
    done.map_or_else(|e| e.code.into_owned(), |_| "done".into())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_transition_is_refused_from_every_other_state_role_and_level() {
    let w = World::new().await;
    let (mut by_state, mut by_role, mut open) = (0, 0, 0);
    let posts: Vec<(&str, Level)> = access::roles().all().flat_map(|r| r.levels.iter().map(|l| (r.code.as_str(), *l))).collect();
    let flows: Vec<_> = w.app.catalog.flows().cloned().collect();
    assert!(!flows.is_empty());
    for f in flows {
        let d = w.app.catalog.dataset(&f.dataset).unwrap().clone();
        let id = standing(&w, &d).await;
        for t in &f.transitions {
            let place = format!("{} {}", f.id, t.name);
            let (legal, wrong): (Vec<&str>, Vec<&str>) =
                f.states.keys().map(String::as_str).partition(|s| flow::rules::leaves(&f, t, s));
            let from = legal.first().unwrap_or_else(|| panic!("{place} leaves no state"));
            let (may, may_not): (Vec<_>, Vec<_>) = posts.iter().partition(|(r, l)| t.allows(r, *l));
            for (role, level) in may_not {
                let who = somebody(role, w.village.ancestor(level));
                let code = answer(&w, &f, &d, id, from, &who, &t.name).await;
                // a row that lies above somebody may not even exist for him
                let above = !who.region.contains(&w.place_of(&d));
                assert!(code == "flow.not_allowed" || (above && code == "record.not_found"), "{place} {role} {level:?}: {code}");
                by_role += 1;
            }
            let mine: Vec<Actor> = match may.first() {
                Some((role, level)) => vec![somebody(role, w.village.ancestor(*level))],
                // engines' own steps
                None => vec![Actor::system("测试")],
            };
            for who in mine {
                for state in &wrong {
                    let code = answer(&w, &f, &d, id, state, &who, &t.name).await;
                    assert_eq!(code, "flow.wrong_state", "{place} from {state}");
                    by_state += 1;
                }
                // the control: from a state that it leaves, neither is the reason
                let code = answer(&w, &f, &d, id, from, &who, &t.name).await;
                assert!(!["flow.wrong_state", "flow.not_allowed"].contains(&code.as_str()), "{place} from {from}: {code}");
                open += 1;
            }
        }
    }
    assert!(by_state > 100 && by_role > 100 && open > 10, "{by_state} {by_role} {open}");
}
