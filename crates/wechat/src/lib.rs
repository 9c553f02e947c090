//! The mini-program's platform (微信): a login code becomes an openid, a subscription message goes out. Must not know accounts,
//! tasks, a database. What is sent carries counts and days only; an openid, a code and the secret stand in no log and no error.
//!
//! ```text
//! let client = Client::new(Config::new(address, app_id, secret))?;
//! let openid = client.openid(&js_code).await?;                       // each code once, within five minutes
//! client.send(&openid, &Message { template, page, data }).await?;    // takes one consent of the person away
//! let peer = peer::start(Peer::new(app_id, secret)).await?;          // for tests and the demonstration
//! ```

mod client;
pub mod peer;
pub mod rules;

pub use client::{Client, Config, Message};
pub use rules::Sent;
