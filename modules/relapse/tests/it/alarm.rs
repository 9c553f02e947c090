//! Risks of a whole village or county become alarms with their list, taken note of and answered; ordinary days make none.

use crate::world::{World, actor, number, province, world};
use base::{Actor, Level, RegionCode};
use flow::Ask;
use jobs::State;
use serde_json::{Value as Json, json};
use uuid::Uuid;

async fn ask(w: &World) -> Json {
    let by = Actor::system("测试");
    let id = w.jobs.enqueue(&by, relapse::ALARM, "测试", json!({})).await.unwrap();
    let job = w.end(&by, id).await;
    assert_eq!(job.state, State::Done, "{}", job.message);
    job.result.unwrap()
}

async fn flood(w: &World, people: std::ops::Range<u32>, disaster: &str, days: u64) {
    let by = actor("R13", &province());
    let day = (record::today() - chrono::Days::new(days)).to_string();
    let mut text = "姓名,证件号码,受灾日期,灾种,损失类别\n".to_owned();
    for n in people {
        text.push_str(&format!("某,{},{day},{disaster},房屋\n", number(n)));
    }
    let bytes: Result<bytes::Bytes, std::io::Error> = Ok(text.into_bytes().into());
    let file = w.files.save(&by, files::NewFile::import(&by, "灾.csv"), futures::stream::iter([bytes])).await.unwrap();
    let payload = json!({ "file_id": file.id, "item": "28", "period": 202_610 });
    let id = w.jobs.enqueue(&by, "relapse.department_batch", "接收", payload).await.unwrap();
    let job = w.end(&by, id).await;
    assert_eq!(job.state, State::Done, "{}", job.message);
}

async fn families(w: &World, village: &RegionCode, people: std::ops::Range<u32>) {
    for n in people {
        w.family(village, n, "某", &[("household_type", "'01'")]).await;
    }
}

type Alarm = (Uuid, String, String, String, i32, String);
async fn alarms(w: &World) -> Vec<Alarm> {
    sqlx::query_as("select id, region_code, kind, subject, coalesce(households, 0), state from relapse.region_alarm where not deleted order by found_on, kind, region_code")
        .fetch_all(w.db.pool())
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_village_hit_by_one_disaster_is_told_to_county_and_province() {
    let w = world().await;
    // 100 households here: nine of one kind are many by their share; the neighbour has 400, and nine are few
    families(&w, &w.village, 100..200).await;
    families(&w, &w.elsewhere, 300..320).await;
    sqlx::query(
        "insert into reg.household (id, region_code, household_no, head_name, hukou_count, income_pop, household_status) \
         select gen_random_uuid(), $1, $1 || lpad((5000 + n)::text, 6, '0'), '某', 1, 1, '01' from generate_series(1, 380) n",
    )
    .bind(w.elsewhere.as_str())
    .execute(w.db.pool())
    .await
    .unwrap();
    flood(&w, 100..104, "洪涝", 3).await;
    flood(&w, 104..108, "风雹", 3).await;
    flood(&w, 300..309, "洪涝", 3).await;
    flood(&w, 110..120, "洪涝", 30).await;
    assert_eq!(ask(&w).await["new"], json!(0), "{:?}", alarms(&w).await);
    flood(&w, 120..121, "洪涝", 2).await;
    assert_eq!(ask(&w).await["new"], json!(1));
    flood(&w, 309..310, "洪涝", 2).await;
    assert_eq!(ask(&w).await["new"], json!(1), "ten are many whatever the share");
    let found = alarms(&w).await;
    let own = found.iter().find(|a| a.1 == w.village.as_str()).unwrap();
    assert_eq!((own.2.as_str(), own.3.as_str(), own.4, own.5.as_str()), ("W39", "洪涝", 5, "01"));
    // further households join the one that stands
    flood(&w, 121..123, "洪涝", 1).await;
    assert_eq!(ask(&w).await["new"], json!(0));
    let grown = alarms(&w).await;
    assert_eq!(grown.iter().find(|a| a.0 == own.0).unwrap().4, 7);
    let listed: i64 = sqlx::query_scalar("select count(*) from relapse.region_alarm_household where alarm_id = $1")
        .bind(own.0)
        .fetch_one(w.db.pool())
        .await
        .unwrap();
    assert_eq!(listed, 7);

    // it stands on the lists of what is to be done in county and province, and nowhere else
    let county = w.village.ancestor(Level::County);
    let todo = async |role: &str, region: &RegionCode| -> usize {
        let by = actor(role, region);
        let mut tx = w.db.begin(&by).await.unwrap();
        let t = w.flows.todo(&mut tx, &flow::TodoQuery { limit: 100, ..flow::TodoQuery::default() }).await.unwrap();
        t.items.iter().filter(|i| i.dataset == "relapse.region_alarm").count()
    };
    assert_eq!(todo("R06", &county).await, 1);
    assert_eq!(todo("R02", &province()).await, 2);
    assert_eq!(todo("R08", &w.village.ancestor(Level::Town)).await, 0);
    // the county takes note and answers, the province closes
    let lead = async |role: &str, region: &RegionCode, step: &str, answer: Option<&str>| -> base::Result<()> {
        let by = actor(role, region);
        let mut tx = w.db.begin(&by).await.unwrap();
        let mut ask = Ask::new(step).opinion("");
        if let Some(a) = answer {
            ask.fields.insert("answer".into(), json!(a));
        }
        w.flows.act(&mut tx, "relapse.region_alarm", own.0, &ask).await?;
        tx.commit().await
    };
    assert!(lead("R06", &county, "answer", Some("已核查")).await.is_err(), "not before it took note");
    lead("R06", &county, "accept", None).await.unwrap();
    assert!(lead("R06", &county, "answer", None).await.is_err(), "an answer says something");
    lead("R06", &county, "answer", Some("已逐户核查，7 户均已安置")).await.unwrap();
    lead("R02", &province(), "close", None).await.unwrap();
    let closed: (String, bool) = sqlx::query_as("select state, answered_at is not null from relapse.region_alarm where id = $1")
        .bind(own.0)
        .fetch_one(w.db.pool())
        .await
        .unwrap();
    assert_eq!(closed, ("04".into(), true));
    assert_eq!(ask(&w).await["new"], json!(0), "closed, and nothing new since");
    flood(&w, 123..124, "洪涝", 1).await;
    assert_eq!(ask(&w).await["new"], json!(1), "a further household is something new");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leading_product_that_falls_is_told_to_its_county() {
    let w = world().await;
    let month = |back: u32| base::Month::of(record::today().checked_sub_months(chrono::Months::new(back)).unwrap()).number();
    let (here, there) = (w.village.ancestor(Level::County), w.elsewhere.ancestor(Level::County));
    let price = async |county: &RegionCode, product: &str, month: i32, fen: i64, leading: bool| {
        sqlx::query(
            "insert into relapse.product_price (id, region_code, product, month, price, unit, is_leading) values (gen_random_uuid(), $1, $2, $3, $4, '公斤', $5)",
        )
        .bind(county.as_str())
        .bind(product)
        .bind(month)
        .bind(fen)
        .bind(leading)
        .execute(w.db.pool())
        .await
        .unwrap();
    };
    for (county, product, before, now, leading) in [
        (&here, "脐橙", 1000, 700, true),
        (&here, "生猪", 2000, 1401, true),
        (&there, "白莲", 9000, 3000, false),
        (&there, "茶叶", 1000, 1500, true),
    ] {
        price(county, product, month(1), before, leading).await;
        price(county, product, month(0), now, leading).await;
    }
    // two months apart is no fall from one month to the next
    price(&there, "脐橙", month(2), 1000, true).await;
    price(&there, "脐橙", month(0), 100, true).await;
    assert_eq!(ask(&w).await["new"], json!(1));
    let found = alarms(&w).await;
    assert_eq!((found[0].1.as_str(), found[0].2.as_str(), found[0].3.as_str()), (here.as_str(), "W40", "脐橙"), "{found:?}");
    let reason: String = sqlx::query_scalar("select reason from relapse.region_alarm").fetch_one(w.db.pool()).await.unwrap();
    assert!(reason.contains("7.00 元") && reason.contains("10.00 元") && reason.contains("30.00%"), "{reason}");
    assert_eq!(ask(&w).await["new"], json!(0));
    // a county's own limit
    sqlx::query(
        "insert into reg.policy_param (id, region_code, key, value, valid_from) values (gen_random_uuid(), $1, 'w40_drop_pct', '29', '2020-01-01')",
    )
    .bind(here.as_str())
    .execute(w.db.pool())
    .await
    .unwrap();
    assert_eq!(ask(&w).await["new"], json!(1), "生猪 fell by 29.95 %");
    // switched off, nothing is asked
    sqlx::query("update relapse.warn_rule set enabled = false where rule_id = 'W40'").execute(w.db.pool()).await.unwrap();
    assert_eq!(ask(&w).await["reached"], json!(0));
}
