//! The files of a labelled list, as they are or packed by `xz`.

use std::error::Error;
use std::path::Path;
use std::process::Command;

/// The text of a file of this name, or of one with `.xz` behind it.
pub fn text(directory: &Path, name: &str) -> Result<String, Box<dyn Error>> {
    let plain = directory.join(name);
    if plain.exists() {
        return Ok(std::fs::read_to_string(plain)?);
    }
    let packed = directory.join(format!("{name}.xz"));
    let unpacked = Command::new("xz").arg("-dc").arg(&packed).output().map_err(|error| format!("xz: {error}"))?;
    if !unpacked.status.success() {
        return Err(format!("{}: {}", packed.display(), String::from_utf8_lossy(&unpacked.stderr).trim()).into());
    }
    Ok(String::from_utf8(unpacked.stdout)?)
}
