//! Whom a call lets in where no policy document says so: shared snapshots, ACLs, Lambda permissions and the like.

use std::borrow::Cow;

use serde_json::Value;

use super::Deriver;
use super::parameters::parameters;
use crate::arn::account_of;
use crate::event::Record;
use crate::policy::Exposure;
use crate::text::is_account_id;

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

const SHARING_CALLS: [&str; 35] = [
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
    "PutSubscriptionFilter",
    "PutAccountPolicy",
    "PutTargets",
    "PutReplicationConfiguration",
    "StartCopyJob",
    "CreateBackupPlan",
    "UpdateBackupPlan",
    "CreateVpcPeeringConnection",
    "AcceptVpcPeeringConnection",
    "CreateTransitGatewayPeeringAttachment",
    "PutBucketNotification",
    "ModifyDocumentPermission",
    "ModifyVpcEndpointServicePermissions",
    "UpdateFunctionConfiguration",
    "AuthorizeEndpointAccess",
    "GrantPermissions",
    "BatchGrantPermissions",
];

/// What a bucket tells of its objects to, and where that is named.
const NOTIFIED: [(&str, &str); 3] = [
    ("CloudFunctionConfiguration", "CloudFunction"),
    ("TopicConfiguration", "Topic"),
    ("QueueConfiguration", "Queue"),
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
        "AuthorizeEndpointAccess" => sharing.each(&parameters["account"]),
        "GrantPermissions" => sharing.each(&parameters["principal"]["dataLakePrincipalIdentifier"]),
        "BatchGrantPermissions" => {
            for entry in list(&parameters["entries"]) {
                sharing.each(&entry["principal"]["dataLakePrincipalIdentifier"]);
            }
        }
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
        "PutSubscriptionFilter" => sharing.each(&parameters["destinationArn"]),
        "PutAccountPolicy" => {
            let document = &parameters["policyDocument"];
            let policy: Option<Value> = document.as_str().and_then(|text| serde_json::from_str(text).ok());
            sharing.each(&policy.as_ref().unwrap_or(document)["DestinationArn"]);
        }
        "PutTargets" => list(&parameters["targets"]).iter().for_each(|target| sharing.each(&target["arn"])),
        "PutReplicationConfiguration" => {
            for rule in list(&parameters["replicationConfiguration"]["rules"]) {
                list(&rule["destinations"]).iter().for_each(|to| sharing.each(&to["registryId"]));
            }
        }
        "PutBucketNotification" => {
            let told = &parameters["NotificationConfiguration"];
            for (kind, place) in NOTIFIED {
                list(&told[kind]).iter().for_each(|rule| sharing.each(&rule[place]));
            }
        }
        // A document for all is told by its own words, at a level of its own.
        "ModifyDocumentPermission" if parameters["accountIdsToAdd"][0] != "all" => {
            sharing.each(&parameters["accountIdsToAdd"]);
        }
        "ModifyVpcEndpointServicePermissions" => {
            let added = &parameters["ModifyVpcEndpointServicePermissionsRequest"]["AddAllowedPrincipals"];
            list(added).iter().for_each(|principal| sharing.each(&principal["content"]));
        }
        "StartCopyJob" => sharing.each(&parameters["destinationBackupVaultArn"]),
        "CreateBackupPlan" | "UpdateBackupPlan" => {
            for copy in
                list(&parameters["backupPlan"]["rules"]).iter().flat_map(|rule| list(&rule["copyActions"]))
            {
                sharing.each(&copy["destinationBackupVaultArn"]);
            }
        }
        // Whose code comes in, with the function's rights.
        "UpdateFunctionConfiguration" => sharing.each(&parameters["layers"]),
        "CreateVpcPeeringConnection" => sharing.each(&parameters["peerOwnerId"]),
        // Who asked for it, only the answer says.
        "AcceptVpcPeeringConnection" => {
            sharing
                .accounts
                .extend(deriver.text(record, deriver.inputs.peering_requester).map(Cow::into_owned));
        }
        "CreateTransitGatewayPeeringAttachment" => {
            sharing.each(&parameters["CreateTransitGatewayPeeringAttachmentRequest"]["PeerAccountId"]);
        }
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
        // Converted logs have the list without its wrapping.
        let added = &permission["add"];
        for item in list(if added.is_array() { added } else { &added["items"] }) {
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
        for grant in ["read", "write", "read-acp", "write-acp", "full-control"] {
            let key = format!("x-amz-grant-{grant}");
            for text in headers.into_iter().flat_map(|at| list(&at[&key])).filter_map(Value::as_str) {
                self.group(text);
                self.grantees(text, grant == "full-control");
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

    /// Those whom a header grants something: `id="7fd1", emailAddress="b@example.com"`. Headers take the place of the
    /// whole ACL, so the owner, who is not named as such, has full control in them: a single one who has it is left out.
    fn grantees(&mut self, header: &str, full_control: bool) {
        let named = header.split(',').filter_map(|grantee| {
            let (kind, who) = grantee.trim().split_once('=')?;
            let who = who.trim().trim_matches('"');
            let by_name = ["id", "emailAddress"].iter().any(|known| kind.trim().eq_ignore_ascii_case(known));
            (by_name && !who.is_empty() && who != CLOUDFRONT_LOGS).then(|| who.to_owned())
        });
        let named: Vec<String> = named.collect();
        if !full_control || named.len() > 1 {
            self.accounts.extend(named);
        }
    }

    fn group(&mut self, uri: &str) {
        if uri.contains("/groups/global/AllUsers") || uri.contains("/groups/global/AuthenticatedUsers") {
            self.public = Exposure::Public;
        }
    }
}
