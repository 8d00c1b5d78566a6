//! `trailsift explain`.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use clap::Args;
use trailsift::detect::replay::Replay;
use trailsift::detect::{Choice, Plan};
use trailsift::explain::{FIELDS, Judged, Question, Seek, Watch, render};

use super::args::Form;
use super::inquiry::{Findings, Inquiry, InquiryArgs};
use super::{Exit, inputs};

pub(crate) const EXAMPLES: &str = "\
Examples:
  trailsift explain EVENT_ID AWSLogs/                 every rule that looked at it, and what decided
  trailsift explain EVENT_ID AWSLogs/ --rule root-activity
                                                      one rule, with its state around the event
  trailsift explain EVENT_ID AWSLogs/ -q -f json | jq '.matched[] | {rule, reasons}'

Event ids stand in the evidence of findings (-f json) and in the logs as eventID.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ExplainArgs {
    /// The event's id, its eventID
    #[arg(value_name = "EVENT_ID")]
    event_id: String,

    /// Files, folders, globs, @LIST files with a path a line, or - for standard input
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// table or json; FORMAT=FILE writes to a file (may be repeated)
    #[arg(long, short = 'f', value_name = "FORMAT[=FILE]")]
    format: Vec<String>,

    #[command(flatten)]
    inquiry: InquiryArgs,
}

/// How the answer is written.
const FORMS: [(&str, Form); 2] = [("table", Form::Table), ("json", Form::Json)];

/// Runs `explain`.
pub(crate) fn run(args: &ExplainArgs) -> Result<Exit> {
    let targets = args.inquiry.answer.targets(&args.format, &FORMS)?;
    inputs::refuse_swapped(&args.event_id, &args.paths, "explain EVENT_ID PATH")?;
    let inquiry = Inquiry::prepare(&args.paths, &args.inquiry, Findings::Wanted, &FIELDS)?;
    let (plan, sources) = (&inquiry.plan, &inquiry.found.sources);
    let mut judged = Judged::default();
    let (mut view, sought) = inquiry.read_about(|_| Seek::new(&args.event_id), &mut |finished, sought| {
        judged = Judged::of(plan, sources, sought, finished)
    })?;
    if sought.copies.is_empty() {
        let beyond = inquiry.read_beyond(&mut view, &|| Seek::new(&args.event_id))?;
        let sought = beyond.unwrap_or(sought);
        if let Some((place, hint)) = sought.outside(&inquiry.options.range) {
            return inquiry.in_vain(&view, &format!("the event {} {place}", args.event_id), hint);
        }
        let near: Vec<&str> = sought.near().collect();
        let hint = match near.as_slice() {
            _ if is_of_finding(&args.event_id) => {
                "it has the form of a finding's id: those of its events stand in its evidence, see -f json"
                    .to_owned()
            }
            [] => "event ids stand in the evidence of findings, see -f json".to_owned(),
            near => format!("ids like it: {}", near.join(", ")),
        };
        return inquiry.in_vain(&view, &format!("no event has the id {}", args.event_id), &hint);
    }
    let by_name = !args.inquiry.rules.rule.is_empty();
    let questions = judged.questions(plan, &view, by_name);
    let second = about(plan, &questions)?;
    let facts = judged.facts.clone();
    let look = || Watch::new(&second, Replay::new(&second, &facts), &questions);
    // Without a question there is nothing to look at again.
    let again = if questions.is_empty() { &[][..] } else { sources };
    let around = inquiry.read_again(&second, again, &inquiry.options, &mut view, &look);
    let explanation = judged.explain(&args.event_id, plan, &view, &questions, &around);
    inquiry.answer(&view, &targets, &mut |form, around, out| match form {
        Form::Table => render::table(&explanation, args.inquiry.run.verbose, around, out),
        Form::Json => render::json(&explanation, out),
    })
}

/// Whether an id is written as those of findings are.
fn is_of_finding(id: &str) -> bool {
    id.len() == 24 && id.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

/// A plan of the rules that are asked about, and no others.
fn about(plan: &Plan, questions: &[Question]) -> Result<Plan> {
    let (set, known) = plan.parts();
    let rules = Some(questions.iter().map(|question| question.rule).collect());
    Ok(Plan::new(set, Arc::clone(&known), Choice { rules, ..plan.choice().clone() })?)
}
