//! The actions of IAM that change something, with the kind of resource each acts on.
//!
//! From the Service Authorization Reference, access levels Write and Permissions management. Left out are those that
//! give nobody power: service-linked roles, the caller's own password, and virtual MFA devices not yet assigned.

use super::reach::Kind;

pub(super) const USER: Kind = Kind::new("iam", "user/");
pub(super) const GROUP: Kind = Kind::new("iam", "group/");
pub(super) const ROLE: Kind = Kind::new("iam", "role/");
pub(super) const POLICY: Kind = Kind::new("iam", "policy/");
const PROFILE: Kind = Kind::new("iam", "instance-profile/");
const OIDC: Kind = Kind::new("iam", "oidc-provider/");
const SAML: Kind = Kind::new("iam", "saml-provider/");
const CERTIFICATE: Kind = Kind::new("iam", "server-certificate/");
const MFA: Kind = Kind::new("iam", "mfa/");
/// The account itself.
const ACCOUNT: Kind = Kind::new("iam", "");

/// Actions with which whoever may call them on any identity takes over the account: each grants permissions, or the
/// use of an identity that has them.
pub(super) const TAKEOVER: &[(&str, Kind)] = &[
    ("iam:AddUserToGroup", GROUP),
    ("iam:AttachGroupPolicy", GROUP),
    ("iam:AttachRolePolicy", ROLE),
    ("iam:AttachUserPolicy", USER),
    ("iam:CreateAccessKey", USER),
    ("iam:CreateLoginProfile", USER),
    ("iam:CreatePolicyVersion", POLICY),
    ("iam:PutGroupPolicy", GROUP),
    ("iam:PutRolePolicy", ROLE),
    ("iam:PutUserPolicy", USER),
    ("iam:SetDefaultPolicyVersion", POLICY),
    ("iam:UpdateAssumeRolePolicy", ROLE),
    ("iam:UpdateLoginProfile", USER),
];

/// The writing actions that are not in [`TAKEOVER`].
const OTHER_WRITES: &[(&str, Kind)] = &[
    ("iam:AddClientIDToOpenIDConnectProvider", OIDC),
    ("iam:AddRoleToInstanceProfile", PROFILE),
    ("iam:CreateAccountAlias", ACCOUNT),
    ("iam:CreateGroup", GROUP),
    ("iam:CreateInstanceProfile", PROFILE),
    ("iam:CreateOpenIDConnectProvider", OIDC),
    ("iam:CreatePolicy", POLICY),
    ("iam:CreateRole", ROLE),
    ("iam:CreateSAMLProvider", SAML),
    ("iam:CreateServiceSpecificCredential", USER),
    ("iam:CreateUser", USER),
    ("iam:DeactivateMFADevice", USER),
    ("iam:DeleteAccessKey", USER),
    ("iam:DeleteAccountAlias", ACCOUNT),
    ("iam:DeleteAccountPasswordPolicy", ACCOUNT),
    ("iam:DeleteCloudFrontPublicKey", ACCOUNT),
    ("iam:DeleteGroup", GROUP),
    ("iam:DeleteGroupPolicy", GROUP),
    ("iam:DeleteInstanceProfile", PROFILE),
    ("iam:DeleteLoginProfile", USER),
    ("iam:DeleteOpenIDConnectProvider", OIDC),
    ("iam:DeletePolicy", POLICY),
    ("iam:DeletePolicyVersion", POLICY),
    ("iam:DeleteRole", ROLE),
    ("iam:DeleteRolePermissionsBoundary", ROLE),
    ("iam:DeleteRolePolicy", ROLE),
    ("iam:DeleteSAMLProvider", SAML),
    ("iam:DeleteSSHPublicKey", USER),
    ("iam:DeleteServerCertificate", CERTIFICATE),
    ("iam:DeleteServiceSpecificCredential", USER),
    ("iam:DeleteSigningCertificate", USER),
    ("iam:DeleteUser", USER),
    ("iam:DeleteUserPermissionsBoundary", USER),
    ("iam:DeleteUserPolicy", USER),
    ("iam:DeleteVirtualMFADevice", MFA),
    ("iam:DetachGroupPolicy", GROUP),
    ("iam:DetachRolePolicy", ROLE),
    ("iam:DetachUserPolicy", USER),
    ("iam:DisableOrganizationsRootCredentialsManagement", ACCOUNT),
    ("iam:DisableOrganizationsRootSessions", ACCOUNT),
    ("iam:EnableMFADevice", USER),
    ("iam:EnableOrganizationsRootCredentialsManagement", ACCOUNT),
    ("iam:EnableOrganizationsRootSessions", ACCOUNT),
    ("iam:PutRolePermissionsBoundary", ROLE),
    ("iam:PutUserPermissionsBoundary", USER),
    ("iam:RemoveClientIDFromOpenIDConnectProvider", OIDC),
    ("iam:RemoveRoleFromInstanceProfile", PROFILE),
    ("iam:RemoveUserFromGroup", GROUP),
    ("iam:ResetServiceSpecificCredential", USER),
    ("iam:SetSecurityTokenServicePreferences", ACCOUNT),
    ("iam:UpdateAccessKey", USER),
    ("iam:UpdateAccountPasswordPolicy", ACCOUNT),
    ("iam:UpdateCloudFrontPublicKey", ACCOUNT),
    ("iam:UpdateGroup", GROUP),
    ("iam:UpdateOpenIDConnectProviderThumbprint", OIDC),
    ("iam:UpdateRole", ROLE),
    ("iam:UpdateRoleDescription", ROLE),
    ("iam:UpdateSAMLProvider", SAML),
    ("iam:UpdateSSHPublicKey", USER),
    ("iam:UpdateServerCertificate", CERTIFICATE),
    ("iam:UpdateServiceSpecificCredential", USER),
    ("iam:UpdateSigningCertificate", USER),
    ("iam:UpdateUser", USER),
    ("iam:UploadCloudFrontPublicKey", ACCOUNT),
    ("iam:UploadSSHPublicKey", USER),
    ("iam:UploadServerCertificate", CERTIFICATE),
    ("iam:UploadSigningCertificate", USER),
];

/// Every writing action of IAM that is known, with its kind of resource.
pub(super) fn writes() -> impl Iterator<Item = (&'static str, Kind)> {
    TAKEOVER.iter().chain(OTHER_WRITES).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_are_told_from_reads() {
        let is_write = |action: &str| writes().any(|(known, _)| known == action);
        assert!(is_write("iam:CreateUser") && is_write("iam:PutRolePolicy"));
        for read in ["iam:GetUser", "iam:ListRoles", "iam:PassRole", "iam:ChangePassword"] {
            assert!(!is_write(read), "{read}");
        }
    }

    #[test]
    fn each_action_is_listed_once() {
        let mut names: Vec<_> = writes().map(|(name, _)| name).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(names.iter().all(|name| name.starts_with("iam:")));
    }
}
