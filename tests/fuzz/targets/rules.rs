//! Rule files of any content: loaded, or refused with a place, never a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trailsift::derive::FIELDS;
use trailsift::rule::{Options, RuleFile, load};

fuzz_target!(|text: &str| {
    let options =
        Options { derived: FIELDS.iter().map(|field| field.name).collect(), ..Options::default() };
    let file = RuleFile::new("fuzz.yml", text);
    if let Err(errors) = load(&[vec![file]], &options) {
        assert!(!errors.to_string().is_empty());
    }
});
