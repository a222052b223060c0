//! A Redis of a test's own, to be killed and started again.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// A server on a Unix socket, without persistence; it is killed when dropped.
pub struct RedisServer {
    folder: PathBuf,
    child: Option<Child>,
}

impl RedisServer {
    /// Needs `redis-server` or `valkey-server` on the `PATH`.
    pub async fn start() -> Self {
        // A socket's path may have about a hundred bytes.
        let name = format!("deskwire-redis-{}", uuid::Uuid::now_v7().simple());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir(&folder).expect("temporary folders may be made");
        let mut server = Self { folder, child: None };
        server.restart().await;
        server
    }

    pub fn url(&self) -> String {
        format!("redis+unix://{}", self.socket().display())
    }

    /// Ends it as `kill -9` does; connections break and everything is forgotten.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("it can be killed");
            child.wait().expect("it has ended");
        }
        let _ = std::fs::remove_file(self.socket());
    }

    /// Starts it, empty, and waits until it answers.
    pub async fn restart(&mut self) {
        self.kill();
        self.child = Some(self.spawn());
        let client = redis::Client::open(self.url()).expect("a URL");
        let answers = async {
            while client.get_multiplexed_async_connection().await.is_err() {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(Duration::from_secs(20), answers).await.expect("Redis starts");
    }

    /// How often clients sent this command since the start.
    pub async fn calls(&self, command: &str) -> u64 {
        let client = redis::Client::open(self.url()).expect("a URL");
        let mut redis = client.get_multiplexed_async_connection().await.expect("it answers");
        let stats: String =
            redis::cmd("INFO").arg("commandstats").query_async(&mut redis).await.expect("a text");
        let line = format!("cmdstat_{command}:calls=");
        let found = stats.lines().find_map(|text| text.strip_prefix(&line));
        found.and_then(|rest| rest.split(',').next()?.parse().ok()).unwrap_or(0)
    }

    fn socket(&self) -> PathBuf {
        self.folder.join("redis.sock")
    }

    fn spawn(&self) -> Child {
        let start = |program: &str| {
            Command::new(program)
                .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"])
                .arg(self.socket())
                .current_dir(&self.folder)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
        };
        start("redis-server").or_else(|_| start("valkey-server")).expect("Redis is installed")
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
