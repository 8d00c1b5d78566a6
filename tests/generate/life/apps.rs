//! Workloads at work: each starts with fresh credentials every day and asks for the same things again and again.

use crate::clock::{HOUR, MINUTE, Secs, Span};
use crate::event::{Api, Call, read};
use crate::failure::Failure;
use crate::identity::{Caller, Extras, Origin, Role, Session};
use crate::ids;
use crate::org::{HOME_REGION, Org, PROD};
use crate::outbox::Outbox;
use crate::resources;
use crate::rng::{Rng, tag};
use crate::sts::{self, Assume, Token};
use crate::workloads::{App, Runtime};

const GET_SECRET: Api = read("secretsmanager", "GetSecretValue", "");
const DECRYPT: Api = read("kms", "Decrypt", "");
const GET_PARAMETER: Api = read("ssm", "GetParameter", "");

/// How long a workload uses its credentials.
const RENEWAL: Secs = 2 * HOUR;

/// Weights of the hours of a day in UTC: shops are busiest when people are awake on both sides of the Atlantic.
const HOURS: [u64; 24] = [6, 5, 4, 4, 4, 5, 6, 7, 8, 9, 10, 10, 11, 12, 13, 13, 13, 12, 12, 11, 10, 9, 8, 7];

/// Fills up what is left of the number of events wanted, hour by hour.
pub(crate) struct Apps {
    budget: u64,
    /// What the hours so far weigh, of what all weigh.
    passed: u64,
    total: u64,
    spent: u64,
    next: usize,
    turn: u64,
    /// When each replica of each workload got its credentials last.
    started: Vec<Secs>,
}

impl Apps {
    pub(crate) fn new(org: &Org, budget: u64) -> Apps {
        let day: u64 = HOURS.iter().sum();
        let replicas = (org.pace / 60).clamp(1, 8) as usize;
        Apps {
            budget,
            passed: 0,
            // In seconds, so that windows of any length can be weighed.
            total: day * u64::from(HOUR) * u64::from(org.calendar.days),
            spent: 0,
            next: 0,
            turn: 0,
            started: vec![0; org.apps.len() * replicas],
        }
    }

    /// What is due in the window.
    pub(crate) fn act(&mut self, org: &Org, span: Span, out: &mut Outbox<'_>) {
        let hour = (span.from / HOUR % 24) as usize;
        self.passed += HOURS[hour] * u64::from(span.to - span.from);
        let due = u64::try_from(u128::from(self.budget) * u128::from(self.passed) / u128::from(self.total));
        let due = due.unwrap_or(self.budget);
        let day = org.calendar.day_of(span.from);
        let length = span.to - span.from;
        // Production's home Region never sleeps, so somebody always takes the next turn.
        while self.spent < due {
            let replica = self.next;
            self.next = (self.next + 1) % self.started.len();
            self.turn += 1;
            let index = replica % org.apps.len();
            let app = &org.apps[index];
            if day < app.since || !org.is_awake(app.account, app.region, day) {
                continue;
            }
            let mut rng = Rng::keyed(org.seed, &[tag("app"), replica as u64, self.turn]);
            // Nothing begins just before the end of a window: what follows must not slip into an idle day.
            let mut at = span.from + rng.below(length * 3 / 4);
            // Credentials are renewed every two hours; a small trail has no room for more than a few a day.
            let renewed =
                if org.is_small() { org.calendar.utc(day, 0) } else { span.from.saturating_sub(RENEWAL) };
            let fresh = self.started[replica] < renewed;
            if fresh {
                self.started[replica] = at;
            }
            at = at.max(self.started[replica]);
            let before = out.distinct;
            let since = self.started[replica];
            let replica = u32::try_from(replica / org.apps.len()).unwrap_or(0);
            Burst { org, app, replica, day, at, since, rng }.run(fresh, out);
            self.spent += out.distinct - before;
        }
    }
}

/// One round of calls of one workload.
struct Burst<'b> {
    org: &'b Org,
    app: &'b App,
    replica: u32,
    day: u32,
    at: Secs,
    /// Since when the replica has its credentials.
    since: Secs,
    rng: Rng,
}

impl Burst<'_> {
    fn run(mut self, fresh: bool, out: &mut Outbox<'_>) {
        let session = self.session(fresh, out);
        let secret = *self.rng.pick(&self.app.secrets);
        if fresh || self.rng.chance(250) {
            self.secret(&session, secret, out);
        }
        let first = self.rng.index(self.app.calls.len());
        let many = if fresh { self.app.calls.len() } else { 2 + self.rng.index(3) };
        for api in self.app.calls.iter().cycle().skip(first).take(many) {
            let caller = self.caller(&session, api.source);
            let account = &self.org.accounts[self.app.account];
            let call = Call::on(&caller, self.at, self.app.region, api, account, &mut self.rng);
            out.send(&call, &mut self.rng);
        }
        if self.app.account == PROD && self.app.runtime == Runtime::Function && self.rng.chance(300) {
            self.throttle(&session, out);
        }
    }

    fn agent(&self) -> &'static str {
        match self.app.runtime {
            Runtime::Task => {
                "aws-sdk-java/2.30.18 md/io#sync md/http#Apache ua/2.1 os/Linux#5.10.234 lang/java#21.0.6 md/OpenJDK_64-Bit_Server_VM#21.0.6+7-LTS md/vendor#Amazon.com_Inc. exec-env/AWS_ECS_FARGATE"
            }
            Runtime::Instance => "amazon-ssm-agent/3.3.1802.0 aws-sdk-go/1.55.5 (go1.23.6; linux; amd64)",
            Runtime::Pod => {
                "aws-sdk-go-v2/1.36.2 ua/2.1 os/linux lang/go#1.23.6 md/GOOS#linux md/GOARCH#arm64 api/kms#1.37.18"
            }
            Runtime::Function => {
                "Boto3/1.36.26 md/Botocore#1.36.26 ua/2.0 os/linux#5.10.234-206.895.amzn2.x86_64 md/arch#x86_64 lang/python#3.13.2 md/pyimpl#CPython exec-env/AWS_Lambda_python3.13 cfg/retry-mode#legacy Botocore/1.36.26"
            }
        }
    }

    /// An address of the workload's subnet, the same all day.
    fn private_ip(&self, session: &Session) -> String {
        let (second, third) = self.app.subnet;
        let mut stable = Rng::keyed(tag(&session.name), &[u64::from(self.day)]);
        format!("10.{second}.{third}.{}", stable.between(8, 250))
    }

    fn origin(&self, session: &Session, source: &str) -> Origin {
        Origin {
            ip: self.private_ip(session),
            agent: self.agent().to_owned(),
            endpoint: Some(self.org.endpoint(self.app.account, self.app.region, source)),
            console: false,
        }
    }

    fn caller(&self, session: &Session, source: &str) -> Caller {
        Caller::session(self.org, session, self.origin(session, source))
    }

    /// The session of the moment; fetching it is recorded when it is fresh.
    fn session(&mut self, fresh: bool, out: &mut Outbox<'_>) -> Session {
        let (org, app, since) = (self.org, self.app, self.since);
        let role = Role::new(org, app.account, "", &app.role_name());
        let keys = [tag("session"), tag(&app.name), u64::from(self.day), u64::from(self.replica)];
        let mut stable = Rng::keyed(org.seed, &keys);
        let name = session_name(app, self.replica, self.day, &mut stable);
        let mut stable = Rng::keyed(org.seed, &[keys[0], keys[1], u64::from(since), keys[3]]);
        let instance = app.runtime == Runtime::Instance;
        let ask = Assume::new(since, app.region, &role, &name);
        if !fresh {
            let federated = (app.runtime == Runtime::Pod).then(|| self.provider_arn());
            let extras = Extras { instance, federated, ..Extras::default() };
            return Session::new(org, &role, &name, since, extras, &mut stable);
        }
        let host = match app.runtime {
            Runtime::Task => "ecs-tasks.amazonaws.com",
            Runtime::Instance => "ec2.amazonaws.com",
            Runtime::Function => "lambda.amazonaws.com",
            Runtime::Pod => {
                // The pod's address goes with the session it is about to get.
                let seen = Session::new(org, &role, &name, since, Extras::default(), &mut stable.clone());
                let token = Token {
                    provider: &self.provider(),
                    subject: &format!("system:serviceaccount:{}:worker", app.name),
                };
                let origin = self.origin(&seen, "sts");
                return sts::assume_with_token(org, &token, &ask, origin, &mut stable, out);
            }
        };
        let extras = Extras { instance, ..Extras::default() };
        sts::assume_by_service(org, host, &ask, extras, &mut stable, out)
    }

    /// The OIDC provider of the cluster.
    fn provider(&self) -> String {
        let mut stable = Rng::keyed(tag("cluster"), &[self.app.account as u64]);
        let id = ids::hex(&mut stable, 32).to_uppercase();
        format!("oidc.eks.{}.amazonaws.com/id/{id}", self.app.region)
    }

    fn provider_arn(&self) -> String {
        let account = &self.org.accounts[self.app.account].id;
        format!("arn:aws:iam::{account}:oidc-provider/{}", self.provider())
    }

    /// Reads a secret; Secrets Manager decrypts it in the workload's name.
    fn secret(&mut self, session: &Session, name: &str, out: &mut Outbox<'_>) {
        let account = &self.org.accounts[self.app.account];
        let arn = resources::secret(account, self.app.region, name);
        let caller = self.caller(session, "secretsmanager");
        let call = Call::new(&caller, self.at, self.app.region, &GET_SECRET)
            .params(format!(r#"{{"secretId":"{arn}"}}"#));
        out.send(&call, &mut self.rng);
        let mut on_behalf = session.clone();
        on_behalf.extras.invoked_by = Some("secretsmanager.amazonaws.com");
        let caller = Caller::session(self.org, &on_behalf, Origin::service("secretsmanager.amazonaws.com"));
        let key = resources::key(account, 0);
        let params = format!(
            r#"{{"encryptionAlgorithm":"SYMMETRIC_DEFAULT","encryptionContext":{{"SecretARN":"{arn}","SecretVersionId":"{}"}}}}"#,
            resources::key(account, 7)
        );
        let mut call = Call::new(&caller, self.at, self.app.region, &DECRYPT).params(params);
        call.resources = format!(
            r#"[{{"accountId":"{id}","type":"AWS::KMS::Key","ARN":"arn:aws:kms:{region}:{id}:key/{key}"}}]"#,
            id = account.id,
            region = self.app.region
        )
        .into();
        out.send(&call, &mut self.rng);
    }

    /// Too many requests are an error, but nobody was refused anything.
    fn throttle(&mut self, session: &Session, out: &mut Outbox<'_>) {
        let caller = self.caller(session, "ssm");
        let params = r#"{"name":"/prod/thumbnailer/sizes","withDecryption":false}"#;
        let call = Call::new(&caller, self.at, self.app.region, &GET_PARAMETER)
            .params(params)
            .fails(Failure::other("ThrottlingException", "Rate exceeded"));
        out.send(&call, &mut self.rng);
    }
}

fn session_name(app: &App, replica: u32, day: u32, stable: &mut Rng) -> String {
    match app.runtime {
        Runtime::Task => ids::hex(stable, 32),
        Runtime::Function => app.name.clone(),
        Runtime::Pod => format!("botocore-session-17{:08}", stable.below(100_000_000)),
        // Every other day autoscaling has put a new instance in place of the old one.
        Runtime::Instance => instance_id(app, replica, day / 2),
    }
}

/// The `n`th instance that holds one place in a group.
pub(crate) fn instance_id(app: &App, replica: u32, n: u32) -> String {
    format!("i-0{}", ids::hex(&mut Rng::keyed(tag(&app.name), &[u64::from(replica), u64::from(n)]), 16))
}

/// One function has lacked a permission since long before the log begins, and asks again all month.
pub(crate) fn misconfigured(org: &Org, span: Span, out: &mut Outbox<'_>) {
    let every = if org.is_small() { 12 * HOUR } else { HOUR / 6 };
    let mut at = span.from.next_multiple_of(every) + 1140;
    let role = Role::new(org, PROD, "", "report-builder-lambda");
    while at < span.to + 1140 {
        let mut rng = Rng::keyed(org.seed, &[tag("report-builder"), u64::from(at)]);
        let session = Session::new(org, &role, "report-builder", at - at % HOUR, Extras::default(), &mut rng);
        let begin = at + rng.below(4 * MINUTE);
        let mut origin = Origin::new(
            crate::org::NAT,
            "Boto3/1.28.3 Python/3.9.16 Linux/5.10.234-206.895.amzn2.x86_64 exec-env/AWS_Lambda_python3.9 Botocore/1.31.3",
        );
        origin.endpoint = None;
        let caller = Caller::session(org, &session, origin);
        let resource =
            format!("arn:aws:ssm:us-east-1:{}:parameter/prod/reporting/recipients", org.accounts[PROD].id);
        for retry in 0..2 {
            let call = Call::new(&caller, begin + retry * 2, HOME_REGION, &GET_PARAMETER);
            let denied = Failure::denied("ssm", "GetParameter", &caller, &resource);
            out.send(&call.fails(denied), &mut rng);
        }
        at += every;
    }
}
