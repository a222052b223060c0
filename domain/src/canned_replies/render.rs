//! Filling in what a text leaves open.

use super::rules::{Piece, pieces};

/// What placeholders stand for.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    pub requester: &'a str,
    pub ticket_number: u64,
    /// Whoever sends the reply.
    pub agent: &'a str,
}

/// A text with its placeholders filled in. What they are filled with is not looked at again: a name that
/// reads `{{agent.name}}` stays as it is.
pub fn render(body: &str, names: Names<'_>) -> String {
    let number = names.ticket_number.to_string();
    let mut text = String::with_capacity(body.len() + 32);
    for piece in pieces(body) {
        match piece {
            Piece::Text(part) => text.push_str(part),
            Piece::Open("requester.name") => text.push_str(names.requester),
            Piece::Open("ticket.number") => text.push_str(&number),
            Piece::Open("agent.name") => text.push_str(names.agent),
            // Refused when it is saved; shown as it stands should an older text have it.
            Piece::Open(other) => text.push_str(&format!("{{{{{other}}}}}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_once() {
        let names = Names { requester: "{{agent.name}}", ticket_number: 42, agent: "Ada" };
        let text =
            render("Hi {{requester.name}}, #{{ticket.number}}. {{ agent.name }} {{x}}", names);
        assert_eq!(text, "Hi {{agent.name}}, #42. Ada {{x}}");
    }
}
