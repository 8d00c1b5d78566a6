//! Whom calls let in by their parameters, service by service.

use super::Derived;
use super::trial::derived;

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
fn parameters_as_texts_or_flat() {
    let disk = r#"{"createVolumePermission":"{\"add\":{\"items\":[{\"userId\":\"777788889999\"}]}}"}"#;
    assert_shares("ModifySnapshotAttribute", disk, &["777788889999"], None);
    let rds = r#"{"attributeName":"restore","valuesToAdd":"[\"all\"]"}"#;
    assert_shares("ModifyDBSnapshotAttribute", rds, &[], Some("public"));
    let text = r#"{\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"sqs:*\"}]}"#;
    assert_shares(
        "SetQueueAttributes",
        &format!(r#"{{"attributes":{{"Policy":"{text}"}}}}"#),
        &[],
        Some("public"),
    );
    let flat = |name: &str, rest: &str| {
        let json = format!(r#"{{"recipientAccountId":"111122223333","eventName":"{name}",{rest}}}"#);
        (derived(Derived::ExternalAccounts, &json), derived(Derived::Public, &json))
    };
    let items = r#""requestParameters.snapshotId":"s","requestParameters.createVolumePermission.add.items":"#;
    for items in [
        format!(r#"{items}[{{"userId":"777788889999"}}]"#),
        format!(r#"{items}"[{{\"userId\":\"777788889999\"}}]""#),
    ] {
        assert_eq!(
            flat("ModifySnapshotAttribute", &items),
            (vec!["777788889999".to_owned()], vec![]),
            "{items}"
        );
    }
    let policy = format!(r#""requestParameters.attributes.Policy":"{text}""#);
    assert_eq!(flat("SetQueueAttributes", &policy).1, ["public"]);
}

#[test]
fn permissions_that_name_a_principal() {
    let lambda = |rest: &str| format!(r#"{{"functionName":"f","action":"lambda:InvokeFunction",{rest}}}"#);
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
    let bus =
        r#"{"principal":"*","condition":{"type":"StringEquals","key":"aws:PrincipalOrgID","value":"o-1"}}"#;
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
    let organization = format!(r#"{{"content":"{policy}"}}"#);
    assert_shares("PutResourcePolicy", &organization, &[], Some("public"));
    let regions = format!(
        r#"{{"PutMultiRegionAccessPointPolicyRequest":{{"Details":{{"Name":"p","Policy":"{policy}"}}}}}}"#
    );
    assert_shares("PutMultiRegionAccessPointPolicy", &regions, &[], Some("public"));
    assert_shares("SetQueueAttributes", r#"{"attributes":{"VisibilityTimeout":"30"}}"#, &[], None);
}

#[test]
fn streams_copies_and_peerings() {
    let filter = |account: &str| {
        format!(r#"{{"logGroupName":"g","destinationArn":"arn:aws:logs:eu-west-1:{account}:destination:d"}}"#)
    };
    assert_shares("PutSubscriptionFilter", &filter("777788889999"), &["777788889999"], None);
    assert_shares("PutSubscriptionFilter", &filter("111122223333"), &[], None);
    let bus = r#"{"rule":"r","targets":[{"id":"1","arn":"arn:aws:lambda:eu-west-1:111122223333:function:f"},{"id":"2","arn":"arn:aws:events:eu-west-1:777788889999:event-bus/b"}]}"#;
    assert_shares("PutTargets", bus, &["777788889999"], None);
    let registry = r#"{"replicationConfiguration":{"rules":[{"destinations":[{"region":"eu-west-1","registryId":"111122223333"},{"region":"eu-west-1","registryId":"777788889999"}]}]}}"#;
    assert_shares("PutReplicationConfiguration", registry, &["777788889999"], None);
    let vault = r#"{"destinationBackupVaultArn":"arn:aws:backup:eu-west-1:777788889999:backup-vault:v"}"#;
    assert_shares("StartCopyJob", vault, &["777788889999"], None);
    let plan = format!(r#"{{"backupPlan":{{"rules":[{{"copyActions":[]}},{{"copyActions":[{vault}]}}]}}}}"#);
    assert_shares("UpdateBackupPlan", &plan, &["777788889999"], None);
    let all = r#"{"policyType":"SUBSCRIPTION_FILTER_POLICY","policyDocument":"{\"DestinationArn\":\"arn:aws:logs:eu-west-1:777788889999:destination:d\"}"}"#;
    assert_shares("PutAccountPolicy", all, &["777788889999"], None);
    assert_shares("PutAccountPolicy", r#"{"policyDocument":"{"}"#, &[], None);
    let layers = r#"{"layers":["arn:aws:lambda:eu-west-1:111122223333:layer:own:3","arn:aws:lambda:eu-west-1:777788889999:layer:x:9"]}"#;
    assert_shares("UpdateFunctionConfiguration20150331v2", layers, &["777788889999"], None);
    let peer = r#"{"vpcId":"vpc-1","peerVpcId":"vpc-2","peerOwnerId":"777788889999"}"#;
    assert_shares("CreateVpcPeeringConnection", peer, &["777788889999"], None);
    assert_shares("CreateVpcPeeringConnection", r#"{"vpcId":"vpc-1","peerVpcId":"vpc-2"}"#, &[], None);
    let taken = r#"{"recipientAccountId":"111122223333","eventName":"AcceptVpcPeeringConnection","requestParameters":{"vpcPeeringConnectionId":"pcx-1"},"responseElements":{"vpcPeeringConnection":{"requesterVpcInfo":{"ownerId":"777788889999"}}}}"#;
    assert_eq!(derived(Derived::ExternalAccounts, taken), ["777788889999"]);
    let own = taken.replace("777788889999", "111122223333");
    assert!(derived(Derived::ExternalAccounts, &own).is_empty());
    let told = r#"{"bucketName":"b","NotificationConfiguration":{"QueueConfiguration":[{"Queue":"arn:aws:sqs:eu-west-1:111122223333:q"},{"Queue":"arn:aws:sqs:eu-west-1:777788889999:q"}],"TopicConfiguration":{"Topic":"arn:aws:sns:eu-west-1:888899990000:t"}}}"#;
    assert_shares("PutBucketNotification", told, &["777788889999", "888899990000"], None);
    let document = r#"{"name":"d","permissionType":"Share","accountIdsToAdd":["777788889999"]}"#;
    assert_shares("ModifyDocumentPermission", document, &["777788889999"], None);
    let service = r#"{"ModifyVpcEndpointServicePermissionsRequest":{"ServiceId":"vpce-svc-1","AddAllowedPrincipals":{"tag":1,"content":"arn:aws:iam::777788889999:root"}}}"#;
    assert_shares("ModifyVpcEndpointServicePermissions", service, &["777788889999"], None);
    let gateway = r#"{"CreateTransitGatewayPeeringAttachmentRequest":{"PeerAccountId":"777788889999"}}"#;
    assert_shares("CreateTransitGatewayPeeringAttachment", gateway, &["777788889999"], None);
}

#[test]
fn grants_in_headers() {
    let acl = |headers: &str| format!(r#"{{"bucketName":"b","acl":"",{headers}}}"#);
    let read = acl(r#""x-amz-grant-read":"id=\"79a59d\", emailAddress=\"eve@example.net\"""#);
    assert_shares("PutBucketAcl", &read, &["79a59d", "eve@example.net"], None);
    let nested = acl(r#""accessControlList":{"x-amz-grant-write-acp":"id=79a59d"}"#);
    assert_shares("PutObjectAcl", &nested, &["79a59d"], None);
    // The owner, who keeps full control.
    assert_shares("PutBucketAcl", &acl(r#""x-amz-grant-full-control":"id=aaaa""#), &[], None);
    let both = acl(r#""x-amz-grant-full-control":"id=aaaa,id=79a59d""#);
    assert_shares("PutBucketAcl", &both, &["79a59d", "aaaa"], None);
    let logs = acl(r#""x-amz-grant-write":"uri=http://acs.amazonaws.com/groups/s3/LogDelivery""#);
    assert_shares("PutBucketAcl", &logs, &[], None);
    let all = acl(r#""x-amz-grant-read":"uri=http://acs.amazonaws.com/groups/global/AllUsers""#);
    assert_shares("PutBucketAcl", &all, &[], Some("public"));
}
