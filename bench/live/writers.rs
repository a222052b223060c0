//! Changes at a steady rate over a few connections.

use anyhow::{Context, Result, bail};
use deskwire_bench::http;
use mio::net::TcpStream;
use mio::{Interest, Poll, Token};
use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// Connections; changes that are under way at once.
const WRITERS: usize = 16;
/// Tokens of writers begin here, far above those of sockets.
const FIRST_TOKEN: usize = 1 << 24;
/// A change that is sent so much after its time counts as late.
const LATE: Duration = Duration::from_millis(20);
/// Longest sleep, so that a stopped server is noticed.
const PAUSE: Duration = Duration::from_millis(100);

pub struct Writers(Vec<Writer>);

struct Writer {
    stream: TcpStream,
    read: Vec<u8>,
    /// The change under way.
    change: Option<usize>,
    is_readable: bool,
}

/// The times of one phase's changes.
pub struct Writing {
    begin: Instant,
    between: Duration,
    changes: usize,
    pub sent: Vec<Instant>,
    /// When the writer had its answer; in the order of `sent`.
    pub answered: Vec<Option<Instant>>,
    pub last: Option<Instant>,
    /// Changes that the server did not make, by number; nobody can get them.
    pub refused: Vec<u64>,
    /// What it said to the first of them.
    pub complaint: Option<String>,
    /// Changes sent after their time, because all writers waited or this program was slow.
    pub late: u64,
}

impl Writing {
    pub fn new(begin: Instant, rate: u32, changes: u64) -> Self {
        Self {
            begin,
            between: Duration::from_secs(1) / rate,
            changes: changes as usize,
            sent: Vec::new(),
            answered: vec![None; changes as usize],
            last: Some(begin),
            refused: Vec::new(),
            complaint: None,
            late: 0,
        }
    }

    pub fn is_done(&self) -> bool {
        self.sent.len() == self.changes && self.answered.iter().all(Option::is_some)
    }

    fn due(&self) -> Option<Instant> {
        (self.sent.len() < self.changes).then(|| self.begin + self.between * self.sent.len() as u32)
    }

    /// Until the next change is due.
    pub fn pause(&self) -> Duration {
        let left = self.due().map(|due| due.saturating_duration_since(Instant::now()));
        // A due change that could not be sent waits for an answer, which is an event.
        left.filter(|left| !left.is_zero()).unwrap_or(PAUSE).min(PAUSE)
    }
}

impl Writers {
    pub fn open(poll: &Poll, server: SocketAddr) -> Result<Self> {
        let open = |number| -> Result<Writer> {
            let stream = std::net::TcpStream::connect(server)?;
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            let mut stream = TcpStream::from_std(stream);
            poll.registry().register(
                &mut stream,
                Token(FIRST_TOKEN + number),
                Interest::READABLE,
            )?;
            Ok(Writer { stream, read: Vec::new(), change: None, is_readable: false })
        };
        (0..WRITERS).map(open).collect::<Result<_>>().map(Self)
    }

    pub fn mark_readable(&mut self, token: usize) -> Result<()> {
        let writer = token.checked_sub(FIRST_TOKEN).and_then(|number| self.0.get_mut(number));
        writer.context("an event of nobody")?.is_readable = true;
        Ok(())
    }

    pub fn send_due(
        &mut self,
        writing: &mut Writing,
        mut request: impl FnMut(u64) -> Vec<u8>,
    ) -> Result<()> {
        while let Some(due) = writing.due().filter(|due| *due <= Instant::now()) {
            let Some(writer) = self.0.iter_mut().find(|writer| writer.change.is_none()) else {
                break;
            };
            let number = writing.sent.len();
            let bytes = request(number as u64);
            let now = Instant::now();
            writer.stream.write_all(&bytes).context("a change did not go out whole")?;
            writer.change = Some(number);
            writing.late += u64::from(now - due > LATE);
            writing.sent.push(now);
        }
        Ok(())
    }

    /// Reads the answers that have come.
    pub fn collect(&mut self, writing: &mut Writing) -> Result<()> {
        for writer in self.0.iter_mut().filter(|writer| writer.is_readable) {
            writer.is_readable = false;
            if !writer.receive()? {
                continue;
            }
            let Some(answer) = http::parse(&writer.read)? else { continue };
            let change = writer.change.take().context("an answer without a request")?;
            let body = &writer.read[answer.body];
            let is_done = memchr::memmem::find(body, b"\"errors\":[]").is_some();
            if answer.status != 200 || !is_done {
                writing.refused.push(change as u64);
                writing.complaint.get_or_insert_with(|| http::beginning(body));
            }
            writer.read.clear();
            let now = Instant::now();
            writing.answered[change] = Some(now);
            writing.last = Some(now);
        }
        Ok(())
    }
}

impl Writer {
    fn receive(&mut self) -> Result<bool> {
        let mut part = [0; 4096];
        let mut any = false;
        loop {
            match self.stream.read(&mut part) {
                Ok(0) => bail!("the server closed a writer's connection"),
                Ok(length) => self.read.extend_from_slice(&part[..length]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(any),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            }
            any = true;
        }
    }
}
