//! Slips in rules that load all the same, and then never match or never say what they should: each with the nearest name.

use super::extension::{self, KEYS};
use super::files::RuleFile;
use super::lint::Lint;
use super::reader::Keys;
use super::yaml::{self, Node, Value};
use super::{Place, detection, vain};

/// The fields that CloudTrail writes in many records, by full path. What a service adds below others is its own affair.
const FIELDS: &str = "
    additionalEventData addendum apiVersion awsRegion edgeDeviceDetails errorCode errorMessage eventCategory
    eventID eventName eventSource eventTime eventType eventVersion insightDetails managementEvent readOnly
    recipientAccountId requestID requestParameters resources.ARN resources.accountId resources.type
    responseElements serviceEventDetails sessionCredentialFromConsole sharedEventID sourceIPAddress
    tlsDetails.cipherSuite tlsDetails.clientProvidedHostHeader tlsDetails.tlsVersion userAgent
    userIdentity.accessKeyId userIdentity.accountId userIdentity.arn userIdentity.credentialId
    userIdentity.identityProvider userIdentity.inScopeOf userIdentity.invokedBy userIdentity.onBehalfOf
    userIdentity.principalId userIdentity.sessionContext.assumedRoot
    userIdentity.sessionContext.attributes.creationDate
    userIdentity.sessionContext.attributes.mfaAuthenticated userIdentity.sessionContext.ec2RoleDelivery
    userIdentity.sessionContext.sessionIssuer.accountId userIdentity.sessionContext.sessionIssuer.arn
    userIdentity.sessionContext.sessionIssuer.principalId userIdentity.sessionContext.sessionIssuer.type
    userIdentity.sessionContext.sessionIssuer.userName userIdentity.sessionContext.sourceIdentity
    userIdentity.sessionContext.webIdFederationData.attributes
    userIdentity.sessionContext.webIdFederationData.federatedProvider userIdentity.type
    userIdentity.userName vpcEndpointAccountId vpcEndpointId eventContext annotation eventJson
";

/// Whether a path is one of those, or the beginning of one.
pub(super) fn is_field(path: &str) -> bool {
    FIELDS.split_whitespace().any(|known| {
        known.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            || path.strip_prefix(known).is_some_and(|rest| rest.starts_with('.'))
    })
}

/// What Sigma knows at the top of a rule.
const OF_SIGMA: &str = "
    title id name related taxonomy status description license references author date modified logsource
    detection correlation filter fields falsepositives level tags scope generate
";

/// What else rules may name.
#[derive(Clone, Copy, Debug)]
pub struct Words<'w> {
    /// The words of a `message` that are no fields.
    pub message: &'w [&'w str],
    /// The tactics of ATT&CK, as Sigma's tags spell them.
    pub tactics: &'w [&'w str],
}

/// All slips in rules for CloudTrail.
pub fn slips(files: &[RuleFile], words: Words<'_>) -> Vec<Lint> {
    let mut lints = Vec::new();
    for file in files {
        let stem = std::path::Path::new(&file.name).file_stem().unwrap_or_default().to_string_lossy();
        for document in yaml::documents(&file.text).unwrap_or_default() {
            let Ok(keys) = Keys::of(&document, "a rule") else { continue };
            if is_of_others(&keys) {
                continue;
            }
            let rule = keys.get("name").and_then(Node::text).unwrap_or(&stem);
            let found = Slips::of(&keys, words).found.into_iter();
            lints.extend(found.map(|(place, message)| Lint {
                rule: rule.to_owned(),
                file: file.name.clone(),
                place,
                message,
            }));
        }
    }
    lints
}

/// Whether a rule is for other logs, which have other fields.
fn is_of_others(keys: &Keys<'_>) -> bool {
    let Some(Ok(source)) = keys.get("logsource").map(|node| Keys::of(node, "a log source")) else {
        return false;
    };
    let other = |key: &str, ours: &str| {
        source.get(key).and_then(Node::text).is_some_and(|text| !text.eq_ignore_ascii_case(ours))
    };
    other("product", "aws") || other("service", "cloudtrail")
}

/// What was found in one rule.
struct Slips<'n> {
    /// The fields it judges by, and its own names for them.
    fields: Vec<&'n str>,
    found: Vec<(Place, String)>,
}

impl<'n> Slips<'n> {
    fn of(keys: &Keys<'n>, words: Words<'_>) -> Slips<'n> {
        let mut slips = Slips { fields: Vec::new(), found: Vec::new() };
        slips.top(keys);
        slips.found.extend(vain::said(keys));
        for section in ["detection", "filter"] {
            if let Some(Ok(section)) = keys.get(section).map(|node| Keys::of(node, section)) {
                detection::named(&section).for_each(|(.., value)| slips.tests(value));
                for (place, name) in vain::unused(&section) {
                    slips.says(
                        place,
                        format!("has a search identifier `{name}` that its `condition` does not name"),
                    );
                }
            }
        }
        for raised in keys.get("escalate").into_iter().flat_map(items) {
            if let Some(when) = Keys::of(raised, "").ok().and_then(|raised| raised.get("when")) {
                slips.tests(when);
            }
        }
        if let Some(Ok(correlation)) = keys.get("correlation").map(|node| Keys::of(node, "")) {
            slips.correlation(&correlation);
        }
        for key in ["fold-by", "split-by", "target"] {
            keys.get(key).into_iter().flat_map(items).for_each(|item| slips.listed(item));
        }
        if let Some(node) = keys.get("message") {
            slips.message(node, words.message);
        }
        keys.get("tags").into_iter().flat_map(items).for_each(|tag| slips.tag(tag, words.tactics));
        slips
    }

    fn says(&mut self, place: Place, message: String) {
        self.found.push((place, message));
    }

    /// Keys that mean nothing, and look like one that does.
    fn top(&mut self, keys: &Keys<'n>) {
        let known: Vec<&str> = OF_SIGMA.split_whitespace().chain(KEYS.iter().map(|(key, _)| *key)).collect();
        for (name, key, _) in keys.all().filter(|(name, ..)| !known.contains(name)) {
            if let Some(near) = near(name, &known) {
                self.says(
                    key.place,
                    format!("has a key `{name}` that means nothing: did you mean `{near}`?"),
                );
            }
        }
    }

    /// The tests of a search identifier.
    fn tests(&mut self, node: &'n Node<'n>) {
        for map in items(node) {
            let Ok(keys) = Keys::of(map, "fields") else { continue };
            for (name, key, value) in keys.all() {
                let (field, modifiers) = name.split_once('|').unwrap_or((name, ""));
                self.field(field, key.place);
                let texts = || items(value).iter().filter_map(|value| Some((value, value.text()?)));
                for (value, text) in texts().filter(|_| modifiers.is_empty()) {
                    if let Some(meant) = vain::truth(field, text) {
                        self.says(
                            value.place,
                            format!("asks for `{field}: {text}`, which is a text: write `{meant}`"),
                        );
                    }
                }
                if matches!(modifiers, "" | "cased" | "neq") {
                    for (value, text) in texts() {
                        let meant = vain::service_or_call(field, text);
                        self.found.extend(meant.map(|meant| (value.place, meant)));
                    }
                }
            }
        }
    }

    fn correlation(&mut self, keys: &Keys<'n>) {
        if let Some(aliases) = keys.get("aliases").and_then(|node| Keys::of(node, "").ok()) {
            let groups: Vec<&str> =
                keys.get("group-by").map(items).into_iter().flatten().filter_map(Node::text).collect();
            for (alias, key, of_rules) in aliases.all() {
                if !groups.contains(&alias) {
                    self.says(key.place, format!("has an alias `{alias}` that its `group-by` does not name"));
                }
                self.fields.push(alias);
                let fields = Keys::of(of_rules, "").ok();
                fields.iter().flat_map(Keys::all).for_each(|(.., field)| self.listed(field));
            }
        }
        let condition = keys.get("condition").into_iter().flat_map(items);
        let conditions: Vec<Keys<'n>> = condition.filter_map(|node| Keys::of(node, "").ok()).collect();
        for condition in conditions.iter().filter(|condition| vain::is_empty(condition)) {
            self.says(
                condition.place,
                "has a `condition` whose bounds leave no number between them".to_owned(),
            );
        }
        let counted = conditions.iter().filter_map(|condition| condition.get("field"));
        let lists = [keys.get("group-by"), keys.get("field")].into_iter().flatten().chain(counted);
        lists.flat_map(items).for_each(|field| self.listed(field));
        if let Some(node) = keys.get("timespan")
            && let Some(digits) = node.text().map(|text| text.trim_end_matches(char::is_alphabetic))
            && !digits.is_empty()
            && digits.bytes().all(|byte| byte == b'0')
        {
            self.says(
                node.place,
                "has a `timespan` of no length: only what happens within one second counts".to_owned(),
            );
        }
    }

    fn listed(&mut self, node: &'n Node<'n>) {
        if let Some(field) = node.text() {
            self.field(field, node.place);
        }
    }

    fn field(&mut self, field: &'n str, place: Place) {
        let own = self.fields.contains(&field);
        self.fields.push(field);
        if let Some(meant) = meant(field).filter(|_| !own) {
            self.says(place, format!("asks for `{field}`, which no event has: did you mean `{meant}`?"));
        }
    }

    /// Names in a message that are neither words nor fields, and look like one of either.
    fn message(&mut self, node: &Node<'_>, words: &[&str]) {
        let Some(text) = node.text() else { return };
        if text.split('{').skip(1).any(|part| !part.contains('}')) {
            self.says(node.place, "has a `{` in its `message` that no `}` closes".to_owned());
        }
        for name in extension::placeholders(text) {
            if words.contains(&name) || self.fields.contains(&name) || name.starts_with("observed.") {
                continue;
            }
            if let Some(meant) = meant(name).or_else(|| near(name, words).map(str::to_owned)) {
                self.says(
                    node.place,
                    format!("tells `{{{name}}}` in its `message`: did you mean `{{{meant}}}`?"),
                );
            }
        }
    }

    fn tag(&mut self, node: &Node<'_>, tactics: &[&str]) {
        let Some(text) = node.text().map(str::to_lowercase) else { return };
        let Some(name) = text.strip_prefix("attack.") else { return };
        let number = name.trim_start_matches(|c: char| c.is_ascii_lowercase());
        let is_id = (1..=2).contains(&(name.len() - number.len()))
            && number.starts_with(|c: char| c.is_ascii_digit())
            && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let name = name.replace('_', "-");
        if vain::is_no_technique(&name) || (!is_id && !tactics.contains(&name.as_str())) {
            let hint = near(&name, tactics)
                .map_or_else(String::new, |near| format!(": did you mean `attack.{near}`?"));
            self.says(
                node.place,
                format!("has a tag `{text}`, which is no technique or tactic of ATT&CK{hint}"),
            );
        }
    }
}

/// The elements of a list, or the one thing that stands where a list may.
fn items<'n>(node: &'n Node<'n>) -> &'n [Node<'n>] {
    match &node.value {
        Value::List(items) => items,
        Value::Scalar { .. } | Value::Map(_) => std::slice::from_ref(node),
    }
}

/// The field that a path was meant for, if it is none that is known but looks like one.
fn meant(field: &str) -> Option<String> {
    let mut whole = String::new();
    let mut slipped = false;
    for part in field.split('.') {
        let known: Vec<&str> = FIELDS
            .split_whitespace()
            .filter_map(|known| known.strip_prefix(&whole))
            .filter_map(|rest| if whole.is_empty() { Some(rest) } else { rest.strip_prefix('.') })
            .filter_map(|rest| rest.split('.').next())
            .collect();
        let name =
            if known.is_empty() || known.contains(&part) { part } else { near(part, &known).unwrap_or(part) };
        slipped |= name != part;
        if !whole.is_empty() {
            whole.push('.');
        }
        whole.push_str(name);
    }
    slipped.then_some(whole)
}

/// The nearest of the names, if no more than a slip lies between.
fn near<'k>(got: &str, known: &[&'k str]) -> Option<&'k str> {
    // To measure how far others are apart takes most of the time, and they are further than a slip.
    let alike = known.iter().copied().filter(|name| name.len().abs_diff(got.len()) <= 2);
    let near = crate::text::nearest(got, alike)?;
    let apart = strsim::damerau_levenshtein(&got.to_lowercase(), &near.to_lowercase());
    (apart <= if near.len() < 8 { 1 } else { 2 }).then_some(near)
}
