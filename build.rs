//! Puts what every start runs next to each other in the binary.
//!
//! The system maps code by 64 KiB. What a start runs is a twentieth of the code, but spread over all of it, so that most of
//! the file would be resident in a process that rests. `link/first.ld` names the functions; `scripts/first.py` writes it.

use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=link/first.ld");
    let is = |name: &str, wanted: &str| env::var(name).is_ok_and(|value| value == wanted);
    // Only where the linker is known to be the toolchain's own: another one may not read the script.
    let is_usual = env::var_os("RUSTC_LINKER").is_none()
        && env::var("CARGO_ENCODED_RUSTFLAGS").is_ok_and(|flags| !flags.contains("link"));
    if is("TARGET", "x86_64-unknown-linux-gnu") && is("PROFILE", "release") && is_usual {
        // From a copy: what this prints is used again for another checkout that shares the target directory, and that one may
        // outlive this one.
        let script = Path::new(&env::var_os("OUT_DIR").unwrap_or_default()).join("first.ld");
        if fs::copy("link/first.ld", &script).is_ok() {
            println!("cargo::rustc-link-arg-bins=-Wl,-T,{}", script.display());
        }
    }
}
