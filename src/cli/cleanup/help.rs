//! The longer texts of `cleanup`'s help.

pub(in crate::cli) const CLEANUP: &str = "\
Examples:
  imbrace-contacts-mcp cleanup sync                    read the contacts into a local snapshot
  imbrace-contacts-mcp cleanup audit                   what is wrong, by kind
  imbrace-contacts-mcp cleanup plan --fix safe         what would be corrected; nothing is written
  imbrace-contacts-mcp cleanup apply PLAN              shows it, asks, writes
  imbrace-contacts-mcp cleanup undo PLAN --write       takes it back
  imbrace-contacts-mcp cleanup review                  the same in the browser
  imbrace-contacts-mcp cleanup sync --env local        try it on made-up people

Snapshot, decisions, plans and journal are kept in a file for each gateway and organisation, in
--state-dir. Results go to stdout, progress and advice to stderr. With --env local the made-up
people are kept there, too, unless --local-data names another file.

Exit codes:
  0   done, or there was nothing to do
  1   refused: no such plan, another fingerprint, the gateway says no, or no at the terminal
  2   wrong command line, or a file of changes with mistakes
  3   not all is done: contacts are left, or an outcome is unknown; the same command goes on
  70  the state or a file cannot be read or written
  78  configuration missing or wrong
  130 ended at once by a second signal";

pub(in crate::cli) const STATE: &str = "\
Examples:
  imbrace-contacts-mcp state pause                     nothing is applied or undone from now on
  imbrace-contacts-mcp state show
  imbrace-contacts-mcp state resume
  imbrace-contacts-mcp state info
  imbrace-contacts-mcp state backup before.sqlite
  imbrace-contacts-mcp state forget con_66d67483
  imbrace-contacts-mcp state cancel                    what is at work stops; the same command goes on later
It holds for the gateway and organisation of the same flags as `cleanup`, in every process that has
the state directory: an apply that is under way stops before its next contact and goes on later.";

pub(super) const SYNC: &str = "\
Examples:
  imbrace-contacts-mcp cleanup sync
  imbrace-contacts-mcp cleanup sync --full --rate 10
The first sync reads all contacts, later ones only what is new or edited. Ctrl-C stops it after
the request in flight; the next sync goes on there. Exit code 3 when contacts are left to read.";

pub(super) const AUDIT: &str = "\
Examples:
  imbrace-contacts-mcp cleanup audit
  imbrace-contacts-mcp cleanup audit --kind email_domain_typo,phone_legacy --examples 5
  imbrace-contacts-mcp cleanup audit --filter 'channel_type=whatsapp; created_at>=2025-01-01'
  imbrace-contacts-mcp cleanup audit --json
It reads the snapshot and sends nothing. `safe` is fixed without a guess, `ask` is fixed by one.
Conditions of a filter are field=value, != (is not), ~ (contains), <, <=, > or >=, with ; between
them; all must hold. `email=` are contacts without an address. Case does not matter, and a day
compares with all its moments.";

pub(super) const DUPLICATES: &str = "\
Examples:
  imbrace-contacts-mcp cleanup duplicates
  imbrace-contacts-mcp cleanup duplicates --tier review --limit 50
  imbrace-contacts-mcp cleanup duplicates --contact con_…
The first contact of a group is the one to keep. Questions are pairs that a person should verify_write;
those of one pattern can be settled together (`cleanup decide`).";

pub(super) const DECIDE: &str = "\
Examples:
  imbrace-contacts-mcp cleanup decide                           asks, question by question
  imbrace-contacts-mcp cleanup decide --same dup_1a2b3c4d
  imbrace-contacts-mcp cleanup decide --same con_…:con_… --different con_…:con_…
  imbrace-contacts-mcp cleanup decide --different 'phone,other name'
  imbrace-contacts-mcp cleanup decide --unsure con_…:con_… --note 'ask the branch'
  imbrace-contacts-mcp cleanup decide --file questions.csv      as `export questions` wrote it, filled in
  imbrace-contacts-mcp cleanup decide --reopen con_…:con_…      takes a decision back
  imbrace-contacts-mcp cleanup decide --reopen unsure           asks all of these again
All answers of one command are taken, or none. They are kept, and nothing is sent.";

pub(super) const DECISIONS: &str = "\
Examples:
  imbrace-contacts-mcp cleanup decisions
  imbrace-contacts-mcp cleanup decisions --verdict unsure --limit 100
  imbrace-contacts-mcp cleanup decisions --contact con_…
  imbrace-contacts-mcp cleanup export decisions --csv decisions.csv
`cleanup decide` changes a decision, and takes it back with --reopen.";

pub(super) const PLAN: &str = "\
Examples:
  imbrace-contacts-mcp cleanup plan                             list the plans
  imbrace-contacts-mcp cleanup plan plan_1a2b3c4d               show one
  imbrace-contacts-mcp cleanup plan --fix safe
  imbrace-contacts-mcp cleanup plan --fix email_case,phone_form --protect con_…
  imbrace-contacts-mcp cleanup plan --fix safe --filter 'channel_type=web' --protect '@example.com,#vip*'
  imbrace-contacts-mcp cleanup plan --merge fill
  imbrace-contacts-mcp cleanup plan --changes changes.csv

A file of changes has the columns contact,field,value, or contact and then names of fields. In the
second form an empty cell leaves the field alone; in the first it empties it. Every mistake is named
with its line, and then no plan is made.

--merge link reads the members of a group as one, in this program only; fill writes into the
survivor's empty fields; mark adds a line to the others' remarks. Nothing is ever deleted.";

pub(super) const APPLY: &str = "\
Examples:
  imbrace-contacts-mcp cleanup apply plan_1a2b3c4d
  imbrace-contacts-mcp cleanup apply plan_1a2b3c4d --fingerprint 0123456789abcdef
Each contact is read again before it is written; what somebody changed since the plan is left alone.
The first run of a plan writes at most 20 contacts, so that you can look before the rest. Ctrl-C
stops after the write in flight. The same command goes on, also after a crash. Exit code 3 while
contacts are left or an outcome is unknown.";

pub(super) const UNDO: &str = "\
Examples:
  imbrace-contacts-mcp cleanup undo plan_1a2b3c4d               what it would do
  imbrace-contacts-mcp cleanup undo plan_1a2b3c4d --write --yes
  imbrace-contacts-mcp cleanup undo plan_1a2b3c4d --contact con_… --write
Fields get back what they held before the plan, unless somebody has edited them since: those are
listed and stay. Of many contacts a terminal is asked; elsewhere --yes or --fingerprint says yes.";

#[cfg(feature = "http")]
pub(super) const REVIEW: &str = "\
Examples:
  imbrace-contacts-mcp cleanup review
  imbrace-contacts-mcp cleanup review --port 8123 --no-open
  imbrace-contacts-mcp cleanup review --read-only               to look and to decide; nothing is written
The page is for this machine only. The link that is printed can be opened once, within an hour. What the
page writes passes the same questions, limits and journal as `cleanup apply` and `cleanup undo`. Ctrl-C
ends it: what is being written ends before its next contact.";

pub(super) const CHECK: &str = "\
Examples:
  imbrace-contacts-mcp cleanup check 'name=Mei Chan' phone=85255500101 email=mei@example.com
  imbrace-contacts-mcp cleanup check email=mei@gmial.com --json
It asks the snapshot and sends nothing. With id=con_... the contact itself is no duplicate of it.";

pub(super) const IMPORT: &str = "\
Examples:
  imbrace-contacts-mcp cleanup import people.csv --show
  imbrace-contacts-mcp cleanup import people.csv --rest left.csv
  imbrace-contacts-mcp cleanup import people.csv --map 'Private mail=email' --map 'Fax=' --key email
  imbrace-contacts-mcp cleanup import contacts.vcf --only-empty
Columns are mapped by their names and shown first. A column must be the id, the e-mail or the phone of
contacts. The plan is written by `cleanup apply`. Values that mean what is there already change nothing,
doubtful ones are left, a note is added to the remark. The gateway has no call that makes a contact.";

pub(super) const WATCH: &str = "\
Examples:
  imbrace-contacts-mcp cleanup watch --once
  imbrace-contacts-mcp cleanup watch --interval 15m --format md
  imbrace-contacts-mcp cleanup watch --once --policy policy.toml           what would be fixed
  imbrace-contacts-mcp cleanup watch --once --policy policy.toml --apply
  imbrace-contacts-mcp cleanup watch --interval 1h --webhook https://hooks.example.com/contacts --webhook-secret-file secret
The first round notes what there is; later ones tell only what is new. One watch runs at a time on the
same contacts. Every run of a policy leaves a plan, a journal and a report, and `cleanup undo` takes it
back. Exit code 1 when a limit of the policy is exceeded or it is not confirmed, 3 when contacts are left
or the webhook has failed for a day.";

pub(super) const POLICY: &str = "\
Examples:
  imbrace-contacts-mcp cleanup policy example > policy.toml
  imbrace-contacts-mcp cleanup policy check policy.toml
  imbrace-contacts-mcp cleanup policy confirm policy.toml
A policy names safe fixes, the share of the list that one run may write, the contacts of a day, hours,
and what is never written. `check` says what it does, or every mistake with its line. `confirm` keeps
the digest of the file in the state; one policy is confirmed at a time.";

pub(super) const EXPORT: &str = "\
Examples:
  imbrace-contacts-mcp cleanup export plan plan_1a2b3c4d --csv plan.csv
  imbrace-contacts-mcp cleanup export journal plan_1a2b3c4d --csv journal.csv
  imbrace-contacts-mcp cleanup export report --csv report.csv
  imbrace-contacts-mcp cleanup export duplicates --csv -
UTF-8 that opens in a spreadsheet: a cell that would be a formula there begins with an apostrophe.
`cleanup plan --changes` takes that apostrophe off again. A file that is there is replaced only
with --force.";

pub(super) const REPORT: &str = "\
Examples:
  imbrace-contacts-mcp cleanup report --html report.html --csv 2026-01-05.csv
  imbrace-contacts-mcp cleanup report --html report.html --compare 2026-01-05.csv --compare 2026-01-12.csv
  imbrace-contacts-mcp cleanup report --md -
It reads the snapshot and the plans, and sends nothing. Names, numbers and addresses are in it only with
--examples. Fixed are the fields that plans have written and that were not taken back.";
