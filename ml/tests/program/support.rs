//! Tickets made up from word lists, a folder that goes away, and the program.

use std::fmt::Write as _;
use std::io::Write as _;
use std::ops::Range;
use std::path::PathBuf;
use std::process::{Command, Output};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

const CATEGORIES: [(&str, &str, &[&str]); 3] = [
    ("card", "urgent", &["card", "stolen", "blocked", "pin", "chip"]),
    ("login", "normal", &["password", "sign", "locked", "account", "code"]),
    ("refund", "low", &["refund", "money", "return", "payment", "charged"]),
];

/// One line a ticket; categories and priorities go together.
pub fn tickets(numbers: Range<usize>) -> String {
    let mut lines = String::new();
    for i in numbers {
        let (category, priority, words) = CATEGORIES[i % 3];
        let word = |step: usize| words[(i / 3 + step * step) % words.len()];
        let body = format!("Please help, my {} {} {i} today", word(0), word(1));
        let time = format!("2024-01-{:02}T{:02}:00:00Z", 1 + i / 24 % 28, i % 24);
        let ticket = json!({
            "id": format!("t-{i}"), "subject": word(2), "body": body,
            "category": category, "priority": priority, "created_at": time,
        });
        writeln!(lines, "{ticket}").unwrap();
    }
    lines
}

/// Packs a text as `.gz` files are.
pub fn gzip(text: &str) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap()
}

/// A folder of one test's own, removed at its end.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new(name: &str) -> Self {
        let folder = format!("deskwire-ml-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(folder);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    pub fn write(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub fn deskwire_ml(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_deskwire-ml")).args(args).output().unwrap()
}

/// The JSON a successful run printed; nothing else may be on stdout.
pub fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", stderr(output));
    serde_json::from_slice(&output.stdout).unwrap()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
