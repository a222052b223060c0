//! Where the lines come from: a file or standard input, plain or compressed.

use anyhow::{Context, bail};
use async_compression::tokio::bufread::{GzipDecoder, ZstdDecoder};
use std::io::Cursor;
use std::os::fd::AsFd;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context as TaskContext, Poll};
use tokio::fs::File;
use tokio::io::{AsyncBufRead, AsyncRead, AsyncReadExt, BufReader, ReadBuf};

/// Bytes asked of the file at a time.
const BUFFER_BYTES: usize = 128 * 1024;

/// The unpacked text of a file.
pub struct Source {
    pub reader: Box<dyn AsyncBufRead + Send + Unpin>,
    /// Bytes taken from the file so far, still packed.
    pub bytes_read: Arc<AtomicU64>,
    /// Size of the file; `None` for standard input and pipes.
    pub bytes_total: Option<u64>,
}

pub fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Opens a file and looks at its first bytes to learn how it is compressed.
///
/// # Errors
/// A sentence naming the file.
pub async fn open(path: &Path) -> anyhow::Result<Source> {
    let context = || format!("cannot read {}", path.display());
    if is_stdin(path) {
        return open_stdin().await.context("cannot read standard input");
    }
    let file = File::open(path).await.with_context(context)?;
    let metadata = file.metadata().await.with_context(context)?;
    if metadata.is_dir() {
        bail!("{} is a folder; name one file of JSON lines", path.display());
    }
    let bytes_total = metadata.is_file().then_some(metadata.len());
    unpack(file, bytes_total).await.with_context(context)
}

async fn open_stdin() -> std::io::Result<Source> {
    let handle = std::io::stdin().as_fd().try_clone_to_owned()?;
    unpack(File::from_std(handle.into()), None).await
}

async fn unpack(
    file: impl AsyncRead + Send + Unpin + 'static,
    bytes_total: Option<u64>,
) -> std::io::Result<Source> {
    let bytes_read = Arc::<AtomicU64>::default();
    let mut file = Counted { inner: file, bytes: bytes_read.clone() };
    let mut magic = Vec::with_capacity(4);
    (&mut file).take(4).read_to_end(&mut magic).await?;
    let whole = BufReader::with_capacity(BUFFER_BYTES, Cursor::new(magic.clone()).chain(file));
    let reader: Box<dyn AsyncBufRead + Send + Unpin> = match magic[..] {
        [0x1f, 0x8b, ..] => {
            let mut decoder = GzipDecoder::new(whole);
            // Files that were packed in pieces and joined are common: `cat a.gz b.gz`.
            decoder.multiple_members(true);
            Box::new(BufReader::with_capacity(BUFFER_BYTES, decoder))
        }
        [0x28, 0xb5, 0x2f, 0xfd] => {
            let mut decoder = ZstdDecoder::new(whole);
            decoder.multiple_members(true);
            Box::new(BufReader::with_capacity(BUFFER_BYTES, decoder))
        }
        _ => Box::new(whole),
    };
    Ok(Source { reader, bytes_read, bytes_total })
}

/// Counts what passes through.
struct Counted<R> {
    inner: R,
    bytes: Arc<AtomicU64>,
}

impl<R: AsyncRead + Unpin> AsyncRead for Counted<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        task: &mut TaskContext<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.inner).poll_read(task, buffer);
        self.bytes.fetch_add((buffer.filled().len() - before) as u64, Ordering::Relaxed);
        polled
    }
}
