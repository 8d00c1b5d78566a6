//! Damaged files: what came before the damage counts, what comes behind it too where it can be found, and all of it is
//! told.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use trailsift::input::SkipKind;

use crate::{events, ids, kinds, read_bytes};

#[test]
fn every_cut_of_a_document_gives_a_beginning() {
    let events = events()[..3].to_vec();
    let all: Vec<&str> = vec![
        "00000000-1111-4222-8333-444455556666",
        "00000001-1111-4222-8333-444455556666",
        "00000002-1111-4222-8333-444455556666",
    ];
    for text in [format!("{{\"Records\":[{}]}}", events.join(",")), events.join("\n")] {
        let (seen, report) = read_bytes(text.as_bytes());
        assert_eq!((ids(&seen), kinds(&report)), (all.clone(), vec![]));
        for cut in 1..text.len() {
            let (seen, report) = read_bytes(&text.as_bytes()[..cut]);
            assert!(all.starts_with(&ids(&seen)), "{cut}: {seen:?}");
            // Of lines, those cut off leave no trace.
            let between = text.starts_with("{\"e") && [b'}', b'\n'].contains(&text.as_bytes()[cut - 1]);
            assert!(report.incomplete || between, "{cut}");
        }
    }
}

#[test]
fn every_cut_of_a_packed_document_gives_a_beginning() {
    let events = events();
    let text = format!("{{\"Records\":[{}]}}", events.join(","));
    let (whole, _) = read_bytes(text.as_bytes());
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    let packed = encoder.finish().unwrap();
    for cut in 3..packed.len() {
        let (seen, report) = read_bytes(&packed[..cut]);
        assert!(ids(&whole).starts_with(&ids(&seen)));
        assert_eq!(kinds(&report), [SkipKind::Truncated], "{cut}: {report:?}");
        assert!(report.skipped[0].reason.starts_with("the file ends"));
    }
}

#[test]
fn a_broken_record_costs_itself_alone() {
    let all = events();
    let (a, b, c) = (&all[0], &all[1], &all[2]);
    let breaks: [(&str, String); 9] = [
        ("a comma too many", b.replace(",\"eventTime\"", ",,\"eventTime\"")),
        ("a quote too many", b.replace("CreateUser", "Create\"User")),
        ("a quote too few", b.replace("\"CreateUser\"", "\"CreateUser")),
        ("a brace too many", b.replace("\"list\":[{", "\"list\":[}{")),
        ("a brace too few", b.replace("\"list\":[{", "\"list\":[")),
        ("no value", b.replace("null", "")),
        ("no literal", b.replace("null", "nil")),
        ("a control character", b.replace("CreateUser", "Create\nUser")),
        ("cut", b[..b.len() / 2].to_owned()),
    ];
    let (whole, _) = read_bytes(format!("{a}{c}").as_bytes());
    for (name, broken) in breaks {
        for text in [
            format!("{{\"Records\":[{a},{broken},{c}]}}"),
            format!("[{a},\n{broken},\n{c}]"),
            format!("{a}\n{broken}\n{c}\n"),
        ] {
            let (seen, report) = read_bytes(text.as_bytes());
            assert_eq!(ids(&seen), ids(&whole), "{name}: {report:?}\n{text}");
            assert!(report.incomplete && kinds(&report).contains(&SkipKind::BadJson), "{name}: {report:?}");
            assert!(report.skipped[0].reason.ends_with("1 event was read behind it"), "{name}: {report:?}");
        }
    }
}

#[test]
fn bad_characters_are_mended_and_told() {
    let all = events();
    let mut bytes = format!("{{\"Records\":[{}]}}", all.join(",")).into_bytes();
    let at = bytes.windows(10).rposition(|window| window == b"CreateUser").unwrap();
    bytes[at] = 0xff;
    let (seen, report) = read_bytes(&bytes);
    assert_eq!((seen.len(), kinds(&report)), (7, vec![SkipKind::Repaired]));
    assert_eq!((report.skipped[0].record, report.skipped[0].offset), (Some(6), Some(at as u64)));
    let half = all[0].replace("CreateUser", "Create\\ud83dUser");
    let text = format!("{}\n{half}\n{{\"message\":{}}}", all[1], serde_json::Value::from(half.as_str()));
    let (seen, report) = read_bytes(text.as_bytes());
    assert_eq!((seen.len(), kinds(&report)), (3, vec![SkipKind::Repaired; 2]));
    assert_eq!((report.skipped[0].record, report.skipped[1].record), (Some(1), Some(2)));
    assert_eq!(seen[1].digest, seen[2].digest);
}

#[test]
fn what_is_no_log_is_named_and_counted() {
    let not: [(&str, &str); 8] = [
        (r#"{"awsAccountId":"1","digestStartTime":"x","digestEndTime":"y","logFiles":[]}"#, "digest"),
        (
            r#"{"eventVersion":"1.07","eventType":"AwsCloudTrailInsight","insightDetails":{},"eventCategory":"Insight"}"#,
            "insight",
        ),
        (r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"}"#, "s3_notification"),
        (r#"{"s3Bucket":"b","s3ObjectKey":["k"]}"#, "delivery_notification"),
        (r#"{"Type":"SubscriptionConfirmation","TopicArn":"x","Message":"You have"}"#, "sns_notification"),
        (r#"{"Records":[{"messageId":"1","body":"hello","eventSource":"aws:sqs"}]}"#, "sqs_message"),
        (
            r#"{"messageType":"CONTROL_MESSAGE","logEvents":[{"id":"","message":"CWL CONTROL MESSAGE: Checking"}]}"#,
            "control_message",
        ),
        (r#"{"detail-type":"Object Created","source":"aws.s3","detail":{"bucket":{}}}"#, "eventbridge_event"),
    ];
    for (text, name) in not {
        let (_, report) = read_bytes(text.as_bytes());
        assert_eq!(report.not_events.get(name), Some(&1), "{text}: {report:?}");
        assert_eq!((report.events, kinds(&report), report.incomplete), (0, vec![], false), "{text}");
    }
}

#[test]
fn what_cannot_be_read_is_told() {
    let seen = |bytes: &[u8]| {
        let (_, report) = read_bytes(bytes);
        (kinds(&report), report.incomplete)
    };
    assert_eq!(seen(b"version account-id interface-id\n2 1 eni-1"), (vec![SkipKind::NotJson], false));
    assert_eq!(seen(b"a,b,c,d\n1,2,3,4"), (vec![SkipKind::Csv], false));
    assert_eq!(seen(b"\"a\",\"b\",\"c\",\"d\"\n\"1\",\"2\""), (vec![SkipKind::Csv], false));
    assert_eq!(seen(b"[2024-05-14 07:00] INFO {\n{}\n}"), (vec![SkipKind::NotJson], false));
    assert_eq!(
        seen(b"79a59df900b949e5 bucket [06/Feb/2019:00:00:38 +0000] 192.0.2.3"),
        (vec![SkipKind::NotJson], false)
    );
    assert_eq!(seen(&[1, 2, 3, 0, 5, 6, 7, 8]), (vec![SkipKind::Binary], false));
    assert_eq!(seen(b"[{\"configurationItems\":[]},7]"), (vec![SkipKind::NotCloudtrail], false));
    assert_eq!(seen(b"PK\x03\x04........"), (vec![SkipKind::Unsupported], true));
    assert_eq!(seen(b"\xff\xfe[\0]\0"), (vec![SkipKind::Unsupported], true));
    let apart = br#"{"@timestamp":"x","aws":{"cloudtrail":{"event_version":"1.05"}},"event":{"action":"y"}}"#;
    assert_eq!(seen(apart), (vec![SkipKind::Unsupported], true));
    let columns = br#"{"eventversion":"1.05","eventsource":"iam.amazonaws.com","eventname":"GetUser"}"#;
    assert_eq!(seen(columns), (vec![SkipKind::Unsupported], true));
    for unread in [
        &br#"{"QueryResultRows":[[{"eventName":"GetUser"},{"eventTime":"2026-03-28 14:00:00"}]]}"#[..],
        br#"[[{"eventID":"1"},{"n":"2"}],[{"eventID":"2"},{"n":""}]]"#,
        br#"{"results":[[{"field":"eventName","value":"GetUser"},{"field":"@ptr","value":"x"}]],"status":"Complete"}"#,
        br#"{"requestId":"r","timestamp":1,"records":[{"data":"eyJldmVudE5hbWUiOiJHZXRVc2VyIn0="}]}"#,
        br#"{"awslogs":{"data":"H4sIAAAAAAAA"}}"#,
        br#"{"Records":[{"eventSource":"aws:kinesis","kinesis":{"data":"eyJldmVudE5hbWUiOiJHZXRVc2VyIn0="}}]}"#,
        br#"{"eventSource":"aws:kafka","records":{"trail-0":[{"topic":"trail","value":"eyJldmVudE5hbWUiOiJHZXRVc2VyIn0="}]}}"#,
        b"H4sIAAAAAAAAA6tWSi1LzSvxS8xNVbJScg0pVdJRKs4vLUpOdQOKAgCbhNmRHwAAAA==\n",
        b"\"eyJldmVudE5hbWUiOiJHZXRVc2VyIn0=\"",
        br#"{"metadata":{"product":{"name":"CloudTrail","vendor_name":"AWS"}},"class_uid":3002,"api":{"operation":"ConsoleLogin"}}"#,
        br#"{"class_uid":6003,"api":{"operation":"GetUser","service":{"name":"iam.amazonaws.com"}}}"#,
        br#"{"alert":{"cause":{"eventName":"GetUser","eventSource": "iam.amazonaws.com"}}}"#,
        br#"{"line":"{\"eventName\":\"GetUser\",\"eventSource\":\"iam.amazonaws.com\"}"}"#,
        br#"{"row":[[{"eventSource":"iam.amazonaws.com","n":1}]]}"#,
        b"eventID,eventName,eventSource\n1,GetUser,iam.amazonaws.com\n",
        b"\"Event name\",\"Event time\",\"Event source\"\r\n\"GetUser\",\"x\",\"iam.amazonaws.com\"\r\n",
    ] {
        let text = String::from_utf8_lossy(unread);
        assert_eq!(seen(unread), (vec![SkipKind::Unsupported], true), "{text}");
    }
    // What only looks like it.
    for other in [
        &br#"{"QueryResultRows":[[{"n":"1"},{"m":"2"}]]}"#[..],
        br#"[[{"eventName":"x","n":1}],[7]]"#,
        br#"{"results":[[{"field":"@message","value":"START"}]]}"#,
        br#"{"records":[{"data":"text"}]}"#,
        br#"{"Records":[{"eventSource":"aws:kinesis","kinesis":{"data":"bm90aGluZw=="}}]}"#,
        br#"{"records":{"topic-0":[{"value":"text"}]}}"#,
        br#"{"class_uid":6003,"metadata":{"product":{"name":"Amazon EKS"}},"api":{"operation":"list"}}"#,
        br#"{"token":"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln"}"#,
        b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln\n",
        b"H4sI is how it starts\n",
        br#"{"cause":{"eventSource":"aws:s3","eventName":"ObjectCreated:Put","host":"s3.amazonaws.com"}}"#,
        br#"{"EventPattern":{"source":["aws.iam"],"detail":{"eventSource":["iam.amazonaws.com"]}}}"#,
        br#"{"filterPattern":"{ ($.eventSource = organizations.amazonaws.com) }"}"#,
    ] {
        let text = String::from_utf8_lossy(other);
        assert!(!seen(other).1, "{text}");
    }
    assert_eq!(seen(b"2026-03-28T14:00:00.000Z {\"a\":1}"), (vec![SkipKind::NotCloudtrail], false));
    assert_eq!(seen(br#"{"CloudTrailEvent":"{\"eventName\":"}"#), (vec![SkipKind::BadJson], true));
    assert_eq!(seen(b""), (vec![], false));
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("111122223333_CloudTrail_us-east-1_20240101T0000Z_x.json.gz");
    std::fs::write(&log, "<html>Access Denied</html>").unwrap();
    let (_, report) = crate::read(&log);
    assert_eq!((kinds(&report), report.incomplete), (vec![SkipKind::Mislabelled], true));
    let (_, report) = crate::read(&folder.path().join("gone.json"));
    assert_eq!((kinds(&report), report.incomplete), (vec![SkipKind::Unreadable], true));
}

#[test]
fn parts_that_are_no_objects_are_counted_by_name() {
    let event = |request: &str, more: &str| {
        format!(
            r#"{{"eventSource":"iam.amazonaws.com","eventName":"AttachUserPolicy","requestParameters":"{request}"{more}}}"#
        )
    };
    let two = "{userName=jane, policyArn=arn:aws:iam::aws:policy/AdministratorAccess}";
    let object = r#"{"userName":"jane","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}"#;
    let whole = event("X", "").replace("\"X\"", object);
    assert_eq!(
        read_bytes(event(two, "").as_bytes()).0,
        read_bytes(whole.as_bytes()).0,
        "read where it can be"
    );

    let refused = r#","errorCode":"ValidationError""#;
    let texts = [
        event(two, refused),
        event("{userName=jane}", refused),
        event("{userName=jane, description=x}", ""),
        event("null", ""),
        event("", r#","responseElements":"{\"user\":{}}""#),
        event("[1]", r#","responseElements":"{a=b, c=d}","userIdentity":"x","serviceEventDetails":"y""#),
    ];
    let (seen, report) = read_bytes(texts.join("\n").as_bytes());
    assert_eq!((seen.len(), report.events, report.incomplete), (6, 6, true));
    assert_eq!(kinds(&report), [SkipKind::UnreadPart; 4]);
    let reasons: Vec<&str> = report.skipped.iter().map(|skipped| skipped.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "requestParameters of 3 events is a text that holds no object, so no rule saw into it: \
             `{userName=jane, policyArn=arn:aws:iam::aws:policy/Administra`",
            "responseElements of an event is a text that holds no object, so no rule saw into it: `{a=b, c=d}`",
            "serviceEventDetails of an event is a text that holds no object, so no rule saw into it: `y`",
            "userIdentity of an event is a text that holds no object, so no rule saw into it: `x`",
        ]
    );
    let places: Vec<Option<u64>> = report.skipped.iter().map(|skipped| skipped.record).collect();
    assert_eq!(places, [Some(0), Some(5), Some(5), Some(5)]);
}
