//! The committed declarations are those of the headers: generated anew, compared, and written when GEYSER_WRITE_BINDINGS says so.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test says what it expects by panicking

use std::{collections::HashMap, fmt::Write, fs, path::Path};

/// The header gives enumerators by an anonymous enum behind the typedef of their type; bindgen gives each such enum a number for a name.
/// Here each constant gets the type that the header means, and each struct with a size its `GEYSER_INIT`.
fn with_types(generated: &str, headers: &str) -> String {
    let mut types = HashMap::new();
    let mut current = None;
    for line in headers.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let ["typedef", "uint32_t" | "int32_t", name] = words[..] {
            current = name.strip_suffix(';');
        }
        for name in line.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|word| word.starts_with("GEYSER_")) {
            if line.contains(&format!("{name} = "))
                && let Some(found) = current
            {
                types.insert(name.to_owned(), found.to_owned());
            }
        }
    }
    let mut out = String::new();
    for line in generated.lines() {
        if line.starts_with("pub type _bindgen_ty_") {
            continue;
        }
        match line.strip_prefix("pub const ").and_then(|rest| rest.split_once(": _bindgen_ty_")) {
            Some((name, rest)) => {
                let value = rest.split_once(" = ").expect("a value").1;
                writeln!(out, "pub const {name}: {} = {value}", types[name]).unwrap();
            }
            // Comments behind a field are `///< ...` there, and brackets would be links here.
            None if line.trim_start().starts_with("///") => {
                writeln!(out, "{}", line.replacen("///<", "///", 1).replace('[', "\\[").replace(']', "\\]")).unwrap();
            }
            None => writeln!(out, "{line}").unwrap(),
        }
    }
    let mut structs = Vec::new();
    let mut lines = out.lines().peekable();
    while let Some(line) = lines.next() {
        if let Some(name) = line.strip_prefix("pub struct ").and_then(|rest| rest.strip_suffix(" {"))
            && lines.peek().is_some_and(|next| next.trim() == "pub struct_size: u32,")
        {
            structs.push(name.to_owned());
        }
    }
    for name in structs {
        writeln!(out, "unsafe impl crate::Sized32 for {name} {{}}").unwrap();
    }
    out
}

fn generate(include: &Path) -> String {
    let generated = bindgen::Builder::default()
        .header(include.join("geyser/geyser.h").to_str().unwrap())
        .clang_args(["-std=c11", &format!("-I{}", include.display())])
        .allowlist_item("(geyser|GEYSER)_.*")
        .blocklist_item("GEYSER_NO_OS_HANDLE|GEYSER_GEYSER_H|GEYSER_C_[A-Z_]+_H|GEYSER_ABI_VERSION")
        .raw_line("// Made from include/geyser/geyser.h by ../tests/bindings.rs, which says how to make it again.")
        .raw_line("pub const GEYSER_NO_OS_HANDLE: geyser_os_handle = -1;")
        .raw_line(format!("pub const GEYSER_ABI_VERSION: u32 = {};", abi_version(include)))
        .use_core()
        .prepend_enum_name(false)
        .derive_debug(true)
        .derive_default(false)
        .disable_header_comment()
        .formatter(bindgen::Formatter::Prettyplease)
        .generate()
        .expect("libclang reads the headers (it comes with the packages of scripts/packages-ci.txt)")
        .to_string();
    let mut headers = String::new();
    let mut files: Vec<_> = fs::read_dir(include.join("geyser/c")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        headers.push_str(&fs::read_to_string(file).unwrap());
    }
    with_types(&generated, &headers)
}

fn abi_version(include: &Path) -> u32 {
    let base = fs::read_to_string(include.join("geyser/c/base.h")).unwrap();
    base.lines().find_map(|line| line.strip_prefix("#define GEYSER_ABI_VERSION ")).unwrap().trim().parse().unwrap()
}

#[test]
fn committed_declarations_are_those_of_the_headers() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let committed = here.join("src/bindings.rs");
    let generated = generate(&here.join("../../../include"));
    if std::env::var_os("GEYSER_WRITE_BINDINGS").is_some() {
        fs::write(&committed, &generated).unwrap();
        return;
    }
    let there = fs::read_to_string(&committed).unwrap();
    let differing = generated.lines().zip(there.lines()).enumerate().find(|(_, (new, old))| new != old);
    assert!(
        generated == there,
        "src/bindings.rs differs from the headers, first in line {}; GEYSER_WRITE_BINDINGS=1 cargo test -p geyser-sys writes it anew",
        differing.map_or(there.lines().count().min(generated.lines().count()), |(line, _)| line) + 1
    );
}
