//! Small questions about text that several rooms ask.

/// The allowed name most like `got`, if one is like it at all.
pub fn nearest<'a>(got: &str, allowed: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = got.to_lowercase();
    allowed
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&folded, &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= 1 + name.chars().count().min(got.chars().count()) / 4)
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_finds_slips_and_nothing_far() {
        assert_eq!(nearest("startwith", ["startswith", "endswith"]), Some("startswith"));
        assert_eq!(nearest("Evnet_Count", ["event_count", "value_count"]), Some("event_count"));
        assert_eq!(nearest("banana", ["startswith", "endswith"]), None);
    }
}
