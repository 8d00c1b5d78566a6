//! What is read by a shape is what the scanner reads.

use proptest::prelude::*;

use super::learn::{BEFORE_FEW, LONGEST_OF_FEW};
use crate::event::json::{skip_space, string_end};
use crate::event::samples::{PATHS, record, records_alike};
use crate::event::slots::Slots;
use crate::event::{FieldId, Layout, Mix, Raw, Record, digest, field, scanner};

/// All records of a text of lines, read on one after another and each alone; how many were read by a shape.
fn compared(records: &[String], layout: &Layout, on: &mut Slots) -> usize {
    let text = records.join("\n");
    let mut alone = Slots::new(layout.len());
    on.leave_text();
    let (mut at, mut by_shape) = (0, 0);
    for record in records {
        let read_on = scanner::read_on(&text, at, layout, on);
        assert_eq!(read_on, scanner::read(&text, at, layout, &mut alone), "{record} in {text}");
        if let Ok(end) = read_on {
            by_shape += usize::from(on.shape.is_some());
            let read = Record::new(&text, at, end, on);
            let expected = Record::new(&text, at, end, &alone);
            assert_eq!(digest::of(&read), digest::digest(expected.json()), "{record}");
            for (field, name) in layout.names() {
                let values =
                    |record: &Record<'_>| format!("{:?}", record.all(field).collect::<Vec<Raw<'_>>>());
                assert_eq!(values(&read), values(&expected), "{name} of {record}");
                assert_eq!(read.first(field), expected.first(field), "{name} of {record}");
            }
        }
        at += record.len() + 1;
    }
    by_shape
}

fn has_key_with_escapes(record: &str) -> bool {
    let (text, mut at) = (record.as_bytes(), 0);
    while let Some(open) = text[at..].iter().position(|byte| *byte == b'"') {
        let (end, escapes) = string_end(text, at + open + 1).unwrap();
        at = end + 1;
        if escapes && text.get(skip_space(text, at)) == Some(&b':') {
            return true;
        }
    }
    false
}

/// Whether a string of which there should be few is none of them.
fn is_none_of_few(record: &str) -> bool {
    BEFORE_FEW.iter().any(|before| {
        record.match_indices(before).any(|(at, _)| {
            let open = at + before.len();
            record.as_bytes()[open] == b'"' && {
                let (close, escapes) = string_end(record.as_bytes(), open + 1).unwrap();
                escapes || close - open > LONGEST_OF_FEW
            }
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn records_that_look_alike_are_read_as_if_alone(records in records_alike(), again: bool) {
        let layout = Layout::new(PATHS);
        let mut slots = Slots::new(layout.len());
        compared(&records, &layout, &mut slots);
        if again {
            let by_shape = compared(&records, &layout, &mut slots);
            // All but those that no shape is made of.
            let odd = records.iter().filter(|record| {
                let mut slots = Slots::new(layout.len());
                scanner::read(record, 0, &layout, &mut slots).is_err()
                    || has_key_with_escapes(record)
                    || is_none_of_few(record)
                    || layout.telling().iter().any(|field| {
                        let read = Record::new(record, 0, record.len(), &slots);
                        read.all(*field).any(|raw| matches!(raw, Raw::Escaped(_) | Raw::Array(_) | Raw::Object(_)))
                    })
            });
            prop_assert_eq!(by_shape, records.len() - odd.count());
        }
    }

    #[test]
    fn records_that_do_not_are_too(records in proptest::collection::vec(record(), 1..12)) {
        let layout = Layout::new(PATHS);
        let mut slots = Slots::new(layout.len());
        compared(&records, &layout, &mut slots);
        compared(&records, &layout, &mut slots);
    }

    #[test]
    fn a_changed_byte_is_noticed(records in records_alike(), at in any::<proptest::sample::Index>(), byte in 0x20u8..0x7f) {
        let layout = Layout::new(PATHS);
        let mut slots = Slots::new(layout.len());
        compared(&records, &layout, &mut slots);
        let mut broken = records[0].clone().into_bytes();
        let at = at.index(broken.len());
        prop_assume!(broken[at].is_ascii());
        broken[at] = byte;
        compared(&[String::from_utf8(broken).unwrap()], &layout, &mut slots);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// Of records of all shapes: those that spell the same fields alike, and hold the same text there, hold the same
    /// values, and others do not.
    #[test]
    fn the_same_stretches_hold_the_same_values(records in records_alike(), fields in any::<u64>(), start: u64) {
        let layout = Layout::new(PATHS);
        let fields: Vec<FieldId> =
            layout.names().map(|(field, _)| field).filter(|field| (fields >> (field.index() % 64)) & 1 != 0).collect();
        let mut slots = Slots::new(layout.len());
        compared(&records, &layout, &mut slots);
        let mut seen: Vec<(Vec<u8>, u128, String)> = Vec::new();
        for record in &records {
            slots.leave_text();
            let Ok(end) = scanner::read_on(record, 0, &layout, &mut slots) else { continue };
            let record = Record::new(record, 0, end, &slots);
            let Some(spelling) = record.spelling(fields.iter().copied()) else { continue };
            let hash = record.mix_spans(&spelling.spans, Mix::START.word(start)).value();
            let values = fields.iter().map(|field| format!("{:?}", record.all(*field).collect::<Vec<_>>()));
            seen.push((spelling.description, hash, values.collect::<String>()));
        }
        for (description, hash, values) in &seen {
            for (other_description, other_hash, other_values) in &seen {
                let alike = description == other_description && hash == other_hash;
                prop_assert!(!alike || values == other_values, "{} {}", values, other_values);
            }
        }
        // Or hardly any two events would be known to be alike.
        let same = |a: &(Vec<u8>, u128, String), b: &(Vec<u8>, u128, String)| a.0 == b.0 && a.1 == b.1;
        if records.iter().all(|record| *record == records[0]) {
            prop_assert!(seen.iter().all(|one| same(one, &seen[0])));
        }
    }
}

fn told(slots: &Slots, text: &str, field: FieldId) -> Option<String> {
    Record::new(text, 0, text.len(), slots).text(field).map(|text| text.into_owned())
}

#[test]
fn the_values_of_fields_that_tell_belong_to_the_shape() {
    let layout = Layout::new([]);
    let mut slots = Slots::new(layout.len());
    let call = |name: &str, id: &str| format!(r#"{{"eventName":"{name}","eventID":"{id}","n":[1,-2.5]}}"#);
    let mut shape = |text: &str| {
        slots.leave_text();
        scanner::read_on(text, 0, &layout, &mut slots).unwrap();
        assert_eq!(told(&slots, text, field::EVENT_NAME).unwrap(), &text[14..17]);
        slots.shape
    };
    assert_eq!(shape(&call("Get", "1")), None);
    let get = shape(&call("Get", "another"));
    assert!(get.is_some());
    assert_eq!(shape(&call("Put", "1")), None);
    assert!(shape(&call("Put", "2")).is_some_and(|put| Some(put) != get));
    assert_eq!(shape(&call("Get", r#"esc\"aped"#)), get);
    assert_eq!(shape(&call("Get", "3").replace("-2.5", "null")), None);
    assert_eq!(shape(&call("Get", "3").replace("1,", "1234,")), get);
    assert!(scanner::read_on(&call("Get", "\u{1}"), 0, &layout, &mut slots).is_err());
}

#[test]
fn strings_of_which_there_are_few_belong_to_runs() {
    let layout = Layout::new(["eventCategory", "userIdentity.sessionContext.attributes.mfaAuthenticated"]);
    let mut slots = Slots::new(layout.len());
    let call = |category: &str, mfa: &str| {
        let session = format!(r#"{{"sessionContext":{{"attributes":{{"mfaAuthenticated":{mfa}}}}}}}"#);
        format!(
            r#"{{"eventName":"Get","userIdentity":{session},"eventCategory":"{category}","eventID":"1"}}"#
        )
    };
    let far = format!("\"{}\"", "x".repeat(100));
    let kinds = [
        call("Management", "\"false\""),
        call("Management", "\"true\""),
        call("Data", "\"false\""),
        call("Management", "\"f\\u0061lse\""),
        call("Management", &far),
        call("", "null"),
        call("Management", "{\"mfaAuthenticated\":\"false\"}"),
    ];
    compared(&kinds, &layout, &mut slots);
    // Long ones and those with escapes are in no shape, or the others would be taken for what begins as these do.
    assert_eq!(compared(&kinds, &layout, &mut slots), kinds.len() - 2);
    let mut shape = |text: &str| {
        slots.leave_text();
        scanner::read_on(text, 0, &layout, &mut slots).unwrap();
        slots.shape.unwrap()
    };
    assert_ne!(shape(&kinds[0]), shape(&kinds[1]));
}

#[test]
fn where_hardly_any_shape_comes_back_none_is_looked_for() {
    let layout = Layout::new([]);
    let mut slots = Slots::new(layout.len());
    for number in 0..2 * super::TRIAL {
        let text = format!(r#"{{"eventName":"x","key{number}":1}}"#);
        slots.leave_text();
        scanner::read_on(&text, 0, &layout, &mut slots).unwrap();
    }
    assert!(slots.shapes.nodes.len() < 2 * super::TRIAL as usize + 10);
    assert!(slots.shapes.pause > 0);
}

#[test]
fn shapes_are_bounded_in_number() {
    let layout = Layout::new([]);
    let mut slots = Slots::new(layout.len());
    let mut text = String::new();
    for number in 0..3000 {
        let far = "x".repeat(5000);
        text = format!(r#"{{"eventName":"x","k{number}{far}":1}}"#);
        slots.leave_text();
        // Each is met again, so that they seem to be of use.
        for _ in 0..5 {
            scanner::read_on(&text, 0, &layout, &mut slots).unwrap();
            slots.leave_text();
        }
    }
    assert!(slots.shapes.bytes.len() <= super::MOST_BYTES + super::LONGEST + 16);
    assert_eq!(told(&slots, &text, field::EVENT_NAME).as_deref(), Some("x"));
}
