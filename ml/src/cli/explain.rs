//! `deskwire-ml explain`: what a model says about one text, and why.

use std::io::Read;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use deskwire_ml::predict::Suggestion;
use deskwire_ml::text::TicketText;

use super::options::{ModelLimit, read_model};
use super::{output, progress, table};

/// Show what a model suggests for a text, how sure it is, and the words that decided.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  deskwire-ml explain --model category.model --text \"My card was stolen\"
  deskwire-ml explain --model category.model --subject \"Card\" message.txt
  echo \"My card was stolen\" | deskwire-ml explain --model category.model --json -")]
pub struct Explain {
    /// A model written by `deskwire-ml train`.
    #[arg(long, value_name = "FILE")]
    model: PathBuf,
    /// The ticket's subject.
    #[arg(long, default_value = "")]
    subject: String,
    /// The ticket's first message.
    #[arg(long, conflicts_with = "file", required_unless_present = "file")]
    text: Option<String>,
    /// A file with the ticket's first message; - reads stdin.
    file: Option<PathBuf>,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    limit: ModelLimit,
}

impl Explain {
    pub fn run(self) -> anyhow::Result<()> {
        let step = progress::step("Reading the model");
        let model = read_model(&self.model, self.limit.bytes())?;
        step.finish_and_clear();
        let suggestion = model.suggest(&TicketText::new(self.subject.clone(), self.body()?));
        if self.json {
            output::result(serde_json::to_string_pretty(&suggestion)?)?;
        } else {
            output::result(as_text(&suggestion))?;
        }
        Ok(())
    }

    fn body(&self) -> anyhow::Result<String> {
        let Some(file) = &self.file else { return Ok(self.text.clone().unwrap_or_default()) };
        let mut bytes = Vec::new();
        if file.as_os_str() == "-" {
            std::io::stdin().read_to_end(&mut bytes).context("stdin cannot be read")?;
        } else {
            bytes = std::fs::read(file)
                .with_context(|| format!("{}: cannot be read; check the path", file.display()))?;
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

fn as_text(suggestion: &Suggestion) -> String {
    let Suggestion { label, probability, runner_ups, deciding_words, .. } = suggestion;
    let verdict = match suggestion {
        Suggestion { has_known_words: false, .. } => " (abstains: no word of the text is known)",
        Suggestion { is_readable: false, .. } => " (abstains: it never learned this language)",
        Suggestion { abstained: true, .. } => " (abstains: below its threshold)",
        _ => "",
    };
    let mut out = format!("{label} {}{verdict}\n", table::percent(*probability));
    for (label, probability) in runner_ups {
        out += &format!("  {label} {}\n", table::percent(*probability));
    }
    if !deciding_words.is_empty() {
        out += "Deciding words:\n";
    }
    for word in deciding_words {
        out += &format!("  {:<30} {:>6}\n", word.text, table::percent(word.share));
    }
    out
}
