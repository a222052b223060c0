//! `deskwire import`: tickets from elsewhere.
//!
//! A reader task unpacks, splits and checks lines and hands over batches; the writer stores one
//! batch in one transaction while the next is being read. At most a few batches are in memory,
//! however long the file or a line of it is. What cannot be imported is put aside with its reason
//! and the rest goes on.

mod batch;
mod check;
mod lines;
mod names;
mod progress;
mod rejections;
mod source;
mod write;

use anyhow::bail;
use clap::{Args, Subcommand, ValueEnum};
use deskwire_domain::Actor;
use deskwire_domain::tickets::{Status, import_target};
use std::path::PathBuf;
use std::time::Instant;
use tokio::sync::mpsc;

use super::open::{explain, open};
use super::output::{line, tell};
use crate::config::DeskArgs;
use check::Checks;
use progress::Progress;
use rejections::Rejections;
use write::Writer;

/// Batches that wait for the writer; with the one being read and the one being written at most four
/// are in memory.
const BATCHES_AHEAD: usize = 2;

#[derive(Debug, Subcommand)]
pub enum ImportVerb {
    /// Import tickets from a file of JSON lines, plain, gzip or zstd
    Tickets(TicketsArgs),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Labels {
    /// Category and priority were given by people: keep them, train on them
    Keep,
    /// Leave category and priority to the model, which suggests them
    Ignore,
}

#[derive(Debug, Args)]
#[command(after_help = "One JSON object a line:
  id                 identity in the other system; importing it again creates nothing
  subject, body      at least one of them; the body is plain text
  category           created when the desk does not have it
  priority           low, normal, high, urgent, or another system's word such as blocker
  created_at         RFC 3339; UTC without a zone; now when missing
  requester_email    found, or created as a customer
  requester_name     used when the customer is created
Only id and one of subject and body are needed. Unknown keys are errors.

Lines that cannot be imported are left out and the rest goes on. They are copied unchanged to
FILE.rejected, which can be mended and imported again; FILE.rejected.reasons has one line for
each, the line number in FILE and the reason, with a tab between. For standard input the two are
import.rejected and import.rejected.reasons. A run without rejected lines removes them.

Exit status: 0 all lines imported or already there, 1 some were rejected or the import stopped,
2 wrong usage. Running the same import again continues where it stopped.

Examples:
  deskwire import tickets old-desk.jsonl.gz --source zendesk --queue Support
  deskwire import tickets archive.jsonl.zst --labels keep --status closed
  deskwire import tickets intents.jsonl --no-category out_of_scope
  mysql … | ./to-jsonl | deskwire import tickets - --labels ignore")]
pub struct TicketsArgs {
    /// File to read; `-` is standard input. Compression is recognised by the content
    file: PathBuf,

    /// The other system's name; ids are unique within it
    #[arg(long, default_value = "import", value_parser = source_name)]
    source: String,

    /// Queue the tickets go to; the default queue when missing
    #[arg(long, value_name = "NAME")]
    queue: Option<String>,

    /// What to do with category and priority
    #[arg(long, value_enum, default_value = "keep")]
    labels: Labels,

    /// Status the tickets get: open, pending, solved or closed
    #[arg(long, default_value = "open")]
    status: Status,

    /// A category label that means "none of the categories"; repeat for more
    #[arg(long, value_name = "LABEL")]
    no_category: Vec<String>,

    /// Most tickets in one transaction
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u16).range(1..=2000))]
    batch: u16,

    /// Where rejected lines go; PATH.reasons gets the reasons
    #[arg(long, value_name = "PATH")]
    rejected: Option<PathBuf>,

    /// Show no progress, only the result
    #[arg(long)]
    quiet: bool,
}

fn source_name(text: &str) -> Result<String, String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if text.is_empty() || text.len() > 32 || !text.chars().all(is_plain) {
        return Err("must be 1 to 32 letters, digits, dots, dashes and underscores".into());
    }
    if ["web", "api", "email"].contains(&text) {
        return Err(format!("{text:?} is one of the desk's own channels; choose another name"));
    }
    Ok(text.to_owned())
}

impl TicketsArgs {
    fn rejected_path(&self) -> PathBuf {
        let beside = if source::is_stdin(&self.file) { "import".into() } else { self.file.clone() };
        self.rejected.clone().unwrap_or_else(|| {
            let mut path = beside.into_os_string();
            path.push(".rejected");
            path.into()
        })
    }
}

pub async fn run(desk: &DeskArgs, ImportVerb::Tickets(args): ImportVerb) -> anyhow::Result<()> {
    let file = source::open(&args.file).await?;
    let desk = open(desk).await?;
    let mut conn = desk.conn().await.map_err(explain)?;
    let queue = import_target(&mut conn, &Actor::system(), args.queue.as_deref()).await;
    let queue = queue.map_err(explain)?;
    drop(conn);

    let started = Instant::now();
    let progress = Progress::start(&file, args.quiet);
    let checks = Checks { labels: args.labels, no_category: args.no_category.clone() };
    let (sender, batches) = mpsc::channel(BATCHES_AHEAD);
    let reader = tokio::spawn(batch::read(file, checks, usize::from(args.batch), sender));
    let writer = Writer::new(desk, &args, queue, progress.clone());
    let mut rejections = Rejections::new(args.rejected_path());
    let written = write_all(writer, batches, &mut rejections, &progress).await;
    progress.finish();
    let totals = written?;
    reader.await?;
    report(&args, totals, rejections, started)
}

/// What became of the file as a whole.
#[derive(Default)]
struct Totals {
    created: usize,
    skipped: usize,
    /// Why reading ended early.
    stopped: Option<String>,
}

async fn write_all(
    mut writer: Writer,
    mut batches: mpsc::Receiver<batch::Batch>,
    rejections: &mut Rejections,
    progress: &Progress,
) -> anyhow::Result<Totals> {
    let mut totals = Totals::default();
    while let Some(mut batch) = batches.recv().await {
        let outcome = writer.write(&mut batch).await?;
        totals.created += outcome.created;
        totals.skipped += outcome.skipped;
        totals.stopped = batch.stopped.take();
        rejections.add(batch.rejected)?;
        progress.show(totals.created, totals.skipped, rejections.count());
    }
    writer.finish().await?;
    Ok(totals)
}

fn report(
    args: &TicketsArgs,
    totals: Totals,
    rejections: Rejections,
    started: Instant,
) -> anyhow::Result<()> {
    let seconds = started.elapsed().as_secs_f64();
    let rate = totals.created as f64 / seconds.max(0.001);
    let (count, path) = (rejections.count(), rejections.path().to_owned());
    rejections.finish()?;
    line(format!(
        "Created {}, skipped {} already there, rejected {count}, in {seconds:.1} s: {rate:.0} tickets/s.",
        totals.created, totals.skipped
    ))?;
    if totals.created + totals.skipped + count == 0 && totals.stopped.is_none() {
        tell("The file has no lines.");
    }
    if let Some(why) = totals.stopped {
        bail!("{} cannot be read to its end: {why}", args.file.display());
    }
    if count > 0 {
        let path = path.display();
        let lines =
            if count == 1 { "1 line was".to_owned() } else { format!("{count} lines were") };
        bail!("{lines} rejected and copied to {path}; the reasons are in {path}.reasons");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_plain_names_and_not_the_desks_own() {
        for (name, ok) in [
            ("zendesk", true),
            ("old.desk-2_b", true),
            ("", false),
            ("a b", false),
            ("x@y", false),
            ("email", false),
            (&"x".repeat(33), false),
        ] {
            assert_eq!(source_name(name).is_ok(), ok, "{name:?}");
        }
    }
}
