//! `deskwire migrate`: bring the schema up to date, or say what that would do.

use anyhow::Context;
use clap::Args;
use deskwire_domain::db::{establish, migrations};

use super::output::line;
use crate::config::DeskArgs;

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  deskwire migrate           apply what is missing
  deskwire migrate --check   list what is missing; exit status 1 if anything is")]
pub struct MigrateArgs {
    /// Change nothing; list what would be applied
    #[arg(long)]
    check: bool,
}

pub async fn run(desk: &DeskArgs, args: &MigrateArgs) -> anyhow::Result<()> {
    let conn = establish(&desk.database_url)
        .await
        .context("cannot reach the database; is DESKWIRE_DATABASE_URL right?")?;
    if args.check {
        let pending = migrations::pending(conn).await?;
        if pending.is_empty() {
            line("The schema is up to date.")?;
            return Ok(());
        }
        for name in &pending {
            line(name)?;
        }
        anyhow::bail!("{} migrations are missing; run `deskwire migrate`", pending.len());
    }
    let applied = migrations::run(conn).await.context("a migration failed")?;
    match applied.len() {
        0 => line("The schema is up to date.")?,
        n => line(format!("Applied {n} migrations: {}", applied.join(", ")))?,
    }
    Ok(())
}
