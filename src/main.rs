//! Parses, runs, and ends with one error line and an exit code.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use imbrace_contacts_mcp::{app, cli};

/// How long work that nobody waits for any more may hold up the end, such as a blocked read of stdin.
const LAST_MOMENTS: Duration = Duration::from_millis(100);

fn main() -> ExitCode {
    let arguments = match cli::parse(std::env::args_os()) {
        Ok(arguments) => arguments,
        Err(stop) => {
            stop.print();
            return ExitCode::from(if stop.is_error() { app::USAGE } else { app::DONE });
        }
    };
    // One thread: the work is waiting for the gateway, and handing a call from thread to thread costs more than the call.
    // Where many clients come at once, `app/serve.rs` adds more.
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return end("", &format!("error: no threads can be started: {error}\n"), app::COULD_NOT_RUN);
        }
    };
    let result = runtime.block_on(app::run(arguments));
    runtime.shutdown_timeout(LAST_MOMENTS);
    match result {
        Ok(ending) => end(&ending.out, &ending.err, ending.code),
        Err(error) => end("", &format!("error: {error:#}\n"), app::exit_code(&error)),
    }
}

/// Writes the last words. A reader that has gone away is no failure of ours.
fn end(out: &str, err: &str, code: u8) -> ExitCode {
    let _ = std::io::stdout().write_all(out.as_bytes()).and_then(|()| std::io::stdout().flush());
    let _ = std::io::stderr().write_all(err.as_bytes());
    ExitCode::from(code)
}
