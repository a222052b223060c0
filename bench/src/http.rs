//! HTTP/1.1 as a load generator needs it: kept-alive connections, known lengths, few cycles.

use anyhow::{Context, Result, anyhow, bail, ensure};
use mio::net::TcpStream as Stream;
use mio::{Events, Interest, Poll, Token};
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::ops::Range;
use std::time::{Duration, Instant};

use crate::server::{Server, Usage};
use crate::times::Times;

/// Longest wait for an answer before the run is given up.
const ANSWER: Duration = Duration::from_secs(60);

/// Writes a request with a JSON body into `out`.
pub fn post(out: &mut Vec<u8>, path: &str, secret: &str, body: &str) {
    out.extend_from_slice(b"POST ");
    out.extend_from_slice(path.as_bytes());
    out.extend_from_slice(b" HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer ");
    out.extend_from_slice(secret.as_bytes());
    out.extend_from_slice(b"\r\ncontent-type: application/json\r\ncontent-length: ");
    out.extend_from_slice(body.len().to_string().as_bytes());
    out.extend_from_slice(b"\r\n\r\n");
    out.extend_from_slice(body.as_bytes());
}

/// Writes a request without a body into `out`.
pub fn get_request(out: &mut Vec<u8>, path: &str, secret: Option<&str>) {
    out.extend_from_slice(b"GET ");
    out.extend_from_slice(path.as_bytes());
    out.extend_from_slice(b" HTTP/1.1\r\nhost: bench\r\n");
    if let Some(secret) = secret {
        out.extend_from_slice(b"authorization: Bearer ");
        out.extend_from_slice(secret.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"\r\n");
}

/// Where a whole answer lies in what was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub body: Range<usize>,
}

/// Finds the answer at the start of `read`; `None` while a part is missing.
///
/// # Errors
/// When it is not HTTP, or has no `content-length`.
pub fn parse(read: &[u8]) -> Result<Option<Answer>> {
    let Some(head_end) = memchr::memmem::find(read, b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(&read[..head_end])?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 ")?.get(..3));
    let status = status.and_then(|digits| digits.parse().ok()).context("not an HTTP answer")?;
    let length = lines.find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let start = head_end + 4;
    let end = start + length.with_context(|| format!("answer without a length: {head}"))?;
    Ok((read.len() >= end).then_some(Answer { status, body: start..end }))
}

/// One kept-alive connection that waits for each answer.
pub struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Connection {
    /// # Errors
    /// When nobody listens there.
    pub fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(ANSWER))?;
        Ok(Self { stream, read: Vec::new() })
    }

    /// Sends a request and returns the body of its answer.
    ///
    /// # Errors
    /// When the connection ends, or the status is not 200.
    pub fn call(&mut self, request: &[u8]) -> Result<&[u8]> {
        self.stream.write_all(request)?;
        self.read.clear();
        let mut part = [0; 16 * 1024];
        loop {
            let length = self.stream.read(&mut part)?;
            ensure!(length > 0, "the server closed the connection");
            self.read.extend_from_slice(&part[..length]);
            if let Some(answer) = parse(&self.read)? {
                let body = &self.read[answer.body];
                ensure!(answer.status == 200, "status {}: {}", answer.status, beginning(body));
                return Ok(body);
            }
        }
    }
}

/// One GET; the body of the answer.
///
/// # Errors
/// As [`Connection::open`] and [`Connection::call`].
pub fn get(address: SocketAddr, path: &str, secret: Option<&str>) -> Result<Vec<u8>> {
    let mut request = Vec::new();
    get_request(&mut request, path, secret);
    Ok(Connection::open(address)?.call(&request)?.to_vec())
}

/// As much of a body as a message needs.
pub fn beginning(body: &[u8]) -> String {
    String::from_utf8_lossy(&body[..body.len().min(500)]).into_owned()
}

/// What one round of [`closed_loop`] measured.
#[derive(Debug, Clone, Default)]
pub struct Round {
    pub times: Times,
    pub wall: Duration,
    /// The server's processor time.
    pub server_cpu: Duration,
    /// The load generator's own processor time.
    pub own_cpu: Duration,
    /// The database server's processor time; zero when it is not watched.
    pub database_cpu: Duration,
    /// Answers that were not what was asked for; their times are not among `times`.
    pub wrong: u64,
    /// The first of them.
    pub complaint: Option<String>,
}

/// How a round runs.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    pub connections: usize,
    /// Answers of this first part are not counted.
    pub warm_up: Duration,
    pub time: Duration,
    pub database_pid: Option<u32>,
}

/// Keeps `connections` busy: each sends its next request as soon as it has the answer to the last.
///
/// `make` writes a request, `check` sees the body of every answer with status 200.
///
/// # Errors
/// A connection that ends, no answer for a minute, or answers of which every tenth is wrong.
pub fn closed_loop(
    server: &Server,
    load: Load,
    mut make: impl FnMut(&mut Vec<u8>),
    mut check: impl FnMut(&[u8]) -> Result<()>,
) -> Result<Round> {
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(load.connections);
    let mut busy = Vec::new();
    for number in 0..load.connections {
        let mut stream = Stream::from_std(connected(server.address)?);
        poll.registry().register(&mut stream, Token(number), Interest::READABLE)?;
        let mut connection = Busy { stream, out: Vec::new(), read: Vec::new(), at: Instant::now() };
        connection.send(&mut make)?;
        busy.push(connection);
    }
    let snapshot = || -> Result<[Duration; 3]> {
        let database = load.database_pid.map(Usage::of).transpose()?.unwrap_or_default();
        Ok([server.usage()?.cpu, Usage::own()?.cpu, database.cpu])
    };
    let begin = Instant::now() + load.warm_up;
    let mut before = None;
    let mut part = vec![0; 64 * 1024];
    let mut times = Times::default();
    let (mut wrong, mut complaint) = (0, None);
    let mut measured = None;
    let mut under_way = load.connections;
    while under_way > 0 {
        poll.poll(&mut events, Some(ANSWER))?;
        ensure!(!events.is_empty(), "{} has stopped answering", server.name);
        let now = Instant::now();
        if before.is_none() && now >= begin {
            before = Some((now, snapshot()?));
        }
        for event in &events {
            let connection = &mut busy[event.token().0];
            if !connection.receive(&mut part)? {
                continue;
            }
            let Some(answer) = parse(&connection.read)? else { continue };
            let time = connection.at.elapsed();
            let body = &connection.read[answer.body];
            let verdict = match answer.status {
                200 => check(body),
                other => Err(anyhow!("status {other}")),
            };
            if let Err(error) = verdict {
                wrong += 1;
                complaint.get_or_insert_with(|| format!("{error:#}: {}", beginning(body)));
                let is_hopeless = wrong > 10 && wrong > times.len() as u64 / 10;
                ensure!(!is_hopeless, "{} answers wrongly: {complaint:?}", server.name);
            } else if before.is_some() && measured.is_none() {
                times.add(time);
            }
            if measured.is_none() {
                connection.send(&mut make)?;
            } else {
                under_way -= 1;
            }
        }
        if let Some((start, cpu)) = before
            && measured.is_none()
            && start.elapsed() >= load.time
        {
            let after = snapshot()?;
            measured = Some((start.elapsed(), [0, 1, 2].map(|index| after[index] - cpu[index])));
        }
    }
    // Every request has its answer: what a server does for a client that has gone would fall into
    // the next round.
    let (wall, [server_cpu, own_cpu, database_cpu]) = measured.context("no time was measured")?;
    Ok(Round { times, wall, server_cpu, own_cpu, database_cpu, wrong, complaint })
}

fn connected(address: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_nonblocking(true)?;
    Ok(stream)
}

struct Busy {
    stream: Stream,
    out: Vec<u8>,
    read: Vec<u8>,
    at: Instant,
}

impl Busy {
    /// Requests are small and the socket's buffer is empty then: they go out whole.
    fn send(&mut self, make: &mut impl FnMut(&mut Vec<u8>)) -> Result<()> {
        self.out.clear();
        self.read.clear();
        make(&mut self.out);
        self.at = Instant::now();
        self.stream.write_all(&self.out).context("a request did not go out whole")
    }

    /// Reads what is there; `false` when there was nothing.
    fn receive(&mut self, part: &mut [u8]) -> Result<bool> {
        let mut any = false;
        loop {
            match self.stream.read(part) {
                Ok(0) => bail!("the server closed a connection"),
                Ok(length) => {
                    self.read.extend_from_slice(&part[..length]);
                    any = true;
                    // Less than asked for: the socket is empty, and the next arrival is an event.
                    if length < part.len() {
                        return Ok(true);
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(any),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_found_once_it_is_whole() {
        let whole = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
        for cut in 0..whole.len() {
            assert_eq!(parse(&whole[..cut]).unwrap(), None, "{cut} bytes");
        }
        let answer = parse(whole).unwrap().unwrap();
        assert_eq!((answer.status, &whole[answer.body]), (200, &b"hello"[..]));
    }

    #[test]
    fn what_has_no_length_is_refused() {
        assert!(parse(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
        assert!(parse(b"SSH-2.0\r\n\r\n").is_err());
    }
}
