//! Parses, runs, and ends with one error line and an exit code.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use imbrace_contacts_client::characters::{escaped_lines, is_invisible};
use imbrace_contacts_mcp::files::BYTE_ORDER_MARK;
use imbrace_contacts_mcp::{app, cli, telemetry};

/// How long work that nobody waits for any more may hold up the end, such as a blocked read of stdin.
const LAST_MOMENTS: Duration = Duration::from_millis(100);

fn main() -> ExitCode {
    let arguments = match cli::parse(std::env::args_os()) {
        Ok(arguments) => arguments,
        Err(stop) if stop.is_error() => {
            // Colours are for a terminal, and only where no argument brings escapes of its own.
            let is_plain = std::env::args_os().all(|word| word.to_string_lossy().chars().all(|c| !is_invisible(c)));
            let text = stop.text(is_plain && telemetry::shows_colours());
            return if is_plain { end_as_is("", &text, app::USAGE) } else { end("", &text, app::USAGE) };
        }
        Err(stop) => {
            stop.print();
            return ExitCode::from(app::DONE);
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

/// Ends with words in which a stranger's text may stand: what hides in it is visible as its escape, and steers no terminal.
fn end(out: &str, err: &str, code: u8) -> ExitCode {
    // The mark at the beginning of a CSV file, which a spreadsheet needs.
    let rest = out.strip_prefix(BYTE_ORDER_MARK).unwrap_or(out);
    let (mark, _) = out.split_at(out.len() - rest.len());
    end_as_is(&[mark, &escaped_lines(rest)].concat(), &escaped_lines(err), code)
}

/// Writes the last words, and waits a moment for the log lines before them. A reader that has gone away is no failure of
/// ours, and one that never reads stderr does not hold up the end.
fn end_as_is(out: &str, err: &str, code: u8) -> ExitCode {
    let out = telemetry::secrets().redactor().text(out).into_owned();
    let _ = std::io::stdout().write_all(out.as_bytes()).and_then(|()| std::io::stdout().flush());
    let _ = telemetry::tell(err);
    ExitCode::from(code)
}
