//! What an S3 object key tells of a log file before it is opened.

use crate::text::is_account_id;
use crate::time::{Timespan, Timestamp};

/// What CloudTrail's naming tells of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectKey {
    /// The account whose events it holds.
    pub account: String,
    /// The region it was delivered for.
    pub region: Option<String>,
    /// What it holds.
    pub kind: KeyKind,
    /// When it was delivered, at the earliest and the latest: the minute where the file's name tells it, else the
    /// day that the folders tell.
    pub delivered: Option<(Timestamp, Timestamp)>,
}

/// What a CloudTrail object holds, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// Events.
    Log,
    /// The hashes of log files.
    Digest,
    /// Insight events.
    Insight,
    /// Events summed up.
    Aggregated,
    /// Something newer.
    Other,
}

/// Which files to leave unopened, by their key. `None` or empty: any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyFilter {
    /// Events before this are not wanted.
    pub since: Option<Timestamp>,
    /// Events from this moment on are not wanted.
    pub until: Option<Timestamp>,
    /// The accounts wanted.
    pub accounts: Vec<String>,
    /// The regions wanted.
    pub regions: Vec<String>,
}

/// A file may hold events that are this much older than its name, as delivery may be late; and this much younger, as
/// clocks may differ.
const MARGIN: Timespan = Timespan::from_days(1);

impl KeyFilter {
    /// Whether a file with this key may hold events that are wanted. What the key does not tell does not count
    /// against it.
    pub fn keeps(&self, key: &ObjectKey) -> bool {
        let wanted = |all: &[String], one: Option<&String>| {
            all.is_empty() || one.is_none_or(|one| all.iter().any(|wanted| wanted == one))
        };
        let in_time = key.delivered.is_none_or(|(earliest, latest)| {
            self.since.is_none_or(|since| latest.ahead(MARGIN) >= since)
                && self.until.is_none_or(|until| earliest.back(MARGIN) < until)
        });
        in_time && wanted(&self.accounts, Some(&key.account)) && wanted(&self.regions, key.region.as_ref())
    }
}

impl ObjectKey {
    /// Reads the key out of a path that ends with it: CloudTrail's folders, its file name, or both. `None` if there
    /// is neither, or if the two contradict each other.
    pub fn parse(path: &str) -> Option<ObjectKey> {
        let parts: Vec<&str> = path.split(['/', '\\']).filter(|part| !part.is_empty()).collect();
        let (name, folders) = parts.split_last()?;
        match (from_name(name), from_folders(folders)) {
            (Some(name), Some(folders)) => merged(name, folders),
            (name, folders) => name.or(folders),
        }
    }
}

/// The name tells more; the folders must not tell otherwise.
fn merged(name: ObjectKey, folders: ObjectKey) -> Option<ObjectKey> {
    let agree = name.account == folders.account
        && name.kind == folders.kind
        && (name.region == folders.region || name.region.is_none() || folders.region.is_none());
    let region = name.region.or(folders.region);
    agree.then_some(ObjectKey { region, delivered: name.delivered.or(folders.delivered), ..name })
}

/// `AWSLogs/[o-ORGANIZATION/]ACCOUNT/CloudTrail[-KIND]/REGION/YYYY/MM/DD`, from the last `AWSLogs` on. The date may
/// be missing in part or whole.
fn from_folders(folders: &[&str]) -> Option<ObjectKey> {
    let start = folders.iter().rposition(|part| *part == "AWSLogs")? + 1;
    let mut rest = folders.get(start..)?.iter().copied().peekable();
    rest.next_if(|part| part.starts_with("o-"));
    let account = rest.next().filter(|part| is_account_id(part))?.to_owned();
    let kind = kind(rest.next()?)?;
    let region = rest.next().filter(|part| is_region(part)).map(str::to_owned);
    let mut number = |digits: usize| rest.next().filter(|part| part.len() == digits)?.parse().ok();
    let mut date = || Some((number(4)?, number(2)?, number(2)?));
    let day = date().and_then(|(year, month, day): (u32, u32, u32)| {
        Timestamp::parse(&format!("{year:04}-{month:02}-{day:02}T00:00:00Z"))
    });
    let delivered = day.map(|day| (day, day.ahead(Timespan::from_days(1))));
    Some(ObjectKey { account, region, kind, delivered })
}

/// `ACCOUNT_CloudTrail[-KIND]_REGION_[...]YYYYMMDDTHHMM[SS]Z[...]`.
fn from_name(name: &str) -> Option<ObjectKey> {
    let (account, rest) = name.split_once('_')?;
    let (what, rest) = rest.split_once('_')?;
    let kind = kind(what)?;
    if !is_account_id(account) {
        return None;
    }
    let (at, minute) = (0..rest.len()).find_map(|at| Some((at, minute(rest.get(at..at + 13)?)?)))?;
    let region = rest[..at].split(['_']).next().map(|region| region.trim_end_matches('-'));
    let region = region.filter(|region| is_region(region)).map(str::to_owned);
    let delivered = Some((minute, minute.ahead(Timespan::from_secs(60))));
    Some(ObjectKey { account: account.to_owned(), region, kind, delivered })
}

/// `YYYYMMDDTHHMM`
fn minute(text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_once('T')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if date.len() != 8 || time.len() != 4 || !digits(date) || !digits(time) {
        return None;
    }
    let (year, month, day) = (&date[..4], &date[4..6], &date[6..]);
    Timestamp::parse(&format!("{year}-{month}-{day}T{}:{}:00Z", &time[..2], &time[2..]))
}

fn kind(text: &str) -> Option<KeyKind> {
    Some(match text.strip_prefix("CloudTrail")? {
        "" => KeyKind::Log,
        "-Digest" => KeyKind::Digest,
        "-Insight" => KeyKind::Insight,
        other if other.starts_with("-Aggregated") => KeyKind::Aggregated,
        other if other.starts_with('-') => KeyKind::Other,
        _ => return None,
    })
}

/// Two letters, words and a number, joined by hyphens: `us-gov-west-1`.
fn is_region(text: &str) -> bool {
    let mut parts = text.split('-');
    let first = parts.next().is_some_and(|part| part.len() == 2);
    let number =
        parts.next_back().is_some_and(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    let mut words = parts.peekable();
    first
        && number
        && words.peek().is_some()
        && words.all(|part| part.bytes().all(|b| b.is_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "111122223333_CloudTrail_us-gov-west-1_20240229T2355Z_Abc.json.gz";

    fn at(text: &str) -> Option<Timestamp> {
        Some(Timestamp::parse(text).unwrap())
    }

    #[test]
    fn keys_are_found_wherever_they_stand() {
        let expected = ObjectKey {
            account: "111122223333".to_owned(),
            region: Some("us-gov-west-1".to_owned()),
            kind: KeyKind::Log,
            delivered: at("2024-02-29T23:55:00Z").zip(at("2024-02-29T23:56:00Z")),
        };
        for path in [
            format!("AWSLogs/111122223333/CloudTrail/us-gov-west-1/2024/02/29/{NAME}"),
            format!(
                "/evidence/AWSLogs/x/AWSLogs/o-a1b2/111122223333/CloudTrail/us-gov-west-1/2024/02/29/{NAME}"
            ),
            format!("C:\\evidence\\AWSLogs\\111122223333\\CloudTrail\\us-gov-west-1\\2024\\02\\29\\{NAME}"),
            format!("flat/{NAME}"),
            "111122223333_CloudTrail_us-gov-west-1-20240229T2355.json".to_owned(),
        ] {
            assert_eq!(ObjectKey::parse(&path), Some(expected.clone()), "{path}");
        }
    }

    #[test]
    fn folders_alone_tell_the_day() {
        let key =
            ObjectKey::parse("AWSLogs/o-abcd/811596193553/CloudTrail/us-east-1/2020/09/30/x.json").unwrap();
        assert_eq!(key.delivered, at("2020-09-30T00:00:00Z").zip(at("2020-10-01T00:00:00Z")));
        let key = ObjectKey::parse("AWSLogs/811596193553/CloudTrail/us-east-1/x.json").unwrap();
        assert_eq!((key.region.as_deref(), key.delivered), (Some("us-east-1"), None));
    }

    #[test]
    fn kinds_are_told_apart() {
        let kind = |what: &str| {
            let name = format!("111122223333_{what}_us-east-1_trail-x_us-east-1_20240101T000000Z.json.gz");
            ObjectKey::parse(&name).map(|key| key.kind)
        };
        assert_eq!(kind("CloudTrail-Digest"), Some(KeyKind::Digest));
        assert_eq!(kind("CloudTrail-Insight"), Some(KeyKind::Insight));
        assert_eq!(kind("CloudTrail-AggregatedX"), Some(KeyKind::Aggregated));
        assert_eq!(kind("CloudTrail-New"), Some(KeyKind::Other));
        assert_eq!(kind("vpcflowlogs"), None);
    }

    #[test]
    fn what_is_no_key_or_two_keys_is_none() {
        for path in [
            "",
            "x.json",
            "AWSLogs/12/CloudTrail/us-east-1/2024/01/01/x",
            "1111_CloudTrail_us-east-1_20240101T0000Z_x",
            "111122223333_CloudTrail_us-east-1_20241301T0000Z_x",
            "AWSLogs/111122223333/elasticloadbalancing/us-east-1/2024/01/01/x",
        ] {
            assert_eq!(ObjectKey::parse(path), None, "{path}");
        }
        let other = format!("AWSLogs/999922223333/CloudTrail/us-gov-west-1/2024/02/29/{NAME}");
        assert_eq!(ObjectKey::parse(&other), None);
    }

    #[test]
    fn only_what_the_key_tells_counts_against_a_file() {
        let key = ObjectKey::parse(NAME).unwrap();
        let since = |text: &str| KeyFilter { since: at(text), ..KeyFilter::default() }.keeps(&key);
        assert!(since("2024-03-01T23:56:00Z") && !since("2024-03-01T23:56:01Z"));
        let until = |text: &str| KeyFilter { until: at(text), ..KeyFilter::default() }.keeps(&key);
        assert!(until("2024-02-28T23:55:01Z") && !until("2024-02-28T23:55:00Z"));
        let region = |region: &str| KeyFilter { regions: vec![region.to_owned()], ..KeyFilter::default() };
        assert!(region("us-gov-west-1").keeps(&key) && !region("us-east-1").keeps(&key));
        let account =
            |account: &str| KeyFilter { accounts: vec![account.to_owned()], ..KeyFilter::default() };
        assert!(account("111122223333").keeps(&key) && !account("999922223333").keeps(&key));
        let silent = ObjectKey { region: None, delivered: None, ..key.clone() };
        assert!(region("us-east-1").keeps(&silent) && KeyFilter::default().keeps(&key));
    }
}
