//! The ground: regions with history, households, members, weekly sync. Must not know any module above it.

mod home;
mod household;
mod http;
mod income;
mod names;
pub mod numbers;
mod places;
pub mod policy;
pub mod region;
pub mod sync;
mod terms;

use ::http::Module;
use include_dir::{Dir, include_dir};

/// Migrations of this room.
pub static MIGRATIONS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/migrations");
static META: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/meta");

pub use names::Names;
pub use places::{Places, core as place_core};

/// What the server lists. `regions` serves the picker and names of regions.
pub fn module() -> Module {
    Module {
        id: "registry",
        descriptions: meta::Descriptions { module: include_str!("../module.toml"), meta: &META },
        migrations: &MIGRATIONS,
        hooks: |hooks| {
            household::hooks(hooks);
            income::hooks(hooks);
        },
        flow: |_| {},
        routes: self::http::routes,
        deliveries: &["/registry/sync/batches"],
        jobs: sync::jobs,
        seed: None,
    }
}
