//! What is wrong with files is said in a sentence, by the library and by the program.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::{Command, Output};

use deskwire_ml::dataset::Dataset;
use deskwire_ml::onnx::{Brought, Outputs, Pooling, bring};
use deskwire_ml::text::TicketText;
use deskwire_ml::train::TrainConfig;

use crate::model::{brought, tickets};
use crate::support::records;
use crate::tiny::{Network, tokenizer};

fn why(brought: Brought, tickets: &Dataset) -> String {
    bring(brought, tickets, &TrainConfig::default()).unwrap_err().to_string()
}

fn labels(names: &[&str]) -> Outputs {
    Outputs::Labels(names.iter().map(|name| (*name).to_owned()).collect())
}

#[test]
fn files_that_cannot_be_used_are_refused_with_what_to_do() {
    let all = tickets();
    let good = brought(&Network::default());
    let onnx = |network: Network| Brought { onnx: network.onnx(), ..good.clone() };
    let tokenizer_of = |bytes: &[u8]| Brought { tokenizer: bytes.to_vec(), ..good.clone() };
    let half = tokenizer()[..100].to_vec();
    for (brought, expected) in [
        (
            Brought { onnx: b"not a network".to_vec(), ..good.clone() },
            "the ONNX file cannot be read",
        ),
        (
            Brought { onnx: Vec::new(), ..good.clone() },
            "the ONNX file cannot be read (there is no graph",
        ),
        (onnx(Network { is_external: true, ..Network::default() }), "as one file"),
        (
            onnx(Network { inputs: ["input_ids", "pixels"], ..Network::default() }),
            "the network wants \"pixels\"",
        ),
        (
            onnx(Network { inputs: ["token_type", "mask"], ..Network::default() }),
            "takes no token ids",
        ),
        (
            onnx(Network { labels: 3, ..Network::default() }),
            "gives 3 scores, and there are 2 labels",
        ),
        (tokenizer_of(b"{}"), "the tokenizer cannot be read"),
        (tokenizer_of(&half), "the tokenizer cannot be read"),
        (
            Brought { output: Some("pooled".into()), ..good.clone() },
            "has no output \"pooled\"; it has: logits, vectors",
        ),
        (
            Brought { output: Some("vectors".into()), ..good.clone() },
            "wants --embedding instead of --labels",
        ),
        (
            Brought { outputs: labels(&["a", "b"]), ..good.clone() },
            "only 0 tickets have a label of the network",
        ),
        (Brought { max_tokens: 7, ..good.clone() }, "max_tokens must be in 8..=4096, got 7"),
    ] {
        let why = why(brought, &all);
        assert!(why.contains(expected), "{expected}: {why}");
    }
    let few = Dataset::new(all.examples()[..19].to_vec());
    assert!(why(good.clone(), &few).starts_with("only 19 tickets have a label"));
    let embedding = Brought { outputs: Outputs::Embedding(Pooling::Mean), ..good.clone() };
    assert!(why(embedding.clone(), &few).starts_with("only 19 tickets have a label"));
    assert!(why(embedding, &Dataset::default()).starts_with("none of 0 tickets has a label"));
}

#[test]
fn cut_and_changed_files_give_errors_and_nothing_worse() {
    let good = brought(&Network::default());
    let all = tickets();
    for at in (0..good.onnx.len()).step_by(37) {
        let mut onnx = good.onnx.clone();
        onnx.truncate(at);
        assert!(
            bring(Brought { onnx, ..good.clone() }, &all, &TrainConfig::default()).is_err(),
            "cut at {at}"
        );
        let mut onnx = good.onnx.clone();
        onnx[at] ^= 0x15;
        // Some bytes mean little: whatever comes of it, it is an answer.
        let _ = bring(Brought { onnx, ..good.clone() }, &all, &TrainConfig::default());
    }
}

#[test]
fn a_text_that_a_network_fails_on_is_a_fault() {
    let model =
        bring(brought(&Network::default()), &tickets(), &TrainConfig::default()).unwrap().model;
    let poisoned = TicketText::new("", "my poison card");
    let said = catch_unwind(AssertUnwindSafe(|| model.suggest(&poisoned)));
    let why = said.unwrap_err().downcast::<String>().unwrap();
    assert_eq!(*why, "the network failed on a text (its output is not finite)");
    assert_eq!(model.suggest(&TicketText::new("", "my card")).label, "card", "it goes on");
}

/// A folder with the files of the tiny network, removed at the end.
struct Files(PathBuf);

impl Files {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("deskwire-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let files = Self(folder);
        files.write("model.onnx", &Network::default().onnx());
        files.write("tokenizer.json", &tokenizer());
        files.write("labels.txt", b"parcel\ncard\n");
        let lines = records().into_iter().map(|record| {
            serde_json::json!({ "id": record.id, "body": record.message(), "category": record.category })
                .to_string()
        });
        files.write("tickets.jsonl", lines.collect::<Vec<_>>().join("\n").as_bytes());
        files
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.0.join(name), bytes).unwrap();
    }

    fn run(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_deskwire-ml"))
            .current_dir(&self.0)
            .args(args)
            .output()
            .unwrap()
    }

    fn import(&self, args: &[&str]) -> Output {
        let start = ["import-onnx", "--calibrate", "tickets.jsonl", "--out", "out.model"];
        self.run(&[&start[..], args].concat())
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const MODEL: [&str; 4] = ["--model", "model.onnx", "--tokenizer", "tokenizer.json"];

#[test]
fn the_program_writes_a_model_that_its_other_verbs_read() {
    let files = Files::new("onnx-file");
    for outputs in [&["--labels", "labels.txt"][..], &["--embedding", "--output", "vectors"]] {
        let output = files.import(&[&MODEL[..], outputs, &["--json"]].concat());
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && told.contains("One ticket in twenty takes"), "{told}");
        let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&said["tickets"], &said["held_back"]["accuracy"]), (&60.into(), &1.0.into()));
        assert_eq!(said["classifier"]["kind"], "onnx");

        let explain = ["explain", "--model", "out.model", "--json", "--text", "My CARD was stolen"];
        let said: serde_json::Value = serde_json::from_slice(&files.run(&explain).stdout).unwrap();
        assert_eq!((&said["label"], &said["abstained"]), (&"card".into(), &false.into()), "{said}");
        assert!(said["deciding_words"].to_string().contains("stolen"), "{said}");
        let evaluate = ["evaluate", "--model", "out.model", "--test", "tickets.jsonl", "--json"];
        let said: serde_json::Value = serde_json::from_slice(&files.run(&evaluate).stdout).unwrap();
        assert_eq!(said["metrics"]["accuracy"], 1.0);
    }
    let text = files.import(&[&MODEL[..], &["--labels", "labels.txt"]].concat());
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.starts_with("Calibrated 2 labels from 60 tickets"), "{text}");
    let small = ["explain", "--max-model-mb", "1", "--model", "out.model", "--text", "card"];
    assert!(files.run(&small).status.success(), "it has a few KB");
}

#[test]
fn the_program_refuses_what_does_not_fit() {
    let files = Files::new("onnx-refused");
    files.write("three.txt", b"parcel\ncard\nrefund\n");
    files.write("twice.txt", b"parcel\nparcel\n");
    files.write("gap.txt", b"parcel\n\ncard\n");
    files.write("one.txt", b"parcel\n");
    files.write("large.onnx", &vec![0; 3 << 20]);
    let with = |labels: &'static str| [&MODEL[..], &["--labels", labels]].concat();
    for (args, expected) in [
        (with("three.txt"), "the network gives 2 scores, and there are 3 labels"),
        (with("twice.txt"), "twice.txt, line 2: \"parcel\" stands there twice"),
        (with("gap.txt"), "gap.txt, line 2: is empty"),
        (with("one.txt"), "one.txt: a model needs at least two labels"),
        (with("none.txt"), "none.txt: cannot be read; check the path"),
        (MODEL.to_vec(), "required arguments were not provided"),
        (vec!["--model", "model.onnx", "--labels", "labels.txt"], "--tokenizer <FILE>"),
        (
            vec!["--model", "model.onnx", "--tokenizer", "none.json", "--labels", "labels.txt"],
            "none.json: cannot be read; check the path",
        ),
        (
            vec![
                "--model",
                "tokenizer.json",
                "--tokenizer",
                "tokenizer.json",
                "--labels",
                "labels.txt",
            ],
            "the ONNX file cannot be read",
        ),
        (
            [&["--model", "large.onnx", "--max-model-mb", "2"], &MODEL[2..], &["--embedding"]]
                .concat(),
            "and at most 2097152 are read; give it more with --max-model-mb",
        ),
    ] {
        let output = files.import(&args);
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && text.contains(expected), "{args:?}: {text}");
        assert!(!files.0.join("out.model").exists());
    }
}
