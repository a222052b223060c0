//! Which lines of a message somebody wrote for this ticket: quoted history, signatures and what a
//! machine printed are passed over.

/// Marks the lines of a message that are read. If nothing else is there, everything is.
pub(super) fn read_lines(lines: &[&str]) -> Vec<bool> {
    let mut read = vec![true; lines.len()];
    let mut is_trace = false;
    for (at, line) in lines.iter().enumerate() {
        let words = line.trim();
        if is_signature(line) {
            read[at..].fill(false);
            break;
        }
        is_trace = is_frame(words) || is_trace && words.starts_with("...");
        let is_history = words.starts_with('>') || introduces_quote(words, lines.get(at + 1));
        read[at] = !(is_trace || is_history || is_log(words) || is_device_line(words));
    }
    let says_something = lines
        .iter()
        .zip(&read)
        .any(|(line, read)| *read && line.chars().any(char::is_alphanumeric));
    if !says_something {
        read.fill(true);
    }
    read
}

/// The separator of RFC 3676 §4.3, with or without its blank.
fn is_signature(line: &str) -> bool {
    line.trim_end() == "--"
}

/// "On 3 May 2024, Ada wrote:" right before a quote, and the line Outlook puts before an old mail.
fn introduces_quote(line: &str, next: Option<&&str>) -> bool {
    let is_before_quote = next.is_some_and(|next| next.trim_start().starts_with('>'));
    line.ends_with(':') && is_before_quote
        || line.starts_with("-----Original Message-----")
        || line.starts_with("-----Ursprüngliche Nachricht-----")
}

fn is_device_line(line: &str) -> bool {
    line.starts_with("Sent from my ")
        || line.starts_with("Von meinem ") && line.ends_with("gesendet")
}

/// A line of a stack trace as Java, JavaScript, .NET, Python, Rust and Go print it. The line before,
/// which names the error, is read.
fn is_frame(line: &str) -> bool {
    let is_java = line.starts_with("at ") && (line.ends_with(')') || line.contains(":line "));
    let is_more = line.starts_with("... ") && line.ends_with(" more");
    let is_python = line.starts_with("File \"") && line.contains("\", line ");
    let is_gecko = line.split_once('@').is_some_and(|(name, place)| {
        !name.contains(' ') && place.contains("://") && ends_with_position(place)
    });
    is_java || is_more || is_python || is_gecko
}

/// `…:12:5`, a line and a column.
fn ends_with_position(place: &str) -> bool {
    let mut parts = place.rsplit(':');
    let is_number = |part: Option<&str>| {
        part.is_some_and(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()))
    };
    is_number(parts.next()) && is_number(parts.next())
}

/// A line that begins with a time and has a level, as programs write their logs.
fn is_log(line: &str) -> bool {
    const LEVELS: [&str; 7] = ["TRACE", "DEBUG", "INFO", "WARN", "WARNING", "ERROR", "FATAL"];
    let mut words = line.trim_start_matches('[').split_whitespace();
    let begins_with_time = words.next().is_some_and(|first| {
        first.len() >= 8
            && first.bytes().filter(u8::is_ascii_digit).count() >= 6
            && first.bytes().all(|b| b.is_ascii_digit() || b"-/.:TZ,+]".contains(&b))
    });
    begins_with_time
        && words
            .take(4)
            .any(|word| LEVELS.contains(&word.trim_matches(|c: char| !c.is_ascii_alphabetic())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let marked = read_lines(&lines);
        lines.iter().zip(marked).filter(|(_, read)| *read).map(|(line, _)| *line).collect()
    }

    #[test]
    fn quoted_history_is_passed_over() {
        let text =
            "It is fixed, thanks.\n\nOn 3 May 2024, Ada wrote:\n> Did you restart?\n>> No.\n";
        assert_eq!(read(text), "It is fixed, thanks.\n\n");
        assert_eq!(read("Two things:\nfirst"), "Two things:\nfirst");
    }

    #[test]
    fn signatures_end_a_message() {
        assert_eq!(read("My card is lost\n-- \nAda\nCEO"), "My card is lost\n");
        assert_eq!(read("My card is lost\r\n--\r\nAda"), "My card is lost\r\n");
        assert_eq!(read("a\n--- b\nSent from my phone"), "a\n--- b\n");
    }

    #[test]
    fn of_a_stack_trace_the_error_is_read_and_the_frames_are_not() {
        let java = "java.io.IOException: disk full\n  at a.b.C.d(C.java:12)\n  ... 3 more\nHelp";
        assert_eq!(read(java), "java.io.IOException: disk full\nHelp");
        let python = "Traceback\n  File \"a.py\", line 3, in x\nKeyError: 'a'";
        assert_eq!(read(python), "Traceback\nKeyError: 'a'");
        let gecko = "TypeError: x\nrun@chrome://a/b.js:12:5\nmail me@example.org";
        assert_eq!(read(gecko), "TypeError: x\nmail me@example.org");
        assert_eq!(read("at home (my house)\nat noon"), "at noon");
    }

    #[test]
    fn log_lines_are_passed_over() {
        let log =
            "It hangs:\n2024-05-03T10:00:00Z INFO started\n2024-05-03 10:00:01,123 [main] WARN x";
        assert_eq!(read(log), "It hangs:\n");
        assert_eq!(
            read("2024-05-03 was the day I had an ERROR"),
            "2024-05-03 was the day I had an ERROR"
        );
    }

    #[test]
    fn a_message_with_nothing_else_is_read_whole() {
        for text in ["> only a quote\n> here", "--\nAda", ""] {
            assert_eq!(read(text), text);
        }
    }
}
