//! Just enough HTTP/1.1 to post operations over one kept connection.

use anyhow::{Context, bail, ensure};
use serde_json::Value;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Longer than the desk's own limit for one operation.
const WAIT: Duration = Duration::from_secs(13);
const COOKIE: &str = "deskwire_session=";

/// How a request says who it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// An API token.
    Token(String),
    /// The session cookie's value.
    Session(String),
}

impl Credential {
    pub fn header(&self) -> (&'static str, String) {
        match self {
            Self::Token(secret) => ("Authorization", format!("Bearer {secret}")),
            Self::Session(secret) => ("Cookie", format!("{COOKIE}{secret}")),
        }
    }
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
    /// The session a sign-in started.
    pub session: Option<String>,
}

/// A connection to one process, opened when needed.
pub struct Http {
    pub address: SocketAddr,
    stream: Option<TcpStream>,
}

impl Http {
    pub fn new(address: SocketAddr) -> Self {
        Self { address, stream: None }
    }

    /// Posts one operation.
    ///
    /// # Errors
    /// Whatever keeps the answer from coming; whether the operation was done is then unknown.
    pub async fn post(
        &mut self,
        who: Option<&Credential>,
        operation: &Value,
    ) -> anyhow::Result<Answer> {
        let stream = self.stream.take();
        let exchange = async {
            let mut stream = match stream {
                Some(stream) => stream,
                None => TcpStream::connect(self.address).await?,
            };
            stream.write_all(&request(self.address, who, operation)).await?;
            let answer = read(&mut stream).await?;
            anyhow::Ok((stream, answer))
        };
        let (stream, answer) = timeout(WAIT, exchange).await.context("no answer")??;
        self.stream = Some(stream);
        Ok(answer)
    }
}

fn request(address: SocketAddr, who: Option<&Credential>, operation: &Value) -> Vec<u8> {
    let body = operation.to_string();
    let credential = who.map_or(String::new(), |who| {
        let (name, value) = who.header();
        format!("{name}: {value}\r\n")
    });
    format!(
        "POST /graphql HTTP/1.1\r\nHost: {address}\r\n{credential}Content-Type: application/json\r\n\
         Accept: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

async fn read(stream: &mut TcpStream) -> anyhow::Result<Answer> {
    let mut bytes = Vec::new();
    let head_bytes = loop {
        ensure!(stream.read_buf(&mut bytes).await? > 0, "the connection was closed");
        if let Some(end) = bytes.windows(4).position(|part| part == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..head_bytes]).into_owned();
    let mut lines = head.lines();
    let status_line = lines.next().unwrap_or_default();
    let status = status_line.split(' ').nth(1).and_then(|code| code.parse().ok());
    let status = status.with_context(|| format!("not HTTP: {status_line:?}"))?;
    let headers: Vec<(String, &str)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim()))
        .collect();
    let header = |name: &str| headers.iter().find(|(n, _)| n == name).map(|(_, value)| *value);
    let Some(length) = header("content-length") else { bail!("no Content-Length in {head:?}") };
    let total = head_bytes + length.parse::<usize>()?;
    while bytes.len() < total {
        ensure!(stream.read_buf(&mut bytes).await? > 0, "the answer was cut off");
    }
    let body = serde_json::from_slice(&bytes[head_bytes..total]).unwrap_or(Value::Null);
    let session = header("set-cookie")
        .and_then(|cookie| cookie.strip_prefix(COOKIE))
        .and_then(|cookie| cookie.split(';').next())
        .map(str::to_owned);
    Ok(Answer { status, body, session })
}
