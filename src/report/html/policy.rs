//! What the page may do: run its own script and style, told by their hashes, and nothing else. No network at all.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use crate::text::base64;

/// The style or the script.
pub(super) struct Asset {
    /// As it stands in the page.
    pub(super) text: Cow<'static, str>,
}

impl Asset {
    pub(super) fn style() -> Asset {
        Asset::of(include_str!("page.css"))
    }

    pub(super) fn script(text: &'static str) -> Asset {
        Asset::of(text)
    }

    /// Browsers read line ends as line feeds before they hash; a checkout may have others.
    fn of(text: &'static str) -> Asset {
        let text =
            if text.contains('\r') { Cow::Owned(text.replace("\r\n", "\n")) } else { Cow::Borrowed(text) };
        Asset { text }
    }

    fn hash(&self) -> String {
        base64(&Sha256::digest(self.text.as_bytes()))
    }
}

/// The Content-Security-Policy of the page.
pub(super) fn policy(style: &Asset, script: &Asset) -> String {
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        script.hash(),
        style.hash()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPTS: [&str; 3] =
        [include_str!("page.js"), include_str!("shell.js"), include_str!("../../trace/page/page.js")];

    #[test]
    fn assets_stay_within_their_elements() {
        for asset in SCRIPTS.map(Asset::script).into_iter().chain([Asset::style()]) {
            let text = asset.text.to_ascii_lowercase();
            for end in
                ["</script", "</style", "<!--", "<script", "http:", "https:", "url(", "@import", "eval("]
            {
                assert!(!text.contains(end), "{end}");
            }
        }
        assert_eq!(Asset::of("a\r\nb").text, "a\nb");
    }

    #[test]
    fn the_policy_allows_two_hashes() {
        let policy = policy(&Asset::style(), &Asset::script(SCRIPTS[0]));
        assert!(policy.starts_with("default-src 'none'; script-src 'sha256-"), "{policy}");
        assert_eq!(policy.matches("'sha256-").count(), 2);
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
    }
}
