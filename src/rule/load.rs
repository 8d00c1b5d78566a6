//! From files to a rule set: names resolved, filters joined, referred rules first.

use std::collections::BTreeMap;
use std::path::Path;

use hashbrown::HashMap;

use super::document::{self, Draft, Name};
use super::error::{Code, Place, Problem, RuleError, RuleErrors};
use super::files::RuleFile;
use super::packed::Packed;
use super::{RuleSet, filter, link, yaml};

/// What rules may refer to besides each other.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The lists that `|expand` reads, by name.
    pub lists: BTreeMap<String, Vec<String>>,
    /// The `derived.` fields that can be computed.
    pub derived: Vec<&'static str>,
    /// Whether [`Rule::identifiers`](super::Rule::identifiers) is left empty, which only explanations need.
    pub brief: bool,
}

/// What the reading of one file needs to know besides its text.
pub(super) struct Scope<'o> {
    /// [`Options::lists`]
    pub(super) lists: &'o BTreeMap<String, Vec<String>>,
    /// [`Options::derived`]
    pub(super) derived: &'o [&'static str],
    /// [`Options::brief`]
    pub(super) brief: bool,
    /// The embedded pack's expressions compile: a test reads it as a user's folder, with every check.
    pub(super) proven: bool,
}

/// A document that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The file.
    pub file: String,
    /// Where the document starts.
    pub place: Place,
    /// Its title.
    pub title: String,
    /// Why it was left out.
    pub reason: String,
}

/// A rule of an earlier layer that one of a later layer stands in for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replaced {
    /// Its name.
    pub rule: String,
    /// The file of the one that stands in for it.
    pub file: String,
    /// Where that one starts.
    pub place: Place,
}

/// Builds a rule set from layers of files. A rule of a later layer replaces one of the same name or id in an earlier
/// layer, and a filter a filter; within a layer names are unique. All errors are found before any is returned.
pub fn load(layers: &[Vec<RuleFile>], options: &Options) -> Result<RuleSet, RuleErrors> {
    let files: Vec<&RuleFile> = layers.iter().flatten().collect();
    let mut errors = Errors { files: &files, list: Vec::new() };
    let mut drafts: Vec<Draft> = Vec::new();
    let (mut file, mut replaced) = (0, Vec::new());
    for layer in layers {
        // A file holds a few; drafts are large, and need not be moved as the list grows.
        let mut of_layer = Vec::with_capacity(3 * layer.len());
        for of_file in layer {
            of_layer.extend(read(of_file, file, options, &mut errors));
            file += 1;
        }
        unique(&of_layer, &mut errors);
        drafts.retain(|old| {
            let new = of_layer.iter().find(|new| replaces(new, old));
            replaced.extend(new.map(|new| Replaced {
                rule: name(old).to_owned(),
                file: files[new.file].name.clone(),
                place: new.place,
            }));
            new.is_none()
        });
        // Drafts are large: the first layer is not copied.
        if drafts.is_empty() {
            drafts = of_layer;
        } else {
            drafts.extend(of_layer);
        }
    }
    filter::apply(&mut drafts, &mut |file, problem| errors.add(file, problem));
    let set = RuleSet { replaced, ..link::link(drafts, &files, &mut errors) };
    errors.list.sort_by(|a, b| {
        (&a.file, a.problem.place, &a.problem.message).cmp(&(&b.file, b.problem.place, &b.problem.message))
    });
    errors.list.dedup();
    if errors.list.is_empty() { Ok(set) } else { Err(RuleErrors(errors.list)) }
}

/// What is wrong so far.
pub(super) struct Errors<'f> {
    files: &'f [&'f RuleFile],
    list: Vec<RuleError>,
}

impl Errors<'_> {
    pub(super) fn add(&mut self, file: usize, problem: Problem) {
        let text = &self.files[file].text;
        let line_text = text.lines().nth(problem.place.line - 1).unwrap_or_default().to_owned();
        self.list.push(RuleError { file: self.files[file].name.clone(), problem, line_text });
    }
}

fn read(text: &RuleFile, file: usize, options: &Options, errors: &mut Errors<'_>) -> Vec<Draft> {
    let packed = text.packed.and_then(Packed::documents);
    let (lists, derived, brief) = (&options.lists, &options.derived, options.brief);
    let scope = Scope { lists, derived, brief, proven: packed.is_some() };
    let documents = match packed.map_or_else(|| yaml::documents(&text.text), Ok) {
        Ok(documents) => documents,
        Err(problem) => {
            errors.add(file, problem);
            return Vec::new();
        }
    };
    if documents.is_empty() {
        let problem =
            Problem::new(Code::MissingKey, Place { line: 1, column: 1 }, "no rule in this file".to_owned());
        errors.add(file, problem.help("a rule is a mapping with title, detection or correlation, and level"));
    }
    let stem =
        Path::new(&errors.files[file].name).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let stem = stem.unwrap_or_else(|| "rule".to_owned());
    let mut drafts = Vec::new();
    for document in &documents {
        let mut problems = Vec::new();
        let draft = document::parse(document, file, &scope, &mut problems);
        problems.into_iter().for_each(|problem| errors.add(file, problem));
        drafts.extend(draft);
    }
    let mut unnamed = 0;
    for draft in &mut drafts {
        // Nothing refers to a filter: its file may well have the name of the rule that it narrows.
        if draft.meta.name.is_none() && !draft.is_filter() {
            unnamed += 1;
            let text = if unnamed == 1 { stem.clone() } else { format!("{stem}-{unnamed}") };
            draft.meta.name = Some(Name { text, place: draft.place });
        }
    }
    drafts
}

/// The name of a draft; empty without one.
pub(super) fn name(draft: &Draft) -> &str {
    draft.meta.name.as_ref().map_or("", |name| &name.text)
}

/// Whether one stands in for the other, which it can only if it does the same kind of thing for the same logs.
fn replaces(new: &Draft, old: &Draft) -> bool {
    let alike = new.meta.logsource.is_cloudtrail() && new.is_filter() == old.is_filter();
    let named = new.meta.name.is_some() && name(new) == name(old);
    alike && (named || (new.meta.id.is_some() && new.meta.id == old.meta.id))
}

fn unique(drafts: &[Draft], errors: &mut Errors<'_>) {
    let (mut names, mut ids) = (HashMap::new(), HashMap::new());
    for (i, draft) in drafts.iter().enumerate() {
        let named = draft.meta.name.as_ref().map_or(i, |name| *names.entry(&name.text).or_insert(i));
        let known = draft.meta.id.as_deref().map_or(i, |id| *ids.entry(id).or_insert(i));
        let first = named.min(known);
        if first < i {
            let other = &drafts[first];
            let place = draft.meta.name.as_ref().map_or(draft.place, |name| name.place);
            let called = if name(other).is_empty() { other.meta.title.as_str() } else { name(other) };
            let message = format!("a second rule with the name or id of `{called}`");
            let help = format!("the first is in {}:{}", errors.files[other.file].name, other.place.line);
            errors.add(draft.file, Problem::new(Code::DuplicateRule, place, message).help(help));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STOP: &str = "title: Stop\nname: stop\nid: 5a7f2f2e-6b1c-4f0a-9d8e-3c1b7a90e4d2\nlogsource: {product: aws, \
                        service: cloudtrail}\ndetection: {s: {eventName: StopLogging}, condition: s}\n";

    fn loaded(layers: &[&[(&str, &str)]]) -> RuleSet {
        let files =
            |layer: &&[(&str, &str)]| layer.iter().map(|(name, text)| RuleFile::new(*name, *text)).collect();
        let layers: Vec<Vec<RuleFile>> = layers.iter().map(files).collect();
        load(&layers, &Options::default()).unwrap_or_else(|errors| panic!("{errors}"))
    }

    #[test]
    fn only_a_rule_stands_in_for_a_rule() {
        let filter = "title: Ours\nlogsource: {product: aws, service: cloudtrail}\nfilter: {RULES s: {sourceIPAddress: \
                      192.0.2.250}, condition: not s}\n";
        let windows = "title: W\nlogsource: {product: windows}\ndetection: {s: {EventID: 1}, condition: s}\n";
        for (of_file, narrowed) in [
            (filter.replace("RULES", ""), true),
            (filter.replace("RULES", "rules: [stop], "), true),
            (windows.to_owned(), false),
        ] {
            let set = loaded(&[&[("builtin:stop.yml", STOP)], &[("my/stop.yml", &of_file)]]);
            let (_, rule) = set.find("stop").unwrap();
            assert_eq!(
                (rule.title.as_str(), set.rules.len(), set.replaced.len()),
                ("Stop", 1, 0),
                "{of_file}"
            );
            let super::super::Body::Detection(expr) = &rule.body else { panic!("{of_file}") };
            assert_eq!(expr.to_string().contains("192.0.2.250"), narrowed, "{of_file}");
        }
        let own = STOP.replace("title: Stop", "title: Mine");
        let set = loaded(&[&[("builtin:stop.yml", STOP)], &[("my/own.yml", &own)]]);
        assert_eq!((set.rules[0].title.as_str(), set.replaced.len()), ("Mine", 1));
    }

    #[test]
    fn a_filter_without_a_name_takes_none_from_its_file() {
        let filter = "title: F\nfilter: {rules: [stop], s: {eventName: x}, condition: not s}\n";
        let both = format!(
            "{STOP}---\n{filter}---\n{filter}---\ntitle: Other\ndetection: {{s: {{a: b}}, condition: s}}\n"
        );
        let set = loaded(&[&[("other.yml", &both)]]);
        let names: Vec<&str> = set.rules.iter().map(|rule| rule.name.as_str()).collect();
        assert_eq!(names, ["stop", "other"]);
    }
}
