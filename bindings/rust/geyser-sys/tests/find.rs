//! The build script with no library, old ones, broken ones: each time one sentence that says what was found and what to do.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)] // a test says what it expects by panicking

#[path = "../build/find.rs"]
mod find;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use find::{Places, Version};

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = env::temp_dir().join(format!("geyser-sys-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A libgeyser.so that answers what it is told to.
fn library(folder: &Folder, source: &str) -> PathBuf {
    let (code, out) = (folder.0.join("library.c"), folder.0.join("libgeyser.so"));
    fs::write(&code, source).unwrap();
    let made = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&out).arg(&code).status().expect("cc makes libraries");
    assert!(made.success());
    out
}

fn answering(folder: &Folder, version: &str, abi: u32) -> PathBuf {
    library(
        folder,
        &format!("const char* geyser_version(void) {{ return \"{version}\"; }}\nunsigned geyser_abi_version(void) {{ return {abi}; }}\n"),
    )
}

fn one_sentence(text: &str) {
    assert!(!text.contains('\n') && text.ends_with('.'), "no sentence: {text}");
}

#[test]
fn an_empty_folder_is_named() {
    let folder = Folder::new("empty");
    let places = Places { lib_dir: Some(folder.0.clone()), pkg_config: "pkg-config".into(), checkout: None };
    let said = find::library(&places).unwrap_err();
    assert_eq!(
        said,
        format!(
            "GEYSER_LIB_DIR is {}, which holds no libgeyser.so; it must name the folder of the library, such as build/release/src/c of a checkout that was built.",
            folder.0.display()
        )
    );
}

#[test]
fn nothing_anywhere_says_what_to_do() {
    let folder = Folder::new("nothing");
    let outside = Places { lib_dir: None, pkg_config: "no-such-pkg-config".into(), checkout: None };
    let said = find::library(&outside).unwrap_err();
    one_sentence(&said);
    assert!(said.contains("no-such-pkg-config knows no geyser-c") && said.contains("install libgeyser 0.1.0 or newer"), "{said}");
    let inside = Places { lib_dir: None, pkg_config: "no-such-pkg-config".into(), checkout: Some(folder.0.clone()) };
    let said = find::library(&inside).unwrap_err();
    one_sentence(&said);
    assert!(said.contains("run `make` there") && said.contains(&folder.0.display().to_string()), "{said}");
}

#[test]
fn a_checkout_gives_its_release_first() {
    let folder = Folder::new("checkout");
    let places = Places { lib_dir: None, pkg_config: "no-such-pkg-config".into(), checkout: Some(folder.0.clone()) };
    for preset in ["dev", "release"] {
        let place = folder.0.join("build").join(preset).join("src/c");
        fs::create_dir_all(&place).unwrap();
        fs::write(place.join("libgeyser.so"), "").unwrap();
        assert_eq!(find::library(&places).unwrap(), place.join("libgeyser.so"));
    }
}

#[test]
fn pkg_config_is_asked_before_the_checkout() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("pkg-config");
    let command = folder.0.join("pkg-config");
    fs::write(&command, format!("#!/bin/sh\n[ \"$*\" = '--variable=libdir geyser-c' ] && echo '{}'\n", folder.0.display())).unwrap();
    fs::set_permissions(&command, fs::Permissions::from_mode(0o755)).unwrap();
    let places = Places { lib_dir: None, pkg_config: command.display().to_string(), checkout: Some("/nowhere".into()) };
    let said = find::library(&places).unwrap_err();
    one_sentence(&said);
    assert!(said.contains("says that geyser-c is in") && said.contains("install the library there again"), "{said}");
    fs::write(folder.0.join("libgeyser.so.0"), "").unwrap();
    assert_eq!(find::library(&places).unwrap(), folder.0.join("libgeyser.so.0"));
}

#[test]
fn versions_are_read_and_compared() {
    assert_eq!(Version::parse("0.1.0"), Some(Version(0, 1, 0)));
    assert_eq!(Version::parse(" 1.22.3-rc1\n"), Some(Version(1, 22, 3)));
    assert_eq!(Version::parse("0.1"), None);
    assert_eq!(Version::parse("newest"), None);
    assert!(Version(0, 10, 0) > Version(0, 9, 9));
}

#[test]
fn an_old_library_is_refused_with_both_versions() {
    let folder = Folder::new("old");
    let path = answering(&folder, "0.0.9", 1);
    let said = find::check(&path).unwrap_err();
    assert_eq!(
        said,
        format!(
            "{} is libgeyser 0.0.9, and 0.1.0 or newer is needed; build or install a newer one, or set GEYSER_LIB_DIR to its folder.",
            path.display()
        )
    );
}

#[test]
fn another_abi_is_refused_with_both_numbers() {
    let folder = Folder::new("abi");
    let said = find::check(&answering(&folder, "2.0.0", 2)).unwrap_err();
    one_sentence(&said);
    assert!(said.contains("libgeyser 2.0.0 with ABI 2, and ABI 1 is needed"), "{said}");
}

#[test]
fn what_is_no_libgeyser_is_refused() {
    let folder = Folder::new("other");
    let said = find::check(&library(&folder, "int other(void) { return 0; }\n")).unwrap_err();
    one_sentence(&said);
    assert!(said.contains("has no function geyser_version"), "{said}");
    let folder = Folder::new("text");
    let path = folder.0.join("libgeyser.so");
    fs::write(&path, "not a library").unwrap();
    let said = find::check(&path).unwrap_err();
    one_sentence(&said);
    assert!(said.contains("cannot be loaded"), "{said}");
    let folder = Folder::new("unversioned");
    let said = find::check(&answering(&folder, "newest", 1)).unwrap_err();
    one_sentence(&said);
    assert!(said.contains("says that its version is 'newest'"), "{said}");
}

/// Cargo as people run it: the whole build script, against that folder.
fn cargo_says(lib_dir: &Path, target: &Folder) -> String {
    let run = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["check", "--locked", "--offline", "--package", "geyser-sys", "--manifest-path"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", &target.0)
        .env("GEYSER_LIB_DIR", lib_dir)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(!run.status.success(), "the build did not fail: {said}");
    said
}

#[test]
fn cargo_shows_the_sentence_and_stops() {
    let (target, empty, old) = (Folder::new("target"), Folder::new("cargo-empty"), Folder::new("cargo-old"));
    let said = cargo_says(&empty.0, &target);
    assert!(
        said.contains(&format!("error: geyser-sys@0.1.0: GEYSER_LIB_DIR is {}, which holds no libgeyser.so", empty.0.display())),
        "{said}"
    );
    answering(&old, "0.0.9", 1);
    let said = cargo_says(&old.0, &target);
    assert!(said.contains("is libgeyser 0.0.9, and 0.1.0 or newer is needed"), "{said}");
}
