//! `deskwire user`: people, from the command line of whoever runs the desk.

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use deskwire_domain::page::PageRequest;
use deskwire_domain::queues::QueueRight;
use deskwire_domain::users::{self, PASSWORD_MIN_CHARS, Role, User, UserDraft, UserFilter};
use deskwire_domain::{Actor, Conn, Error, queues, tickets};
use diesel_async::AsyncConnection;
use secrecy::SecretString;
use std::io::{BufRead, IsTerminal, stdin};

use super::open::{explain, open};
use super::output::{line, tell};
use crate::config::DeskArgs;

#[derive(Debug, Subcommand)]
pub enum UserVerb {
    /// Create a customer, agent, lead or admin
    Create(CreateArgs),
    /// List everybody, by name
    List,
}

#[derive(Debug, Args)]
#[command(after_help = "The password is asked for twice on a terminal; it is never an argument, \
because other users of the machine could read it.

Examples:
  deskwire user create --email ada@example.org --name 'Ada Lovelace' --role admin
  deskwire user create --email bo@example.org --name Bo --role agent --queue Support=reply \\
    --queue Billing=read --password-stdin < password.txt")]
pub struct CreateArgs {
    /// Address they sign in with
    #[arg(long)]
    email: String,

    /// Name as others see it
    #[arg(long)]
    name: String,

    /// customer, agent, lead or admin
    #[arg(long)]
    role: Role,

    /// Queue they work in, with the right to read, reply or manage; repeat for more
    #[arg(long = "queue", value_name = "NAME=RIGHT", value_parser = membership)]
    queues: Vec<(String, QueueRight)>,

    /// Read the password from the first line of standard input
    #[arg(long)]
    password_stdin: bool,

    /// Set no password; they cannot sign in with one until it is set
    #[arg(long, conflicts_with = "password_stdin")]
    no_password: bool,
}

fn membership(text: &str) -> Result<(String, QueueRight), String> {
    let (name, right) = text.rsplit_once('=').unwrap_or((text, "reply"));
    Ok((name.to_owned(), right.parse()?))
}

pub async fn run(desk: &DeskArgs, verb: UserVerb) -> anyhow::Result<()> {
    match verb {
        UserVerb::Create(args) => create(desk, args).await,
        UserVerb::List => list(desk).await,
    }
}

async fn create(desk: &DeskArgs, args: CreateArgs) -> anyhow::Result<()> {
    let desk = open(desk).await?;
    let password = tokio::task::spawn_blocking(move || {
        password(args.password_stdin, args.no_password, stdin().is_terminal())
    })
    .await??;
    let draft = UserDraft {
        email: args.email,
        name: args.name,
        role: args.role,
        organisation_id: None,
        password,
    };
    let user = insert(&mut *desk.conn().await.map_err(explain)?, draft, &args.queues)
        .await
        .map_err(explain)?;
    desk.settle().await.map_err(explain)?;
    line(format!("Created {} {} <{}>.", user.role, user.name, user.email))?;
    Ok(())
}

/// The user and their memberships, or neither.
async fn insert(
    conn: &mut Conn,
    draft: UserDraft,
    memberships: &[(String, QueueRight)],
) -> Result<User, Error> {
    let desk = Actor::system();
    conn.transaction(async |conn| {
        let user = users::create(conn, &desk, draft).await?;
        for (name, right) in memberships {
            let queue = tickets::import_target(conn, &desk, Some(name)).await?;
            queues::set_membership(conn, &desk, queue, user.id, Some(*right)).await?;
        }
        Ok(user)
    })
    .await
}

fn password(
    from_stdin: bool,
    none: bool,
    is_terminal: bool,
) -> anyhow::Result<Option<SecretString>> {
    if none {
        return Ok(None);
    }
    if from_stdin {
        let mut text = String::new();
        stdin().lock().read_line(&mut text).context("cannot read the password")?;
        return Ok(Some(text.trim_end_matches(['\r', '\n']).into()));
    }
    if !is_terminal {
        bail!("give the password with --password-stdin, or say --no-password");
    }
    let ask =
        |prompt: &str| rpassword::prompt_password(prompt).context("cannot ask for a password");
    let password = ask(&format!("Password (at least {PASSWORD_MIN_CHARS} characters): "))?;
    if password != ask("The same again: ")? {
        bail!("the two passwords differ; nobody was created");
    }
    Ok(Some(password.into()))
}

async fn list(desk: &DeskArgs) -> anyhow::Result<()> {
    let desk = open(desk).await?;
    let mut conn = desk.conn().await.map_err(explain)?;
    let mut page = PageRequest::first(100);
    let mut total = 0;
    loop {
        let filter = UserFilter::default();
        let people =
            users::list(&mut conn, &Actor::system(), &filter, &page).await.map_err(explain)?;
        for user in &people.rows {
            let inactive = if user.active { "" } else { "  (inactive)" };
            line(format!("{:<9} {:<40} {}{inactive}", user.role.as_str(), user.email, user.name))?;
        }
        total += people.rows.len();
        page.after = people.rows.last().map(User::cursor);
        if !people.has_next {
            break;
        }
    }
    if total == 0 {
        tell("There are no users yet; `deskwire user create` makes the first one.");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memberships_name_a_queue_and_a_right() {
        assert_eq!(membership("A=b=read"), Ok(("A=b".into(), QueueRight::Read)));
        assert_eq!(membership("Support"), Ok(("Support".into(), QueueRight::Reply)));
        assert!(membership("Support=own").unwrap_err().contains("read, reply, manage"));
    }
}
