//! Pieces of words: runs of characters, with the word's ends marked.

/// Characters of the shortest and the longest piece.
const SIZES: std::ops::RangeInclusive<usize> = 2..=5;
/// Characters of a word that are cut into pieces; longer ones are ids and addresses.
const CHARS_MAX: usize = 40;

/// Calls `see` for every piece of a word; placeholders such as `<url>` have none.
///
/// The word's ends are marked by blanks, so that "ed " is an ending and " re" a beginning.
pub(super) fn visit(term: &str, see: &mut impl FnMut(&str)) {
    if crate::text::is_placeholder(term) {
        return;
    }
    let mut word = String::with_capacity(term.len() + 2);
    word.push(' ');
    word.extend(term.chars().take(CHARS_MAX));
    word.push(' ');
    // Where each character begins, and the end.
    let mut places = [0_u8; CHARS_MAX + 3];
    let mut chars = 0;
    for (at, _) in word.char_indices() {
        places[chars] = at as u8;
        chars += 1;
    }
    places[chars] = word.len() as u8;
    for size in SIZES {
        for at in 0..=chars.saturating_sub(size) {
            if at + size <= chars {
                see(&word[usize::from(places[at])..usize::from(places[at + size])]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(term: &str) -> Vec<String> {
        let mut all = Vec::new();
        visit(term, &mut |piece| all.push(piece.to_owned()));
        all
    }

    #[test]
    fn pieces_have_two_to_five_characters() {
        let of_pin = [" p", "pi", "in", "n ", " pi", "pin", "in ", " pin", "pin ", " pin "];
        assert_eq!(pieces("pin"), of_pin);
        assert_eq!(pieces("ä"), [" ä", "ä ", " ä "]);
        assert!(pieces("<url>").is_empty());
    }

    #[test]
    fn endless_words_are_cut() {
        // Four bytes a character: places must still fit.
        let word = "\u{1f600}".repeat(5_000);
        assert_eq!(pieces(&word).len(), 41 + 40 + 39 + 38);
    }
}
