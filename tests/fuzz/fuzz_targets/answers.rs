//! Answers of the APIs about an order: a platform on the first line, then an object with each answer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    fuzz::read_answers(data);
});
