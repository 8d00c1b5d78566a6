//! User agents without their versions.

use super::call::truth;
use super::field::Derived;
use super::session::shape_of;
use super::{Deriver, Values};
use crate::event::Record;

/// Names of systems as they occur in user agents, the telling ones first: Android agents also say Linux.
const SYSTEMS: [(&str, &str); 12] = [
    ("android", "android"),
    ("iphone", "ios"),
    ("ipad", "ios"),
    ("windows", "windows"),
    ("win32", "windows"),
    ("mac os", "macos"),
    ("macos", "macos"),
    ("darwin", "macos"),
    ("kali", "kali"),
    ("parrot", "parrot"),
    ("pentoo", "pentoo"),
    ("linux", "linux"),
];

/// Browsers all begin with `Mozilla/`; later words tell them apart.
const BROWSERS: [(&str, &str); 5] = [
    ("edg/", "edge"),
    ("opr/", "opera"),
    ("firefox/", "firefox"),
    ("chrome/", "chrome"),
    ("safari/", "safari"),
];

/// Tool and system: `aws-cli/2.13.5 Python/3.11.4 Linux/4.14` is `aws-cli linux`.
fn family_of(agent: &str) -> String {
    let lower = agent.trim().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    let tool = if lower.starts_with("mozilla/") {
        BROWSERS.iter().find(|(mark, _)| lower.contains(mark)).map_or("browser", |(_, name)| name)
    } else {
        let word = lower.split([' ', '/', ',', ';', '(']).next().unwrap_or_default();
        if word.is_empty() { lower.as_str() } else { word }
    };
    // Some tools carry an id in their own name; a generation, as in `aws-sdk-go-v2`, is none.
    let (name, generation) = match tool.rsplit_once("-v") {
        Some((name, number)) if number.len() == 1 && number.bytes().all(|byte| byte.is_ascii_digit()) => {
            tool.split_at(name.len())
        }
        _ => (tool, ""),
    };
    let tool =
        if name.contains(['-', '_']) { shape_of(name) + generation } else { format!("{name}{generation}") };
    match SYSTEMS.iter().find(|(mark, _)| lower.contains(mark)) {
        Some((_, system)) => format!("{tool} {system}"),
        None => tool,
    }
}

pub(super) fn family(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let agent = deriver.text(record, deriver.inputs.user_agent).map(|text| values.once.agent(&text));
    values.set(field as usize, agent.as_ref().map(|agent| &agent.family));
}

/// Words by which infrastructure-as-code tools name themselves.
const IAC: [&str; 11] = [
    "terraform",
    "opentofu",
    "pulumi",
    // As the service names itself. The command line and SDKs name it, too, for whoever calls it.
    "cloudformation.amazonaws.com",
    "aws-cdk",
    "aws-sam-cli",
    "crossplane",
    "ansible",
    "packer/",
    "eksctl/",
    "aws-controllers-k8s/",
];

/// What a user agent tells.
#[derive(Debug)]
pub(super) struct Agent {
    /// See [`family_of`].
    family: String,
    /// Whether infrastructure as code names itself there.
    pub(super) iac: bool,
    /// Whether it is one of the console's.
    pub(super) console: bool,
    /// The kind of workload that its SDK runs in.
    pub(super) workload: Option<&'static str>,
}

impl Agent {
    pub(super) fn of(text: &str) -> Agent {
        let lower = text.to_ascii_lowercase();
        let environments = [("exec-env/AWS_ECS", "ecs"), ("exec-env/AWS_Lambda", "lambda")];
        Agent {
            family: family_of(text),
            iac: IAC.iter().any(|word| lower.contains(word)),
            console: is_console(&lower),
            workload: environments.iter().find(|(mark, _)| text.contains(mark)).map(|(_, kind)| *kind),
        }
    }
}

fn is_console(lower: &str) -> bool {
    let starts = [
        "mozilla/",
        "aws internal",
        "s3console/",
        "[s3console/",
        "srps/mozilla",
        "jersey/${project.version}",
    ];
    let contains = [
        "console.amazonaws.com",
        "console.aws.amazon.com",
        "aws-internal/",
        "s3console/",
        "consolefrontend",
        "aws console",
    ];
    let service = lower.ends_with(".amazonaws.com") && !lower.contains(' ');
    service || starts.iter().any(|s| lower.starts_with(s)) || contains.iter().any(|s| lower.contains(s))
}

pub(super) fn iac(deriver: &Deriver, record: &Record<'_>, field: Derived, values: &mut Values) {
    let inputs = &deriver.inputs;
    let mut names = [inputs.user_agent, inputs.identity_invoked_by].into_iter();
    let named = names.any(|name| deriver.text(record, name).is_some_and(|text| values.once.agent(&text).iac));
    values.set(field as usize, Some(truth(named)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn infrastructure_code() {
        for agent in [
            "APN/1.0 HashiCorp/1.0 Packer/1.11.2 (+https://www.packer.io/)",
            "aws-controllers-k8s/iam.services.k8s.aws-v1.3.13 aws-sdk-go-v2/1.32.7",
            "eksctl/0.190.0 aws-sdk-go-v2/1.30.3",
        ] {
            assert!(Agent::of(agent).iac, "{agent}");
        }
        // Whoever calls CloudFormation is no infrastructure code yet; what it calls itself is.
        assert!(Agent::of("cloudformation.amazonaws.com").iac);
        for agent in [
            "aws-cli/2.15.30 md/command#s3.ls",
            "aws-cli/2.15.30 md/prompt#off md/command#cloudformation.create-stack",
            "aws-cli/2.9.1 Python/3.11 Linux/6.1 prompt/off command/cloudformation.create-stack",
            "aws-sdk-go-v2/1.32.7 os/linux lang/go#1.23.3 api/cloudformation#1.56.0",
        ] {
            assert!(!Agent::of(agent).iac, "{agent}");
        }
    }

    #[test]
    fn families() {
        for (agent, family) in [
            (
                "aws-cli/2.13.5 Python/3.11.4 Linux/4.14.255 exe/x86_64.amzn.2 prompt/off command/ec2.stop",
                "aws-cli linux",
            ),
            (
                "Boto3/1.17.37 Python/3.7.10 Linux/4.14.198-152.320.amzn2.x86_64 Botocore/1.20.37",
                "boto3 linux",
            ),
            ("Boto3/1.26.1 Python/3.10 Windows/10 Botocore/1.29", "boto3 windows"),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/99.0 Safari/537.36",
                "chrome macos",
            ),
            ("[S3Console/0.4, aws-internal/3 aws-sdk-java/1.11 Linux/5.4]", "s3console linux"),
            ("stratus-red-team_6bf00313-712c-4fd2-9bdd-88f48a4b1282", "stratus-red-team_u"),
            ("aws-sdk-go-v2/1.24.1 os/linux lang/go#1.21.6", "aws-sdk-go-v2 linux"),
            ("tool-v12/1", "tool-v9"),
            ("AWS Internal", "aws"),
            ("", ""),
        ] {
            assert_eq!(family_of(agent), family, "{agent}");
        }
    }
}
