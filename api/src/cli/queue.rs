//! `deskwire queue`: where tickets wait; a new desk needs one before its first ticket.

use clap::{Args, Subcommand};
use deskwire_domain::{Actor, queues};

use super::open::{explain, open};
use super::output::{line, tell};
use crate::config::DeskArgs;

#[derive(Debug, Subcommand)]
pub enum QueueVerb {
    /// Create a queue; the first one takes the tickets that name none
    Create(CreateArgs),
    /// List the queues, by name
    List,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  deskwire queue create Support
  deskwire queue create Billing --description 'Invoices and refunds'")]
pub struct CreateArgs {
    name: String,

    /// What belongs there, in a sentence
    #[arg(long, default_value = "")]
    description: String,
}

pub async fn run(desk: &DeskArgs, verb: QueueVerb) -> anyhow::Result<()> {
    let desk = open(desk).await?;
    let mut conn = desk.conn().await.map_err(explain)?;
    let actor = Actor::system();
    match verb {
        QueueVerb::Create(args) => {
            let made = queues::create(&mut conn, &actor, &args.name, &args.description).await;
            let queue = made.map_err(explain)?;
            desk.settle().await.map_err(explain)?;
            line(format!("Created the queue {}.", queue.name))?;
        }
        QueueVerb::List => {
            let all = queues::list(&mut conn, &actor).await.map_err(explain)?;
            for queue in &all {
                let default = if queue.is_default { "  (default)" } else { "" };
                line(format!("{}{default}", queue.name))?;
            }
            if all.is_empty() {
                tell("There are no queues yet; `deskwire queue create` makes the first one.");
            }
        }
    }
    Ok(())
}
