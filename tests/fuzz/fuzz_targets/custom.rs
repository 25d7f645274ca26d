//! Webhooks of this platform: a topic on the first line, then the body.
#![no_main]

use shared::domain::platform::Platform;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    fuzz::read(Platform::Custom, data);
});
