//! Finds libgeyser, refuses one that cannot be called, and shows it to the linker and to `cargo run` and `cargo test`.

use std::{env, fs, os::unix::fs::symlink, path::Path, path::PathBuf, process::exit};

#[allow(missing_docs)]
mod find;

fn main() {
    for name in ["GEYSER_LIB_DIR", "PKG_CONFIG", "PKG_CONFIG_PATH", "PKG_CONFIG_LIBDIR"] {
        println!("cargo::rerun-if-env-changed={name}");
    }
    println!("cargo::rerun-if-changed=build");
    if env::var_os("DOCS_RS").is_some() {
        return; // documentation only: nothing is linked there, and no library is installed
    }
    if let Err(sentence) = run() {
        println!("cargo::error={sentence}");
        exit(1);
    }
}

fn run() -> Result<(), String> {
    if variable("CARGO_CFG_TARGET_OS")? != "linux" {
        return Err(format!(
            "libgeyser's C interface is offered on Linux only, and the target is {}; build for a Linux target.",
            variable("TARGET")?
        ));
    }
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR")?).join("../../..");
    let root = root.canonicalize().unwrap_or(root);
    let places = find::Places {
        lib_dir: env::var_os("GEYSER_LIB_DIR").map(PathBuf::from),
        pkg_config: env::var("PKG_CONFIG").unwrap_or_else(|_| "pkg-config".to_owned()),
        checkout: root.join("include/geyser/geyser.h").is_file().then_some(root),
    };
    let library = find::library(&places)?;
    let library = library
        .canonicalize()
        .map_err(|error| format!("{} cannot be read: {error}; build or install libgeyser again.", library.display()))?;
    if variable("HOST")? == variable("TARGET")? {
        find::check(&library)?;
    } else {
        println!(
            "cargo::warning=libgeyser for another machine cannot be asked for its version here; the program compares its ABI when it starts."
        );
    }
    show(&library)
}

/// Links beside everything else that cargo makes: it adds such folders to the path of what it runs, so that no LD_LIBRARY_PATH is needed.
fn show(library: &Path) -> Result<(), String> {
    let folder = PathBuf::from(variable("OUT_DIR")?).join("lib");
    let failed = |error: std::io::Error| {
        format!("{} cannot be written: {error}; make room, or set CARGO_TARGET_DIR to another folder.", folder.display())
    };
    fs::create_dir_all(&folder).map_err(failed)?;
    for name in ["libgeyser.so", find::SONAME] {
        let link = folder.join(name);
        if link.symlink_metadata().is_ok() {
            fs::remove_file(&link).map_err(failed)?;
        }
        symlink(library, &link).map_err(failed)?;
    }
    println!("cargo::rerun-if-changed={}", library.display());
    println!("cargo::rustc-link-search=native={}", folder.display());
    println!("cargo::rustc-link-lib=dylib=geyser");
    println!("cargo::metadata=lib={}", library.display());
    Ok(())
}

fn variable(name: &str) -> Result<String, String> {
    env::var(name).map_err(|_| format!("{name} is not set; run this build script by cargo."))
}
