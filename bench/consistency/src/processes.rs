//! Child processes that can be killed, paused and started again.

use anyhow::Context;
use rustix::process::{Pid, Signal, kill_process};
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use tokio::process::{Child, Command};

/// How to start a program again and again in the same way.
#[derive(Debug, Clone)]
pub struct Recipe {
    pub name: String,
    pub program: PathBuf,
    pub args: Vec<String>,
    pub env: Vec<(String, String)>,
    /// Standard output and error are appended here.
    pub log: PathBuf,
}

/// A process; it is killed when this is dropped.
pub struct Process {
    pub recipe: Recipe,
    child: Option<Child>,
}

impl Process {
    /// # Errors
    /// When the program cannot be started.
    pub fn start(recipe: Recipe) -> anyhow::Result<Self> {
        let mut process = Self { recipe, child: None };
        process.start_again()?;
        Ok(process)
    }

    fn start_again(&mut self) -> anyhow::Result<()> {
        self.child = Some(self.recipe.command()?.kill_on_drop(true).spawn()?);
        Ok(())
    }

    /// # Errors
    /// When the program cannot be started.
    pub fn start_if_gone(&mut self) -> anyhow::Result<()> {
        if self.child.is_none() { self.start_again() } else { Ok(()) }
    }

    pub fn id(&self) -> Option<u32> {
        self.child.as_ref().and_then(Child::id)
    }

    /// `kill -9`; returns when it is gone.
    pub async fn kill(&mut self) {
        self.end(Signal::KILL).await;
    }

    /// Asks it to stop; returns when it is gone.
    pub async fn terminate(&mut self) {
        self.end(Signal::TERM).await;
    }

    pub fn pause(&self) {
        self.signal(Signal::STOP);
    }

    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    /// How it ended, if it did and nobody here asked for it.
    pub fn ended_by_itself(&mut self) -> Option<ExitStatus> {
        self.child.as_mut()?.try_wait().ok()?
    }

    async fn end(&mut self, signal: Signal) {
        self.signal(signal);
        if let Some(mut child) = self.child.take() {
            let _ = child.wait().await;
        }
    }

    fn signal(&self, signal: Signal) {
        let id = self.id().and_then(|id| Pid::from_raw(id as i32));
        if let Some(id) = id {
            let _ = kill_process(id, signal);
        }
    }
}

impl Recipe {
    fn command(&self) -> anyhow::Result<Command> {
        let log = OpenOptions::new().create(true).append(true).open(&self.log)?;
        let mut command = Command::new(&self.program);
        command
            .args(&self.args)
            .envs(self.env.iter().cloned())
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        Ok(command)
    }

    /// Runs it once to its end.
    ///
    /// # Errors
    /// When it fails; the text ends with what it wrote.
    pub async fn run(&self) -> anyhow::Result<()> {
        let status = self.command()?.status().await.with_context(|| self.program_text())?;
        anyhow::ensure!(status.success(), "{} failed:\n{}", self.program_text(), self.last_lines());
        Ok(())
    }

    pub fn last_lines(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }

    fn program_text(&self) -> String {
        format!("{} {}", self.program.display(), self.args.first().map_or("", String::as_str))
    }
}

/// The first of these programs on the `PATH` or where packages put servers.
pub fn find_program(names: &[&str]) -> Option<PathBuf> {
    const PLACES: &[&str] = &[
        "/usr/sbin",
        "/usr/local/sbin",
        "/usr/local/bin",
        "/opt/homebrew/bin",
        "/opt/homebrew/opt/mariadb/bin",
        "/opt/homebrew/opt/mysql/bin",
        "/usr/local/opt/mariadb/bin",
        "/usr/local/opt/mysql/bin",
    ];
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places: Vec<PathBuf> =
        std::env::split_paths(&path).chain(PLACES.iter().map(PathBuf::from)).collect();
    names.iter().find_map(|name| {
        places
            .iter()
            .map(|place: &PathBuf| place.join(name))
            .find(|file: &PathBuf| is_program(file))
    })
}

fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}
