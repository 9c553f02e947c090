//! Append-only trail with an SM3 hash chain: who saw and did what. Must not know what the lines are about.
//! Source: domain 06 §8.
//!
//! ```text
//! let audit = Audit::start(pool, vault, &data_folder).await?;          // one a process; Clone
//! let seq = audit.write(Line::of(&actor, Event::Unmask, Action::Read, "registry.member")
//!     .object(row_id).object_region(&region).fields(["id_no"]).rows(1).api("POST /…/unmask")
//!     .auth_ref("…").denied("access.forbidden")).await?;               // returns after the durable commit
//! audit.list(&Filter { event_type: Some("UNMASK".into()), ..Filter::default() }).await? -> Page { items, next }
//! audit.verify(None, None).await? -> Verdict { checked, first_bad: Option<Bad { seq, damage, sentence }> }
//! audit.anchor().await?                                                // also by itself: 10,000 lines or 10 minutes
//! audit::MIGRATIONS
//! ```
//!
//! Lines do not ride in business transactions: a chain needs its head locked until commit, so every business transaction of
//! the province would wait for every other. One appender task a process takes the lines that are waiting (up to 500), chains
//! them under an advisory lock in one short transaction of its own, and answers each writer after the commit. Several
//! processes take turns by the same lock. What data was changed is in the change log, in the business transaction itself; the
//! caller writes the line before it answers, and must not answer when that fails.
//!
//! Retention (domain 06 §8.3): lines stay online for at least 6 months (12 by default), sharing and export lines 3 years,
//! anchors for ever. Nothing is deleted here: a line may go only after it has been archived and the archive verified, by a
//! migration of its own that lifts the trigger, and the deletion itself is a line.

mod anchor;
mod chain;
mod line;
mod store;
mod verify;

pub use anchor::Anchor;
pub use line::{Action, Event, Line, ObjectId, Outcome};
pub use store::{Audit, Entry, Filter, Page};
pub use verify::{Bad, Damage, Verdict};

/// Migrations of this room.
pub static MIGRATIONS: include_dir::Dir<'static> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/migrations");
