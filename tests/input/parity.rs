//! The same records in every format are the same events in the same order.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::{Seen, events, kinds, read_bytes};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Every way to write the events, by name.
fn formats(events: &[String]) -> Vec<(&'static str, Vec<u8>)> {
    let list = events.join(",");
    let lines = |wrap: &dyn Fn(&str) -> String| {
        let lines: Vec<String> = events.iter().map(|event| wrap(event)).collect();
        lines.join("\n")
    };
    let quoted = |event: &str| Value::from(event).to_string();
    let values: Vec<Value> = events.iter().map(|event| serde_json::from_str(event).unwrap()).collect();
    let pretty = serde_json::to_string_pretty(&json!({ "Records": values })).unwrap();
    let records = format!("{{\"Records\":[{list}]}}");
    let (first, rest) = events.split_first().unwrap();
    let rest = format!("{{\"Records\":[{}]}}", rest.join(","));
    let mut all: Vec<(&'static str, String)> = vec![
        ("Records", records.clone()),
        (
            "Records last, after a lot",
            format!("{{\"x\":\"{}\",\"y\":[[1]],{}", "z".repeat(3 << 20), &records[1..]),
        ),
        ("array", format!("[{list}]")),
        ("pretty", pretty.clone()),
        ("pretty, lines ended by CRLF", pretty.replace('\n', "\r\n")),
        ("byte order mark", format!("\u{feff}{records}")),
        ("lines", lines(&str::to_owned)),
        ("lines ended by CRLF, some blank", lines(&|event| format!("{event}\r\n\r"))),
        ("one behind the other", events.concat()),
        (
            "pretty, one behind the other",
            values.iter().map(|v| serde_json::to_string_pretty(v).unwrap()).collect(),
        ),
        ("documents", format!("{{\"Records\":[{first}]}}\n{rest}")),
        (
            "lookup-events",
            format!(
                "{{\"Events\":[{}],\"NextToken\":\"x\"}}",
                lines(&|e| { format!("{{\"EventName\":\"x\",\"CloudTrailEvent\":{}}}", quoted(e)) })
                    .replace("}\n{", "},{")
            ),
        ),
        (
            "lookup-events, lines",
            lines(&|e| format!("{{\"EventId\":\"x\",\"CloudTrailEvent\":{}}}", quoted(e))),
        ),
        (
            "EventBridge",
            lines(&|e| {
                format!(
                    r#"{{"version":"0","detail-type":"AWS API Call via CloudTrail","source":"aws.iam","detail":{e}}}"#
                )
            }),
        ),
        (
            "CloudWatch subscription",
            format!(
                r#"{{"messageType":"DATA_MESSAGE","owner":"1","logEvents":[{}]}}"#,
                lines(&|e| { format!("{{\"id\":\"1\",\"message\":{}}}", quoted(e)) }).replace("}\n{", "},{")
            ),
        ),
        (
            "filter-log-events",
            format!("{{\"events\":[{{\"timestamp\":1,\"message\":{}}}]}}", quoted(&events.join("\n"))),
        ),
        (
            "Splunk",
            lines(&|e| {
                format!("{{\"preview\":false,\"result\":{{\"_raw\":{},\"source\":\"s3\"}}}}", quoted(e))
            }),
        ),
        (
            "Cribl",
            format!(
                "[{}]",
                lines(&|e| format!("{{\"_raw\":{},\"_time\":1}}", quoted(e))).replace("}\n{", "},{")
            ),
        ),
        ("Lake", lines(&|e| format!("{{\"eventData\":{e},\"metadata\":{{}}}}"))),
        ("Lake, text", lines(&|e| format!("{{\"eventData\":{}}}", quoted(e)))),
        (
            "Lake, rows",
            format!(
                "{{\"QueryStatus\":\"FINISHED\",\"QueryResultRows\":[{}]}}",
                lines(&|e| { format!("[{{\"eventJson\":{}}}]", quoted(e)) }).replace("]\n[", "],[")
            ),
        ),
        (
            "OpenSearch",
            lines(&|e| {
                format!(
                    "{{\"@timestamp\":\"2020-01-01T00:00:00Z\",\"event\":{{\"name\":\"x\"}},\"aws\":{{\"cloudtrail\":{e}}}}}"
                )
            }),
        ),
        (
            "OpenSearch, hits",
            format!(
                "{{\"took\":1,\"hits\":{{\"total\":1,\"hits\":[{}]}}}}",
                lines(&|e| { format!("{{\"_index\":\"x\",\"_source\":{e}}}") }).replace("}\n{", "},{")
            ),
        ),
        (
            "ECS",
            lines(&|e| {
                format!(
                    "{{\"message\":\"no JSON\",\"event\":{{\"original\":{}}},\"aws\":{{\"cloudtrail\":{{\"event_version\":\"1\"}}}}}}",
                    quoted(e)
                )
            }),
        ),
        ("ECS, flat", lines(&|e| format!("{{\"event.original\":{}}}", quoted(e)))),
        ("data within", format!("[{{\"data\":{records},\"x\":1}}]")),
        ("texts", lines(&|e| quoted(e))),
        ("a text of all", quoted(&records)),
        (
            "SQS",
            format!(
                "{{\"Messages\":[{{\"MessageId\":\"1\",\"ReceiptHandle\":\"2\",\"Body\":{}}}]}}",
                quoted(&records)
            ),
        ),
        ("SNS", format!("{{\"Type\":\"Notification\",\"TopicArn\":\"x\",\"Message\":{}}}", quoted(&records))),
    ];
    all.push((
        "hand-made commas",
        format!("{{\"Records\" : [ {} ] , \"n\" : 1 }}", lines(&str::to_owned).replace('\n', " \t,\n ")),
    ));
    let mut all: Vec<(&'static str, Vec<u8>)> =
        all.into_iter().map(|(name, text)| (name, text.into_bytes())).collect();
    all.push(("gzip", gzip(records.as_bytes())));
    let (a, b) = records.as_bytes().split_at(records.len() / 3);
    all.push(("gzip of several members", [gzip(a), gzip(b), vec![0; 9]].concat()));
    let zstd =
        |bytes: &[u8]| ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest);
    all.push(("zstd", [zstd(a), zstd(b)].concat()));
    all
}

#[test]
fn every_format_gives_the_same_events_in_the_same_order() {
    let events = events();
    let all = formats(&events);
    let (expected, _) = read_bytes(events.join("\n").as_bytes());
    assert_eq!(expected.len(), events.len());
    for (name, bytes) in all {
        let (seen, report) = read_bytes(&bytes);
        let said =
            |all: &[Seen]| all.iter().map(|one| (one.number, one.id.clone(), one.digest)).collect::<Vec<_>>();
        assert_eq!(said(&seen), said(&expected), "{name}: {report:?}");
        // The half pair in the events is told, and nothing else.
        assert!(kinds(&report).is_empty(), "{name}: {report:?}");
    }
}

#[test]
fn a_file_of_many_segments_is_one_file() {
    let one = events();
    let events: Vec<String> =
        (0..6000).map(|n| one[n % one.len()].replace("-1111-", &format!("-{:04x}-", n))).collect();
    let (expected, _) = read_bytes(events.join("\n").as_bytes());
    assert_eq!(expected.len(), 6000);
    for (name, bytes) in formats(&events).into_iter().filter(|(name, _)| {
        [
            "Records",
            "pretty, lines ended by CRLF",
            "one behind the other",
            "Cribl",
            "gzip of several members",
            "zstd",
        ]
        .contains(name)
    }) {
        let (seen, report) = read_bytes(&bytes);
        assert_eq!(seen, expected, "{name}");
        assert_eq!(kinds(&report), [], "{name}");
    }
}
