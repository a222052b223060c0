//! What each verb prints, writes and refuses.

use std::fs;

use crate::support::{Scratch, deskwire_ml, gzip, json, stderr, tickets};
use serde_json::Value;

#[test]
fn evaluate_prints_only_json_and_a_prediction_for_every_ticket() {
    let dir = Scratch::new("evaluate");
    let train = dir.write("train.jsonl.gz", &gzip(&tickets(0..240)));
    let unlabelled = r#"{"id":"u","body":"zebra"}"#;
    let test = dir.write("test.jsonl", format!("{}{unlabelled}\n", tickets(240..300)).as_bytes());
    let said = dir.path("said.jsonl");
    let output = deskwire_ml(&[
        "evaluate",
        "--json",
        "--train",
        &train,
        "--test",
        &test,
        "--predictions",
        &said,
    ]);
    let result = json(&output);
    assert!(result["metrics"]["accuracy"].as_f64().unwrap() > 0.95, "{result}");
    assert_eq!(result["metrics"]["tickets"], 60);
    let lines: Vec<Value> = fs::read_to_string(&said)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 61);
    for line in &lines {
        assert!((0.0..=1.0).contains(&line["confidence"].as_f64().unwrap()), "{line}");
        let is_unlabelled = line["id"] == "u";
        assert_eq!(line["category"].is_null(), is_unlabelled, "{line}");
        assert!(is_unlabelled || line["ranked"][0] == line["category"], "{line}");
    }
}

#[test]
fn priorities_are_predicted_with_their_urgency() {
    let dir = Scratch::new("priority");
    let train = dir.write("train.jsonl", tickets(0..240).as_bytes());
    let test = dir.write("test.jsonl", tickets(240..300).as_bytes());
    let said = dir.path("said.jsonl");
    let verb = ["evaluate", "--label", "priority", "--json", "--predictions", &said];
    let output = deskwire_ml(&[&verb[..], &["--train", &train, "--test", &test]].concat());
    assert!(json(&output)["metrics"]["kappa"].as_f64().unwrap() > 0.9);
    let said = fs::read_to_string(&said).unwrap();
    let first: Value = serde_json::from_str(said.lines().next().unwrap()).unwrap();
    assert!(first["priority"].is_string() && first["priority_confidence"].is_f64(), "{first}");
    assert!(first["priority_score"].as_f64().unwrap() >= 0.0, "{first}");
}

#[test]
fn training_twice_writes_the_same_file_and_nothing_to_stderr() {
    let dir = Scratch::new("train");
    let from = dir.write("tickets.jsonl", tickets(0..240).as_bytes());
    let (first, second) = (dir.path("first.model"), dir.path("second.model"));
    let output = deskwire_ml(&["train", "--from", &from, "--out", &first, "--json"]);
    // linfa-bayes prints its whole model while it fits; none of that may reach a person.
    assert_eq!(stderr(&output), "");
    let result = json(&output);
    assert_eq!(result["hash"].as_str().unwrap().len(), 64);
    assert!(deskwire_ml(&["train", "--from", &from, "--out", &second]).status.success());
    assert_eq!(fs::read(&first).unwrap(), fs::read(&second).unwrap());
}

#[test]
fn explain_names_label_runner_ups_and_words() {
    let dir = Scratch::new("explain");
    let from = dir.write("tickets.jsonl", tickets(0..240).as_bytes());
    let model = dir.path("category.model");
    assert!(deskwire_ml(&["train", "--from", &from, "--out", &model]).status.success());
    let explain = |args: &[&str]| deskwire_ml(&[&["explain", "--model", &model], args].concat());
    let said = json(&explain(&["--json", "--text", "My CARD was stolen"]));
    assert_eq!(said["label"], "card");
    let words = said["deciding_words"].as_array().unwrap();
    assert!(words.iter().any(|word| word["text"].as_str().unwrap().contains("CARD")), "{said}");
    let file = dir.write("message.txt", b"refund \xff my payment");
    let text = explain(&[&file]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.starts_with("refund ") && text.contains("Deciding words:"), "{text}");
    let unknown = String::from_utf8(explain(&["--text", "zebra"]).stdout).unwrap();
    assert!(unknown.contains("no word of the text is known"), "{unknown}");
}

#[test]
fn mistakes_are_answered_with_what_to_do() {
    let dir = Scratch::new("mistakes");
    let good = dir.write("good.jsonl", tickets(0..30).as_bytes());
    let bad = dir.write("bad.jsonl", format!("{}{{\"id\":\"x\"}}\n", tickets(0..2)).as_bytes());
    let packed = dir.write("packed.jsonl", &gzip(&tickets(0..3)));
    let unpacked = dir.write("plain.jsonl.gz", tickets(0..3).as_bytes());
    let bare = dir.write("bare.jsonl", b"{\"id\":\"x\",\"body\":\"b\"}\n");
    let out = dir.path("out.model");
    for (args, expected) in [
        (["train", "--from", &bad, "--out", &out], "bad.jsonl, line 3: missing field `body`"),
        (["train", "--from", "none.jsonl", "--out", &out], "none.jsonl: "),
        (["train", "--from", &packed, "--out", &out], "packed.jsonl, line 1: not UTF-8"),
        (["train", "--from", &unpacked, "--out", &out], "plain.jsonl.gz, line 1: "),
        (["train", "--from", &bare, "--out", &out], "label some"),
        (["train", "--from", &good, "--out", "/no/such/folder/m"], "check folder and rights"),
        (["explain", "--model", &good, "--text", "x"], "not a Deskwire model"),
        (["explain", "--model", "none.model", "--text", "x"], "check the path"),
    ] {
        let output = deskwire_ml(&args);
        let text = stderr(&output);
        assert!(!output.status.success() && output.stdout.is_empty(), "{args:?}");
        assert!(text.starts_with("error: ") && text.contains(expected), "{args:?}: {text}");
    }
    assert!(!fs::exists(&out).unwrap());
}

#[cfg(not(feature = "onnx"))]
#[test]
fn a_program_without_onnx_says_how_to_get_one_that_has_it() {
    let args = ["import-onnx", "--model", "m", "--tokenizer", "t", "--labels", "l"];
    let output = deskwire_ml(&args);
    let text = stderr(&output);
    assert!(!output.status.success() && output.stdout.is_empty());
    assert!(text.contains("built without ONNX") && text.contains("--features onnx"), "{text}");
}

#[test]
fn every_verb_has_examples_in_its_help() {
    for verb in ["train", "evaluate", "explain", "import-onnx"] {
        let output = deskwire_ml(&[verb, "--help"]);
        let help = String::from_utf8(output.stdout).unwrap();
        assert!(help.contains(&format!("Examples:\n  deskwire-ml {verb} ")), "{help}");
    }
}
