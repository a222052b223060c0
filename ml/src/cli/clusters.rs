//! `deskwire-ml clusters`: possible new categories, now.

use anyhow::{Context, ensure};
use clap::Args;
use deskwire_domain::category_proposals::CategoryProposal;
use deskwire_ml::proposals;
use serde_json::json;

use super::desk::DeskOptions;
use super::{output, progress};

/// Find groups of tickets that fit no category, and propose them as new ones.
///
/// Groups the newest tickets whose category the model was not sure about and that nobody has labelled.
/// What is found takes the place of the open proposals, as when the worker looks by itself once an hour;
/// what admins dismissed or adopted stays away. Admins decide in the graph: `categoryProposals`,
/// `adoptCategoryProposal`, `dismissCategoryProposal`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  deskwire-ml clusters                    look now, and print what was found
  deskwire-ml clusters --size-min 25      only large groups
  deskwire-ml clusters --json | jq '.[0].words'")]
pub struct Clusters {
    /// Fewest tickets of a group, at least 2
    #[arg(long, value_name = "N", default_value_t = proposals::SIZE_MIN)]
    size_min: usize,
    #[command(flatten)]
    desk: DeskOptions,
    /// Print the proposals as a JSON list
    #[arg(long)]
    json: bool,
}

impl Clusters {
    pub async fn run(self) -> anyhow::Result<()> {
        ensure!(self.size_min >= 2, "--size-min must be at least 2, got {}", self.size_min);
        let running = self.desk.start()?;
        let mut conn = running.conn().await.context("is DESKWIRE_DATABASE_URL right?")?;
        let step = progress::step("Comparing tickets");
        let found = proposals::refresh(&mut conn, self.size_min).await;
        step.finish_and_clear();
        let found = found?;
        if self.json {
            let all: Vec<_> = found.iter().map(as_json).collect();
            output::result(serde_json::to_string_pretty(&all)?)?;
        } else if found.is_empty() {
            output::result("No group of tickets that fit no category.")?;
        } else {
            output::result(found.iter().map(as_text).collect::<String>())?;
        }
        Ok(())
    }
}

fn as_json(proposal: &CategoryProposal) -> serde_json::Value {
    json!({
        "id": format!("proposal_{}", proposal.id),
        "size": proposal.size,
        "cohesion": proposal.cohesion,
        "words": proposal.words,
        "tickets": proposal.ticket_ids.iter().map(|id| format!("ticket_{id}")).collect::<Vec<_>>(),
    })
}

fn as_text(proposal: &CategoryProposal) -> String {
    let CategoryProposal { size, cohesion, words, .. } = proposal;
    format!("{size:>5} tickets, cohesion {cohesion:.2}: {}\n", words.join(", "))
}
