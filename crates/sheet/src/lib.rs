//! Excel and CSV in and out, templates, and the import and export jobs, for any dataset and for hand-made columns.
//! Must not know a business word: what a column is comes from descriptions or from the caller.

pub mod cell;
pub mod columns;
pub mod export;
pub mod extract;
pub mod import;
pub mod marked;
pub mod out;
pub mod read;
pub mod row_key;
pub mod template;
mod text;

pub use cell::{from_json, to_json};
pub use out::{Column, DataMark, Mark, OutCell, OutKind, Writer};
pub use read::{Book, Cell, CellValue, Header, Row, Want};
pub use text::{column_letters, fold};
