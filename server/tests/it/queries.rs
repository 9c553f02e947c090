//! The query over any field over a synthetic county: finds what a plain SQL query finds, tells nothing that a list would mask,
//! is kept and shared without the names of people, and drives lists and exports.

use base::{Actor, Level, RegionCode};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use testkit::{Person, World};

async fn county() -> World {
    let w = World::new().await;
    let regions = registry::region::Regions::load(w.app.db.pool()).await.unwrap();
    let mut opts = synth::Opts::new(500, 11, record::today());
    opts.scope = w.village.ancestor(Level::County).scope();
    opts.monitored_share = 0.1;
    let made = synth::Province::new(&regions, opts);
    synth::run_demo(w.app.db.pool(), w.app.records.vault.clone(), &made, &synth::LoadOpts::default(), |_, _| ()).await.unwrap();
    w
}

async fn asked(w: &World, who: &Person, conditions: Value) -> testkit::Answer {
    let body = json!({"dataset": "registry.household", "where": conditions, "count": true, "limit": 5});
    w.send(Some(who), "POST", "/queries/run", Some(&body)).await
}

async fn plain(w: &World, sql: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(w.app.db.pool()).await.unwrap_or_else(|e| panic!("{sql}: {e}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_finds_what_plain_sql_finds() {
    let w = county().await;
    let officer = w.actor("R06", &w.village.ancestor(Level::County)).await;
    let day = record::today();
    let cases = [
        (
            json!({"all": [{"field": "household_type", "op": "in", "values": ["02"]}, {"field": "hukou_count", "op": "between", "values": [2, 4]}]}),
            "household_type = '02' and hukou_count between 2 and 4".to_owned(),
        ),
        (
            json!({"any": [{"field": "is_monitored", "op": "is", "values": [true]}, {"field": "whole_no_labor", "op": "is", "values": [true]}]}),
            "is_monitored or whole_no_labor".into(),
        ),
        (
            json!({"all": [{"of": "registry.member", "where": {"all": [{"field": "health", "op": "in", "values": ["03"]}, {"field": "member_status", "op": "in", "values": ["01"]}]}}]}),
            "exists (select from reg.member m where m.household_id = h.id and not m.deleted and '03' = any(m.health) and m.member_status = '01')".into(),
        ),
        (
            json!({"all": [{"field": "household_type", "op": "not_in", "values": ["02"]}, {"of": "registry.member", "least": 0, "where": {"field": "labor_skill", "op": "in", "values": ["01", "02", "03"]}}]}),
            "household_type <> '02' and not exists (select from reg.member m where m.household_id = h.id and not m.deleted and m.labor_skill in ('01', '02', '03'))".into(),
        ),
        (
            json!({"all": [{"of": "registry.member", "least": 4, "where": {"field": "member_status", "op": "in", "values": ["01"]}}]}),
            "(select count(*) from reg.member m where m.household_id = h.id and not m.deleted and m.member_status = '01') >= 4".into(),
        ),
        (
            json!({"all": [{"of": "registry.income_period", "where": {"all": [{"field": "net_pc", "op": "at_most", "values": [1_500_000]}, {"field": "period_kind", "op": "in", "values": ["01"]}]}}]}),
            "exists (select from reg.income_period i where i.household_id = h.id and not i.deleted and i.net_pc <= 1500000 and i.period_kind = '01')".into(),
        ),
        (
            json!({"all": [{"of": "relapse.monitor_case", "where": {"any": [{"field": "risk1", "op": "in", "values": ["01"]}, {"field": "identify_ym", "op": "at_least", "values": [202_501]}]}}]}),
            "exists (select from relapse.monitor_case c where c.household_id = h.id and not c.deleted and (c.risk1 = '01' or c.identify_ym >= 202501))".into(),
        ),
        (
            json!({"all": [{"of": "relapse.visit", "where": {"field": "visit_at", "op": "within_days", "values": [40]}}]}),
            format!("exists (select from relapse.visit v where v.household_id = h.id and not v.deleted and (v.visit_at at time zone 'Asia/Shanghai')::date >= date '{day}' - 40)"),
        ),
        (json!({"all": [{"field": "last_visit_date", "op": "empty"}]}), "last_visit_date is null".into()),
        (json!({"all": [{"field": "head_name", "op": "begins", "values": ["王"]}]}), "head_name like '王%'".into()),
    ];
    for (conditions, sql) in cases {
        let a = asked(&w, &officer, conditions.clone()).await;
        assert_eq!(a.status, 200, "{conditions}: {}", a.text);
        let want = plain(&w, &format!("select count(*) from reg.household h where not h.deleted and {sql}")).await;
        assert_eq!(a.body["count"], json!(want), "{conditions}");
        assert!(want > 0, "{conditions} proves nothing");
    }
    let neighbour = w.actor("R06", &w.neighbour.ancestor(Level::County)).await;
    let a = asked(&w, &neighbour, json!({"all": [{"field": "household_status", "op": "filled"}]})).await;
    assert_eq!((a.status.as_u16(), &a.body["count"]), (200, &json!(0)), "{}", a.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_tells_nothing_that_a_list_masks_and_takes_no_foreign_words() {
    let w = county().await;
    let region = w.village.ancestor(Level::County);
    let officer = w.actor("R06", &region).await;
    let reader = w.actor("R15", &region).await;
    let d = w.app.records.dataset("registry.household").unwrap().clone();
    let id: uuid::Uuid =
        sqlx::query_scalar("select id from reg.household where head_id_no_token is not null order by id limit 1")
            .fetch_one(w.app.db.pool())
            .await
            .unwrap();
    let mut tx = w.app.db.begin(&Actor::system("测试")).await.unwrap();
    let number =
        w.app.records.unmask(&mut tx, &d, id, &["head_id_no".into()]).await.unwrap()["head_id_no"].as_str().unwrap().to_owned();
    drop(tx);

    // a whole number finds its household, and does not come back plain
    let a = asked(&w, &officer, json!({"all": [{"field": "head_id_no", "op": "is", "values": [number]}]})).await;
    assert_eq!((a.status.as_u16(), a.body["items"][0]["id"].as_str()), (200, Some(id.to_string().as_str())), "{}", a.text);
    assert!(!a.text.contains(&number));

    let refused = [
        (&officer, json!({"field": "head_id_no", "op": "begins", "values": ["3601"]})),
        (&officer, json!({"field": "head_id_no", "op": "empty"})),
        (&officer, json!({"field": "phone", "op": "begins", "values": ["138"]})),
        (&officer, json!({"field": "lon", "op": "at_least", "values": ["115"]})),
        (&officer, json!({"field": "bank_account", "op": "contains", "values": ["6222"]})),
        // whoever sees health masked may not ask for it
        (&reader, json!({"of": "registry.member", "where": {"field": "health", "op": "in", "values": ["03"]}})),
        (&reader, json!({"field": "head_name", "op": "begins", "values": ["王"]})),
        (&officer, json!({"field": "id; drop table reg.household", "op": "is", "values": [1]})),
        (&officer, json!({"field": "head_name) or (true", "op": "is", "values": ["x"]})),
        (&officer, json!({"of": "app.user_account", "where": {"field": "login_name", "op": "filled"}})),
        (&officer, json!({"of": "registry.village_year", "where": {"all": []}})),
        (&officer, json!({"field": "hukou_count", "op": "at_least", "values": ["1 or true"]})),
        (&officer, json!({"field": "household_type", "op": "in", "values": ["') or true --"]})),
        (&officer, json!({"field": "hukou_count", "op": "between", "values": [1]})),
        (&officer, json!({"field": "last_visit_date", "op": "within_days", "values": [-1]})),
        (&officer, json!({"all": []})),
        (&officer, json!("x")),
    ];
    for (who, conditions) in refused {
        let a = asked(&w, who, json!({"all": [conditions]})).await;
        assert_eq!(a.status, 400, "{conditions}: {}", a.text);
        assert!(a.body["detail"].as_str().is_some_and(|t| !t.is_empty()));
    }
    // hostile texts are texts
    let a = asked(
        &w,
        &officer,
        json!({"all": [{"field": "live_address", "op": "contains", "values": ["'; drop table reg.household; --"]}]}),
    )
    .await;
    assert_eq!((a.status.as_u16(), &a.body["count"]), (200, &json!(0)), "{}", a.text);
    let masked = w.send(Some(&reader), "GET", "/queries/fields/registry.household", None).await;
    assert!(!masked.text.contains("\"health\"") && masked.text.contains("\"household_type\""));
    // conditions do not travel in an address
    let a = w.send(Some(&officer), "GET", "/registry/household?within=search:%7B%7D", None).await;
    assert_eq!(a.status, 400, "{}", a.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_it_is_said_with_its_place() {
    let w = World::new().await;
    let officer = w.actor("R06", &w.village.ancestor(Level::County)).await;
    let good = json!({"field": "household_type", "op": "in", "values": ["01"]});
    let many: Vec<Value> = (0..12_000).map(|_| good.clone()).collect();
    let mut deep = good.clone();
    for _ in 0..20 {
        deep = json!({"all": [deep]});
    }
    for (conditions, says) in [
        (json!({"all": [good, {"field": "no_such", "op": "is", "values": [1]}]}), "第 2 项：“农户”没有字段“no_such”"),
        (json!({"all": [good, {"any": [{"field": "hukou_count", "op": "at_least", "values": ["多"]}]}]}), "第 2.1 项："),
        (json!({"any": [{"field": "hukou_count", "op": "contains", "values": ["3"]}]}), "第 1 项：“户籍人口数”不能按“包含”查询"),
        (
            json!({"all": [{"of": "registry.member", "where": {"all": [{"field": "nothing", "op": "empty"}]}}]}),
            "第 1.1 项：“家庭成员”没有字段",
        ),
        (json!({"any": many}), "第 61 项：一次查询最多 60 个条件"),
        (deep, "第 1.1.1.1.1.1 项：条件分组太深"),
    ] {
        let a = asked(&w, &officer, conditions).await;
        let text = a.body["detail"].as_str().unwrap_or_default();
        assert!(a.status == 400 && text.contains(says), "{says}: {}", a.text.chars().take(300).collect::<String>());
        assert!(a.body["problems"].as_array().is_some_and(|p| !p.is_empty()), "{says}: without a place");
    }
    // deeper than any reader goes
    let mut deepest = json!(1);
    for _ in 0..300 {
        deepest = json!([deepest]);
    }
    let a = asked(&w, &officer, deepest).await;
    assert_eq!((a.status.as_u16(), a.code()), (400, "record.search_form"), "{}", a.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_shared_with_a_region_below_or_with_persons() {
    let w = World::new().await;
    let region = w.village.ancestor(Level::County);
    let officer = w.actor("R06", &region).await;
    let town = w.actor("R08", &w.village.ancestor(Level::Town)).await;
    let cadre = w.actor("R10", &w.village).await;
    let login = async |who: &Person| -> String {
        let sql = "select login_name from app.user_account where id = $1";
        sqlx::query_scalar(sql).bind(who.actor.user_id).fetch_one(w.app.db.pool()).await.unwrap()
    };
    let clerk = login(&town).await;
    let sees = async |who: &Person| -> bool {
        let a = w.send(Some(who), "GET", "/queries?dataset=registry.household", None).await;
        a.body["items"].as_array().is_some_and(|l| !l.is_empty())
    };
    let conditions = json!({"all": [{"field": "household_type", "op": "in", "values": ["01"]}]});
    let mut body =
        json!({"dataset": "registry.household", "name": "共享", "where": conditions, "shared": true, "region": w.village});
    let kept = w.send(Some(&officer), "POST", "/queries", Some(&body)).await;
    assert_eq!(kept.status, 201, "{}", kept.text);
    let path = format!("/queries/{}", kept.body["id"].as_str().unwrap());
    assert_eq!((sees(&cadre).await, sees(&town).await), (true, false), "one village only");

    body["region"] = Value::Null;
    body["persons"] = json!([clerk]);
    let changed = w.send(Some(&officer), "PATCH", &path, Some(&body)).await;
    assert_eq!((changed.status.as_u16(), &changed.body["persons"]), (200, &json!([clerk])), "{}", changed.text);
    assert_eq!((sees(&cadre).await, sees(&town).await), (false, true), "one person only");
    let theirs = w.send(Some(&town), "GET", "/queries?dataset=registry.household", None).await;
    assert_eq!(theirs.body["items"][0]["persons"], json!([]), "with whom else is the owner's affair");

    let elsewhere = w.actor("R06", &w.neighbour.ancestor(Level::County)).await;
    for (field, value, says) in [
        ("persons", json!([login(&elsewhere).await]), "不在您的辖区内"),
        ("persons", json!(["nobody-at-all"]), "没有找到账号“nobody-at-all”"),
        ("region", json!(w.neighbour), "只能共享给本辖区内的区划"),
    ] {
        let mut bad = body.clone();
        bad["persons"] = json!([]);
        bad[field] = value;
        let a = w.send(Some(&officer), "POST", "/queries", Some(&bad)).await;
        assert!(a.status == 400 && a.body["detail"].as_str().is_some_and(|t| t.contains(says)), "{}", a.text);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_kept_shared_and_drives_a_list_and_an_export() {
    let w = county().await;
    let region = w.village.ancestor(Level::County);
    let officer = w.actor("R06", &region).await;
    let village: String = sqlx::query_scalar("select region_code from reg.household group by 1 order by count(*) desc limit 1")
        .fetch_one(w.app.db.pool())
        .await
        .unwrap();
    let village = RegionCode::parse(&village).unwrap();
    let cadre = w.actor("R10", &village).await;
    let town = w.actor("R08", &village.ancestor(Level::Town)).await;
    let neighbour = w.actor("R06", &w.neighbour.ancestor(Level::County)).await;
    let conditions = json!({"all": [{"field": "household_type", "op": "in", "values": ["01"]}]});
    let new = |name: &str, levels: Value| json!({"dataset": "registry.household", "name": name, "where": conditions, "shared": true, "levels": levels});
    let kept = w.send(Some(&officer), "POST", "/queries", Some(&new("一般农户", json!([5])))).await;
    assert_eq!(kept.status, 201, "{}", kept.text);
    let id = kept.body["id"].as_str().unwrap().to_owned();

    let listed = async |who: &Person| -> usize {
        let a = w.send(Some(who), "GET", "/queries?dataset=registry.household", None).await;
        a.body["items"].as_array().unwrap_or_else(|| panic!("{}", a.text)).len()
    };
    assert_eq!((listed(&officer).await, listed(&cadre).await, listed(&town).await, listed(&neighbour).await), (1, 1, 0, 0));
    // it runs where its reader is
    let list = format!("/registry/household?within=query:{id}&count=true");
    let own = w.send(Some(&cadre), "GET", &list, None).await;
    let want = plain(
        &w,
        &format!("select count(*) from reg.household where household_type = '01' and not deleted and region_code = '{village}'"),
    )
    .await;
    assert_eq!((own.status.as_u16(), &own.body["count"]), (200, &json!(want)), "{}", own.text);
    assert_eq!(own.body["within"], "已存查询“一般农户”");
    assert_eq!(w.send(Some(&neighbour), "GET", &list, None).await.status, 404);
    assert_eq!(w.send(Some(&town), "GET", &list, None).await.status, 404, "shared with villages only");

    // whose it is not may not change it
    for who in [&cadre, &neighbour] {
        assert_eq!(w.send(Some(who), "PATCH", &format!("/queries/{id}"), Some(&new("改", json!([])))).await.status, 404);
        assert_eq!(w.send(Some(who), "DELETE", &format!("/queries/{id}"), None).await.status, 404);
    }
    let changed = w.send(Some(&officer), "PATCH", &format!("/queries/{id}"), Some(&new("一般农户", json!([4, 5])))).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    assert_eq!(listed(&town).await, 1);

    // what names a person is not kept
    for one in [
        json!({"field": "head_id_no", "op": "is", "values": ["360199198001010011"]}),
        json!({"field": "head_name", "op": "is", "values": ["王小明"]}),
        json!({"of": "registry.member", "where": {"field": "phone", "op": "is", "values": ["13900000000"]}}),
    ] {
        let body = json!({"dataset": "registry.household", "name": "某人", "where": {"all": [one]}});
        let a = w.send(Some(&officer), "POST", "/queries", Some(&body)).await;
        assert_eq!(a.code(), "record.query_personal", "{}", a.text);
    }
    let job = w.send(Some(&officer), "POST", &format!("/queries/{id}/export"), Some(&json!({"columns": ["household_no"]}))).await;
    assert_eq!(job.status, 202, "{}", job.text);
    assert_eq!(
        w.send(Some(&cadre), "POST", &format!("/queries/{id}/export"), Some(&json!({}))).await.status,
        403,
        "a village does not export"
    );
    assert_eq!(w.send(Some(&officer), "DELETE", &format!("/queries/{id}"), None).await.status, 204);
    assert_eq!(listed(&cadre).await, 0);
}
