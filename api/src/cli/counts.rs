//! `deskwire counts`: hold the numbers of tickets that the desk keeps against the tickets.

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use deskwire_domain::tickets::counts::{self, Difference};
use deskwire_domain::{Actor, Conn, queues};
use std::io::{BufRead, IsTerminal, stdin};

use super::open::{explain, open};
use super::output::{line, tell};
use crate::config::DeskArgs;

#[derive(Debug, Subcommand)]
pub enum CountsVerb {
    /// Compare the counts with the tickets; exit status 1 if any differs
    Check,
    /// Count all tickets anew; only needed after somebody changed tickets by hand
    Rebuild(RebuildArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "Live updates wait while the tickets are counted, about a second for a \
million; nothing is lost.

Examples:
  deskwire counts rebuild --yes")]
pub struct RebuildArgs {
    /// Do not ask first
    #[arg(long)]
    yes: bool,
}

pub async fn run(desk: &DeskArgs, verb: CountsVerb) -> anyhow::Result<()> {
    let desk = open(desk).await?;
    let mut conn = desk.conn().await.map_err(explain)?;
    match verb {
        CountsVerb::Check => check(&mut conn).await,
        CountsVerb::Rebuild(args) => {
            if !args.yes {
                tokio::task::spawn_blocking(|| confirm(stdin().is_terminal())).await??;
            }
            let tickets = counts::rebuild(&mut conn).await.map_err(explain)?;
            line(format!("Counted {tickets} tickets."))?;
            Ok(())
        }
    }
}

async fn check(conn: &mut Conn) -> anyhow::Result<()> {
    let wrong = counts::check(conn).await.map_err(explain)?;
    if wrong.is_empty() {
        line("The counts agree with the tickets.")?;
        return Ok(());
    }
    let names = queues::list(conn, &Actor::system()).await.map_err(explain)?;
    for Difference { group, counted, found } in &wrong {
        let queue = names.iter().find(|queue| queue.id == group.queue_id);
        let queue = queue.map_or_else(|| group.queue_id.to_string(), |queue| queue.name.clone());
        let assigned = if group.is_assigned { "assigned" } else { "unassigned" };
        let (status, priority) = (group.status, group.priority);
        line(format!(
            "{queue}, {status}, {priority}, {assigned}: counted {counted}, found {found}"
        ))?;
    }
    bail!("{} counts are wrong; `deskwire counts rebuild` counts anew", wrong.len())
}

fn confirm(is_terminal: bool) -> anyhow::Result<()> {
    if !is_terminal {
        bail!("say --yes where nobody can be asked");
    }
    tell("Live updates wait while all tickets are counted anew. Go on? [y/N]");
    let mut answer = String::new();
    stdin().lock().read_line(&mut answer).context("cannot read the answer")?;
    if !matches!(answer.trim(), "y" | "Y" | "yes") {
        bail!("nothing was changed");
    }
    Ok(())
}
