//! `deskwire watch`: a queue on the terminal, by the same public socket anybody may use.
//!
//! Every line carries a cursor, the place in the log after it. When the connection breaks or the
//! server restarts, the next subscription continues after the last cursor, so no change is missed
//! and none is shown twice.

mod operations;
mod place;
mod show;
mod socket;
mod token;

use anyhow::{Context, anyhow, bail};
use clap::Args;
use deskwire_domain::events::Cursor;
use serde_json::Value;
use std::path::PathBuf;
use std::time::Duration;
use tokio::signal;
use tokio::time::sleep;
use url::Url;

use super::output::{line, tell};
use crate::config::DeskArgs;
use place::Place;
use socket::{Failure, Socket};
use token::Tokens;

/// First pause before connecting again; it doubles up to [`PAUSE_MAX`].
const PAUSE: Duration = Duration::from_millis(250);
const PAUSE_MAX: Duration = Duration::from_secs(10);

#[derive(Debug, Args)]
#[command(
    after_help = "Each line: time, what happened to the list (ENTER, UPDATE, LEAVE), the ticket's number, \
status, priority, assignee and subject. A lost connection or a restarted server is
waited for; the watch then goes on where it was. Ctrl-C ends it.

The token needs the scope tickets:read. Without one, and with the desk's database at hand
(DESKWIRE_DATABASE_URL), the first admin's rights are used by a token that ends with the watch.

Examples:
  deskwire watch --queue Support
  DESKWIRE_TOKEN=dwt_… deskwire watch --queue Billing --url https://desk.example.org --json
  deskwire watch --queue Support --cursor-file support.cursor   goes on where it ended last time"
)]
pub struct WatchArgs {
    /// Name of the queue
    #[arg(long, value_name = "NAME")]
    queue: String,

    /// Begin after this place in the log, such as 4f3a9c21-1042; now when missing
    #[arg(long, value_name = "CURSOR")]
    after: Option<Cursor>,

    /// Where the desk is
    #[arg(long, env = "DESKWIRE_URL", default_value = "http://127.0.0.1:8080")]
    url: Url,

    /// File whose first line is an API token; DESKWIRE_TOKEN may hold it instead
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,

    /// Print one JSON object a line, as the graph gives it, with its cursor
    #[arg(long)]
    json: bool,

    /// Keep the place in this file: read at the start unless --after is given, written after every line
    #[arg(long, value_name = "FILE")]
    cursor_file: Option<PathBuf>,
}

pub async fn run(desk: &DeskArgs, args: WatchArgs) -> anyhow::Result<()> {
    let url = socket::socket_url(&args.url)?;
    let place = Place::open(args.after, args.cursor_file.as_deref())?;
    let mut tokens = Tokens::choose(args.token_file.as_deref(), desk).await?;
    let mut watch = Watch { args: &args, url, place, has_connected: false, pause: PAUSE };
    let outcome = tokio::select! {
        outcome = watch.keep_on(&mut tokens) => outcome,
        _ = signal::ctrl_c() => Ok(()),
    };
    tokens.end().await;
    outcome
}

struct Watch<'a> {
    args: &'a WatchArgs,
    url: Url,
    place: Place,
    has_connected: bool,
    pause: Duration,
}

/// Why one connection ended.
enum End {
    Failure(Failure),
    /// Our own side: standard output is closed, the cursor file cannot be written.
    Own(anyhow::Error),
}

impl From<Failure> for End {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<anyhow::Error> for End {
    fn from(error: anyhow::Error) -> Self {
        Self::Own(error)
    }
}

impl Watch<'_> {
    /// Connects again and again; returns only what trying again cannot mend.
    async fn keep_on(&mut self, tokens: &mut Tokens) -> anyhow::Result<()> {
        loop {
            let Err(end) = self.follow(tokens).await else { continue };
            match end {
                End::Own(error) => return Err(error),
                End::Failure(Failure::Lost(why)) if self.has_connected => self.wait(&why).await,
                End::Failure(Failure::Lost(why)) => {
                    let url = &self.args.url;
                    bail!("cannot reach {url} ({why}); is `deskwire serve` running there?")
                }
                End::Failure(Failure::Refused(why)) => {
                    if !tokens.renew().await? {
                        bail!("the token is refused ({why}); give another with --token-file");
                    }
                    self.wait("the token has ended").await;
                }
                End::Failure(Failure::Fatal(why)) => bail!(why),
            }
        }
    }

    async fn wait(&mut self, why: &str) {
        let from = self.place.describe();
        tell(format!("Connection lost ({why}); trying again, {from}."));
        // Many watchers of one server must not come back in step.
        sleep(self.pause.mul_f64(0.5 + rand::random::<f64>() / 2.0)).await;
        self.pause = (self.pause * 2).min(PAUSE_MAX);
    }

    /// One connection, from its first message to its end.
    async fn follow(&mut self, tokens: &Tokens) -> Result<(), End> {
        let mut socket = Socket::connect(&self.url, tokens.secret()).await?;
        let queue = self.queue_id(&mut socket).await?;
        let had_place = self.place.cursor().is_some();
        socket
            .subscribe(operations::WATCH, operations::variables(&queue, self.place.cursor()))
            .await?;
        if self.has_connected {
            tell(format!("Connected again, {}.", self.place.describe()));
        }
        self.has_connected = true;
        // Only the first RESYNC answers the made-up cursor of a watch that begins now.
        let mut is_beginning = !had_place;
        loop {
            let data = socket.next().await?;
            self.pause = PAUSE;
            let update = &data["queueUpdates"];
            self.show(update, std::mem::take(&mut is_beginning))?;
        }
    }

    async fn queue_id(&self, socket: &mut Socket) -> Result<String, End> {
        let data = socket.query(operations::QUEUES).await?;
        let queues = data["queues"].as_array().map(Vec::as_slice).unwrap_or_default();
        let name = |queue: &Value| queue["name"].as_str().unwrap_or_default().to_owned();
        let wanted = self.args.queue.to_lowercase();
        let found = queues.iter().find(|queue| name(queue).to_lowercase() == wanted);
        if let Some(id) = found.and_then(|queue| queue["id"].as_str()) {
            return Ok(id.to_owned());
        }
        let names = queues.iter().map(name).collect::<Vec<_>>().join(", ");
        let wanted = &self.args.queue;
        Err(End::Own(anyhow!("you see no queue {wanted:?}; you see: {names}")))
    }

    fn show(&mut self, update: &Value, is_beginning: bool) -> anyhow::Result<()> {
        let cursor = update["cursor"].as_str().and_then(|text| text.parse().ok());
        let cursor = cursor.context("the server sent an update without a cursor")?;
        if update["kind"] == "RESYNC" && is_beginning {
            tell(format!("Watching {} after {cursor}.", self.args.queue));
            return self.place.move_to(cursor);
        }
        if update["kind"] == "RESYNC" {
            tell(format!(
                "RESYNC: the place was not in this desk's log, so changes may be missing here; \
                 look at the queue itself. Continuing after {cursor}."
            ));
        }
        if self.args.json {
            line(update)?;
        } else if update["kind"] != "RESYNC" {
            line(show::line(update))?;
        }
        self.place.move_to(cursor)
    }
}
