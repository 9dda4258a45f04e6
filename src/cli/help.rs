//! The longer texts of the help: what a stranger needs next.

pub(super) const ABOUT: &str = "\
An MCP server for iMBRACE contacts: every gateway operation as a tool, with answers that cost a
model few tokens.

To try it without an account:
  imbrace-contacts-mcp call search_contacts '{\"query\":\"nguyen\"}' --env local";

pub(super) const AFTER: &str = "\
Configuration: flag, then environment variable, then file, then default. The file is TOML, at
$XDG_CONFIG_HOME/imbrace-contacts-mcp/config.toml (~/.config/… without that variable) or where
--config says; its keys are the flags' names with underscores.

Credentials are never flags. Set one of IMBRACE_ACCESS_TOKEN (acc_…), IMBRACE_API_KEY (api_…) or
IMBRACE_JWT with IMBRACE_ORGANIZATION_ID. Or put it into a file, and set the same name with _FILE
to the file's path.

Exit codes:
  0   done
  1   the tool answered an error, or doctor found something
  2   wrong command line
  3   a cleanup is not done yet; the same command goes on
  70  could not run: an address is taken, data cannot be read
  78  configuration missing or wrong
  130 ended at once by a second signal";

pub(super) const SERVE: &str = "\
Examples:
  imbrace-contacts-mcp serve --env local                   try it in a client, with made-up people
  imbrace-contacts-mcp serve --read-only                   offer only the tools that read
  imbrace-contacts-mcp serve --http 127.0.0.1:8080 --sse   POST /mcp, and GET /sse with POST /messages
An address other than this machine's needs --http-token-file.
SIGTERM and SIGINT end it after the calls under way. On stdio it ends when stdin does.";

pub(super) const CALL: &str = "\
Examples:
  imbrace-contacts-mcp call search_contacts '{\"query\":\"nguyen\"}' --env local
  imbrace-contacts-mcp call list_contacts '{\"limit\":5}'
  echo '{\"contact_id\":\"con_…\"}' | imbrace-contacts-mcp call get_contact -
  imbrace-contacts-mcp call dismiss_all_notifications '{\"type\":\"teams\"}' --yes
A call that needs a confirmation (--confirm) shows what it would do. A terminal is asked y/N;
elsewhere nothing is done without --yes, because a confirmation does not outlive its process.
The answer goes to stdout with exit code 0; an error that the tool answers goes to stderr with
exit code 1.";

pub(super) const TOOLS: &str = "\
Examples:
  imbrace-contacts-mcp tools                 a table
  imbrace-contacts-mcp tools --json          tools.json";

pub(super) const DOCTOR: &str = "\
Examples:
  imbrace-contacts-mcp doctor
  imbrace-contacts-mcp doctor --env demo
  imbrace-contacts-mcp doctor --http 127.0.0.1:8080    # also what `serve --http` would refuse
  imbrace-contacts-mcp doctor --bundle support.json    # a file for a support request, without credentials
Nothing is changed at the gateway: it reads one contact. Exit code 0 when everything works, 1 when
the gateway does not answer as it should, 78 when the configuration is wrong.";

#[cfg(feature = "local")]
pub(super) const LOCAL_GATEWAY: &str = "\
Examples:
  imbrace-contacts-mcp local-gateway --contacts 65681 --data people.db
  imbrace-contacts-mcp local-gateway --listen 127.0.0.1:0 --contacts 500
  imbrace-contacts-mcp local-gateway --people contacts.jsonl
  imbrace-contacts-mcp local-gateway --crowd insert=5,edit=5,delete=2,every=100
It prints its address and the token to use. An existing --data file is opened as it is.

Faults are OPERATION:KIND[=SHARE][,OPTION=VALUE…], separated by semicolons; * is every operation:
  list_contacts:429=0.1,retry_after=1          one in ten is refused
  update_contact:ignored,field=remark          updates of that field change nothing (* is every field)
  update_contact:normalized,field=email,as=lower   or as digits, trimmed, or a number of characters
  update_contact:clobbered                     what an update does not send is cleared
  update_contact:replaced                      the same, and what nobody can change is gone
  list_contacts:sort_ignored,field=updated_at  lists come in the default order, or sort_refused: 400
first=N, after=N, form=main|other and prefix=channel-service|backend narrow a rule.

The crowd adds, edits and deletes contacts after every so many requests; on=OPERATION counts only
those, times=N ends it, seed=N chooses others. Its clock is clock=MS ahead (less than 0: behind), wrong by up to
skew=MS another way each time, and tick=MS gives equal timestamps to what happens within so long.";

pub(super) const INIT: &str = "\
Examples:
  imbrace-contacts-mcp init claude-code --env local > .mcp.json
  imbrace-contacts-mcp init vscode --read-only --write
  imbrace-contacts-mcp init codex --base-url https://gateway.example.com --organization-id org_example
  imbrace-contacts-mcp init imbrace --url https://contacts.example.com
The configuration goes to stdout and where to put it to stderr; one with which the server would not
start is an error. It never holds a credential: it names the variable or the file that the
credential is read from. --write changes nothing in the client's file but the entry
imbrace-contacts, keeps a copy beside it, and leaves a file alone that is not valid or changes
meanwhile.";

pub(super) const AUDIT: &str = "\
Examples:
  imbrace-contacts-mcp audit verify audit.jsonl
Exit code 0 when every line is as it was written, 1 when the chain breaks (the first such line is
named), 70 when the file cannot be read. Note down the last hash that it prints: with it, a file
whose end was cut off can be told, too.";

pub(super) const COMPLETIONS: &str = "\
Examples:
  source <(imbrace-contacts-mcp completions bash)
  imbrace-contacts-mcp completions zsh > ~/.zfunc/_imbrace-contacts-mcp
  imbrace-contacts-mcp completions fish | source";
