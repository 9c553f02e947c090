//! Files against a real PostgreSQL and a local folder.

use base::{Actor, RegionCode};
use bytes::Bytes;
use files::{FileKind, Files, NewFile};
use futures::TryStreamExt;
use sqlx::PgPool;
use std::io::Write;
use uuid::Uuid;

fn actor(region: &str) -> Actor {
    Actor {
        user_id: Uuid::now_v7(),
        name: "李干部".into(),
        role: "R08".into(),
        region: RegionCode::parse(region).unwrap(),
        ..Actor::system("x")
    }
}

fn parts(bytes: &[u8]) -> impl futures::Stream<Item = Result<Bytes, std::io::Error>> + Send + use<> {
    let parts: Vec<_> = bytes.chunks(7000).map(|c| Ok(Bytes::copy_from_slice(c))).collect();
    futures::stream::iter(parts)
}

struct World {
    files: Files,
    pool: PgPool,
    folder: tempfile::TempDir,
    _db: store::testing::TestDb,
}

async fn world() -> World {
    let rooms: [(&'static str, &'static include_dir::Dir<'static>); 2] =
        [("store", &store::MIGRATIONS), ("files", &files::MIGRATIONS)];
    let db = store::testing::database(&store::Migrations::collect(&rooms).unwrap()).await.unwrap();
    let pool = PgPool::connect(db.url()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    World { files: Files::local(pool.clone(), folder.path()).unwrap(), pool, folder, _db: db }
}

fn on_disk(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    std::fs::read_dir(dir)
        .unwrap()
        .flat_map(|e| {
            let p = e.unwrap().path();
            if p.is_dir() { on_disk(&p) } else { vec![p] }
        })
        .collect()
}

fn png() -> Vec<u8> {
    let mut p = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, body) in
        [(b"IHDR", &[0u8, 0, 0, 9, 0, 0, 0, 9, 8, 2, 0, 0, 0][..]), (b"tEXt", b"GPS 28.68"), (b"IDAT", b"x"), (b"IEND", b"")]
    {
        p.extend((body.len() as u32).to_be_bytes());
        p.extend(kind);
        p.extend(body);
        p.extend([0; 4]);
    }
    p
}

fn xlsx(extra: &str) -> Vec<u8> {
    let mut z = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for name in ["[Content_Types].xml", "xl/workbook.xml", extra] {
        z.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        z.write_all(b"<x/>").unwrap();
    }
    z.finish().unwrap().into_inner()
}

#[tokio::test]
async fn an_attachment_is_kept_listed_read_and_deleted_without_a_trace_of_persons_in_names() {
    let w = world().await;
    let (me, row) = (actor("360121"), Uuid::now_v7());
    let village = RegionCode::parse("360121100201").unwrap();
    let new = NewFile::attachment("t.thing", row, "photos", &village, "张三36012219681103123X.png");
    let kept = w.files.save(&me, new, parts(&png())).await.unwrap();
    assert_eq!((kept.name.as_str(), kept.mime.as_str(), kept.kind), ("张三***.png", "image/png", FileKind::Attachment));
    let disk = on_disk(w.folder.path());
    assert!(disk.len() == 1 && disk[0].file_name().unwrap().to_str().unwrap() == kept.id.to_string());

    let (_, stream) = w.files.open(&me, kept.id).await.unwrap();
    let bytes: Vec<Bytes> = stream.try_collect().await.unwrap();
    let bytes = bytes.concat();
    assert_eq!(bytes.len() as i64, kept.size);
    assert!(!bytes.windows(3).any(|x| x == b"GPS"), "metadata is gone");

    assert_eq!(w.files.list(&me, "t.thing", row, Some("photos")).await.unwrap().len(), 1);
    assert!(w.files.list(&me, "t.thing", row, Some("papers")).await.unwrap().is_empty());
    w.files.delete(&me, kept.id).await.unwrap();
    assert!(on_disk(w.folder.path()).is_empty());
    assert_eq!(w.files.get(&me, kept.id).await.unwrap_err().code, "files.not_found");
}

#[tokio::test]
async fn a_neighbour_does_not_see_an_attachment_nor_another_person_a_result() {
    let w = world().await;
    let (me, neighbour, colleague) = (actor("360121"), actor("360122"), actor("360121"));
    let row = Uuid::now_v7();
    let village = RegionCode::parse("360121100201").unwrap();
    let a = w.files.save(&me, NewFile::attachment("t.thing", row, "f", &village, "a.png"), parts(&png())).await.unwrap();
    assert!(w.files.get(&colleague, a.id).await.is_ok());
    for refused in [w.files.get(&neighbour, a.id).await.err(), w.files.delete(&neighbour, a.id).await.err()] {
        assert_eq!(refused.unwrap().code, "files.not_found");
    }
    assert!(w.files.list(&neighbour, "t.thing", row, None).await.unwrap().is_empty());

    let mut made = tempfile::NamedTempFile::new().unwrap();
    made.write_all(b"result").unwrap();
    let r = w.files.save_made(&me, NewFile::job_result(&me, "导出.xlsx"), made).await.unwrap();
    assert!(w.files.open(&me, r.id).await.is_ok());
    assert_eq!(w.files.get(&colleague, r.id).await.unwrap_err().code, "files.not_found");
}

#[tokio::test]
async fn what_is_not_what_it_says_is_refused_and_leaves_nothing() {
    let w = world().await;
    let me = actor("360121");
    let village = RegionCode::parse("360121100201").unwrap();
    let big = vec![0xFFu8; 11 * 1024 * 1024];
    let mut jpeg_big = vec![0xFF, 0xD8, 0xFF];
    jpeg_big.extend(&big);
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("a.exe", b"MZ".to_vec(), "files.type"),
        ("a.svg", b"<svg/>".to_vec(), "files.type"),
        ("a", b"x".to_vec(), "files.type"),
        ("a.csv", b"a,b".to_vec(), "files.type"), // not as an attachment
        ("a.png", b"<html>".to_vec(), "files.content"),
        ("a.jpg", png(), "files.content"),
        ("a.jpg", jpeg_big, "files.too_large"),
        ("a.jpg", vec![0xFF, 0xD8, 0xFF, 0xE0], "files.image_broken"),
        ("a.xlsx", vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1], "files.content"),
        ("a.docx", xlsx("x"), "files.content"),
        ("a.xlsx", xlsx("xl/vbaProject.bin"), "files.macro"),
        ("a.xlsx", xlsx("../evil"), "files.zip_path"),
        ("a.pdf", b"".to_vec(), "files.empty"),
    ];
    for (name, bytes, code) in cases {
        let e = w
            .files
            .save(&me, NewFile::attachment("t.thing", Uuid::now_v7(), "f", &village, name), parts(&bytes))
            .await
            .unwrap_err();
        assert_eq!(e.code, code, "{name}");
    }
    let import = w.files.save(&me, NewFile::import(&me, "a.pdf"), parts(b"%PDF-1.7")).await.unwrap_err();
    assert_eq!(import.code, "files.type");
    assert!(w.files.save(&me, NewFile::import(&me, "a.xlsx"), parts(&xlsx("x"))).await.is_ok());
    let rows: i64 = sqlx::query_scalar("select count(*) from app.file").fetch_one(&w.pool).await.unwrap();
    assert_eq!((rows, on_disk(w.folder.path()).len()), (1, 1));
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_nothing_and_a_changed_file_is_noticed() {
    let w = world().await;
    let me = actor("360121");
    let cut = futures::stream::iter(vec![Ok(Bytes::from_static(b"PK\x03\x04")), Err(std::io::Error::other("gone"))]);
    assert_eq!(w.files.save(&me, NewFile::import(&me, "a.xlsx"), cut).await.unwrap_err().code, "files.upload_cut");
    assert!(on_disk(w.folder.path()).is_empty());

    let kept = w.files.save(&me, NewFile::import(&me, "a.csv"), parts("姓名,年龄\n".as_bytes())).await.unwrap();
    assert!(w.files.open_copy(&me, kept.id).await.is_ok());
    std::fs::write(&on_disk(w.folder.path())[0], "changed").unwrap();
    assert_eq!(w.files.open_copy(&me, kept.id).await.unwrap_err().code, "files.changed");
}
