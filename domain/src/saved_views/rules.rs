//! Pure checks of views.

use super::Definition;
use crate::error::FieldErrors;

/// Most columns of a view.
const COLUMNS_MAX: usize = 30;
/// Longest name of a column, in characters.
const COLUMN_CHARS: usize = 40;
/// Longest words to search for, in characters.
const TEXT_CHARS: usize = 200;
/// Longest stored definition, in bytes of JSON; some 400 ids.
const JSON_MAX: usize = 16 * 1024;

pub(super) fn check_name(errors: &mut FieldErrors, name: &str) -> String {
    errors.line("name", name, 120)
}

pub(super) fn check(errors: &mut FieldErrors, definition: &Definition) {
    let columns = &definition.columns;
    if columns.len() > COLUMNS_MAX {
        errors.add("columns", format!("at most {COLUMNS_MAX} columns, got {}", columns.len()));
    }
    let is_name = |name: &String| {
        (1..=COLUMN_CHARS).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    if let Some(bad) = columns.iter().find(|name| !is_name(name)) {
        let why = format!("{bad:?} is not 1 to {COLUMN_CHARS} letters, digits and underscores");
        errors.add("columns", why);
    }
    let text = definition.filter.tickets.text.as_deref().unwrap_or_default();
    let chars = text.chars().count();
    if chars > TEXT_CHARS {
        errors
            .add("filter.text", format!("must have at most {TEXT_CHARS} characters, got {chars}"));
    } else if json(definition).len() > JSON_MAX {
        errors.add("filter", format!("names too much; at most {JSON_MAX} bytes are kept"));
    }
}

pub(super) fn json(definition: &Definition) -> String {
    serde_json::to_string(definition).expect("definitions are plain values")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::QueueId;

    #[test]
    fn bad_columns_and_overlong_filters_are_refused_by_name() {
        let errors = |change: &dyn Fn(&mut Definition)| {
            let (mut errors, mut definition) = (FieldErrors::default(), Definition::default());
            change(&mut definition);
            check(&mut errors, &definition);
            errors.into_result().map_or_else(|error| error.to_string(), |()| String::new())
        };
        assert_eq!(errors(&|new| new.columns = vec!["subject".into(), "age_2".into()]), "");
        assert!(errors(&|new| new.columns = vec!["a b".into()]).contains("columns: \"a b\""));
        assert!(errors(&|new| new.columns = vec![String::new()]).contains("columns"));
        assert!(errors(&|new| new.columns = vec!["a".into(); 31]).contains("got 31"));
        let long = |new: &mut Definition| new.filter.tickets.text = Some("x".repeat(201));
        assert!(errors(&long).contains("filter.text"));
        let many = |new: &mut Definition| {
            new.filter.tickets.queues = (0..500).map(|_| QueueId::new()).collect();
        };
        assert!(errors(&many).contains("filter: names too much"));
    }
}
