//! The second factor: time-based codes (RFC 6238: 6 digits, 30 seconds, one step of tolerance, each step once) and
//! recovery codes (domain/06 §7.4). Must not know passwords.

pub(crate) mod store;

use crate::account::store::AccountRow;
use crate::log::{EventKind, EventResult};
use crate::model::Session;
use crate::session::rules::EndReason;
use crate::{Access, account, session};
use base::{Actor, Error, Result, Secret};
use chrono::{DateTime, Utc};
use qrcode::QrCode;
use qrcode::render::svg;
use secure::place;
use serde_json::json;
use sm3::{Digest, Sm3};
use totp_rs::{Algorithm, Builder, Totp};
use uuid::Uuid;

const CODES: usize = 10;
/// Letters and digits that are not taken for each other; 32 of them.
const CLEAR: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// What an authenticator is given.
pub struct TotpStart {
    pub secret_base32: Secret<String>,
    pub otpauth_url: Secret<String>,
    /// The URL as a picture to scan.
    pub qr_svg: Secret<String>,
}

fn totp(secret: &[u8], login_name: &str) -> Result<Totp> {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(30)
        .with_skew(1)
        .with_secret(secret.to_vec())
        .with_account_name(login_name)
        .with_issuer(Some("Ganong"))
        .build()
        .map_err(|e| Error::internal(e.to_string()))
}

fn seconds(at: DateTime<Utc>) -> u64 {
    u64::try_from(at.timestamp()).unwrap_or(0)
}

/// Two codes in a row: the step of the second one, when both are of this moment.
fn two_in_a_row(totp: &Totp, first: &str, second: &str, at: DateTime<Utc>) -> Option<u64> {
    // typing two codes takes up to a minute, so the first may be two steps old
    let now = seconds(at);
    let step = totp.check(second, now)?;
    (totp.generate((step.checked_sub(1)?) * 30).to_string() == first).then_some(step)
}

fn recovery_hash(user: Uuid, code: &str) -> Vec<u8> {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
    Sm3::digest(format!("recovery|{user}|{plain}").as_bytes()).to_vec()
}

/// Ten new codes of 80 bits, in groups of four.
fn new_codes(user: Uuid) -> (Vec<String>, Vec<Vec<u8>>) {
    let codes: Vec<String> = (0..CODES)
        .map(|_| {
            let mut bytes = [0u8; 16];
            rand::fill(&mut bytes);
            let chars: Vec<char> = bytes.iter().map(|b| CLEAR[usize::from(b & 31)] as char).collect();
            chars.chunks(4).map(|c| c.iter().collect::<String>()).collect::<Vec<_>>().join("-")
        })
        .collect();
    let hashes = codes.iter().map(|c| recovery_hash(user, c)).collect();
    (codes, hashes)
}

fn wrong_code() -> Error {
    Error::unauthenticated("access.wrong_code", "动态码错误或已使用，请等待下一个动态码再试；手机时间不准也会出错，请校准。")
}

fn factor_locked(until: DateTime<Utc>) -> Error {
    let at = crate::clock::local(until).format("%H:%M");
    Error::busy("access.factor_locked", format!("动态码连续输错，二次验证已锁定，请于 {at} 后再试，或联系本级管理员。"))
        .with("locked_until", until.to_rfc3339())
}

impl Access {
    /// Looks at a code of the authenticator or a recovery code; each works once.
    pub(crate) async fn check_factor(&self, account: &AccountRow, code: Option<&str>) -> Result<()> {
        let now = self.now();
        let cipher = account
            .totp_secret_cipher
            .as_deref()
            .ok_or_else(|| Error::refused("access.factor_not_bound", "您还没有绑定动态码，请先在“账号安全”中绑定。"))?;
        if let Some(until) = account.factor_locked_until.filter(|t| *t > now) {
            return Err(factor_locked(until));
        }
        let code: String = code.unwrap_or_default().chars().filter(|c| !c.is_whitespace()).collect();
        if code.is_empty() {
            return Err(Error::unauthenticated("access.second_factor_needed", "请输入手机验证器上的 6 位动态码，或一个恢复码。")
                .with("second_factor", json!(["totp", "recovery"])));
        }
        let right = if code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit()) {
            let secret = self.open_secret(account.id, cipher)?;
            match totp(&secret, &account.login_name)?.check(&code, seconds(now)) {
                Some(step) => store::use_step(self.pool(), account.id, i64::try_from(step).unwrap_or(i64::MAX)).await?,
                None => false,
            }
        } else {
            store::use_recovery_code(self.pool(), account.id, &recovery_hash(account.id, &code)).await?
        };
        if right {
            return Ok(());
        }
        let until = now + self.config().limits.account_lock;
        let locked = store::failed(self.pool(), account.id, self.config().limits.factor_fails, until).await?;
        let (error, alert) = match locked {
            Some(until) => (factor_locked(until), true),
            None => (wrong_code(), false),
        };
        let code = error.code.to_string();
        self.record(
            EventKind::Security,
            "second_factor",
            EventResult::Failed,
            code,
            None,
            Some(account.id),
            None,
            json!({}),
            alert,
        )
        .await?;
        Err(error)
    }

    fn open_secret(&self, user: Uuid, cipher: &str) -> Result<Vec<u8>> {
        hex::decode(self.vault().open(cipher, &place("user_account", "totp_secret", &user))?.expose()).map_err(Error::internal)
    }

    /// Begins binding an authenticator. Somebody who has one proves it first.
    pub async fn totp_start(&self, session: &Session, current_code: Option<&str>) -> Result<TotpStart> {
        let account = account::store::by_id(self.pool(), session.actor.user_id).await?.ok_or_else(crate::no_such_user)?;
        if account.totp_secret_cipher.is_some() {
            self.check_factor(&account, current_code).await?;
        }
        let mut secret = [0u8; 20];
        rand::fill(&mut secret);
        let totp = totp(&secret, &account.login_name)?;
        let url = totp.to_url().map_err(|e| Error::internal(e.to_string()))?;
        let qr = QrCode::new(url.as_bytes()).map_err(Error::internal)?;
        let picture = qr.render::<svg::Color<'_>>().min_dimensions(220, 220).build();
        let cipher = self.vault().seal(&hex::encode(secret), &place("user_account", "totp_secret", &account.id))?;
        store::set_pending(self.pool(), account.id, &cipher).await?;
        Ok(TotpStart {
            secret_base32: Secret::new(totp.secret().to_base32()),
            otpauth_url: Secret::new(url),
            qr_svg: Secret::new(picture),
        })
    }

    /// Ends binding with two codes in a row; ten recovery codes, shown this once.
    pub async fn totp_confirm(&self, session: &Session, first: &str, second: &str) -> Result<Secret<Vec<String>>> {
        let now = self.now();
        let account = account::store::by_id(self.pool(), session.actor.user_id).await?.ok_or_else(crate::no_such_user)?;
        let pending = account
            .totp_pending_cipher
            .as_deref()
            .ok_or_else(|| Error::refused("access.factor_not_started", "请先扫描二维码添加动态码，再输入两个连续的动态码。"))?;
        let secret = self.open_secret(account.id, pending)?;
        let totp = totp(&secret, &account.login_name)?;
        let step = two_in_a_row(&totp, first.trim(), second.trim(), now).ok_or_else(|| {
            Error::refused("access.codes_not_in_a_row", "两个动态码不对或不连续，请先输入当前动态码，等它变化后再输入下一个。")
        })?;
        let (codes, hashes) = new_codes(account.id);
        let mut tx = crate::store::begin(self.pool()).await?;
        store::bind(&mut tx, account.id, pending, i64::try_from(step).unwrap_or(i64::MAX), &hashes, now).await?;
        self.note(EventKind::Security, "bind_second_factor", Some(&session.actor), Some(account.id), json!({})).await?;
        crate::store::commit(tx).await?;
        session::store::set_factor_at(self.pool(), session.id, now).await?;
        self.cache().forget_user(account.id);
        Ok(Secret::new(codes))
    }

    /// Ten new recovery codes in place of the old ones.
    pub async fn renew_recovery_codes(&self, session: &Session, code: &str) -> Result<Secret<Vec<String>>> {
        let account = account::store::by_id(self.pool(), session.actor.user_id).await?.ok_or_else(crate::no_such_user)?;
        self.check_factor(&account, Some(code)).await?;
        let (codes, hashes) = new_codes(account.id);
        self.note(EventKind::Security, "renew_recovery_codes", Some(&session.actor), Some(account.id), json!({})).await?;
        store::set_codes(self.pool(), account.id, &hashes).await?;
        Ok(Secret::new(codes))
    }

    /// Takes a lost authenticator off an account; the owner binds a new one at the next sign-in.
    pub async fn totp_disable(&self, actor: &Actor, user: Uuid, reason: &str) -> Result<()> {
        self.administered(actor, user).await?;
        crate::need_reason(reason)?;
        let mut tx = crate::store::begin(self.pool()).await?;
        store::unbind(&mut tx, user).await?;
        session::store::end_all(&mut tx, user, None, EndReason::Disabled, self.now()).await?;
        self.note(EventKind::Security, "disable_second_factor", Some(actor), Some(user), json!({"reason": reason})).await?;
        self.commit_and_forget(tx, user).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238 appendix B, six digits (domain/06 §3.4).
    #[test]
    fn codes_are_those_of_the_standard() {
        let totp = totp(b"12345678901234567890", "someone").unwrap();
        for (at, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(totp.generate(at).to_string(), code);
            assert_eq!(totp.check(code, at + 30), Some(at / 30));
            assert_eq!(totp.check(code, at + 61), None);
        }
    }

    #[test]
    fn binding_takes_two_codes_in_a_row() {
        let totp = totp(b"12345678901234567890", "someone").unwrap();
        let at = DateTime::from_timestamp(1_111_111_111, 0).unwrap();
        let code = |steps: i64| totp.generate(seconds(at).checked_add_signed(steps * 30).unwrap()).to_string();
        assert!(two_in_a_row(&totp, &code(-1), &code(0), at).is_some());
        assert!(two_in_a_row(&totp, &code(-2), &code(-1), at).is_some());
        assert!(two_in_a_row(&totp, &code(0), &code(0), at).is_none());
        assert!(two_in_a_row(&totp, &code(0), &code(-1), at).is_none());
        assert!(two_in_a_row(&totp, &code(-9), &code(-8), at).is_none());
    }

    #[test]
    fn recovery_codes_are_ten_different_ones_read_leniently() {
        let user = Uuid::now_v7();
        let (codes, hashes) = new_codes(user);
        assert_eq!(codes.iter().collect::<std::collections::HashSet<_>>().len(), 10);
        assert_eq!(recovery_hash(user, &codes[3].to_lowercase().replace('-', " ")), hashes[3]);
        assert_ne!(recovery_hash(Uuid::now_v7(), &codes[3]), hashes[3]);
    }
}
