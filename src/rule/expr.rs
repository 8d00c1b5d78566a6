//! Conditions on single events, as a tree.

use std::fmt;

use ipnet::IpNet;

use super::Pattern;

/// A condition on one event.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// Every part holds; true when empty.
    All(Vec<Expr>),
    /// Some part holds; false when empty.
    Any(Vec<Expr>),
    /// The part does not hold.
    Not(Box<Expr>),
    /// Some value of the field fits.
    Field {
        /// The dotted path.
        field: String,
        /// What fits.
        test: Test,
    },
    /// Some string value anywhere in the record fits.
    Keyword(Test),
}

/// What a value is compared with.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// A string with wildcards; without `cased`, compared under simple case folding.
    Text {
        /// The wanted text.
        pattern: Pattern,
        /// Whether case matters.
        cased: bool,
    },
    /// A number, as a number or as its text.
    Number {
        /// As written.
        text: String,
        /// Its value.
        value: f64,
    },
    /// The key is absent, or its value is null.
    Null,
    /// The key is there (or not), whatever its value.
    Exists(bool),
    /// A regular expression found somewhere in the value.
    Regex {
        /// The expression.
        pattern: String,
        /// Flag `i`.
        ignore_case: bool,
        /// Flag `m`.
        multi_line: bool,
        /// Flag `s`.
        dot_all: bool,
    },
    /// An address in the network.
    Cidr(IpNet),
    /// A number on one side of a limit.
    Compare(Order, f64),
    /// A part of a time.
    TimePart(TimePart, Order, i64),
    /// Another field's value.
    SameAs {
        /// The other field's path.
        other: String,
        /// How the two relate.
        relation: Relation,
        /// Whether case matters.
        cased: bool,
    },
}

/// How two numbers relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// `eq`
    Equal,
    /// `neq`
    NotEqual,
    /// `lt`
    Less,
    /// `lte`
    LessOrEqual,
    /// `gt`
    Greater,
    /// `gte`
    GreaterOrEqual,
}

impl Order {
    /// Whether `left` stands in this relation to `right`.
    pub fn holds<T: PartialOrd>(self, left: T, right: T) -> bool {
        match self {
            Order::Equal => left == right,
            Order::NotEqual => left != right,
            Order::Less => left < right,
            Order::LessOrEqual => left <= right,
            Order::Greater => left > right,
            Order::GreaterOrEqual => left >= right,
        }
    }

    /// Sigma's word for it.
    pub fn word(self) -> &'static str {
        match self {
            Order::Equal => "eq",
            Order::NotEqual => "neq",
            Order::Less => "lt",
            Order::LessOrEqual => "lte",
            Order::Greater => "gt",
            Order::GreaterOrEqual => "gte",
        }
    }
}

/// A part of a time value, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimePart {
    /// 0 to 59.
    Minute,
    /// 0 to 23.
    Hour,
    /// Day of the month, from 1.
    Day,
    /// ISO week, from 1.
    Week,
    /// From 1.
    Month,
    /// The year.
    Year,
}

impl TimePart {
    fn word(self) -> &'static str {
        match self {
            TimePart::Minute => "Minute",
            TimePart::Hour => "Hour",
            TimePart::Day => "Day",
            TimePart::Week => "Week",
            TimePart::Month => "Month",
            TimePart::Year => "Year",
        }
    }
}

/// How two texts relate under `fieldref`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// They are the same.
    Equals,
    /// The first begins with the second.
    StartsWith,
    /// The first ends with the second.
    EndsWith,
    /// The first contains the second.
    Contains,
}

impl Relation {
    fn word(self) -> &'static str {
        match self {
            Relation::Equals => "Equals",
            Relation::StartsWith => "StartsWith",
            Relation::EndsWith => "EndsWith",
            Relation::Contains => "Contains",
        }
    }
}

/// As explanations show it; the hashes that baseline files keep are made of it as well.
impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let join = |f: &mut fmt::Formatter<'_>, parts: &[Expr], word: &str, empty: &str| {
            if parts.is_empty() {
                return f.write_str(empty);
            }
            f.write_str("(")?;
            for (i, part) in parts.iter().enumerate() {
                if i > 0 {
                    write!(f, " {word} ")?;
                }
                write!(f, "{part}")?;
            }
            f.write_str(")")
        };
        match self {
            Expr::All(parts) if parts.len() == 1 => write!(f, "{}", parts[0]),
            Expr::Any(parts) if parts.len() == 1 => write!(f, "{}", parts[0]),
            Expr::All(parts) => join(f, parts, "and", "true"),
            Expr::Any(parts) => join(f, parts, "or", "false"),
            Expr::Not(part) => write!(f, "not {part}"),
            Expr::Field { field, test } => write!(f, "{field} {test}"),
            Expr::Keyword(test) => write!(f, "any value {test}"),
        }
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Test::Text { pattern, cased: false } => write!(f, "= {pattern:}"),
            Test::Text { pattern, cased: true } => write!(f, "= {pattern:} (case matters)"),
            Test::Number { text, .. } => write!(f, "= {text}"),
            Test::Null => f.write_str("is null or absent"),
            Test::Exists(true) => f.write_str("exists"),
            Test::Exists(false) => f.write_str("does not exist"),
            Test::Regex { pattern, ignore_case, multi_line, dot_all } => {
                let flag = |on: bool, letter: &'static str| if on { letter } else { "" };
                let flags = [flag(*ignore_case, "i"), flag(*multi_line, "m"), flag(*dot_all, "s")].concat();
                write!(f, "matches /{pattern}/{flags}")
            }
            Test::Cidr(net) => write!(f, "in {net}"),
            Test::Compare(order, value) => write!(f, "{} {value}", order.word()),
            Test::TimePart(part, order, value) => write!(f, "{} {} {value}", part.word(), order.word()),
            Test::SameAs { other, relation, cased } => {
                write!(f, "{} field {other}{}", relation.word(), if *cased { " (case matters)" } else { "" })
            }
        }
    }
}
