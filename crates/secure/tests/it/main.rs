//! The vault as its callers meet it: known answers, the key file, rotation, refusal of what was moved or changed.

use aes_gcm::AesGcm;
use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{AeadInOut, KeyInit};
use secure::{MacKey, Scene, SoftVault, TokenKind, Vault, kid_of, place};
use sm4::cipher::BlockCipherEncrypt;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

const ID: &str = "11010519491231002X";

#[test]
fn sm4_and_its_gcm_give_the_known_answers() {
    let key = hex::decode("0123456789abcdeffedcba9876543210").unwrap();
    let mut block = sm4::cipher::Block::<sm4::Sm4>::try_from(key.as_slice()).unwrap();
    sm4::Sm4::new_from_slice(&key).unwrap().encrypt_block(&mut block);
    assert_eq!(hex::encode(block), "681edf34d206965e86b3e94f536e4246");

    // RFC 8998 A.1
    let mut text: Vec<u8> = [0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 0xee, 0xaa].iter().flat_map(|b| [*b; 8]).collect();
    let nonce = aes_gcm::Nonce::<U12>::try_from(hex::decode("00001234567800000000abcd").unwrap().as_slice()).unwrap();
    let aad = hex::decode("feedfacedeadbeeffeedfacedeadbeefabaddad2").unwrap();
    let gcm = AesGcm::<sm4::Sm4, U12>::new_from_slice(&key).unwrap();
    let tag = gcm.encrypt_inout_detached(&nonce, &aad, text.as_mut_slice().into()).unwrap();
    assert_eq!(
        hex::encode(text),
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735d82710ca5c22f0ccfa7cbf93d496ac15\
         a56834cbcf98c397b4024a2691233b8d"
    );
    assert_eq!(hex::encode(tag), "83de3541e4c2b58177e065a9bf7b62ec");
}

#[test]
fn the_one_time_codes_of_the_library_give_the_known_answers() {
    // RFC 6238 appendix B, SHA-1, 8 digits
    let totp = totp_rs::Builder::new().with_digits(8).with_secret(b"12345678901234567890".to_vec()).build_noncompliant();
    for (at, code) in [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ] {
        assert_eq!(totp.generate(at).to_string(), code);
    }
}

#[test]
fn a_value_opens_only_in_its_own_place() {
    let vault: Arc<dyn Vault> = Arc::new(SoftVault::in_memory().unwrap());
    let here = place("household", "head_id_no", &1);
    assert_eq!(here, "household|head_id_no|1|v1");
    let cipher = vault.seal(ID, &here).unwrap();
    assert!(cipher.starts_with("v1.k1.") && kid_of(&cipher) == Some("k1"));
    assert_ne!(cipher, vault.seal(ID, &here).unwrap());
    assert_eq!(vault.open(&cipher, &here).unwrap().expose(), ID);
    assert_eq!(vault.open(&vault.seal("", &here).unwrap(), &here).unwrap().expose(), "");
    for there in [place("household", "head_id_no", &2), place("household", "x", &1), place("member", "head_id_no", &1)] {
        assert_eq!(vault.open(&cipher, &there).unwrap_err().code, "secure.cipher_unreadable");
    }
    for at in 6..cipher.len() - 1 {
        let mut bad = cipher.clone().into_bytes();
        bad[at] = if bad[at] == b'A' { b'B' } else { b'A' };
        assert!(vault.open(&String::from_utf8(bad).unwrap(), &here).is_err(), "{at}");
    }
    for bad in ["", "v1", "v1.k1.", "v1.k9.AAAA", "v2.k1.AAAA", "v1.k1.AAAA", "中文.k1.x", "v1.中.文"] {
        let e = vault.open(bad, &here).unwrap_err();
        assert!(!e.chain().contains(ID) && e.code == "secure.cipher_unreadable", "{bad}");
    }
}

#[test]
fn the_key_file_is_private_and_rotation_keeps_old_values_readable() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data/keys.json");
    let vault = SoftVault::open(&path).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let (old, token) = (vault.seal(ID, "p").unwrap(), vault.token(TokenKind::IdCard, ID));
    let elsewhere = SoftVault::open(&path).unwrap();
    assert_eq!(vault.rotate().unwrap(), "k2");
    let new = vault.seal(ID, "p").unwrap();
    assert_eq!(kid_of(&new), Some("k2"));
    // another process that started before the rotation reads the file again
    for v in [&vault, &elsewhere, &SoftVault::open(&path).unwrap()] {
        assert_eq!(v.open(&old, "p").unwrap().expose(), ID);
        assert_eq!(v.open(&new, "p").unwrap().expose(), ID);
        assert_eq!(v.token(TokenKind::IdCard, ID), token);
        assert_eq!(v.describe().keys.iter().map(|k| k.status).collect::<Vec<_>>(), ["RETIRED", "ACTIVE"]);
    }
    assert_eq!(elsewhere.rotate().unwrap(), "k3");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);

    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(SoftVault::open(&path).err().unwrap().code, "secure.key_file_open");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(&path, "{}").unwrap();
    assert_eq!(SoftVault::open(&path).err().unwrap().code, "secure.key_file_broken");
}

#[test]
fn starts_at_the_same_moment_agree_on_one_key_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys.json");
    let keys: Vec<String> = std::thread::scope(|s| {
        let all: Vec<_> = (0..8).map(|_| s.spawn(|| SoftVault::open(&path).unwrap().public_key())).collect();
        all.into_iter().map(|h| h.join().unwrap()).collect()
    });
    assert!(keys.iter().all(|k| *k == keys[0]));
}

#[test]
fn tokens_find_one_value_however_it_was_typed() {
    let vault = SoftVault::in_memory().unwrap();
    for (kind, same) in [
        ("id_card", &["11010519491231002X", "11010519491231002x", " 110105491231002", "11010519491231002X42"][..]),
        ("phone", &["13812345678", "+86 138 1234 5678", "138-1234-5678"][..]),
        ("phone", &["0791-86212345", "(0791)86212345"][..]),
        ("bank", &["6222021234567890123", "6222 0212 3456 7890 123"][..]),
    ] {
        let tokens: Vec<_> = same.iter().map(|t| vault.token(TokenKind::of(kind), t)).collect();
        assert!(tokens.iter().all(|t| *t == tokens[0]), "{kind}");
        assert_ne!(tokens[0], SoftVault::in_memory().unwrap().token(TokenKind::of(kind), same[0]));
    }
    assert_ne!(vault.token(TokenKind::IdCard, ID), vault.token(TokenKind::IdCard, "360199198001010012"));
}

#[test]
fn signatures_hold_for_their_message_and_key_alone() {
    let (vault, other) = (SoftVault::in_memory().unwrap(), SoftVault::in_memory().unwrap());
    let signature = vault.sign(b"approved").unwrap();
    assert_eq!(signature.len(), 64);
    assert!(vault.verify(b"approved", &signature));
    assert!(!vault.verify(b"approvee", &signature) && !other.verify(b"approved", &signature));
    assert!(!vault.verify(b"approved", &signature[1..]) && !vault.verify(b"approved", &[0; 64]));
    assert_eq!(vault.public_key().len(), 130);
}

#[test]
fn each_purpose_has_its_own_key() {
    let vault = SoftVault::in_memory().unwrap();
    let keys = [MacKey::Audit, MacKey::Row, MacKey::Watermark, MacKey::Access];
    let macs: std::collections::BTreeSet<_> = keys.iter().map(|k| vault.mac(*k, b"x")).collect();
    assert_eq!(macs.len(), 4);
    assert_ne!(vault.pseudonym(Scene::Share, "x"), vault.pseudonym(Scene::Public, "x"));
}

/// Figures: `cargo test -p secure --test it -- --ignored --nocapture speed`.
#[test]
#[ignore = "a measurement"]
fn speed_of_small_fields() {
    let vault: Arc<dyn Vault> = Arc::new(SoftVault::in_memory().unwrap());
    let at = place("household", "head_id_no", &"019234ab-0000-7000-8000-000000000000");
    let n = 200_000u32;
    let rate = |what: &str, work: &dyn Fn()| {
        let start = std::time::Instant::now();
        (0..n).for_each(|_| work());
        eprintln!("{what}: {:.0} k/s", f64::from(n) / start.elapsed().as_secs_f64() / 1000.0);
    };
    let cipher = vault.seal(ID, &at).unwrap();
    rate("seal", &|| drop(vault.seal(ID, &at)));
    rate("open", &|| drop(vault.open(&cipher, &at)));
    rate("token", &|| {
        std::hint::black_box(vault.token(TokenKind::IdCard, ID));
    });
}
