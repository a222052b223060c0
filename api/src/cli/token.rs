//! `deskwire token`: API tokens for programs.

use anyhow::anyhow;
use clap::{Args, Subcommand};
use deskwire_domain::actor::Scope;
use deskwire_domain::tokens::{self, TokenDraft};
use deskwire_domain::{Actor, Timestamp, users};
use secrecy::ExposeSecret;

use super::open::{explain, open};
use super::output::{line, tell};
use crate::config::DeskArgs;

const DAY_S: i64 = 24 * 3600;

#[derive(Debug, Subcommand)]
pub enum TokenVerb {
    /// Create a token and print its secret, once
    Create(CreateArgs),
}

#[derive(Debug, Args)]
#[command(
    after_help = "Standard output gets the secret and nothing else; it cannot be shown again.

Scopes: tickets:read, tickets:write, users:read, users:write, admin

Examples:
  deskwire token create --email ada@example.org --name wallboard --scope tickets:read
  DESKWIRE_TOKEN=$(deskwire token create --email ada@example.org --name ci \\
    --scope tickets:read --scope tickets:write --expires-days 30)"
)]
pub struct CreateArgs {
    /// Address of the user whose rights the token has
    #[arg(long, value_name = "USER")]
    email: String,

    /// What the token is for, as its owner sees it in the list
    #[arg(long)]
    name: String,

    /// What it may be used for; repeat for more
    #[arg(long = "scope", required = true)]
    scopes: Vec<Scope>,

    /// Days until it ends; without this it does not end by itself
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    expires_days: Option<u16>,
}

pub async fn run(desk: &DeskArgs, TokenVerb::Create(args): TokenVerb) -> anyhow::Result<()> {
    let desk = open(desk).await?;
    let mut conn = desk.conn().await.map_err(explain)?;
    let found = users::find_by_email(&mut conn, args.email.trim()).await.map_err(explain)?;
    let user = found.ok_or_else(|| {
        anyhow!("nobody has the address {:?}; `deskwire user list` names everybody", args.email)
    })?;
    if !user.active {
        tell(format!("{} is inactive: the token works once they are active again.", user.name));
    }
    let days = args.expires_days.map(i64::from);
    let draft = TokenDraft {
        user_id: user.id,
        name: args.name,
        scopes: args.scopes,
        expires_at: days.map(|days| Timestamp::now().plus_seconds(days * DAY_S)),
    };
    let (token, secret) =
        tokens::create(&mut conn, &Actor::system(), draft).await.map_err(explain)?;
    let until = token.expires_at.map_or("it is revoked".to_owned(), |at| at.to_string());
    tell(format!("Token {:?} of {} holds until {until}.", token.name, user.name));
    tell("Its secret follows; it cannot be shown again.");
    line(secret.expose_secret())?;
    Ok(())
}
