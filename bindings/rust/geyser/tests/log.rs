//! The log's callback: one for the whole process, so that everything about it is one test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test says what it expects by panicking

use std::sync::{Arc, Mutex};

use geyser::{ErrorKind, LogLevel, log, set_log_callback, set_log_level};

type Lines = Arc<Mutex<Vec<(LogLevel, String)>>>;

fn collect() -> Lines {
    let lines: Lines = Arc::default();
    let mine = lines.clone();
    set_log_callback(Some(Box::new(move |level, line| mine.lock().unwrap().push((level, line.to_owned()))))).unwrap();
    lines
}

#[test]
fn lines_arrive_panics_do_not_cross_and_the_callback_before_is_dropped() {
    let lines = collect();
    set_log_level(LogLevel::Info).unwrap();
    log(LogLevel::Debug, "too low").unwrap();
    log(LogLevel::Info, "grüße").unwrap();
    log(LogLevel::Error, "bad").unwrap();
    assert_eq!(*lines.lock().unwrap(), [(LogLevel::Info, "grüße".into()), (LogLevel::Error, "bad".into())]);
    assert_eq!(log(LogLevel::Error, "a\0b").unwrap_err().kind(), ErrorKind::InvalidArgument);

    let other = collect();
    assert_eq!(Arc::strong_count(&lines), 1, "the callback before is dropped");
    log(LogLevel::Warning, "for the second").unwrap();
    assert_eq!((lines.lock().unwrap().len(), other.lock().unwrap().len()), (2, 1));

    let calls = Arc::new(Mutex::new(0));
    let mine = calls.clone();
    set_log_callback(Some(Box::new(move |_, _| {
        *mine.lock().unwrap() += 1;
        assert_eq!(log(LogLevel::Error, "again").unwrap_err().kind(), ErrorKind::InvalidState);
        assert_eq!(set_log_callback(None).unwrap_err().kind(), ErrorKind::InvalidState);
        // A payload whose own destruction panics must not cross either.
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("on purpose: the payload's destruction");
            }
        }
        std::panic::panic_any(Bomb);
    })))
    .unwrap();
    log(LogLevel::Error, "one").unwrap();
    log(LogLevel::Error, "two").unwrap();
    assert_eq!(*calls.lock().unwrap(), 2, "a panic in the callback leaves it as it was");

    set_log_callback(None).unwrap();
    assert_eq!(Arc::strong_count(&calls), 1);
    set_log_level(LogLevel::Off).unwrap();
    log(LogLevel::Error, "to nobody").unwrap();
}
