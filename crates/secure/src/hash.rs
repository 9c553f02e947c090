//! SM3 and what is built on it without stored keys. Must not know where keys live.

use hmac::{Hmac, KeyInit, Mac};
use sm3::{Digest, Sm3};

/// HMAC with SM3, keyed once and cloned for each use.
pub(crate) type HmacSm3 = Hmac<Sm3>;

/// SM3 digest (GB/T 32905).
pub fn sm3(data: &[u8]) -> [u8; 32] {
    Sm3::digest(data).into()
}

/// HMAC-SM3 (GB/T 15852.2).
pub fn hmac_sm3(key: &[u8], data: &[u8]) -> [u8; 32] {
    finish(&keyed(key), &[data])
}

pub(crate) fn keyed(key: &[u8]) -> HmacSm3 {
    HmacSm3::new_from_slice(key).expect("HMAC takes keys of any length")
}

pub(crate) fn finish(mac: &HmacSm3, parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = mac.clone();
    for p in parts {
        mac.update(p);
    }
    mac.finalize().into_bytes().into()
}

/// PBKDF2-HMAC-SM3 (RFC 8018): fills `out` from a password, a salt and so many rounds.
pub fn pbkdf2_hmac_sm3(password: &[u8], salt: &[u8], rounds: u32, out: &mut [u8]) {
    pbkdf2::pbkdf2_hmac::<Sm3>(password, salt, rounds, out);
}

/// SM3 over a stream.
#[derive(Clone, Default)]
pub struct Sm3Hasher(Sm3);

impl Sm3Hasher {
    pub fn new() -> Self {
        Self::default()
    }
    pub fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }
    pub fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
    pub fn finish_hex(self) -> String {
        hex::encode(self.finish())
    }
}

impl std::io::Write for Sm3Hasher {
    fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
        self.update(buf);
        Ok(buf.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_known_answers_hold() {
        assert_eq!(hex::encode(sm3(b"abc")), "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
        assert_eq!(hex::encode(hmac_sm3(b"key", b"abc")), "28e63256e7c5a087b1f073265dc53092163f7b82729735d06f28f10af9d52393");
        let mut out = [0; 32];
        pbkdf2_hmac_sm3(b"password", b"salt", 1000, &mut out);
        assert_eq!(hex::encode(out), "e8b635a41dfe5aaab7cf828cff6f3608e22cac59ba16edd70e000b293d00bc91");
    }

    #[test]
    fn a_stream_hashes_like_the_whole() {
        let mut h = Sm3Hasher::new();
        for part in ["a", "", "bc"] {
            h.update(part.as_bytes());
        }
        assert_eq!(h.finish(), sm3(b"abc"));
    }
}
