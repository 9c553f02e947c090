//! Sessions read a moment ago, so that a page of many requests asks the database once. What is ended in this process is
//! forgotten at once; another process notices within the age limit. Must not know what a session may do.

use crate::session::store::Loaded;
use chrono::{DateTime, Duration, Utc};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

/// More than this many entries are looked through for old ones.
const MANY: usize = 20_000;

struct Entry {
    loaded: Loaded,
    read_at: DateTime<Utc>,
}

#[derive(Default)]
struct Inner {
    by_token: HashMap<Vec<u8>, Entry>,
    /// Grows with every forgetting: what was read before it is not put in after it.
    era: u64,
}

pub(crate) struct SessionCache {
    inner: Mutex<Inner>,
    age: Duration,
}

impl SessionCache {
    pub(crate) fn new(age: Duration) -> Self {
        Self { inner: Mutex::default(), age }
    }
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
    pub(crate) fn era(&self) -> u64 {
        self.lock().era
    }
    pub(crate) fn get(&self, token_hash: &[u8], now: DateTime<Utc>) -> Option<Loaded> {
        self.lock().by_token.get(token_hash).filter(|e| now - e.read_at < self.age && now >= e.read_at).map(|e| e.loaded.clone())
    }
    pub(crate) fn put(&self, token_hash: &[u8], loaded: &Loaded, era: u64, now: DateTime<Utc>) {
        let mut inner = self.lock();
        if inner.era != era {
            return;
        }
        if inner.by_token.len() >= MANY {
            let age = self.age;
            inner.by_token.retain(|_, e| now - e.read_at < age);
        }
        inner.by_token.insert(token_hash.to_vec(), Entry { loaded: loaded.clone(), read_at: now });
    }
    /// Notes use of a session; the moment noted before.
    pub(crate) fn seen(&self, id: Uuid, at: DateTime<Utc>) {
        if let Some(e) = self.lock().by_token.values_mut().find(|e| e.loaded.id == id) {
            e.loaded.last_seen_at = at;
        }
    }
    pub(crate) fn forget_user(&self, user: Uuid) {
        self.forget(|l| l.user_id == user);
    }
    pub(crate) fn forget_session(&self, id: Uuid) {
        self.forget(|l| l.id == id);
    }
    fn forget(&self, which: impl Fn(&Loaded) -> bool) {
        let mut inner = self.lock();
        inner.era += 1;
        inner.by_token.retain(|_, e| !which(&e.loaded));
    }
}
