//! Records shaped like those of a real trail: ids differ, the rest repeats.

/// A stream of numbers, the same in every run.
pub(crate) struct Numbers(u64);

impl Numbers {
    pub(crate) fn new() -> Numbers {
        Numbers(0x2545_f491_4f6c_dd1d)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: u64) -> u64 {
        (self.next() >> 11) % limit
    }

    fn uuid(&mut self) -> String {
        let (a, b) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            a >> 32,
            a >> 16 & 0xffff,
            a & 0xfff,
            b >> 52,
            b & 0xffff_ffff_ffff
        )
    }

    fn id(&mut self, length: usize) -> String {
        (0..length)
            .map(|_| char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[self.below(32) as usize]))
            .collect()
    }

    /// One event of about 1.3 KB.
    pub(crate) fn event(&mut self) -> String {
        let second = self.below(3600);
        let time = format!("2024-05-14T07:{:02}:{:02}Z", second / 60, second % 60);
        let account = ["111122223333", "444455556666", "777788889999"][self.below(3) as usize];
        let role =
            ["deploy", "AWSServiceRoleForConfig", "data-pipeline-worker", "ReadOnly"][self.below(4) as usize];
        let session = ["i-0a1b2c3d4e5f67890", "ci-runner", "1715671234567890", "alice@example.com"]
            [self.below(4) as usize];
        let identity = match self.below(10) {
            0 => r#"{"type":"AWSService","invokedBy":"ec2.amazonaws.com"}"#.to_owned(),
            1 | 2 => format!(
                r#"{{"type":"IAMUser","principalId":"AIDA{}","arn":"arn:aws:iam::{account}:user/bob","accountId":"{account}","accessKeyId":"AKIA{}","userName":"bob"}}"#,
                "EXAMPLEEXAMPLE77",
                self.id(16)
            ),
            _ => format!(
                r#"{{"type":"AssumedRole","principalId":"AROAEXAMPLEEXAMPLE{}:{session}","arn":"arn:aws:sts::{account}:assumed-role/{role}/{session}","accountId":"{account}","accessKeyId":"ASIA{}","sessionContext":{{"sessionIssuer":{{"type":"Role","principalId":"AROAEXAMPLEEXAMPLE77","arn":"arn:aws:iam::{account}:role/{role}","accountId":"{account}","userName":"{role}"}},"webIdFederationData":{{}},"attributes":{{"creationDate":"{time}","mfaAuthenticated":"false"}}}}}}"#,
                role.len(),
                self.id(16)
            ),
        };
        let (source, name, request, response, resources) = match self.below(6) {
            0 => (
                "sts.amazonaws.com", "AssumeRole",
                format!(r#"{{"roleArn":"arn:aws:iam::{account}:role/{role}","roleSessionName":"{session}","durationSeconds":3600}}"#),
                format!(r#"{{"credentials":{{"accessKeyId":"ASIA{}","sessionToken":"{}","expiration":"May 14, 2024, 8:10:11 AM"}},"assumedRoleUser":{{"assumedRoleId":"AROAEXAMPLEEXAMPLE77:{session}","arn":"arn:aws:sts::{account}:assumed-role/{role}/{session}"}}}}"#, self.id(16), self.id(120)),
                format!(r#","resources":[{{"accountId":"{account}","type":"AWS::IAM::Role","ARN":"arn:aws:iam::{account}:role/{role}"}}]"#),
            ),
            1 => (
                "kms.amazonaws.com", "Decrypt",
                format!(r#"{{"encryptionContext":{{"aws:cloudtrail:arn":"arn:aws:cloudtrail:eu-west-1:{account}:trail/main","aws:s3:arn":"arn:aws:s3:::logs-{account}/AWSLogs/{account}/CloudTrail/eu-west-1/2024/05/14/x.json.gz"}},"encryptionAlgorithm":"SYMMETRIC_DEFAULT"}}"#),
                "null".to_owned(),
                format!(r#","resources":[{{"accountId":"{account}","type":"AWS::KMS::Key","ARN":"arn:aws:kms:eu-west-1:{account}:key/3a833466-7f7f-4e6d-bb49-63b35c2eab07"}}]"#),
            ),
            2 => (
                "ec2.amazonaws.com", "DescribeInstances",
                r#"{"maxResults":1000,"instancesSet":{},"filterSet":{"items":[{"name":"tag:Name","valueSet":{"items":[{"value":"web-*"}]}},{"name":"instance-state-name","valueSet":{"items":[{"value":"running"},{"value":"pending"}]}}]}}"#.to_owned(),
                "null".to_owned(), String::new(),
            ),
            _ => (
                "s3.amazonaws.com", "GetObject",
                format!(r#"{{"bucketName":"data-{account}","Host":"data-{account}.s3.eu-west-1.amazonaws.com","key":"part/{}/{}.parquet"}}"#, self.below(90), self.uuid()),
                "null".to_owned(),
                format!(r#","additionalEventData":{{"SignatureVersion":"SigV4","CipherSuite":"ECDHE-RSA-AES128-GCM-SHA256","bytesTransferredIn":0,"AuthenticationMethod":"AuthHeader","x-amz-id-2":"{}","bytesTransferredOut":{}}},"resources":[{{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::data-{account}/part"}},{{"accountId":"{account}","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::data-{account}"}}]"#, self.id(76), self.below(100_000)),
            ),
        };
        let denied = if self.below(20) == 0 {
            r#","errorCode":"AccessDenied","errorMessage":"User is not authorized to perform this action because no identity-based policy allows it""#
        } else {
            ""
        };
        let agent = [
            "aws-cli/2.15.30 Python/3.11.8 Linux/5.10.213 exe/x86_64.amzn.2 prompt/off command/s3.cp",
            "Boto3/1.34.84 md/Botocore#1.34.84 ua/2.0 os/linux#5.10.214 md/arch#x86_64 lang/python#3.9.16 md/pyimpl#CPython",
            "config.amazonaws.com",
            "[Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36]",
        ][self.below(4) as usize];
        format!(
            r#"{{"eventVersion":"1.09","userIdentity":{identity},"eventTime":"{time}","eventSource":"{source}","eventName":"{name}","awsRegion":"eu-west-1","sourceIPAddress":"10.{}.{}.{}","userAgent":"{agent}"{denied},"requestParameters":{request},"responseElements":{response},"requestID":"{}","eventID":"{}","readOnly":true{resources},"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"{account}","eventCategory":"Management","tlsDetails":{{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"{source}"}}}}"#,
            self.below(4),
            self.below(250),
            self.below(250),
            self.uuid(),
            self.uuid()
        )
    }

    /// A log file's JSON with `events` events.
    pub(crate) fn document(&mut self, events: usize) -> String {
        let events: Vec<String> = (0..events).map(|_| self.event()).collect();
        format!("{{\"Records\":[{}]}}", events.join(","))
    }
}

/// Paths as a rule set of some size names them.
pub(crate) const PATHS: [&str; 40] = [
    "requestID",
    "readOnly",
    "managementEvent",
    "sourceIPAddress",
    "userAgent",
    "errorMessage",
    "sharedEventID",
    "vpcEndpointId",
    "additionalEventData.MFAUsed",
    "additionalEventData.LoginTo",
    "additionalEventData.MobileVersion",
    "userIdentity.accessKeyId",
    "userIdentity.sessionContext.attributes.mfaAuthenticated",
    "userIdentity.sessionContext.attributes.creationDate",
    "userIdentity.sessionContext.sessionIssuer.userName",
    "userIdentity.sessionContext.sessionIssuer.accountId",
    "userIdentity.sessionContext.webIdFederationData.federatedProvider",
    "userIdentity.inScopeOf.credentialsIssuedTo",
    "requestParameters",
    "requestParameters.policyArn",
    "requestParameters.userName",
    "requestParameters.roleName",
    "requestParameters.roleArn",
    "requestParameters.roleSessionName",
    "requestParameters.policyDocument",
    "requestParameters.groupName",
    "requestParameters.bucketName",
    "requestParameters.instanceType",
    "requestParameters.durationSeconds",
    "requestParameters.attributeType",
    "requestParameters.groupId",
    "requestParameters.ipPermissions.items.ipRanges.items.cidrIp",
    "requestParameters.filterSet.items.name",
    "requestParameters.key",
    "responseElements",
    "responseElements.ConsoleLogin",
    "responseElements.accessKey.accessKeyId",
    "responseElements.credentials.accessKeyId",
    "resources.ARN",
    "resources.type",
];
