//! What must hold between the scanner and the naive reader.

use proptest::prelude::*;
use serde_json::Value;

use super::json::{Fault, FaultKind};
use super::samples::{PATHS, broken_record, record};
use super::scanner::read;
use super::text::lone_surrogate;
use super::{FieldId, Layout, Raw, Record, Slots, field, naive, scanner};

fn value(raw: Raw<'_>) -> Value {
    match raw {
        Raw::Array(text) | Raw::Object(text) | Raw::Number(text) => serde_json::from_str(text).unwrap(),
        Raw::Bool(value) => value.into(),
        Raw::Null => Value::Null,
        Raw::Text(_) | Raw::Escaped(_) => raw.scalar().unwrap().into(),
    }
}

fn values(record: &Record<'_>, field: FieldId) -> Vec<Value> {
    record.all(field).map(value).collect()
}

/// Whether the scanner is known to let more pass than serde_json.
fn lenient(text: &str) -> bool {
    lone_surrogate(text, 0).is_some()
        || serde_json::from_str::<Value>(text)
            .is_err_and(|error| error.to_string().starts_with("number out of range"))
}

/// Both readers on `text`, compared. Gives what the scanner said.
fn compared(text: &str, layout: &Layout) -> Result<usize, Fault> {
    let mut slots = Slots::new(layout.len());
    let mut naive_slots = Slots::new(layout.len());
    let scanned = read(text, 0, layout, &mut slots);
    match (scanned, naive::read(text, 0, layout, &mut naive_slots)) {
        (Ok(end), Ok(naive)) => {
            assert_eq!(end, naive.end);
            let scanned = Record::new(text, 0, end, &slots);
            let naive = Record::new(&naive.text, 0, end, &naive_slots);
            assert_eq!(scanned.json(), naive.json());
            for (field, name) in layout.names() {
                assert_eq!(values(&scanned, field), values(&naive, field), "{name} of {text}");
            }
        }
        (Err(fault), Ok(_)) => assert_eq!(fault.kind, FaultKind::Odd, "{text}"),
        (Ok(_), Err(fault)) => assert!(lenient(text), "{fault:?} in {text}"),
        (Err(_), Err(_)) => {}
    }
    scanned
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn every_field_is_as_serde_json_sees_it(text in record()) {
        let scanned = compared(&text, &Layout::new(PATHS));
        prop_assert!(matches!(scanned, Ok(_) | Err(Fault { kind: FaultKind::Odd, .. })), "{:?}", scanned);
    }

    #[test]
    fn serde_json_refuses_the_same(text in broken_record()) {
        let _ = compared(&text, &Layout::new(PATHS));
    }
}

#[test]
fn every_cut_is_noticed() {
    let text = r#"{"a":[{"b":1.5,"c":true}],"é":"x\"y","eventName" : "n", "z":{"y":[null]},"b":-2e5}"#;
    let layout = Layout::new(PATHS);
    assert_eq!(compared(text, &layout), Ok(text.len()));
    for cut in (0..text.len()).filter(|cut| text.is_char_boundary(*cut)) {
        let fault = compared(&text[..cut], &layout).unwrap_err();
        assert_eq!(fault.kind, FaultKind::Truncated, "{}", &text[..cut]);
    }
}

#[test]
fn a_repeated_key_is_odd_only_where_it_matters() {
    let layout = Layout::new(PATHS);
    let odd = Err(FaultKind::Odd);
    let kind = |text: &str| compared(text, &layout).map_err(|fault| fault.kind);
    assert_eq!(kind(r#"{"a":1,"a":2}"#), odd);
    assert_eq!(kind(r#"{"a":1,"\u0061":2}"#), odd);
    assert_eq!(kind(r#"{"a":{"b":1,"b":2}}"#), odd);
    assert_eq!(kind(r#"{"a.b":1,"a":{"b":{"c":null},"b":["x"]}}"#), odd, "beside a more literal spelling");
    assert!(kind(r#"{"x":1,"x":2,"a":[{"b":1},{"b":2}],"b":{"a":1,"a":2}}"#).is_ok());
}

/// What an export wrote as a text, where services write an object or a list, is gone into, but stays a text itself.
#[test]
fn paths_go_on_in_texts_that_hold_more() {
    let layout = Layout::new(["a", "a.b", "a.b.c", "requestParameters.a"]);
    let read = |text: &str| {
        let mut slots = Slots::new(layout.len());
        let reading = naive::read(text, 0, &layout, &mut slots).unwrap();
        let record = Record::new(&reading.text, 0, text.len(), &slots);
        let of = |path: &str| {
            let values = values(&record, layout.id(path).unwrap()).into_iter();
            values.map(|value| value.to_string()).collect::<Vec<_>>().join(" ")
        };
        (of("a"), of("a.b"), of("a.b.c"), of("requestParameters.a"))
    };
    let told = |a: &str, b: &str, c: &str, p: &str| (a.to_owned(), b.to_owned(), c.to_owned(), p.to_owned());
    let odd = Err(FaultKind::Odd);
    let scanned = |text: &str| compared(text, &layout).map_err(|fault| fault.kind);
    let object = r#"{"a":"{\"b\":[{\"c\":1}]}"}"#;
    assert_eq!(read(object), told(r#""{\"b\":[{\"c\":1}]}""#, r#"[{"c":1}]"#, "1", ""));
    let list = r#"{"a.b":"[{\"c\":1},{\"c\":2}]"}"#;
    assert_eq!(read(list), told("", r#""[{\"c\":1},{\"c\":2}]""#, "1 2", ""));
    let element = r#"{"a":[{"b":0},"{\"b\":{\"c\":1}}"]}"#;
    assert_eq!(read(element).1, "0", "beside what is no text");
    assert_eq!(read(element).2, "1");
    let escaped = r#"{"a":"\u007B\"b\":{\"c\":1}}"}"#;
    assert_eq!(read(escaped).2, "1");
    let within = r#"{"a":"{\"b\":\"{\\\"c\\\":1}\"}"}"#;
    assert_eq!(read(within).2, "1", "{within}");
    for text in [object, list, element, escaped, within] {
        assert_eq!(scanned(text), odd, "{text}");
    }
    for text in [r#"{"a":"{\"b\":1} x"}"#, r#"{"a":"{\"b\":"}"#] {
        assert_eq!((scanned(text), read(text).1), (odd, String::new()), "{text}");
    }
    // Parts of an event are put back by the reader of files.
    for text in [r#"{"requestParameters":"{\"a\":1}"}"#, r#"{"x":"{\"b\":1}"}"#, r#"{"a":"b\"{"}"#] {
        assert!(scanned(text).is_ok(), "{text}");
        assert_eq!(read(text).3, "");
    }
}

/// Found by fuzzing: serde_json reads and writes these in another last place unless it is asked to be exact.
#[test]
fn numbers_are_read_to_their_last_place() {
    let layout = Layout::new(PATHS);
    for number in [
        "131675905097525720198194382494237719303994911e-1",
        "120670563773518058933917733052139704677811193e-23",
        "166180446875341630187212919231889065743631642E-2",
    ] {
        let text = format!(r#"{{"a":{number},"b":{{"c":[{number}]}}}}"#);
        assert_eq!(compared(&text, &layout), Ok(text.len()));
    }
    // A dev-dependency asks it to be exact in tests; the binary has to ask by itself.
    let manifest = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
    let own = manifest.lines().find(|line| line.starts_with("serde_json = ")).unwrap();
    assert!(own.contains("float_roundtrip"), "{own}");
}

/// Found by fuzzing: it takes no exponent to be out of serde_json's range, which the scanner does not mind.
#[test]
fn numbers_too_large_to_compute_with_are_read() {
    let layout = Layout::new(PATHS);
    for number in ["1e999".to_owned(), "5".repeat(371), format!("-{}.5", "9".repeat(400))] {
        let text = format!(r#"{{"a":{number},"b":{{"c":"x"}}}}"#);
        assert_eq!(compared(&text, &layout), Ok(text.len()), "{number}");
        assert!(lenient(&text), "{number}");
    }
    assert!(!lenient(r#"{"a":1e99,"b":}"#));
}

#[test]
fn depth_is_bounded_as_serde_json_bounds_it() {
    let layout = Layout::new(PATHS);
    for key in ["a", "x"] {
        for (levels, fits) in [(126, true), (127, false), (100_000, false)] {
            let text = format!("{{\"{key}\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
            let fault = compared(&text, &layout).err().map(|fault| fault.kind);
            assert_eq!(fault, (!fits).then_some(FaultKind::TooDeep), "{key} {levels}");
            assert_eq!(naive::read(&text, 0, &layout, &mut Slots::new(layout.len())).is_ok(), fits);
        }
    }
}

#[test]
fn half_a_surrogate_pair_costs_nothing() {
    let layout = Layout::new([]);
    let mut slots = Slots::new(layout.len());
    let text = r#" {"eventName":"a\ud83d"}"#;
    let end = read(text, 1, &layout, &mut slots).unwrap();
    let record = Record::new(text, 1, end, &slots);
    assert_eq!(record.text(field::EVENT_NAME).unwrap(), "a\u{fffd}");
}

proptest! {
    #[test]
    fn records_read_on_are_as_read_alone(records in proptest::collection::vec(record(), 1..9), from in 0usize..3) {
        let layout = Layout::new(PATHS);
        let text = records.join(",\n");
        let mut starts = records.iter().scan(0, |at, record| {
            let start = *at;
            *at += record.len() + 2;
            Some(start)
        }).collect::<Vec<_>>();
        // Whether records are left out, or read in another order.
        starts.rotate_left(from.min(records.len()));
        let (mut on, mut alone) = (Slots::new(layout.len()), Slots::new(layout.len()));
        scanner::read(&text, starts[0], &layout, &mut on).ok();
        for at in starts {
            let read_on = scanner::read_on(&text, at, &layout, &mut on);
            prop_assert_eq!(read_on, read(&text, at, &layout, &mut alone));
            if let Ok(end) = read_on {
                let (on, alone) = (Record::new(&text, at, end, &on), Record::new(&text, at, end, &alone));
                for (field, _) in layout.names() {
                    prop_assert_eq!(values(&on, field), values(&alone, field));
                }
            }
        }
    }
}
