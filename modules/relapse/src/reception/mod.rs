//! How departments deliver beside the upload: a watched folder, tables of the 前置库, a signed interface. All of them end in the job
//! of the department line, and each gets a receipt with the report of the batch. Must not judge the lines: the job does.

mod due;
mod folder;
mod front;
mod http;
mod keys;
mod lines;
pub mod rules;
mod store;

pub use due::{CRON as DUE_CRON, KIND as DUE};
pub use folder::{CRON as FOLDER_CRON, KIND as FOLDER};
pub use front::{CRON as FRONT_CRON, KIND as FRONT};
pub(crate) use http::{DOOR, routes};
pub(crate) use keys::{KeyIssued, KeyNumbered, KeySenderOn, SenderSound};

use crate::department::{self, items::Item};
use crate::store::Serials;
use ::store::Db;
use base::{Actor, Error, Kind, Month, Result};
use chrono::{SecondsFormat, Utc};
use files::{Files, NewFile};
use jobs::{Jobs, State};
use record::{Provenance, Records, object};
use rules::{Channel, Standing};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use store::{Delivery, Sender};
use uuid::Uuid;

/// The work that looks after deliveries, by kind.
pub fn handlers(records: &Records, files: &Files, jobs: &Jobs, db: &Db) -> Vec<(&'static str, Arc<dyn jobs::Handler>)> {
    let reception = Reception { records: records.clone(), files: files.clone(), jobs: jobs.clone(), db: db.clone() };
    vec![
        (FOLDER, Arc::new(folder::Folder(reception.clone()))),
        (FRONT, Arc::new(front::Front(reception.clone()))),
        (DUE, Arc::new(due::Due { db: reception.db, records: reception.records })),
    ]
}

/// The door of this feature. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Reception {
    pub records: Records,
    pub files: Files,
    pub jobs: Jobs,
    pub db: Db,
}

/// What somebody delivered, before it is taken.
struct Parcel<'a> {
    channel: Channel,
    sender: &'a Sender,
    item: &'static Item,
    /// The sender's own number: the same one again is the same delivery.
    sender_no: &'a str,
    period: Option<i32>,
    /// SM3 of what came, in hexadecimal.
    hash: &'a str,
    by_line: bool,
    front: Option<Uuid>,
}

fn system() -> Actor {
    Actor::system("部门报送")
}
fn engine() -> Provenance {
    Provenance { source: Some("03".into()), trusted: true, ..Provenance::default() }
}
/// Faults of what was delivered, which its sender is told of; others are ours and tried again.
fn is_theirs(e: &Error) -> bool {
    matches!(e.kind, Kind::Invalid | Kind::Refused | Kind::Conflict | Kind::NotFound | Kind::Forbidden)
}

impl Reception {
    /// The item of a number, where this sender delivers it.
    fn item(sender: &Sender, no: &str) -> Result<&'static Item> {
        let item = department::find(no)?;
        if rules::items_of(&sender.items).contains(&item.no.as_str()) {
            return Ok(item);
        }
        let text = format!("“{}”没有登记报送第 {} 项“{}”，请联系省级管理员。", sender.name, item.no, item.name);
        Err(Error::forbidden("relapse.not_your_item", text))
    }

    /// Takes what was delivered: the file is kept, the delivery noted, the job queued. A number that is known gives what is there;
    /// the same number with another content is a conflict.
    async fn take(&self, p: &Parcel<'_>, new: NewFile, made: tempfile::NamedTempFile) -> Result<(Delivery, bool)> {
        let actor = p.sender.actor();
        let mut tx = self.db.begin(&system()).await?;
        store::hold(&mut tx, Some(p.sender.id), p.channel).await?;
        if let Some(d) = store::known(&mut tx, Some(p.sender.id), p.channel, p.sender_no).await? {
            if d.standing == Standing::Refused {
                store::free(&mut tx, d.id).await?;
            } else if d.hash == p.hash {
                tx.rollback().await?;
                return Ok((d, false));
            } else {
                let text =
                    format!("批次号 {} 已用于另一份数据（回执号 {}），更正后请用新的批次号报送。", p.sender_no, d.delivery_no);
                return Err(Error::conflict("relapse.batch_no_used", text));
            }
        }
        let stream = pieces(made.path()).await?;
        let file = self.files.save(&actor, new, stream).await?.id;
        let id =
            self.note(&mut tx, p.channel, Some(p.sender), Some(p.item), p.sender_no, p.period, Standing::Processing, "").await?;
        let kept = store::Kept { hash: p.hash, by_line: p.by_line, file: Some(file), place: None, front: p.front };
        store::keep(&mut tx, id, &kept).await?;
        let d = store::known(&mut tx, Some(p.sender.id), p.channel, p.sender_no).await?;
        let d = d.ok_or_else(|| Error::internal("a delivery just written is not there"))?;
        tx.commit().await?;
        self.queue(p.sender, &d).await?;
        Ok((d, true))
    }

    /// Puts the job of a delivery on the queue. What stops between the two is taken up by [`Reception::settle`].
    async fn queue(&self, sender: &Sender, d: &Delivery) -> Result<()> {
        let (Some(file), Some(item)) = (d.file, &d.item) else { return Ok(()) };
        let actor = sender.actor();
        let payload = department::payload(file, item, d.period);
        let title = format!("接收{}报送的第 {item} 项数据", sender.name);
        let job = self.jobs.enqueue(&actor, department::KIND, &title, payload).await?;
        let mut tx = self.db.begin(&system()).await?;
        store::set_job(&mut tx, d.id, job).await?;
        tx.commit().await
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of one row")]
    async fn note(
        &self,
        tx: &mut ::store::ScopedTx,
        channel: Channel,
        sender: Option<&Sender>,
        item: Option<&Item>,
        sender_no: &str,
        period: Option<i32>,
        standing: Standing,
        message: &str,
    ) -> Result<Uuid> {
        let d = self.records.dataset("relapse.dept_delivery")?.clone();
        let dataset = match item {
            Some(i) => department::item_of(tx, &i.no).await?,
            None => None,
        };
        let prefix = format!("BS{:06}", Month::of(record::today()).number());
        let no = Serials::of("relapse.dept_delivery", "delivery_no").next(tx, &prefix).await?;
        let region = sender.map_or_else(|| system().region, |s| s.region.clone());
        let row = object(json!({
            "region_code": region.as_str(), "delivery_no": no, "sender_id": sender.map(|s| s.id), "channel": channel.code(),
            "dataset_id": dataset, "sender_no": sender_no, "period": period, "state": standing.code(), "message": message,
            "received_at": Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true),
        }));
        Ok(self.records.create(tx, &d, &row, &engine()).await?.id)
    }

    /// Notes what could not be taken, with the reason its sender reads.
    async fn refuse(
        &self,
        channel: Channel,
        sender: Option<&Sender>,
        sender_no: &str,
        hash: &str,
        e: &Error,
    ) -> Result<Delivery> {
        let mut tx = self.db.begin(&system()).await?;
        let id = sender.map(|s| s.id);
        store::hold(&mut tx, id, channel).await?;
        // a number in use is not refused anew; a refused one gives its number to this refusal
        let sender_no = match store::known(&mut tx, id, channel, sender_no).await? {
            Some(d) if d.standing == Standing::Refused => {
                store::free(&mut tx, d.id).await?;
                sender_no.to_owned()
            }
            Some(d) => format!("{sender_no}（再报 {} {}）", d.delivery_no, Utc::now().timestamp_millis()),
            None => sender_no.to_owned(),
        };
        let row = self.note(&mut tx, channel, sender, None, &sender_no, None, Standing::Refused, &e.sentence).await?;
        let kept = store::Kept { hash, by_line: false, file: None, place: None, front: None };
        store::keep(&mut tx, row, &kept).await?;
        let d = store::known(&mut tx, id, channel, &sender_no).await?;
        tx.commit().await?;
        d.ok_or_else(|| Error::internal("a refusal just written is not there"))
    }

    /// Writes down how deliveries ended whose job is over; those are given back. One of them only when its id is given.
    async fn settle(&self, only: Option<Uuid>) -> Result<Vec<Delivery>> {
        let mut tx = self.db.begin(&system()).await?;
        let open = store::unsettled(&mut tx, only).await?;
        tx.rollback().await?;
        let mut out = Vec::new();
        for mut d in open {
            let Some(job) = d.job else {
                // the server stopped between noting and queueing
                if Utc::now() - d.received_at > chrono::Duration::minutes(1) {
                    let mut tx = self.db.begin(&system()).await?;
                    let sender = match d.sender {
                        Some(s) => store::of_id(&mut tx, s).await?,
                        None => None,
                    };
                    tx.rollback().await?;
                    if let Some(s) = sender {
                        self.queue(&s, &d).await?;
                    }
                }
                continue;
            };
            let job = self.jobs.get(&system(), job).await?;
            if !job.state.is_over() {
                continue;
            }
            let result = job.result.unwrap_or(Json::Null);
            d.standing = if job.state == State::Done { Standing::Accepted } else { Standing::Refused };
            d.message = job.message;
            d.report = Some(result["quality"].clone()).filter(Json::is_object);
            if d.by_line {
                d.report = d.report.map(rules::by_line);
            }
            let batch = result["batch_id"].as_str().and_then(|b| Uuid::parse_str(b).ok());
            let mut tx = self.db.begin(&system()).await?;
            let first = store::settle(&mut tx, &d, batch).await?;
            if let (true, Some(front)) = (first.is_some(), d.front) {
                store::front_receipt(&mut tx, front, d.standing, &d.message, d.report.as_ref()).await?;
            }
            tx.commit().await?;
            if let (Some(place), Some(Channel::Folder)) = (first, d.channel) {
                d.place = place;
                self.beside_file(&d, &result).await?;
            }
            out.push(d);
        }
        Ok(out)
    }
}

/// A delivery as its sender reads it: counts and places of lines, nothing of what stands in them.
fn receipt(d: &Delivery) -> Json {
    json!({
        "delivery_no": d.delivery_no, "batch": d.sender_no, "item": d.item, "period": d.period,
        "received_at": d.received_at.to_rfc3339_opts(SecondsFormat::Secs, true),
        "state": d.standing.word(), "message": if d.standing == Standing::Processing { "正在处理，请稍后再取回执。" } else { d.message.as_str() },
        "report": d.report,
    })
}

async fn pieces(path: &std::path::Path) -> Result<tokio_util::io::ReaderStream<tokio::fs::File>> {
    let file = tokio::fs::File::open(path).await?;
    Ok(tokio_util::io::ReaderStream::with_capacity(file, 1 << 18))
}
