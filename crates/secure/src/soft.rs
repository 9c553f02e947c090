//! The software vault: SM4-GCM, HMAC-SM3 and SM2 of RustCrypto over a key file. For development and as the fallback of a
//! certified module (domain 06 §3.2). Must not know any table.

use crate::hash::{HmacSm3, finish, keyed};
use crate::keys::{DataKey, KeyFile, broken};
use crate::{KeyFact, MacKey, Provider, Scene, TOKEN_LEN, TokenKind, Vault};
use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{AesGcm, Nonce, Tag};
use base::{Error, Result, Secret};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use rand::Rng;
use sm2::dsa::signature::{Signer, Verifier};
use sm2::dsa::{Signature, SigningKey};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use zeroize::Zeroize;

/// Default user identifier of SM2 signatures (GB/T 35276).
const USER_ID: &str = "1234567812345678";
const NONCE: usize = 12;
const TAG: usize = 16;

pub(crate) type Sm4Gcm = AesGcm<sm4::Sm4, U12>;

struct Loaded {
    kid: String,
    created_at: String,
    cipher: Sm4Gcm,
    sealed: AtomicU64,
}

/// Keys from a file, or from memory in tests.
pub struct SoftVault {
    path: Option<PathBuf>,
    file: Mutex<KeyFile>,
    data: RwLock<Arc<Vec<Arc<Loaded>>>>,
    index: HmacSm3,
    macs: [HmacSm3; 4],
    scenes: HmacSm3,
    sign: SigningKey,
}

fn unhex(text: &str) -> Result<Vec<u8>> {
    hex::decode(text).map_err(|_| broken("a key is not hexadecimal"))
}

fn mac_key(text: &str) -> Result<HmacSm3> {
    let mut bytes = unhex(text)?;
    if bytes.len() < 32 {
        return Err(broken("a key is shorter than 32 bytes"));
    }
    let mac = keyed(&bytes);
    bytes.zeroize();
    Ok(mac)
}

fn load(key: &DataKey) -> Result<Arc<Loaded>> {
    let mut bytes = unhex(&key.key)?;
    let cipher = Sm4Gcm::new_from_slice(&bytes).map_err(|_| broken("a data key is not 16 bytes long"))?;
    bytes.zeroize();
    Ok(Arc::new(Loaded { kid: key.kid.clone(), created_at: key.created_at.clone(), cipher, sealed: AtomicU64::new(0) }))
}

fn unreadable(why: &'static str) -> Error {
    Error::unavailable("secure.cipher_unreadable", "加密字段无法解密，数据可能被改动或密钥文件不匹配，请联系管理员。")
        .because(why)
}

impl SoftVault {
    /// Opens the key file, or makes it (mode 0600) when it is missing.
    pub fn open(path: &Path) -> Result<SoftVault> {
        Self::from_keys(KeyFile::read_or_make(path)?, Some(path.to_owned()))
    }
    /// A vault with fresh keys that are never written down; for tests.
    pub fn in_memory() -> Result<SoftVault> {
        Self::from_keys(KeyFile::fresh()?, None)
    }

    fn from_keys(file: KeyFile, path: Option<PathBuf>) -> Result<SoftVault> {
        if file.version != 1 || file.data.is_empty() {
            return Err(broken("unknown version or no data key"));
        }
        let data = file.data.iter().map(load).collect::<Result<Vec<_>>>()?;
        let sign = SigningKey::from_slice(USER_ID, &unhex(&file.sign)?).map_err(|_| broken("the signing key is out of range"))?;
        Ok(SoftVault {
            path,
            data: RwLock::new(Arc::new(data)),
            index: mac_key(&file.index)?,
            macs: [mac_key(&file.audit)?, mac_key(&file.row)?, mac_key(&file.watermark)?, mac_key(&file.access)?],
            scenes: mac_key(&file.scene)?,
            sign,
            file: Mutex::new(file),
        })
    }

    fn keys(&self) -> Arc<Vec<Arc<Loaded>>> {
        self.data.read().expect("no panic while the lock is held").clone()
    }

    /// Finds a key; when another process has rotated meanwhile, the file is read again.
    fn key(&self, kid: &str) -> Result<Arc<Loaded>> {
        if let Some(k) = self.keys().iter().rev().find(|k| k.kid == kid) {
            return Ok(k.clone());
        }
        let mut file = self.file.lock().expect("no panic while the lock is held");
        self.reload(&mut file)?;
        self.keys().iter().find(|k| k.kid == kid).cloned().ok_or_else(|| unreadable("unknown kid"))
    }

    fn reload(&self, file: &mut KeyFile) -> Result<()> {
        if let Some(path) = &self.path {
            let read = KeyFile::read_or_make(path)?;
            let mut keys = self.keys().as_ref().clone();
            for k in read.data.iter().skip(keys.len()) {
                keys.push(load(k)?);
            }
            *file = read;
            *self.data.write().expect("no panic while the lock is held") = Arc::new(keys);
        }
        Ok(())
    }
}

impl Vault for SoftVault {
    fn seal(&self, plain: &str, place: &str) -> Result<String> {
        let keys = self.keys();
        let key = keys.last().ok_or_else(|| broken("no data key"))?;
        key.sealed.fetch_add(1, Ordering::Relaxed);
        let mut body = Vec::with_capacity(NONCE + plain.len() + TAG);
        // ThreadRng is a ChaCha generator seeded and reseeded by the operating system
        let mut nonce = [0; NONCE];
        rand::rng().fill_bytes(&mut nonce);
        body.extend_from_slice(&nonce);
        body.extend_from_slice(plain.as_bytes());
        let tag = key
            .cipher
            .encrypt_inout_detached(&Nonce::from(nonce), place.as_bytes(), (&mut body[NONCE..]).into())
            .map_err(|_| Error::invalid("secure.too_long", "要加密的内容过长，请缩短后重试。"))?;
        body.extend_from_slice(&tag);
        let mut out = String::with_capacity(4 + key.kid.len() + body.len() * 4 / 3 + 2);
        out.push_str("v1.");
        out.push_str(&key.kid);
        out.push('.');
        B64.encode_string(&body, &mut out);
        Ok(out)
    }

    fn open(&self, cipher: &str, place: &str) -> Result<Secret<String>> {
        let kid = crate::kid_of(cipher).ok_or_else(|| unreadable("not of the form v1.kid.body"))?;
        let mut body = B64.decode(&cipher[kid.len() + 4..]).map_err(|_| unreadable("not base64url"))?;
        if body.len() < NONCE + TAG {
            return Err(unreadable("too short"));
        }
        let key = self.key(kid)?;
        let tag = body.split_off(body.len() - TAG);
        let (nonce, text) = body.split_at_mut(NONCE);
        let nonce = Nonce::<U12>::try_from(&*nonce).map_err(|_| unreadable("bad nonce"))?;
        let tag = Tag::try_from(tag.as_slice()).map_err(|_| unreadable("bad tag"))?;
        key.cipher
            .decrypt_inout_detached(&nonce, place.as_bytes(), (&mut *text).into(), &tag)
            .map_err(|_| unreadable("the tag does not fit this place and key"))?;
        body.drain(..NONCE);
        String::from_utf8(body).map(Secret::new).map_err(|_| unreadable("not UTF-8"))
    }

    fn token(&self, kind: TokenKind, plain: &str) -> [u8; TOKEN_LEN] {
        let whole = finish(&self.index, &[kind.normalise(plain).as_bytes()]);
        let mut out = [0; TOKEN_LEN];
        out.copy_from_slice(&whole[..TOKEN_LEN]);
        out
    }

    fn mac(&self, key: MacKey, data: &[u8]) -> [u8; 32] {
        finish(&self.macs[key as usize], &[data])
    }

    fn pseudonym(&self, scene: Scene, plain: &str) -> String {
        let key = finish(&self.scenes, &[scene.code().as_bytes()]);
        let text = base::text::squeeze(plain).to_uppercase();
        hex::encode(&crate::hash::hmac_sm3(&key, text.as_bytes())[..8])
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        let signature: Signature = self.sign.try_sign(message).map_err(Error::internal)?;
        Ok(signature.to_bytes().to_vec())
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        Signature::from_slice(signature).is_ok_and(|s| self.sign.verifying_key().verify(message, &s).is_ok())
    }

    fn public_key(&self) -> String {
        hex::encode(self.sign.verifying_key().to_sec1_bytes())
    }

    fn rotate(&self) -> Result<String> {
        let mut file = self.file.lock().expect("no panic while the lock is held");
        self.reload(&mut file)?;
        let key = DataKey::fresh(file.data.len() + 1)?;
        let loaded = load(&key)?;
        file.data.push(key);
        if let Some(path) = &self.path
            && let Err(e) = file.write(path, false)
        {
            file.data.pop();
            return Err(e);
        }
        let mut keys = self.keys().as_ref().clone();
        let kid = loaded.kid.clone();
        keys.push(loaded);
        *self.data.write().expect("no panic while the lock is held") = Arc::new(keys);
        Ok(kid)
    }

    fn describe(&self) -> Provider {
        let keys = self.keys();
        let last = keys.len().saturating_sub(1);
        Provider {
            kind: "SOFT",
            name: "软件密码实现（仅用于开发测试或后备）".into(),
            product_cert_no: None,
            keys: keys
                .iter()
                .enumerate()
                .map(|(i, k)| KeyFact {
                    kid: k.kid.clone(),
                    created_at: k.created_at.clone(),
                    status: if i == last { "ACTIVE" } else { "RETIRED" },
                    sealed: k.sealed.load(Ordering::Relaxed),
                })
                .collect(),
        }
    }
}
