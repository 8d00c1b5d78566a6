//! Policy documents of any content: read, or refused with a reason, never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trailsift::policy::Policy;

fuzz_target!(|text: &str| {
    if let Err(fault) = Policy::parse(text) {
        assert!(!fault.to_string().is_empty());
    }
});
