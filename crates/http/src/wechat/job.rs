//! The job that tells people what waits for them, as far as they agreed to it.

use super::Platform;
use super::rules::{Tally, Waiting, tell, words};
use ::wechat::{Message, Sent};
use access::{Access, Listener, Told};
use async_trait::async_trait;
use base::{Kind, Result};
use flow::{Flows, TodoQuery};
use jobs::{Handler, Outcome, Run};
use serde_json::json;

/// Kind of the job.
pub const REMIND: &str = "wechat.remind";

/// Looks at everybody who agreed to messages.
pub struct Reminder {
    pub db: store::Db,
    pub flows: Flows,
    pub access: Access,
    pub platform: Platform,
}

impl Reminder {
    /// What waits in the posts of one person, as each post sees it.
    async fn waiting(&self, l: &Listener) -> Result<Waiting> {
        let mut out = Waiting::default();
        for actor in &l.actors {
            let mut tx = self.db.begin(actor).await?;
            let todo = self.flows.todo(&mut tx, &TodoQuery { limit: 1, ..TodoQuery::default() }).await?;
            tx.rollback().await?;
            out.count += todo.counts.iter().map(|c| c.count).sum::<i64>();
            out.overdue += todo.counts.iter().map(|c| c.overdue).sum::<i64>();
            let due = todo.items.first().and_then(|i| i.due_at);
            out.due = [out.due, due].into_iter().flatten().min();
        }
        Ok(out)
    }
}

/// What became of one person in a run.
enum Turn {
    /// Nothing to tell now, or no longer somebody to tell.
    Quiet,
    Sent(Sent),
}

impl Reminder {
    async fn turn(&self, user: uuid::Uuid, template: &str) -> Result<Turn> {
        let Some(l) = self.access.wechat_listener(user).await? else { return Ok(Turn::Quiet) };
        let w = self.waiting(&l).await?;
        if !tell(w, l.told_at, l.told_count, self.platform.hours, chrono::Utc::now()) {
            self.access.wechat_fewer(l.user, w.count).await?;
            return Ok(Turn::Quiet);
        }
        let message =
            Message { template: template.to_owned(), page: self.platform.page.clone(), data: words(&self.platform.fields, w) };
        // written down before it goes out: a program that ends, or an answer that does not come, never makes it two
        let Some(claim) = self.access.wechat_claim(&l, w.count).await? else { return Ok(Turn::Quiet) };
        match self.platform.client.send(&l.openid, &message).await {
            Ok(sent) => {
                let told = match sent {
                    Sent::Delivered => Told::Delivered,
                    Sent::NotWanted | Sent::NoSuchPerson => Told::NotWanted,
                    Sent::Unknown => Told::Unknown,
                };
                self.access.wechat_settle(&claim, told).await?;
                Ok(Turn::Sent(sent))
            }
            Err(e) => {
                self.access.wechat_settle(&claim, Told::NotSent).await?;
                Err(e)
            }
        }
    }
}

#[async_trait]
impl Handler for Reminder {
    async fn run(&self, run: &Run) -> Result<Outcome> {
        let Some(template) = &self.platform.template else {
            return Ok(Outcome::new("没有配置订阅消息模板，不发送。", json!({})));
        };
        let people = self.access.wechat_listening().await?;
        let mut tally = Tally::default();
        for (n, user) in people.iter().enumerate() {
            run.progress.check_cancelled()?;
            run.progress.part(0.0, 100.0, n as u64, people.len() as u64, "发送待办提醒");
            match self.turn(*user, template).await {
                Ok(Turn::Quiet) => {}
                Ok(Turn::Sent(Sent::Delivered)) => tally.sent(),
                Ok(Turn::Sent(Sent::NotWanted | Sent::NoSuchPerson)) => tally.not_wanted(),
                Ok(Turn::Sent(Sent::Unknown)) => tally.unknown(),
                Err(e) => {
                    tracing::warn!(%user, code = %e.code, error = e.chain(), "a reminder failed");
                    tally.failed(&e.code, e.kind == Kind::Unavailable);
                }
            }
            if tally.hopeless() {
                tally.left = people.len() - n - 1;
                break;
            }
        }
        Ok(Outcome::new(tally.sentence(), tally.facts()))
    }
    // a message is written down before it goes out; a second run tells nobody twice
    fn restartable(&self) -> bool {
        true
    }
}
