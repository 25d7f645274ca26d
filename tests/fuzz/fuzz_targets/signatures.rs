//! Whole requests to every platform's address: headers, an empty line, the body.
#![no_main]

use shared::domain::platform::Platform;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    for platform in Platform::ALL {
        fuzz::judge(platform, data);
    }
});
