//! The servers that a user would pick instead, in `benches/peers`, set up in the target directory on first use.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::server::{Kind, Server};

/// Those that can be set up here; of the others it is said why not.
pub(crate) fn shipped(gateway: &str) -> Vec<Server> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("peers");
    let mut servers = Vec::new();
    let mut add = |kind, name: &str, command: Result<String, String>| match command {
        Ok(command) => {
            for (way, port) in [("stdio", ""), ("HTTP", " {port}")] {
                servers.extend(Server::peer(kind, &format!("{name}, {way}={command}{port}"), gateway));
            }
        }
        Err(error) => println!("{name} is left out: {error}"),
    };
    add(Kind::FastMcp, "FastMCP from OpenAPI", python(&source, &target));
    add(Kind::TypeScript, "TypeScript SDK by hand", typescript(&source, &target));
    servers
}

fn python(source: &Path, target: &Path) -> Result<String, String> {
    let place = target.join("python");
    let interpreter = place.join("bin/python");
    if !place.join("ready").exists() {
        run(Command::new("python3").args(["-m", "venv"]).arg(&place))?;
        let requirements = source.join("requirements.txt");
        run(Command::new(&interpreter).args(["-m", "pip", "install", "--quiet", "-r"]).arg(requirements))?;
        mark(&place)?;
    }
    Ok(format!("{} {}", interpreter.display(), source.join("fastmcp_bridge.py").display()))
}

fn typescript(source: &Path, target: &Path) -> Result<String, String> {
    let place = target.join("typescript");
    std::fs::create_dir_all(&place).map_err(|error| error.to_string())?;
    for name in ["package.json", "server.mjs"] {
        let from = source.join("typescript").join(name);
        std::fs::copy(from, place.join(name)).map_err(|error| format!("{name}: {error}"))?;
    }
    if !place.join("ready").exists() {
        run(Command::new("npm").args(["install", "--silent", "--no-audit", "--no-fund"]).current_dir(&place))?;
        mark(&place)?;
    }
    Ok(format!("node {}", place.join("server.mjs").display()))
}

fn run(command: &mut Command) -> Result<(), String> {
    let program = PathBuf::from(command.get_program());
    let output = command.output().map_err(|error| format!("{}: {error}", program.display()))?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    Err(format!("{} failed: {}", program.display(), text.lines().last().unwrap_or_default()))
}

/// Only what was set up whole is used again.
fn mark(place: &Path) -> Result<(), String> {
    std::fs::write(place.join("ready"), "").map_err(|error| error.to_string())
}
