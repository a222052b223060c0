//! Runs the program as a person would.

use deskwire_domain::testing::TestDatabase;
use std::path::PathBuf;
use std::process::Stdio;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// What one run said.
#[derive(Debug)]
pub struct Run {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

pub fn command(db: &TestDatabase, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_deskwire"));
    command
        .args(args)
        .env("DESKWIRE_DATABASE_URL", &db.config.database_url)
        .env("DESKWIRE_REDIS_URL", &db.config.redis_url)
        .env("DESKWIRE_CHANNEL", &db.config.channel)
        .env_remove("DESKWIRE_TOKEN")
        .env_remove("RUST_LOG")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

pub async fn run(db: &TestDatabase, args: &[&str]) -> Run {
    run_with(db, args, b"").await
}

pub async fn run_with(db: &TestDatabase, args: &[&str], stdin: &[u8]) -> Run {
    let mut child = command(db, args).spawn().expect("the program starts");
    let mut input = child.stdin.take().expect("piped");
    // A program that ends before it has read everything is no fault of the test.
    let _ = input.write_all(stdin).await;
    drop(input);
    let output = child.wait_with_output().await.expect("the program ends");
    Run {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).expect("text"),
        err: String::from_utf8(output.stderr).expect("text"),
    }
}

/// A fresh folder below the build's own temporary one.
pub fn folder() -> PathBuf {
    let name = uuid::Uuid::now_v7().simple().to_string();
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&path).expect("the build's folder is writable");
    path
}
