//! Slips are found where they are, and nothing else is taken for one.

use super::RuleFile;
use super::slips::{Words, slips};

fn said(text: &str) -> Vec<String> {
    let words = Words { message: &["observed", "principal"], tactics: &["impact", "defense-impairment"] };
    let lints = slips(&[RuleFile::new("of/x.yml", text)], words);
    lints.into_iter().map(|lint| format!("{}:{} {}", lint.place.line, lint.rule, lint.message)).collect()
}

#[test]
fn slips_are_told_with_their_place() {
    let rule = "title: t\nfalsepositive: [x]\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n  s:\n    \
                eventname: GetUser\n    eventSource: secretsmanager\n    requestParamters.x|contains: y\n    \
                userIdentity.sessionContext.sessionIssuer.username: z\n  condition: s\n\
                message: '{observde} of {principal} {userAgnet} {odd'\ntags:\n  - attack.impactt\n  - attack.tt\n";
    let expected = [
        "2:x has a key `falsepositive` that means nothing: did you mean `falsepositives`?",
        "6:x asks for `eventname`, which no event has: did you mean `eventName`?",
        "7:x asks for `eventSource: secretsmanager`, which no event has: did you mean `secretsmanager.amazonaws.com`?",
        "8:x asks for `requestParamters.x`, which no event has: did you mean `requestParameters.x`?",
        "9:x asks for `userIdentity.sessionContext.sessionIssuer.username`, which no event has: did you mean \
         `userIdentity.sessionContext.sessionIssuer.userName`?",
        "11:x has a `{` in its `message` that no `}` closes",
        "11:x tells `{observde}` in its `message`: did you mean `{observed}`?",
        "11:x tells `{userAgnet}` in its `message`: did you mean `{userAgent}`?",
        "13:x has a tag `attack.impactt`, which is no technique or tactic of ATT&CK: did you mean `attack.impact`?",
        "14:x has a tag `attack.tt`, which is no technique or tactic of ATT&CK",
    ];
    assert_eq!(said(rule), expected);
    let correlation = "title: t\nname: c\ncorrelation:\n  type: event_count\n  rules: [a]\n  group-by:\n    - \
                       useridentity.arn\n    - useragnet\n  aliases: {useragnet: {a: userAgent, b: UserAgent}}\n  \
                       timespan: 0m\n";
    let expected = [
        "9:c asks for `UserAgent`, which no event has: did you mean `userAgent`?",
        "7:c asks for `useridentity.arn`, which no event has: did you mean `userIdentity.arn`?",
        "10:c has a `timespan` of no length: only what happens within one second counts",
    ];
    assert_eq!(said(correlation), expected);
}

#[test]
fn what_is_only_odd_is_left_alone() {
    let rule = "title: t\ncustom: 1\ndetection:\n  s:\n    - some.field: a\n      requestParameters.paramters: b\n      \
                userName: c\n    - eventSource|contains: iam\n      eventSource: ['*.amazonaws.com', iam.amazonaws.com]\n    \
                - keyword\n  condition: s\nmessage: \"{some.field} {principal|'x'} {observed.2} {whatever}\"\n\
                tags: [attack.t1999.123, attack.defense_impairment, attack.ta0040, attack.g0001, cve.2021-1, Attack.Impact]\n";
    assert_eq!(said(rule), [""; 0]);
    let other = "title: t\nlogsource: {product: windows}\ndetection: {s: {eventname: x}, condition: s}\n";
    assert_eq!(said(other), [""; 0]);
    assert_eq!(said("- no rule\n"), [""; 0]);
}

#[test]
fn what_is_written_in_vain_is_told() {
    let rule = "title: t\ndetection:\n  s: {readOnly: yes, eventName: [a, b]}\n  one_a: {managementEvent: [Off, true], x: yes}\n  \
                _own: {a: b}\n  left: {a: b}\n  condition: [s, 1 of one_*]\ntags: [attack.t9999, attack.t15, attack.t1078.04, \
                attack.t1078.004]\n";
    let expected = [
        "3:x asks for `readOnly: yes`, which is a text: write `true`",
        "4:x asks for `managementEvent: Off`, which is a text: write `false`",
        "6:x has a search identifier `left` that its `condition` does not name",
        "8:x has a tag `attack.t9999`, which is no technique or tactic of ATT&CK",
        "8:x has a tag `attack.t15`, which is no technique or tactic of ATT&CK",
        "8:x has a tag `attack.t1078.04`, which is no technique or tactic of ATT&CK",
    ];
    assert_eq!(said(rule), expected);
    let them = "title: t\ndetection: {a: {x: y}, b: {x: y}, condition: all of them}\n";
    assert_eq!(said(them), [""; 0]);
    let bounds = |bounds: &str| {
        let head = "title: t\nname: c\ncorrelation:\n  type: event_count\n  rules: [a]\n  timespan: 1m\n";
        said(&format!("{head}  condition: {bounds}\n")).len()
    };
    for empty in [
        "{gte: 5, lt: 5}",
        "{gt: 5, lte: 5}",
        "[{gte: 1}, {gte: 6, lte: 5}]",
        "{eq: 3, gt: 3}",
        "{eq: 3, lte: 2}",
    ] {
        assert_eq!(bounds(empty), 1, "{empty}");
    }
    for fine in ["{gte: 5, lte: 5}", "{gt: 4, lt: 6}", "{eq: 3, gte: 3}", "{gte: 5}", "{neq: 3, eq: 3}"] {
        assert_eq!(bounds(fine), 0, "{fine}");
    }
}

#[test]
fn names_from_elsewhere_are_told() {
    let rule = "title: t\nid: my-rule\nstatus: production\ndetection:\n  s:\n    eventSource: [iam.amazon.com, sts.amazonaws.com.cn]\n    \
                eventName: ['iam:GetUser', 'GetUser', '*:Get*']\n    other: 'a:b'\n  timeframe: 5m\n  condition: s\n";
    let expected = [
        "3:x has the status `production`: expected one of stable, test, experimental, deprecated, unsupported",
        "2:x has the id `my-rule`, which is no UUID",
        "9:x has a `timeframe`, in which nothing is counted: a correlation counts, within its `timespan`",
        "6:x asks for `eventSource: iam.amazon.com`, which no event has: did you mean `iam.amazonaws.com`?",
        "7:x asks for `eventName: iam:GetUser`, which no event has: did you mean `GetUser`?",
    ];
    assert_eq!(said(rule), expected);
    let alias = "title: t\nname: c\ncorrelation:\n  type: temporal\n  rules: [a, b]\n  group-by: [whom]\n  \
                 aliases: {who: {a: userAgent, b: userAgent}}\n  timespan: 1m\n";
    assert_eq!(said(alias), ["7:c has an alias `who` that its `group-by` does not name"]);
}
