//! The table of derived fields: name, meaning, what each is computed from, and by what.

use super::{
    Deriver, Values, agent, call, document, federation, identity, opening, passed, session, source, target,
    trail,
};
use crate::event::{FieldId, Layout, Record};

/// One row of the documentation.
#[derive(Clone, Copy, Debug)]
pub struct FieldDoc {
    /// The name rules use.
    pub name: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

macro_rules! table {
    ($($variant:ident = $name:literal, $meaning:literal, $inputs:expr, $compute:path;)*) => {
        /// A derived field.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(usize)]
        pub enum Derived {
            $(#[doc = concat!("`", $name, "`: ", $meaning)] $variant,)*
        }

        /// Every derived field with its meaning.
        pub const FIELDS: &[FieldDoc] = &[$(FieldDoc { name: $name, meaning: $meaning }),*];

        impl Derived {
            /// All fields.
            pub const ALL: &[Derived] = &[$(Derived::$variant),*];

            /// The name rules use.
            pub fn name(self) -> &'static str {
                match self { $(Derived::$variant => $name),* }
            }

            /// The record fields it is computed from.
            pub fn inputs(self) -> &'static [&'static str] {
                match self { $(Derived::$variant => &$inputs),* }
            }

            /// The field with this name.
            pub fn find(name: &str) -> Option<Derived> {
                // Most names are a record's own, and need not be held against all of these.
                if !name.starts_with("derived.") {
                    return None;
                }
                match name { $($name => Some(Derived::$variant),)* _ => None }
            }

            /// Whether it says whose one account is.
            pub(super) fn is_relation(self) -> bool {
                matches!(self, Derived::CallerRelation | Derived::RoleAccountRelation | Derived::EndpointRelation)
            }

            /// Whether its value depends on facts of the whole data set.
            pub fn needs_facts(self) -> bool {
                self.is_relation()
                    || matches!(self, Derived::ExternalAccounts | Derived::ExternalRelation | Derived::TrailBucket)
            }
        }

        pub(super) fn compute(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
            match field { $(Derived::$variant => $compute(deriver, record, field, values)),* }
        }
    };
}

macro_rules! inputs {
    ($($name:ident = $path:literal),* $(,)?) => {
        /// The numbers of the input fields in one layout; `None` where no active rule needs them.
        #[derive(Debug, Default)]
        pub(super) struct Inputs {
            $(pub(super) $name: Option<FieldId>,)*
            /// Those of [`passed::PLACES`].
            pub(super) passed_roles: Box<[FieldId]>,
        }

        impl Inputs {
            pub(super) fn find(layout: &Layout) -> Inputs {
                let passed_roles = passed::PLACES.iter().filter_map(|path| layout.id(path)).collect();
                Inputs { $($name: layout.id($path),)* passed_roles }
            }
        }
    };
}

inputs! {
    event_name = "eventName",
    event_source = "eventSource",
    event_type = "eventType",
    read_only = "readOnly",
    region = "awsRegion",
    recipient = "recipientAccountId",
    error_code = "errorCode",
    error_message = "errorMessage",
    source_ip = "sourceIPAddress",
    user_agent = "userAgent",
    vpc_endpoint = "vpcEndpointId",
    from_console = "sessionCredentialFromConsole",
    identity_type = "userIdentity.type",
    identity_arn = "userIdentity.arn",
    identity_account = "userIdentity.accountId",
    identity_principal = "userIdentity.principalId",
    identity_user = "userIdentity.userName",
    identity_key = "userIdentity.accessKeyId",
    identity_invoked_by = "userIdentity.invokedBy",
    identity_provider = "userIdentity.identityProvider",
    identity_scope = "userIdentity.inScopeOf.issuerType",
    federated_by = "userIdentity.sessionContext.webIdFederationData.federatedProvider",
    on_behalf_of = "userIdentity.onBehalfOf.userId",
    on_behalf_store = "userIdentity.onBehalfOf.identityStoreArn",
    issuer_arn = "userIdentity.sessionContext.sessionIssuer.arn",
    role_arn = "requestParameters.roleArn",
    role_name = "requestParameters.roleName",
    role_session_name = "requestParameters.roleSessionName",
    source_identity = "requestParameters.sourceIdentity",
    user_name = "requestParameters.userName",
    created_for = "responseElements.accessKey.userName",
    created_profile_for = "responseElements.loginProfile.userName",
    resource_type = "resources.type",
    resource_arn = "resources.ARN",
    console_login = "responseElements.ConsoleLogin",
    switch_role = "responseElements.SwitchRole",
    check_mfa = "responseElements.CheckMfa",
    idp_login = "responseElements.ExternalIdPDirectoryLogin",
    credential_verification = "serviceEventDetails.CredentialVerification",
    policy_document = "requestParameters.policyDocument",
    trust_document = "requestParameters.assumeRolePolicyDocument",
    policy_text = "requestParameters.policy",
    policy_text_upper = "requestParameters.Policy",
    bucket_policy = "requestParameters.bucketPolicy",
    policy_content = "requestParameters.inlinePolicy",
    resource_policy = "requestParameters.resourcePolicy",
    policy_text_string = "requestParameters.policyText",
    policy_arn = "requestParameters.policyArn",
    policy_name = "requestParameters.policyName",
    group_name = "requestParameters.groupName",
    created_policy_arn = "responseElements.policy.arn",
    mfa_authenticated = "userIdentity.sessionContext.attributes.mfaAuthenticated",
    mfa_serial = "requestParameters.serialNumber",
    peering_requester = "responseElements.vpcPeeringConnection.requesterVpcInfo.ownerId",
    endpoint_account = "vpcEndpointAccountId",
    bucket = "requestParameters.bucketName",
    parameters = "requestParameters",
    trail_bucket = "requestParameters.s3BucketName",
    changed_trail_bucket = "responseElements.s3BucketName",
}

/// Where a call carries a policy that says what somebody may do.
const IDENTITY_POLICY: [&str; 3] =
    ["requestParameters.policyDocument", "requestParameters.inlinePolicy", "requestParameters.policy"];

/// Where it carries one that says who may take a role.
const TRUST_POLICY: [&str; 2] =
    ["requestParameters.policyDocument", "requestParameters.assumeRolePolicyDocument"];

/// Where it says whom it lets in, by a policy or otherwise.
const OUTSIDERS: [&str; 11] = [
    "requestParameters.policyDocument",
    "requestParameters.assumeRolePolicyDocument",
    "requestParameters.policy",
    "requestParameters.Policy",
    "requestParameters.bucketPolicy",
    "requestParameters.resourcePolicy",
    "requestParameters.policyText",
    "requestParameters",
    "responseElements.vpcPeeringConnection.requesterVpcInfo.ownerId",
    "eventName",
    "recipientAccountId",
];

/// What tells of the role that a call is about, also when it was refused.
const ROLE: [&str; 9] = [
    "requestParameters.roleArn",
    "requestParameters.roleName",
    "resources.type",
    "resources.ARN",
    "errorMessage",
    "recipientAccountId",
    "userIdentity.accountId",
    "awsRegion",
    "eventName",
];

/// What tells how a call ended.
const OUTCOME: [&str; 6] = [
    "errorCode",
    "responseElements.ConsoleLogin",
    "responseElements.SwitchRole",
    "responseElements.CheckMfa",
    "responseElements.ExternalIdPDirectoryLogin",
    "serviceEventDetails.CredentialVerification",
];

/// What tells where it came from.
const SOURCE: [&str; 2] = ["sourceIPAddress", "vpcEndpointId"];

/// What tells which ports it opens.
const OPENED: [&str; 2] = ["requestParameters", "eventName"];

table! {
    Principal = "derived.principal", "the identity that outlives a session: a role for its sessions, permission set and person for Identity Center, role and instance for EC2, user, root of an account, service",
        ["userIdentity.type", "userIdentity.arn", "userIdentity.accountId", "userIdentity.principalId", "userIdentity.userName", "userIdentity.invokedBy", "userIdentity.identityProvider", "userIdentity.onBehalfOf.userId", "userIdentity.onBehalfOf.identityStoreArn", "userIdentity.sessionContext.sessionIssuer.arn", "userIdentity.sessionContext.sessionIssuer.type", "eventSource"],
        identity::principal;
    PrincipalKind = "derived.principal_kind", "user, role, sso-user, instance, service, root, account, saml, web-identity, identity-center-user",
        ["userIdentity.type", "userIdentity.arn", "userIdentity.userName", "userIdentity.invokedBy", "userIdentity.sessionContext.sessionIssuer.arn", "eventSource"],
        identity::principal;
    Credential = "derived.credential", "the access key id of the call; without one, the session or principal",
        ["userIdentity.accessKeyId", "userIdentity.arn", "userIdentity.principalId", "userIdentity.type", "userIdentity.accountId"],
        identity::credential;
    KeyKind = "derived.key_kind", "long-term (AKIA) or temporary (ASIA)",
        ["userIdentity.accessKeyId"],
        identity::key_kind;
    Account = "derived.account", "the account that the record belongs to: the recipient, else the caller's",
        ["recipientAccountId", "userIdentity.accountId", "userIdentity.arn"],
        identity::record_account;
    CallerAccount = "derived.caller_account", "the account the caller belongs to",
        ["userIdentity.accountId", "userIdentity.arn"],
        identity::caller_account;
    CallerRelation = "derived.caller_relation", "own, organization, vendor or unknown: whose the caller's account is",
        ["userIdentity.accountId", "userIdentity.arn", "recipientAccountId", "userIdentity.type"],
        identity::caller_relation;
    Vendor = "derived.vendor", "the known vendor whose account the caller belongs to",
        ["userIdentity.accountId", "userIdentity.arn"],
        identity::vendor;
    ByService = "derived.by_service", "true when an AWS service acted, for itself or on someone's behalf; the console is no such service",
        ["userIdentity.type", "userIdentity.invokedBy"],
        identity::by_service;
    CallerIsService = "derived.caller_is_service", "true when the caller itself is an AWS service or its service-linked role; false for a service that acts with somebody's credentials",
        ["userIdentity.type", "userIdentity.arn", "userIdentity.sessionContext.sessionIssuer.arn"],
        identity::caller_is_service;
    SessionName = "derived.session_name", "the name of the caller's own role session",
        ["userIdentity.arn", "userIdentity.principalId", "userIdentity.type"],
        session::session_name;
    SessionNameShape = "derived.session_name_shape", "the shape of the session name that the call asks for: digits to 9, hex runs to h, longer words with digits amid letters to r, a UUID to u, the part of an e-mail address before the @ to a; `own` when it is the caller's own name",
        ["requestParameters.roleSessionName", "userIdentity.arn", "userIdentity.principalId", "userIdentity.type", "userIdentity.userName"],
        session::shape;
    SessionNameConventional = "derived.session_name_conventional", "whether the session name that the call asks for follows a configured convention; absent when none is configured",
        ["requestParameters.roleSessionName"],
        session::conventional;
    SourceIdentity = "derived.source_identity", "the source identity that the call sets: its shape, as of session names, or absent",
        ["requestParameters.sourceIdentity", "userIdentity.arn", "userIdentity.principalId", "userIdentity.type", "userIdentity.userName"],
        session::source_identity;
    Mfa = "derived.mfa", "whether MFA stood behind the call: the session's, or a device named in the request",
        ["userIdentity.sessionContext.attributes.mfaAuthenticated", "requestParameters.serialNumber"],
        session::mfa;
    EventName = "derived.event_name", "eventName without an API version at its end",
        ["eventName"],
        call::event_name;
    Action = "derived.action", "the call as service:Name, such as iam:CreateUser",
        ["eventName", "eventSource"],
        call::action;
    ReadAction = "derived.read_action", "true when the call only reads, by its name and readOnly",
        ["eventName", "readOnly"],
        call::read_action;
    Outcome = "derived.outcome", "success, denied or failed",
        OUTCOME,
        call::outcome;
    Denied = "derived.denied", "true when the call was refused; throttling is no refusal",
        OUTCOME,
        call::denied;
    Console = "derived.console", "true when the call was made through the console; never for a long-term key",
        ["sessionCredentialFromConsole", "userAgent", "eventType", "userIdentity.accessKeyId", "userIdentity.invokedBy", "sourceIPAddress"],
        call::console;
    TargetUser = "derived.target_user", "the user that an IAM call changes, also when it was refused; its own caller when it names none",
        ["requestParameters.userName", "responseElements.accessKey.userName", "responseElements.loginProfile.userName", "errorMessage", "eventName", "errorCode", "userIdentity.type", "userIdentity.userName", "userIdentity.arn"],
        target::target_user;
    TargetIsCaller = "derived.target_is_caller", "whether the user or role that an IAM call changes is the caller's own; absent when it cannot be told",
        ["requestParameters.userName", "responseElements.accessKey.userName", "responseElements.loginProfile.userName", "errorMessage", "eventName", "errorCode", "userIdentity.type", "userIdentity.userName", "userIdentity.arn", "requestParameters.roleName", "userIdentity.sessionContext.sessionIssuer.arn", "sessionCredentialFromConsole"],
        target::target_is_caller;
    Role = "derived.role", "the ARN of the role that the call assumes or changes, also when it was refused",
        ROLE,
        target::role;
    RoleName = "derived.role_name", "the name of that role without its path, which calls that change a role do not tell; unique in its account",
        ROLE,
        target::role_name;
    RolePrivileged = "derived.role_privileged", "whether that role is privileged: configured patterns over built-in ones",
        ROLE,
        target::role_privileged;
    CallerPrivileged = "derived.caller_privileged", "whether the caller's own role is privileged",
        ["userIdentity.type", "userIdentity.arn", "userIdentity.sessionContext.sessionIssuer.arn"],
        target::caller_privileged;
    CallerRole = "derived.caller_role", "the ARN of the role whose session the caller is",
        ["userIdentity.arn", "userIdentity.sessionContext.sessionIssuer.arn"],
        identity::role_of_caller;
    PassedRole = "derived.passed_role", "the roles, or instance profiles, that the call hands to a service",
        passed::PLACES,
        passed::roles;
    PassedRolePrivileged = "derived.passed_role_privileged", "whether one of them is privileged by its name",
        passed::PLACES,
        passed::privileged;
    RoleAccountRelation = "derived.role_account_relation", "own, organization, vendor or unknown: whose the account of the assumed role is",
        ROLE,
        target::role_account_relation;
    EndpointRelation = "derived.endpoint_relation", "own, organization, vendor or unknown: whose the VPC endpoint is that the call came through",
        ["vpcEndpointId", "vpcEndpointAccountId", "recipientAccountId"],
        source::endpoint_relation;
    TrailBucket = "derived.trail_bucket", "the bucket that an S3 call acts upon, where the logs show that a trail writes to it",
        ["requestParameters.bucketName", "requestParameters.s3BucketName", "responseElements.s3BucketName"],
        trail::bucket;
    OpenedPorts = "derived.opened.ports", "what the call opens to the whole internet, such as `tcp 22`",
        OPENED,
        opening::ports;
    OpenedKind = "derived.opened.kind", "what can be reached by it: everything, remote-access, data-store, web, other-port, other-protocol",
        OPENED,
        opening::kinds;
    SourceClass = "derived.source_class", "public, private, known, vpce, aws-service, aws-internal or unparsable",
        SOURCE,
        source::class;
    SourceIp = "derived.source_ip", "the public address a call came from, in one spelling",
        SOURCE,
        source::address;
    SourceNetwork = "derived.source_network", "the network of a public address: /24, or /48 for IPv6",
        SOURCE,
        source::network;
    SourceOrigin = "derived.source_origin", "the operator (AS number) of a public address where a database tells it, else its network",
        SOURCE,
        source::origin;
    SourceCountry = "derived.source_country", "the country of a public address, from the user's database",
        SOURCE,
        source::country;
    SourceAsn = "derived.source_asn", "the AS number of a public address, such as AS64496, from the user's database",
        SOURCE,
        source::asn;
    SourceOrg = "derived.source_org", "the operator of that system, from the user's database",
        SOURCE,
        source::org;
    SourceAnonymous = "derived.source_anonymous", "vpn, tor, hosting, proxy, residential-proxy, anonymous: kinds of networks that hide who comes from them, from the user's database",
        SOURCE,
        source::anonymous;
    SourcePlace = "derived.source_place", "the city, country and coordinates of a public address, such as `Lund, SE (55.7059, 13.1913)`, from the user's database",
        SOURCE,
        source::location;
    SourceIsCi = "derived.source_is_ci", "whether a public address is in a configured CI network; absent when none is configured",
        SOURCE,
        source::is_ci;
    UserAgentFamily = "derived.user_agent_family", "tool and major system of the user agent, no versions",
        ["userAgent"],
        agent::family;
    Iac = "derived.iac", "true when infrastructure as code made the call, by its user agent or through CloudFormation; a user agent is the caller's to choose",
        ["userAgent", "userIdentity.invokedBy"],
        agent::iac;
    Workload = "derived.workload", "ec2, lambda, ecs, eks or codebuild: the kind of workload whose role session the caller is",
        ["userIdentity.type", "userIdentity.arn", "userIdentity.principalId", "userIdentity.inScopeOf.issuerType", "userIdentity.sessionContext.webIdFederationData.federatedProvider", "userAgent"],
        session::workload;
    WebIdentity = "derived.web_identity", "provider and subject of the token that a web identity showed, without what varies from run to run: the repository of a GitHub job, not its branch; absent for providers of the public, such as Cognito",
        ["userIdentity.type", "userIdentity.identityProvider", "userIdentity.userName"],
        federation::web_identity;
    PolicySubject = "derived.policy_subject", "what the policy document of the call belongs to: a managed policy's ARN, or entity and inline policy name",
        ["eventName", "requestParameters.policyArn", "requestParameters.policyName", "requestParameters.userName", "requestParameters.roleName", "requestParameters.groupName", "responseElements.policy.arn"],
        document::subject;
    GrantsAdmin = "derived.policy.grants_admin", "the policy document of the call makes an administrator",
        IDENTITY_POLICY,
        document::question;
    GrantsAllActions = "derived.policy.grants_all_actions", "it allows every action",
        IDENTITY_POLICY,
        document::question;
    GrantsPowerUser = "derived.policy.grants_power_user", "it allows nearly every action outside IAM",
        IDENTITY_POLICY,
        document::question;
    GrantsIamWrite = "derived.policy.grants_iam_write", "it allows writing IAM on a wildcard resource",
        IDENTITY_POLICY,
        document::question;
    PassRoleAny = "derived.policy.pass_role_any", "it allows iam:PassRole on any role to any service",
        IDENTITY_POLICY,
        document::question;
    EscalationCombos = "derived.policy.escalation_combos", "the known privilege escalations it allows",
        IDENTITY_POLICY,
        document::question;
    DeniesOnly = "derived.policy.denies_only", "whether it does nothing but deny; absent where nothing of it can be read",
        IDENTITY_POLICY,
        document::question;
    PolicyFaults = "derived.policy.faults", "what of it does not parse",
        ["requestParameters.policyDocument", "requestParameters.assumeRolePolicyDocument", "requestParameters.inlinePolicy", "requestParameters.policy", "requestParameters.Policy", "requestParameters.bucketPolicy", "requestParameters.resourcePolicy", "requestParameters.policyText", "requestParameters", "eventName"],
        document::question;
    Public = "derived.policy.public", "everyone may use what the trust or resource policy, or what the call says instead of one, protects: public, or conditional; absent otherwise",
        ["requestParameters.policyDocument", "requestParameters.assumeRolePolicyDocument", "requestParameters.policy", "requestParameters.Policy", "requestParameters.bucketPolicy", "requestParameters.resourcePolicy", "requestParameters.policyText", "requestParameters", "eventName"],
        document::question;
    WebIdentityOpen = "derived.policy.web_identity_open", "a trust policy trusts a web identity provider without saying whose tokens",
        TRUST_POLICY,
        document::question;
    HasExternalId = "derived.policy.external_id", "a trust policy asks for an external id",
        TRUST_POLICY,
        document::question;
    ExternalAccounts = "derived.policy.external_accounts", "accounts that the trust or resource policy, or what the call says instead of one, lets in and that are not one's own",
        OUTSIDERS,
        document::external_accounts;
    ExternalRelation = "derived.policy.external_relation", "whose those accounts are: organization, vendor, unknown",
        OUTSIDERS,
        document::external_accounts;
}
