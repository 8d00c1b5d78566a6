//! Whom a call lets in where no policy document says so: shared snapshots, ACLs, Lambda permissions and the like.

use serde_json::Value;

use super::call::without_version;
use super::{Deriver, field};
use crate::event::{Raw, Record};
use crate::policy::{Exposure, account_of, is_account_id};

/// Parameters longer than this are left alone: no call that shares something comes near.
const LONGEST: usize = 256 << 10;

/// CloudFront's log delivery, which it grants itself on the buckets it writes to.
const CLOUDFRONT_LOGS: &str = "c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0";

/// Whom a call lets in.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sharing {
    /// Accounts, one's own among them; for a grant in an ACL, the canonical user.
    pub(super) accounts: Vec<String>,
    /// How far everybody is let in.
    pub(super) public: Exposure,
}

impl Default for Sharing {
    fn default() -> Sharing {
        Sharing { accounts: Vec::new(), public: Exposure::None }
    }
}

/// The name of the call and its parameters, where they are an object.
pub(super) fn parameters(deriver: &Deriver, record: &Record<'_>, wanted: &[&str]) -> Option<(String, Value)> {
    let field::Inputs { event_name, parameters, .. } = deriver.inputs;
    let name = deriver.text(record, event_name)?;
    let name = without_version(&name);
    if !wanted.contains(&name) {
        return None;
    }
    match record.first(parameters?)? {
        Raw::Object(json) if json.len() <= LONGEST => {
            Some((name.to_owned(), serde_json::from_str(json).ok()?))
        }
        _ => None,
    }
}

/// The calls that carry a policy document at a place of their own.
const POLICY_CALLS: [&str; 11] = [
    "CreateQueue",
    "SetQueueAttributes",
    "CreateTopic",
    "SetTopicAttributes",
    "PutDestinationPolicy",
    "PutResourcePolicy",
    "PutAccessPointPolicy",
    "SetVaultAccessPolicy",
    "CreateDomain",
    "UpdateDomainConfig",
    "UpdateElasticsearchDomainConfig",
];

/// Policy documents at places that only one service uses.
pub(super) fn documents(deriver: &Deriver, record: &Record<'_>) -> Vec<String> {
    let Some((name, parameters)) = parameters(deriver, record, &POLICY_CALLS) else { return Vec::new() };
    let document = match name.as_str() {
        "CreateQueue" | "SetQueueAttributes" | "CreateTopic" => &parameters["attributes"]["Policy"],
        "SetTopicAttributes" if parameters["attributeName"] == "Policy" => &parameters["attributeValue"],
        "PutDestinationPolicy" => &parameters["accessPolicy"],
        "PutResourcePolicy" => &parameters["policyInJson"],
        "PutAccessPointPolicy" => &parameters["PutAccessPointPolicyRequest"]["Policy"],
        "SetVaultAccessPolicy" => &parameters["policy"]["policy"],
        "CreateDomain" | "UpdateDomainConfig" | "UpdateElasticsearchDomainConfig" => {
            &parameters["accessPolicies"]
        }
        _ => &Value::Null,
    };
    match document {
        Value::String(text) if !text.trim().is_empty() => vec![text.clone()],
        Value::Object(_) => vec![document.to_string()],
        _ => Vec::new(),
    }
}

const SHARING_CALLS: [&str; 18] = [
    "ModifyImageAttribute",
    "ModifySnapshotAttribute",
    "ModifyFpgaImageAttribute",
    "ModifyDBSnapshotAttribute",
    "ModifyDBClusterSnapshotAttribute",
    "AuthorizeSnapshotAccess",
    "AuthorizeDataShare",
    "AddPermission",
    "AddLayerVersionPermission",
    "PutPermission",
    "CreateGrant",
    "CreateBucket",
    "PutBucketAcl",
    "PutObjectAcl",
    "PutBucketReplication",
    "CreateResourceShare",
    "AssociateResourceShare",
    "CreateFunctionUrlConfig",
];

/// Whom the parameters of a call let in.
pub(super) fn of(deriver: &Deriver, record: &Record<'_>) -> Sharing {
    let Some((name, parameters)) = parameters(deriver, record, &SHARING_CALLS) else {
        return Sharing::default();
    };
    let mut sharing = Sharing::default();
    match name.as_str() {
        "ModifyImageAttribute" => sharing.launch(&parameters["launchPermission"]),
        "ModifySnapshotAttribute" => sharing.launch(&parameters["createVolumePermission"]),
        "ModifyFpgaImageAttribute" => sharing.launch(&parameters["loadPermission"]),
        "ModifyDBSnapshotAttribute" | "ModifyDBClusterSnapshotAttribute" => {
            sharing.each(&parameters["valuesToAdd"])
        }
        "AuthorizeSnapshotAccess" => sharing.each(&parameters["accountWithRestoreAccess"]),
        "AuthorizeDataShare" => sharing.each(&parameters["consumerIdentifier"]),
        "CreateGrant" => sharing.each(&parameters["granteePrincipal"]),
        "CreateResourceShare" | "AssociateResourceShare" => sharing.each(&parameters["principals"]),
        "CreateFunctionUrlConfig" if parameters["authType"] == "NONE" => sharing.public = Exposure::Public,
        "AddPermission" | "AddLayerVersionPermission" | "PutPermission" => sharing.permission(&parameters),
        "PutBucketReplication" => {
            for rule in list(&parameters["ReplicationConfiguration"]["Rule"]) {
                sharing.each(&rule["Destination"]["Account"]);
            }
        }
        "CreateBucket" | "PutBucketAcl" | "PutObjectAcl" => sharing.acl(&parameters),
        _ => {}
    }
    sharing
}

/// The elements of a list, or the one thing that stands in its place.
pub(super) fn list(value: &Value) -> &[Value] {
    match value {
        Value::Array(elements) => elements,
        Value::Null => &[],
        one => std::slice::from_ref(one),
    }
}

impl Sharing {
    /// Lets in whoever a text names: `all`, `*`, an account id, or an ARN.
    fn admit(&mut self, who: &str) {
        if who == "*" || who.eq_ignore_ascii_case("all") {
            self.public = Exposure::Public;
        } else if is_account_id(who) {
            self.accounts.push(who.to_owned());
        } else if let Some(account) = account_of(who) {
            self.accounts.push(account.to_owned());
        }
    }

    fn each(&mut self, names: &Value) {
        list(names).iter().filter_map(Value::as_str).for_each(|who| self.admit(who));
    }

    /// `{add: {items: [{userId, group, organizationArn}]}}`
    fn launch(&mut self, permission: &Value) {
        for item in list(&permission["add"]["items"]) {
            for key in ["userId", "group", "organizationArn", "organizationalUnitArn"] {
                self.each(&item[key]);
            }
        }
    }

    /// Permissions of Lambda, EventBridge, SNS and SQS that name a principal beside its limits.
    fn permission(&mut self, parameters: &Value) {
        for key in ["principal", "aWSAccountId", "aWSAccountIds"] {
            self.each(&parameters[key]);
        }
        let named = |key: &str| parameters[key].as_str().is_some_and(|text| !text.is_empty());
        // A service that calls for somebody else lets that account in.
        for key in ["sourceAccount", "sourceArn"] {
            self.each(&parameters[key]);
        }
        let limits = ["principalOrgID", "organizationId", "sourceAccount", "sourceArn"];
        let limited = limits.into_iter().any(named) || parameters["condition"].is_object();
        if limited && self.public == Exposure::Public {
            self.public = Exposure::Conditional;
        }
    }

    /// An ACL, by name in a header, by grants in headers, or as a document.
    fn acl(&mut self, parameters: &Value) {
        let headers = [parameters, &parameters["accessControlList"]];
        for canned in headers.into_iter().flat_map(|at| list(&at["x-amz-acl"])) {
            if matches!(canned.as_str(), Some("public-read" | "public-read-write" | "authenticated-read")) {
                self.public = Exposure::Public;
            }
        }
        let grants = ["read", "write", "read-acp", "write-acp", "full-control"];
        for grant in grants {
            let key = format!("x-amz-grant-{grant}");
            for text in headers.into_iter().flat_map(|at| list(&at[&key])).filter_map(Value::as_str) {
                self.group(text);
            }
        }
        let document = &parameters["AccessControlPolicy"];
        for grant in list(&document["AccessControlList"]["Grant"]) {
            let grantee = &grant["Grantee"];
            self.group(grantee["URI"].as_str().unwrap_or_default());
            let owner = &document["Owner"]["ID"];
            if let Some(user) = grantee["ID"].as_str()
                && owner.as_str().is_some_and(|owner| owner != user)
                && user != CLOUDFRONT_LOGS
            {
                self.accounts.push(user.to_owned());
            }
        }
    }

    fn group(&mut self, uri: &str) {
        if uri.contains("/groups/global/AllUsers") || uri.contains("/groups/global/AuthenticatedUsers") {
            self.public = Exposure::Public;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Derived;
    use super::super::trial::derived;

    fn shares(name: &str, parameters: &str) -> (Vec<String>, Vec<String>) {
        let json = format!(
            r#"{{"recipientAccountId":"111122223333","eventName":"{name}","requestParameters":{parameters}}}"#
        );
        (derived(Derived::ExternalAccounts, &json), derived(Derived::Public, &json))
    }

    #[track_caller]
    fn assert_shares(name: &str, parameters: &str, accounts: &[&str], public: Option<&str>) {
        let told = shares(name, parameters);
        assert_eq!(told.0, accounts, "{name} {parameters}");
        assert_eq!(told.1, public.as_slice(), "{name} {parameters}");
    }

    #[test]
    fn images_and_snapshots() {
        let add = |kind: &str, item: &str| format!(r#"{{"{kind}":{{"add":{{"items":[{item}]}}}}}}"#);
        let image = |item: &str| add("launchPermission", item);
        let foreign = r#"{"userId":"777788889999"}"#;
        assert_shares("ModifyImageAttribute", &image(foreign), &["777788889999"], None);
        assert_shares("ModifyImageAttribute", &image(r#"{"userId":"111122223333"}"#), &[], None);
        assert_shares("ModifyImageAttribute", &image(r#"{"group":"all"}"#), &[], Some("public"));
        assert_shares("ModifyImageAttribute", &image(r#"{"group":"not-all"}"#), &[], None);
        let organization = r#"{"organizationArn":"arn:aws:organizations::777788889999:organization/o-1"}"#;
        assert_shares("ModifyImageAttribute", &image(organization), &["777788889999"], None);
        assert_shares("ModifyImageAttribute", &add("someThing", r#"{"group":"all"}"#), &[], None);
        let removed = r#"{"launchPermission":{"remove":{"items":[{"group":"all"}]}}}"#;
        assert_shares("ModifyImageAttribute", removed, &[], None);
        let disk = add("createVolumePermission", foreign);
        assert_shares("ModifySnapshotAttribute", &disk, &["777788889999"], None);
        let rds = |values: &str| format!(r#"{{"attributeName":"restore","valuesToAdd":[{values}]}}"#);
        assert_shares("ModifyDBSnapshotAttribute", &rds(r#""777788889999""#), &["777788889999"], None);
        assert_shares("ModifyDBClusterSnapshotAttribute", &rds(r#""all""#), &[], Some("public"));
        assert_shares("ModifyDBSnapshotAttribute", &rds(""), &[], None);
    }

    #[test]
    fn permissions_that_name_a_principal() {
        let lambda =
            |rest: &str| format!(r#"{{"functionName":"f","action":"lambda:InvokeFunction",{rest}}}"#);
        let add = "AddPermission20150331v2";
        assert_shares(add, &lambda(r#""principal":"*""#), &[], Some("public"));
        let organization = lambda(r#""principal":"*","principalOrgID":"o-1""#);
        assert_shares(add, &organization, &[], Some("conditional"));
        assert_shares(add, &lambda(r#""principal":"777788889999""#), &["777788889999"], None);
        let role = lambda(r#""principal":"arn:aws:iam::777788889999:role/r""#);
        assert_shares(add, &role, &["777788889999"], None);
        let service = r#""principal":"s3.amazonaws.com","sourceAccount":"111122223333""#;
        assert_shares(add, &lambda(service), &[], None);
        let topic = r#""principal":"sns.amazonaws.com","sourceArn":"arn:aws:sns:eu-west-1:777788889999:t""#;
        assert_shares(add, &lambda(topic), &["777788889999"], None);
        assert_shares("CreateFunctionUrlConfig", r#"{"authType":"NONE"}"#, &[], Some("public"));
        assert_shares("CreateFunctionUrlConfig", r#"{"authType":"AWS_IAM"}"#, &[], None);
        assert_shares("AddPermission", r#"{"aWSAccountIds":["777788889999"]}"#, &["777788889999"], None);
        let bus = r#"{"principal":"*","condition":{"type":"StringEquals","key":"aws:PrincipalOrgID","value":"o-1"}}"#;
        assert_shares("PutPermission", bus, &[], Some("conditional"));
    }

    #[test]
    fn buckets() {
        assert_shares("PutBucketAcl", r#"{"x-amz-acl":["public-read"]}"#, &[], Some("public"));
        let header = r#"{"accessControlList":{"x-amz-acl":"authenticated-read"}}"#;
        assert_shares("PutBucketAcl", header, &[], Some("public"));
        assert_shares("CreateBucket", r#"{"x-amz-acl":["private"]}"#, &[], None);
        let group = r#"{"x-amz-grant-read":["uri=\"http://acs.amazonaws.com/groups/global/AllUsers\""]}"#;
        assert_shares("PutBucketAcl", group, &[], Some("public"));
        let acl = |grantee: &str| {
            format!(
                r#"{{"AccessControlPolicy":{{"Owner":{{"ID":"own"}},"AccessControlList":{{"Grant":[{{"Grantee":{{"ID":"own"}}}},{{"Grantee":{{{grantee}}}}}]}}}}}}"#
            )
        };
        let all = acl(r#""URI":"http://acs.amazonaws.com/groups/global/AllUsers""#);
        assert_shares("PutBucketAcl", &all, &[], Some("public"));
        let delivery = acl(r#""URI":"http://acs.amazonaws.com/groups/s3/LogDelivery""#);
        assert_shares("PutBucketAcl", &delivery, &[], None);
        assert_shares("PutBucketAcl", &acl(r#""ID":"stranger""#), &["stranger"], None);
        let copies = r#"{"ReplicationConfiguration":{"Rule":{"Destination":{"Account":"777788889999","Bucket":"arn:aws:s3:::theirs"}}}}"#;
        assert_shares("PutBucketReplication", copies, &["777788889999"], None);
    }

    #[test]
    fn policies_at_places_of_their_own() {
        let policy = r#"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"sqs:*\",\"Resource\":\"*\"}]}"#;
        let object = policy.replace('\\', "");
        let queue = format!(r#"{{"queueUrl":"q","attributes":{{"Policy":"{policy}"}}}}"#);
        assert_shares("SetQueueAttributes", &queue, &[], Some("public"));
        let queue = format!(r#"{{"attributes":{{"Policy":{object}}}}}"#);
        assert_shares("SetQueueAttributes", &queue, &[], Some("public"));
        let topic = |name: &str| format!(r#"{{"attributeName":"{name}","attributeValue":"{policy}"}}"#);
        assert_shares("SetTopicAttributes", &topic("Policy"), &[], Some("public"));
        assert_shares("SetTopicAttributes", &topic("DisplayName"), &[], None);
        let domain = format!(r#"{{"domainName":"d","accessPolicies":"{policy}"}}"#);
        assert_shares("UpdateDomainConfig", &domain, &[], Some("public"));
        assert_shares("SetQueueAttributes", r#"{"attributes":{"VisibilityTimeout":"30"}}"#, &[], None);
    }
}
