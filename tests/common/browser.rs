//! Headless Chromium: opens a page, and gives back what became of it.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A browser that has not answered by then never will.
const PATIENCE: Duration = Duration::from_secs(120);

fn browser() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let mut places = std::env::split_paths(&path).flat_map(|folder| names.map(|name| folder.join(name)));
    let found = places.find(|place| place.is_file());
    if found.is_none() {
        let required = std::env::var_os("TESTS_REQUIRE_BROWSER").is_some_and(|value| value == "1");
        assert!(!required, "TESTS_REQUIRE_BROWSER=1, and no chromium is on the PATH");
        eprintln!("skipped: no chromium on the PATH");
    }
    found
}

/// A page opened in a browser of its own, once for each look.
pub(crate) struct Opened {
    browser: PathBuf,
    pub(crate) folder: tempfile::TempDir,
}

impl Opened {
    pub(crate) fn new(html: &str) -> Option<Opened> {
        let browser = browser()?;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("report.html"), html).unwrap();
        Some(Opened { browser, folder })
    }

    pub(crate) fn run(&self, hash: &str, args: &[&str]) -> String {
        let profile = tempfile::tempdir_in(self.folder.path()).unwrap();
        let out = profile.path().join("out");
        let mut child = Command::new(&self.browser)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .args(args)
            .arg(format!("file://{}/report.html{hash}", self.folder.path().display()))
            .stdout(Stdio::from(File::create(&out).unwrap()))
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                assert!(status.success(), "the browser ended with {status}");
                return std::fs::read_to_string(&out).unwrap();
            }
            if begun.elapsed() > PATIENCE {
                child.kill().unwrap();
                panic!("the browser did not answer within {PATIENCE:?}");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The page as the browser has it after its script ran.
    pub(crate) fn dom(&self, hash: &str) -> String {
        self.run(hash, &["--dump-dom"])
    }

    /// The colour of the first pixel of a screenshot.
    pub(crate) fn corner(&self, scheme: &str) -> [u8; 3] {
        let file = self.folder.path().join(format!("{scheme}.png"));
        self.run(
            "",
            &[
                &format!("--screenshot={}", file.display()),
                &format!("--blink-settings=preferredColorScheme={scheme}"),
            ],
        );
        let png = std::fs::read(file).unwrap();
        // Signature, header chunk, others; the pixels of the first IDAT begin with the filter of their row.
        let at = png.windows(4).position(|chunk| chunk == b"IDAT").unwrap() + 4;
        let mut pixels = [0; 4];
        flate2::read::ZlibDecoder::new(&png[at..]).read_exact(&mut pixels).unwrap();
        [pixels[1], pixels[2], pixels[3]]
    }
}

/// The elements of a serialized page and the names of their attributes; script, style and noscript as one each.
pub(crate) fn elements(dom: &str) -> Vec<(String, Vec<String>)> {
    let mut out = Vec::new();
    let mut rest = dom;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '!').collect();
        rest = &rest[name.len()..];
        let mut attributes = Vec::new();
        // Serialized attributes are always quoted with the double sign, and have none of it inside.
        while let Some(end) = rest.find(['"', '>']).filter(|end| rest.as_bytes()[*end] == b'"') {
            attributes.push(rest[..end].trim().trim_end_matches('=').to_owned());
            rest = &rest[end + 1..];
            rest = &rest[rest.find('"').map_or(rest.len(), |end| end + 1)..];
        }
        if matches!(name.as_str(), "script" | "style" | "noscript") {
            rest = &rest[rest.find(&format!("</{name}")).unwrap_or(rest.len())..];
        }
        if !name.is_empty() {
            out.push((name, attributes));
        }
    }
    out
}

/// What stands between two marks, without tags.
pub(crate) fn between<'d>(dom: &'d str, from: &str, to: &str) -> &'d str {
    let start = dom.find(from).unwrap_or_else(|| panic!("no {from} in the page")) + from.len();
    let end = dom[start..].find(to).unwrap();
    &dom[start..start + end]
}

/// Fails when a page has an element or an attribute that no page of trailsift has.
pub(crate) fn only_ours(dom: &str) {
    const OURS: &str = " !DOCTYPE html head meta title style body a header p nav button main section h1 h2 h3 h4 b ul ol li \
        span div details summary time svg rect dl dt dd form fieldset legend label input select option article table thead \
        tbody tr th td code pre noscript script small output ";
    assert_eq!(dom.matches("<script").count(), 1);
    for (name, attributes) in elements(dom) {
        assert!(OURS.contains(&format!(" {name} ")), "<{name}> is none of ours: {attributes:?}");
        for attribute in attributes {
            let known =
                attribute.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !attribute.starts_with("on");
            assert!(
                known && attribute != "src" && attribute != "srcdoc" && attribute != "style",
                "{attribute:?} of <{name}>"
            );
        }
    }
}

/// The page after a script of the test's own has run, in a copy without the policy.
pub(crate) fn after(html: &str, script: &str) -> Option<String> {
    let html = html.replace("Content-Security-Policy", "X-Nothing");
    let doing = format!("<script>addEventListener('load', () => {{ {script} }})</script></body>");
    Some(Opened::new(&html.replace("</body>", &doing))?.dom(""))
}
