//! Files: attachments of rows, results of jobs and files to import, over object_store. Checks what is uploaded.
//! Must not know what a dataset means: who may read a row is asked before, only region and owner are checked here.

mod bytes_on_disk;
pub mod image;
pub mod name;
mod store;
pub mod types;
pub mod zip_guard;

pub use store::{FileKind, FileRow, Files, NewFile};
pub use types::FileType;

/// The table of this room: `app.file`.
pub static MIGRATIONS: include_dir::Dir<'static> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/migrations");
