//! The same records in every format are the same events in the same order.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::{events, kinds, read_bytes};

type Format = (&'static str, Vec<u8>);

/// A text of JSON that holds `text`.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// Each event wrapped, and all of them joined.
fn wrapped(events: &[String], separator: &str, wrap: impl Fn(&str) -> String) -> String {
    let all: Vec<String> = events.iter().map(|event| wrap(event)).collect();
    all.join(separator)
}

/// The event with the objects in it written as texts.
fn parts_as_texts(event: &str) -> String {
    let mut event: Value = serde_json::from_str(event).unwrap();
    let parts = [
        "userIdentity",
        "requestParameters",
        "responseElements",
        "additionalEventData",
        "serviceEventDetails",
    ];
    for (_, value) in
        event.as_object_mut().unwrap().iter_mut().filter(|(key, _)| parts.contains(&key.as_str()))
    {
        if value.is_object() {
            *value = Value::from(value.to_string());
        }
    }
    event.to_string()
}

fn records(events: &[String]) -> String {
    format!("{{\"Records\":[{}]}}", events.join(","))
}

/// The events as they are, in documents and lines of all kinds.
fn plain(events: &[String]) -> Vec<(&'static str, String)> {
    let records = records(events);
    let values: Vec<Value> = events.iter().map(|event| serde_json::from_str(event).unwrap()).collect();
    let pretty = serde_json::to_string_pretty(&serde_json::json!({ "Records": values })).unwrap();
    let (first, rest) = events.split_first().unwrap();
    let long = "z".repeat(3 << 20);
    vec![
        ("Records", records.clone()),
        ("Records last, after a lot", format!("{{\"x\":\"{long}\",\"y\":[[1]],{}", &records[1..])),
        ("Records and others", format!("{{\"Records\" : [ {} ] , \"n\" : 1 }}", events.join(" \t,\n "))),
        ("array", format!("[{}]", events.join(","))),
        ("pretty", pretty.clone()),
        ("pretty, lines ended by CRLF", pretty.replace('\n', "\r\n")),
        ("byte order mark", format!("\u{feff}{records}")),
        ("lines", events.join("\n")),
        ("lines ended by CRLF, some blank", wrapped(events, "\n", |event| format!("{event}\r\n\r"))),
        ("one behind the other", events.concat()),
        (
            "pretty, one behind the other",
            values.iter().map(|value| serde_json::to_string_pretty(value).unwrap()).collect(),
        ),
        ("documents", format!("{{\"Records\":[{first}]}}\n{{\"Records\":[{}]}}", rest.join(","))),
    ]
}

/// The events as AWS's own services and commands wrap them.
fn of_aws(events: &[String]) -> Vec<(&'static str, String)> {
    let records = records(events);
    let lookup = |event: &str| format!("{{\"EventName\":\"x\",\"CloudTrailEvent\":{}}}", quoted(event));
    let bridge = |event: &str| {
        format!(
            r#"{{"version":"0","detail-type":"AWS API Call via CloudTrail","source":"aws.iam","detail":{event}}}"#
        )
    };
    let message = |event: &str| format!("{{\"id\":\"1\",\"message\":{}}}", quoted(event));
    let row = |event: &str| format!("[{{\"eventJson\":{}}}]", quoted(event));
    let queued = format!("{{\"MessageId\":\"1\",\"ReceiptHandle\":\"2\",\"Body\":{}}}", quoted(&records));
    let sent = |event: &str| {
        let message = quoted(&bridge(event));
        format!(
            r#"{{"EventSource":"aws:sns","EventVersion":"1.0","Sns":{{"Type":"Notification","TopicArn":"x","Message":{message}}}}}"#
        )
    };
    let all_in_one = quoted(&events.join("\n"));
    vec![
        ("lookup-events", format!("{{\"Events\":[{}],\"NextToken\":\"x\"}}", wrapped(events, ",", lookup))),
        ("lookup-events, lines", wrapped(events, "\n", lookup)),
        ("EventBridge", wrapped(events, "\n", bridge)),
        (
            "CloudWatch subscription",
            format!(
                r#"{{"messageType":"DATA_MESSAGE","owner":"1","logEvents":[{}]}}"#,
                wrapped(events, ",", message)
            ),
        ),
        (
            "CloudWatch export",
            events.iter().map(|event| format!("2026-03-28T14:00:00.000Z {event}\n")).collect(),
        ),
        ("filter-log-events", format!("{{\"events\":[{{\"timestamp\":1,\"message\":{all_in_one}}}]}}")),
        ("Lake", wrapped(events, "\n", |event| format!("{{\"eventData\":{event},\"metadata\":{{}}}}"))),
        ("Lake, text", wrapped(events, "\n", |event| format!("{{\"eventData\":{}}}", quoted(event)))),
        (
            "Lake, rows",
            format!("{{\"QueryStatus\":\"x\",\"QueryResultRows\":[{}]}}", wrapped(events, ",", row)),
        ),
        (
            "Logs Insights",
            format!(
                "{{\"results\":[{}],\"statistics\":{{}}}}",
                wrapped(events, ",", |event| format!(
                    r#"[{{"field":"@timestamp","value":"x"}},{{"field":"@message","value":{}}}]"#,
                    quoted(event)
                ))
            ),
        ),
        ("S3 Select", format!("{{\"_1\":{records}}}\n")),
        ("SQS", format!("{{\"Messages\":[{queued}]}}")),
        ("SNS, to Lambda", format!("{{\"Records\":[{}]}}", wrapped(events, ",", sent))),
        ("SNS", format!("{{\"Type\":\"Notification\",\"TopicArn\":\"x\",\"Message\":{}}}", quoted(&records))),
    ]
}

/// The events as other tools wrap them.
fn of_others(events: &[String]) -> Vec<(&'static str, String)> {
    let records = records(events);
    let splunk =
        |event: &str| format!("{{\"preview\":false,\"result\":{{\"_raw\":{},\"x\":1}}}}", quoted(event));
    let cribl = |event: &str| format!("{{\"_raw\":{},\"_time\":1}}", quoted(event));
    let search = |event: &str| {
        format!(
            r#"{{"@timestamp":"2020-01-01T00:00:00Z","event":{{"name":"x"}},"aws":{{"cloudtrail":{event}}}}}"#
        )
    };
    let message = |event: &str| format!("{{\"message\":{}}}", quoted(event));
    let hit = |event: &str| format!("{{\"_index\":\"x\",\"_source\":{event}}}");
    let ecs = |event: &str| {
        let original = quoted(event);
        format!(
            r#"{{"message":"x","event":{{"original":{original}}},"aws":{{"cloudtrail":{{"event_version":"1"}}}}}}"#
        )
    };
    vec![
        ("Splunk", wrapped(events, "\n", splunk)),
        ("Cribl", format!("[{}]", wrapped(events, ",", cribl))),
        ("OpenSearch", wrapped(events, "\n", search)),
        ("OpenSearch, hits", format!(r#"{{"took":1,"hits":{{"hits":[{}]}}}}"#, wrapped(events, ",", hit))),
        ("ECS", wrapped(events, "\n", ecs)),
        ("ECS, flat", wrapped(events, "\n", |event| format!("{{\"event.original\":{}}}", quoted(event)))),
        ("data within", format!("[{{\"data\":{records},\"x\":1}}]")),
        ("texts", wrapped(events, "\n", quoted)),
        ("a text of all", quoted(&records)),
        ("parts as texts", wrapped(events, "\n", parts_as_texts)),
        ("parts as texts, within", wrapped(events, "\n", |event| message(&parts_as_texts(event)))),
    ]
}

fn packed(events: &[String]) -> Vec<Format> {
    let records = records(events).into_bytes();
    let (a, b) = records.split_at(records.len() / 3);
    let gzip = |bytes: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let zstd =
        |bytes: &[u8]| ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest);
    vec![
        ("gzip", gzip(&records)),
        ("gzip of several members", [gzip(a), gzip(b), vec![0; 9]].concat()),
        ("zstd", [zstd(a), zstd(b)].concat()),
    ]
}

fn formats(events: &[String]) -> Vec<Format> {
    let texts = [plain(events), of_aws(events), of_others(events)].concat();
    texts.into_iter().map(|(name, text)| (name, text.into_bytes())).chain(packed(events)).collect()
}

#[test]
fn every_format_gives_the_same_events_in_the_same_order() {
    let events = events();
    let (expected, _) = read_bytes(events.join("\n").as_bytes());
    assert_eq!(expected.len(), events.len());
    for (name, bytes) in formats(&events) {
        let (seen, report) = read_bytes(&bytes);
        assert_eq!(seen, expected, "{name}: {report:?}");
        assert_eq!(kinds(&report), [], "{name}: {report:?}");
    }
}

#[test]
fn a_file_of_many_segments_is_one_file() {
    let few = events();
    let many = (0..6000).map(|n| few[n % few.len()].replace("-1111-", &format!("-{n:04x}-")));
    let events: Vec<String> = many.collect();
    let (expected, _) = read_bytes(events.join("\n").as_bytes());
    assert_eq!(expected.len(), 6000);
    let names = [
        "Records",
        "pretty, lines ended by CRLF",
        "one behind the other",
        "Cribl",
        "gzip of several members",
        "zstd",
    ];
    let mut formats = formats(&events);
    formats.retain(|(name, _)| names.contains(name));
    assert_eq!(formats.len(), names.len());
    for (name, bytes) in formats {
        let (seen, report) = read_bytes(&bytes);
        assert_eq!(seen, expected, "{name}");
        assert_eq!(kinds(&report), [], "{name}");
    }
}
