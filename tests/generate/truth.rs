//! The ground truth beside the trail: what is malicious, what is merely new, and how much there is of everything.

use serde_json::{Value, json};

use crate::clock::{Secs, stamped};
use crate::ids::Uuid;

/// Whether a rule has to speak.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expect {
    Must,
    May,
}

/// What a rule says about some of the events.
pub(crate) struct Mark {
    /// The rule's name in the catalogue.
    pub(crate) class: &'static str,
    pub(crate) expect: Expect,
    pub(crate) events: Vec<Uuid>,
    pub(crate) note: String,
}

/// One thing the intruder did.
pub(crate) struct Step {
    pub(crate) id: Uuid,
    pub(crate) at: Secs,
    pub(crate) name: String,
    pub(crate) actor: String,
    pub(crate) scene: &'static str,
}

/// All of it.
#[derive(Default)]
pub(crate) struct Truth {
    pub(crate) marks: Vec<Mark>,
    pub(crate) steps: Vec<Step>,
}

impl Truth {
    /// The rules' view: one entry for each class and scene, by time.
    pub(crate) fn marks_json(&self) -> Value {
        let first = |mark: &Mark| self.steps.iter().find(|step| mark.events.contains(&step.id));
        let entry = |mark: &Mark| {
            let step = first(mark);
            let expect = if mark.expect == Expect::Must { "must" } else { "may" };
            json!({
                "class": mark.class,
                "expect": expect,
                "eventIDs": mark.events.iter().map(|id| id.text()).collect::<Vec<_>>(),
                "actor": step.map(|step| &step.actor),
                "time": step.map(|step| stamped(step.at)),
                "scene": step.map(|step| step.scene),
                "note": mark.note,
            })
        };
        self.marks.iter().map(entry).collect()
    }

    /// The intruder's view: every event, by time.
    pub(crate) fn steps_json(&self) -> Value {
        let mut steps: Vec<&Step> = self.steps.iter().collect();
        steps.sort_by_key(|step| (step.at, step.id.0));
        let entry = |step: &Step| {
            json!({
                "eventID": step.id.text(),
                "eventTime": stamped(step.at),
                "eventName": step.name,
                "actor": step.actor,
                "scene": step.scene,
            })
        };
        steps.into_iter().map(entry).collect()
    }
}
