//! Clients of other makers, unmodified, against the program: the audit of GraphQL over HTTP, graphql-ws
//! for Node, gql for Python. Where Node or Python is not installed, or their packages cannot be
//! fetched, a test says so and passes.

use deskwire_domain::actor::Scope;
use deskwire_domain::testing::{TestDatabase, team};
use deskwire_domain::tokens::{self, TokenDraft};
use deskwire_domain::users::{self, UserChange};
use deskwire_domain::{Actor, users::User};
use secrecy::ExposeSecret;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients");
const PASSWORD: &str = "a long password";
/// Longest time for one script.
const DEADLINE: Duration = Duration::from_secs(120);

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_of_graphql_over_http_finds_nothing() {
    let Some(node) = node().await else { return };
    let desk = Served::start().await;
    desk.passes(Command::new("node").arg(node.join("audit.mjs")).arg(&desk.url)).await;
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn graphql_ws_subscribes_resumes_and_is_refused() {
    let Some(node) = node().await else { return };
    let desk = Served::start().await;
    desk.passes(Command::new("node").arg(node.join("live.mjs"))).await;
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sockets_are_closed_as_the_protocol_says() {
    let Some(node) = node().await else { return };
    let desk = Served::start().await;
    desk.passes(Command::new("node").arg(node.join("protocol.mjs"))).await;
    desk.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pythons_gql_subscribes_resumes_and_is_refused() {
    let Some(python) = python().await else { return };
    let desk = Served::start().await;
    desk.passes(Command::new(python).arg(format!("{SCRIPTS}/live.py"))).await;
    desk.finish().await;
}

/// The program on a port of its own, with an agent who has a token and a password.
struct Served {
    db: TestDatabase,
    program: Child,
    url: String,
    token: String,
    agent: User,
}

impl Served {
    async fn start() -> Self {
        let db = TestDatabase::create().await;
        let mut conn = db.conn().await;
        let user_id = team(&mut conn).await.agent.user().expect("a user");
        let change =
            UserChange { password: Some(PASSWORD.to_owned().into()), ..Default::default() };
        let agent = users::update(&mut conn, &Actor::system(), user_id, change).await;
        let (name, scopes) = ("clients".to_owned(), Scope::ALL.to_vec());
        let draft = TokenDraft { user_id, name, scopes, expires_at: None };
        let made = tokens::create(&mut conn, &Actor::system(), draft).await;
        drop(conn);
        let mut program = Command::new(env!("CARGO_BIN_EXE_deskwire"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .env("DESKWIRE_DATABASE_URL", &db.config.database_url)
            .env("DESKWIRE_REDIS_URL", &db.config.redis_url)
            .env("DESKWIRE_CHANNEL", &db.config.channel)
            .env("RUST_LOG", "deskwire_api::cli::serve=info")
            .env("NO_COLOR", "1")
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the program starts");
        let mut log = BufReader::new(program.stderr.take().expect("piped")).lines();
        let address = loop {
            let line = log.next_line().await.expect("text").expect("the program serves");
            if let Some((_, address)) = line.split_once("address=") {
                break address.split(' ').next().unwrap_or_default().to_owned();
            }
        };
        // Read on, so that the program never waits for somebody to do so.
        tokio::spawn(async move { while let Ok(Some(_)) = log.next_line().await {} });
        let token = made.expect("a valid token").1.expose_secret().to_owned();
        let url = format!("http://{address}/graphql");
        Self { db, program, url, token, agent: agent.expect("a good password") }
    }

    /// Runs a script, which must end well.
    async fn passes(&self, script: &mut Command) {
        script
            .env("DESK_URL", &self.url)
            .env("DESK_TOKEN", &self.token)
            .env("DESK_EMAIL", &self.agent.email)
            .env("DESK_PASSWORD", PASSWORD)
            .kill_on_drop(true);
        let output = timeout(DEADLINE, script.output()).await.expect("the script ends in time");
        let output = output.expect("the script starts");
        println!("{}", said(&output));
        assert!(output.status.success(), "{}", said(&output));
    }

    async fn finish(mut self) {
        self.program.kill().await.expect("the program runs");
        self.db.finish().await;
    }
}

/// The folder with the scripts and their packages.
async fn node() -> Option<PathBuf> {
    let version = first_line("node", &["--version"]).await;
    if version.as_deref().is_none_or(|text| major(text.trim_start_matches('v')) < 20)
        || first_line("npm", &["--version"]).await.is_none()
    {
        println!("skipped: needs Node 20 or newer and npm, found {version:?}");
        return None;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients-node");
    let _lock = lock(&folder);
    for entry in fs::read_dir(SCRIPTS).expect("the scripts are there") {
        let from = entry.expect("a file").path();
        // Written anew only when it differs: another test may be reading it.
        let (to, text) =
            (folder.join(from.file_name().expect("a name")), fs::read(&from).expect("a file"));
        if fs::read(&to).ok().as_ref() != Some(&text) {
            fs::write(to, text).expect("the build's folder is writable");
        }
    }
    let wanted = fs::read(folder.join("package-lock.json")).expect("it was copied");
    let mut install = Command::new("npm");
    install.args(["ci", "--no-audit", "--no-fund", "--fetch-retries=1"]).current_dir(&folder);
    install_once(&folder, &wanted, &mut [install]).await.then_some(folder)
}

/// A Python that has the packages.
async fn python() -> Option<PathBuf> {
    let version = first_line("python3", &["--version"]).await;
    let minor = version.as_deref().and_then(|text| text.split('.').nth(1));
    if minor.is_none_or(|minor| major(minor) < 10) {
        println!("skipped: needs Python 3.10 or newer, found {version:?}");
        return None;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients-python");
    let _lock = lock(&folder);
    let mut venv = Command::new("python3");
    venv.args(["-m", "venv", "--clear"]).arg(folder.join("venv"));
    let python = folder.join("venv/bin/python");
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", "--retries", "1", "--requirement"]);
    install.arg(format!("{SCRIPTS}/requirements.txt"));
    let wanted = fs::read(format!("{SCRIPTS}/requirements.txt")).expect("it is there");
    install_once(&folder, &wanted, &mut [venv, install]).await.then_some(python)
}

/// Tests are processes of their own: one installs, the others wait.
fn lock(folder: &Path) -> File {
    fs::create_dir_all(folder).expect("the build's folder is writable");
    let file = File::create(folder.join("lock")).expect("the build's folder is writable");
    file.lock().expect("files can be locked");
    file
}

/// Runs these unless they were run for the same list of packages. False: the packages cannot be
/// fetched from here.
async fn install_once(folder: &Path, wanted: &[u8], steps: &mut [Command]) -> bool {
    let stamp = folder.join("installed");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return true;
    }
    for step in steps {
        let output = timeout(DEADLINE, step.kill_on_drop(true).output()).await;
        let Ok(output) = output else {
            println!("skipped: the packages were not fetched within {DEADLINE:?}");
            return false;
        };
        let output = output.expect("the installer starts");
        if !output.status.success() {
            let said = said(&output);
            assert!(lacks_network(&said), "the packages cannot be installed: {said}");
            println!("skipped: {said}");
            return false;
        }
    }
    fs::write(stamp, wanted).expect("the build's folder is writable");
    true
}

/// What npm and pip say without a way to their registry, and Python without its `venv` package.
fn lacks_network(said: &str) -> bool {
    const SIGNS: [&str; 13] = [
        "ENOTFOUND",
        "EAI_AGAIN",
        "ECONNREFUSED",
        "ECONNRESET",
        "ENETUNREACH",
        "EHOSTUNREACH",
        "ETIMEDOUT",
        "ERR_SOCKET_TIMEOUT",
        "NewConnectionError",
        "NameResolutionError",
        "ConnectTimeoutError",
        "ProxyError",
        "ensurepip is not",
    ];
    SIGNS.iter().any(|sign| said.contains(sign))
}

async fn first_line(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).output().await.ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    output.status.success().then_some(text)
}

fn major(version: &str) -> u32 {
    version.split('.').next().and_then(|number| number.parse().ok()).unwrap_or_default()
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    format!("{}\n{}", text(&output.stdout), text(&output.stderr))
}
