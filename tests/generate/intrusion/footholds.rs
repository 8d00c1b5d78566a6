//! Roles, a user of one's own, keys of others, and a way into the console.

use super::{BROWSER, HOSTING, NEW_USER, SCRIPT, Story, VPN};
use crate::clock::{Secs, american};
use crate::event::{Api, Call, Kind, read, write};
use crate::identity::{Caller, Origin, Role, User};
use crate::life::people::{CONSOLE_LOGIN, ORGANIZATION_ADMIN};
use crate::life::users::{BACKUP, MAIL, PRIYA, device};
use crate::org::{HOME_REGION, PROD};
use crate::outbox::Outbox;
use crate::sts::{self, Assume, WHO_AM_I};

/// Five roles that let anyone of the account in; the last is the organization's admin role.
pub(crate) fn roles(story: &mut Story<'_>, at: Secs, out: &mut Outbox<'_>) {
    const OPEN: [&str; 5] =
        ["data-reader", "ops-readonly", "support-tier1", "release-notes", ORGANIZATION_ADMIN];
    let org = story.org;
    let thief = story.thief(Origin::new(HOSTING, SCRIPT));
    let mut events = Vec::new();
    for (n, name) in OPEN.iter().enumerate() {
        let role = Role::new(org, PROD, "", name);
        let at = at + u32::try_from(n * 71).unwrap_or(0);
        let ask = Assume::new(at, HOME_REGION, &role, "x7Qm=tmp");
        let assumed = sts::assume(org, &thief, &ask, &mut story.rng, out);
        story.note(assumed.events[0], at, "AssumeRole", &thief.arn);
        events.extend(assumed.events);
        story.admin = Some(assumed.session);
    }
    story.must("many-roles-assumed", &events, "five roles in five minutes, by a user that never took one");
    story.must("principal-new-role", &events, "the backup job never takes over a role");
    let admin = &events[4..];
    story.must("role-session-name-odd", admin, "administrators give their e-mail address");
    story.must("source-identity-changed", admin, "administrators say who they are");
    story.must("role-new-network", admin, "the admin role was only ever taken from one home");
}

/// Persistence within minutes, as the organization's admin.
pub(crate) fn persistence(story: &mut Story<'_>, mut at: Secs, out: &mut Outbox<'_>) {
    let org = story.org;
    let Some(session) = story.admin.clone() else { return };
    let admin = Caller::session(org, &session, Origin::new(HOSTING, SCRIPT));
    let who = story.send(&Call::new(&admin, at, HOME_REGION, &WHO_AM_I), out);
    let list = story.send(&Call::new(&admin, at + 9, HOME_REGION, &read("iam", "ListUsers", "")), out);
    let user = User::new(org, PROD, NEW_USER);
    let made = format!(
        r#"{{"user":{{"path":"/","userName":"{NEW_USER}","userId":"{}","arn":"{}","createDate":"{}"}}}}"#,
        user.id,
        user.arn(org),
        american(at + 31, false)
    );
    at += 31;
    let create =
        Step { api: write("iam", "CreateUser", ""), on: NEW_USER, more: String::new(), answer: made };
    let created = create.run(story, &admin, at, out);
    let at_attach = story.later(&mut at, 12, 30);
    let attach = write("iam", "AttachUserPolicy", "");
    let policy = r#","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess""#.to_owned();
    let attached = Step { api: attach, on: NEW_USER, more: policy, answer: String::new() }
        .run(story, &admin, at_attach, out);
    let key = create_key(story, &admin, NEW_USER, 0, &mut at, out);
    story.key_event = Some(key);
    let profile = create_profile(story, &admin, NEW_USER, &mut at, out);
    let other_key = create_key(story, &admin, MAIL, 1, &mut at, out);
    let other_profile = create_profile(story, &admin, BACKUP, &mut at, out);
    let at_mfa = story.later(&mut at, 60, 120);
    let serial = format!(r#","serialNumber":"{}""#, device(org));
    let deactivate = write("iam", "DeactivateMFADevice", "");
    let no_mfa = Step { api: deactivate, on: PRIYA, more: serial, answer: String::new() }
        .run(story, &admin, at_mfa, out);
    let pipeline = Role::new(org, PROD, "", "terraform-apply");
    let chain_at = story.later(&mut at, 60, 120);
    let ask = Assume::new(chain_at, HOME_REGION, &pipeline, "x7Qm=tmp");
    let chained = sts::assume(org, &admin, &ask, &mut story.rng, out).events;
    story.note(chained[0], chain_at, "AssumeRole", &admin.arn);

    story.must("recon-then-iam-write", &[who, list, created], "looks around, then writes to IAM");
    story.must("iam-user-created", &[created], "users are made by nobody in this organization");
    story.must("iam-entity-outside-iac", &[created], "terraform makes the entities here");
    story.must("admin-policy-attached", &[attached], "AdministratorAccess for a user");
    story.must("access-key-created-for-other-user", &[key, other_key], "keys for a new and an existing user");
    story.must("access-key-created-from-session", &[key, other_key], "by a temporary session");
    let profiles = [profile, other_profile];
    story.must("login-profile-created-for-other-user", &profiles, "passwords for a new and an existing user");
    story.must("backdoor-user-sequence", &[created, attached, key, profile], "an admin user in one go");
    story.must("mfa-device-removed", &[no_mfa], "Priya's device");
    story.must("new-role-chain-edge", &chained, "the admin role never takes over the pipeline's");
    story.may("identity-first-iam-write", &[created], "the admin role's first write to IAM");
    story.may("escalation-action-burst", &[created, attached, key, profile], "four kinds of escalation");
}

/// A change of IAM about one user.
struct Step {
    api: Api,
    on: &'static str,
    more: String,
    answer: String,
}

impl Step {
    fn run(self, story: &mut Story<'_>, by: &Caller, at: Secs, out: &mut Outbox<'_>) -> crate::ids::Uuid {
        let params = format!(r#"{{"userName":"{}"{}}}"#, self.on, self.more);
        let call = Call::new(by, at, HOME_REGION, &self.api).params(params).response(self.answer.as_str());
        story.send(&call, out)
    }
}

/// Makes the `n`th key of a user.
pub(super) fn create_key(
    story: &mut Story<'_>,
    by: &Caller,
    on: &'static str,
    n: u64,
    at: &mut Secs,
    out: &mut Outbox<'_>,
) -> crate::ids::Uuid {
    let at = story.later(at, 12, 40);
    let key = User::new(story.org, PROD, on).key(story.org, n);
    let answer = format!(
        r#"{{"accessKey":{{"userName":"{on}","accessKeyId":"{key}","status":"Active","createDate":"{}"}}}}"#,
        american(at, false)
    );
    let api = write("iam", "CreateAccessKey", "");
    Step { api, on, more: String::new(), answer }.run(story, by, at, out)
}

fn create_profile(
    story: &mut Story<'_>,
    by: &Caller,
    on: &'static str,
    at: &mut Secs,
    out: &mut Outbox<'_>,
) -> crate::ids::Uuid {
    let at = story.later(at, 12, 40);
    let answer = format!(
        r#"{{"loginProfile":{{"userName":"{on}","createDate":"{}","passwordResetRequired":false}}}}"#,
        american(at, false)
    );
    let api = write("iam", "CreateLoginProfile", "");
    Step { api, on, more: r#","passwordResetRequired":false"#.to_owned(), answer }.run(story, by, at, out)
}

/// The backup job signs in to the console, through a VPN; the new user's key is tried from there too.
pub(crate) fn console(story: &mut Story<'_>, at: Secs, out: &mut Outbox<'_>) {
    let org = story.org;
    let user = User::new(org, PROD, BACKUP);
    let browser = Origin::new(VPN, BROWSER);
    let identity = user.identity(org, None, None);
    let by = Caller { identity, arn: user.arn(org), account: PROD, origin: browser.clone() };
    let mut call = Call::new(&by, at, HOME_REGION, &CONSOLE_LOGIN).response(r#"{"ConsoleLogin":"Success"}"#);
    call.kind = Kind::SignIn;
    call.additional =
        r#"{"LoginTo":"https://console.aws.amazon.com/console/home","MobileVersion":"No","MFAUsed":"No"}"#
            .into();
    let login = story.send(&call, out);
    let account = &org.accounts[PROD];
    let key = crate::ids::access_key("ASIA", &account.id, &account.prefix, &mut story.rng);
    let identity = user.identity(org, Some(&key), Some((at, false)));
    let by = Caller { identity, origin: Origin { console: true, ..browser }, ..by };
    for page in [&crate::pages::HOME, &crate::pages::S3] {
        for (n, api) in page.calls.iter().enumerate() {
            let at = at + 8 + u32::try_from(n).unwrap_or(0);
            let call = Call::on(&by, at, HOME_REGION, api, account, &mut story.rng);
            story.send(&call, out);
        }
    }
    story.must("console-login-without-mfa", &[login], "an IAM user with a password and nothing else");
    story.must("console-login-new-ip", &[login], "the backup job never signed in anywhere");
    story.may("console-login-new-asn", &[login], "needs a database of networks");
    story.may("console-login-new-country", &[login], "needs a database of countries");
    let puppet = story.puppet();
    let first = story.send(&Call::new(&puppet, at + 140, HOME_REGION, &WHO_AM_I), out);
    if let Some(made) = story.key_event {
        story.must("new-access-key-used", &[made, first], "a key made at one address and used from another");
    }
}
