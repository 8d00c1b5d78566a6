//! Records read by the shapes of those before them against records read alone: line by line, all of them twice.
#![no_main]

use libfuzzer_sys::fuzz_target;
use trailsift::event::{Layout, Raw, Record, Slots, digest, scanner};

const PATHS: [&str; 8] = ["a", "a.b", "a.b.c", "b", "requestParameters", "requestParameters.x", "readOnly", "é"];

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let layout = Layout::new(PATHS);
    let (mut on, mut alone) = (Slots::new(layout.len()), Slots::new(layout.len()));
    for _ in 0..2 {
        on.leave_text();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let read_on = scanner::read_on(text, at, &layout, &mut on);
            assert_eq!(read_on, scanner::read(text, at, &layout, &mut alone), "{line}");
            if let Ok(end) = read_on {
                let read = Record::new(text, at, end, &on);
                let expected = Record::new(text, at, end, &alone);
                assert_eq!(digest::of(&read), digest::digest(expected.json()), "{line}");
                for (field, name) in layout.names() {
                    let all = |record: &Record<'_>| format!("{:?}", record.all(field).collect::<Vec<Raw<'_>>>());
                    assert_eq!(all(&read), all(&expected), "{name} of {line}");
                }
            }
            at += line.len();
        }
    }
});
