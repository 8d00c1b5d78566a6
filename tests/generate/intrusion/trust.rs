//! Doors for an account of one's own, and policies that no longer say no.

use super::footholds::create_key;
use super::{NEW_USER, OUTPOST, SCRIPT, STRANGER, Story};
use crate::clock::Secs;
use crate::event::{Call, read, write};
use crate::identity::{Caller, Origin, Role};
use crate::life::backup;
use crate::life::changes::{
    DEPLOY_POLICY, EXPORT_POLICY, created_policy, created_role, created_version, quoted,
};
use crate::life::users::BACKUP;
use crate::life::vendors::SAVINGS_ID;
use crate::org::{HOME_REGION, PROD, SAVINGS, Vendor};
use crate::outbox::Outbox;
use crate::sts::{self, Assume};

/// The role made for the intruder's account, with a name that nobody looks at twice.
const DOOR: &str = "aws-support-diagnostics";
/// The role of ours whose trust is widened.
const WIDENED: &str = "data-export-task";

/// A role for the outside, and a role of ours opened to it.
pub(crate) fn external_trust(story: &mut Story<'_>, mut at: Secs, out: &mut Outbox<'_>) {
    let org = story.org;
    let puppet = story.puppet();
    let trust = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{STRANGER}:root"}},"Action":"sts:AssumeRole"}}]}}"#
    );
    let (params, answer) = created_role(org, PROD, DOOR, &trust, at);
    let create = write("iam", "CreateRole", "");
    let created =
        story.send(&Call::new(&puppet, at, HOME_REGION, &create).params(params).response(answer), out);
    let attach = write("iam", "AttachRolePolicy", "");
    let params =
        format!(r#"{{"roleName":"{DOOR}","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}}"#);
    let then = story.later(&mut at, 8, 30);
    let attached = story.send(&Call::new(&puppet, then, HOME_REGION, &attach).params(params), out);
    let trust = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"ecs-tasks.amazonaws.com"}},"Action":"sts:AssumeRole"}},{{"Effect":"Allow","Principal":{{"AWS":"{STRANGER}"}},"Action":"sts:AssumeRole"}}]}}"#
    );
    let update = write("iam", "UpdateAssumeRolePolicy", "");
    let params = format!(r#"{{"roleName":"{WIDENED}","policyDocument":"{}"}}"#, quoted(&trust));
    let then = story.later(&mut at, 60, 200);
    let opened = story.send(&Call::new(&puppet, then, HOME_REGION, &update).params(params), out);
    story.must("role-created-external-trust", &[created], "a role for an account that nobody knows");
    story.must("admin-policy-attached", &[attached], "AdministratorAccess for that role");
    story.must("backdoor-role-sequence", &[created, attached], "both within a minute");
    story.must("trust-policy-opened-external", &[opened], "a bare account id added to a role of ours");
    story.may("iam-entity-outside-iac", &[created], "terraform makes the entities here");
}

/// The stranger comes in through both doors, and a known vendor's account through one it never used.
pub(crate) fn from_outside(story: &mut Story<'_>, mut at: Secs, out: &mut Outbox<'_>) {
    let org = story.org;
    let stranger =
        Vendor { account: STRANGER, role: DOOR, session: "sup", ips: [OUTPOST, OUTPOST], agent: SCRIPT };
    let mut entered = Vec::new();
    let mut session = None;
    for name in [WIDENED, DOOR] {
        let role = Role::new(org, PROD, "", name);
        let ask = Assume::new(at, HOME_REGION, &role, stranger.session);
        let assumed = sts::assume_from_outside(org, (&stranger, OUTPOST), &ask, &mut story.rng, out);
        story.note(assumed.events[0], at, "AssumeRole", STRANGER);
        entered.extend(assumed.events);
        session = Some(assumed.session);
        at += 95;
    }
    story.must(
        "unfamiliar-account-assumed-role",
        &entered[..1],
        "an account that is neither ours nor a vendor's",
    );
    story.may("known-account-new-role", &entered, "its first and second role");
    story.must("assume-role-without-external-id", &entered, "third parties must say whom they act for");
    if let Some(session) = session {
        let caller = Caller::session(org, &session, Origin::new(OUTPOST, SCRIPT));
        let made = create_key(story, &caller, NEW_USER, 1, &mut at, out);
        let chain = [entered[1], made];
        story.must("external-chain-iam-write", &chain, "a session that began outside writes to IAM");
        story.must("access-key-created-for-other-user", &[made], "a second key for the new user");
        story.must("access-key-created-from-session", &[made], "by a temporary session");
    }
    let role = Role::new(org, PROD, "", backup::ROLE);
    at += 900;
    let mut ask = Assume::new(at, HOME_REGION, &role, SAVINGS.session);
    ask.external_id = Some(SAVINGS_ID);
    let assumed = sts::assume_from_outside(org, (&SAVINGS, SAVINGS.ips[0]), &ask, &mut story.rng, out);
    story.note(assumed.events[0], at, "AssumeRole", SAVINGS.account);
    story.must("known-account-new-role", &assumed.events, "the savings vendor takes over the backup role");
    story.must("role-new-network", &assumed.events, "the backup role is only taken from inside");
    let caller = Caller::session(org, &assumed.session, Origin::new(SAVINGS.ips[0], SAVINGS.agent));
    let look = read(
        "ec2",
        "DescribeSnapshots",
        r#"{"snapshotSet":{},"ownersSet":{"items":[{"owner":"self"}]},"sharedUsersSet":{},"filterSet":{}}"#,
    );
    story.send(&Call::new(&caller, at + 3, HOME_REGION, &look), out);
}

/// Policies are widened, added, and set back.
pub(crate) fn policies(story: &mut Story<'_>, mut at: Secs, out: &mut Outbox<'_>) {
    const EVERYTHING: &str =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    const PASS_ANY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:PassRole","lambda:CreateFunction","lambda:InvokeFunction"],"Resource":"*"}]}"#;
    let org = story.org;
    let puppet = story.puppet();
    let account = org.accounts[PROD].id.clone();
    let arn = |name: &str| format!("arn:aws:iam::{account}:policy/{name}");

    let put = write("iam", "PutUserPolicy", "");
    let params = format!(
        r#"{{"userName":"{BACKUP}","policyName":"backup-maintenance","policyDocument":"{}"}}"#,
        quoted(EVERYTHING)
    );
    let inline = story.send(&Call::new(&puppet, at, HOME_REGION, &put).params(params), out);
    let then = story.later(&mut at, 40, 90);
    let (params, answer) = created_version(&arn(DEPLOY_POLICY), EVERYTHING, "v3", then);
    let version = write("iam", "CreatePolicyVersion", "");
    let call = Call::new(&puppet, then, HOME_REGION, &version).params(params).response(answer);
    let weakened = story.send(&call, out);
    let then = story.later(&mut at, 40, 90);
    let (params, answer) = created_policy(org, PROD, "cicd-runtime-access", PASS_ANY, then, &mut story.rng);
    let create = write("iam", "CreatePolicy", "");
    let call = Call::new(&puppet, then, HOME_REGION, &create).params(params).response(answer);
    let pass_any = story.send(&call, out);
    let then = story.later(&mut at, 40, 90);
    let switch = write("iam", "SetDefaultPolicyVersion", "");
    let params = format!(r#"{{"policyArn":"{}","versionId":"v1"}}"#, arn(EXPORT_POLICY));
    let switched = story.send(&Call::new(&puppet, then, HOME_REGION, &switch).params(params), out);

    story.must("inline-admin-policy", &[inline], "everything, written into the backup job's user");
    story.must("policy-version-admin", &[weakened], "everything on everything");
    story.must(
        "policy-version-weakened",
        &[weakened],
        "the pipeline's second version named two actions and a role",
    );
    story.must("pass-role-any", &[pass_any], "any role to any service");
    story.must("policy-escalation-combo", &[pass_any], "a role passed to a function of one's own");
    story.must("default-policy-version-switched", &[switched], "back to the version before the condition");
    story.may("iam-policy-changed", &[inline, weakened, pass_any, switched], "informational");
    story.may("escalation-action-burst", &[inline, weakened, pass_any, switched], "four kinds of escalation");
}
