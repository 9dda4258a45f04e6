//! A call that needs a confirmation, made at a terminal: a real one, of which the test holds the other end.

use std::fs::{File, OpenOptions};
use std::io::{IsTerminal, Write};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use super::{Run, program};

const CALL: [&str; 7] =
    ["call", "dismiss_all_notifications", r#"{"type":"teams"}"#, "--env", "local", "--local-contacts", "60"];

/// A terminal: the end that a person types at, and the one that a program reads.
pub(super) fn terminal() -> (File, File) {
    let person = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&person).unwrap();
    unlockpt(&person).unwrap();
    let name = ptsname(&person, Vec::new()).unwrap();
    let program = OpenOptions::new().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    assert!(program.is_terminal());
    (person.into(), program)
}

/// The call while a person types this.
fn typed(text: &str) -> Run {
    let (mut person, terminal) = terminal();
    let child = program(&CALL, &[]).stdin(terminal).spawn().unwrap();
    // The terminal keeps what is typed until the program reads it.
    person.write_all(text.as_bytes()).unwrap();
    let run = Run::of(child.wait_with_output().unwrap());
    drop(person);
    run
}

#[test]
fn yes_at_the_terminal_does_it() {
    for yes in ["y\n", "Yes\n"] {
        let done = typed(yes);
        assert_eq!(done.code, 0, "{yes:?}: {done:?}");
        assert!(done.out.ends_with(" teams notifications dismissed\n"), "{done:?}");
        let question = &done.err;
        assert!(question.starts_with("Dismiss all notifications: dismiss "), "{question}");
        assert!(question.ends_with(" read) for good in local? [y/N] "), "{question}");
    }
}

#[test]
fn everything_else_at_the_terminal_does_nothing() {
    // No, Enter alone, another word, and the end of input (Ctrl-D).
    for no in ["n\n", "\n", "yeah\n", "\u{4}"] {
        let refused = typed(no);
        assert_eq!((refused.code, refused.out.as_str()), (1, ""), "{no:?}: {refused:?}");
        assert!(refused.err.ends_with("? [y/N] Nothing was done.\n"), "{no:?}: {refused:?}");
    }
}
