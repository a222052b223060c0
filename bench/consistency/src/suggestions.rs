//! The suggestion worker, with a model learned from a few hundred made-up tickets.

use serde_json::json;
use std::path::Path;

use crate::dice::Dice;
use crate::filter::{CATEGORIES, PRIORITIES};
use crate::processes::{Process, Recipe};
use crate::servers::Scratch;

const TICKETS: usize = 400;
/// Words that give a category away, in the categories' order.
const WORDS: [&[&str]; 4] = [
    &["password", "login", "locked", "reset", "account"],
    &["invoice", "refund", "charged", "receipt", "payment"],
    &["printer", "fire", "crash", "error", "broken"],
    &["thanks", "great", "love", "happy", "kind"],
];
const FILLER: &[&str] = &["please", "help", "today", "again", "my", "the", "since", "ticket"];

/// Trains and starts the worker.
///
/// # Errors
/// When the program fails.
pub async fn start(
    scratch: &Scratch,
    program: &Path,
    env: &[(String, String)],
    seed: u64,
) -> anyhow::Result<Process> {
    let file = scratch.path("tickets.jsonl");
    std::fs::write(&file, tickets(seed))?;
    let models = ("DESKWIRE_MODELS".to_owned(), scratch.path("models").display().to_string());
    std::fs::create_dir_all(&models.1)?;
    let recipe = |args: &[&str], log: &str| Recipe {
        name: log.to_owned(),
        program: program.to_owned(),
        args: args.iter().map(|&arg| arg.to_owned()).collect(),
        env: env.iter().cloned().chain([models.clone()]).collect(),
        log: scratch.log(log),
    };
    recipe(&["train", "--from", &file.display().to_string()], "train").run().await?;
    Process::start(recipe(&["worker"], "worker"))
}

fn tickets(seed: u64) -> String {
    let mut dice = Dice::new(seed, "training", 0);
    let mut lines = String::new();
    for number in 0..TICKETS {
        let label = number % CATEGORIES.len();
        let words: Vec<&str> = (0..12)
            .map(|_| {
                let list = if dice.percent(40) { WORDS[label] } else { FILLER };
                *dice.one_of(list)
            })
            .collect();
        let line = json!({
            "id": format!("t{number}"),
            "subject": words[..4].join(" "),
            "body": words.join(" "),
            "category": CATEGORIES[label],
            "priority": PRIORITIES[label],
        });
        lines.push_str(&format!("{line}\n"));
    }
    lines
}
