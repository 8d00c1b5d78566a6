//! `trailsift verify`: each kind of tampering with a local copy is caught by name.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod common;

use std::path::Path;

use common::binary::{trailsift, transcript};
use common::digests::{Delivered, Key, Plan, gzip, sha256};
use serde_json::{Value, json};

/// Six hours of one region, one of them without logs; the keys beside.
fn copy() -> (tempfile::TempDir, Delivered) {
    let folder = tempfile::tempdir().unwrap();
    let chain = Plan::of("eu-west-1", &[2, 1, 0, 2, 1, 1]).deliver(folder.path());
    std::fs::write(folder.path().join("keys.json"), Key::of_cloudtrail().listed().to_string()).unwrap();
    (folder, chain)
}

/// The report and the exit status.
fn verified(folder: &Path, args: &[&str]) -> (Value, i32) {
    let output = trailsift(folder).args(["verify", "AWSLogs", "-f", "json"]).args(args).output().unwrap();
    let report = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    (report, output.status.code().unwrap())
}

/// What is wrong, by kind and file name, with the keys at hand.
fn problems(folder: &Path) -> Vec<(String, String)> {
    let (report, code) = verified(folder, &["--public-keys", "keys.json"]);
    let found: Vec<(String, String)> = report["problems"].as_array().unwrap().iter().map(said).collect();
    let failed = report["problems"].as_array().unwrap().iter().any(|problem| problem["verdict"] == "failed");
    let expected = if failed { 1 } else { 3 * i32::from(!found.is_empty()) };
    assert_eq!(code, expected, "{report:#}");
    found
}

fn said(problem: &Value) -> (String, String) {
    let text = |key: &str| problem[key].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    (text("kind"), text("file"))
}

fn shown(folder: &Path) -> String {
    transcript(folder, &["verify", "AWSLogs", "--public-keys", "keys.json"])
}

fn is(kind: &str, key: &str) -> (String, String) {
    (kind.to_owned(), key.rsplit('/').next().unwrap().to_owned())
}

#[test]
fn a_copy_as_delivered_is_verified_up_to_the_newest_digest() {
    let (folder, chain) = copy();
    assert_eq!(problems(folder.path()), []);
    let (report, _) = verified(folder.path(), &["--public-keys", "keys.json"]);
    assert_eq!((&report["digests"], &report["digests_signed"]), (&json!(6), &json!(5)));
    assert_eq!((&report["logs"], &report["logs_verified"]), (&json!(7), &json!(7)));
    insta::assert_snapshot!("verified", shown(folder.path()));
    insta::assert_snapshot!("without_keys", transcript(folder.path(), &["verify", "AWSLogs"]));
    assert_eq!(verified(folder.path(), &["--allow-partial"]).1, 0);
    // What S3 says of the newest one may be saved beside it.
    let newest = chain.path(&chain.digests[5]);
    let metadata =
        json!({"Metadata": {"signature": chain.signatures[5], "signature-algorithm": "SHA256withRSA"}});
    let beside = format!("{}.metadata.json", newest.display());
    std::fs::write(&beside, metadata.to_string()).unwrap();
    let (report, code) = verified(folder.path(), &["--public-keys", "keys.json"]);
    assert_eq!((code, &report["digests_signed"], &report["notes"]), (0, &json!(6), &json!([])));
    std::fs::write(&beside, metadata.to_string().replace(&chain.signatures[5], &chain.signatures[4]))
        .unwrap();
    assert_eq!(problems(folder.path()), [is("signature_invalid", &chain.digests[5])]);
}

#[test]
fn logs_that_were_changed_deleted_added_or_lengthened() {
    let (folder, chain) = copy();
    let log = |hour: usize, number: usize| &chain.logs[hour][number];
    let text = chain.text(log(0, 0));
    chain.put(log(0, 0), &gzip(text.replace("GetUser", "GetUsex").as_bytes()));
    chain.delete(log(0, 1));
    let appended = [gzip(chain.text(log(1, 0)).as_bytes()), gzip(b"{\"Records\":[]}")].concat();
    chain.put(log(1, 0), &appended);
    let whole = std::fs::read(chain.path(log(3, 0))).unwrap();
    chain.put(log(3, 0), &whole[..whole.len() - 4]);
    let extra = chain.log_key(2, 7);
    chain.put(&extra, &gzip(b"{\"Records\":[]}"));
    let mut expected = vec![
        is("log_changed", log(0, 0)),
        is("log_changed", log(3, 0)),
        is("log_missing", log(0, 1)),
        is("log_appended", log(1, 0)),
        is("log_extra", &extra),
    ];
    let mut found = problems(folder.path());
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
    insta::assert_snapshot!("logs", shown(folder.path()));
}

#[test]
fn a_log_packed_anew_or_unpacked_or_moved_is_the_same_log() {
    let (folder, chain) = copy();
    let text = chain.text(&chain.logs[0][0]);
    let plain = chain.path(&chain.logs[0][0]).with_extension("");
    std::fs::write(plain, &text).unwrap();
    chain.delete(&chain.logs[0][0]);
    let mut slow = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut slow, chain.text(&chain.logs[0][1]).as_bytes()).unwrap();
    chain.put(&chain.logs[0][1], &slow.finish().unwrap());
    let moved = folder.path().join("AWSLogs").join(chain.logs[1][0].rsplit('/').next().unwrap());
    std::fs::rename(chain.path(&chain.logs[1][0]), moved).unwrap();
    assert_eq!(problems(folder.path()), []);
}

#[test]
fn a_digest_deleted_or_two_in_a_row() {
    let (folder, chain) = copy();
    chain.delete(&chain.digests[2]);
    assert_eq!(problems(folder.path()), [is("digest_missing", &chain.digests[2])]);
    chain.delete(&chain.digests[3]);
    assert_eq!(problems(folder.path()), [is("digest_missing", &chain.digests[3])]);
    let (report, _) = verified(folder.path(), &["--public-keys", "keys.json"]);
    let gap = &report["gaps"][0];
    assert_eq!((&gap["from"], &gap["to"]), (&json!("2026-03-01T02:00:00Z"), &json!("2026-03-01T04:00:00Z")));
    assert_eq!(report["logs_not_covered"], json!(2), "nobody vouches for the logs of that time");
    insta::assert_snapshot!("two_deleted", shown(folder.path()));
}

#[test]
fn a_digest_changed_lengthened_or_replaced() {
    let (folder, chain) = copy();
    // A log and its digest changed together: the next digest knows better.
    let (log, text) = (&chain.logs[3][0], "{\"Records\":[]}");
    chain.put(log, &gzip(text.as_bytes()));
    chain.alter(3, |digest| digest["logFiles"][0]["hashValue"] = json!(sha256(text.as_bytes())));
    assert_eq!(
        problems(folder.path()),
        [is("signature_invalid", &chain.digests[3]), is("digest_changed", &chain.digests[3])]
    );
    // And the next digest, too, with a key of the intruder's own: hashes hold, signatures do not.
    chain.forge(3, Key::of_intruder());
    chain.forge(4, Key::of_intruder());
    let replaced = [is("signature_invalid", &chain.digests[3]), is("signature_invalid", &chain.digests[4])];
    assert_eq!(problems(folder.path()), replaced);
    let (report, code) = verified(folder.path(), &[]);
    assert_eq!(
        (code, &report["problems"][0]["kind"]),
        (3, &json!("no_public_keys")),
        "without keys nothing shows"
    );
    insta::assert_snapshot!("replaced", shown(folder.path()));
    // Naming the intruder's key does not help: nobody gave it.
    chain.alter(3, |digest| digest["digestPublicKeyFingerprint"] = json!(Key::of_intruder().fingerprint));
    chain.forge(3, Key::of_intruder());
    chain.forge(4, Key::of_intruder());
    assert_eq!(
        problems(folder.path()),
        [is("signature_invalid", &chain.digests[4]), is("unknown_key", &chain.digests[3])]
    );
    let (folder, chain) = copy();
    let lengthened = [std::fs::read(chain.path(&chain.digests[1])).unwrap(), gzip(b"{}")].concat();
    chain.put(&chain.digests[1], &lengthened);
    assert_eq!(problems(folder.path()), [is("digest_appended", &chain.digests[1])]);
    chain.put(&chain.digests[1], b"no digest at all");
    assert_eq!(problems(folder.path())[0], is("digest_changed", &chain.digests[1]));
    chain.alter(5, |digest| digest["previousDigestSignature"] = Value::Null);
    assert!(problems(folder.path()).contains(&is("signature_missing", &chain.digests[4])));
}

#[test]
fn a_chain_put_in_another_order() {
    let (folder, chain) = copy();
    let (second, third) = (chain.path(&chain.digests[1]), chain.path(&chain.digests[2]));
    let spare = folder.path().join("spare");
    for (from, to) in [(&second, &spare), (&third, &second), (&spare, &third)] {
        std::fs::rename(from, to).unwrap();
    }
    let found = problems(folder.path());
    assert!(found.contains(&is("digest_misplaced", &chain.digests[1])), "{found:?}");
    assert!(found.contains(&is("digest_misplaced", &chain.digests[2])), "{found:?}");
    // Times rewritten and everything signed anew by the intruder: the order still shows, without any key.
    let (folder, chain) = copy();
    chain.alter(2, |digest| {
        digest["digestStartTime"] = json!("2026-03-01T00:00:00Z");
        digest["digestEndTime"] = json!("2026-03-01T01:30:00Z");
    });
    for hour in 2..5 {
        chain.forge(hour, Key::of_intruder());
    }
    let (report, code) = verified(folder.path(), &[]);
    let kinds: Vec<&str> =
        report["problems"].as_array().unwrap().iter().map(|p| p["kind"].as_str().unwrap()).collect();
    assert!(code == 1 && kinds.contains(&"digest_out_of_order"), "{kinds:?}");
}

#[test]
fn a_digest_put_in_beside_the_chain() {
    let (folder, chain) = copy();
    let beside = chain.digests[3].replace("T040000Z", "T035900Z");
    let mut digest: Value = serde_json::from_str(&chain.text(&chain.digests[3])).unwrap();
    digest["digestS3Object"] = json!(beside);
    digest["digestEndTime"] = json!("2026-03-01T03:59:00Z");
    chain.put(&beside, &gzip(digest.to_string().as_bytes()));
    let found = problems(folder.path());
    assert!(found.contains(&is("digest_extra", &beside)), "{found:?}");
    assert!(found.iter().any(|(kind, _)| kind == "digest_forked"), "{found:?}");
}

#[test]
fn chains_begin_and_end_where_they_must() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("keys.json"), Key::of_cloudtrail().listed().to_string()).unwrap();
    let eu =
        Plan { follows: true, ..Plan::of("eu-west-1", &[1, 1, 1, 1, 1, 1, 1, 1]) }.deliver(folder.path());
    Plan { from: 2, backfill: true, ..Plan::of("eu-west-1", &[1, 0]) }.deliver(folder.path());
    assert_eq!(problems(folder.path()), [], "a copy may begin anywhere, and hours be made up for afterwards");
    let (report, _) = verified(folder.path(), &["--public-keys", "keys.json"]);
    let begins: Vec<&str> =
        report["notes"].as_array().unwrap().iter().map(|n| n["reason"].as_str().unwrap()).collect();
    assert!(begins.iter().any(|reason| reason.starts_with("the chain begins here")), "{begins:?}");
    assert_eq!(report["chains"].as_array().unwrap().len(), 2);
    // A region that stops before the others, and logs of one without digests.
    Plan::of("us-east-1", &[1, 1, 1]).deliver(folder.path());
    let other = eu.logs[0][0].replace("eu-west-1", "ap-south-1");
    eu.put(&other, &gzip(b"{\"Records\":[]}"));
    let kinds: Vec<String> = problems(folder.path()).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, ["chain_ends_early", "no_digest"]);
    // Validation switched off and on again.
    eu.alter(4, |digest| {
        for key in ["S3Bucket", "S3Object", "HashValue", "HashAlgorithm", "Signature"] {
            digest[format!("previousDigest{key}")] = Value::Null;
        }
        digest["digestStartTime"] = json!("2026-03-01T04:30:00Z");
    });
    let kinds: Vec<String> = problems(folder.path()).into_iter().map(|(kind, _)| kind).collect();
    assert!(kinds.contains(&"chain_restarted".to_owned()), "{kinds:?}");
    insta::assert_snapshot!("ends", shown(folder.path()));
}

#[test]
fn only_the_time_asked_for_is_judged() {
    let (folder, chain) = copy();
    chain.delete(&chain.logs[0][0]);
    chain.delete(&chain.logs[4][0]);
    let since = |time: &str| {
        let (report, _) = verified(folder.path(), &["--public-keys", "keys.json", "--since", time]);
        report["problems"].as_array().unwrap().iter().map(said).collect::<Vec<_>>()
    };
    assert_eq!(since("2026-03-01T01:00:00Z"), [is("log_missing", &chain.logs[4][0])]);
    assert_eq!(since("2026-03-01T05:00:00Z"), []);
}

#[test]
fn hostile_digests_lead_nowhere() {
    let (folder, chain) = copy();
    std::fs::write(folder.path().join("secret"), "abc").unwrap();
    chain.alter(5, |digest| {
        digest["logFiles"] = json!([
            {"s3Bucket": "b", "s3Object": "../secret", "hashValue": sha256(b"abc"), "hashAlgorithm": "SHA-256"},
            {"s3Bucket": "b", "s3Object": "/etc/passwd", "hashValue": "", "hashAlgorithm": "SHA-256"},
            {"s3Bucket": "b", "s3Object": "\u{1b}[2J\u{202e}", "hashValue": "é", "hashAlgorithm": "SHA-256"},
            {"s3Bucket": "b", "s3Object": chain.logs[5][0], "hashValue": "00", "hashAlgorithm": "MD5"},
        ]);
    });
    let said = shown(folder.path());
    assert_eq!(said.matches("log_missing").count(), 3, "{said}");
    assert!(said.contains("unknown_algorithm") && !said.contains(['\u{1b}', '\u{202e}']), "{said}");
    // A digest that follows itself, and one that follows what is to come.
    chain.alter(0, |digest| digest["previousDigestS3Object"] = json!(chain.digests[0]));
    chain.alter(1, |digest| digest["previousDigestS3Object"] = json!(chain.digests[4]));
    assert!(problems(folder.path()).iter().any(|(kind, _)| kind == "digest_out_of_order"));
    chain.put(&chain.digests[0], &gzip(&vec![b' '; 70 << 20]));
    assert!(problems(folder.path()).contains(&is("digest_changed", &chain.digests[0])), "a bomb");
}

#[test]
fn mistakes_are_told() {
    let (folder, _) = copy();
    let file = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    file("bad.json", "{}");
    file("empty.json", "{\"PublicKeyList\":[]}");
    file("odd.json", "{\"PublicKeyList\":[{\"Value\":\"AAAA\",\"Fingerprint\":\"f\"}]}");
    file("none.txt", "notes");
    for (name, args) in [
        ("keys_bad", &["AWSLogs", "--public-keys", "bad.json"][..]),
        ("keys_empty", &["AWSLogs", "--public-keys", "empty.json"]),
        ("keys_odd", &["AWSLogs", "--public-keys", "odd.json"]),
        ("no_digests", &["none.txt"]),
        ("nowhere", &["nowhere"]),
    ] {
        insta::assert_snapshot!(name, transcript(folder.path(), &[&["verify"], args].concat()));
    }
}
