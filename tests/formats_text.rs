//! CSV and Markdown as other programs read them: no formulas, no markup, no links, nothing in another's cell.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod common;

use common::views::{empty, hostile, many, payloads, rendered};
use pulldown_cmark::{Event, Options, Parser, Tag};
use trailsift::report::Format;

/// Rows as RFC 4180 has them; `separator` is a comma, or what spreadsheets of other countries take for one.
fn rows(text: &str, separator: char) -> Vec<Vec<String>> {
    let mut rows = vec![vec![String::new()]];
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let row = rows.last_mut().unwrap();
        let cell = row.last_mut().unwrap();
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            '\r' if !quoted => {
                assert_eq!(chars.next(), Some('\n'), "a carriage return alone");
                if chars.peek().is_some() {
                    rows.push(vec![String::new()]);
                }
            }
            c if c == separator && !quoted => row.push(String::new()),
            c => cell.push(c),
        }
    }
    assert!(!quoted, "a quotation mark is left open");
    rows
}

#[test]
fn csv_has_one_row_a_finding_and_one_cell_a_column() {
    for view in [empty(), hostile(), many(50)] {
        let rows = rows(&rendered(&view, Format::Csv), ',');
        assert_eq!(rows.len(), 1 + view.findings.len());
        for row in &rows {
            assert_eq!(row.len(), rows[0].len(), "{row:?}");
            assert!(row.iter().all(|cell| cell.chars().count() <= 32_767));
        }
        let id = rows[0].iter().position(|name| name == "id").unwrap();
        for (row, finding) in rows[1..].iter().zip(&view.findings) {
            assert_eq!(row[id], finding.id);
        }
    }
}

#[test]
fn no_cell_of_csv_is_a_formula_whatever_parts_the_cells() {
    let text = rendered(&hostile(), Format::Csv);
    // A spreadsheet that parts at semicolons or tabs does not know of our quotes: split without them, too.
    let careless = text.split(['\n', '\r', ';', '\t']).map(str::to_owned);
    let cells =
        rows(&text, ',').into_iter().flatten().chain(rows(&text, ';').into_iter().flatten()).chain(careless);
    let mut seen = 0;
    for cell in cells {
        seen += 1;
        let begin = cell.trim_start_matches([' ', '"']);
        assert!(!begin.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']), "{cell:?}");
    }
    assert!(seen > 1_000);
    assert!(text.contains("'=cmd|"), "the payload is there, as text");
}

#[test]
fn markdown_of_hostile_findings_has_no_markup_of_theirs() {
    let text = rendered(&hostile(), Format::Markdown);
    assert!(text.len() < 65_536 * 2, "{} bytes", text.len());
    let mut options = Options::empty();
    options.insert(Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_FOOTNOTES);
    let mut in_code = 0;
    let mut cells = 0;
    for event in Parser::new_ext(&text, options) {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => panic!("HTML: {html}"),
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                panic!("link: {dest_url}")
            }
            Event::Start(Tag::CodeBlock(_) | Tag::FootnoteDefinition(_))
            | Event::Rule
            | Event::FootnoteReference(_) => {
                panic!("{event:?}")
            }
            Event::Start(Tag::TableCell) => cells += 1,
            Event::Code(code) => {
                in_code += 1;
                assert!(code.chars().count() < 1_000, "code of {} characters", code.len());
            }
            // Trackers make links of addresses, mentions of names and references of numbers, of plain text alone.
            Event::Text(text) => {
                for mark in ["://", "www.", "@", "#"] {
                    assert!(!text.contains(mark), "{mark} in {text}");
                }
            }
            _ => {}
        }
    }
    assert!(in_code > payloads().len() && cells > 5, "{in_code} codes, {cells} cells");
}

#[test]
fn markdown_keeps_every_row_of_a_table_whole() {
    let text = rendered(&hostile(), Format::Markdown);
    let mut columns = None;
    for line in text.lines() {
        if !line.starts_with('|') {
            columns = None;
            continue;
        }
        let bars = line.replace("\\|", "").matches('|').count();
        assert_eq!(*columns.get_or_insert(bars), bars, "{line}");
    }
}

#[test]
fn markdown_of_ten_thousand_findings_fits_into_a_ticket() {
    let text = rendered(&many(10_000), Format::Markdown);
    assert!(text.len() < 65_536, "{} bytes", text.len());
    assert!(text.contains("Not listed"), "what is left out is counted");
}
