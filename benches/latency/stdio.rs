//! A client over a pair of pipes: it writes a request a line, keeps as many under way as asked, and reads the answers.

use std::io;
use std::os::fd::OwnedFd;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::pipe::{Receiver, Sender};

use crate::message::{self, Ask};
use crate::process::Process;

pub(crate) struct Stdio {
    input: Sender,
    output: BufReader<Receiver>,
    id: u64,
    line: Vec<u8>,
}

impl Stdio {
    /// Takes the pipes of a process and says the handshake.
    pub(crate) async fn open(process: &mut Process) -> io::Result<Self> {
        let (input, output) = process.pipes().ok_or(io::ErrorKind::BrokenPipe)?;
        let input = Sender::from_owned_fd(OwnedFd::from(input))?;
        let output = BufReader::with_capacity(64 * 1024, Receiver::from_owned_fd(OwnedFd::from(output))?);
        let mut stdio = Self { input, output, id: 0, line: Vec::new() };
        stdio.write(&message::initialize()).await?;
        message::opened(stdio.read().await?)?;
        stdio.write(message::INITIALIZED).await?;
        Ok(stdio)
    }

    async fn write(&mut self, text: &str) -> io::Result<()> {
        self.input.write_all(format!("{text}\n").as_bytes()).await
    }

    async fn read(&mut self) -> io::Result<&[u8]> {
        loop {
            self.line.clear();
            if self.output.read_until(b'\n', &mut self.line).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            // Notifications, which servers may send at any time, are passed over.
            if !self.line.starts_with(b"{\"jsonrpc\":\"2.0\",\"method\"") && self.line.starts_with(b"{") {
                return Ok(&self.line);
            }
        }
    }

    async fn ask(&mut self, ask: &Ask) -> io::Result<()> {
        self.id += 1;
        let text = ask.next().call(self.id);
        self.write(&text).await
    }

    /// One call; the size of its answer.
    pub(crate) async fn call(&mut self, ask: &Ask) -> io::Result<usize> {
        self.ask(ask).await?;
        ask.check(self.read().await?)
    }

    /// So many calls, of which so many are always under way.
    pub(crate) async fn calls(&mut self, ask: &Ask, calls: usize, in_flight: usize) -> io::Result<()> {
        for _ in 0..in_flight.min(calls) {
            self.ask(ask).await?;
        }
        for answered in 0..calls {
            ask.check(self.read().await?)?;
            if answered + in_flight < calls {
                self.ask(ask).await?;
            }
        }
        Ok(())
    }
}
