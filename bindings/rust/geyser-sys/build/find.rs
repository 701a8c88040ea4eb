//! Where libgeyser is, and whether it is one that this crate can call. Used by the build script and, as it stands, by ../tests/find.rs.

use std::{
    ffi::{CStr, CString, c_char, c_int, c_void},
    fmt,
    path::{Path, PathBuf},
    process::Command,
};

/// The oldest library that has every function declared here.
pub const NEEDED_VERSION: Version = Version(0, 1, 0);
/// GEYSER_ABI_VERSION of the headers that the declarations come from.
pub const NEEDED_ABI: u32 = 1;
/// The library's name for the linker's run time: what programs that are linked with it open.
pub const SONAME: &str = "libgeyser.so.0";

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32, pub u32);

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}.{}", self.0, self.1, self.2)
    }
}

impl Version {
    /// Reads "0.1.0"; what follows the third number is not looked at.
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.trim().split('.').map(|part| {
            let digits = part.bytes().take_while(u8::is_ascii_digit).count();
            part[..digits].parse::<u32>().ok()
        });
        Some(Self(numbers.next()??, numbers.next()??, numbers.next()??))
    }
}

/// What the search depends on.
pub struct Places {
    /// GEYSER_LIB_DIR
    pub lib_dir: Option<PathBuf>,
    /// The command that answers for installed packages; $PKG_CONFIG, else pkg-config.
    pub pkg_config: String,
    /// The root of the checkout that this crate stands in, if it does.
    pub checkout: Option<PathBuf>,
}

/// The library's file, or the sentence that says what to do.
pub fn library(places: &Places) -> Result<PathBuf, String> {
    if let Some(folder) = &places.lib_dir {
        return in_folder(folder).ok_or_else(|| {
            format!(
                "GEYSER_LIB_DIR is {}, which holds no libgeyser.so; it must name the folder of the library, such as build/release/src/c of a checkout that was built.",
                folder.display()
            )
        });
    }
    if let Some(folder) = from_pkg_config(&places.pkg_config) {
        return in_folder(&folder).ok_or_else(|| {
            format!(
                "{} says that geyser-c is in {}, which holds no libgeyser.so; install the library there again, or set GEYSER_LIB_DIR to its folder.",
                places.pkg_config,
                folder.display()
            )
        });
    }
    if let Some(root) = &places.checkout {
        for preset in ["release", "dev"] {
            if let Some(found) = in_folder(&root.join("build").join(preset).join("src/c")) {
                return Ok(found);
            }
        }
        return Err(format!(
            "libgeyser.so was not found: GEYSER_LIB_DIR is not set, {} knows no geyser-c, and {} has neither build/release/src/c/libgeyser.so nor build/dev/src/c/libgeyser.so; \
             run `make` there, or set GEYSER_LIB_DIR to the folder of the library.",
            places.pkg_config,
            root.display()
        ));
    }
    Err(format!(
        "libgeyser.so was not found: GEYSER_LIB_DIR is not set and {} knows no geyser-c; install libgeyser {NEEDED_VERSION} or newer, or set GEYSER_LIB_DIR to the folder of the library.",
        places.pkg_config
    ))
}

fn in_folder(folder: &Path) -> Option<PathBuf> {
    ["libgeyser.so", SONAME].iter().map(|name| folder.join(name)).find(|path| path.is_file())
}

fn from_pkg_config(command: &str) -> Option<PathBuf> {
    let answer = Command::new(command).args(["--variable=libdir", "geyser-c"]).output().ok()?;
    let folder = String::from_utf8(answer.stdout).ok()?;
    (answer.status.success() && !folder.trim().is_empty()).then(|| PathBuf::from(folder.trim()))
}

/// Loads the library and asks it: the answer of what will be linked, not of a file beside it.
pub fn check(library: &Path) -> Result<Version, String> {
    let (text, abi) = ask(library)?;
    let path = library.display();
    let version = Version::parse(&text)
        .ok_or_else(|| format!("{path} says that its version is '{text}', which is no version; is it libgeyser? Set GEYSER_LIB_DIR to the folder of the library."))?;
    if version < NEEDED_VERSION {
        return Err(format!(
            "{path} is libgeyser {version}, and {NEEDED_VERSION} or newer is needed; build or install a newer one, or set GEYSER_LIB_DIR to its folder."
        ));
    }
    if abi != NEEDED_ABI {
        return Err(format!(
            "{path} is libgeyser {version} with ABI {abi}, and ABI {NEEDED_ABI} is needed; use the geyser-sys that belongs to it, or set GEYSER_LIB_DIR to a library with ABI {NEEDED_ABI}."
        ));
    }
    Ok(version)
}

const RTLD_NOW: c_int = 2;

unsafe extern "C" {
    fn dlopen(file: *const c_char, mode: c_int) -> *mut c_void;
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
    fn dlerror() -> *const c_char;
}

fn ask(library: &Path) -> Result<(String, u32), String> {
    let path = library.display();
    let file = CString::new(library.as_os_str().as_encoded_bytes())
        .map_err(|_| format!("the path {path} has a zero byte in it; set GEYSER_LIB_DIR to another folder."))?;
    // SAFETY: `file` is text with a zero at its end. Initialisers of the library run: whoever builds chose to run it. It stays open for the few
    // milliseconds that are left of the process.
    let handle = unsafe { dlopen(file.as_ptr(), RTLD_NOW) };
    if handle.is_null() {
        // SAFETY: after a failure dlerror gives text that lives until the next call of the family in this thread.
        let why = unsafe { CStr::from_ptr(dlerror()) }.to_string_lossy().into_owned();
        return Err(format!(
            "{path} cannot be loaded ({why}); build or install libgeyser again, or set GEYSER_LIB_DIR to the folder of one that can."
        ));
    }
    let find = |name: &CStr| {
        // SAFETY: the handle is open and the name ends with a zero.
        let found = unsafe { dlsym(handle, name.as_ptr()) };
        (!found.is_null()).then_some(found).ok_or_else(|| {
            format!(
                "{path} has no function {}: it is not libgeyser; set GEYSER_LIB_DIR to the folder of the library.",
                name.to_string_lossy()
            )
        })
    };
    let (version, abi) = (find(c"geyser_version")?, find(c"geyser_abi_version")?);
    // SAFETY: the two functions have had these types in every release.
    let (version, abi) = unsafe {
        (
            std::mem::transmute::<*mut c_void, unsafe extern "C" fn() -> *const c_char>(version),
            std::mem::transmute::<*mut c_void, unsafe extern "C" fn() -> u32>(abi),
        )
    };
    // SAFETY: the first gives text in static storage, the second a number.
    unsafe { Ok((CStr::from_ptr(version()).to_string_lossy().into_owned(), abi())) }
}
