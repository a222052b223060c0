use async_compression::tokio::write::{GzipEncoder, ZstdEncoder};
use deskwire_domain::testing::{TestDatabase, queue, team};
use std::path::Path;
use tokio::io::AsyncWriteExt;

use super::program::{Run, folder, run, run_with};

fn good(id: u32) -> String {
    format!(
        r#"{{"id":"{id}","subject":"Ticket {id}","body":"Help","category":"refund","priority":"blocker","created_at":"2025-03-04T05:06:07Z"}}"#
    )
}

/// Two good lines among everything that can be wrong with one.
fn mixed() -> Vec<u8> {
    let mut file = Vec::new();
    for line in [
        good(1).as_bytes(),
        b"",
        br#"{"id":"x","body":"b","catgory":"c"}"#,
        b"{\"id\":\"y\",\"body\":\"\xff\"}",
        br#"{"id":"z","body":"b","priority":"soon"}"#,
        br#"{"id":"q","body":"b","requester_email":"nobody"}"#,
        format!(r#"{{"id":"long","body":"{}"}}"#, "x".repeat(3 * 1024 * 1024)).as_bytes(),
        good(2).as_bytes(),
        br#"{"id":"cut","bo"#,
    ] {
        file.extend_from_slice(line);
        file.push(b'\n');
    }
    file.pop();
    file
}

async fn import(db: &TestDatabase, file: &Path, more: &[&str]) -> Run {
    let path = file.to_str().expect("text");
    run(db, &[&["import", "tickets", path], more].concat()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn good_lines_are_imported_and_bad_ones_put_aside_with_reasons() {
    let db = TestDatabase::create().await;
    queue(&mut *db.conn().await, "Support").await;
    let file = folder().join("old.jsonl");
    std::fs::write(&file, mixed()).unwrap();

    let first = import(&db, &file, &[]).await;
    assert_eq!(first.code, Some(1), "{first:?}");
    assert!(
        first.out.starts_with("Created 2, skipped 0 already there, rejected 6, in "),
        "{first:?}"
    );
    assert!(first.err.contains("line 3: unknown field `catgory`"), "{first:?}");
    let reasons = std::fs::read_to_string(file.with_extension("jsonl.rejected.reasons")).unwrap();
    let numbers: Vec<&str> = reasons.lines().map(|line| line.split('\t').next().unwrap()).collect();
    assert_eq!(numbers, ["3", "4", "5", "6", "7", "9"]);
    let kept = std::fs::read(file.with_extension("jsonl.rejected")).unwrap();
    let kept: Vec<&[u8]> = kept.split(|byte| *byte == b'\n').collect();
    let original = mixed();
    let original: Vec<&[u8]> = original.split(|byte| *byte == b'\n').collect();
    for (kept, number) in kept.iter().zip(&numbers) {
        let number: usize = number.parse().unwrap();
        assert!(*kept == original[number - 1], "line {number} is kept unchanged");
    }

    let second = import(&db, &file, &["--batch", "1"]).await;
    assert!(second.out.starts_with("Created 0, skipped 2"), "{second:?}");
    assert_eq!(db.count("tickets").await, 2);
    assert_eq!(db.count("events WHERE kind = 'ticket.created'").await, 2);

    std::fs::write(&file, good(1)).unwrap();
    assert_eq!(import(&db, &file, &[]).await.code, Some(0));
    assert!(!file.with_extension("jsonl.rejected").exists(), "nothing is rejected any more");
    db.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn packed_files_and_standard_input_are_read_alike() {
    let db = TestDatabase::create().await;
    queue(&mut *db.conn().await, "Support").await;
    let folder = folder();
    let (gz, zst) = (folder.join("a.gz"), folder.join("b.zst"));
    let mut gzip = GzipEncoder::new(Vec::new());
    gzip.write_all(good(1).as_bytes()).await.unwrap();
    gzip.shutdown().await.unwrap();
    // Two packed files joined are one longer file.
    let mut joined = gzip.into_inner();
    let mut gzip = GzipEncoder::new(Vec::new());
    gzip.write_all(format!("\n{}", good(2)).as_bytes()).await.unwrap();
    gzip.shutdown().await.unwrap();
    joined.extend(gzip.into_inner());
    std::fs::write(&gz, &joined).unwrap();
    let mut zstd = ZstdEncoder::new(Vec::new());
    zstd.write_all(format!("{}\n", good(3)).as_bytes()).await.unwrap();
    zstd.shutdown().await.unwrap();
    std::fs::write(&zst, zstd.into_inner()).unwrap();

    assert!(import(&db, &gz, &[]).await.out.starts_with("Created 2,"));
    assert!(import(&db, &zst, &[]).await.out.starts_with("Created 1,"));
    let text = format!("\u{feff}{}\r\n{}", good(4), good(1));
    let rejected = folder.join("r");
    let args = ["import", "tickets", "-", "--rejected", rejected.to_str().unwrap()];
    let piped = run_with(&db, &args, text.as_bytes()).await;
    assert!(piped.out.starts_with("Created 1, skipped 1"), "{piped:?}");

    // Half a packed file: what can be read is imported, and the end is reported.
    std::fs::write(&gz, &joined[..joined.len() - 12]).unwrap();
    let broken = import(&db, &gz, &["--source", "half"]).await;
    assert_eq!(broken.code, Some(1), "{broken:?}");
    assert!(broken.err.contains("cannot be read to its end"), "{broken:?}");
    db.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_are_peoples_or_left_to_the_model() {
    let db = TestDatabase::create().await;
    let mut conn = db.conn().await;
    team(&mut conn).await;
    drop(conn);
    let file = folder().join("t.jsonl");
    let none = r#"{"id":"3","body":"b","category":"out_of_scope","requester_email":"Eve@example.org","requester_name":"Eve"}"#;
    let same_but_case =
        r#"{"id":"4","body":"b","category":"Refund","requester_email":"eve@example.org"}"#;
    std::fs::write(&file, [&good(1), none, same_but_case].join("\n")).unwrap();

    let keep = ["--queue", "Legal", "--status", "solved", "--no-category", "out_of_scope"];
    let kept = import(&db, &file, &keep).await;
    assert_eq!(kept.code, Some(0), "{kept:?}");
    for (rows, from) in [
        (1, "categories"),
        (2, "tickets WHERE category_id IS NOT NULL"),
        (1, "tickets WHERE priority = 'urgent' AND priority_origin = 'person'"),
        (
            3,
            "tickets JOIN queues q ON q.id = queue_id WHERE q.name = 'Legal' AND status = 'solved'",
        ),
        (1, "tickets WHERE created_at = '2025-03-04 05:06:07'"),
        (2, "tickets JOIN users u ON u.id = requester_id WHERE u.email = 'eve@example.org'"),
        (1, "users WHERE email = 'import+import@localhost' AND name = 'Imported from import'"),
        (0, "jobs"),
    ] {
        assert_eq!(db.count(from).await, rows, "{from}");
    }

    let ignored = import(&db, &file, &["--labels", "ignore", "--source", "again"]).await;
    assert_eq!(ignored.code, Some(0), "{ignored:?}");
    let unlabelled = "tickets WHERE source = 'again' AND category_id IS NULL \
                      AND priority_origin = 'default'";
    assert_eq!((db.count(unlabelled).await, db.count("jobs").await), (3, 3));
    db.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_that_differ_only_in_case_are_different_tickets() {
    let db = TestDatabase::create().await;
    queue(&mut *db.conn().await, "Support").await;
    let file = folder().join("t.jsonl");
    std::fs::write(&file, "{\"id\":\"a1\",\"body\":\"b\"}\n{\"id\":\"A1\",\"body\":\"b\"}")
        .unwrap();
    let run = import(&db, &file, &[]).await;
    assert!(run.out.starts_with("Created 2, skipped 0"), "{run:?}");
    db.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_begun_says_what_to_do() {
    let db = TestDatabase::create().await;
    let folder = folder();
    let file = folder.join("t.jsonl");
    std::fs::write(&file, good(1)).unwrap();
    let early = import(&db, &file, &[]).await;
    assert!(early.err.contains("the desk has no queue yet"), "{early:?}");
    team(&mut *db.conn().await).await;
    for (file, more, code, says) in [
        (
            &file,
            &["--queue", "Nope"][..],
            1,
            "there is no queue \"Nope\"; there are: Legal, Support",
        ),
        (&folder.join("missing.jsonl"), &[], 1, "No such file"),
        (&folder, &[], 1, "is a folder"),
        (&file, &["--source", "e mail"], 2, "letters, digits"),
        (&file, &["--status", "done"], 2, "open, pending, solved, closed"),
        (&file, &["--batch", "0"], 2, "1..=2000"),
    ] {
        let refused = import(&db, file, more).await;
        assert_eq!(refused.code, Some(code), "{refused:?}");
        assert!(refused.err.contains(says), "{refused:?}");
    }
    assert_eq!(db.count("tickets").await, 0);
    db.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_desks_tickets_come_in_whole() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let file = data.join("hadoop-priority.dev.jsonl.gz");
    if !file.exists() {
        eprintln!("skipped: the data sets are not here");
        return;
    }
    let db = TestDatabase::create().await;
    queue(&mut *db.conn().await, "Support").await;
    let rejected = folder().join("r");
    let run = import(&db, &file, &["--rejected", rejected.to_str().unwrap()]).await;
    assert_eq!(run.code, Some(0), "{run:?}");
    assert_eq!(db.count("tickets WHERE priority_origin = 'person'").await, 374);
    db.finish().await;
}
