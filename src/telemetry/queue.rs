//! A bounded queue of text before a writer that may block for ever: a thread of its own writes, and nobody waits for it
//! longer than they choose.
//!
//! tracing-appender's non-blocking writer counts what it drops, too, but it bounds lines and not bytes, cannot be waited for
//! while it lives, and brings a library for calendars along.

use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How much may wait to be written, in bytes, what is being written included.
const MAX_WAITING: usize = 1024 * 1024;

/// How long to wait before a writer that has no room, and says so instead of blocking, is tried again.
const NO_ROOM: Duration = Duration::from_millis(20);

/// Text on its way to a writer.
pub(super) struct Queue {
    state: Mutex<State>,
    /// Notified when there is something to write, and when all is written.
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: Chunk,
    /// Bytes that the thread has taken and not yet written.
    being_written: usize,
    /// Lines that had no room or could not be written, and that nobody was told of yet.
    dropped: u64,
    /// All lines that were dropped so far, whether somebody was told of them or not.
    dropped_ever: u64,
    /// How often the writer has failed.
    failures: u64,
    /// Whether it failed the last time. Then it is tried again with the next line, not at once.
    is_failing: bool,
    /// Writes the line that tells of dropped ones.
    notice: Option<fn(u64) -> String>,
}

/// Text that is written at once.
#[derive(Default)]
struct Chunk {
    bytes: Vec<u8>,
    /// How many lines in it tell of dropped ones.
    notices: u64,
    /// How many dropped lines they tell of.
    told: u64,
}

impl Queue {
    /// The queue before `writer`. Without a thread to be had, everything is dropped.
    pub(super) fn start(writer: impl Write + Send + 'static) -> Arc<Self> {
        let queue = Arc::new(Self { state: Mutex::default(), changed: Condvar::new() });
        let of_thread = Arc::clone(&queue);
        // The process ends without it: who blocks in a write cannot be joined.
        let _ = std::thread::Builder::new().name("stderr".to_owned()).spawn(move || of_thread.write_all_to(writer));
        queue
    }

    /// Sets how dropped lines are told. Until then they are only counted.
    pub(super) fn tell_dropped_by(&self, notice: fn(u64) -> String) {
        self.state().notice = Some(notice);
    }

    /// How many lines were dropped so far.
    pub(super) fn dropped_ever(&self) -> u64 {
        self.state().dropped_ever
    }

    /// Adds a line, or drops and counts it where there is no room.
    pub(super) fn put(&self, line: &[u8]) {
        let mut state = self.state();
        let held = state.waiting.bytes.len() + state.being_written;
        // One gap is told once: short lines do not slip in between the long ones that found no room.
        if held + line.len() > MAX_WAITING || (state.dropped > 0 && held > MAX_WAITING / 2) {
            state.dropped += 1;
            state.dropped_ever += 1;
            return;
        }
        state.tell_dropped();
        state.waiting.bytes.extend_from_slice(line);
        self.changed.notify_all();
    }

    /// Adds a text whether there is room or not, and waits until all is written, at most `patience`.
    ///
    /// # Errors
    /// When it was not written in that time, or could not be written.
    pub(super) fn put_and_wait(&self, text: &[u8], patience: Duration) -> io::Result<()> {
        let mut state = self.state();
        let failures = state.failures;
        state.tell_dropped();
        state.waiting.bytes.extend_from_slice(text);
        self.changed.notify_all();
        let busy = |state: &mut State| !state.waiting.bytes.is_empty() || state.being_written > 0;
        let waited = self.changed.wait_timeout_while(state, patience, busy);
        let (state, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        if state.failures > failures { Err(io::ErrorKind::Other.into()) } else { Ok(()) }
    }

    /// What the thread does, for as long as the process lives.
    fn write_all_to(&self, mut writer: impl Write) {
        // Whether a failure has left a line without its end.
        let mut is_torn = false;
        loop {
            let chunk = self.next();
            let mut written = 0;
            let result = (if is_torn { write_whole(&mut writer, b"\n", &mut 0) } else { Ok(()) })
                .and_then(|()| write_whole(&mut writer, &chunk.bytes, &mut written));
            let (before, rest) = chunk.bytes.split_at(written.min(chunk.bytes.len()));
            is_torn = before.last().map_or(is_torn && result.is_err(), |last| result.is_err() && *last != b'\n');
            let mut state = self.state();
            state.being_written = 0;
            state.is_failing = result.is_err();
            if result.is_err() {
                let lines = rest.iter().filter(|byte| **byte == b'\n').count() as u64;
                let lost = lines.saturating_sub(chunk.notices);
                state.dropped += lost + chunk.told;
                state.dropped_ever += lost;
                state.failures += 1;
            }
            self.changed.notify_all();
        }
    }

    /// The next text to write.
    fn next(&self) -> Chunk {
        let mut state = self.state();
        loop {
            // A gap at the end is told as soon as there is room, not only when the next line comes.
            if state.waiting.bytes.is_empty() && !state.is_failing {
                state.tell_dropped();
            }
            if !state.waiting.bytes.is_empty() {
                let chunk = mem::take(&mut state.waiting);
                state.being_written = chunk.bytes.len();
                return chunk;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Adds the line that tells of the lines missing before what comes next.
    fn tell_dropped(&mut self) {
        let Some(notice) = self.notice.filter(|_| self.dropped > 0) else { return };
        self.waiting.bytes.extend_from_slice(notice(self.dropped).as_bytes());
        self.waiting.notices += 1;
        self.waiting.told += mem::take(&mut self.dropped);
    }
}

/// Writes all of it, waiting where a writer that does not block has no room.
fn write_whole(writer: &mut impl Write, bytes: &[u8], written: &mut usize) -> io::Result<()> {
    while let Some(rest) = bytes.get(*written..).filter(|rest| !rest.is_empty()) {
        match writer.write(rest) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => *written += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => std::thread::sleep(NO_ROOM),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Instant;

    use super::*;

    const SOON: Duration = Duration::from_secs(20);

    fn notice(dropped: u64) -> String {
        format!("{dropped} dropped\n")
    }

    /// A writer that is told before each write whether it works, and blocks until then.
    struct Gated {
        answers: mpsc::Receiver<bool>,
        seen: Arc<Mutex<Vec<u8>>>,
    }

    impl Write for Gated {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            // Who has gone away lets everything pass.
            if !self.answers.recv().unwrap_or(true) {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.seen.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn gated() -> (Arc<Queue>, mpsc::Sender<bool>, impl Fn() -> String) {
        let (gate, answers) = mpsc::channel();
        let seen = Arc::<Mutex<Vec<u8>>>::default();
        let queue = Queue::start(Gated { answers, seen: Arc::clone(&seen) });
        queue.tell_dropped_by(notice);
        (queue, gate, move || String::from_utf8(seen.lock().unwrap().clone()).unwrap())
    }

    #[test]
    fn whoever_writes_never_waits_and_what_was_dropped_is_told_in_its_place() {
        let (queue, gate, seen) = gated();
        let line = [b'x'; 1023].iter().chain(b"\n").copied().collect::<Vec<u8>>();
        let began = Instant::now();
        for _ in 0..MAX_WAITING / line.len() + 7 {
            queue.put(&line);
        }
        assert!(began.elapsed() < SOON);
        drop(gate);
        queue.put_and_wait(b"the end\n", SOON).unwrap();
        let text = seen();
        assert_eq!(text.len() - "7 dropped\nthe end\n".len(), MAX_WAITING);
        assert!(text.ends_with("x\n7 dropped\nthe end\n"), "{}", &text[text.len() - 40..]);
        assert_eq!(queue.dropped_ever(), 7);
    }

    #[test]
    fn dropped_lines_are_told_as_soon_as_there_is_room_without_waiting_for_another_line() {
        let (queue, gate, seen) = gated();
        queue.put(&vec![b'\n'; MAX_WAITING]);
        queue.put(b"lost\n");
        drop(gate);
        let began = Instant::now();
        while !seen().ends_with("1 dropped\n") {
            assert!(began.elapsed() < SOON);
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn last_words_wait_no_longer_than_they_may() {
        let (queue, _gate, _) = gated();
        queue.put(&vec![b'\n'; MAX_WAITING]);
        let refused = queue.put_and_wait(b"error: x\n", Duration::from_millis(20));
        assert_eq!(refused.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn what_a_full_disk_refuses_is_counted_and_told_when_there_is_room_again() {
        let (queue, gate, seen) = gated();
        for _ in 0..3 {
            gate.send(false).unwrap();
            let refused = queue.put_and_wait(b"lost\n", SOON);
            assert_eq!(refused.unwrap_err().kind(), io::ErrorKind::Other);
        }
        drop(gate);
        queue.put_and_wait(b"kept\n", SOON).unwrap();
        assert_eq!(seen(), "3 dropped\nkept\n");
        assert_eq!(queue.dropped_ever(), 3);
    }
}
