//! Sheets in and out with real files: writing, templates, reading each format, headers, cells, hostile files.

mod cells;
mod importing;
mod pipeline;
mod reading;
mod returning;
mod writing;

use std::sync::{Arc, LazyLock};

static DESCRIBED: include_dir::Dir<'static> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/tests/it/described/meta");

pub static CATALOG: LazyLock<Arc<meta::Catalog>> = LazyLock::new(|| {
    meta::Catalog::load(&[meta::Descriptions { module: include_str!("described/module.toml"), meta: &DESCRIBED }]).unwrap()
});
