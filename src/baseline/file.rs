//! The file: a header line, then a line a rule, then a line a row; sorted, so that equal snapshots are equal bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, Write};

use serde_json::{Value, json};

use super::line::{credential, credential_value, days, number, ranges, row, row_value, texts, time};
use super::whole::Counts;
use super::{BaselineError, Learnt, Snapshot, VERSION};
use crate::time::Timespan;

/// Writes a snapshot.
pub fn write(snapshot: &Snapshot, out: &mut dyn Write) -> io::Result<()> {
    let mut line = |value: Value| writeln!(out, "{value}");
    line(json!({
        "trailsift_baseline": VERSION,
        "from": snapshot.from.to_string(),
        "to": snapshot.to.to_string(),
        "accounts": snapshot.accounts,
        "trail_buckets": snapshot.trail_buckets,
        "credentials": snapshot.credentials.len(),
        "rules": snapshot.rules.len(),
    }))?;
    for (place, days) in &snapshot.days {
        let (account, region) = place;
        let mut value = json!({"account": account, "region": region, "days": ranges(days)});
        if let Some(hours) = snapshot.hours.get(place) {
            value["hours"] = json!(hours.iter().collect::<Vec<_>>());
        }
        line(value)?;
    }
    for handed in snapshot.credentials.values() {
        line(credential_value(handed))?;
    }
    for (name, learnt) in &snapshot.rules {
        let mut value = json!({"rule": name, "hash": learnt.hash, "timespan": learnt.timespan.to_string(), "rows": learnt.rows.len()});
        if let Some(reach) = learnt.reach {
            value["reach"] = json!(reach.to_string());
        }
        line(value)?;
        for row in &learnt.rows {
            line(row_value(name, row))?;
        }
    }
    Ok(())
}

/// Reads a snapshot.
pub fn read(input: &mut dyn BufRead) -> Result<Snapshot, BaselineError> {
    let mut snapshot: Option<Snapshot> = None;
    let mut counts = Counts::default();
    for (number, line) in input.lines().enumerate() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let wrong = |reason: &str| BaselineError::Line { line: number + 1, reason: reason.to_owned() };
        let value: Value = serde_json::from_str(&line).map_err(|error| BaselineError::Line {
            line: number + 1,
            reason: format!("not JSON: {error}"),
        })?;
        counts.note(&value);
        match &mut snapshot {
            None => {
                let version = value["trailsift_baseline"].as_u64();
                let version = version
                    .ok_or_else(|| wrong("no baseline file: expected a header with `trailsift_baseline`"))?;
                if version != u64::from(VERSION) {
                    return Err(BaselineError::Version(version));
                }
                snapshot = Some(Snapshot {
                    from: time(&value["from"]).ok_or_else(|| wrong("expected a time in `from`"))?,
                    to: time(&value["to"]).ok_or_else(|| wrong("expected a time in `to`"))?,
                    accounts: texts(&value["accounts"])
                        .ok_or_else(|| wrong("expected texts in `accounts`"))?
                        .into_iter()
                        .collect(),
                    // Snapshots of before trailsift learnt them have none.
                    trail_buckets: match &value["trail_buckets"] {
                        Value::Null => BTreeSet::new(),
                        buckets => texts(buckets)
                            .ok_or_else(|| wrong("expected texts in `trail_buckets`"))?
                            .into_iter()
                            .collect(),
                    },
                    days: BTreeMap::new(),
                    hours: BTreeMap::new(),
                    credentials: BTreeMap::new(),
                    rules: BTreeMap::new(),
                });
            }
            Some(snapshot) => entry(&value, snapshot).ok_or_else(|| {
                wrong("expected days, a credential, a rule, or a row of the rule before it")
            })?,
        }
    }
    let snapshot =
        snapshot.ok_or_else(|| BaselineError::Line { line: 1, reason: "the file is empty".to_owned() })?;
    counts.check(&snapshot)?;
    Ok(snapshot)
}

fn entry(value: &Value, snapshot: &mut Snapshot) -> Option<()> {
    if !value["credential"].is_null() {
        let handed = credential(value)?;
        snapshot.credentials.insert(handed.handle, handed);
    } else if let Some(account) = value["account"].as_str() {
        let days = days(&value["days"])?;
        let place = (account.to_owned(), value["region"].as_str()?.to_owned());
        if !value["hours"].is_null() {
            let pair = |pair: &Value| Some((number(&pair[0])?, number(&pair[1])?));
            let hours =
                value["hours"].as_array()?.iter().map(pair).collect::<Option<BTreeMap<u32, u32>>>()?;
            snapshot.hours.insert(place.clone(), hours);
        }
        snapshot.days.insert(place, days);
    } else if let Some(rule) = value["rule"].as_str() {
        let timespan = Timespan::parse(value["timespan"].as_str()?).ok()?;
        let hash = value["hash"].as_str()?.to_owned();
        let reach = match &value["reach"] {
            Value::Null => None,
            reach => Some(Timespan::parse(reach.as_str()?).ok()?),
        };
        snapshot.rules.insert(rule.to_owned(), Learnt { hash, timespan, reach, rows: BTreeSet::new() });
    } else {
        let row = row(value)?;
        snapshot.rules.get_mut(value["of"].as_str()?)?.rows.insert(row);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::super::Row;
    use super::*;
    use crate::detect::{Handed, Phase, Remembered};
    use crate::time::Timestamp;

    fn sample() -> Snapshot {
        let at = Timestamp::from_secs;
        let row = |seen: Remembered| Row {
            group: vec![Some("111122223333".into()), None],
            kept: Some(("base".into(), vec![1, 255])),
            seen,
        };
        let rows = [
            row(Remembered::Term {
                term: vec!["a".into(), "b\u{202e}".into()],
                first: at(100),
                last: at(200),
            }),
            row(Remembered::Scope { first: at(90), last: at(300) }),
            row(Remembered::Days(BTreeSet::from([3, 4, 9]))),
            row(Remembered::Bucket { bucket: 7, events: BTreeSet::from([1, u64::MAX]) }),
            row(Remembered::Value {
                limit: 1,
                value: vec!["a".into(), "b".into()],
                first: at(7),
                last: at(9),
            }),
            row(Remembered::Event { step: None, time: at(8), event: 5 }),
            row(Remembered::Event { step: Some(2), time: at(8), event: u128::MAX }),
            row(Remembered::Phase {
                phase: Phase::Open,
                time: at(8),
                event: 6,
                values: vec![None, Some("a".into())],
            }),
            row(Remembered::Phase { phase: Phase::Use, time: at(8), event: 0, values: Vec::new() }),
            row(Remembered::Document { time: at(5), event: u128::MAX, text: "{\"Statement\":[]}".into() }),
        ];
        let handed = Handed {
            handle: u64::MAX,
            by: 1,
            by_session: 0,
            call: "AssumeRole".into(),
            time: at(5),
            event: u128::MAX,
            who: vec![Some("arn:aws:iam::111122223333:user/ann".into()), None],
            role: None,
        };
        let learnt = Learnt {
            hash: "00ff".into(),
            timespan: Timespan::from_days(7),
            reach: Some(Timespan::from_days(21)),
            rows: rows.into_iter().collect(),
        };
        Snapshot {
            from: at(90),
            to: at(301),
            accounts: BTreeSet::from(["111122223333".to_owned()]),
            days: BTreeMap::from([(
                ("111122223333".into(), "eu-west-1".into()),
                BTreeSet::from([1, 2, 3, 9]),
            )]),
            hours: BTreeMap::from([(
                ("111122223333".into(), "eu-west-1".into()),
                BTreeMap::from([(1, 5), (9, 0xff_ffff)]),
            )]),
            trail_buckets: BTreeSet::from(["logs".to_owned()]),
            credentials: BTreeMap::from([(u64::MAX, handed)]),
            rules: BTreeMap::from([("new-thing".to_owned(), learnt)]),
        }
    }

    #[test]
    fn what_is_written_is_read_and_written_again_byte_by_byte() {
        let mut bytes = Vec::new();
        write(&sample(), &mut bytes).unwrap();
        let read_back = read(&mut bytes.as_slice()).unwrap();
        assert_eq!(read_back, sample());
        let mut again = Vec::new();
        write(&read_back, &mut again).unwrap();
        assert_eq!(bytes, again);
    }

    #[test]
    fn what_was_cut_at_the_end_of_a_line_is_told() {
        let mut bytes = Vec::new();
        write(&sample(), &mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let first = |n: usize| read(&mut lines[..n].join("\n").as_bytes()).map(drop);
        assert!(first(lines.len()).is_ok());
        for n in 1..lines.len() {
            let error = first(n).unwrap_err().to_string();
            assert!(error.contains("the file was cut or edited"), "{n}: {error}");
        }
        // A file of before says nothing of its rules.
        let before = lines[0].replace(",\"rules\":1", "").replace("\"credentials\":1,", "");
        assert!(read(&mut before.as_bytes()).is_ok());
    }

    #[test]
    fn what_is_no_baseline_is_said_to_be_none() {
        for (text, expected) in [
            ("", "line 1: the file is empty"),
            ("{}", "line 1: no baseline file: expected a header with `trailsift_baseline`"),
            ("nonsense", "line 1: not JSON: expected ident at line 1 column 2"),
            (
                "{\"trailsift_baseline\":9}",
                "form 9 is not known to this version (it reads form 1); build the baseline anew with this version",
            ),
        ] {
            assert_eq!(read(&mut text.as_bytes()).unwrap_err().to_string(), expected);
        }
        let mut bytes = Vec::new();
        write(&sample(), &mut bytes).unwrap();
        bytes.extend(b"{\"of\":\"another\",\"group\":[]}\n");
        assert!(
            read(&mut bytes.as_slice())
                .unwrap_err()
                .to_string()
                .contains("expected days, a credential, a rule")
        );
    }
}
