//! Files made to hurt: bombs, depth, endless damage, and noise.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use trailsift::input::SkipKind;

use crate::{events, ids, kinds, read_bytes, read_noise};

#[test]
fn depth_costs_the_record_alone() {
    let all = events();
    for deep in [
        format!("{}1{}", "[".repeat(500_000), "]".repeat(500_000)),
        "[".repeat(500_000),
        format!("{}1{}", "{\"a\":".repeat(200), "}".repeat(200)),
    ] {
        let bomb = all[1].replace("null", &deep);
        let text = format!("{{\"Records\":[{},{bomb},{}]}}", all[0], all[2]);
        let (seen, report) = read_bytes(text.as_bytes());
        assert_eq!(ids(&seen).len(), 2, "{report:?}");
        assert_eq!(kinds(&report), [SkipKind::TooDeep]);
        assert_eq!(report.skipped[0].record, Some(1));
    }
    let (_, report) = read_bytes("[".repeat(1 << 20).as_bytes());
    assert!(report.incomplete);
}

#[test]
fn a_gzip_bomb_is_stopped_and_what_came_before_counts() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    writeln!(encoder, "{}", events()[0]).unwrap();
    for _ in 0..280 {
        encoder.write_all(&[b' '; 1 << 20]).unwrap();
    }
    let (seen, report) = read_bytes(&encoder.finish().unwrap());
    assert_eq!((seen.len(), kinds(&report)), (1, vec![SkipKind::Bomb]));
}

#[test]
fn white_space_and_long_prefaces_cost_no_memory() {
    let event = &events()[0];
    let text = format!(
        "{}{{\"Records\":[{}{event}{}]}}",
        " ".repeat(5 << 20),
        " ".repeat(5 << 20),
        "\n".repeat(5 << 20)
    );
    let (seen, report) = read_bytes(text.as_bytes());
    assert_eq!((seen.len(), kinds(&report)), (1, vec![]));
}

#[test]
fn a_record_without_end_is_given_up() {
    let all = events();
    let huge = format!("{{\"x\":\"{}\"}}", "y".repeat(65 << 20));
    let text = format!("{{\"Records\":[{},{huge},{}]}}", all[0], all[1]);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let layout = trailsift::event::Layout::new([]);
    let mut numbers = Vec::new();
    let report = trailsift::input::Reader::new(&layout)
        .read(&trailsift::input::Source::file(file.path()), &mut |_, number| numbers.push(number));
    assert_eq!((numbers, kinds(&report)), (vec![0, 2], vec![SkipKind::TooLarge]), "{report:?}");
}

#[test]
fn endless_damage_makes_a_short_report() {
    let event = &events()[0];
    for text in [
        format!("[{event}{}", format!(",{{\"a\":}},{event}").repeat(2000)),
        format!("{event}\n{}", format!("{{\"a\":x}}\n{event}\n").repeat(2000)),
        format!("{event}{}", format!("x{event}").repeat(2000)),
    ] {
        let (seen, report) = read_bytes(text.as_bytes());
        assert_eq!(seen.len(), 2001);
        assert!(report.skipped.len() <= 7, "{report:?}");
        assert!(
            report.skipped.iter().any(|skipped| skipped.reason.starts_with("and 1995 more")),
            "{report:?}"
        );
    }
}

#[test]
fn a_repeated_key_means_its_last_value() {
    let event =
        events()[0].replace("\"eventName\":\"CreateUser\"", "\"eventName\":\"A\",\"eventName\":\"B\"");
    let layout = trailsift::event::Layout::new([]);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), format!("[{event},{event}]")).unwrap();
    let mut names = Vec::new();
    trailsift::input::Reader::new(&layout).read(
        &trailsift::input::Source::file(file.path()),
        &mut |record, _| {
            names.push(record.text(trailsift::event::field::EVENT_NAME).unwrap().into_owned());
            assert_eq!(record.json(), event);
        },
    );
    assert_eq!(names, ["B", "B"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn noise_is_read_without_harm(bytes in proptest::collection::vec(any::<u8>(), 1..600)) {
        let (seen, report) = read_noise(&bytes);
        let blank = bytes.iter().all(u8::is_ascii_whitespace);
        prop_assert!(seen.is_empty() && (blank || !report.skipped.is_empty()), "{:?}", report);
    }

    #[test]
    fn json_like_noise_is_read_without_harm(
        pieces in proptest::collection::vec(0usize..24, 1..60), cut in any::<proptest::sample::Index>(),
    ) {
        let event = &events()[0];
        let all = [
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\n", " ", "1", "null", "\"a\"", "\"Records\"", "{\"Records\":[",
            "\"eventVersion\"", "{\"eventVersion\":\"1\"", "\"message\":", "\"{\\\"eventName\\\":\\\"a\\\"}\"", "\u{feff}",
            "é", "\\ud83d", event, "{\"data\":",
        ];
        let text: String = pieces.iter().map(|piece| all[*piece]).collect();
        read_noise(text.as_bytes());
        read_noise(&text.as_bytes()[..cut.index(text.len() + 1)]);
    }
}
