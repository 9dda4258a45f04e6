//! Whole lines to a byte stream: what is ready at the same time goes out in one write.

use std::io;
use std::sync::{Mutex as Momentary, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

/// A buffer that many answers at once have blown up is given back above this size.
const KEPT: usize = 64 * 1024;
/// How long a line may wait for others: the time in which some four answers are made.
const PATIENCE: Duration = Duration::from_micros(200);

/// Writes lines in the order in which they were put.
pub(super) struct Writer<W> {
    /// Lines that nobody has begun to write.
    // std mutex: held for one copy, never across an await.
    ready: Momentary<Ready>,
    stream: Mutex<Stream<W>>,
    /// Cancelled when the other side has stopped reading for good.
    gone: CancellationToken,
}

/// Lines that wait, and since when the first of them does.
#[derive(Default)]
struct Ready {
    bytes: Vec<u8>,
    since: Option<Instant>,
}

/// The stream, with what is being written: who writes may be dropped at any time, and the next one goes on.
struct Stream<W> {
    inner: W,
    bytes: Vec<u8>,
    written: usize,
}

impl<W: AsyncWrite + Unpin> Writer<W> {
    pub(super) fn new(inner: W) -> Self {
        let stream = Mutex::new(Stream { inner, bytes: Vec::new(), written: 0 });
        Self { ready: Momentary::default(), stream, gone: CancellationToken::new() }
    }

    /// Cancelled when the other side has stopped reading for good.
    pub(super) fn gone(&self) -> &CancellationToken {
        &self.gone
    }

    /// Puts a line among those to be written; [`Writer::drain`] writes it. Whether others may join it first: where many
    /// answers are ready at once, the first must not wait for the last.
    pub(super) fn put(&self, line: &[u8]) -> bool {
        let mut ready = self.ready();
        ready.bytes.reserve(line.len() + 1);
        ready.bytes.extend_from_slice(line);
        ready.bytes.push(b'\n');
        ready.since.get_or_insert_with(Instant::now).elapsed() < PATIENCE
    }

    /// Returns when every line that was put before is written.
    ///
    /// # Errors
    /// When the other side has stopped reading.
    pub(super) async fn drain(&self) -> io::Result<()> {
        let mut stream = self.stream.lock().await;
        let drained = async {
            while stream.has_more(|bytes| self.take(bytes)) {
                stream.step().await?;
            }
            stream.inner.flush().await
        };
        let drained = drained.await;
        if drained.is_err() {
            self.gone.cancel();
        }
        drained
    }

    /// Writes one line.
    ///
    /// # Errors
    /// When the other side has stopped reading.
    pub(super) async fn write(&self, line: &[u8]) -> io::Result<()> {
        self.put(line);
        self.drain().await
    }

    /// Ends the stream.
    ///
    /// # Errors
    /// When it cannot be ended.
    pub(super) async fn close(&self) -> io::Result<()> {
        self.stream.lock().await.inner.shutdown().await
    }

    /// Changes an empty buffer for the lines that wait.
    fn take(&self, bytes: &mut Vec<u8>) {
        let mut ready = self.ready();
        std::mem::swap(bytes, &mut ready.bytes);
        ready.since = None;
    }

    fn ready(&self) -> MutexGuard<'_, Ready> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: AsyncWrite + Unpin> Stream<W> {
    /// Whether there is something to write; when all is written, more is fetched.
    fn has_more(&mut self, fetch: impl FnOnce(&mut Vec<u8>)) -> bool {
        if self.written < self.bytes.len() {
            return true;
        }
        self.written = 0;
        self.bytes.clear();
        if self.bytes.capacity() > KEPT {
            self.bytes = Vec::new();
        }
        fetch(&mut self.bytes);
        !self.bytes.is_empty()
    }

    async fn step(&mut self) -> io::Result<()> {
        let rest = self.bytes.get(self.written..).unwrap_or_default();
        match self.inner.write(rest).await? {
            0 => Err(io::ErrorKind::WriteZero.into()),
            count => {
                self.written += count;
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt;

    use super::*;

    #[tokio::test]
    async fn lines_that_are_ready_together_go_out_in_one_write_and_in_order() {
        let (near, mut far) = tokio::io::duplex(1024);
        let writer = Writer::new(near);
        writer.put(b"one");
        writer.put(b"two");
        writer.write(b"three").await.unwrap();
        writer.drain().await.unwrap();
        let mut read = [0; 64];
        let count = far.read(&mut read).await.unwrap();
        assert_eq!(&read[..count], b"one\ntwo\nthree\n");
    }

    #[tokio::test]
    async fn a_writer_that_is_dropped_half_way_leaves_the_rest_to_the_next_one() {
        let (near, mut far) = tokio::io::duplex(4);
        let writer = Writer::new(near);
        writer.put(b"0123456789");
        let cut = tokio::time::timeout(std::time::Duration::from_millis(20), writer.drain()).await;
        assert!(cut.is_err(), "nobody reads");
        let read = async {
            let mut all = [0; 16];
            far.read_exact(&mut all).await.unwrap();
            all
        };
        let (written, read) = tokio::join!(writer.write(b"next"), read);
        written.unwrap();
        assert_eq!(&read, b"0123456789\nnext\n");
    }

    #[tokio::test]
    async fn who_has_stopped_reading_is_noticed() {
        let (near, far) = tokio::io::duplex(4);
        drop(far);
        let writer = Writer::new(near);
        assert!(writer.write(b"one").await.is_err());
        assert!(writer.gone().is_cancelled());
    }
}
