//! The reader task: lines in, batches of checked lines out.

use tokio::sync::mpsc;

use super::check::{CheckedLine, Checks};
use super::lines::{LINE_MAX_BYTES, Lines, Piece};
use super::source::Source;

/// A batch is handed over when its lines have this many bytes, whatever their number: servers
/// refuse statements over `max_allowed_packet`, 16 MiB by default.
const BATCH_MAX_BYTES: usize = 4 * 1024 * 1024;

/// Consecutive lines of the file.
#[derive(Debug, Default)]
pub struct Batch {
    pub lines: Vec<CheckedLine>,
    /// In line order.
    pub rejected: Vec<Rejected>,
    /// Why reading ends with this batch, before the file's end.
    pub stopped: Option<String>,
    bytes: usize,
}

/// A line, or a part of one, that is not imported.
#[derive(Debug)]
pub struct Rejected {
    pub number: u64,
    pub original: Vec<u8>,
    /// `None`: a part of a long line; the next one goes on and the last one has the reason.
    pub reason: Option<String>,
}

/// Reads to the end, or until nobody wants more.
pub async fn read(source: Source, checks: Checks, size: usize, batches: mpsc::Sender<Batch>) {
    let mut lines = Lines::new(source.reader, LINE_MAX_BYTES);
    let mut batch = Batch::default();
    let mut number = 1;
    loop {
        match lines.next().await {
            Ok(Some(piece)) => {
                let ends_line = !matches!(piece, Piece::Part(_));
                batch.take(&checks, number, piece);
                number += u64::from(ends_line);
            }
            Ok(None) => break,
            Err(error) => {
                batch.stop(number, lines.rest(), &error);
                break;
            }
        }
        if batch.is_full(size) && batches.send(std::mem::take(&mut batch)).await.is_err() {
            return;
        }
    }
    // The writer may have given up; it then says why.
    let _ = batches.send(batch).await;
}

impl Batch {
    fn take(&mut self, checks: &Checks, number: u64, piece: Piece) {
        match piece {
            Piece::Line(bytes) => self.take_line(checks, number, bytes),
            Piece::Part(bytes) => self.reject(number, bytes, None),
            Piece::LastPart(bytes) => {
                let reason = format!("longer than {} MiB", LINE_MAX_BYTES / 1024 / 1024);
                self.reject(number, bytes, Some(reason));
            }
        }
    }

    fn take_line(&mut self, checks: &Checks, number: u64, mut bytes: Vec<u8>) {
        const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
        if number == 1 && bytes.starts_with(BYTE_ORDER_MARK) {
            bytes.drain(..BYTE_ORDER_MARK.len());
        }
        if bytes.trim_ascii().is_empty() {
            return;
        }
        self.bytes += bytes.len();
        match checks.check(number, bytes.clone()) {
            Ok(line) => self.lines.push(line),
            Err(reason) => self.reject(number, bytes, Some(reason)),
        }
    }

    fn reject(&mut self, number: u64, original: Vec<u8>, reason: Option<String>) {
        self.bytes += original.len();
        self.rejected.push(Rejected { number, original, reason });
    }

    fn stop(&mut self, number: u64, rest: Vec<u8>, error: &std::io::Error) {
        if !rest.is_empty() {
            self.reject(number, rest, Some(format!("the file breaks off in this line: {error}")));
        }
        self.stopped = Some(error.to_string());
    }

    fn is_full(&self, size: usize) -> bool {
        self.lines.len() >= size || self.rejected.len() >= size || self.bytes >= BATCH_MAX_BYTES
    }
}
