//! Random JSON for the laws: any tree, written in any of its spellings, and then perhaps broken.

use proptest::prelude::*;

/// JSON as it is written: numbers as text, keys in order and perhaps twice.
#[derive(Clone, Debug)]
pub(crate) enum Tree {
    Scalar(&'static str),
    Text(String),
    Array(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

/// Paths that lead into random records, alone and in pieces.
pub(crate) const PATHS: [&str; 9] = [
    "a.tlsVersion",
    "a",
    "a.b",
    "a.b.c",
    "b.c",
    "eventName",
    "é.a",
    "requestParameters.policyArn",
    "averyverylongkeyindeed",
];

fn key() -> impl Strategy<Value = String> {
    let known = [
        "a",
        "b",
        "c",
        "a.b",
        "b.c",
        "a.b.c",
        "eventName",
        "é",
        "requestParameters",
        "policyArn",
        "tlsVersion",
    ];
    let long = ["averyverylongkeyindeed", "averyverylongkeyindeex", "averyverylongkex", "averyverylongke"];
    prop_oneof![
        6 => proptest::sample::select(known.to_vec()).prop_map(str::to_owned),
        1 => proptest::sample::select(long.to_vec()).prop_map(str::to_owned),
        1 => "\\PC{0,20}",
    ]
}

fn text() -> impl Strategy<Value = String> {
    let held = prop_oneof![Just(r#"{"b":{"c":1}}"#), Just(r#"[{"b":"x"}]"#), Just(r#"{"b":{}} "#)];
    prop_oneof![1 => held.prop_map(str::to_owned), 3 => "[a-z{}\\[\\]:,\"\\\\]{0,12}", 1 => "\\PC{0,90}", 1 => "[\\x00-\\x20\"\\\\é😀]{0,10}"]
}

fn tree() -> impl Strategy<Value = Tree> {
    let scalars =
        ["null", "true", "false", "0", "-1", "12.50", "1e3", "-0.1E-2", "123456789012345678901234567890"];
    let leaf = prop_oneof![
        proptest::sample::select(scalars.to_vec()).prop_map(Tree::Scalar),
        text().prop_map(Tree::Text),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            1 => proptest::collection::vec(inner.clone(), 0..5).prop_map(Tree::Array),
            2 => object(inner),
        ]
    })
}

fn object(inner: impl Strategy<Value = Tree>) -> impl Strategy<Value = Tree> {
    proptest::collection::vec((key(), inner), 0..7).prop_map(Tree::Object)
}

/// A random record in a random spelling. A fifth has a key twice in some object.
pub(crate) fn record() -> impl Strategy<Value = String> {
    (object(tree()), any::<u64>(), 0..5u8).prop_map(|(tree, style, repeat)| {
        written(&if repeat == 0 { tree } else { without_repeats(tree) }, style)
    })
}

/// A random record in a random spelling, without keys that come twice.
pub(crate) fn record_without_repeats() -> impl Strategy<Value = String> {
    (object(tree()), any::<u64>()).prop_map(|(tree, style)| written(&without_repeats(tree), style))
}

/// Random records that are spelled alike and, but for some, differ in their values only.
pub(crate) fn records_alike() -> impl Strategy<Value = Vec<String>> {
    let variants = proptest::collection::vec((0..3usize, any::<u64>()), 1..20);
    (proptest::collection::vec(object(tree()), 1..4), any::<u64>(), variants).prop_map(
        |(trees, style, variants)| {
            let trees: Vec<Tree> = trees.into_iter().map(without_repeats).collect();
            let variant = |(tree, seed): (usize, u64)| {
                written(&with_other_values(&trees[tree % trees.len()], &mut Style(seed)), style)
            };
            variants.into_iter().map(variant).collect()
        },
    )
}

fn with_other_values(tree: &Tree, choices: &mut Style) -> Tree {
    const SCALARS: [&str; 8] = ["null", "true", "0", "-1.5e3", "12345678", "7", "0.25", "false"];
    const TEXTS: [&str; 10] = [
        "",
        "x",
        "GetUser",
        "a\"b",
        "é😀",
        "\u{1}",
        "\\",
        "sixteen bytes and more of them",
        r#"{"b":{"c":"x"}}"#,
        r#"[{"b":"x"},"{\"c\":1}"]"#,
    ];
    match tree {
        // Mostly of the same kind, as it is in logs.
        Tree::Scalar(_) if choices.one_of(4) == 0 => Tree::Scalar(SCALARS[choices.one_of(8) as usize]),
        Tree::Scalar(text) if text.len() < 4 => {
            Tree::Scalar(["0", "12", "-3", "4.5"][choices.one_of(4) as usize])
        }
        Tree::Text(_) if choices.one_of(9) > 0 => Tree::Text(TEXTS[choices.one_of(10) as usize].to_owned()),
        Tree::Scalar(_) | Tree::Text(_) => tree.clone(),
        Tree::Array(elements) => {
            Tree::Array(elements.iter().map(|element| with_other_values(element, choices)).collect())
        }
        Tree::Object(members) => {
            let other = |(key, value): &(String, Tree)| (key.clone(), with_other_values(value, choices));
            Tree::Object(members.iter().map(other).collect())
        }
    }
}

fn written(tree: &Tree, style: u64) -> String {
    let mut text = String::new();
    write(tree, &mut Style(style), &mut text);
    text
}

/// A random record with a few bytes changed, most likely to no JSON at all.
pub(crate) fn broken_record() -> impl Strategy<Value = String> {
    let edit = (
        any::<proptest::sample::Index>(),
        proptest::sample::select(b"{}[]\",:\\ \ntu0-.eA\x01".to_vec()),
        0..3u8,
    );
    (record(), proptest::collection::vec(edit, 1..4)).prop_filter_map("UTF-8", |(record, edits)| {
        let mut bytes = record.into_bytes();
        for (at, byte, how) in edits {
            let at = at.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ if bytes.len() > 1 => drop(bytes.remove(at)),
                _ => {}
            }
        }
        String::from_utf8(bytes).ok()
    })
}

fn without_repeats(tree: Tree) -> Tree {
    match tree {
        Tree::Array(elements) => Tree::Array(elements.into_iter().map(without_repeats).collect()),
        Tree::Object(members) => {
            let mut seen = std::collections::HashSet::new();
            let members = members.into_iter().filter(|(key, _)| seen.insert(key.clone()));
            Tree::Object(members.map(|(key, value)| (key, without_repeats(value))).collect())
        }
        scalar => scalar,
    }
}

/// A stream of choices.
pub(crate) struct Style(pub(crate) u64);

impl Style {
    fn one_of(&mut self, choices: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % choices
    }
}

fn space(style: &mut Style, out: &mut String) {
    out.push_str(["", "", "", "", " ", "\n", "\r\n\t ", "                    "][style.one_of(8) as usize]);
}

fn write(tree: &Tree, style: &mut Style, out: &mut String) {
    match tree {
        Tree::Scalar(text) => out.push_str(text),
        Tree::Text(text) => write_text(text, style, out),
        Tree::Array(elements) => {
            out.push('[');
            space(style, out);
            for (at, element) in elements.iter().enumerate() {
                separate(at, style, out);
                write(element, style, out);
                space(style, out);
            }
            out.push(']');
        }
        Tree::Object(members) => {
            out.push('{');
            space(style, out);
            for (at, (key, value)) in members.iter().enumerate() {
                separate(at, style, out);
                write_text(key, style, out);
                space(style, out);
                out.push(':');
                space(style, out);
                write(value, style, out);
                space(style, out);
            }
            out.push('}');
        }
    }
}

fn separate(at: usize, style: &mut Style, out: &mut String) {
    if at > 0 {
        out.push(',');
        space(style, out);
    }
}

fn write_text(text: &str, style: &Style, out: &mut String) {
    out.push('"');
    // Apart from the rest, whose spelling then does not depend on the texts before it.
    let mut style = Style(style.0);
    for letter in text.chars() {
        let must = letter < ' ' || letter == '"' || letter == '\\';
        if must || style.one_of(40) == 0 {
            let mut units = [0; 2];
            for unit in letter.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(letter);
        }
    }
    out.push('"');
}
