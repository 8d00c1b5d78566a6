//! The Condition element: operators, keys and values, and which of two conditions asks for more.

use std::fmt;

use super::cidr::Cidr;
use super::pattern::Pattern;

/// One test of a Condition block: an operator, a key, and the values any one of which satisfies it.
///
/// All tests of a statement must hold; the values of one test are alternatives (for a negated operator: none of them
/// may match).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// How the values are compared.
    pub operator: Operator,
    /// The context key as written; keys are compared without regard to case.
    pub key: String,
    /// The values as text; numbers and booleans are spelled out.
    pub values: Vec<String>,
}

/// A condition operator, such as `ForAnyValue:StringLikeIfExists`, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// The prefix for keys with several values.
    pub set: Option<SetQualifier>,
    /// How values are compared, negation left aside.
    pub comparison: Comparison,
    /// The test holds when the values do *not* match; it then also holds when the key is absent.
    pub negated: bool,
    /// `...IfExists`: the test holds when the key is absent.
    pub if_exists: bool,
    text: String,
}

/// How a test treats a key that has several values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetQualifier {
    /// At least one value of the request must match; false when there is none.
    ForAnyValue,
    /// Every value of the request must match; true when there is none.
    ForAllValues,
}

/// What an operator compares, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `StringEquals`: wildcards are plain characters.
    Text,
    /// `StringEqualsIgnoreCase`.
    TextIgnoringCase,
    /// `StringLike`.
    TextLike,
    /// `ArnEquals` and `ArnLike`, which both take wildcards.
    Arn,
    /// `IpAddress`.
    Ip,
    /// `NumericLessThan` and `NumericLessThanEquals`.
    AtMost,
    /// `NumericGreaterThan` and `NumericGreaterThanEquals`.
    AtLeast,
    /// The other numeric, date and binary operators.
    Other,
    /// `Bool`.
    Bool,
    /// `Null`: whether the key is absent.
    Null,
    /// An operator IAM does not document. Nothing is concluded from it.
    Unknown,
}

impl Operator {
    /// Takes an operator apart; unknown ones are kept as [`Comparison::Unknown`].
    pub fn parse(text: &str) -> Operator {
        let lower = text.to_ascii_lowercase();
        let (set, name) = match lower.split_once(':') {
            Some(("foranyvalue", name)) => (Some(SetQualifier::ForAnyValue), name),
            Some(("forallvalues", name)) => (Some(SetQualifier::ForAllValues), name),
            _ => (None, lower.as_str()),
        };
        let (name, if_exists) = match name.strip_suffix("ifexists") {
            Some(name) => (name, true),
            None => (name, false),
        };
        let (comparison, negated) = match name {
            "stringequals" => (Comparison::Text, false),
            "stringnotequals" => (Comparison::Text, true),
            "stringequalsignorecase" => (Comparison::TextIgnoringCase, false),
            "stringnotequalsignorecase" => (Comparison::TextIgnoringCase, true),
            "stringlike" => (Comparison::TextLike, false),
            "stringnotlike" => (Comparison::TextLike, true),
            "arnequals" | "arnlike" => (Comparison::Arn, false),
            "arnnotequals" | "arnnotlike" => (Comparison::Arn, true),
            "ipaddress" => (Comparison::Ip, false),
            "notipaddress" => (Comparison::Ip, true),
            "bool" => (Comparison::Bool, false),
            "null" => (Comparison::Null, false),
            "numericlessthan" | "numericlessthanequals" => (Comparison::AtMost, false),
            "numericgreaterthan" | "numericgreaterthanequals" => (Comparison::AtLeast, false),
            "numericequals" | "dateequals" | "binaryequals" => (Comparison::Other, false),
            "numericnotequals" | "datenotequals" => (Comparison::Other, true),
            "datelessthan" | "datelessthanequals" | "dategreaterthan" | "dategreaterthanequals" => {
                (Comparison::Other, false)
            }
            _ => (Comparison::Unknown, false),
        };
        Operator { set, comparison, negated, if_exists, text: text.to_owned() }
    }

    /// Whether `*` and `?` in the values are wildcards.
    pub fn takes_wildcards(&self) -> bool {
        matches!(self.comparison, Comparison::TextLike | Comparison::Arn)
    }
}

impl Condition {
    /// Whether the key is `key`, the case of letters aside.
    pub fn is_about(&self, key: &str) -> bool {
        self.key.eq_ignore_ascii_case(key)
    }

    /// Whether one of the values matches `text`, negation and the case of letters left aside.
    pub fn names(&self, text: &str) -> bool {
        let wild = self.operator.takes_wildcards();
        self.values.iter().any(|value| match wild {
            true => Pattern::action(value).matches(text),
            false => value.eq_ignore_ascii_case(text),
        })
    }

    /// Whether any value passes, because one of those listed is nothing but `*` where that is a wildcard.
    pub fn takes_anything(&self) -> bool {
        let any = |value: &String| !value.is_empty() && value.bytes().all(|byte| byte == b'*');
        self.operator.takes_wildcards() && self.values.iter().any(any)
    }

    /// Whether a request that passes this test always passes `other`.
    ///
    /// Only tests of the same key and kind are compared, by their values; for anything else the answer is no.
    pub fn implies(&self, other: &Condition) -> bool {
        let (mine, theirs) = (&self.operator, &other.operator);
        let comparable = self.is_about(&other.key)
            && mine.negated == theirs.negated
            && mine.set == theirs.set
            && (!mine.if_exists || theirs.if_exists);
        let (narrow, wide) = if mine.negated { (other, self) } else { (self, other) };
        comparable
            && narrow.values.iter().all(|value| {
                wide.values.iter().any(|wider| covers((&wide.operator, wider), (&narrow.operator, value)))
            })
    }
}

/// Whether what matches the narrow value always matches the wide one.
fn covers((wide_by, wide): (&Operator, &str), (narrow_by, narrow): (&Operator, &str)) -> bool {
    use Comparison::{AtLeast, AtMost, Bool, Ip, Text, TextIgnoringCase, TextLike};
    let number = |text: &str| text.trim().parse::<f64>().ok();
    match (wide_by.comparison, narrow_by.comparison) {
        (Ip, Ip) => Cidr::parse(wide).zip(Cidr::parse(narrow)).is_some_and(|(a, b)| a.contains(&b)),
        (Bool, Bool) | (TextIgnoringCase, Text | TextIgnoringCase) => wide.eq_ignore_ascii_case(narrow),
        (TextLike, Text) => Pattern::resource(wide).matches(narrow),
        (TextLike, TextIgnoringCase) => wide == "*",
        (Text | TextIgnoringCase, TextLike) => wide == narrow && !Pattern::resource(narrow).has_wildcard(),
        (AtMost, AtMost) if wide_by.same_name(narrow_by) => {
            number(narrow).zip(number(wide)).is_some_and(|(narrow, wide)| narrow <= wide)
        }
        (AtLeast, AtLeast) if wide_by.same_name(narrow_by) => {
            number(narrow).zip(number(wide)).is_some_and(|(narrow, wide)| narrow >= wide)
        }
        (a, b) if a == b && wide_by.takes_wildcards() => {
            Pattern::resource(wide).covers(&Pattern::resource(narrow))
        }
        (a, b) => a == b && wide == narrow && wide_by.same_name(narrow_by),
    }
}

impl Operator {
    /// Whether both are the same operator, prefix and suffix aside.
    fn same_name(&self, other: &Operator) -> bool {
        let stem = |operator: &Operator| {
            let lower = operator.text.to_ascii_lowercase();
            let name = lower.rsplit(':').next().unwrap_or_default().to_owned();
            name.strip_suffix("ifexists").map_or(name.clone(), str::to_owned)
        };
        stem(self) == stem(other)
    }
}

/// Whether every request that passes all of `narrow` passes all of `wide`.
pub(super) fn all_imply(narrow: &[Condition], wide: &[Condition]) -> bool {
    wide.iter().all(|wanted| narrow.iter().any(|given| given.implies(wanted)))
}

impl fmt::Display for Operator {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {} {}", self.operator, self.key, self.values.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(operator: &str, values: &[&str]) -> Condition {
        Condition {
            operator: Operator::parse(operator),
            key: "aws:Key".to_owned(),
            values: values.iter().map(|&value| value.to_owned()).collect(),
        }
    }

    #[test]
    fn operators_come_apart() {
        let operator = Operator::parse("ForAllValues:StringNotLikeIfExists");
        assert_eq!(operator.set, Some(SetQualifier::ForAllValues));
        assert_eq!(operator.comparison, Comparison::TextLike);
        assert!(operator.negated && operator.if_exists && operator.takes_wildcards());
        assert_eq!(operator.to_string(), "ForAllValues:StringNotLikeIfExists");
        assert_eq!(Operator::parse("arnEQUALS").comparison, Comparison::Arn);
        assert_eq!(Operator::parse("StringSoundsLike").comparison, Comparison::Unknown);
    }

    #[test]
    fn fewer_or_narrower_values_ask_for_more() {
        let implies = |a: &Condition, b: &Condition| a.implies(b);
        let both = test("StringEquals", &["a", "b"]);
        assert!(
            implies(&test("StringEquals", &["a"]), &both) && !implies(&both, &test("StringEquals", &["a"]))
        );
        assert!(
            implies(&both, &test("StringLike", &["*"]))
                && implies(&both, &test("StringEqualsIfExists", &["b", "a"]))
        );
        assert!(!implies(&test("StringEqualsIfExists", &["a"]), &both));
        assert!(implies(&test("StringLike", &["a*"]), &test("StringLike", &["*"])));
        assert!(!implies(&test("StringLike", &["*"]), &test("StringLike", &["a*"])));
        assert!(!implies(&test("StringLike", &["a*"]), &test("StringEquals", &["a*"])));
        assert!(implies(&test("IpAddress", &["10.1.0.0/16"]), &test("IpAddress", &["10.0.0.0/8"])));
        assert!(!implies(&test("IpAddress", &["10.0.0.0/8"]), &test("IpAddress", &["10.1.0.0/16"])));
        assert!(implies(&test("NumericLessThan", &["900"]), &test("NumericLessThan", &["3600"])));
        assert!(!implies(&test("NumericLessThan", &["many"]), &test("NumericLessThan", &["3600"])));
    }

    #[test]
    fn a_negated_test_asks_for_more_with_more_values() {
        let (one, two) = (test("StringNotEquals", &["a"]), test("StringNotEquals", &["a", "b"]));
        assert!(two.implies(&one) && !one.implies(&two));
        assert!(test("StringNotLike", &["a*"]).implies(&test("StringNotLike", &["ab"])));
        assert!(!test("StringEquals", &["a"]).implies(&one));
    }
}
