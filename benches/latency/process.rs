//! Processes under measurement: started, asked what they cost, ended.

use std::io::Read;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::{Duration, Instant};

/// What to start.
#[derive(Debug, Clone)]
pub(crate) struct Command {
    pub(crate) program: String,
    pub(crate) words: Vec<String>,
    pub(crate) variables: Vec<(String, String)>,
}

impl Command {
    /// This program once more, in another role.
    pub(crate) fn this(words: &[String]) -> Self {
        let program = std::env::current_exe().unwrap().to_string_lossy().into_owned();
        Self { program, words: words.to_vec(), variables: Vec::new() }
    }

    /// The same with one more variable.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same with the port written where `{port}` stands.
    pub(crate) fn at(&self, port: u16) -> Self {
        let filled = |text: &String| text.replace("{port}", &port.to_string());
        Self { words: self.words.iter().map(filled).collect(), ..self.clone() }
    }
}

/// A started process; it is ended when dropped.
pub(crate) struct Process {
    child: Child,
    input: Option<ChildStdin>,
    output: Option<ChildStdout>,
}

impl Process {
    /// Starts it. What it says on stderr goes nowhere, and nothing of this shell's settings reaches it.
    pub(crate) fn spawn(command: &Command) -> std::io::Result<Self> {
        let mut spawned = std::process::Command::new(&command.program);
        spawned.args(&command.words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("IMBRACE_")) {
            spawned.env_remove(name);
        }
        let mut child = spawned.envs(command.variables.iter().cloned()).spawn()?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        Ok(Self { child, input, output })
    }

    /// Its pipes, for whoever speaks over them.
    pub(crate) fn pipes(&mut self) -> Option<(ChildStdin, ChildStdout)> {
        Some((self.input.take()?, self.output.take()?))
    }

    /// How long its threads have run so far; zero where the system does not tell.
    pub(crate) fn processor_time(&self) -> Duration {
        let threads = std::fs::read_dir(format!("/proc/{}/task", self.child.id()));
        let nanoseconds = |thread: std::fs::DirEntry| {
            let text = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
            text.split_whitespace().next()?.parse::<u64>().ok()
        };
        Duration::from_nanos(threads.into_iter().flatten().flatten().filter_map(nanoseconds).sum())
    }

    /// How much memory it holds, in MiB; zero where the system does not tell.
    pub(crate) fn resident(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
        line.split_whitespace().next().and_then(|number| number.parse::<f64>().ok()).unwrap_or_default() / 1024.0
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.input.take());
        // A server ends with its input or by itself soon; what does not is ended.
        for _ in 0..20 {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Ends this process when its input ends, so that no role outlives the bench.
pub(crate) fn end_with_input() {
    std::thread::spawn(|| {
        let _ = std::io::stdin().read(&mut [0]);
        std::process::exit(0);
    });
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A connection to whoever is about to listen.
pub(crate) fn listening(address: SocketAddr, within: Duration) -> std::io::Result<TcpStream> {
    let began = Instant::now();
    loop {
        match TcpStream::connect(address) {
            Ok(socket) => return Ok(socket),
            Err(error) if began.elapsed() > within => return Err(error),
            Err(_) => std::thread::sleep(Duration::from_micros(500)),
        }
    }
}
