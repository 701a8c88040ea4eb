//! The library that was linked is the one that the declarations are of: symbols, sizes, places, version.
#![allow(clippy::unwrap_used, clippy::expect_used)] // a test says what it expects by panicking

use std::{collections::HashMap, ffi::CStr, fs, mem::size_of, path::Path};

use geyser_sys::{self as sys, Sized32};

fn committed() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bindings.rs")).unwrap()
}

fn frozen(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../src/c").join(name)).unwrap()
}

#[test]
fn the_library_has_the_abi_of_the_declarations() {
    // SAFETY: no arguments; the version is text in static storage.
    let (abi, version, features) = unsafe { (sys::geyser_abi_version(), CStr::from_ptr(sys::geyser_version()), sys::geyser_features()) };
    assert_eq!(abi, sys::GEYSER_ABI_VERSION);
    assert_eq!(version.to_str().unwrap(), env!("CARGO_PKG_VERSION"), "the crate has the library's version");
    assert_ne!(features & sys::GEYSER_FEATURE_STREAMS, 0);
}

#[test]
fn every_frozen_symbol_is_declared() {
    let bindings = committed();
    let mut number = 0;
    for line in frozen("symbols.txt").lines().filter(|line| line.starts_with("geyser_")) {
        let name = line.split(':').next().unwrap();
        assert!(bindings.contains(&format!("pub fn {name}(")), "{name} is in src/c/symbols.txt and not declared");
        number += 1;
    }
    assert!(number > 200, "{number} symbols are too few: src/c/symbols.txt has another form");
}

/// bindgen asserts what libclang says of each struct; the frozen layout is what a C compiler said when the ABI was settled.
#[test]
fn every_struct_is_laid_out_as_frozen() {
    let bindings: String = committed().split_whitespace().collect();
    let mut checked = HashMap::from([("struct", 0), ("field", 0)]);
    for line in frozen("layout.txt").lines() {
        match line.split_whitespace().collect::<Vec<_>>()[..] {
            ["struct", name, size] => {
                let assertion = format!("::core::mem::size_of::<{name}>()-{size}usize]");
                assert!(bindings.contains(&assertion), "{name} is not {size} bytes in the declarations");
                *checked.get_mut("struct").unwrap() += 1;
            }
            ["field", path, offset, _size] => {
                let (owner, field) = path.split_once('.').unwrap();
                let rust = if field == "type" { "type_" } else { field };
                let assertion = format!("::core::mem::offset_of!({owner},{rust})-{offset}usize]");
                assert!(bindings.contains(&assertion), "{path} is not at byte {offset} in the declarations");
                *checked.get_mut("field").unwrap() += 1;
            }
            _ => {}
        }
    }
    assert!(checked["struct"] > 40 && checked["field"] > 300, "{checked:?} is too few: src/c/layout.txt has another form");
}

#[test]
fn sized_structs_are_zero_behind_their_size() {
    let descriptor = sys::geyser_texture_descriptor::sized();
    assert_eq!(descriptor.struct_size as usize, size_of::<sys::geyser_texture_descriptor>());
    assert_eq!((descriptor.extent.width, descriptor.format, descriptor.label.is_null()), (0, 0, true));
}
