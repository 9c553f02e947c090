//! The key file of the software vault: made at first start with mode 0600, replaced whole, never half written.
//! Must not know what the keys encrypt.

use base::{Error, Result};
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// All keys, in hexadecimal. The order of `data` is the order of making; the last one encrypts.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) struct KeyFile {
    pub version: u32,
    pub data: Vec<DataKey>,
    /// Look-up tokens. Never rotates: every stored token would be lost.
    pub index: String,
    pub audit: String,
    pub row: String,
    pub watermark: String,
    pub access: String,
    pub scene: String,
    /// SM2 secret scalar.
    pub sign: String,
}

/// One SM4 key.
#[derive(Clone, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub(crate) struct DataKey {
    pub kid: String,
    pub created_at: String,
    pub key: String,
}

fn fresh<const N: usize>() -> Result<String> {
    let mut bytes = crate::random::<N>()?;
    let text = hex::encode(bytes);
    bytes.zeroize();
    Ok(text)
}

impl DataKey {
    pub(crate) fn fresh(number: usize) -> Result<DataKey> {
        let created_at = chrono::Utc::now().to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        Ok(DataKey { kid: format!("k{number}"), created_at, key: fresh::<16>()? })
    }
}

impl KeyFile {
    pub(crate) fn fresh() -> Result<KeyFile> {
        // a random scalar is out of range with a chance of 2^-32; draw again then
        let sign = loop {
            let text = fresh::<32>()?;
            if hex::decode(&text).is_ok_and(|b| sm2::SecretKey::from_slice(&b).is_ok()) {
                break text;
            }
        };
        Ok(KeyFile {
            version: 1,
            data: vec![DataKey::fresh(1)?],
            index: fresh::<32>()?,
            audit: fresh::<32>()?,
            row: fresh::<32>()?,
            watermark: fresh::<32>()?,
            access: fresh::<32>()?,
            scene: fresh::<32>()?,
            sign,
        })
    }

    /// Reads the file, or makes it when there is none. Refuses a file that others may read.
    pub(crate) fn read_or_make(path: &Path) -> Result<KeyFile> {
        if !path.exists() {
            let made = KeyFile::fresh()?;
            if made.write(path, true)? {
                return Ok(made);
            }
        }
        let mode = std::fs::metadata(path)?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(Error::unavailable(
                "secure.key_file_open",
                format!("密钥文件权限为 {mode:o}，其他用户可读。请执行 chmod 600 后重新启动；如可能已泄露，请先轮换密钥。"),
            ));
        }
        let mut text = std::fs::read_to_string(path)?;
        let read = serde_json::from_str(&text).map_err(|e| broken(&e.to_string()));
        text.zeroize();
        read
    }

    /// Writes a new file beside the old one and puts it in its place. With `only_new`, false when somebody was faster.
    pub(crate) fn write(&self, path: &Path, only_new: bool) -> Result<bool> {
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        let beside = folder.join(format!(".keys.{}.{}", std::process::id(), fresh::<4>()?));
        let mut text = serde_json::to_string_pretty(self)?;
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        text.zeroize();
        let done = if only_new {
            // a hard link fails when the name is taken: two starting processes agree on one file
            let linked = std::fs::hard_link(&beside, path);
            std::fs::remove_file(&beside)?;
            match linked {
                Ok(()) => true,
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => false,
                Err(e) => return Err(e.into()),
            }
        } else {
            std::fs::rename(&beside, path)?;
            true
        };
        std::fs::File::open(folder)?.sync_all()?;
        Ok(done)
    }
}

/// The file is there but cannot be used; the reason never contains key material.
pub(crate) fn broken(why: &str) -> Error {
    Error::unavailable("secure.key_file_broken", "密钥文件已损坏，无法解密数据。请从密钥备份恢复该文件后重新启动。")
        .because(why.to_owned())
}
