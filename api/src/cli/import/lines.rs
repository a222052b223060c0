//! Lines of a file of unknown shape, in bounded memory.

use tokio::io::{AsyncBufRead, AsyncBufReadExt};

/// Longest line that is read as one: a body of the largest size, every character escaped.
pub const LINE_MAX_BYTES: usize = 2 * 1024 * 1024;

#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    /// A whole line without its line end.
    Line(Vec<u8>),
    /// The next part of a line that is too long to be kept.
    Part(Vec<u8>),
    /// The last part of such a line.
    LastPart(Vec<u8>),
}

pub struct Lines<R> {
    reader: R,
    kept: Vec<u8>,
    is_oversized: bool,
    max_bytes: usize,
}

impl<R: AsyncBufRead + Unpin> Lines<R> {
    pub fn new(reader: R, max_bytes: usize) -> Self {
        Self { reader, kept: Vec::new(), is_oversized: false, max_bytes }
    }

    /// The next piece; `None` at the end. A last line without a line end is a line.
    ///
    /// # Errors
    /// Whatever the file says; [`Lines::rest`] then has what was read of the line.
    pub async fn next(&mut self) -> std::io::Result<Option<Piece>> {
        loop {
            let chunk = self.reader.fill_buf().await?;
            if chunk.is_empty() {
                let has_more = !self.kept.is_empty() || self.is_oversized;
                return Ok(has_more.then(|| self.end_line()));
            }
            let end = chunk.iter().position(|byte| *byte == b'\n');
            self.kept.extend_from_slice(&chunk[..end.unwrap_or(chunk.len())]);
            let taken = end.map_or(chunk.len(), |at| at + 1);
            self.reader.consume(taken);
            if end.is_some() {
                return Ok(Some(self.end_line()));
            }
            if self.kept.len() > self.max_bytes {
                self.is_oversized = true;
                return Ok(Some(Piece::Part(std::mem::take(&mut self.kept))));
            }
        }
    }

    /// What was read of a line whose end could not be.
    pub fn rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.kept)
    }

    fn end_line(&mut self) -> Piece {
        let bytes = std::mem::take(&mut self.kept);
        if std::mem::take(&mut self.is_oversized) {
            Piece::LastPart(bytes)
        } else {
            Piece::Line(bytes)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::BufReader;

    async fn pieces(text: &str, max_bytes: usize) -> Vec<Piece> {
        let mut lines = Lines::new(BufReader::with_capacity(4, text.as_bytes()), max_bytes);
        let mut all = Vec::new();
        while let Some(piece) = lines.next().await.unwrap() {
            all.push(piece);
        }
        all
    }

    #[tokio::test]
    async fn lines_end_at_line_ends_and_at_the_end() {
        let line = |text: &str| Piece::Line(text.into());
        assert_eq!(pieces("", 9).await, []);
        assert_eq!(pieces("a\n", 9).await, [line("a")]);
        assert_eq!(pieces("ab\n\ncdefg", 9).await, [line("ab"), line(""), line("cdefg")]);
    }

    #[tokio::test]
    async fn a_line_that_is_too_long_comes_in_parts() {
        let parts = pieces("0123456789abc\nx\n", 6).await;
        let whole: Vec<u8> = parts
            .iter()
            .filter_map(|piece| match piece {
                Piece::Part(bytes) | Piece::LastPart(bytes) => Some(bytes.clone()),
                Piece::Line(_) => None,
            })
            .flatten()
            .collect();
        assert_eq!(whole, b"0123456789abc");
        assert!(matches!(parts[parts.len() - 2], Piece::LastPart(_)), "{parts:?}");
        assert_eq!(parts.last(), Some(&Piece::Line(b"x".to_vec())));
    }
}
