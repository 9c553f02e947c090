//! The one program: the list of modules, how the rooms are put together, subcommands. Must not hold business decisions.

pub mod accounts;
pub mod assemble;
pub mod bench;
#[cfg(feature = "cluster")]
pub mod cluster;
pub mod codegen;
mod console;
pub mod dept;
pub mod lake;
pub mod mini;
mod rule_pages;
pub mod serve;

use http::Module;

/// Every module of the system. A new one is one line here.
pub fn modules() -> Vec<Module> {
    vec![registry::module(), quality(), relapse::module(), toilet::module(), yulu::module()]
}

/// The room of data quality is an engine with descriptions of its own.
fn quality() -> Module {
    Module {
        id: "quality",
        descriptions: quality::DESCRIPTIONS,
        migrations: &quality::MIGRATIONS,
        hooks: |_| {},
        flow: |guards| {
            guards
                .effect("quality.corrected", std::sync::Arc::new(quality::Corrected))
                .effect("quality.dispatched", std::sync::Arc::new(quality::Dispatched));
        },
        routes: axum::Router::new,
        deliveries: &[],
        seed: None,
        jobs: |app: &http::App| vec![(quality::job::KIND, std::sync::Arc::new(quality::job::Scanner(app.quality.clone())) as _)],
    }
}

/// Migrations of all rooms, in the order of their names.
pub fn migrations() -> base::Result<store::Migrations> {
    migrations_of(&modules())
}

/// The same for other modules.
pub fn migrations_of(modules: &[Module]) -> base::Result<store::Migrations> {
    let mut rooms: Vec<(&'static str, &'static include_dir::Dir<'static>)> = vec![
        ("store", &store::MIGRATIONS),
        ("audit", &audit::MIGRATIONS),
        ("access", &access::MIGRATIONS),
        ("jobs", &jobs::MIGRATIONS),
        ("files", &files::MIGRATIONS),
        ("flow", &flow::MIGRATIONS),
        ("exchange", &exchange::MIGRATIONS),
        ("record", &record::MIGRATIONS),
        ("report", &report::MIGRATIONS),
        ("lake", &::lake::MIGRATIONS),
        ("sheet", &sheet::extract::MIGRATIONS),
    ];
    rooms.extend(modules.iter().map(|m| (m.id, m.migrations)));
    store::Migrations::collect(&rooms)
}
