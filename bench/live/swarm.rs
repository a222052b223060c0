//! Many sockets in one thread: connecting, greeting, reading, counting.

use anyhow::{Context, Result, bail, ensure};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use socket2::{Domain, Socket as RawSocket, Type};
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::frame;
use crate::marks;
use crate::speak::{Greeting, Side};
use crate::writers::{Writers, Writing};

/// Sockets from one source address; ports for one pair of addresses end at about 28,000.
const PER_ADDRESS: usize = 20_000;
/// Longest wait for all sockets to be connected and greeted.
const STORM: Duration = Duration::from_secs(90);
/// Changes that have not arrived after so long without any arrival are lost.
const PATIENCE: Duration = Duration::from_secs(15);
/// Time in which arrivals that nobody waits for would show.
const AFTERWARDS: Duration = Duration::from_millis(300);

/// Marks are never used again, also not for the next server: a ticket that has the subject already
/// would not change.
static NEXT_MARK: AtomicU64 = AtomicU64::new(1);

enum Stage {
    Upgrading,
    Greeting,
    Live,
    Dead,
}

struct Socket {
    stream: TcpStream,
    stage: Stage,
    greeting: Option<Greeting>,
    /// The beginning of a frame whose rest has not come yet.
    partial: Vec<u8>,
    /// A bit for each change of this phase.
    seen: Vec<u64>,
    position: u64,
}

/// How connecting went.
pub struct Storm {
    /// Until the last socket was connected and greeted.
    pub time: Duration,
    pub failed: usize,
}

/// What arrived in one phase.
#[derive(Default)]
pub struct Heard {
    /// First mark of the phase; earlier ones are not counted.
    first: u64,
    changes: u64,
    since: Option<Instant>,
    last: Option<Instant>,
    /// Mark within the phase, and microseconds since its begin.
    pub arrivals: Vec<(u32, u32)>,
    /// Arrived before.
    pub twice: u64,
    /// Arrived after something later in the log.
    pub out_of_order: u64,
}

/// Everything a phase of changes showed.
pub struct Phase {
    pub heard: Heard,
    /// Arrivals that there should be.
    pub expected: u64,
    pub writing: Writing,
    pub begin: Instant,
}

pub struct Swarm {
    poll: Poll,
    events: Events,
    sockets: Vec<Socket>,
    writers: Writers,
    part: Vec<u8>,
    heard: Heard,
    live: usize,
    /// Why the first socket that failed did.
    pub complaint: Option<String>,
    failed: usize,
}

impl Swarm {
    /// Only the writers; no socket yet.
    ///
    /// # Errors
    /// When nobody listens there.
    pub fn new(server: SocketAddr) -> Result<Self> {
        let poll = Poll::new()?;
        Ok(Self {
            writers: Writers::open(&poll, server)?,
            poll,
            events: Events::with_capacity(4096),
            sockets: Vec::new(),
            part: vec![0; 64 * 1024],
            heard: Heard::default(),
            live: 0,
            complaint: None,
            failed: 0,
        })
    }

    /// Starts all connections at once and waits until each is live or has failed.
    ///
    /// # Errors
    /// When this program runs out of sockets; what the server does wrong is counted.
    pub fn connect(
        &mut self,
        server: SocketAddr,
        side: Side,
        greetings: Vec<Option<Greeting>>,
    ) -> Result<Storm> {
        let wanted = greetings.len();
        let begin = Instant::now();
        for (number, greeting) in greetings.into_iter().enumerate() {
            let mut stream = dial(server, number).context("see `ulimit -n`")?;
            self.poll.registry().register(
                &mut stream,
                Token(number),
                Interest::READABLE | Interest::WRITABLE,
            )?;
            self.sockets.push(Socket {
                stream,
                stage: Stage::Upgrading,
                greeting,
                partial: Vec::new(),
                seen: Vec::new(),
                position: 0,
            });
        }
        let upgrade = upgrade(side);
        let mut is_sent = vec![false; wanted];
        while self.live + self.failed < wanted && begin.elapsed() < STORM {
            self.poll.poll(&mut self.events, Some(Duration::from_millis(100)))?;
            let ready: Vec<_> = self
                .events
                .iter()
                .map(|e| (e.token().0, e.is_writable(), e.is_readable()))
                .collect();
            for (number, is_writable, is_readable) in ready {
                if is_writable && number < wanted && !is_sent[number] {
                    is_sent[number] = true;
                    if let Err(error) = self.sockets[number].stream.write_all(&upgrade) {
                        self.fail(number, &error.to_string());
                    }
                }
                if is_readable && number < wanted {
                    self.read(number);
                }
            }
        }
        let failed = wanted - self.live;
        if failed > self.failed {
            self.complaint.get_or_insert_with(|| format!("no answer within {} s", STORM.as_secs()));
        }
        Ok(Storm { time: begin.elapsed(), failed })
    }

    pub fn live(&self) -> usize {
        self.live
    }

    /// Reads, and answers pings, for so long.
    ///
    /// # Errors
    /// When the poll fails.
    pub fn pass(&mut self, time: Duration) -> Result<()> {
        let until = Instant::now() + time;
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            self.turn(left)?;
        }
        Ok(())
    }

    /// Sends `changes` requests at `rate` a second and waits until each has arrived as often as
    /// `expected` says of its number in this phase.
    ///
    /// `request` makes the request of a change from its number and its mark.
    ///
    /// # Errors
    /// When the server stops answering; changes that it refuses are counted.
    pub fn write(
        &mut self,
        rate: u32,
        changes: u64,
        expected: impl Fn(u64) -> u64,
        mut request: impl FnMut(u64, u64) -> Vec<u8>,
    ) -> Result<Phase> {
        let first = NEXT_MARK.fetch_add(changes, Ordering::Relaxed);
        let all: u64 = (0..changes).map(&expected).sum();
        let begin = Instant::now();
        self.heard = Heard { first, changes, since: Some(begin), ..Heard::default() };
        for socket in &mut self.sockets {
            socket.seen.clear();
            socket.seen.resize(changes.div_ceil(64) as usize, 0);
        }
        let mut writing = Writing::new(begin, rate, changes);
        loop {
            self.writers.send_due(&mut writing, |number| request(number, first + number))?;
            self.turn(writing.pause())?;
            self.writers.collect(&mut writing)?;
            let is_written = writing.is_done();
            let arrived = self.heard.arrivals.len() as u64;
            let refused: u64 = writing.refused.iter().map(|number| expected(*number)).sum();
            if is_written && arrived >= all - refused {
                break;
            }
            let quiet = self.heard.last.or(writing.last).map_or(Duration::ZERO, |at| at.elapsed());
            if is_written && quiet > PATIENCE {
                break;
            }
            ensure!(quiet < 4 * PATIENCE, "the server has stopped answering");
        }
        self.pass(AFTERWARDS)?;
        let expected = all - writing.refused.iter().map(|number| expected(*number)).sum::<u64>();
        Ok(Phase { heard: std::mem::take(&mut self.heard), expected, writing, begin })
    }

    fn turn(&mut self, wait: Duration) -> Result<()> {
        match self.poll.poll(&mut self.events, Some(wait)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(()),
            other => other?,
        }
        let ready: Vec<usize> = self.events.iter().map(|event| event.token().0).collect();
        for number in ready {
            if number < self.sockets.len() {
                self.read(number);
            } else {
                self.writers.mark_readable(number)?;
            }
        }
        Ok(())
    }

    fn read(&mut self, number: usize) {
        if let Err(error) = self.try_read(number) {
            self.fail(number, &format!("{error:#}"));
        }
    }

    fn fail(&mut self, number: usize, why: &str) {
        let socket = &mut self.sockets[number];
        match socket.stage {
            Stage::Dead => return,
            Stage::Live => self.live -= 1,
            _ => {}
        }
        socket.stage = Stage::Dead;
        self.failed += 1;
        self.complaint.get_or_insert_with(|| why.to_owned());
        // A socket that cannot be taken off is closed and will not be heard of again.
        let _ = self.poll.registry().deregister(&mut socket.stream);
    }

    fn try_read(&mut self, number: usize) -> Result<()> {
        loop {
            let socket = &mut self.sockets[number];
            if matches!(socket.stage, Stage::Dead) {
                return Ok(());
            }
            let length = match socket.stream.read(&mut self.part) {
                Ok(0) => bail!("the server closed the socket"),
                Ok(length) => length,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            let at = Instant::now();
            let became_live = if socket.partial.is_empty() {
                let (used, live) = socket.take(&self.part[..length], at, &mut self.heard)?;
                socket.partial.extend_from_slice(&self.part[used..length]);
                live
            } else {
                let mut whole = std::mem::take(&mut socket.partial);
                whole.extend_from_slice(&self.part[..length]);
                let (used, live) = socket.take(&whole, at, &mut self.heard)?;
                socket.partial.extend_from_slice(&whole[used..]);
                live
            };
            self.live += usize::from(became_live);
            // Less than asked for: the socket is empty, and the next arrival is an event.
            if length < self.part.len() {
                return Ok(());
            }
        }
    }
}

impl Socket {
    /// Takes what is whole in `read`: how many bytes that was, and whether the socket is live now.
    fn take(&mut self, read: &[u8], at: Instant, heard: &mut Heard) -> Result<(usize, bool)> {
        let mut used = 0;
        let mut became_live = false;
        if matches!(self.stage, Stage::Upgrading) {
            let Some(end) = memchr::memmem::find(read, b"\r\n\r\n") else { return Ok((0, false)) };
            let head = String::from_utf8_lossy(&read[..end]);
            ensure!(head.starts_with("HTTP/1.1 101 "), "no upgrade: {head}");
            used = end + 4;
            self.stage = match &self.greeting {
                Some(greeting) => {
                    self.stream.write_all(&greeting.init)?;
                    Stage::Greeting
                }
                None => Stage::Live,
            };
            became_live = matches!(self.stage, Stage::Live);
        }
        while let Some(found) = frame::parse(&read[used..])? {
            let payload = &read[used..][found.payload.clone()];
            became_live |= match found.opcode {
                frame::TEXT => self.hear(payload, at, heard)?,
                frame::PING => {
                    self.stream.write_all(&frame::write(frame::PONG, payload))?;
                    false
                }
                frame::CLOSE => {
                    let code = payload.first_chunk().map(|code| u16::from_be_bytes(*code));
                    let reason = String::from_utf8_lossy(payload.get(2..).unwrap_or_default());
                    bail!("closed with {code:?} {reason}")
                }
                _ => false,
            };
            used += found.payload.end;
        }
        Ok((used, became_live))
    }

    fn hear(&mut self, text: &[u8], at: Instant, heard: &mut Heard) -> Result<bool> {
        let has = |part: &str| memchr::memmem::find(text, part.as_bytes()).is_some();
        if matches!(self.stage, Stage::Greeting) {
            ensure!(has("connection_ack"), "not greeted: {}", String::from_utf8_lossy(text));
            let greeting = self.greeting.take().context("greeted twice")?;
            self.stream.write_all(&greeting.subscribe)?;
            self.stage = Stage::Live;
            return Ok(true);
        }
        if let Some(mark) = marks::mark(text) {
            // The broadcaster has no log whose order could be kept.
            let position = marks::position(text).unwrap_or(self.position + 1);
            self.count(mark, position, at, heard);
        } else if has("\"errors\":") || has("\"type\":\"error\"") || has("\"type\":\"complete\"") {
            bail!("{}", String::from_utf8_lossy(text));
        } else if has("\"type\":\"ping\"") {
            self.stream.write_all(&frame::write(frame::TEXT, br#"{"type":"pong"}"#))?;
        }
        Ok(false)
    }

    fn count(&mut self, mark: u64, position: u64, at: Instant, heard: &mut Heard) {
        let Some(since) = heard.since else { return };
        let Some(number) = mark.checked_sub(heard.first).filter(|n| *n < heard.changes) else {
            return;
        };
        heard.out_of_order += u64::from(position <= self.position);
        self.position = self.position.max(position);
        let (word, bit) = ((number / 64) as usize, 1 << (number % 64));
        if self.seen[word] & bit != 0 {
            heard.twice += 1;
            return;
        }
        self.seen[word] |= bit;
        let micros = u32::try_from(at.duration_since(since).as_micros()).unwrap_or(u32::MAX);
        heard.arrivals.push((number as u32, micros));
        heard.last = Some(at);
    }
}

fn upgrade(side: Side) -> Vec<u8> {
    format!(
        "GET {} HTTP/1.1\r\nhost: bench\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         sec-websocket-protocol: graphql-transport-ws\r\n\r\n",
        side.path()
    )
    .into_bytes()
}

/// Begins to connect; beyond the first 20,000 sockets from further addresses of this machine.
fn dial(server: SocketAddr, number: usize) -> Result<TcpStream> {
    let socket = RawSocket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    socket.set_tcp_nodelay(true)?;
    let address = number / PER_ADDRESS;
    if address > 0 {
        let source = Ipv4Addr::new(127, 0, 0, 1 + u8::try_from(address)?);
        socket.bind(&SocketAddrV4::new(source, 0).into())?;
    }
    match socket.connect(&server.into()) {
        // EINPROGRESS has no kind of its own.
        Err(error)
            if error.kind() == ErrorKind::WouldBlock || error.raw_os_error() == Some(115) => {}
        other => other?,
    }
    Ok(TcpStream::from_std(socket.into()))
}
