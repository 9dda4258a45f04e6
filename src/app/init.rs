//! `init`: configuration of a client's server, printed or put into the client's settings file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::{DONE, Ending, UsageError, assembly};
use crate::cli::{ClientName, InitOptions, ServerOptions, client_configuration, client_parts};
use crate::client_settings::{Refusal, SettingsFile, with_parts};
use crate::config::{self, Layer, Raw, Settings};

/// Prints the configuration, or writes it.
///
/// # Errors
/// [`config::Error`] for a configuration with which the server would not start, [`UsageError`], and what keeps a settings file from
/// being written.
pub(super) async fn run(options: InitOptions) -> anyhow::Result<Ending> {
    let client = options.client;
    let server = server_options(&options)?;
    check_starts(client, &server).await?;
    if !options.write {
        let ready = client_configuration(client, &server).map_err(|refusal| usage(refusal.to_string()))?;
        return Ok(Ending { out: ready.text, err: ready.advice + "\n", code: DONE });
    }
    let named = match options.file {
        Some(file) => file,
        None => client.settings_file(variable).ok_or_else(|| no_file(client))?,
    };
    write(client, &server, &named).with_context(|| format!("{} is left as it is", named.display()))
}

fn no_file(client: ClientName) -> anyhow::Error {
    let message = match client {
        ClientName::N8n => {
            "n8n keeps its workflows in a database; name an exported workflow with --file, or leave out --write and paste"
        }
        ClientName::Imbrace => {
            "the assistants keep their settings in a database; name an exported settings file with --file, or leave out --write"
        }
        _ => "where the client's settings file is cannot be told without a home directory; name it with --file",
    };
    usage(message.to_owned())
}

fn usage(message: String) -> anyhow::Error {
    UsageError { message }.into()
}

fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).map(|text| text.to_string_lossy().into_owned())
}

/// The server that the options ask for, with absolute paths: a client starts it somewhere else.
fn server_options(options: &InitOptions) -> anyhow::Result<ServerOptions> {
    let binary = std::env::current_exe().context("where this program is")?;
    if !binary.is_file() {
        anyhow::bail!("{} is not there any more; run the installed program", binary.display());
    }
    let token_file = match &options.token_file {
        Some(file) => Some(file.clone()),
        None if options.client.needs_token_file() && options.env.as_deref() != Some("local") => usual_token_file(),
        None => None,
    };
    let url = options.url.trim_end_matches('/');
    if !url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.path() == "/") {
        return Err(usage(format!(
            "--url {url}: an address such as https://contacts.example.com, without a path, is expected"
        )));
    }
    Ok(ServerOptions {
        binary: text(&binary)?,
        env: options.env.clone().unwrap_or_else(|| "product".to_owned()),
        base_url: options.base_url.clone(),
        organization_id: options.organization_id.clone(),
        state_dir: options.state_dir.as_deref().map(state_directory).transpose()?,
        token_file: token_file.map(|file| text(&std::path::absolute(file)?)).transpose()?,
        read_only: options.read_only,
        url: url.to_owned(),
    })
}

/// The file beside the configuration file in which a token is looked for when none is named.
fn usual_token_file() -> Option<PathBuf> {
    config::usual_file(variable).map(|file| file.with_file_name("token"))
}

/// A directory that is there or can be made.
fn state_directory(named: &Path) -> anyhow::Result<String> {
    let path = std::path::absolute(named)?;
    let existing = path.ancestors().find(|above| above.exists());
    match existing {
        Some(above) if above.is_dir() => text(&path),
        _ => Err(usage(format!(
            "--state-dir {}: there is a file of that name, and a directory is needed",
            named.display()
        ))),
    }
}

fn text(path: &Path) -> anyhow::Result<String> {
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| {
        usage(format!("{} has a name that is not UTF-8, which no settings file can hold", path.display()))
    })
}

/// Checks the configuration as the server will when the client starts it: with the client's variables, and this user's configuration file.
async fn check_starts(client: ClientName, server: &ServerOptions) -> anyhow::Result<()> {
    let mut flags = Layer::default();
    let mut variables = BTreeMap::new();
    if client.is_over_http() {
        let mut words = server.http_arguments().into_iter().skip(1).peekable();
        while let Some(word) = words.next() {
            let name = word.trim_start_matches('-').replace('-', "_");
            let value = words.next_if(|next| !next.starts_with("--")).unwrap_or_else(|| true.to_string());
            flags.flag(&name, [value]);
        }
    } else {
        variables.extend(server.process_variables(client));
        flags.flag("read_only", server.read_only.then(|| true.to_string()));
    }
    let raw = Raw::read(flags, |name| {
        variables.get(name).cloned().or_else(|| variable(name).filter(|_| !name.starts_with("IMBRACE_")))
    })?;
    assembly::check(&Settings::check(&raw, "init")?).await
}

/// Puts the client's parts into its settings file.
fn write(client: ClientName, server: &ServerOptions, named: &Path) -> Result<Ending, Refusal> {
    let file = SettingsFile::read(named)?;
    let text = file.text()?;
    let parts = client_parts(client, server);
    let ready = client_configuration(client, server)?;
    let changed = if text.trim().is_empty() { ready.text } else { with_parts(text, client.format(), &parts)? };
    let place = file.path().display();
    if changed == text {
        return Ok(Ending {
            out: format!("{place} has it already; nothing was changed\n"),
            err: String::new(),
            code: DONE,
        });
    }
    let stamp = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S%3fZ").to_string();
    let said = match file.replace(&changed, &stamp)? {
        Some(backup) => format!("{place} has it now; the file as it was is {}\n", backup.display()),
        None => format!("{place} is new\n"),
    };
    // The first line of the advice says where to put it.
    let rest = ready.advice.split_once('\n').map_or(String::new(), |(_, rest)| format!("{rest}\n"));
    Ok(Ending { out: said, err: rest, code: DONE })
}
