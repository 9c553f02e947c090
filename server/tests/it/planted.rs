//! The walks find what nobody told them about: a module with a table that was never put under row-level security.

use testkit::World;

static META: include_dir::Dir<'static> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/tests/it/planted/meta");
static MIGRATIONS: include_dir::Dir<'static> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/tests/it/planted/migrations");

fn planted() -> http::Module {
    http::Module {
        id: "planted",
        descriptions: meta::Descriptions { module: include_str!("planted/module.toml"), meta: &META },
        migrations: &MIGRATIONS,
        hooks: |_| (),
        flow: |_| (),
        routes: axum::Router::new,
        jobs: |_| vec![],
        deliveries: &[],
        seed: None,
    }
}

/// What the walk said when it broke off.
async fn broken_off(walk: impl Future<Output = ()> + Send + 'static) -> String {
    let fault = tokio::spawn(walk).await.expect_err("the walk finds the planted table").into_panic();
    let text = fault.downcast_ref::<String>().cloned();
    text.or_else(|| fault.downcast_ref::<&str>().map(|s| (*s).to_owned())).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_without_a_scope_breaks_the_walk() {
    let modules = || [ganong::modules(), vec![planted()]].concat();
    let said = broken_off(crate::scope::each_lock(World::with(modules()).await)).await;
    assert!(said.contains("planted.thing"), "{said}");
    let said = broken_off(crate::below::protected(World::with(modules()).await)).await;
    assert!(said.contains("planted.thing"), "{said}");
}
