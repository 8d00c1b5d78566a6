//! Combinations of permissions known to let a caller raise its own privileges.

use super::grant::Grant;
use super::iam_actions::{ROLE, writes};
use super::limits::Request;
use super::reach::{Kind, Survey};
use super::statement::Policy;

/// One way up.
struct Way {
    name: &'static str,
    needs: &'static [&'static str],
    /// The service a role is passed to on this way.
    passes_to: Option<&'static str>,
}

const fn alone(name: &'static str, needs: &'static [&'static str]) -> Way {
    Way { name, needs, passes_to: None }
}

const fn pass(service: &'static str, name: &'static str, needs: &'static [&'static str]) -> Way {
    Way { name, needs, passes_to: Some(service) }
}

/// The ways published by those who study them: Rhino Security Labs, Bishop Fox (iam-vulnerable), Salesforce
/// (Cloudsplaining), NCC Group (PMapper), Datadog (pathfinding.cloud). Only the facts, which permissions together do it,
/// are taken.
///
/// First the ways within IAM, then those that pass a role to something one controls, then those that take over something
/// that has a role already.
#[rustfmt::skip]
const WAYS: &[Way] = &[
    alone("AddUserToGroup", &["iam:AddUserToGroup"]),
    alone("AttachGroupPolicy", &["iam:AttachGroupPolicy"]),
    alone("AttachRolePolicy", &["iam:AttachRolePolicy"]),
    alone("AttachUserPolicy", &["iam:AttachUserPolicy"]),
    alone("CreateAccessKey", &["iam:CreateAccessKey"]),
    alone("CreateLoginProfile", &["iam:CreateLoginProfile"]),
    alone("CreatePolicyVersion", &["iam:CreatePolicyVersion"]),
    alone("PutGroupPolicy", &["iam:PutGroupPolicy"]),
    alone("PutRolePolicy", &["iam:PutRolePolicy"]),
    alone("PutUserPolicy", &["iam:PutUserPolicy"]),
    alone("SetDefaultPolicyVersion", &["iam:SetDefaultPolicyVersion"]),
    alone("UpdateLoginProfile", &["iam:UpdateLoginProfile"]),
    alone("UpdateAssumeRolePolicy+sts:AssumeRole", &["iam:UpdateAssumeRolePolicy", "sts:AssumeRole"]),

    pass("tasks.apprunner.amazonaws.com", "PassRole+apprunner:CreateService", &["apprunner:CreateService"]),
    pass("bedrock-agentcore.amazonaws.com", "PassRole+bedrock-agentcore:CreateCodeInterpreter+bedrock-agentcore:StartCodeInterpreterSession+bedrock-agentcore:InvokeCodeInterpreter",
        &["bedrock-agentcore:CreateCodeInterpreter", "bedrock-agentcore:StartCodeInterpreterSession", "bedrock-agentcore:InvokeCodeInterpreter"]),
    pass("cloudformation.amazonaws.com", "PassRole+cloudformation:CreateStack", &["cloudformation:CreateStack"]),
    pass("codebuild.amazonaws.com", "PassRole+codebuild:CreateProject+codebuild:StartBuild", &["codebuild:CreateProject", "codebuild:StartBuild"]),
    pass("codestar.amazonaws.com", "PassRole+codestar:CreateProject", &["codestar:CreateProject"]),
    pass("datapipeline.amazonaws.com", "PassRole+datapipeline:CreatePipeline+datapipeline:PutPipelineDefinition+datapipeline:ActivatePipeline",
        &["datapipeline:CreatePipeline", "datapipeline:PutPipelineDefinition", "datapipeline:ActivatePipeline"]),
    pass("ec2.amazonaws.com", "PassRole+ec2:AssociateIamInstanceProfile", &["ec2:AssociateIamInstanceProfile"]),
    pass("ec2.amazonaws.com", "PassRole+ec2:RequestSpotInstances", &["ec2:RequestSpotInstances"]),
    pass("ec2.amazonaws.com", "PassRole+ec2:RunInstances", &["ec2:RunInstances"]),
    pass("ecs-tasks.amazonaws.com", "PassRole+ecs:RegisterTaskDefinition+ecs:CreateService", &["ecs:RegisterTaskDefinition", "ecs:CreateService"]),
    pass("ecs-tasks.amazonaws.com", "PassRole+ecs:RegisterTaskDefinition+ecs:RunTask", &["ecs:RegisterTaskDefinition", "ecs:RunTask"]),
    pass("ecs-tasks.amazonaws.com", "PassRole+ecs:RegisterTaskDefinition+ecs:StartTask", &["ecs:RegisterTaskDefinition", "ecs:StartTask"]),
    pass("glue.amazonaws.com", "PassRole+glue:CreateDevEndpoint", &["glue:CreateDevEndpoint"]),
    pass("glue.amazonaws.com", "PassRole+glue:CreateJob+glue:CreateTrigger", &["glue:CreateJob", "glue:CreateTrigger"]),
    pass("glue.amazonaws.com", "PassRole+glue:CreateJob+glue:StartJobRun", &["glue:CreateJob", "glue:StartJobRun"]),
    pass("glue.amazonaws.com", "PassRole+glue:UpdateJob+glue:StartJobRun", &["glue:UpdateJob", "glue:StartJobRun"]),
    pass("lambda.amazonaws.com", "PassRole+lambda:CreateFunction+lambda:AddPermission", &["lambda:CreateFunction", "lambda:AddPermission"]),
    pass("lambda.amazonaws.com", "PassRole+lambda:CreateFunction+lambda:CreateEventSourceMapping", &["lambda:CreateFunction", "lambda:CreateEventSourceMapping"]),
    pass("lambda.amazonaws.com", "PassRole+lambda:CreateFunction+lambda:InvokeFunction", &["lambda:CreateFunction", "lambda:InvokeFunction"]),
    pass("sagemaker.amazonaws.com", "PassRole+sagemaker:CreateNotebookInstance+sagemaker:CreatePresignedNotebookInstanceUrl",
        &["sagemaker:CreateNotebookInstance", "sagemaker:CreatePresignedNotebookInstanceUrl"]),
    pass("sagemaker.amazonaws.com", "PassRole+sagemaker:CreateProcessingJob", &["sagemaker:CreateProcessingJob"]),
    pass("sagemaker.amazonaws.com", "PassRole+sagemaker:CreateTrainingJob", &["sagemaker:CreateTrainingJob"]),

    alone("apprunner:UpdateService", &["apprunner:UpdateService"]),
    alone("bedrock-agentcore:StartCodeInterpreterSession+bedrock-agentcore:InvokeCodeInterpreter",
        &["bedrock-agentcore:StartCodeInterpreterSession", "bedrock-agentcore:InvokeCodeInterpreter"]),
    alone("cloudformation:UpdateStack", &["cloudformation:UpdateStack"]),
    alone("codebuild:StartBuild", &["codebuild:StartBuild"]),
    alone("ec2-instance-connect:SendSSHPublicKey", &["ec2-instance-connect:SendSSHPublicKey"]),
    alone("ec2:ModifyInstanceAttribute+ec2:StopInstances+ec2:StartInstances",
        &["ec2:ModifyInstanceAttribute", "ec2:StopInstances", "ec2:StartInstances"]),
    alone("ecs:ExecuteCommand", &["ecs:ExecuteCommand"]),
    alone("glue:UpdateDevEndpoint", &["glue:UpdateDevEndpoint"]),
    alone("lambda:UpdateFunctionCode", &["lambda:UpdateFunctionCode"]),
    alone("lambda:UpdateFunctionConfiguration", &["lambda:UpdateFunctionConfiguration"]),
    alone("sagemaker:CreatePresignedNotebookInstanceUrl", &["sagemaker:CreatePresignedNotebookInstanceUrl"]),
    alone("ssm:SendCommand", &["ssm:SendCommand"]),
    alone("ssm:StartSession", &["ssm:StartSession"]),
];

/// The kinds of resource that actions are granted on, by how these begin; the first that fits counts.
#[rustfmt::skip]
const KINDS: &[(&str, &[Kind])] = &[
    ("apprunner:", &[Kind::new("apprunner", "service/")]),
    ("bedrock-agentcore:", &[Kind::new("bedrock-agentcore", "code-interpreter-custom/"), Kind::new("bedrock-agentcore", "code-interpreter/")]),
    ("cloudformation:", &[Kind::new("cloudformation", "stack/")]),
    ("codebuild:", &[Kind::new("codebuild", "project/")]),
    ("codestar:", &[Kind::new("codestar", "project/"), Kind::new("codestar", "")]),
    ("datapipeline:", &[Kind::new("datapipeline", "pipeline/")]),
    ("ec2-instance-connect:", &[Kind::new("ec2", "instance/")]),
    ("ec2:", &[Kind::new("ec2", "instance/")]),
    ("ecs:CreateService", &[Kind::new("ecs", "service/")]),
    ("ecs:ExecuteCommand", &[Kind::new("ecs", "task/"), Kind::new("ecs", "cluster/")]),
    ("ecs:", &[Kind::new("ecs", "task-definition/")]),
    ("glue:CreateTrigger", &[Kind::new("glue", "trigger/")]),
    ("glue:CreateDevEndpoint", &[Kind::new("glue", "devEndpoint/")]),
    ("glue:UpdateDevEndpoint", &[Kind::new("glue", "devEndpoint/")]),
    ("glue:", &[Kind::new("glue", "job/")]),
    ("lambda:CreateEventSourceMapping", &[Kind::new("lambda", "event-source-mapping:"), Kind::new("lambda", "function:")]),
    ("lambda:", &[Kind::new("lambda", "function:")]),
    ("sagemaker:CreateProcessingJob", &[Kind::new("sagemaker", "processing-job/")]),
    ("sagemaker:CreateTrainingJob", &[Kind::new("sagemaker", "training-job/")]),
    ("sagemaker:", &[Kind::new("sagemaker", "notebook-instance/")]),
    ("ssm:", &[Kind::new("ec2", "instance/"), Kind::new("ssm", "managed-instance/")]),
    ("sts:", &[ROLE]),
];

/// The kinds of resource an action is granted on; on any one of them is enough.
fn kinds(action: &str) -> &'static [Kind] {
    KINDS.iter().find(|(start, _)| action.starts_with(start)).map_or(&[], |(_, kinds)| kinds)
}

impl Policy {
    /// The known ways to escalate privileges that the policy opens on its own, in the order of the list.
    ///
    /// Each permission must be allowed on any resource of its kind, by name or by wildcard, with or without a condition
    /// on the caller: what is allowed on named resources only depends on those resources, which a policy does not tell.
    /// `iam:PassRole` counts for the services that `iam:PassedToService` names. The names leave `iam:` out.
    pub fn escalation_combos(&self) -> Vec<&'static str> {
        let mut survey = Survey::of(self);
        WAYS.iter().filter(|way| is_open(&mut survey, way)).map(|way| way.name).collect()
    }
}

fn is_open(survey: &mut Survey<'_>, way: &Way) -> bool {
    let mut granted = |action: &'static str, kind: Kind| {
        survey.grant(Request { action, passed_to: way.passes_to }, kind) != Grant::No
    };
    if way.passes_to.is_some() && !granted("iam:PassRole", ROLE) {
        return false;
    }
    way.needs.iter().all(|&action| match writes().find(|(known, _)| *known == action) {
        Some((_, kind)) => granted(action, kind),
        None => kinds(action).iter().any(|&kind| granted(action, kind)),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn combos(statements: Value) -> Vec<&'static str> {
        Policy::from_value(&json!({"Statement": statements})).unwrap().escalation_combos()
    }

    fn allow(actions: &[&str], resource: &str) -> Value {
        json!({"Effect": "Allow", "Action": actions, "Resource": resource})
    }

    #[test]
    fn every_way_is_open_to_its_own_permissions_and_to_everyone_with_all() {
        let all = combos(allow(&["*"], "*"));
        for (way, name) in WAYS.iter().zip(&all) {
            assert_eq!(way.name, *name);
            let mut needs = way.needs.to_vec();
            needs.extend(way.passes_to.map(|_| "iam:PassRole"));
            assert!(combos(allow(&needs, "*")).contains(name), "{name}");
            let short = way.name.replace("PassRole+", "");
            let spelled: Vec<_> = way.needs.iter().map(|need| need.replace("iam:", "")).collect();
            assert_eq!(short, spelled.join("+"));
            needs.pop();
            assert!(!combos(allow(&needs, "*")).contains(name), "{name}");
        }
        assert_eq!(all.len(), WAYS.len());
    }

    #[test]
    fn wildcards_and_several_statements_add_up() {
        let found = combos(json!([
            allow(&["lambda:*Function"], "arn:aws:lambda:eu-west-1:111122223333:function:*"),
            allow(&["iam:Pass*"], "arn:aws:iam::111122223333:role/*"),
        ]));
        assert_eq!(found, ["PassRole+lambda:CreateFunction+lambda:InvokeFunction"]);
    }

    #[test]
    fn named_resources_and_ones_own_user_open_nothing() {
        assert!(
            combos(allow(&["iam:*AccessKey*", "iam:*LoginProfile"], "arn:aws:iam::*:user/${aws:username}"))
                .is_empty()
        );
        assert!(combos(allow(&["lambda:*"], "arn:aws:lambda:eu-west-1:111122223333:function:f")).is_empty());
        assert!(combos(allow(&["iam:Get*", "s3:*", "sts:AssumeRole"], "*")).is_empty());
    }

    #[test]
    fn a_deny_closes_a_way() {
        let deny = json!({"Effect": "Deny", "Action": "iam:*", "Resource": "*"});
        let found = combos(json!([allow(&["*"], "*"), deny]));
        assert!(
            found.contains(&"lambda:UpdateFunctionCode")
                && !found.iter().any(|name| name.contains("PassRole"))
        );
    }

    #[test]
    fn a_role_passed_to_one_service_opens_the_ways_of_that_service() {
        let pass = json!({
            "Effect": "Allow", "Action": "iam:PassRole", "Resource": "*",
            "Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
        });
        let found = combos(json!([pass, allow(&["ec2:RunInstances", "glue:CreateDevEndpoint"], "*")]));
        assert_eq!(found, ["PassRole+ec2:RunInstances"]);
    }
}
