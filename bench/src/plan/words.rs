//! What people are called and write about.

use super::Draw;

const FIRST: [&str; 32] = [
    "Ada", "Alan", "Amina", "Anton", "Bela", "Carla", "Chen", "Dana", "Edda", "Emil", "Farid",
    "Grace", "Hanna", "Ines", "Ivan", "Jonas", "Kemal", "Lena", "Linus", "Mara", "Mei", "Nadia",
    "Noor", "Olga", "Omar", "Paula", "Rafael", "Sofia", "Tarek", "Uma", "Vera", "Yusuf",
];
const LAST: [&str; 32] = [
    "Abel", "Almeida", "Bauer", "Becker", "Castro", "Dahl", "Duarte", "Eriksen", "Fischer",
    "Garcia", "Haddad", "Hopper", "Ivanova", "Jansen", "Kaya", "Keller", "Kowalski", "Lindgren",
    "Lovelace", "Martin", "Meyer", "Nakamura", "Novak", "Okafor", "Petrov", "Quinn", "Rossi",
    "Schmidt", "Silva", "Turing", "Weber", "Zhang",
];
const WORDS: [&str; 96] = [
    "account",
    "address",
    "after",
    "again",
    "agent",
    "and",
    "answer",
    "attached",
    "before",
    "billing",
    "browser",
    "button",
    "cable",
    "cancel",
    "card",
    "change",
    "charged",
    "charger",
    "checkout",
    "clicked",
    "code",
    "colleague",
    "confirm",
    "connection",
    "contract",
    "customer",
    "daily",
    "damaged",
    "delivery",
    "device",
    "discount",
    "download",
    "email",
    "error",
    "every",
    "expected",
    "export",
    "file",
    "firmware",
    "form",
    "from",
    "help",
    "house",
    "import",
    "invoice",
    "keyboard",
    "license",
    "login",
    "machine",
    "manual",
    "message",
    "missing",
    "monday",
    "monitor",
    "month",
    "morning",
    "network",
    "number",
    "office",
    "order",
    "package",
    "page",
    "parcel",
    "password",
    "payment",
    "phone",
    "please",
    "printer",
    "problem",
    "product",
    "questions",
    "receipt",
    "refund",
    "region",
    "replace",
    "report",
    "request",
    "reset",
    "return",
    "router",
    "screen",
    "server",
    "service",
    "shows",
    "since",
    "software",
    "still",
    "support",
    "system",
    "team",
    "thanks",
    "today",
    "update",
    "version",
    "warranty",
    "yesterday",
];

fn pick<'a>(draw: &mut Draw, list: &[&'a str]) -> &'a str {
    list[draw.below(list.len() as u64) as usize]
}

fn words(draw: &mut Draw, count: u64) -> String {
    let mut text = String::new();
    for number in 0..count {
        if number > 0 {
            text.push(' ');
        }
        text += pick(draw, &WORDS);
    }
    text
}

pub fn name(draw: &mut Draw) -> String {
    format!("{} {}", pick(draw, &FIRST), pick(draw, &LAST))
}

/// Four to nine words.
pub fn subject(draw: &mut Draw) -> String {
    let count = 4 + draw.below(6);
    words(draw, count)
}

/// Two to eight lines, 350 bytes on average.
pub fn body(draw: &mut Draw) -> String {
    let lines = 2 + draw.below(7);
    let mut text = String::new();
    for _ in 0..lines {
        let count = 6 + draw.below(8);
        text += &words(draw, count);
        text += ".\n";
    }
    text.pop();
    text
}
