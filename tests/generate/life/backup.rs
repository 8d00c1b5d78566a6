//! The nightly backup: a function in the shared account takes over a role in others, and copies what it finds.

use crate::clock::{MINUTE, Span, folder};
use crate::event::{Api, Call, read, write};
use crate::identity::{Caller, Extras, Origin, Role, Session};
use crate::life::care;
use crate::org::{DEV, HOME_REGION, Org, PROD, SHARED};
use crate::outbox::Outbox;
use crate::rng::{Rng, tag};
use crate::sts::{self, Assume};

/// The role it takes over.
pub(crate) const ROLE: &str = "backup-copy";

const AGENT: &str = "Boto3/1.36.26 md/Botocore#1.36.26 ua/2.0 os/linux#5.10.234 md/arch#x86_64 lang/python#3.13.2 exec-env/AWS_Lambda_python3.13 Botocore/1.36.26";

const STEPS: [Api; 3] = [
    read(
        "ec2",
        "DescribeVolumes",
        r#"{"volumeSet":{},"filterSet":{"items":[{"name":"tag:backup","valueSet":{"items":[{"value":"nightly"}]}}]}}"#,
    ),
    write(
        "ec2",
        "CreateSnapshot",
        r#"{"volumeId":"~o","description":"nightly","tagSpecificationSet":{"items":[{"resourceType":"snapshot","tags":[{"key":"backup","value":"nightly"}]}]}}"#,
    ),
    read("backup", "ListRecoveryPointsByBackupVault", r#"{"backupVaultName":"nightly","maxResults":100}"#),
];

/// Everything that begins in the window.
pub(crate) fn act(org: &Org, span: Span, out: &mut Outbox<'_>) {
    let targets = [PROD, DEV].into_iter().chain(6..org.accounts.len());
    for day in org.calendar.days_in(span) {
        for (n, target) in targets.clone().enumerate() {
            // Half an hour apart: it never holds many roles at once.
            let minute = 190 + u32::try_from(n).unwrap_or(0) * 30 % 1200;
            let mut rng = Rng::keyed(org.seed, &[tag("backup"), u64::from(day), target as u64]);
            let at = org.calendar.utc(day, minute) + rng.below(MINUTE);
            if !span.has(at) || !org.is_awake(SHARED, HOME_REGION, day) {
                continue;
            }
            let role = Role::new(org, SHARED, "", "backup-orchestrator-lambda");
            let session =
                Session::new(org, &role, "backup-orchestrator", at - 2, Extras::default(), &mut rng);
            let mut origin = Origin::new(&format!("10.90.1.{}", 10 + day % 20), AGENT);
            origin.endpoint = Some(org.endpoint(SHARED, HOME_REGION, "sts"));
            let caller = Caller::session(org, &session, origin);
            let role = Role::new(org, target, "", ROLE);
            let name = format!("backup-{}", folder(at).replace('/', ""));
            let assumed =
                sts::assume(org, &caller, &Assume::new(at, HOME_REGION, &role, &name), &mut rng, out);
            for api in &STEPS {
                let mut origin = caller.origin.clone();
                origin.endpoint = Some(org.endpoint(SHARED, HOME_REGION, api.source));
                let caller = Caller::session(org, &assumed.session, origin);
                let call = Call::on(&caller, at + 1, HOME_REGION, api, &org.accounts[target], &mut rng);
                out.send(&call, &mut rng);
            }
            let caller = Caller::session(org, &assumed.session, caller.origin.clone());
            care::old_snapshots(org, &caller, at + 3, day, &mut rng, out);
        }
    }
}
