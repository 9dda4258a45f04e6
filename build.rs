//! Puts what every start runs next to each other in the binary.
//!
//! The system maps code by 64 KiB. What a start runs is a twentieth of the code, but spread over all of it, so that most of
//! the file would be resident in a process that rests. `link/first.ld` names the functions; `scripts/first.py` writes it.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=link/first.ld");
    let is = |name: &str, wanted: &str| env::var(name).is_ok_and(|value| value == wanted);
    // Only where the linker is known to be the toolchain's own: another one may not read the script.
    let is_usual = env::var_os("RUSTC_LINKER").is_none()
        && env::var("CARGO_ENCODED_RUSTFLAGS").is_ok_and(|flags| !flags.contains("link"));
    if is("TARGET", "x86_64-unknown-linux-gnu") && is("PROFILE", "release") && is_usual {
        let directory = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
        println!("cargo::rustc-link-arg-bins=-Wl,-T,{directory}/link/first.ld");
    }
}
