//! What each rule says of the event, on every copy of it that differs.

use std::collections::BTreeMap;

use super::around::{Answers, Question};
use super::{CopyAt, Detection, Explanation, FIELDS, Fired, Matched, NotMatched, Sought};
use crate::derive::Facts;
use crate::detect::firing::{FieldValue, named_values};
use crate::detect::replay::{Replay, shortened};
use crate::detect::{Evidence, Finished, Hit, Location, Plan};
use crate::event::Record;
use crate::finding::View;
use crate::input::{Reader, Source};
use crate::rule::{Body, RuleIndex};
use crate::time::Timestamp;

/// Values shown of one field.
const MOST: usize = 5;

/// What every rule says, before findings are told and other events are looked at.
#[derive(Debug, Default)]
pub struct Judged {
    copies: Vec<CopyAt>,
    fields: Vec<FieldValue>,
    rules: BTreeMap<RuleIndex, Said>,
    /// What the state around the event depends on.
    pub facts: Facts,
    insufficient: Vec<(RuleIndex, String)>,
}

/// What one rule says.
#[derive(Debug, Default)]
struct Said {
    looks: bool,
    matches: bool,
    detections: Vec<Detection>,
    questions: Vec<Question>,
    reasons: Vec<String>,
}

impl Judged {
    /// Lets every reporting rule of the plan look at the event, and leaves among the firings those it is part of.
    pub fn of(plan: &Plan, sources: &[Source], sought: &Sought, finished: &mut Finished) -> Judged {
        let mut judged = Judged {
            facts: finished.facts.clone(),
            insufficient: finished.insufficient.clone(),
            ..Judged::default()
        };
        let preferred = sought.preferred();
        let first = preferred.first().map(|(digest, _)| *digest);
        let place = |at: &Location| sources.get(at.file as usize).map(|source| source.name());
        for (at, digest) in &sought.copies {
            let file = place(at).unwrap_or_default();
            judged.copies.push(CopyAt { file, record: at.record, differs: Some(*digest) != first });
        }
        judged.copies.sort();
        let mut distinct = preferred;
        distinct.dedup_by_key(|(digest, _)| *digest);
        let facts = finished.facts.clone();
        let mut part_of = vec![false; finished.firings.len()];
        let mut reader = Reader::new(plan.layout());
        let mut replay = Replay::new(plan, &facts);
        for (number, (_, at)) in distinct.iter().enumerate() {
            let Some(source) = sources.get(at.file as usize) else { continue };
            reader.fetch(source, &[at.record], &mut |record, _| {
                replay.start();
                let hit = Replay::hit(record, *at);
                if number == 0 {
                    judged.fields = fields(&mut replay, record);
                }
                for rule in (0..plan.rules().rules.len()).filter(|rule| plan.reports(*rule)) {
                    judged.look(plan, &mut replay, record, hit, rule);
                }
                for (firing, part_of) in finished.firings.iter().zip(&mut part_of) {
                    *part_of |= match &firing.evidence {
                        Evidence::Hits(hits) => hits.iter().any(|other| other.id == hit.id),
                        Evidence::Windows(windows) => windows.iter().any(|window| {
                            (window.from..=window.to).contains(&hit.time)
                                && replay.belongs(record, firing.rule, firing.group_in(window))
                        }),
                    };
                }
            });
        }
        judged.habits(plan, finished);
        let mut part_of = part_of.into_iter();
        finished.firings.retain(|_| part_of.next().unwrap_or(false));
        judged
    }

    /// What is told as a habit is one finding for all its days.
    fn habits(&mut self, plan: &Plan, finished: &Finished) {
        for firing in finished.firings.iter().filter(|firing| firing.is_habit()) {
            let Some(habit) = &plan.rules().rules[firing.rule].extension.habit else { continue };
            let Some(said) = self.rules.get_mut(&firing.told_as) else { continue };
            let who = named_values(&firing.group, &habit.by);
            if said.questions.iter().any(|question| named_values(&question.group, &habit.by) == who) {
                said.reasons
                    .push(format!("a habit of the actor, told once for all of it at level {}", habit.level));
            }
        }
    }

    fn look(&mut self, plan: &Plan, replay: &mut Replay<'_>, record: &Record<'_>, hit: Hit, rule: RuleIndex) {
        let said = self.rules.entry(rule).or_default();
        if said.matches {
            return;
        }
        let mut detections = Vec::new();
        for detection in replay.detections(rule) {
            if !replay.looks_at(record, detection) {
                continue;
            }
            said.looks = true;
            if let Some(verdict) = replay.verdict(record, detection) {
                said.matches |= verdict.holds;
                detections.push(Detection { rule: plan.rules().rules[detection].name.clone(), verdict });
            }
        }
        // Of a rule that matches, only what matched is told.
        detections.retain(|detection| detection.verdict.holds || !said.matches);
        said.detections = detections;
        if !said.matches {
            return;
        }
        said.questions = Question::of(plan, replay, record, hit, rule);
        said.reasons.clear();
        let outcome = plan.deriver().outcome(record);
        let outcomes = said.detections.iter().filter_map(|detection| {
            let (_, of) = plan.rules().find(&detection.rule)?;
            Some((of, of.extension.outcomes?))
        });
        for (of, outcomes) in outcomes {
            if outcomes.level(outcome).is_none() {
                let list: Vec<&str> = outcomes.reported().map(|(outcome, _)| outcome.name()).collect();
                let list = list.join(", ");
                said.reasons.push(format!("{} tells of {list} only, and this was {outcome}", of.name));
            }
        }
        if hit.time == Timestamp::MIN {
            said.reasons.push("the event has no readable time, which windows and baselines need".to_owned());
        }
    }

    /// The rules whose state around the event is worth a second look: of those that match without having fired; of
    /// all that match, when they were asked for by name.
    pub fn questions(&self, plan: &Plan, view: &View, by_name: bool) -> Vec<Question> {
        let fired = |rule: RuleIndex| {
            let name = &plan.rules().rules[rule].name;
            view.findings.iter().any(|finding| finding.rule.name == *name)
        };
        let asked = self.rules.iter().filter(|(rule, said)| said.matches && (by_name || !fired(**rule)));
        asked.flat_map(|(_, said)| said.questions.iter().cloned()).collect()
    }

    /// The whole, with the findings that the event is part of, and what was seen around it.
    pub fn explain(
        self,
        event_id: &str,
        plan: &Plan,
        view: &View,
        questions: &[Question],
        around: &Answers,
    ) -> Explanation {
        let mut explanation = Explanation {
            event_id: event_id.to_owned(),
            copies: self.copies,
            fields: self.fields,
            fired: Vec::new(),
            matched: Vec::new(),
            not_matched: Vec::new(),
            elsewhere: Vec::new(),
            not_evaluated: view.summary.not_evaluated.clone(),
            partial: view.run.partial,
        };
        for (index, said) in self.rules {
            let rule = &plan.rules().rules[index];
            let (name, level) = (rule.name.clone(), rule.level);
            let findings: Vec<_> =
                view.findings.iter().filter(|finding| finding.rule.name == name).cloned().collect();
            let seen = around.of(plan, questions, index);
            let Said { looks, matches, detections, mut reasons, .. } = said;
            if !findings.is_empty() {
                explanation.fired.push(Fired { rule: name, level, detections, findings, around: seen });
            } else if matches {
                let short = self.insufficient.iter().filter(|(other, _)| *other == index);
                reasons.extend(short.map(|(_, reason)| format!("its history is too short: {reason}")));
                if reasons.is_empty() && matches!(rule.body, Body::Detection(_)) {
                    reasons.push("its findings lie outside the time asked for".to_owned());
                }
                if let (true, None, Body::Correlation(of)) = (reasons.is_empty(), &seen, &rule.body) {
                    let parts = of.rules.iter().map(|part| plan.rules().rules[*part].name.as_str());
                    let parts = parts.collect::<Vec<_>>().join(" and ");
                    reasons.push(format!("it puts together what {parts} find, and they did not find enough"));
                }
                explanation.matched.push(Matched { rule: name, level, reasons, detections, around: seen });
            } else if looks {
                explanation.not_matched.push(NotMatched { rule: name, level, detections });
            } else {
                explanation.elsewhere.push(name);
            }
        }
        explanation.fired.sort_by(|a, b| (b.level, &a.rule).cmp(&(a.level, &b.rule)));
        explanation.matched.sort_by(|a, b| (b.level, &a.rule).cmp(&(a.level, &b.rule)));
        explanation.not_matched.sort_by(|a, b| (b.level, &a.rule).cmp(&(a.level, &b.rule)));
        explanation.elsewhere.sort();
        explanation
    }
}

fn fields(replay: &mut Replay<'_>, record: &Record<'_>) -> Vec<FieldValue> {
    let mut all = Vec::new();
    for field in FIELDS {
        let mut values = replay.field(record, field);
        if field == "eventName" {
            values.truncate(1);
        }
        for value in values.iter().filter(|value| !value.is_empty()).take(MOST) {
            all.push(FieldValue { field: field.to_owned(), value: shortened(value) });
        }
    }
    all
}
