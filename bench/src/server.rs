//! The servers that are measured: started as children, watched through `/proc`.

use anyhow::{Context, Result, bail, ensure};
use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::http;

/// `/proc/PID/stat` counts processor time in hundredths of a second on every Linux.
const TICK: Duration = Duration::from_millis(10);
/// Longest wait for a server to answer after its start.
const START: Duration = Duration::from_secs(30);

/// A server under measurement; killed when dropped.
pub struct Server {
    pub name: &'static str,
    pub address: SocketAddr,
    child: Child,
}

impl Server {
    /// Starts `program ARGS… --listen ADDRESS` with its messages in `logs/NAME.log`, and waits until
    /// `GET /livez` answers.
    ///
    /// # Errors
    /// A sentence naming the log when the server ends or does not answer.
    pub fn start(name: &'static str, program: &Path, args: &[&str], logs: &Path) -> Result<Self> {
        let log = logs.join(format!("{name}.log"));
        let file = File::options().create(true).append(true).open(&log);
        let file = file.with_context(|| format!("cannot write {}", log.display()))?;
        let address = free_address()?;
        let child = Command::new(program)
            .args(args)
            .args(["--listen", &address.to_string()])
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let mut server = Self { name, address, child };
        let until = Instant::now() + START;
        while http::get(address, "/livez", None).is_err() {
            if server.child.try_wait()?.is_some() || Instant::now() > until {
                bail!("{name} does not answer; see {}", log.display());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }

    /// What the process has used so far.
    ///
    /// # Errors
    /// When the process has ended.
    pub fn usage(&self) -> Result<Usage> {
        Usage::of(self.child.id()).with_context(|| format!("{} is gone", self.name))
    }

    /// Waits until the process has been idle for two seconds; `pass` passes the time meanwhile.
    ///
    /// # Errors
    /// When it ends, or is still busy after two minutes; those of `pass`.
    pub fn wait_until_idle(&self, mut pass: impl FnMut(Duration) -> Result<()>) -> Result<()> {
        let until = Instant::now() + Duration::from_secs(120);
        let mut quiet = 0;
        let mut before = self.usage()?;
        while quiet < 4 {
            ensure!(Instant::now() < until, "{} does not come to rest", self.name);
            pass(Duration::from_millis(500))?;
            let now = self.usage()?;
            quiet = if now.cpu - before.cpu <= 3 * TICK { quiet + 1 } else { 0 };
            before = now;
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, which whoever measured has noticed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Processor time and memory of one process.
#[derive(Debug, Clone, Copy, Default)]
pub struct Usage {
    /// User and system time since the process began, all threads.
    pub cpu: Duration,
    /// Resident memory now.
    pub rss_bytes: u64,
}

impl Usage {
    /// # Errors
    /// When there is no such process.
    pub fn of(pid: u32) -> Result<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
        // The second field is the program's name in brackets and may hold spaces.
        let (_, fields) = stat.rsplit_once(") ").context("/proc/PID/stat is not as expected")?;
        let fields: Vec<&str> = fields.split(' ').collect();
        let ticks = fields[11].parse::<u32>()? + fields[12].parse::<u32>()?;
        let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
        let rss = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = rss.and_then(|rest| rest.trim().strip_suffix(" kB")).context("no VmRSS")?;
        Ok(Self { cpu: TICK * ticks, rss_bytes: kib.parse::<u64>()? * 1024 })
    }

    /// This program itself.
    ///
    /// # Errors
    /// Where there is no `/proc`.
    pub fn own() -> Result<Self> {
        Self::of(std::process::id()).context("this needs Linux's /proc")
    }
}

/// An address of this machine on which nobody listens.
///
/// # Errors
/// When there is none.
pub fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
