//! YAML as a tree in which every node knows its line and column, so that rule errors can point.

use std::borrow::Cow;
use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::error::{Code, Place, Problem};

/// More nodes than any honest rule file has; aliases that multiply stop here.
const MOST_NODES: usize = 200_000;
/// Deeper than any rule nests.
const DEEPEST: usize = 64;

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Node<'t> {
    pub(super) place: Place,
    pub(super) value: Value<'t>,
}

/// A YAML value.
#[derive(Clone, Debug)]
pub(super) enum Value<'t> {
    /// Text, and whether it was written without quotes (then it may stand for null, a number or a boolean).
    Scalar { text: Cow<'t, str>, plain: bool },
    /// A sequence.
    List(Vec<Node<'t>>),
    /// A mapping, in the order written.
    Map(Vec<(Node<'t>, Node<'t>)>),
}

impl Node<'_> {
    /// Whether this is YAML's null: an empty plain scalar, `~` or `null`.
    pub(super) fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, plain: true } if matches!(text.as_ref(), "" | "~" | "null" | "Null" | "NULL"))
    }

    /// The text of a scalar that is not null.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } if !self.is_null() => Some(text),
            _ => None,
        }
    }

    /// What kind of value this is, for error texts.
    pub(super) fn kind(&self) -> &'static str {
        match &self.value {
            _ if self.is_null() => "nothing",
            Value::Scalar { .. } => "a single value",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }
}

/// Reads every document of a YAML text.
pub(super) fn documents(text: &str) -> Result<Vec<Node<'_>>, Problem> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader { parser: Parser::new_from_str(text), anchors: HashMap::new(), nodes: 0 };
    let mut all = Vec::new();
    loop {
        let (event, span) = reader.next()?;
        match event {
            Event::StreamEnd => return Ok(all),
            Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing => {}
            start => {
                let node = reader.node(start, span, 0)?;
                if !node.is_null() {
                    all.push(node);
                }
            }
        }
    }
}

struct Reader<'t> {
    parser: Parser<'t, saphyr_parser::StrInput<'t>>,
    anchors: HashMap<usize, Node<'t>>,
    nodes: usize,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<(Event<'t>, Span), Problem> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => {
                let mark = error.marker();
                Err(Problem::new(
                    Code::Yaml,
                    place(mark.line(), mark.col()),
                    format!("not YAML: {}", error.info()),
                )
                .help("check indentation, quotes and colons at this place"))
            }
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn node(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<Node<'t>, Problem> {
        let place = place(span.start.line(), span.start.col());
        self.nodes += 1;
        if self.nodes > MOST_NODES || depth > DEEPEST {
            return Err(Problem::new(
                Code::Yaml,
                place,
                "larger or deeper than a rule file can be".to_owned(),
            ));
        }
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let forced_text = tag.is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix == "str");
                let plain = matches!(style, ScalarStyle::Plain) && !forced_text;
                (Value::Scalar { text, plain }, anchor)
            }
            Event::SequenceStart(anchor, _) => {
                let mut items = Vec::new();
                loop {
                    match self.next()? {
                        (Event::SequenceEnd, _) => break,
                        (event, span) => items.push(self.node(event, span, depth + 1)?),
                    }
                }
                (Value::List(items), anchor)
            }
            Event::MappingStart(anchor, _) => (self.map(depth)?, anchor),
            Event::Alias(anchor) => {
                let node = self.anchors.get(&anchor).cloned();
                let node = node.ok_or_else(|| {
                    Problem::new(Code::Yaml, place, "an alias without its anchor".to_owned())
                })?;
                self.nodes += size(&node);
                return Ok(Node { place, value: node.value });
            }
            _ => return Err(Problem::new(Code::Yaml, place, "expected a value".to_owned())),
        };
        let node = Node { place, value };
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn map(&mut self, depth: usize) -> Result<Value<'t>, Problem> {
        let mut entries: Vec<(Node<'t>, Node<'t>)> = Vec::new();
        loop {
            let key = match self.next()? {
                (Event::MappingEnd, _) => return Ok(Value::Map(entries)),
                (event, span) => self.node(event, span, depth + 1)?,
            };
            let (event, span) = self.next()?;
            let value = self.node(event, span, depth + 1)?;
            if let Value::Scalar { text, .. } = &key.value {
                let twice = |(other, _): &&(Node, Node)| matches!(&other.value, Value::Scalar { text: t, .. } if t == text);
                if let Some((first, _)) = entries.iter().find(twice) {
                    let message = format!("`{text}` stands here a second time");
                    let help = format!(
                        "the first is on line {}; give this one a modifier, a list or another name",
                        first.place.line
                    );
                    return Err(Problem::new(Code::DuplicateKey, key.place, message)
                        .span(text.len())
                        .help(help));
                }
            }
            entries.push((key, value));
        }
    }
}

fn size(node: &Node) -> usize {
    1 + match &node.value {
        Value::Scalar { .. } => 0,
        Value::List(items) => items.iter().map(size).sum(),
        Value::Map(entries) => entries.iter().map(|(k, v)| size(k) + size(v)).sum(),
    }
}

fn place(line: usize, column: usize) -> Place {
    Place { line: line.max(1), column: column + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_lines_and_columns_from_one() {
        let all = documents("a: 1\n---\nb:\n  c: 'x'\n").unwrap();
        assert_eq!(all.len(), 2);
        let Value::Map(entries) = &all[1].value else { panic!() };
        let Value::Map(inner) = &entries[0].1.value else { panic!() };
        assert_eq!(inner[0].0.place, Place { line: 4, column: 3 });
        assert!(matches!(&inner[0].1.value, Value::Scalar { plain: false, .. }));
    }

    #[test]
    fn a_repeated_key_is_refused_where_it_stands() {
        let problem = documents("a: 1\nb: 2\na: 3\n").unwrap_err();
        assert_eq!((problem.code, problem.place.line), (Code::DuplicateKey, 3));
    }

    #[test]
    fn an_alias_bomb_is_refused() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for i in 1..8 {
            let before = vec![format!("*a{}", i - 1); 10].join(", ");
            text.push_str(&format!("a{i}: &a{i} [{before}]\n"));
        }
        assert_eq!(documents(&text).unwrap_err().code, Code::Yaml);
    }

    #[test]
    fn null_is_only_null_without_quotes() {
        let all = documents("- null\n- 'null'\n- ~\n- \n- ''\n").unwrap();
        let Value::List(items) = &all[0].value else { panic!() };
        assert_eq!(items.iter().map(Node::is_null).collect::<Vec<_>>(), [true, false, true, true, false]);
    }
}
