//! Names that a release, its packages and `cargo binstall` must agree on. `packaging/check` installs the packages.

use std::collections::BTreeSet;
use std::path::Path;

fn file(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

#[test]
fn the_release_builds_every_platform_that_packages_are_made_for() {
    let pairs = |text: &str, pattern: &str| -> BTreeSet<(String, String)> {
        let found = regex_lite::Regex::new(pattern).unwrap();
        found.captures_iter(text).map(|found| (found[1].to_owned(), found[2].to_owned())).collect()
    };
    let built = pairs(&file(".github/workflows/release.yml"), r"platform: ([\w-]+), target: ([\w-]+)");
    let packed = pairs(&file("packaging/build.py"), r#""([\w-]+)": \{"os": "\w+", "cpu": "\w+", "target": "([\w-]+)""#);
    assert_eq!(built, packed);
    assert_eq!(built.len(), 5);
}

#[test]
fn cargo_binstall_takes_archives_that_are_made() {
    let manifest: toml::Table = file("Cargo.toml").parse().unwrap();
    let binstall = &manifest["package"]["metadata"]["binstall"];
    let made = file("packaging/build.py");
    assert!(made.contains(r#"stem = f"{NAME}-{release.facts['target']}""#) && made.contains(r#"{stem}.tar.gz""#));
    let usual = binstall["pkg-url"].as_str().unwrap();
    assert!(usual.ends_with("/v{ version }/{ name }-{ target }.tar.gz"), "{usual}");
    for (target, instead) in binstall["overrides"].as_table().unwrap() {
        let url = instead["pkg-url"].as_str().unwrap();
        let archive = url.rsplit('/').next().unwrap().replace("{ name }-", "").replace("{ target }", target);
        let archive = archive.trim_end_matches(".tar.gz").trim_end_matches(".zip");
        assert!(made.contains(&format!("\"target\": \"{archive}\"")), "{target} takes {url}");
    }
}
