//! temporary
use anyhow::Result;
use trailsift::input::Source;
use trailsift::scan::Unopened;
use trailsift::time::Timestamp;
pub(crate) struct Found {
    pub(crate) sources: Vec<Source>,
}
pub(crate) fn find(paths: &[String]) -> Result<Found> {
    let mut sources = Vec::new();
    fn walk(p: &std::path::Path, out: &mut Vec<Source>) {
        if p.is_dir() {
            for e in std::fs::read_dir(p).into_iter().flatten().flatten() {
                walk(&e.path(), out)
            }
        } else {
            out.push(Source { path: p.to_owned(), name: p.display().to_string() })
        }
    }
    for p in paths {
        walk(std::path::Path::new(p), &mut sources)
    }
    sources.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Found { sources })
}
pub(crate) fn newest(_: &[Source]) -> Option<Timestamp> {
    None
}
pub(crate) fn narrow(
    found: Found,
    _: Option<Timestamp>,
    _: Option<Timestamp>,
    _: &super::args::RangeArgs,
) -> Result<(Vec<Source>, Unopened)> {
    Ok((found.sources, Unopened::default()))
}
