//! One run, from an empty folder to the report.

use anyhow::{Context, ensure};
use chrono::Utc;
use serde_json::json;
use std::collections::HashMap;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::process::Command;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::check::{self, Violation};
use crate::desk::{Graph, World, email};
use crate::dice::Dice;
use crate::faults::{self, Done, Processes};
use crate::ids::Id;
use crate::model::{Log, Rights, expected};
use crate::plan::{ADMIN, Options, Plan};
use crate::processes::{Process, Recipe};
use crate::servers::{Database, Redis, Scratch};
use crate::subscriber::{self, Phase, Subscriber};
use crate::suggestions;
use crate::tickets::Tickets;
use crate::trace::Trace;
use crate::writer::{Writer, Writes};

/// How long watchers may take to catch up once nothing is written any more.
const CATCH_UP: Duration = Duration::from_secs(60);
/// How long is waited for what should not come.
const TOO_MANY: Duration = Duration::from_millis(1500);
const PROGRESS: Duration = Duration::from_secs(5);

/// What a run found.
#[derive(Debug)]
pub struct Report {
    pub seed: u64,
    pub violations: Vec<Violation>,
    /// How much was done, for people.
    pub summary: String,
    /// Where trace, logs and perhaps the data are; `None` if nothing was kept.
    pub kept: Option<PathBuf>,
}

impl Report {
    pub fn is_clean(&self) -> bool {
        self.violations.is_empty()
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        /// More say no more.
        const MOST: usize = 25;
        for violation in self.violations.iter().take(MOST) {
            writeln!(f, "{violation}\n")?;
        }
        if let Some(more) = self.violations.len().checked_sub(MOST).filter(|more| *more > 0) {
            writeln!(f, "… and {more} more\n")?;
        }
        writeln!(f, "{}", self.summary)?;
        if let Some(kept) = &self.kept {
            writeln!(f, "trace and logs: {}", kept.display())?;
        }
        match self.violations.len() {
            0 => write!(f, "consistent; seed {}", self.seed),
            count => write!(f, "{count} violations; seed {}", self.seed),
        }
    }
}

/// Runs once and reports; prints its progress.
///
/// # Errors
/// When servers or programs cannot be started, or the desk cannot be filled: nothing was checked.
pub async fn run(options: Options) -> anyhow::Result<Report> {
    println!("seed {}", options.seed);
    let scratch = Scratch::create()?;
    let trace = Trace::create(&scratch.path("trace.txt"))?;
    let outcome = Run::start(options.clone(), &scratch, &trace).await;
    let outcome = match outcome {
        Ok(run) => run.finish().await,
        Err(error) => Err(error),
    };
    trace.flush();
    let is_clean = outcome.as_ref().is_ok_and(|(violations, _)| violations.is_empty());
    let kept = tidy(&scratch, is_clean, options.keep);
    let (violations, summary) = match outcome {
        Ok(outcome) => outcome,
        Err(error) => return Err(error.context(format!("logs: {}", scratch.folder.display()))),
    };
    Ok(Report { seed: options.seed, violations, summary, kept })
}

/// Trace and logs are kept when something was found, the data too if that is wanted.
fn tidy(scratch: &Scratch, is_clean: bool, keep: bool) -> Option<PathBuf> {
    // Without these files nobody takes the folder for one left behind.
    for name in ["owner.pid", "database.pid", "redis.pid"] {
        let _ = std::fs::remove_file(scratch.path(name));
    }
    if is_clean && !keep {
        let _ = std::fs::remove_dir_all(&scratch.folder);
        return None;
    }
    if !keep {
        let _ = std::fs::remove_dir_all(scratch.path("data"));
    }
    Some(scratch.folder.clone())
}

struct Run {
    plan: Plan,
    scratch: Scratch,
    trace: Trace,
    processes: Processes,
    world: Arc<World>,
    tickets: Tickets,
    writes: Writes,
    done: Done,
    subscribers: Vec<Arc<Subscriber>>,
    started: Instant,
}

impl Run {
    async fn start(options: Options, scratch: &Scratch, trace: &Trace) -> anyhow::Result<Self> {
        ensure!((1..=3).contains(&options.api_processes), "--api-processes must be 1, 2 or 3");
        ensure!(options.program.is_file(), "there is no {}", options.program.display());
        let plan = Plan::new(options);
        for fault in &plan.faults {
            trace.line("plan", format!("at {:?}: {fault}", fault.at));
        }
        let database = Database::start(scratch).await?;
        let redis = Redis::start(scratch)?;
        let env = [
            ("DESKWIRE_DATABASE_URL".to_owned(), database.url()),
            ("DESKWIRE_REDIS_URL".to_owned(), redis.url()),
            ("DESKWIRE_CHANNEL".to_owned(), "consistency".to_owned()),
            ("RUST_LOG".to_owned(), "info".to_owned()),
        ];
        let admin_token = admin_token(&plan, &env).await?;
        let mut dice = Dice::new(u64::from(std::process::id()), "ports", 0);
        let mut apis = Vec::new();
        let mut addresses = Vec::new();
        for number in 0..plan.options.api_processes {
            let address = free_address(&mut dice)?;
            let recipe = Recipe {
                name: format!("api-{number}"),
                program: plan.options.program.clone(),
                args: ["serve", "--listen", &address.to_string()].map(str::to_owned).to_vec(),
                env: env.to_vec(),
                log: scratch.log(&format!("api-{number}")),
            };
            apis.push(Arc::new(Mutex::new(Process::start(recipe)?)));
            addresses.push(address);
        }
        let tickets = Tickets::default();
        let mut world = World::fill(&plan, addresses, admin_token, &tickets).await?;
        let worker = match &plan.options.ml_program {
            Some(program) => {
                let worker = suggestions::start(scratch, program, &env, plan.options.seed).await?;
                Some(Arc::new(Mutex::new(worker)))
            }
            None => None,
        };
        world.started_at = Utc::now();
        let world = Arc::new(world);
        let numbers = 0..plan.subscribers.len();
        let subscribers = numbers.map(|number| Subscriber::new(&plan, number, &world)).collect();
        let redis = Arc::new(Mutex::new(redis));
        let database = Arc::new(Mutex::new(database));
        let run = Self {
            processes: Processes { apis, worker, redis, database },
            scratch: scratch.clone(),
            trace: trace.clone(),
            tickets,
            writes: Writes::default(),
            done: Done::default(),
            subscribers,
            started: Instant::now(),
            world,
            plan,
        };
        for who in &run.subscribers {
            run.trace.line("plan", who);
        }
        Ok(run)
    }

    async fn finish(self) -> anyhow::Result<(Vec<Violation>, String)> {
        let (phase, _) = watch::channel(Phase::Running);
        let watchers = self.watch(&phase);
        let reporting = tokio::spawn(progress(
            self.started,
            self.writes.clone(),
            self.done.clone(),
            self.subscribers.clone(),
        ));
        let written = self.write_and_suffer().await;
        reporting.abort();
        written?;
        phase.send_replace(Phase::Settling);
        let fallen = check::processes::check(&self.processes, &self.scratch.path("log")).await?;
        self.heal().await?;
        let database = self.processes.database.lock().await;
        let mut conn = database.connection().await?;
        let log = quiet_log(&mut conn).await?;
        let rights = self.rights(&mut conn).await?;
        self.wait_for_watchers(&mut conn, &log, &rights).await?;
        sleep(TOO_MANY).await;
        phase.send_replace(Phase::Ended);
        watchers.join_all().await;
        self.trace.line("run", "watchers have ended; checking");

        let mut found = fallen;
        let log = Log::read(&mut conn).await?;
        let steady = self.steady(&rights);
        found.extend(check::log::check(&mut conn, &log, &steady).await?);
        let writes = self.writes.all();
        found.extend(check::writes::check(&mut conn, &log, &self.world, &writes).await?);
        for who in &self.subscribers {
            let rights = &rights[&who.account.id];
            found.extend(check::streams::check(who, &log, rights, &self.world));
            let views = check::views::check(&mut conn, who, &log, rights, &self.world);
            found.extend(views.await?);
        }
        for violation in &found {
            self.trace.line("found", violation);
        }
        let summary = format!(
            "{} in {:.0} s; {} events in the log",
            state(&self.writes, &self.done, &self.subscribers),
            self.started.elapsed().as_secs_f64(),
            log.events.len()
        );
        Ok((found, summary))
    }

    fn watch(&self, phase: &watch::Sender<Phase>) -> JoinSet<()> {
        let mut watchers = JoinSet::new();
        for (number, who) in self.subscribers.iter().enumerate() {
            watchers.spawn(subscriber::run(
                who.clone(),
                self.plan.acts(number),
                self.world.clone(),
                phase.subscribe(),
                self.trace.clone(),
            ));
        }
        watchers
    }

    /// Returns when all writers have stopped, with an answer to whatever they repeat, and
    /// everything runs again.
    async fn write_and_suffer(&self) -> anyhow::Result<()> {
        let end = Instant::now() + self.plan.options.duration;
        let mut writers = JoinSet::new();
        for number in 0..self.plan.options.writers {
            let writer = Writer {
                number,
                world: self.world.clone(),
                tickets: self.tickets.clone(),
                writes: self.writes.clone(),
                trace: self.trace.clone(),
            };
            writers.spawn(writer.run(self.plan.steps(number), end));
        }
        let faults = faults::run(
            self.plan.faults.clone(),
            self.processes.clone(),
            self.done.clone(),
            self.trace.clone(),
        );
        let (faults, _) = tokio::join!(faults, writers.join_all());
        self.trace.line("run", "writers have stopped, faults are over");
        faults
    }

    /// Gives people back the roles they began with, so that their filters are theirs again, and
    /// stops the worker.
    async fn heal(&self) -> anyhow::Result<()> {
        let admin = &self.world.people[ADMIN];
        let mut graph = Graph::new(self.world.apis[0], admin.token.clone());
        for account in self.world.changing.iter().filter(|account| account.turns) {
            let input = json!({
                "id": account.id.public("user"), "role": account.role.graph(), "active": true,
            });
            let until = Instant::now() + Duration::from_secs(20);
            while let Err(error) = graph.mutate("updateUser", "user { id }", input.clone()).await {
                ensure!(Instant::now() < until, "{error:#}");
                sleep(Duration::from_millis(200)).await;
            }
        }
        if let Some(worker) = &self.processes.worker {
            worker.lock().await.terminate().await;
        }
        Ok(())
    }

    async fn rights(&self, conn: &mut mysql_async::Conn) -> anyhow::Result<HashMap<Id, Rights>> {
        let mut all = HashMap::new();
        for account in &self.world.people {
            all.insert(account.id, Rights::read(conn, account.id).await?);
        }
        Ok(all)
    }

    fn steady(&self, rights: &HashMap<Id, Rights>) -> HashMap<Id, Rights> {
        let people = self.world.people.iter().filter(|account| account.never_changes);
        people.map(|account| (account.id, rights[&account.id].clone())).collect()
    }

    /// Waits until every watcher has what it should have; those that never get it are found by the
    /// checks.
    async fn wait_for_watchers(
        &self,
        conn: &mut mysql_async::Conn,
        log: &Log,
        rights: &HashMap<Id, Rights>,
    ) -> anyhow::Result<()> {
        let until = Instant::now() + CATCH_UP;
        for who in &self.subscribers {
            let (name, account, filter) = (&who.name, &who.account, &who.plan.filter);
            let rights = &rights[&account.id];
            let stored = check::views::in_database(conn, who, rights, &self.world).await?;
            let wanted = expected(log, filter, rights, &self.world);
            let end = wanted.last().map_or(0, |item| item.position);
            let is_there = || match who.is_foretold() {
                true => who.last().0 >= end,
                false => who.view(log) == stored,
            };
            while !is_there() {
                if Instant::now() > until {
                    self.trace.line("run", format!("{name} does not catch up"));
                    break;
                }
                sleep(Duration::from_millis(100)).await;
            }
        }
        Ok(())
    }
}

/// The first person, from the command line, like anybody who sets up a desk.
async fn admin_token(plan: &Plan, env: &[(String, String)]) -> anyhow::Result<String> {
    let run = async |args: &[&str]| {
        let mut command = Command::new(&plan.options.program);
        command.args(args).envs(env.iter().cloned()).env("RUST_LOG", "warn");
        let output = command.kill_on_drop(true).output().await.context("the program")?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(output.status.success(), "deskwire {} failed: {said}", args.join(" "));
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    run(&["migrate"]).await?;
    let admin = &plan.people.all[ADMIN];
    let email = email(admin);
    let person = ["--email", &email, "--name", &admin.name, "--role", "admin", "--no-password"];
    run(&[&["user", "create"], &person[..]].concat()).await?;
    let mut args = vec!["token", "create", "--email", &email, "--name", "checker"];
    for scope in ["tickets:read", "tickets:write", "users:read", "users:write", "admin"] {
        args.extend(["--scope", scope]);
    }
    run(&args).await
}

/// Outside the range from which the system takes ports by itself, so that nothing else gets it
/// while its process is away.
fn free_address(dice: &mut Dice) -> anyhow::Result<SocketAddr> {
    for _ in 0..100 {
        let port = 20_000 + dice.below(10_000) as u16;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        if TcpListener::bind(address).is_ok() {
            return Ok(address);
        }
    }
    anyhow::bail!("no free port was found")
}

/// The log once every event has its position and no more are written.
async fn quiet_log(conn: &mut mysql_async::Conn) -> anyhow::Result<Log> {
    let until = Instant::now() + CATCH_UP;
    let mut last = None;
    loop {
        let log = Log::read(conn).await?;
        let is_numbered = log.events.iter().all(|event| event.position.is_some());
        let length = Some(log.events.len());
        if (is_numbered && last == length) || Instant::now() > until {
            return Ok(log);
        }
        last = length;
        sleep(Duration::from_millis(500)).await;
    }
}

async fn progress(started: Instant, writes: Writes, done: Done, subscribers: Vec<Arc<Subscriber>>) {
    loop {
        sleep(PROGRESS).await;
        println!("{:4} s  {}", started.elapsed().as_secs(), state(&writes, &done, &subscribers));
    }
}

fn state(writes: &Writes, done: &Done, subscribers: &[Arc<Subscriber>]) -> String {
    let (all, acknowledged, refused) = writes.counts();
    let items: usize = subscribers.iter().map(|who| who.items()).sum();
    format!(
        "{all} writes ({acknowledged} acknowledged, {refused} refused), {items} items to {} \
         subscribers, {} faults",
        subscribers.len(),
        done.count()
    )
}
