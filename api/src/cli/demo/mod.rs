//! `deskwire demo`: a believable desk to look at and to learn from.
//!
//! Norrvind Cycles, its customers and their words are made up here; nothing is copied. The same
//! seed gives the same texts, only the times follow the clock.

mod fill;
mod live;
mod people;
mod story;
mod topics;

use clap::Args;
use deskwire_domain::{Actor, Conn, Result, Timestamp, categories, queues, tickets, users};
use diesel_async::AsyncConnection;
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::collections::HashMap;

use super::open::{explain, open};
use super::output::line;
use crate::config::DeskArgs;
use people::{PASSWORD, SIGN_INS, SignIn};
use story::Setting;
use topics::{QUEUES, TOPICS};

const SEED: u64 = 20_261_122;

#[derive(Debug, Args)]
#[command(
    after_help = "Fills an empty desk with queues, categories, people and two months of tickets of a made-up
maker of e-bikes. Does nothing when the desk already has users. Everybody's password is public:
never fill a desk that others can reach.

Examples:
  deskwire demo
  deskwire demo --sign-ins    who may sign in
  deskwire demo --live 1      customers and agents at work, one change a second, until Ctrl-C"
)]
pub struct DemoArgs {
    /// Only print who may sign in, one a line
    #[arg(long, conflicts_with = "live")]
    sign_ins: bool,

    /// Keep the desk moving, at this many changes a second
    #[arg(long, value_name = "RATE", value_parser = rate)]
    live: Option<f64>,
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if (0.001..=1000.0).contains(&rate) => Ok(rate),
        _ => Err(format!("must be a number from 0.001 to 1000, got {text:?}")),
    }
}

pub async fn run(desk: &DeskArgs, args: DemoArgs) -> anyhow::Result<()> {
    if args.sign_ins {
        return print_sign_ins();
    }
    let desk = open(desk).await?;
    let mut conn = desk.conn().await.map_err(explain)?;
    if users::count(&mut conn).await.map_err(explain)? > 0 {
        line("The desk already has users; nothing was filled in.")?;
    } else {
        let tickets = fill(&mut conn).await.map_err(explain)?;
        desk.settle().await.map_err(explain)?;
        line(format!("Filled the desk with {tickets} tickets. Sign in as:"))?;
        print_sign_ins()?;
    }
    drop(conn);
    match args.live {
        Some(rate) => live::run(&desk, rate).await,
        None => Ok(()),
    }
}

fn print_sign_ins() -> anyhow::Result<()> {
    for SignIn { role, email, .. } in SIGN_INS {
        line(format!("  {:<5}   {email}   {PASSWORD}", role.as_str()))?;
    }
    Ok(())
}

/// All of it or nothing: an interrupted run leaves an empty desk, to be filled by the next.
async fn fill(conn: &mut Conn) -> Result<usize> {
    let desk = Actor::system();
    conn.transaction(async |conn| {
        let mut queue_ids = HashMap::new();
        for (name, description) in QUEUES {
            let queue = queues::create(conn, &desk, name, description).await?;
            queue_ids.insert(*name, queue.id);
        }
        let mut category_ids = HashMap::new();
        for topic in TOPICS {
            let made = categories::create(conn, &desk, topic.name, topic.description).await?;
            category_ids.insert(topic.name, made.id);
        }
        let people = people::create(conn, &queue_ids).await?;
        let setting = Setting {
            people: &people,
            queues: &queue_ids,
            categories: &category_ids,
            now: Timestamp::now(),
        };
        let past = story::tell_all(&mut StdRng::seed_from_u64(SEED), &setting);
        tickets::import_past(conn, &desk, &past).await?;
        Ok(past.len())
    })
    .await
}
