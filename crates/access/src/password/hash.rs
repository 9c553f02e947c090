//! Hashing of passwords with argon2id on threads of its own, a few at a time. Must not know accounts.

use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use base::{Error, Result};
use secure::{MacKey, Vault};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Cost of one hash. The default takes at least 100 ms on the machines meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashCost {
    pub memory_kib: u32,
    pub passes: u32,
    /// Hashes at one time: bounds memory and leaves processors to everybody else.
    pub at_once: usize,
}

impl Default for HashCost {
    fn default() -> Self {
        Self { memory_kib: 64 * 1024, passes: 4, at_once: 4 }
    }
}

impl HashCost {
    /// For tests only: a fraction of a millisecond.
    pub fn cheap() -> Self {
        Self { memory_kib: 64, passes: 1, at_once: 16 }
    }
}

#[derive(Clone)]
pub(crate) struct Hasher {
    cost: HashCost,
    /// Mixes a key into every password, so that a stolen table alone cannot be guessed at.
    vault: Arc<dyn Vault>,
    permits: Arc<Semaphore>,
    /// Verified against when there is no such account, so that the answer takes as long.
    nobody: Arc<str>,
}

fn engine(cost: HashCost) -> Result<Argon2<'static>> {
    let params = Params::new(cost.memory_kib, cost.passes, 1, None).map_err(|e| Error::internal(e.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash_now(cost: HashCost, password: &str) -> Result<String> {
    let hash = engine(cost)?.hash_password(password.as_bytes()).map_err(|e| Error::internal(e.to_string()))?;
    Ok(hash.to_string())
}

impl Hasher {
    pub(crate) fn new(cost: HashCost, vault: Arc<dyn Vault>) -> Result<Self> {
        let mut noise = [0u8; 16];
        rand::fill(&mut noise);
        let nobody = hash_now(cost, &hex::encode(noise))?.into();
        Ok(Self { cost, vault, permits: Arc::new(Semaphore::new(cost.at_once.max(1))), nobody })
    }

    fn peppered(&self, password: &str) -> String {
        hex::encode(self.vault.mac(MacKey::Access, format!("password|{password}").as_bytes()))
    }

    async fn apart<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let permit = self.permits.clone().acquire_owned().await.map_err(Error::internal)?;
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        })
        .await
        .map_err(Error::internal)
    }

    pub(crate) async fn hash(&self, password: &str) -> Result<String> {
        let (cost, password) = (self.cost, self.peppered(password));
        self.apart(move || hash_now(cost, &password)).await?
    }

    /// Whether the password is the one behind `hash`; without a hash the same work is done and the answer is no.
    pub(crate) async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool> {
        let known = hash.is_some();
        let (hash, password) = (hash.unwrap_or(&self.nobody).to_owned(), self.peppered(password));
        let same = self
            .apart(move || {
                PasswordHash::new(&hash).is_ok_and(|h| Argon2::default().verify_password(password.as_bytes(), &h).is_ok())
            })
            .await?;
        Ok(known && same)
    }

    /// Whether the password is any of these.
    pub(crate) async fn verify_any(&self, password: &str, hashes: &[String]) -> Result<bool> {
        for hash in hashes {
            if self.verify(password, Some(hash)).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a hash was made with another cost than today's.
    pub(crate) fn is_dated(&self, hash: &str) -> bool {
        !hash.contains(&format!("$m={},t={},p=1$", self.cost.memory_kib, self.cost.passes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_knows_its_password_and_its_cost() {
        let vault: Arc<dyn Vault> = Arc::new(secure::SoftVault::in_memory().unwrap());
        let hasher = Hasher::new(HashCost::cheap(), vault.clone()).unwrap();
        let hash = hasher.hash("Kite#7pm-Rv").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{hash}");
        assert!(hasher.verify("Kite#7pm-Rv", Some(&hash)).await.unwrap());
        assert!(!hasher.verify("Kite#7pm-RV", Some(&hash)).await.unwrap());
        assert!(!hasher.verify("Kite#7pm-Rv", None).await.unwrap());
        assert!(!hasher.is_dated(&hash));
        assert!(Hasher::new(HashCost { passes: 2, ..HashCost::cheap() }, vault).unwrap().is_dated(&hash));
    }
}
