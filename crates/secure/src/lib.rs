//! Keys, SM4 field encryption, HMAC-SM3 look-up tokens, SM2 signatures, masks, watermarks. Must not know any table.
//! Source: domain 06 §3 (GB/T 39786, GB/T 32905 SM3, GB/T 32907 SM4, GB/T 32918 SM2), §4.3.
//!
//! ```text
//! let vault: Arc<dyn Vault> = Arc::new(SoftVault::open(&data_folder.join("keys.json"))?);   // made with mode 0600 when missing
//! let place  = place("household", "head_id_no", &pk);          // table|column|pk|v1
//! let cipher = vault.seal("11010519491231002X", &place)?;      // v1.<kid>.<base64url(nonce12‖ct‖tag16)>
//! let plain: Secret<String> = vault.open(&cipher, &place)?;
//! let token: [u8; 16] = vault.token(TokenKind::of("id_card"), "11010519491231002x");
//! let (text, sig) = (b"...", vault.sign(b"...")?);  vault.verify(text, &sig);
//! vault.mac(MacKey::Audit, bytes); vault.pseudonym(Scene::Share, plain); vault.rotate()?; vault.describe();
//! hash::{sm3, hmac_sm3, Sm3Hasher, pbkdf2_hmac_sm3};
//! mask::mask(MaskKind::Id, Scene::List, value) -> Option<String>; mask::mask_with(&vault, …) for pseudonyms
//! mark::{export_no, export_no_ok, page_watermark, export_footer}
//! ```
//!
//! A certified crypto module replaces [`SoftVault`] by another implementation of [`Vault`]; nothing else changes.

pub mod hash;
mod keys;
pub mod mark;
pub mod mask;
mod soft;

pub use mask::Scene;
pub use soft::SoftVault;

use base::{Result, Secret};

/// Length of a look-up token.
pub const TOKEN_LEN: usize = 16;

/// Which normaliser stands before the look-up token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// 15 digits upgraded, disability certificates cut to the person's 18 characters, upper-case X.
    IdCard,
    /// Mobile number without +86 and separators; fixed lines as area-number.
    Phone,
    /// Digits only.
    Bank,
    /// Half width without white space.
    Text,
}

impl TokenKind {
    /// By the name of a field kind (`id_card`, `phone`, `bank`); everything else is text.
    pub fn of(field_kind: &str) -> TokenKind {
        match field_kind {
            "id_card" => TokenKind::IdCard,
            "phone" => TokenKind::Phone,
            "bank" => TokenKind::Bank,
            _ => TokenKind::Text,
        }
    }
    /// The one form under which equal values are found.
    pub fn normalise(self, plain: &str) -> String {
        match self {
            TokenKind::IdCard => base::idcard::look_up_form(plain),
            TokenKind::Phone => match base::phone::normalise_mobile(plain) {
                m if base::phone::is_mobile(&m) => m,
                other => base::phone::landline(plain).map_or(other, |l| l.text()),
            },
            TokenKind::Bank => base::phone::normalise_bank(plain),
            TokenKind::Text => base::text::squeeze(plain),
        }
    }
}

/// Keys for message authentication, one a purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MacKey {
    /// Lines of the audit trail.
    Audit,
    /// Rows whose integrity is protected (roles, posts, scopes; GB/T 39786 8.4b/c/g).
    Row,
    /// Watermarks and manifests of exports.
    Watermark,
    /// Pepper of passwords and sealed short-lived tickets.
    Access,
}

/// What stands behind the port, shown truthfully in screens and reports (domain 06 §3.2).
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Provider {
    /// `SOFT`, `HSM`, `CLOUD_KMS` or `UKEY`.
    pub kind: &'static str,
    pub name: String,
    /// Certificate number of the crypto product; none for software.
    pub product_cert_no: Option<String>,
    pub keys: Vec<KeyFact>,
}

/// One data key without its value.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct KeyFact {
    pub kid: String,
    pub created_at: String,
    /// `ACTIVE` encrypts and decrypts, `RETIRED` decrypts only.
    pub status: &'static str,
    /// Encryptions since this process started (a key may serve 2^32 in all).
    pub sealed: u64,
}

/// The port of all cryptography with secret keys. Thread safe; held as `Arc<dyn Vault>`.
pub trait Vault: Send + Sync {
    /// Encrypts one field value. `place` binds it to its table, column and row, see [`place`].
    fn seal(&self, plain: &str, place: &str) -> Result<String>;
    /// Decrypts what [`Vault::seal`] made for the same place, also under retired keys.
    fn open(&self, cipher: &str, place: &str) -> Result<Secret<String>>;
    /// Look-up token: first 16 bytes of HMAC-SM3(index key, normalised plain text). The index key never rotates.
    fn token(&self, kind: TokenKind, plain: &str) -> [u8; TOKEN_LEN];
    /// HMAC-SM3 under the key of a purpose.
    fn mac(&self, key: MacKey, data: &[u8]) -> [u8; 32];
    /// The same person under the same name within a scene, unlinkable between scenes: 16 hexadecimal digits.
    fn pseudonym(&self, scene: Scene, plain: &str) -> String;
    /// SM2 with SM3, user identifier `1234567812345678`: 64 bytes r‖s.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>>;
    /// Whether `signature` was made over `message` with this vault's signing key.
    fn verify(&self, message: &[u8], signature: &[u8]) -> bool;
    /// Public signing key, uncompressed SEC1 point, in hexadecimal.
    fn public_key(&self) -> String;
    /// Adds a data key and encrypts with it from now on; the answer is its kid. Old keys still decrypt.
    fn rotate(&self) -> Result<String>;
    /// What it is and which keys it holds.
    fn describe(&self) -> Provider;
}

/// Associated data of a field value: `table|column|pk|v1`.
pub fn place(table: &str, column: &str, pk: &impl std::fmt::Display) -> String {
    format!("{table}|{column}|{pk}|v1")
}

/// The kid inside a cipher text, for re-encryption after a rotation.
pub fn kid_of(cipher: &str) -> Option<&str> {
    let (kid, body) = cipher.strip_prefix("v1.")?.split_once('.')?;
    (!kid.is_empty() && !body.is_empty()).then_some(kid)
}

/// Random bytes of the operating system.
pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut out = [0; N];
    getrandom::fill(&mut out).map_err(base::Error::internal)?;
    Ok(out)
}
