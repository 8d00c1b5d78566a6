//! The finished view: who was active, the most unusual first.
//!
//! The order: more findings of the highest level first, then of the next, down to low ones. Between those whom the
//! findings leave equal, the higher score: the sum of three percentages, all of them of the logs at hand.
//!
//! - `newness`: how late in the logs the first call lies; none for temporary keys, which are all new.
//! - `denials`: how many of the calls were refused, from three refusals on.
//! - `breadth`: how many of the others of the same kind call fewer different actions.
//!
//! Then more calls first, then by name. A finding counts for whom its first event names,
//! and for every key and address that it names.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{Activity, Kind, Names, Profile};
use crate::finding::Finding;
use crate::known::Accounts;
use crate::level::Level;
use crate::time::Timestamp;

/// Fewer refusals than this happen to everybody.
const FEW_DENIALS: u64 = 3;

/// Everything a renderer needs.
#[derive(Clone, Debug, Serialize)]
pub struct Overview {
    /// The first call.
    pub first_event: Option<Timestamp>,
    /// The last.
    pub last_event: Option<Timestamp>,
    /// Calls by hour; hours without any are left out.
    pub hours: Vec<Bin>,
    /// Whether findings were looked for.
    pub with_findings: bool,
    /// Those who were active, by kind.
    pub groups: Vec<Group>,
}

/// What happened in one hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Bin {
    /// When it begins.
    pub start: Timestamp,
    /// Distinct calls.
    pub calls: u64,
    /// Those of them that were refused.
    pub denied: u64,
    /// Findings of medium level or above that begin in it.
    pub findings: u64,
}

/// All of one kind.
#[derive(Clone, Debug, Serialize)]
pub struct Group {
    /// The kind.
    pub kind: Kind,
    /// How many there are.
    pub total: u64,
    /// The rows, the most unusual first.
    pub rows: Vec<Row>,
}

impl Group {
    /// Keeps the first rows.
    pub fn keep(&mut self, top: usize) {
        self.rows.truncate(top);
    }
}

/// One who was active.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The principal, key, account, address or role.
    pub id: String,
    /// Of a principal, what it is: user, role, ...
    pub principal_kind: Option<String>,
    /// Of an account, who is known to own it.
    pub vendor: Option<String>,
    /// The first call; null when no call has a readable time.
    pub first_seen: Option<Timestamp>,
    /// The last.
    pub last_seen: Option<Timestamp>,
    /// Distinct calls.
    pub calls: u64,
    /// Those of them that were refused.
    pub denied: u64,
    /// Whether these are estimates.
    pub is_estimate: bool,
    /// Hours in which there was a call.
    pub active_hours: u64,
    /// Findings by level.
    pub findings: BTreeMap<Level, u64>,
    /// Why it stands where it stands, besides findings.
    pub unusual: Unusual,
    /// Who they were: of a key, an address, an account or a role.
    pub principals: Names,
    /// The accounts called.
    pub accounts: Names,
    /// The services called.
    pub services: Names,
    /// The calls, such as `iam:CreateUser`.
    pub actions: Names,
    /// The regions called.
    pub regions: Names,
    /// The networks the calls came from; `private` and the like for addresses that are not of the internet.
    pub networks: Names,
    /// The tools that made the calls.
    pub user_agents: Names,
    /// The hours, for a picture.
    #[serde(skip)]
    pub hours: Vec<Timestamp>,
}

/// Three percentages, see above.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Unusual {
    /// How late in the logs the first call lies.
    pub newness: u64,
    /// How many of the calls were refused.
    pub denials: u64,
    /// How many others call fewer different actions.
    pub breadth: u64,
}

impl Unusual {
    /// Their sum.
    pub fn score(self) -> u64 {
        self.newness + self.denials + self.breadth
    }
}

impl Overview {
    /// The view of what was seen. `findings` is `None` when they were not looked for.
    pub fn new(activity: Activity, findings: Option<&[Finding]>, accounts: &Accounts) -> Overview {
        let Activity { profiles, hours, .. } = activity;
        let mut counted = Counted::of(findings.unwrap_or_default(), &profiles);
        let mut bins: BTreeMap<u32, Bin> = BTreeMap::new();
        for (hour, (calls, denied)) in &hours {
            let bin = Bin {
                start: Timestamp::of_hour(*hour),
                calls: calls.count().0,
                denied: denied.count().0,
                findings: 0,
            };
            bins.insert(*hour, bin);
        }
        let grave = findings.unwrap_or_default().iter().filter(|finding| finding.level >= Level::Medium);
        for hour in grave.filter_map(|finding| finding.first_seen).map(Timestamp::hour) {
            let empty = Bin { start: Timestamp::of_hour(hour), calls: 0, denied: 0, findings: 0 };
            bins.entry(hour).or_insert(empty).findings += 1;
        }
        let all = profiles.values().flat_map(BTreeMap::values);
        let span = (
            all.clone().filter_map(|profile| profile.seen.first).min(),
            all.filter_map(|profile| profile.seen.last).max(),
        );
        let groups = Kind::ALL
            .into_iter()
            .map(|kind| {
                let of_kind = profiles.get(&kind).into_iter().flatten();
                let mut actions: Vec<u64> = of_kind.clone().map(|(_, p)| p.actions.count()).collect();
                actions.sort_unstable();
                let mut rows: Vec<Row> = of_kind
                    .map(|(id, profile)| {
                        let found = counted.take(kind, id);
                        row(kind, id, profile, found, unusual(kind, id, profile, span, &actions), accounts)
                    })
                    .collect();
                rows.sort_by(|a, b| rank(a).cmp(&rank(b)));
                Group { kind, total: rows.len() as u64, rows }
            })
            .collect();
        Overview {
            first_event: span.0,
            last_event: span.1,
            hours: bins.into_values().collect(),
            with_findings: findings.is_some(),
            groups,
        }
    }
}

fn rank(row: &Row) -> (Reverse<[u64; 4]>, Reverse<u64>, Reverse<u64>, &str) {
    let levels = [Level::Critical, Level::High, Level::Medium, Level::Low];
    let found = levels.map(|level| row.findings.get(&level).copied().unwrap_or(0));
    (Reverse(found), Reverse(row.unusual.score()), Reverse(row.calls), &row.id)
}

fn unusual(
    kind: Kind,
    id: &str,
    profile: &Profile,
    span: (Option<Timestamp>, Option<Timestamp>),
    actions: &[u64],
) -> Unusual {
    let percent = |part: u64, all: u64| (part.min(all) * 100).checked_div(all).unwrap_or(0);
    let temporary = kind == Kind::Key && id.starts_with("ASIA");
    let newness = match (profile.seen.first, span) {
        (Some(first), (Some(start), Some(end))) if !temporary => {
            percent(u64::from(first.since(start).secs()), u64::from(end.since(start).secs()))
        }
        _ => 0,
    };
    let (calls, denied) = (profile.calls.count().0, profile.denied.count().0);
    let fewer = actions.partition_point(|other| *other < profile.actions.count()) as u64;
    Unusual {
        newness,
        denials: if denied < FEW_DENIALS { 0 } else { percent(denied, calls) },
        breadth: percent(fewer, (actions.len() as u64).saturating_sub(1)),
    }
}

fn row(
    kind: Kind,
    id: &str,
    profile: &Profile,
    findings: BTreeMap<Level, u64>,
    unusual: Unusual,
    accounts: &Accounts,
) -> Row {
    let (calls, is_estimate) = profile.calls.count();
    let told = |wanted: Kind| kind == wanted;
    let vendor = accounts.vendor(id).filter(|_| told(Kind::Account));
    let principal_kind = profile.principal_kinds.iter().next().filter(|_| told(Kind::Principal));
    Row {
        id: id.to_owned(),
        principal_kind: principal_kind.map(str::to_owned),
        vendor: vendor.map(|vendor| vendor.name.to_owned()),
        first_seen: profile.seen.first,
        last_seen: profile.seen.last,
        calls,
        denied: profile.denied.count().0,
        is_estimate,
        active_hours: profile.hours.len() as u64,
        findings,
        unusual,
        principals: profile.principals.clone(),
        accounts: profile.accounts.clone(),
        services: profile.services.clone(),
        actions: profile.actions.clone(),
        regions: profile.regions.clone(),
        networks: profile.networks.clone(),
        user_agents: profile.agents.clone(),
        hours: profile.hours.iter().map(|hour| Timestamp::of_hour(*hour)).collect(),
    }
}

/// Findings by kind, whom they are about, and level.
struct Counted(BTreeMap<(Kind, String), BTreeMap<Level, u64>>);

impl Counted {
    fn of(findings: &[Finding], profiles: &BTreeMap<Kind, BTreeMap<String, Profile>>) -> Counted {
        // A session's principal is its role's, except where sessions are people or instances.
        let mut roles: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (role, profile) in profiles.get(&Kind::Role).into_iter().flatten() {
            profile.principals.iter().for_each(|principal| {
                roles.entry(principal).or_default().insert(role);
            });
        }
        let mut counted: BTreeMap<(Kind, String), BTreeMap<Level, u64>> = BTreeMap::new();
        for finding in findings.iter().filter(|finding| finding.suppressed.is_none()) {
            let principal = finding.principal.canonical.as_deref();
            let role = principal.and_then(|principal| roles.get(principal)).and_then(|roles| {
                let mut roles = roles.iter().copied();
                roles.next().filter(|_| roles.next().is_none())
            });
            let one = [
                (Kind::Principal, principal),
                (Kind::Account, finding.account.as_deref()),
                (Kind::Role, role),
            ];
            let one = one.into_iter().filter_map(|(kind, id)| Some((kind, id?)));
            let keys = finding.access_keys.iter().map(|key| (Kind::Key, key.as_str()));
            let addresses = finding.addresses.iter().map(|address| (Kind::Address, address.as_str()));
            for (kind, id) in one.chain(keys).chain(addresses) {
                *counted.entry((kind, id.to_owned())).or_default().entry(finding.level).or_default() += 1;
            }
        }
        Counted(counted)
    }

    fn take(&mut self, kind: Kind, id: &str) -> BTreeMap<Level, u64> {
        self.0.remove(&(kind, id.to_owned())).unwrap_or_default()
    }
}
