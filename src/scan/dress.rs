//! From firings to findings: the few records that matter are read again and shown.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use sha2::{Digest, Sha256};

use super::Options;
use super::evidence::{Shown, show};
use crate::derive::Facts;
use crate::detect::replay::{Replay, named};
use crate::detect::{Detail, Evidence, Firing, Hit, Location, Plan};
use crate::event::EventId;
use crate::finding::{Finding, Principal, RuleInfo};
use crate::input::{Reader, Source};
use crate::known::Known;
use crate::level::Level;
use crate::rule::{Rule, alternatives};
use crate::time::Timestamp;

/// Of a firing whose level depends on its events, no more than this many are looked at.
const MOST_JUDGED: usize = 5_000;

/// First and last moment of each file.
type Times = BTreeMap<u32, (Timestamp, Timestamp)>;

/// Turns firings into findings.
pub(super) fn findings(
    plan: &Plan,
    facts: &Facts,
    mut firings: Vec<Firing>,
    sources: &[Source],
    times: &Times,
    options: &Options,
) -> Vec<Finding> {
    let wants = Wants::of(plan, facts, &firings, times, options);
    let gathered = Mutex::new(vec![Gathered::default(); firings.len()]);
    read(plan, facts, &firings, sources, &wants, options, &gathered);
    let gathered = gathered.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let dressed = firings.iter_mut().zip(gathered);
    dressed.filter_map(|(firing, gathered)| dress(plan, firing, gathered, options)).collect()
}

/// Which records of which files are to be read again.
#[derive(Default)]
struct Wants {
    /// By file and record: the firings, and whether the record is shown or only judged.
    records: BTreeMap<u32, BTreeMap<u32, Vec<(usize, bool)>>>,
    /// By file: the firings whose window it may hold events of.
    windows: BTreeMap<u32, Vec<usize>>,
}

impl Wants {
    fn of(plan: &Plan, facts: &Facts, firings: &[Firing], times: &Times, options: &Options) -> Wants {
        let replay = Replay::new(plan, facts);
        let mut wants = Wants::default();
        for (number, firing) in firings.iter().enumerate() {
            match &firing.evidence {
                Evidence::Hits(hits) => {
                    let judged = if replay.needs_events(firing) { MOST_JUDGED } else { 0 };
                    for (at, hit) in hits.iter().enumerate().take(options.evidence.max(1).max(judged)) {
                        if hit.at != Location::NOWHERE {
                            let of_file = wants.records.entry(hit.at.file).or_default();
                            of_file
                                .entry(hit.at.record)
                                .or_default()
                                .push((number, at < options.evidence.max(1)));
                        }
                    }
                }
                Evidence::Window { from, to } => {
                    for (file, (first, last)) in times {
                        if first <= to && last >= from {
                            wants.windows.entry(*file).or_default().push(number);
                        }
                    }
                }
            }
        }
        wants
    }

    fn files(&self) -> Vec<u32> {
        let mut files: Vec<u32> = self.records.keys().chain(self.windows.keys()).copied().collect();
        files.sort_unstable();
        files.dedup();
        files
    }
}

/// What reading again found of one firing.
#[derive(Clone, Default)]
struct Gathered {
    shown: Vec<Shown>,
    /// For windows: every event, by id the preferred copy.
    events: HashMap<EventId, Hit>,
    /// Conditions on events that some event fulfilled.
    raised: Vec<Vec<Option<bool>>>,
}

impl Gathered {
    fn raise(&mut self, raised: Vec<Vec<Option<bool>>>) {
        if self.raised.is_empty() {
            self.raised = raised;
            return;
        }
        for (mine, theirs) in self.raised.iter_mut().flatten().zip(raised.into_iter().flatten()) {
            *mine = match (*mine, theirs) {
                (Some(a), Some(b)) => Some(a | b),
                (a, b) => a.or(b),
            };
        }
    }

    fn merge(&mut self, other: Gathered) {
        self.shown.extend(other.shown);
        #[expect(clippy::iter_over_hash_type, reason = "a union has no order")]
        for (id, hit) in other.events {
            let kept = self.events.entry(id).or_insert(hit);
            if prefer(&hit) < prefer(kept) {
                *kept = hit;
            }
        }
        if !other.raised.is_empty() {
            self.raise(other.raised);
        }
    }
}

fn prefer(hit: &Hit) -> (u64, Timestamp, Location) {
    (hit.digest, hit.time, hit.at)
}

fn read(
    plan: &Plan,
    facts: &Facts,
    firings: &[Firing],
    sources: &[Source],
    wants: &Wants,
    options: &Options,
    gathered: &Mutex<Vec<Gathered>>,
) {
    let files = wants.files();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut reader = Reader::new(plan.layout());
        let mut replay = Replay::new(plan, facts);
        let mut mine: HashMap<usize, Gathered> = HashMap::new();
        while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            let Some(source) = sources.get(*file as usize) else { continue };
            let records = wants.records.get(file);
            let windows = wants.windows.get(file);
            let mut look = |record: &crate::event::Record<'_>, number: u32| {
                let at = Location { file: *file, record: number };
                let wanted = records.and_then(|records| records.get(&number));
                if wanted.is_none() && windows.is_none() {
                    return;
                }
                replay.start();
                let hit = Replay::hit(record, at);
                for (firing, is_shown) in wanted.into_iter().flatten() {
                    let of = &firings[*firing];
                    let mut raised = of.clone();
                    replay.raise(record, &mut raised);
                    let entry = mine.entry(*firing).or_default();
                    entry.raise(raised.raised_by);
                    if *is_shown {
                        let rule = &plan.rules().rules[of.rule];
                        entry.shown.push(show(&mut replay, record, hit, rule, of, &source.name, options.raw));
                    }
                }
                for firing in windows.into_iter().flatten() {
                    let of = &firings[*firing];
                    let Evidence::Window { from, to } = &of.evidence else { continue };
                    if hit.time < *from || hit.time > *to || !replay.belongs(record, of) {
                        continue;
                    }
                    let mut raised = of.clone();
                    replay.raise(record, &mut raised);
                    let entry = mine.entry(*firing).or_default();
                    entry.raise(raised.raised_by);
                    let kept = entry.events.entry(hit.id).or_insert(hit);
                    if prefer(&hit) < prefer(kept) {
                        *kept = hit;
                    }
                    let rule = &plan.rules().rules[of.rule];
                    let shown = show(&mut replay, record, hit, rule, of, &source.name, options.raw);
                    keep_first(&mut entry.shown, shown, options.evidence.max(1));
                }
            };
            match (records, windows) {
                (Some(records), None) => {
                    let numbers: Vec<u32> = records.keys().copied().collect();
                    reader.fetch(source, &numbers, &mut look);
                }
                _ => {
                    reader.read(source, &mut look);
                }
            }
        }
        let mut all = gathered.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut mine: Vec<(usize, Gathered)> = mine.into_iter().collect();
        mine.sort_by_key(|(firing, _)| *firing);
        mine.into_iter().for_each(|(firing, found)| all[firing].merge(found));
    };
    let jobs = options.jobs.clamp(1, files.len().max(1));
    if jobs == 1 {
        return work();
    }
    std::thread::scope(|scope| {
        (0..jobs).for_each(|_| {
            scope.spawn(work);
        });
    });
}

/// Keeps the first few events, of each the preferred copy.
fn keep_first(list: &mut Vec<Shown>, new: Shown, most: usize) {
    list.push(new);
    if list.len() > 4 * most + 16 {
        order(list);
        list.truncate(most);
    }
}

fn order(list: &mut Vec<Shown>) {
    list.sort_by_key(|shown| (shown.hit.id, shown.hit.digest, shown.hit.time, shown.hit.at));
    list.dedup_by_key(|shown| shown.hit.id);
    list.sort_by_key(|shown| shown.hit.order());
}

fn dress(plan: &Plan, firing: &mut Firing, gathered: Gathered, options: &Options) -> Option<Finding> {
    let rule = &plan.rules().rules[firing.rule];
    let mut shown = gathered.shown;
    order(&mut shown);
    match &firing.evidence {
        // Sequences show their steps first; everything else is in order of time already.
        Evidence::Hits(hits) => {
            let place =
                |shown: &Shown| hits.iter().position(|hit| hit.id == shown.hit.id).unwrap_or(usize::MAX);
            shown.sort_by_key(place);
        }
        Evidence::Window { .. } => {
            shown.truncate(options.evidence.max(1));
            let times = gathered.events.values().map(|hit| hit.time);
            if let (Some(first), Some(last)) = (times.clone().min(), times.max()) {
                // Of several windows told as one only the first is looked at; the last one's end stands.
                let end = if firing.episodes > 1 { firing.last.max(Some(last)) } else { Some(last) };
                (firing.first, firing.last) = (Some(first), end);
                firing.count = gathered.events.len() as u64;
            }
            let since = plan_since(options);
            if since.is_some_and(|since| firing.last.is_some_and(|last| last < since)) {
                return None;
            }
        }
    }
    if !gathered.raised.is_empty() {
        for (mine, theirs) in firing.raised_by.iter_mut().flatten().zip(gathered.raised.into_iter().flatten())
        {
            *mine = mine.or(theirs).map(|known| known | theirs.unwrap_or(false));
        }
    }
    Some(finding(plan, rule, firing, shown, options))
}

fn plan_since(options: &Options) -> Option<Timestamp> {
    options.settings.since
}

fn finding(plan: &Plan, rule: &Rule, firing: &Firing, shown: Vec<Shown>, options: &Options) -> Finding {
    let told = &plan.rules().rules[firing.told_as];
    let known = plan.known();
    let first = shown.first();
    let mut why: Vec<String> = first
        .map(|shown| shown.reasons.iter().map(|(field, value)| reason(known, field, value)).collect())
        .unwrap_or_default();
    why.extend(firing.why.iter().cloned());
    let level = level(plan, rule, firing, &shown, &mut why);
    let outcome =
        named(&firing.group, "derived.outcome").map(str::to_owned).or_else(|| first.map(outcome_of));
    let target = rule.extension.target.iter().find_map(|field| value(first, field));
    let filler = Filler { known, firing, first, target: target.as_deref() };
    let title = filler.title(rule, outcome.as_deref());
    let principal = first.map(|shown| shown.principal.clone()).unwrap_or_default();
    let account = named(&firing.group, "derived.account").map(str::to_owned);
    let detail = firing.detail.clone();
    Finding {
        id: stable_id(told, firing),
        rule: info(told),
        level,
        class: firing.class,
        outcome,
        title,
        why,
        first_seen: firing.first,
        last_seen: firing.last,
        count: firing.count,
        account: account.or_else(|| first.and_then(|shown| shown.account.clone())),
        region: first.and_then(|shown| shown.region.clone()),
        principal,
        target,
        source: first.map(|shown| shown.source.clone()).unwrap_or_default(),
        user_agent: first.and_then(|shown| shown.user_agent.clone()),
        error_code: first.and_then(|shown| shown.error_code.clone()),
        new_term: if let Detail::NewTerm(detail) = &detail { Some(detail.clone()) } else { None },
        threshold: if let Detail::Threshold(detail) = &detail { Some(detail.clone()) } else { None },
        sequence: if let Detail::Sequence(detail) = detail { Some(detail) } else { None },
        evidence: shown.into_iter().take(options.evidence).map(|shown| shown.item).collect(),
        evidence_total: firing.count,
        false_positives: told.falsepositives.clone(),
        suppressed: None,
        known: None,
    }
}

fn outcome_of(shown: &Shown) -> String {
    let outcome = match shown.error_code.as_deref() {
        None => crate::derive::Outcome::Success,
        Some(code) if crate::derive::is_denial(code) => crate::derive::Outcome::Denied,
        Some(_) => crate::derive::Outcome::Failed,
    };
    outcome.name().to_owned()
}

fn info(rule: &Rule) -> RuleInfo {
    let technique = |tag: &String| {
        let name = tag.strip_prefix("attack.")?;
        let digits = name.strip_prefix(['t', 'T'])?;
        digits.starts_with(|c: char| c.is_ascii_digit()).then(|| name.to_ascii_uppercase())
    };
    RuleInfo {
        name: rule.name.clone(),
        id: rule.id.clone(),
        title: rule.title.clone(),
        level: rule.level,
        attack: rule.tags.iter().filter_map(technique).collect(),
        tags: rule.tags.clone(),
        references: rule.references.clone(),
    }
}

/// The level with every escalation that holds, and the reasons for the one that decided.
fn level(plan: &Plan, rule: &Rule, firing: &Firing, shown: &[Shown], why: &mut Vec<String>) -> Level {
    let mut level = firing.base;
    let mut by = None;
    for (number, escalation) in rule.extension.escalate.iter().enumerate() {
        let holds = firing.raised_by[number].iter().all(|known| *known == Some(true));
        if holds && escalation.level > level {
            level = escalation.level;
            by = Some(number);
        }
    }
    if let Some(number) = by {
        let mut reasons: Vec<String> = Vec::new();
        let values =
            shown.iter().find(|shown| !shown.raising[number].is_empty()).map(|shown| &shown.raising[number]);
        reasons.extend(values.into_iter().flatten().map(|(field, value)| reason(plan.known(), field, value)));
        for when in &rule.extension.escalate[number].when {
            match when {
                crate::rule::When::Rule { rule, .. } => {
                    reasons.push(format!("{} too", plan.rules().rules[*rule].name))
                }
                crate::rule::When::Count(limit) => reasons.push(limit_words(limit)),
                crate::rule::When::Event(_) => {}
            }
        }
        why.push(format!("raised from {} to {level}: {}", firing.base, reasons.join(", ")));
    }
    level
}

fn limit_words(limit: &crate::rule::Limit) -> String {
    let bounds: Vec<String> =
        limit.bounds.iter().map(|(order, bound)| format!("{} {bound}", order.word())).collect();
    let what = if limit.fields.is_empty() {
        "events".to_owned()
    } else {
        format!("distinct {}", limit.fields.join(", "))
    };
    format!("{what} {}", bounds.join(" and "))
}

fn reason(known: &Known, field: &str, value: &str) -> String {
    format!("{field}: {}", label(known, value))
}

/// An account id with its vendor's name.
fn label(known: &Known, value: &str) -> String {
    if value.len() == 12 && value.bytes().all(|b| b.is_ascii_digit()) {
        known.accounts.label(value)
    } else {
        value.to_owned()
    }
}

fn value(first: Option<&Shown>, field: &str) -> Option<String> {
    let values = first?.values.get(field)?;
    if values.is_empty() { None } else { Some(values.join(", ")) }
}

/// The words of a message that are no fields.
const WORDS: [&str; 10] =
    ["principal", "account", "region", "source", "target", "count", "term", "scope", "observed", "weakening"];

/// Whether a name in a message is one of these, and no field.
pub(super) fn is_word(name: &str) -> bool {
    WORDS.contains(&name) || name.starts_with("observed.")
}

struct Filler<'f> {
    known: &'f Known,
    firing: &'f Firing,
    first: Option<&'f Shown>,
    target: Option<&'f str>,
}

impl Filler<'_> {
    fn title(&self, rule: &Rule, outcome: Option<&str>) -> String {
        let sentence = match &rule.extension.message {
            Some(message) => self.fill(message),
            None => match self.get("principal") {
                Some(principal) => format!("{}: {principal}", rule.title),
                None => rule.title.clone(),
            },
        };
        match outcome {
            Some("denied") if rule.extension.outcomes.is_some() => format!("Denied: {sentence}"),
            Some("failed") if rule.extension.outcomes.is_some() => format!("Failed: {sentence}"),
            _ => sentence,
        }
    }

    fn fill(&self, message: &str) -> String {
        let mut out = String::with_capacity(message.len());
        let mut rest = message;
        while let Some((before, tail)) = rest.split_once('{') {
            out.push_str(before);
            let Some((names, after)) = tail.split_once('}') else {
                out.push('{');
                rest = tail;
                continue;
            };
            let quoted = |name: &str| Some(name.strip_prefix('\'')?.strip_suffix('\'')?.to_owned());
            let found = alternatives(names).find_map(|name| quoted(name).or_else(|| self.get(name)));
            out.push_str(&found.unwrap_or_else(|| "(unknown)".to_owned()));
            rest = after;
        }
        out.push_str(rest);
        out
    }

    /// What the condition of this number counted.
    fn observed(&self, number: usize) -> Option<String> {
        match &self.firing.detail {
            Detail::Threshold(detail) => Some(detail.counts.get(number)?.observed.to_string()),
            _ => None,
        }
    }

    fn get(&self, name: &str) -> Option<String> {
        let first = self.first;
        let found = match name {
            "principal" => first.and_then(|shown| actor(&shown.principal)),
            "account" => named(&self.firing.group, "derived.account")
                .map(str::to_owned)
                .or_else(|| first?.account.clone()),
            "region" => first.and_then(|shown| shown.region.clone()),
            "source" => first.and_then(|shown| shown.source.ip.clone()),
            "target" => self.target.map(str::to_owned),
            "count" => Some(self.firing.count.to_string()),
            "term" | "scope" => match &self.firing.detail {
                Detail::NewTerm(detail) => {
                    let pairs = if name == "scope" { &detail.scope } else { &detail.term };
                    let mut values: Vec<String> =
                        pairs.iter().map(|pair| label(self.known, &pair.value)).collect();
                    if name == "term" && !detail.terms.is_empty() {
                        values = detail
                            .terms
                            .iter()
                            .take(5)
                            .map(|term| {
                                let values: Vec<String> =
                                    term.iter().map(|pair| label(self.known, &pair.value)).collect();
                                values.join(" / ")
                            })
                            .collect();
                        let more = detail.terms.len().saturating_sub(values.len());
                        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                        return Some(values.join(", ") + &more);
                    }
                    Some(values.join(" / "))
                }
                _ => None,
            },
            "observed" => self.observed(0),
            // What was widened, or that it cannot be told.
            "weakening" => {
                let mut reasons = self.firing.why.iter().filter(|why| !why.starts_with("compared with"));
                reasons.next().cloned()
            }
            name if name.starts_with("observed.") => {
                let number: usize = name.strip_prefix("observed.")?.parse().ok()?;
                self.observed(number.checked_sub(1)?)
            }
            field => named(&self.firing.group, field).map(str::to_owned).or_else(|| value(first, field)),
        };
        found.filter(|text| !text.is_empty()).map(|text| label(self.known, &text))
    }
}

/// Who acted: the identity, and of a role the session, which says more about the person.
fn actor(principal: &Principal) -> Option<String> {
    let name = principal.canonical.clone().or_else(|| principal.arn.clone())?;
    match &principal.session_name {
        Some(session) if !name.contains(session.as_str()) => Some(format!("{name} (session {session})")),
        _ => Some(name),
    }
}

/// Rule, group, term and the episode's first event: the same on another machine and in more logs.
fn stable_id(rule: &Rule, firing: &Firing) -> String {
    let mut hash = Sha256::new();
    hash.update(rule.name.as_bytes());
    for (name, value) in &firing.group {
        hash.update([0]);
        hash.update(name.as_bytes());
        hash.update([u8::from(value.is_some())]);
        hash.update(value.as_deref().unwrap_or_default().as_bytes());
    }
    hash.update([1]);
    hash.update(firing.class.name().as_bytes());
    hash.update(firing.key_event.as_bytes());
    hash.finalize()[..12].iter().map(|byte| format!("{byte:02x}")).collect()
}
