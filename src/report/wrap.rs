//! Breaking text into lines of a given width.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Breaks `text` at blanks, and words that are wider than a line at any character.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let width = width.max(8);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let gap = usize::from(!line.is_empty());
        if line.width() + gap + word.width() <= width {
            line.push_str(&" "[..gap]);
            line.push_str(word);
            continue;
        }
        // A long ARN is broken where it stands rather than leaving half a line empty.
        let room = width.saturating_sub(line.width() + gap);
        let breaks = word.width() > width && room >= 12;
        if !line.is_empty() && !breaks {
            lines.push(std::mem::take(&mut line));
        } else if breaks {
            line.push_str(&" "[..gap]);
        }
        for c in word.chars() {
            if line.width() + c.width().unwrap_or(0) > width {
                lines.push(std::mem::take(&mut line));
            }
            line.push(c);
        }
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit() {
        let text = "arn:aws:iam::111122223333:user/legacy-backup created an access key for another user 漢字漢字漢字";
        for width in 8..60 {
            let lines = wrap(text, width);
            assert!(lines.iter().all(|line| line.width() <= width), "{width}: {lines:?}");
            assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
        }
    }
}
