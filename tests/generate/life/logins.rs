//! The other ways in, in organizations large enough to have them: IAM users with passwords and MFA devices, a partner's
//! own SAML provider, access on demand through Identity Center, and a tool that opens the console.

use crate::clock::{MINUTE, Secs, Span};
use crate::event::{Api, Call, Kind, read, write};
use crate::failure::Failure;
use crate::identity::{Caller, Origin, Role, User};
use crate::ids;
use crate::life::people::{CONSOLE_LOGIN, open};
use crate::org::{HOME_REGION, MANAGEMENT, NAT, OFFICE, Org, PROD};
use crate::outbox::Outbox;
use crate::pages;
use crate::rng::{Rng, tag};
use crate::sts::{self, Assume, Provider};

const BROWSER: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:136.0) Gecko/20100101 Firefox/136.0";
const VAULT: &str = "Go-http-client/1.1";
const ON_DEMAND: &str =
    "aws-sdk-go-v2/1.36.1 ua/2.1 os/linux lang/go#1.23.6 md/GOOS#linux md/GOARCH#arm64 api/ssoadmin#1.29.16";

/// Everything that begins in the window. A small organization has none of it.
pub(crate) fn act(org: &Org, span: Span, out: &mut Outbox<'_>) {
    if org.is_small() {
        return;
    }
    let days = org.calendar.days_in(span).filter(|day| org.calendar.is_workday(*day));
    for day in days {
        let moment = |what: &str, n: usize| {
            let mut rng = Rng::keyed(org.seed, &[tag(what), n as u64, u64::from(day)]);
            let at = org.calendar.local(day, 500) + rng.below(480 * MINUTE);
            span.has(at).then_some((at, rng))
        };
        for n in 0..org.people.len() / 8 {
            if let Some((at, mut rng)) = moment("password", n) {
                Operator::new(org, n).work(day, at, &mut rng, out);
            }
            if let Some((at, mut rng)) = moment("partner", n) {
                partner(org, n, at, &mut rng, out);
            }
        }
        for n in 0..1 + org.people.len() / 50 {
            if let Some((at, mut rng)) = moment("on demand", n) {
                give_access(org, at, &mut rng, out);
            }
            if let Some((at, mut rng)) = moment("vault", n) {
                open_console(org, n, at, &mut rng, out);
            }
        }
    }
}

/// An IAM user with password and MFA device, who works from the office.
struct Operator<'o> {
    org: &'o Org,
    user: User,
    number: usize,
    /// The day on which the user gets a device; before, there is only the password of a beginner's week.
    enrols: u32,
}

impl<'o> Operator<'o> {
    fn new(org: &'o Org, number: usize) -> Operator<'o> {
        let account = PROD + number % (org.accounts.len() - PROD);
        let enrols = if number % 10 == 9 { 12 } else { 0 };
        Operator { org, user: User::new(org, account, &format!("operator.{number:03}")), number, enrols }
    }

    fn work(&self, day: u32, at: Secs, rng: &mut Rng, out: &mut Outbox<'_>) {
        if day < self.enrols {
            return;
        }
        let first = self.enrols > 0 && (self.enrols..day).all(|day| !self.org.calendar.is_workday(day));
        // One sign-in in twenty begins with a typo, one in a hundred with two; codes are mistyped, too.
        let typos = u32::from(rng.chance(50)) + u32::from(rng.chance(10)) + u32::from(rng.chance(3));
        for n in 0..typos {
            self.login(at + n * 11, Some("No"), !first, rng, out);
        }
        if !first && rng.chance(30) {
            self.login(at + 40, Some("Yes"), true, rng, out);
        }
        let since = at + 60;
        self.login(since, None, !first, rng, out);
        let account = &self.org.accounts[self.user.account];
        let key = ids::access_key("ASIA", &account.id, &account.prefix, rng);
        let identity = self.user.identity(self.org, Some(&key), Some((since, !first)));
        let origin = Origin { console: true, ..Origin::new(self.desk(), BROWSER) };
        let caller = Caller { identity, arn: self.user.arn(self.org), account: self.user.account, origin };
        if first {
            self.enrol(&caller, since + 90, rng, out);
        }
        open(self.org, &pages::EC2, 2, &caller, since + 300, rng, out);
    }

    fn desk(&self) -> &'static str {
        OFFICE[self.number % 2]
    }

    fn device(&self) -> String {
        format!("arn:aws:iam::{}:mfa/{}", self.org.accounts[self.user.account].id, self.user.name)
    }

    /// `failed` says what was reached: `No` for the password, `Yes` for the second factor.
    fn login(&self, at: Secs, failed: Option<&str>, mfa: bool, rng: &mut Rng, out: &mut Outbox<'_>) {
        let identity = self.user.identity(self.org, failed.map(|_| ""), None);
        let arn = self.user.arn(self.org);
        let origin = Origin::new(self.desk(), BROWSER);
        let caller = Caller { identity, arn, account: self.user.account, origin };
        let mut call = Call::new(&caller, at, HOME_REGION, &CONSOLE_LOGIN);
        call.kind = Kind::SignIn;
        let used = failed.unwrap_or(if mfa { "Yes" } else { "No" });
        let device = match used {
            "Yes" => format!(r#","MFAIdentifier":"{}""#, self.device()),
            _ => String::new(),
        };
        call.additional = format!(
            r#"{{"LoginTo":"https://console.aws.amazon.com/console/home","MobileVersion":"No"{device},"MFAUsed":"{used}"}}"#
        )
        .into();
        if failed.is_some() {
            call = call.fails(Failure::other("", "Failed authentication"));
        }
        let outcome = if failed.is_some() { "Failure" } else { "Success" };
        call.response = format!(r#"{{"ConsoleLogin":"{outcome}"}}"#).into();
        out.send(&call, rng);
    }

    /// A device for oneself, in the console, on the first day.
    fn enrol(&self, caller: &Caller, at: Secs, rng: &mut Rng, out: &mut Outbox<'_>) {
        let (name, device) = (&self.user.name, self.device());
        let origin = Origin { agent: "AWS Internal".to_owned(), ..caller.origin.clone() };
        let by = Caller { origin, ..caller.clone() };
        let make = write("iam", "CreateVirtualMFADevice", "");
        let made = Call::new(&by, at, HOME_REGION, &make)
            .params(format!(r#"{{"virtualMFADeviceName":"{name}","path":"/"}}"#))
            .response(format!(r#"{{"virtualMFADevice":{{"serialNumber":"{device}"}}}}"#));
        out.send(&made, rng);
        let enable = write("iam", "EnableMFADevice", "");
        let enabled = Call::new(&by, at + 45, HOME_REGION, &enable).params(format!(
            r#"{{"userName":"{name}","serialNumber":"{device}","authenticationCode1":"HIDDEN_DUE_TO_SECURITY_REASONS","authenticationCode2":"HIDDEN_DUE_TO_SECURITY_REASONS"}}"#
        ));
        out.send(&enabled, rng);
    }
}

/// Somebody of a partner company signs in through that company's SAML provider.
fn partner(org: &Org, n: usize, at: Secs, rng: &mut Rng, out: &mut Outbox<'_>) {
    const LOOK: [Api; 2] = [
        read("health", "DescribeEvents", ""),
        read("ec2", "DescribeInstances", r#"{"instancesSet":{},"filterSet":{}}"#),
    ];
    let account = PROD + n % (org.accounts.len() - PROD);
    let role = Role::new(org, account, "", "partner-support");
    let (person, ip) = (format!("agent{n:02}@partner.example"), format!("50.200.{}.9", 20 + n % 3));
    let provider = Provider {
        name: "PartnerOkta",
        qualifier: "Zr0kP1bWm9QeY3uTsV5xLhNcA7g=",
        issuer: "http://www.okta.com/exk4f2a9",
        origin: Origin::new(&ip, BROWSER),
    };
    let session = sts::assume_with_assertion(org, &provider, (&role, &person, at), rng, out);
    let identity = session.identity(org, false);
    let by = Caller { identity, arn: String::new(), account, origin: provider.origin.clone() };
    let mut login = Call::new(&by, at + 1, HOME_REGION, &CONSOLE_LOGIN);
    login.kind = Kind::SignIn;
    login.response = r#"{"ConsoleLogin":"Success"}"#.into();
    login.additional = format!(
        r#"{{"LoginTo":"https://console.aws.amazon.com/","MobileVersion":"No","MFAUsed":"No","SamlProviderArn":"arn:aws:iam::{}:saml-provider/PartnerOkta"}}"#,
        org.accounts[account].id
    )
    .into();
    out.send(&login, rng);
    let origin = Origin { console: true, ..provider.origin };
    let caller = Caller::session(org, &session, origin);
    for api in &LOOK {
        out.send(&Call::new(&caller, at + 4, HOME_REGION, api), rng);
    }
}

/// The tool for access on demand gives a person a permission set for some hours, and takes it away.
fn give_access(org: &Org, at: Secs, rng: &mut Rng, out: &mut Outbox<'_>) {
    let role = Role::new(org, MANAGEMENT, "", "access-on-demand");
    let lambda = Caller::service(MANAGEMENT, "lambda.amazonaws.com");
    let ask = Assume::new(at, HOME_REGION, &role, "access-on-demand");
    let session = sts::assume_by_service(org, "lambda.amazonaws.com", &ask, Default::default(), rng, out);
    let origin = Origin { ip: NAT.to_owned(), agent: ON_DEMAND.to_owned(), ..lambda.origin };
    let caller = Caller::session(org, &session, origin);
    let person = ids::Uuid::random(rng).text();
    let account = &org.accounts[PROD + rng.index(org.accounts.len() - PROD)].id;
    let params = format!(
        r#"{{"instanceArn":"arn:aws:sso:::instance/ssoins-7223f02f9f21","targetId":"{account}","targetType":"AWS_ACCOUNT","permissionSetArn":"arn:aws:sso:::permissionSet/ssoins-7223f02f9f21/ps-5e1f0b7a9d2e6835","principalType":"USER","principalId":"{person}"}}"#
    );
    for (name, later) in [("CreateAccountAssignment", 2), ("DeleteAccountAssignment", 120 * MINUTE)] {
        let api = write("sso", name, "");
        out.send(&Call::new(&caller, at + later, HOME_REGION, &api).params(params.as_str()), rng);
    }
}

/// A tool trades an operator's session for a console session.
fn open_console(org: &Org, n: usize, at: Secs, rng: &mut Rng, out: &mut Outbox<'_>) {
    const TOKEN: Api = write("signin", "GetSigninToken", "");
    let operator = Operator::new(org, n);
    let key = operator.user.key(org, 0);
    let by = Caller::user(org, &operator.user, &key, Origin::new(operator.desk(), VAULT));
    let role = Role::new(org, operator.user.account, "", "prod-operator");
    let (name, device) = (operator.user.name.clone(), operator.device());
    let mut ask = Assume::new(at, HOME_REGION, &role, &name);
    ask.mfa = Some(&device);
    ask.source_identity = Some(&name);
    let assumed = sts::assume(org, &by, &ask, rng, out);
    let identity = assumed.session.identity(org, true);
    let by = Caller { identity, arn: String::new(), account: role.account, origin: by.origin };
    let mut call = Call::new(&by, at + 2, HOME_REGION, &TOKEN);
    call.kind = Kind::SignIn;
    call.response = format!(
        r#"{{"credentials":{{"accessKeyId":"{}"}},"GetSigninToken":"Success"}}"#,
        assumed.session.key
    )
    .into();
    call.additional = r#"{"MobileVersion":"No","MFAUsed":"Yes"}"#.into();
    out.send(&call, rng);
}
