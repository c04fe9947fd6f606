#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| byok_fuzz::dotenv::run(input));
