//! The roles, and instance profiles, that a call hands to a service.

use std::borrow::Cow;

use super::call::truth;
use super::field::Derived;
use super::{Deriver, Values};
use crate::event::{Raw, Record};

/// Where calls name them.
pub(super) const PLACES: [&str; 54] = [
    "requestParameters.roleArn",
    "requestParameters.role",
    "requestParameters.roleARN",
    "requestParameters.taskRoleArn",
    "requestParameters.executionRoleArn",
    "requestParameters.serviceRole",
    "requestParameters.jobFlowRole",
    "requestParameters.iamInstanceProfile.arn",
    "requestParameters.iamInstanceProfile.name",
    "requestParameters.AssociateIamInstanceProfileRequest.IamInstanceProfile.Arn",
    "requestParameters.AssociateIamInstanceProfileRequest.IamInstanceProfile.Name",
    "requestParameters.ReplaceIamInstanceProfileAssociationRequest.IamInstanceProfile.Arn",
    "requestParameters.ReplaceIamInstanceProfileAssociationRequest.IamInstanceProfile.Name",
    "requestParameters.instanceConfiguration.instanceRoleArn",
    "requestParameters.agentResourceRoleArn",
    "requestParameters.containerProperties.jobRoleArn",
    "requestParameters.pipeline.roleArn",
    "requestParameters.launchSpecification.iamInstanceProfile.arn",
    "requestParameters.launchSpecification.iamInstanceProfile.name",
    "requestParameters.CreateLaunchTemplateRequest.LaunchTemplateData.IamInstanceProfile.Arn",
    "requestParameters.CreateLaunchTemplateRequest.LaunchTemplateData.IamInstanceProfile.Name",
    "requestParameters.CreateLaunchTemplateVersionRequest.LaunchTemplateData.IamInstanceProfile.Arn",
    "requestParameters.CreateLaunchTemplateVersionRequest.LaunchTemplateData.IamInstanceProfile.Name",
    "requestParameters.jobUpdate.role",
    "requestParameters.overrides.taskRoleArn",
    "requestParameters.overrides.executionRoleArn",
    "requestParameters.serviceRoleOverride",
    "requestParameters.iamInstanceProfile",
    "requestParameters.spotFleetRequestConfig.launchSpecifications.iamInstanceProfile.arn",
    "requestParameters.spotFleetRequestConfig.launchSpecifications.iamInstanceProfile.name",
    "requestParameters.target.roleArn",
    "requestParameters.targets.roleArn",
    "requestParameters.instanceGroups.executionRole",
    "requestParameters.trainingJobDefinition.roleArn",
    "requestParameters.parameters.AutomationAssumeRole",
    "requestParameters.administrationRoleARN",
    "requestParameters.defaultUserSettings.executionRole",
    "requestParameters.userSettings.executionRole",
    "requestParameters.serviceRoleArn",
    "requestParameters.serviceExecutionRole",
    "requestParameters.serviceExecutionRoleUpdate",
    "requestParameters.iamRoleArn",
    "requestParameters.instanceRoleArn",
    "requestParameters.instanceProfileName",
    "requestParameters.executionRole",
    "requestParameters.RoleArn",
    "requestParameters.ExecutionRoleArn",
    "requestParameters.topicRulePayload.actions.republish.roleArn",
    "requestParameters.topicRulePayload.actions.s3.roleArn",
    "requestParameters.topicRulePayload.actions.sns.roleArn",
    "requestParameters.topicRulePayload.actions.sqs.roleArn",
    "requestParameters.topicRulePayload.actions.dynamoDBv2.roleArn",
    "requestParameters.topicRulePayload.actions.stepFunctions.roleArn",
    "requestParameters.remediationConfigurations.parameters.AutomationAssumeRole.staticValue.values",
];

fn handed<'r>(deriver: &'r Deriver, record: &'r Record<'r>) -> impl Iterator<Item = Cow<'r, str>> {
    deriver
        .inputs
        .passed_roles
        .iter()
        .flat_map(|field| record.all(*field))
        .flat_map(Raw::elements)
        .filter_map(Raw::scalar)
        .filter(|role| !role.is_empty())
}

pub(super) fn roles(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let mut roles: Vec<Cow<'_, str>> = handed(deriver, record).collect();
    roles.sort();
    roles.dedup();
    values.set(field as usize, roles);
}

pub(super) fn privileged(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let mut roles = handed(deriver, record).peekable();
    let any = roles.peek().is_some();
    let privileged = roles.any(|role| deriver.known.roles.is_privileged(&role));
    values.set(field as usize, any.then(|| truth(privileged)));
}
