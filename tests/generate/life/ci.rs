//! Continuous integration: runs that trade GitHub's tokens for roles, deploy services and apply terraform.

use crate::clock::{MINUTE, Secs, Span};
use crate::event::{Api, Call, read, write};
use crate::identity::{Caller, Origin, Role, Session};
use crate::life::{care, changes, terraform};
use crate::org::{DEV, HOME_REGION, Org, PROD, SHARED};
use crate::outbox::Outbox;
use crate::rng::{Rng, tag};
use crate::sts::{self, Assume, Token, WHO_AM_I};

const GITHUB: &str = "token.actions.githubusercontent.com";
const ACTIONS: &str = "aws-sdk-js/3.750.0 ua/2.1 os/linux#6.8.0-1021-azure lang/js md/nodejs#20.18.2 api/sts#3.750.0 configure-aws-credentials-for-github-actions";
const DEPLOYER: &str = "aws-sdk-js/3.750.0 ua/2.1 os/linux#6.8.0-1021-azure lang/js md/nodejs#20.18.2 api/ecs#3.750.0 amazon-ecs-deploy-task-definition-for-github-actions";

/// Whether the pipelines run on a day, and if so whether terraform's is production's.
fn runs_on(org: &Org, day: u32) -> Option<bool> {
    let weekday = org.calendar.weekday(day);
    org.calendar.is_workday(day).then_some(matches!(weekday, 0 | 3))
}

/// Everything that begins in the window.
pub(crate) fn act(org: &Org, span: Span, out: &mut Outbox<'_>) {
    for day in org.calendar.days_in(span) {
        let Some(production) = runs_on(org, day) else { continue };
        let weekday = org.calendar.weekday(day);
        let runs = (org.pace / 20).clamp(1, 8) as usize;
        for run in 0..runs {
            // Each network of the provider's is met by each role twice a week at least.
            let network = if runs == 1 { [0, 1, 0, 0, 1, 0, 0][weekday] } else { run };
            let turn = Turn { run, runs, network };
            stack(org, span, (day, production), &turn, out);
            pull_request(org, span, day, &turn, out);
            for repository in 0..org.repositories {
                deploy(org, span, day, repository, &turn, out);
            }
        }
    }
}

/// Which of the day's runs it is, and on which network.
struct Turn {
    run: usize,
    runs: usize,
    network: usize,
}

fn start(org: &Org, day: u32, keys: [u64; 2], turn: &Turn, earliest: u32) -> (Secs, Rng) {
    let mut rng = Rng::keyed(org.seed, &[tag("ci"), u64::from(day), keys[0], keys[1], turn.run as u64]);
    // The last run begins before the day is over in UTC too.
    let slot = 400 / u32::try_from(turn.runs).unwrap_or(1);
    let minute = earliest + u32::try_from(turn.run).unwrap_or(0) * slot + rng.below(slot.min(90));
    (org.calendar.local(day, minute) + rng.below(MINUTE), rng)
}

fn token_session(
    org: &Org,
    subject: &str,
    role: &Role,
    at: Secs,
    ip: &str,
    rng: &mut Rng,
    out: &mut Outbox<'_>,
) -> Session {
    let token = Token { provider: GITHUB, subject };
    let ask = Assume::new(at, HOME_REGION, role, "GitHubActions");
    sts::assume_with_token(org, &token, &ask, Origin::new(ip, ACTIONS), rng, out)
}

/// Terraform's pipeline: production on Mondays and Thursdays, development on Tuesdays and Fridays.
fn stack(org: &Org, span: Span, (day, production): (u32, bool), turn: &Turn, out: &mut Outbox<'_>) {
    let (at, mut rng) = start(org, day, [tag("stack"), 0], turn, 570);
    if !span.has(at) {
        return;
    }
    let target = if production { PROD } else { DEV };
    // In a small organization each stack keeps to the network of its own runner group.
    let network = if turn.runs == 1 { usize::from(!production) } else { turn.network };
    let ip = org.ci_address(network, "ci-terraform");
    let gate = Role::new(org, SHARED, "", "ci-terraform");
    let session =
        token_session(org, "repo:example-org/infra-live:environment:live", &gate, at, &ip, &mut rng, out);
    let caller = Caller::session(org, &session, Origin::new(&ip, terraform::AGENT));
    out.send(&Call::new(&caller, at + 9, HOME_REGION, &WHO_AM_I), &mut rng);
    let role = Role::new(org, target, "", "terraform-apply");
    let ask = Assume::new(at + 11, HOME_REGION, &role, "infra-live");
    let assumed = sts::assume(org, &caller, &ask, &mut rng, out);
    let caller = Caller::session(org, &assumed.session, caller.origin);
    let reads = match (org.is_small(), production) {
        (true, true) => 42,
        (true, false) => 15,
        (false, _) => 174,
    };
    let done = terraform::plan(org, &caller, HOME_REGION, at + 12, reads, &mut rng, out);
    if turn.run == 0 {
        let same = |other: &u32| runs_on(org, *other) == Some(production);
        let last = (0..day).rev().find(same).unwrap_or(0);
        changes::apply(org, &caller, (last, day), done + 40, &mut rng, out);
        care::settings(org, &caller, done + 60, &mut rng, out);
    }
}

/// A pull request is checked in development, with a role that only reads.
fn pull_request(org: &Org, span: Span, day: u32, turn: &Turn, out: &mut Outbox<'_>) {
    const CHECKS: [Api; 3] = [
        read("ec2", "DescribeVpcs", r#"{"vpcSet":{},"filterSet":{}}"#),
        read("ecs", "DescribeClusters", r#"{"clusters":["~c"]}"#),
        read(
            "s3",
            "GetBucketVersioning",
            r#"{"bucketName":"~b","versioning":"","Host":"~b.s3.~R.amazonaws.com"}"#,
        ),
    ];
    let (at, mut rng) = start(org, day, [tag("pull request"), 0], turn, 630);
    if !span.has(at) {
        return;
    }
    // The third network is that of the pull requests alone.
    let ip = org.ci_address(if turn.network == 0 { 2 } else { turn.network }, "gha-pr-plan");
    let role = Role::new(org, DEV, "", "gha-pr-plan");
    let subject = "repo:example-org/infra-live:pull_request";
    let session = token_session(org, subject, &role, at, &ip, &mut rng, out);
    let caller = Caller::session(org, &session, Origin::new(&ip, terraform::AGENT));
    for api in &CHECKS {
        let call = Call::on(&caller, at + 10, HOME_REGION, api, &org.accounts[DEV], &mut rng);
        out.send(&call, &mut rng);
    }
}

/// A service is built and rolled out: the first repository to production, the second to development, and so on.
fn deploy(org: &Org, span: Span, day: u32, repository: usize, turn: &Turn, out: &mut Outbox<'_>) {
    const STEPS: [Api; 6] = [
        read("ecr", "GetAuthorizationToken", ""),
        read("ecs", "DescribeTaskDefinition", r#"{"taskDefinition":"~SERVICE"}"#),
        write(
            "ecs",
            "RegisterTaskDefinition",
            r#"{"family":"~SERVICE","taskRoleArn":"arn:aws:iam::~A:role/~SERVICE-task","executionRoleArn":"arn:aws:iam::~A:role/ecs-task-execution","networkMode":"awsvpc","containerDefinitions":[{"name":"app","image":"333300003333.dkr.ecr.us-east-1.amazonaws.com/~SERVICE:~U","essential":true,"cpu":0,"environment":"HIDDEN_DUE_TO_SECURITY_REASONS"}],"requiresCompatibilities":["FARGATE"],"cpu":"512","memory":"1024"}"#,
        ),
        write(
            "ecs",
            "UpdateService",
            r#"{"cluster":"~c","service":"~SERVICE","taskDefinition":"~SERVICE","forceNewDeployment":false}"#,
        ),
        read("ecs", "DescribeServices", r#"{"cluster":"~c","services":["~SERVICE"]}"#),
        read("ecs", "DescribeServices", r#"{"cluster":"~c","services":["~SERVICE"]}"#),
    ];
    let (at, mut rng) = start(org, day, [tag("deploy"), repository as u64], turn, 660);
    if !span.has(at) {
        return;
    }
    let name = match repository {
        0 => "payments-api".to_owned(),
        1 => "preview-env".to_owned(),
        n => format!("service-{n:03}"),
    };
    let account =
        if repository < 2 { PROD + repository } else { PROD + repository % (org.accounts.len() - PROD) };
    let role = Role::new(org, account, "", &format!("gha-{name}-deploy"));
    let ip = org.ci_address(turn.network, &role.name);
    let subject = format!("repo:example-org/{name}:ref:refs/heads/main");
    let session = token_session(org, &subject, &role, at, &ip, &mut rng, out);
    let caller = Caller::session(org, &session, Origin::new(&ip, DEPLOYER));
    for (n, api) in STEPS.iter().enumerate() {
        // The last look is at the finished deployment.
        let at = at + 20 + u32::try_from(n / 2).unwrap_or(0) + if n == 5 { 90 } else { 0 };
        let params = api.params.replace("~SERVICE", &name);
        let filled = crate::resources::fill(&params, &org.accounts[account], HOME_REGION, &mut rng);
        out.send(&Call::new(&caller, at, HOME_REGION, api).params(filled), &mut rng);
    }
    care::functions(org, &caller, at + 60, &mut rng, out);
}
