//! What a record says about a call that failed.

use std::fmt::Write;

use crate::identity::Caller;

/// Why a call failed.
pub(crate) struct Failure {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    /// A refusal hides the parameters, except those of EC2.
    pub(crate) hides_params: bool,
}

impl Failure {
    /// The service knows the caller and says no.
    pub(crate) fn denied(source: &str, action: &str, caller: &Caller, resource: &str) -> Failure {
        let why = format!("because no identity-based policy allows the {source}:{action} action");
        Failure::refused(source, action, caller, resource, &why)
    }

    /// [`Failure::denied`] for another reason.
    pub(crate) fn refused(source: &str, action: &str, caller: &Caller, resource: &str, why: &str) -> Failure {
        let code = match source {
            "ec2" => "Client.UnauthorizedOperation",
            "kms" | "ssm" | "dynamodb" | "lambda" | "ecs" | "ecr" | "eks" | "logs" | "events"
            | "securityhub" | "athena" | "glue" | "backup" => "AccessDeniedException",
            _ => "AccessDenied",
        };
        let mut message = String::new();
        if source == "ec2" {
            message.push_str("You are not authorized to perform this operation. ");
        }
        let _ = write!(
            message,
            "User: {} is not authorized to perform: {source}:{action} on resource: {resource} {why}",
            caller.arn
        );
        // STS says less.
        if source == "sts" {
            message.truncate(message.len() - why.len() - 1);
        }
        Failure { code, message, hides_params: source != "ec2" }
    }

    /// The call was allowed, but something else was wrong.
    pub(crate) fn other(code: &'static str, message: impl Into<String>) -> Failure {
        Failure { code, message: message.into(), hides_params: false }
    }
}
