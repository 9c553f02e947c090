//! The desk 匹配待核 through HTTP: who may look and who may decide, one line beside its candidates, two people at one line, what may be
//! taken back and until when.

use base::{Level, RegionCode};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use testkit::{Person, World, identity_number};
use uuid::Uuid;

/// A family of one; who it is of and its number.
async fn family(w: &World, village: &RegionCode, name: &str) -> (Uuid, String) {
    let (household, member, number) = (Uuid::now_v7(), Uuid::now_v7(), identity_number(w.next()));
    sqlx::query(
        "insert into reg.household (id, region_code, household_no, head_name, hukou_count, income_pop, household_status, household_type) \
         values ($1, $2, $3, $4, 1, 1, '01', '01')",
    )
    .bind(household)
    .bind(village.as_str())
    .bind(format!("{}{:06}", village.as_str(), w.next()))
    .bind(name)
    .execute(w.app.db.pool())
    .await
    .unwrap();
    let vault = &w.app.records.vault;
    sqlx::query(
        "insert into reg.member (id, region_code, household_id, name, birth_date, id_no_token, id_no_cipher, relation, member_status, labor_skill) \
         values ($1, $2, $3, $4, '1970-01-01', $5, $6, '01', '01', '01')",
    )
    .bind(member)
    .bind(village.as_str())
    .bind(household)
    .bind(name)
    .bind(vault.token(secure::TokenKind::of("id_card"), &number).to_vec())
    .bind(vault.seal(&number, &secure::place("reg.member", "id_no", &member)).unwrap())
    .execute(w.app.db.pool())
    .await
    .unwrap();
    (member, number)
}

async fn over(w: &World, who: &Person, job: &Value) -> Value {
    let path = format!("/jobs/{}", job["id"].as_str().expect("a job"));
    for _ in 0..400 {
        let seen = w.send(Some(who), "GET", &path, None).await.body;
        if matches!(seen["state"].as_str(), Some("done" | "failed" | "cancelled")) {
            assert_eq!(seen["state"], "done", "{seen}");
            return seen["result"].clone();
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the job does not end");
}

/// Takes 住院结算 of these people; each stays for 15 000 yuan.
async fn deliver(w: &World, who: &Person, lines: &[(&str, &str)]) -> Value {
    let day = record::today() - chrono::Days::new(20);
    let mut csv = String::from("姓名,证件号码,数据来源流水号,入院日期,政策范围内个人负担(元)\n");
    for (name, number) in lines {
        csv.push_str(&format!("{name},{number},{},{day},15000\n", Uuid::now_v7()));
    }
    let a = w.upload(who, "/relapse/dept_batch/receive", &[("item", "31")], &[("住院结算.csv", csv.into_bytes())]).await;
    assert_eq!(a.status, 202, "{}", a.text);
    over(w, who, &a.body).await
}

struct Desk<'w> {
    w: &'w World,
    who: Person,
}

impl Desk<'_> {
    async fn list(&self, query: &str) -> Vec<Value> {
        let a = self.w.send(Some(&self.who), "GET", &format!("/relapse/steward/lines?{query}"), None).await;
        assert_eq!(a.status, 200, "{}", a.text);
        a.body["items"].as_array().unwrap().clone()
    }
    /// Lines by the name they say.
    async fn by_name(&self) -> BTreeMap<String, Value> {
        self.list("").await.into_iter().map(|l| (l["name"].as_str().unwrap().to_owned(), l)).collect()
    }
    async fn say(&self, line: &Value, verdict: &str, person: Option<Uuid>, note: &str) -> testkit::Answer {
        let body = json!({ "verdict": verdict, "person": person, "row_version": line["row_version"], "note": note });
        let path = format!("/relapse/steward/lines/{}/decide", line["id"].as_str().unwrap());
        self.w.send(Some(&self.who), "POST", &path, Some(&body)).await
    }
    async fn undo(&self, line: &Value) -> testkit::Answer {
        let path = format!("/relapse/steward/lines/{}/undo", line["id"].as_str().unwrap());
        self.w.send(Some(&self.who), "POST", &path, Some(&json!({}))).await
    }
    async fn summary(&self) -> Value {
        let a = self.w.send(Some(&self.who), "GET", "/relapse/steward", None).await;
        assert_eq!(a.status, 200, "{}", a.text);
        a.body
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn lines_are_looked_at_decided_on_taken_back_and_made_use_of() {
    let w = World::new().await;
    w.work();
    let office = w.actor("R02", &w.village.ancestor(Level::Province)).await;
    let county = w.village.ancestor(Level::County);
    let first = Desk { w: &w, who: w.actor("R06", &county).await };
    let second = Desk { w: &w, who: office.clone() };
    let elsewhere = Desk { w: &w, who: w.actor("R06", &w.neighbour.ancestor(Level::County)).await };
    let mut people = Vec::new();
    for name in ["王秀英", "周国庆", "吴桂兰", "郑小红", "赵永福"] {
        people.push(family(&w, &w.village, name).await);
    }
    let far = family(&w, &w.neighbour, "钱大有").await;
    // each number under the name of somebody else
    let said = ["李一", "李二", "李三", "李四", "李五"];
    let mut lines: Vec<(&str, &str)> = said.iter().zip(&people).map(|(n, p)| (*n, p.1.as_str())).collect();
    lines.push(("李六", &far.1));
    let batch = deliver(&w, &office, &lines).await;
    assert_eq!((&batch["matched"], &batch["asked"]), (&json!(0), &json!(6)), "{batch}");

    // whose region a line is of decides who sees it; other posts do not see the desk
    let all = first.by_name().await;
    assert_eq!(all.len(), 5, "{all:?}");
    assert_eq!(elsewhere.by_name().await.keys().collect::<Vec<_>>(), ["李六"]);
    assert_eq!(Desk { w: &w, who: office.clone() }.list("").await.len(), 6);
    let s = first.summary().await;
    assert_eq!(
        (&s["waiting"], &s["items"][0]["item_no"], &s["counties"][0]["lines"]),
        (&json!(5), &json!("31"), &json!(5)),
        "{s}"
    );
    assert_eq!(first.list(&format!("batch={}", Uuid::now_v7())).await.len(), 0);
    assert_eq!(first.list(&format!("batch={}&dept=09&limit=2", batch["batch_id"].as_str().unwrap())).await.len(), 2);
    let line = format!("/relapse/steward/lines/{}", all["李一"]["id"].as_str().unwrap());
    let clerk = w.actor("R13", &w.village.ancestor(Level::Province)).await;
    let village = w.actor("R10", &w.village).await;
    let city = w.actor("R05", &w.village.ancestor(Level::City)).await;
    for who in [&clerk, &village] {
        for path in ["/relapse/steward", "/relapse/steward/lines", line.as_str()] {
            assert_eq!(w.send(Some(who), "GET", path, None).await.status, 403, "{} {path}", who.actor.role);
        }
    }
    let watching = Desk { w: &w, who: city };
    assert_eq!(watching.list("").await.len(), 6, "the city looks at its counties");
    assert_eq!(watching.say(&all["李一"], "nobody", None, "").await.status, 403, "and decides for none");
    assert_eq!(w.send(Some(&elsewhere.who), "GET", &line, None).await.status, 404);
    assert_eq!(elsewhere.say(&all["李一"], "nobody", None, "").await.status, 404);

    // one line beside its candidate: numbers masked, and told whether they differ
    let one = w.send(Some(&first.who), "GET", &line, None).await;
    assert_eq!(one.status, 200, "{}", one.text);
    let c = &one.body["candidates"][0];
    assert_eq!(
        (&c["person"], &c["number_differs"], &c["method"]),
        (&json!(people[0].0), &json!(false), &json!("02")),
        "{}",
        one.text
    );
    assert_eq!((&c["member"]["name"], &c["member"]["birth_date"]), (&json!("王秀英"), &json!("1970-01-01")), "{}", one.text);
    assert!(c["household"]["household_no"].is_string() && c["region_name"].is_string(), "{}", one.text);
    assert!(!one.text.contains(&people[0].1), "a number in the open: {}", one.text);

    // two at one line: the second is told who was first
    assert_eq!(first.say(&all["李一"], "same", None, "").await.code(), "relapse.no_person");
    assert_eq!(first.say(&all["李一"], "same", Some(people[1].0), "").await.code(), "relapse.not_a_candidate");
    let done = first.say(&all["李一"], "same", Some(people[0].0), "已更名").await;
    assert_eq!(done.status, 200, "{}", done.text);
    assert_eq!(
        (&done.body["match_state"], &done.body["match_method"], &done.body["person_id"]),
        (&json!("04"), &json!("10"), &json!(people[0].0))
    );
    let late = second.say(&all["李一"], "nobody", None, "").await;
    assert_eq!((late.status.as_u16(), late.code()), (409, "relapse.decided_already"), "{}", late.text);
    assert!(late.text.contains(&first.who.actor.name) && late.text.contains("确认为台账中的一人"), "{}", late.text);

    // put off with a reason; who saw it before that looks again
    assert_eq!(first.say(&all["李二"], "later", None, " ").await.code(), "relapse.no_reason");
    assert_eq!(first.say(&all["李二"], "later", None, "待村里核实").await.status, 200);
    assert_eq!(second.say(&all["李二"], "nobody", None, "").await.code(), "relapse.line_changed");
    let here = format!("county={county}");
    let list = second.list(&here).await;
    assert_eq!(
        (&list[3]["id"], &list[3]["note"], list.len()),
        (&all["李二"]["id"], &json!("待村里核实"), 4),
        "those put off stand last"
    );
    // the province reads names masked
    assert_eq!(list[3]["name"], "李*");
    let after = format!("{here}&after={}", list[2]["id"].as_str().unwrap());
    assert_eq!(second.list(&after).await.iter().map(|l| l["id"].clone()).collect::<Vec<_>>(), [all["李二"]["id"].clone()]);
    assert_eq!(second.list("deferred=true").await.len(), 1);

    // taken back by who decided; many at once, those somebody else was quicker with are left
    assert_eq!(second.undo(&all["李一"]).await.code(), "relapse.not_your_decision");
    assert_eq!(first.undo(&all["李三"]).await.code(), "relapse.nothing_to_undo");
    assert_eq!(first.say(&all["李三"], "nobody", None, "").await.status, 200);
    let many = |names: &[&str]| json!({ "lines": names.iter().map(|n| json!({ "id": all[*n]["id"], "row_version": all[*n]["row_version"] })).collect::<Vec<_>>() });
    let a = w.send(Some(&second.who), "POST", "/relapse/steward/nobody", Some(&many(&["李三", "李四", "李五"]))).await;
    assert_eq!((a.body["done"].as_array().map(Vec::len), &a.body["left"][0]["id"]), (Some(2), &all["李三"]["id"]), "{}", a.text);
    assert_eq!(
        w.send(Some(&second.who), "POST", "/relapse/steward/nobody", Some(&json!({ "lines": [] }))).await.code(),
        "relapse.lines"
    );
    let back = second.undo(&all["李五"]).await;
    assert_eq!(
        (&back.body["match_state"], &back.body["match_method"], &back.body["decided_at"]),
        (&json!("06"), &json!("02"), &Value::Null),
        "{}",
        back.text
    );
    let s = first.summary().await;
    assert_eq!(
        (&s["waiting"], &s["deferred"], &s["confirmed"], &s["denied"]),
        (&json!(1), &json!(1), &json!(1), &json!(2)),
        "{s}"
    );

    // the change log knows who and when
    let log = w
        .send(Some(&first.who), "GET", &format!("/relapse/dept_record/{}/history", all["李一"]["id"].as_str().unwrap()), None)
        .await;
    assert!(log.text.contains(&first.who.actor.name) && log.text.contains("匹配状态"), "{}", log.text);

    // made use of: a clue of the confirmed one, which is not taken back any more
    sqlx::raw_sql("update relapse.dept_record set decided_at = decided_at - interval '1 day' where decided_at is not null")
        .execute(w.app.db.pool())
        .await
        .unwrap();
    let by = base::Actor::system("测试");
    let job = w.app.jobs.enqueue(&by, relapse::steward::KIND, "测试", json!({})).await.unwrap();
    for _ in 0..400 {
        if w.app.jobs.get(&by, job).await.unwrap().state.is_over() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let (clues, home): (i64, bool) = sqlx::query_as(
        "select count(*), bool_and(c.household_id = m.household_id) from relapse.clue c, reg.member m where m.id = $1 and c.line = '01'",
    )
    .bind(people[0].0)
    .fetch_one(w.app.db.pool())
    .await
    .unwrap();
    assert_eq!((clues, home), (1, true));
    let used = first.undo(&all["李一"]).await;
    assert_eq!((used.status.as_u16(), used.code()), (409, "relapse.used_already"), "{}", used.text);
}
