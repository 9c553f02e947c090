//! The door to PostgreSQL, tried against a real server.

mod embedded;
mod errors;
mod migrate;
mod scope;

use store::{Db, Migrations, testing};

/// A fresh database with the migrations of this crate.
async fn fresh() -> (testing::TestDb, Db) {
    let migrations = Migrations::collect(&[("store", &store::MIGRATIONS)]).unwrap();
    let test = testing::database(&migrations).await.unwrap();
    let db = test.db().await.unwrap();
    (test, db)
}

/// A person of the given role in the given region.
fn person(region: &str) -> base::Actor {
    let mut actor = base::Actor::system("测试");
    actor.role = "R08".into();
    actor.user_id = uuid::Uuid::now_v7();
    actor.region = base::RegionCode::parse(region).unwrap();
    actor
}

async fn sql(db: &Db, text: &'static str) {
    sqlx::raw_sql(text).execute(db.pool()).await.unwrap();
}
