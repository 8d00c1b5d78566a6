//! From JSON to statements, as lenient as IAM and the services that log policies are.

use serde_json::{Map, Value};

use super::condition::{Condition, Operator};
use super::decode::unwrap_layers;
use super::pattern::Pattern;
use super::principal::{Principal, Principals};
use super::statement::{Effect, Policy, Selector, Statement, StatementFault, StatementProblem};

/// The longest document. IAM allows 10 KiB, KMS 32 KiB; CloudTrail leaves out parameters beyond 100 KiB.
const MAX_BYTES: usize = 1 << 20;
/// The most statements.
const MAX_STATEMENTS: usize = 10_000;
/// The longest action, resource, principal or condition value that is looked at. ARNs end at 2,048.
const MAX_NAME: usize = 4096;

/// Why a text is not a policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyFault {
    /// Nothing but blanks.
    #[error("the policy is empty")]
    Empty,
    /// Longer than any policy.
    #[error("the policy is longer than 1 MiB")]
    TooLarge,
    /// More statements than any policy.
    #[error("the policy has more than 10000 statements")]
    TooManyStatements,
    /// Percent-encoding that yields no text, or encodings nested beyond reason.
    #[error("the policy's encoding cannot be undone")]
    Encoding,
    /// Not JSON in any of the wrappings known.
    #[error("the policy is not JSON: {0}")]
    NotJson(String),
    /// JSON, but no object.
    #[error("the policy is not an object")]
    NotAnObject,
    /// An object without a Statement.
    #[error("the policy has no Statement")]
    NoStatement,
}

impl Policy {
    /// Reads a policy from a text: JSON, percent-encoded JSON, or either of them inside a JSON string.
    ///
    /// # Errors
    ///
    /// When there is no document with statements in the text. A statement that cannot be read is no error of the
    /// document: it is kept in [`Policy::faults`].
    pub fn parse(text: &str) -> Result<Policy, PolicyFault> {
        if text.len() > MAX_BYTES {
            return Err(PolicyFault::TooLarge);
        }
        read_document(&unwrap_layers(text)?)
    }

    /// Reads a policy that a log holds as an object, or as a text ([`Policy::parse`]).
    ///
    /// # Errors
    ///
    /// As for [`Policy::parse`].
    pub fn from_value(value: &Value) -> Result<Policy, PolicyFault> {
        let mut left = MAX_BYTES;
        match value {
            Value::String(text) => Policy::parse(text),
            other if weighs_more(other, &mut left) => Err(PolicyFault::TooLarge),
            other => read_document(other),
        }
    }
}

/// Whether the names and texts in `value` take more than `left` bytes.
fn weighs_more(value: &Value, left: &mut usize) -> bool {
    let weight = match value {
        Value::String(text) => text.len() + 2,
        _ => 1,
    };
    let Some(rest) = left.checked_sub(weight) else { return true };
    *left = rest;
    match value {
        Value::Array(items) => items.iter().any(|item| weighs_more(item, left)),
        Value::Object(fields) => fields.iter().any(|(name, item)| {
            *left = left.saturating_sub(name.len());
            weighs_more(item, left)
        }),
        _ => false,
    }
}

fn read_document(value: &Value) -> Result<Policy, PolicyFault> {
    let document = value.as_object().ok_or(PolicyFault::NotAnObject)?;
    let text = |name| element(document, name).and_then(as_text);
    let statements = match element(document, "Statement").filter(|value| !value.is_null()) {
        Some(Value::Array(list)) => list.as_slice(),
        Some(one) => std::slice::from_ref(one),
        // Some services log the one statement a call adds, without a document around it.
        None if element(document, "Effect").is_some() => std::slice::from_ref(value),
        None => return Err(PolicyFault::NoStatement),
    };
    if statements.len() > MAX_STATEMENTS {
        return Err(PolicyFault::TooManyStatements);
    }
    let mut policy =
        Policy { version: text("Version"), id: text("Id"), statements: Vec::new(), faults: Vec::new() };
    for (index, statement) in statements.iter().enumerate() {
        match read_statement(statement) {
            Ok(statement) => policy.statements.push(statement),
            Err(reason) => policy.faults.push(StatementFault { index, reason }),
        }
    }
    Ok(policy)
}

fn read_statement(value: &Value) -> Result<Statement, StatementProblem> {
    let fields = value.as_object().ok_or(StatementProblem::NotAnObject)?;
    let effect = match element(fields, "Effect") {
        Some(Value::String(text)) if text.eq_ignore_ascii_case("allow") => Effect::Allow,
        Some(Value::String(text)) if text.eq_ignore_ascii_case("deny") => Effect::Deny,
        Some(_) => return Err(StatementProblem::Effect),
        None => return Err(StatementProblem::Missing("Effect")),
    };
    let actions = selector(fields, "Action", "NotAction", Pattern::action)?;
    let principals = match either(fields, "Principal", "NotPrincipal")? {
        None => None,
        Some((false, value)) => Some(Principals::Only(principal_list(value)?)),
        Some((true, value)) => Some(Principals::AllBut(principal_list(value)?)),
    };
    Ok(Statement {
        sid: element(fields, "Sid").and_then(as_text),
        effect,
        principals,
        actions: actions.ok_or(StatementProblem::Missing("Action"))?,
        resources: selector(fields, "Resource", "NotResource", Pattern::resource)?
            .unwrap_or(Selector::AllBut(Vec::new())),
        conditions: conditions(element(fields, "Condition"))?,
    })
}

/// The element `name`; in another case when it is not there in its own.
fn element<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    fields
        .get(name)
        .or_else(|| fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

/// An element or its `Not...` twin, which exclude each other; `true` for the twin. Null counts as absent.
fn either<'a>(
    fields: &'a Map<String, Value>,
    name: &'static str,
    twin: &str,
) -> Result<Option<(bool, &'a Value)>, StatementProblem> {
    let present = |name| element(fields, name).filter(|value| !value.is_null());
    match (present(name), present(twin)) {
        (Some(_), Some(_)) => Err(StatementProblem::Both(name)),
        (Some(value), None) => Ok(Some((false, value))),
        (None, Some(value)) => Ok(Some((true, value))),
        (None, None) => Ok(None),
    }
}

fn selector(
    fields: &Map<String, Value>,
    name: &'static str,
    twin: &str,
    pattern: fn(&str) -> Pattern,
) -> Result<Option<Selector>, StatementProblem> {
    let Some((inverted, value)) = either(fields, name, twin)? else { return Ok(None) };
    let patterns = texts(value, name)?.iter().map(|text| pattern(text)).collect();
    Ok(Some(if inverted { Selector::AllBut(patterns) } else { Selector::Only(patterns) }))
}

fn principal_list(value: &Value) -> Result<Vec<Principal>, StatementProblem> {
    const NAME: &str = "Principal";
    let Value::Object(kinds) = value else {
        return Ok(texts(value, NAME)?.iter().map(|text| Principal::parse("AWS", text)).collect());
    };
    let mut listed = Vec::new();
    for (kind, value) in kinds {
        listed.extend(texts(value, NAME)?.iter().map(|text| Principal::parse(kind, text)));
    }
    Ok(listed)
}

fn conditions(value: Option<&Value>) -> Result<Vec<Condition>, StatementProblem> {
    const NAME: &str = "Condition";
    let mut out = Vec::new();
    let operators = match value {
        None | Some(Value::Null) => return Ok(out),
        Some(value) => value.as_object().ok_or(StatementProblem::Shape(NAME))?,
    };
    for (operator, keys) in operators {
        for (key, values) in keys.as_object().ok_or(StatementProblem::Shape(NAME))? {
            let values = texts(values, NAME)?;
            out.push(Condition { operator: Operator::parse(operator), key: key.clone(), values });
        }
    }
    Ok(out)
}

/// A text or a list of texts; numbers and booleans are spelled out.
fn texts(value: &Value, name: &'static str) -> Result<Vec<String>, StatementProblem> {
    let items = match value {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    let read = |item| match as_text(item) {
        Some(text) if text.len() > MAX_NAME => Err(StatementProblem::TooLong(name)),
        Some(text) => Ok(text),
        None => Err(StatementProblem::Shape(name)),
    };
    items.iter().map(read).collect()
}

fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
