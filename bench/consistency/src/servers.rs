//! A private database and Redis, on Unix sockets in a scratch folder.

use anyhow::{Context, ensure};
use mysql_async::prelude::Queryable;
use mysql_async::{Conn, OptsBuilder};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::{Instant, sleep};

use crate::processes::{Process, Recipe, find_program};

/// Longest wait for a server to answer after it was started.
const START: Duration = Duration::from_secs(90);

/// Where everything of one run lies. The names are those of `./dev test`, whose next run removes
/// what a killed one left behind.
#[derive(Debug, Clone)]
pub struct Scratch {
    pub folder: PathBuf,
}

impl Scratch {
    /// In memory where at least 1 GB is free, and with a short path, because sockets need one.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn create() -> anyhow::Result<Self> {
        let parent = if free_kb("/dev/shm") > 1024 * 1024 {
            PathBuf::from("/dev/shm")
        } else {
            std::env::temp_dir()
        };
        let folder = parent.join(format!("deskwire-test.c{}", std::process::id()));
        std::fs::create_dir_all(folder.join("log"))?;
        std::fs::write(folder.join("owner.pid"), format!("{}\nconsistency\n", std::process::id()))?;
        Ok(Self { folder })
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub fn log(&self, name: &str) -> PathBuf {
        self.folder.join("log").join(format!("{name}.log"))
    }

    fn note_pid(&self, name: &str, process: &Process, mark: &str) -> std::io::Result<()> {
        let id = process.id().unwrap_or_default();
        std::fs::write(self.path(&format!("{name}.pid")), format!("{id}\n{mark}\n"))
    }
}

fn free_kb(folder: &str) -> u64 {
    let free = || rustix::fs::statvfs(folder).ok().map(|fs| fs.f_bavail * fs.f_frsize / 1024);
    free().unwrap_or(0)
}

/// Whether the machine has the servers a run needs.
pub fn are_installed() -> bool {
    database_program().is_some() && redis_program().is_some()
}

/// MariaDB from 10.11 or MySQL from 8.4.
fn database_program() -> Option<PathBuf> {
    let is_new_enough = |program: &PathBuf| {
        let output =
            std::process::Command::new(program).args(["--no-defaults", "--version"]).output();
        output.is_ok_and(|output| is_supported(&String::from_utf8_lossy(&output.stdout)))
    };
    ["mariadbd", "mysqld"].iter().filter_map(|name| find_program(&[name])).find(is_new_enough)
}

fn is_supported(version: &str) -> bool {
    let number = version.split_once("Ver ").map_or("", |(_, number)| number);
    let mut parts = number.split(['.', '-', ' ']).map_while(|part| part.parse::<u32>().ok());
    let at_least = if version.contains("MariaDB") { (10, 11) } else { (8, 4) };
    parts.next().zip(parts.next()).is_some_and(|number| number >= at_least)
}

/// Debian's redis-tools has the server under the name of its checking tool.
fn redis_program() -> Option<PathBuf> {
    find_program(&["redis-server", "valkey-server", "redis-check-rdb", "valkey-check-rdb"])
}

pub struct Database {
    pub process: Process,
    socket: PathBuf,
    scratch: Scratch,
}

impl Database {
    /// Makes a data folder and starts a server on it, with an empty database `desk`.
    ///
    /// # Errors
    /// When a program is missing or fails.
    pub async fn start(scratch: &Scratch) -> anyhow::Result<Self> {
        let program = database_program().context("no MariaDB 10.11+ or MySQL 8.4+ was found")?;
        let data = scratch.path("data");
        let is_mariadb = version(&program).await?.contains("MariaDB");
        init(&program, is_mariadb, &data, scratch).await?;
        let socket = scratch.path("db.sock");
        let mut args = vec![
            "--no-defaults".into(),
            format!("--user={}", user().await?),
            format!("--datadir={}", data.display()),
            format!("--socket={}", socket.display()),
            format!("--pid-file={}", data.join("server.pid").display()),
            "--skip-networking".into(),
            "--skip-log-bin".into(),
            "--character-set-server=utf8mb4".into(),
            "--collation-server=utf8mb4_unicode_ci".into(),
            "--innodb-buffer-pool-size=128M".into(),
            // What is acknowledged must survive kill -9.
            "--innodb-flush-log-at-trx-commit=1".into(),
            "--max-connections=300".into(),
            "--performance-schema=OFF".into(),
        ];
        args.push(if is_mariadb { "--skip-name-resolve" } else { "--mysqlx=OFF" }.into());
        let recipe = Recipe {
            name: "database".into(),
            program,
            args,
            env: Vec::new(),
            log: scratch.log("database"),
        };
        let process = Process::start(recipe)?;
        let database = Self { process, socket, scratch: scratch.clone() };
        database.note_pid()?;
        let mut conn = database.connect("").await?;
        conn.query_drop("CREATE DATABASE desk CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")
            .await?;
        Ok(database)
    }

    fn note_pid(&self) -> anyhow::Result<()> {
        let mark = format!("--datadir={}", self.scratch.path("data").display());
        Ok(self.scratch.note_pid("database", &self.process, &mark)?)
    }

    /// # Errors
    /// When the program cannot be started.
    pub fn start_if_gone(&mut self) -> anyhow::Result<()> {
        self.process.start_if_gone()?;
        self.note_pid()
    }

    pub fn url(&self) -> String {
        format!("mysql://root@localhost/desk?socket={}", self.socket.display())
    }

    /// A connection to the desk's database, waiting for the server if need be.
    ///
    /// # Errors
    /// When the server does not answer in time.
    pub async fn connection(&self) -> anyhow::Result<Conn> {
        self.connect("desk").await
    }

    async fn connect(&self, database: &str) -> anyhow::Result<Conn> {
        let options = OptsBuilder::default()
            .socket(Some(self.socket.display().to_string()))
            .user(Some("root"))
            .db_name(Some(database).filter(|name| !name.is_empty()));
        let until = Instant::now() + START;
        loop {
            match Conn::new(options.clone()).await {
                Ok(conn) => return Ok(conn),
                Err(error) if Instant::now() > until => {
                    let log = self.process.recipe.last_lines();
                    return Err(error).context(format!("the database does not answer:\n{log}"));
                }
                Err(_) => sleep(Duration::from_millis(100)).await,
            }
        }
    }
}

async fn init(
    server: &Path,
    is_mariadb: bool,
    data: &Path,
    scratch: &Scratch,
) -> anyhow::Result<()> {
    let data = format!("--datadir={}", data.display());
    let (program, args) = if is_mariadb {
        let installer = find_program(&["mariadb-install-db", "mysql_install_db"]);
        let args =
            ["--no-defaults", &data, "--auth-root-authentication-method=normal", "--skip-test-db"];
        (installer.context("mariadb-install-db is missing")?, args.map(str::to_owned).to_vec())
    } else {
        let user = format!("--user={}", user().await?);
        let args = ["--no-defaults", &user, "--initialize-insecure", &data];
        (server.to_owned(), args.map(str::to_owned).to_vec())
    };
    let log = scratch.log("init");
    Recipe { name: "init".into(), program, args, env: Vec::new(), log }.run().await
}

async fn version(server: &Path) -> anyhow::Result<String> {
    output(server, &["--no-defaults", "--version"]).await
}

/// Both servers refuse to run as root unless told by name.
async fn user() -> anyhow::Result<String> {
    output(Path::new("id"), &["-un"]).await
}

async fn output(program: &Path, args: &[&str]) -> anyhow::Result<String> {
    let output = tokio::process::Command::new(program).args(args).output().await?;
    ensure!(output.status.success(), "{} {args:?} failed", program.display());
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

pub struct Redis {
    pub process: Process,
    socket: PathBuf,
    scratch: Scratch,
}

impl Redis {
    /// It keeps nothing: Redis wakes and counts, the database remembers.
    ///
    /// # Errors
    /// When the program is missing or cannot be started.
    pub fn start(scratch: &Scratch) -> anyhow::Result<Self> {
        let found = redis_program().context("no redis-server or valkey-server was found")?;
        let name = found.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let program = if name.ends_with("-check-rdb") {
            // The name it is called by decides what it does.
            let link = scratch.path(&name.replace("-check-rdb", "-server"));
            std::os::unix::fs::symlink(&found, &link)?;
            link
        } else {
            found
        };
        let socket = scratch.path("redis.sock");
        let (socket_text, folder) =
            (socket.display().to_string(), scratch.folder.display().to_string());
        let args = [
            "--port",
            "0",
            "--unixsocket",
            &socket_text,
            "--unixsocketperm",
            "700",
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
            &folder,
        ];
        let recipe = Recipe {
            name: "redis".into(),
            program,
            args: args.map(str::to_owned).to_vec(),
            env: Vec::new(),
            log: scratch.log("redis"),
        };
        let process = Process::start(recipe)?;
        let redis = Self { process, socket, scratch: scratch.clone() };
        redis.note_pid()?;
        Ok(redis)
    }

    fn note_pid(&self) -> anyhow::Result<()> {
        let mark = self.socket.display().to_string();
        Ok(self.scratch.note_pid("redis", &self.process, &mark)?)
    }

    /// # Errors
    /// When the program cannot be started.
    pub fn start_if_gone(&mut self) -> anyhow::Result<()> {
        self.process.start_if_gone()?;
        self.note_pid()
    }

    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_servers_are_left_alone() {
        for (version, supported) in [
            ("mariadbd  Ver 10.11.14-MariaDB-0+deb12u2 for debian-linux-gnu", true),
            ("mariadbd  Ver 11.4.2-MariaDB", true),
            ("mariadbd  Ver 10.6.18-MariaDB", false),
            ("mysqld  Ver 8.4.3 for Linux on x86_64", true),
            ("mysqld  Ver 8.0.36 for Linux on x86_64", false),
            ("something else", false),
        ] {
            assert_eq!(is_supported(version), supported, "{version}");
        }
    }
}
