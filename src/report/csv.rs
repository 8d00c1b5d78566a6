//! Comma-separated values as RFC 4180 has them: one row a finding, for spreadsheets and for joins.
//!
//! Spreadsheets run what begins with `=`, `+`, `-` or `@`. Such a value gets an apostrophe in front, which they take
//! as "this is text" and show nothing of. Lists are joined with blanks or with ` | `, so that a row is always a line.

use std::borrow::Cow;
use std::io::{self, Write};

use super::Surroundings;
use super::identity::vendors_in;
use super::untrusted::{clipped, plain};
use crate::finding::{ChainLink, Finding, View};
use crate::outcome::Outcome;

/// What a cell can hold in the most used spreadsheet is 32,767 characters; more would spill into the next row.
const MOST: usize = 32_000;

/// A column: its name and the value of a finding.
type Column = (&'static str, fn(&Finding) -> Cow<'_, str>);

/// The columns. None is added here, so that positions keep their meaning.
const COLUMNS: &[Column] = &[
    ("id", |f| f.id.as_str().into()),
    ("level", |f| f.level.name().into()),
    ("first_seen", |f| said(f.first_seen)),
    ("last_seen", |f| said(f.last_seen)),
    ("count", |f| f.count.to_string().into()),
    ("class", |f| f.class.name().into()),
    ("outcome", |f| f.outcome.map_or("", Outcome::name).into()),
    ("rule", |f| f.rule.name.as_str().into()),
    ("rule_title", |f| f.rule.title.as_str().into()),
    ("title", |f| f.title.as_str().into()),
    ("why", |f| f.why.join(" | ").into()),
    ("account", |f| text(&f.account)),
    ("region", |f| text(&f.region)),
    ("principal", |f| text(&f.principal.canonical)),
    ("principal_kind", |f| text(&f.principal.kind)),
    ("principal_arn", |f| text(&f.principal.arn)),
    ("principal_account", |f| text(&f.principal.account)),
    ("session_name", |f| text(&f.principal.session_name)),
    ("access_key_id", |f| text(&f.principal.access_key_id)),
    ("chain", |f| f.principal.chain.iter().map(link).collect::<Vec<_>>().join(" > ").into()),
    ("target", |f| text(&f.target)),
    ("source_ip", |f| text(&f.source.ip)),
    ("source_class", |f| text(&f.source.class)),
    ("source_country", |f| text(&f.source.country)),
    ("source_asn", |f| said(f.source.asn)),
    ("source_org", |f| text(&f.source.org)),
    ("vpc_endpoint", |f| text(&f.source.vpc_endpoint)),
    ("user_agent", |f| text(&f.user_agent)),
    ("error_code", |f| text(&f.error_code)),
    ("attack", |f| f.rule.attack.join(" ").into()),
    ("evidence_total", |f| f.evidence_total.to_string().into()),
    ("event_ids", |f| of_evidence(f, |e| e.event_id.as_deref())),
    ("event_names", |f| of_evidence(f, |e| e.event_name.as_deref())),
    ("first_file", |f| f.evidence.first().map_or("", |e| e.file.as_str()).into()),
    ("first_record", |f| said(f.evidence.first().map(|e| e.record))),
    ("false_positives", |f| f.false_positives.join(" | ").into()),
    ("references", |f| f.rule.references.join(" ").into()),
    ("suppressed_by", |f| f.suppressed.as_ref().map_or("", |s| s.by.as_str()).into()),
    ("suppressed_reason", |f| f.suppressed.as_ref().map_or("", |s| s.reason.as_str()).into()),
    ("known", |f| if f.known.is_some() { "known" } else { "new" }.into()),
    ("known_reason", |f| f.known.as_ref().map_or("".into(), |known| text(&known.reason))),
];

/// Columns that came later; they stand behind the one that only the view knows. New ones are added at the end.
const LATER: &[Column] = &[
    ("targets", |f| f.targets.join(" | ").into()),
    ("addresses", |f| f.addresses.join(" | ").into()),
    ("access_keys", |f| f.access_keys.join(" | ").into()),
    ("sessions", |f| f.sessions.join(" | ").into()),
];

/// The header and one row a finding. One column is known to the view only: who publishes the accounts it names.
pub(super) fn render(view: &View, _: Surroundings, out: &mut dyn Write) -> io::Result<()> {
    let rows = view.findings.iter().map(|finding| {
        let vendors = vendors_in(finding, &view.summary.vendors).join(" | ");
        let of = |columns: &'static [Column]| columns.iter().map(move |(_, value)| value(finding));
        of(COLUMNS).chain([Cow::Owned(vendors)]).chain(of(LATER))
    });
    let names = |columns: &'static [Column]| columns.iter().map(|(name, _)| *name);
    write_rows(names(COLUMNS).chain(["vendors"]).chain(names(LATER)), rows, out)
}

/// A header and rows of cells.
pub(crate) fn write_rows<'v, R: Iterator<Item = Cow<'v, str>>>(
    names: impl Iterator<Item = &'static str>,
    rows: impl Iterator<Item = R>,
    out: &mut dyn Write,
) -> io::Result<()> {
    write!(out, "{}\r\n", names.collect::<Vec<_>>().join(","))?;
    for row in rows {
        for (i, value) in row.enumerate() {
            let comma = if i == 0 { "" } else { "," };
            write!(out, "{comma}{}", cell(&value))?;
        }
        out.write_all(b"\r\n")?;
    }
    Ok(())
}

fn text(value: &Option<String>) -> Cow<'_, str> {
    value.as_deref().unwrap_or_default().into()
}

fn said<T: ToString>(value: Option<T>) -> Cow<'static, str> {
    value.map(|value| value.to_string()).unwrap_or_default().into()
}

fn link(link: &ChainLink) -> String {
    link.principal.clone().or_else(|| link.access_key_id.clone()).unwrap_or_else(|| "unknown".to_owned())
}

fn of_evidence(finding: &Finding, value: fn(&crate::finding::EvidenceItem) -> Option<&str>) -> Cow<'_, str> {
    finding.evidence.iter().filter_map(value).collect::<Vec<_>>().join(" ").into()
}

/// A value as one cell: on one line, no formula, quoted where it must be.
fn cell(value: &str) -> String {
    let value = plain(value);
    let value = clipped(&value, MOST);
    let value = harmless(&value);
    if value.contains(['"', ',', ';', '\'']) || value.starts_with(' ') || value.ends_with(' ') {
        format!("\"{}\"", value.replace('"', "\"\""))
    } else {
        value.into_owned()
    }
}

/// The value with nothing in it that a spreadsheet would take for a formula. Blanks in front do not hide one. Where
/// the decimal sign is a comma, spreadsheets part cells at semicolons, quoted or not: what follows one begins a cell.
fn harmless(value: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut done = 0;
    let mut begins = true;
    for (at, c) in value.char_indices() {
        // The full-width forms are taken for the same.
        if begins && matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠') {
            out.push_str(&value[done..at]);
            out.push('\'');
            done = at;
        }
        begins = c == ';' || (begins && (c == ' ' || c == '"'));
    }
    if done == 0 && out.is_empty() {
        return Cow::Borrowed(value);
    }
    out.push_str(&value[done..]);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_text() {
        for (value, expected) in [
            ("user/jane", "user/jane"),
            ("", ""),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("=1+1", "\"'=1+1\""),
            ("+cmd|' /C calc'!A0", "\"'+cmd|' /C calc'!A0\""),
            ("-2", "\"'-2\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\t=1", "\\t=1"),
            ("\r\n=1", "\\r\\n=1"),
            ("  =1", "\"  '=1\""),
            ("\"=1", "\"\"\"'=1\""),
            ("a;=1", "\"a;'=1\""),
            ("a; +1;-1", "\"a; '+1;'-1\""),
            ("＝1", "\"'＝1\""),
            ("2026-03-28T02:14:07Z", "2026-03-28T02:14:07Z"),
            ("a\u{202e}b", "a\\u{202e}b"),
        ] {
            assert_eq!(cell(value), expected, "{value:?}");
        }
    }

    #[test]
    fn columns_keep_their_places() {
        let names: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
        assert_eq!(
            names.join(","),
            "id,level,first_seen,last_seen,count,class,outcome,rule,rule_title,title,why,account,region,principal,\
             principal_kind,principal_arn,principal_account,session_name,access_key_id,chain,target,source_ip,\
             source_class,source_country,source_asn,source_org,vpc_endpoint,user_agent,error_code,attack,\
             evidence_total,event_ids,event_names,first_file,first_record,false_positives,references,\
             suppressed_by,suppressed_reason,known,known_reason"
        );
    }
}
