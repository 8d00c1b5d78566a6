//! People at work: they sign in through Identity Center, click through the console, and now and then use a shell.

use crate::clock::{HOUR, MINUTE, Secs, Span};
use crate::event::{Api, Call, Kind, read, write};
use crate::failure::Failure;
use crate::identity::{Caller, Origin, Role, Session};
use crate::ids::Uuid;
use crate::life::users::{self, PRIYA};
use crate::life::{care, terraform};
use crate::org::{Account, HOME_REGION, IDENTITY_CENTER, MANAGEMENT, Org};
use crate::outbox::Outbox;
use crate::pages::{self, Page};
use crate::people::{Grant, Person, SSO_PATH};
use crate::rng::{Rng, tag};
use crate::sts::{self, Assume};

const AUTHENTICATION: Api = write("signin", "UserAuthentication", "");
const FEDERATE: Api = write("sso", "Federate", "");
const CREDENTIALS: Api = write("sso", "GetRoleCredentials", "");
const SIGN_IN_TOKEN: Api = write("signin", "GetSigninToken", "");
pub(crate) const CONSOLE_LOGIN: Api = write("signin", "ConsoleLogin", "");

/// The portal's server, which asks for console sessions.
const PORTAL: &str = "Jersey/${project.version} (HttpUrlConnection 17.0.14)";
const S3_CONSOLE: &str = "[S3Console/0.4, aws-internal/3 aws-sdk-java/1.11.1030 Linux/5.10.233-204.894.amzn2int.x86_64 OpenJDK_64-Bit_Server_VM/25.442-b06 java/1.8.0_442 vendor/Oracle_Corporation cfg/retry-mode/standard]";

/// The role that administrators take over in other accounts; never without saying who they are.
pub(crate) const ORGANIZATION_ADMIN: &str = "OrganizationAdmin";

/// The day the help desk gets a call about an MFA device.
const RESYNC: u32 = 16;

/// Everything that people begin in the window.
pub(crate) fn act(org: &Org, span: Span, out: &mut Outbox<'_>) {
    for day in org.calendar.days_in(span) {
        for (index, person) in org.people.iter().enumerate() {
            let Some(place) = person.place(org, day) else { continue };
            let keys = [tag("work"), index as u64, u64::from(day)];
            let busy = (org.pace / 40).min(4);
            let sessions = 1 + Rng::keyed(org.seed, &keys).below(busy + 1);
            for session in 0..sessions {
                let mut rng = Rng::keyed(org.seed, &[keys[0], keys[1], keys[2], u64::from(session)]);
                // Spread over the day, from half past eight on.
                let minute = 510 + session * 480 / sessions + rng.below(480 / sessions);
                let at = org.calendar.local(day, minute) + rng.below(MINUTE);
                if span.has(at) {
                    Visit { org, person, day, ip: person.address(place), rng }.run(at, out);
                }
            }
        }
    }
}

/// One sitting of one person.
struct Visit<'v> {
    org: &'v Org,
    person: &'v Person,
    day: u32,
    ip: &'v str,
    rng: Rng,
}

impl<'v> Visit<'v> {
    fn run(mut self, at: Secs, out: &mut Outbox<'_>) {
        let weekday = self.org.calendar.weekday(self.day);
        let inside = matches!(weekday, 1 | 4);
        let which = if inside { self.person.grants.len() - 1 } else { 0 };
        let grant = self.person.grants[which].clone();
        self.console(&grant, at, out);
        let shell_today = if self.person.grants.len() > 1 { matches!(weekday, 0 | 3) } else { inside };
        if self.person.command_line && shell_today {
            let at = at + self.rng.between(20, 50) * MINUTE;
            self.shell(&grant, at, out);
        }
        if let Some((target, days)) = self.person.administers
            && days.contains(&weekday)
        {
            let at = at + self.rng.between(20, 50) * MINUTE;
            self.administer(&grant, target, at, out);
        }
    }

    /// Signs in at the portal and opens the console.
    fn console(&mut self, grant: &Grant, at: Secs, out: &mut Outbox<'_>) {
        self.portal(&AUTHENTICATION, r#"{"UserAuthentication":"Success"}"#.to_owned(), at, out);
        let session = self.fetch_session(grant, &FEDERATE, at + 9, out);
        let since = session.since;
        self.sign_in(&session, since, out);
        let console = Origin { console: true, ..Origin::new(self.ip, self.person.browser) };
        let caller = Caller::session(self.org, &session, console);
        self.open(&pages::HOME, &caller, since + 3, out);
        let mut costs =
            Call::on(&caller, since + 3, HOME_REGION, &pages::COSTS, self.account(grant), &mut self.rng);
        if grant.permission_set != "BillingView" {
            let resource = format!("arn:aws:ce:us-east-1:{}:/GetCostAndUsage", self.account(grant).id);
            costs = costs.fails(Failure::denied("ce", "GetCostAndUsage", &caller, &resource));
        }
        out.send(&costs, &mut self.rng);
        let mut then = since;
        for page in grant.pages {
            then += self.rng.between(20, 240);
            self.open(page, &caller, then, out);
        }
        if grant.permission_set == "SupportDesk" && self.day == RESYNC {
            self.resync(&caller, then + 60, out);
        }
    }

    /// A colleague's MFA device is out of step.
    fn resync(&mut self, caller: &Caller, at: Secs, out: &mut Outbox<'_>) {
        let params = format!(
            r#"{{"userName":"{PRIYA}","serialNumber":"{}","authenticationCode1":"HIDDEN_DUE_TO_SECURITY_REASONS","authenticationCode2":"HIDDEN_DUE_TO_SECURITY_REASONS"}}"#,
            users::device(self.org)
        );
        let api = write("iam", "ResyncMFADevice", "");
        out.send(&Call::new(caller, at, HOME_REGION, &api).params(params), &mut self.rng);
    }

    fn account(&self, grant: &Grant) -> &'v Account {
        &self.org.accounts[grant.account]
    }

    /// What the management account records of Identity Center's portal.
    fn portal(&mut self, api: &Api, details: String, at: Secs, out: &mut Outbox<'_>) {
        let org = self.org;
        let id = &org.accounts[MANAGEMENT].id;
        let mut stable = Rng::keyed(org.seed, &[tag("portal"), tag(&self.person.email)]);
        let (user, credential) = (Uuid::random(&mut stable).text(), Uuid::random(&mut self.rng).text());
        let identity = format!(
            r#"{{"type":"IdentityCenterUser","accountId":"{id}","onBehalfOf":{{"userId":"{user}","identityStoreArn":"arn:aws:identitystore::{id}:identitystore/d-9067c4e5a1"}},"credentialId":"{credential}"}}"#
        );
        let origin = Origin::new(self.ip, self.person.browser);
        let by = Caller { identity, arn: String::new(), account: MANAGEMENT, origin };
        let mut call = Call::new(&by, at, HOME_REGION, api);
        call.kind = Kind::Service;
        call.details = details.into();
        if api.name == "UserAuthentication" {
            call.additional = format!(
                r#"{{"AuthWorkflowID":"{credential}","UserName":"{}","LoginTo":"https://d-9067c4e5a1.awsapps.com/start/","CredentialType":"EXTERNAL_IDP"}}"#,
                self.person.email
            )
            .into();
        }
        out.send(&call, &mut self.rng);
    }

    fn fetch_session(&mut self, grant: &Grant, api: &Api, at: Secs, out: &mut Outbox<'_>) -> Session {
        let org = self.org;
        let details = format!(
            r#"{{"role_name":"{}","account_id":"{}"}}"#,
            grant.permission_set, org.accounts[grant.account].id
        );
        self.portal(api, details, at, out);
        let role = Role::new(org, grant.account, SSO_PATH, &Person::role_name(org, grant));
        sts::assume_for_person(org, &role, &self.person.email, at, &mut self.rng, out)
    }

    fn sign_in(&mut self, session: &Session, at: Secs, out: &mut Outbox<'_>) {
        let org = self.org;
        let identity = session.identity(org, false);
        let account = session.role.account;
        let portal = Origin::new(IDENTITY_CENTER, PORTAL);
        let by = Caller { identity: identity.clone(), arn: String::new(), account, origin: portal };
        let mut call = Call::new(&by, at, HOME_REGION, &SIGN_IN_TOKEN);
        call.kind = Kind::SignIn;
        call.response =
            format!(r#"{{"credentials":{{"accessKeyId":"{}"}},"GetSigninToken":"Success"}}"#, session.key)
                .into();
        call.additional = r#"{"MobileVersion":"No","MFAUsed":"No"}"#.into();
        out.send(&call, &mut self.rng);
        let browser = Origin::new(self.ip, self.person.browser);
        let by = Caller { identity, arn: String::new(), account, origin: browser };
        let mut call = Call::new(&by, at + 1, HOME_REGION, &CONSOLE_LOGIN);
        call.kind = Kind::SignIn;
        call.response = r#"{"ConsoleLogin":"Success"}"#.into();
        // The second factor was shown to the identity provider, which AWS does not see.
        call.additional = r#"{"MobileVersion":"No","MFAUsed":"No"}"#.into();
        out.send(&call, &mut self.rng);
    }

    fn open(&mut self, page: &Page, caller: &Caller, at: Secs, out: &mut Outbox<'_>) {
        let more = if self.org.is_small() { self.rng.below(3) / 2 } else { self.rng.between(2, 9) };
        open(self.org, page, more, caller, at, &mut self.rng, out);
    }

    /// A few commands with the permission set's credentials.
    fn shell(&mut self, grant: &Grant, at: Secs, out: &mut Outbox<'_>) {
        let session = self.fetch_session(grant, &CREDENTIALS, at, out);
        let org = self.org;
        let mut then = at + 2;
        if self.person.terraform {
            let origin = Origin::new(self.ip, terraform::AGENT_AT_HOME);
            let caller = Caller::session(org, &session, origin);
            terraform::plan(org, &caller, HOME_REGION, then, 24, &mut self.rng, out);
            return;
        }
        let commands = grant.pages.iter().flat_map(|page| &page.calls[..page.frame]);
        for api in commands {
            let caller = Caller::session(org, &session, Origin::new(self.ip, &command_line(self.day, api)));
            let call = Call::on(&caller, then, HOME_REGION, api, self.account(grant), &mut self.rng);
            out.send(&call, &mut self.rng);
            then += self.rng.between(0, 40);
        }
    }

    /// An administrator takes over the organization's role in another account, and says who it is.
    fn administer(&mut self, grant: &Grant, target: usize, at: Secs, out: &mut Outbox<'_>) {
        const INSPECT: [Api; 3] = [
            read("ec2", "DescribeVpcEndpoints", r#"{"DescribeVpcEndpointsRequest":{"MaxResults":1000}}"#),
            read("ec2", "DescribeSubnets", r#"{"maxResults":1000,"subnetSet":{},"filterSet":{}}"#),
            read("rds", "DescribeDBInstances", r#"{"maxRecords":100}"#),
        ];
        let org = self.org;
        let session = self.fetch_session(grant, &CREDENTIALS, at, out);
        let agent = command_line(self.day, &INSPECT[0]);
        let caller = Caller::session(org, &session, Origin::new(self.ip, &agent));
        let role = Role::new(org, target, "", ORGANIZATION_ADMIN);
        let mut ask = Assume::new(at + 4, HOME_REGION, &role, &self.person.email);
        ask.source_identity = Some(&self.person.email);
        let assumed = sts::assume(org, &caller, &ask, &mut self.rng, out);
        let caller = Caller::session(org, &assumed.session, caller.origin);
        for api in &INSPECT {
            let call = Call::on(&caller, at + 5, HOME_REGION, api, &org.accounts[target], &mut self.rng);
            out.send(&call, &mut self.rng);
        }
        care::hands_on(org, &caller, at + 9, &mut self.rng, out);
    }
}

/// The calls of a page: its frame, and `more` of the others.
pub(crate) fn open(
    org: &Org,
    page: &Page,
    more: u32,
    caller: &Caller,
    at: Secs,
    rng: &mut Rng,
    out: &mut Outbox<'_>,
) {
    let (frame, others) = page.calls.split_at(page.frame);
    let first = rng.index(others.len().max(1));
    let chosen = others.iter().cycle().skip(first).take((more as usize).min(others.len()));
    for (n, api) in frame.iter().chain(chosen).enumerate() {
        let agent = match api.source {
            "s3" => S3_CONSOLE,
            "iam" => "AWS Internal",
            _ => &caller.origin.agent,
        };
        let by =
            Caller { origin: Origin { agent: agent.to_owned(), ..caller.origin.clone() }, ..caller.clone() };
        // A browser sends many requests at once.
        let at = at + u32::try_from(n / 4).unwrap_or(0).min(HOUR);
        let call = Call::on(&by, at, HOME_REGION, api, &org.accounts[caller.account], rng);
        out.send(&call, rng);
    }
}

/// The agent of the AWS command line, which was updated in the middle of the month.
fn command_line(day: u32, api: &Api) -> String {
    let version = if day < 12 { "2.24.10" } else { "2.25.1" };
    let mut command = String::new();
    for c in api.name.chars() {
        if c.is_ascii_uppercase() && !command.is_empty() {
            command.push('-');
        }
        command.push(c.to_ascii_lowercase());
    }
    format!(
        "aws-cli/{version} md/awscrt#0.23.8 ua/2.0 os/macos#24.3.0 md/arch#arm64 lang/python#3.12.9 md/pyimpl#CPython cfg/retry-mode#standard md/installer#exe md/prompt#off md/command#{}.{command}",
        api.source
    )
}
