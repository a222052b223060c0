//! Patterns of `LIKE` that find what begins like something.

/// Words of a search that count.
const WORDS_MAX: usize = 8;

/// Finds texts that begin like this.
pub(crate) fn beginning(text: &str) -> String {
    format!("{}%", literally(text))
}

/// The words of a search, each as two patterns: one finds texts that begin with it, the other those in which
/// a later word does.
pub(crate) fn words(text: &str) -> impl Iterator<Item = (String, String)> {
    text.split_whitespace().take(WORDS_MAX).map(|word| {
        let start = beginning(word);
        let inside = format!("% {start}");
        (start, inside)
    })
}

/// What a pattern has to say to mean just this.
fn literally(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_of_patterns_mean_themselves() {
        assert_eq!(beginning(r"50%_\"), r"50\%\_\\%");
        let found: Vec<_> = words(" a  b_ ").collect();
        let expected = [("a%", "% a%"), (r"b\_%", r"% b\_%")];
        assert_eq!(found, expected.map(|(start, inside)| (start.into(), inside.into())));
        assert_eq!(words("1 2 3 4 5 6 7 8 9").count(), WORDS_MAX);
        assert_eq!(words("  ").count(), 0);
    }
}
