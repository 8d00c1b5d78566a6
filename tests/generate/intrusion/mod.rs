//! One intrusion, in the last three days: a leaked key, and everything its finder does with it.

mod cover;
mod footholds;
mod recon;
mod trust;

use crate::clock::{MINUTE, Secs, Span};
use crate::event::Call;
use crate::identity::{Caller, Origin, Session, User};
use crate::ids::Uuid;
use crate::life::users::BACKUP;
use crate::org::{Org, PROD};
use crate::outbox::Outbox;
use crate::rng::{Rng, tag};
use crate::truth::{Expect, Mark, Step, Truth};

/// A server at a hosting company, and the exit of a VPN; neither network was ever seen before.
const HOSTING: &str = "198.51.100.23";
const VPN: &str = "192.0.2.77";
/// Where the intruder's own account calls from.
const OUTPOST: &str = "192.0.2.200";
/// The intruder's own account.
pub(crate) const STRANGER: &str = "777700007777";

const KALI: &str = "aws-cli/2.17.18 md/awscrt#0.20.11 ua/2.0 os/linux#6.8.11-kali2-amd64 md/arch#x86_64 lang/python#3.11.9 md/pyimpl#CPython cfg/retry-mode#standard md/installer#source md/prompt#off md/command#";
const SCRIPT: &str = "Boto3/1.34.46 md/Botocore#1.34.46 ua/2.0 os/linux#6.1.0-18-amd64 md/arch#x86_64 lang/python#3.11.2 md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.34.46";
const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";

/// The user that the intruder makes.
const NEW_USER: &str = "svc-monitoring";

/// The minute of the last day at which the log is attacked.
const SILENCE: u32 = 151;

type Scene = fn(&mut Story<'_>, Secs, &mut Outbox<'_>);

/// How many days before the last, the minute after midnight UTC, and what happens.
const SCENES: [(u32, u32, &str, Scene); 13] = [
    (2, 134, "orientation", recon::orientation),
    (2, 151, "enumeration", recon::enumeration),
    (2, 185, "brute force", recon::brute_force),
    (2, 194, "roles", footholds::roles),
    (2, 204, "persistence", footholds::persistence),
    (2, 232, "console", footholds::console),
    (1, 80, "external trust", trust::external_trust),
    (1, 250, "from outside", trust::from_outside),
    (1, 305, "policies", trust::policies),
    (0, 98, "surge", cover::surge),
    (0, 125, "root", cover::root),
    (0, SILENCE, "silence", cover::silence),
    (0, 168, "exfiltration", cover::exfiltration),
];

/// Days that the story needs before it begins: a fortnight to learn, and the policies it will change.
pub(crate) const LEAST_DAYS: u32 = 25;

/// The intruder's progress.
pub(crate) struct Story<'o> {
    org: &'o Org,
    rng: Rng,
    pub(crate) truth: Truth,
    scene: &'static str,
    /// The session of the organization's admin role, once taken.
    admin: Option<Session>,
    /// When the new user's key was made.
    key_event: Option<Uuid>,
}

impl<'o> Story<'o> {
    pub(crate) fn new(org: &'o Org) -> Story<'o> {
        let rng = Rng::keyed(org.seed, &[tag("intrusion")]);
        Story { org, rng, truth: Truth::default(), scene: "", admin: None, key_event: None }
    }

    /// When production's own trail stops, which the delivery of ordinary records has to know beforehand.
    pub(crate) fn silenced_at(&self) -> Secs {
        self.org.calendar.utc(self.org.calendar.days - 1, SILENCE) + 96
    }

    /// The scenes that begin in the window.
    pub(crate) fn act(&mut self, span: Span, out: &mut Outbox<'_>) {
        for (back, minute, name, scene) in SCENES {
            let day = self.org.calendar.days - 1 - back;
            let at = self.org.calendar.utc(day, minute) + 7;
            if span.has(at) {
                self.scene = name;
                scene(self, at, out);
            }
        }
    }

    /// Sends one record and notes that it is the intruder's.
    fn send(&mut self, call: &Call<'_>, out: &mut Outbox<'_>) -> Uuid {
        let id = out.send(call, &mut self.rng);
        self.note(id, call.at, call.name, &call.by.arn);
        id
    }

    fn note(&mut self, id: Uuid, at: Secs, name: &str, actor: &str) {
        self.truth.steps.push(Step {
            id,
            at,
            name: name.to_owned(),
            actor: actor.to_owned(),
            scene: self.scene,
        });
    }

    /// A rule must speak of these records.
    fn must(&mut self, class: &'static str, events: &[Uuid], note: &str) {
        self.mark(class, Expect::Must, events, note);
    }

    /// A rule may speak of these records: it needs a database, or its threshold is a matter of taste.
    fn may(&mut self, class: &'static str, events: &[Uuid], note: &str) {
        self.mark(class, Expect::May, events, note);
    }

    fn mark(&mut self, class: &'static str, expect: Expect, events: &[Uuid], note: &str) {
        self.truth.marks.push(Mark { class, expect, events: events.to_vec(), note: note.to_owned() });
    }

    /// The leaked key of the backup job.
    fn thief(&self, origin: Origin) -> Caller {
        let user = User::new(self.org, PROD, BACKUP);
        Caller::user(self.org, &user, &user.key(self.org, 0), origin)
    }

    /// The key of the user the intruder made.
    fn puppet(&self) -> Caller {
        let user = User::new(self.org, PROD, NEW_USER);
        Caller::user(self.org, &user, &user.key(self.org, 0), Origin::new(VPN, SCRIPT))
    }

    /// A few seconds more.
    fn later(&mut self, at: &mut Secs, least: Secs, most: Secs) -> Secs {
        *at += self.rng.between(least, most.min(10 * MINUTE));
        *at
    }
}
