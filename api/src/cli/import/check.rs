//! Turns one line into a ticket that can be stored, or says why not.

use chrono::Datelike;
use deskwire_domain::Timestamp;
use deskwire_domain::error::FieldErrors;
use deskwire_domain::messages::Body;
use deskwire_domain::tickets::record::TicketRecord;
use deskwire_domain::tickets::{Priority, priority_named};

use super::Labels;

/// How labels are read.
pub struct Checks {
    pub labels: Labels,
    /// Labels that stand for no category.
    pub no_category: Vec<String>,
}

/// A checked line whose names still have to be looked up.
#[derive(Debug, Clone)]
pub struct CheckedLine {
    /// 1 is the file's first line.
    pub number: u64,
    pub original: Vec<u8>,
    pub external_id: String,
    pub subject: String,
    pub body: Body,
    pub requester: Option<Requester>,
    pub category: Option<String>,
    pub priority: Option<Priority>,
    pub created_at: Option<Timestamp>,
}

#[derive(Debug, Clone)]
pub struct Requester {
    pub email: String,
    pub name: Option<String>,
}

impl Checks {
    /// # Errors
    /// The reason why the line cannot be imported.
    pub fn check(&self, number: u64, original: Vec<u8>) -> Result<CheckedLine, String> {
        let record = TicketRecord::parse(&original)?;
        let subject: String = record.title().chars().filter(|c| !c.is_control()).collect();
        let mut errors = FieldErrors::default();
        let body = Body::check(&mut errors, record.message(), None);
        errors.into_result().map_err(|error| error.to_string())?;
        let (category, priority) = self.labels(&record)?;
        let created_at = record.created_at.map(|time| match time.year() {
            // What a DATETIME column can hold.
            1000..=9999 => Ok(Timestamp::from(time)),
            year => Err(format!("`created_at` is in the year {year}")),
        });
        Ok(CheckedLine {
            number,
            original,
            external_id: record.id.trim().to_owned(),
            subject,
            body,
            requester: requester(&record),
            category,
            priority,
            created_at: created_at.transpose()?,
        })
    }

    fn labels(&self, record: &TicketRecord) -> Result<(Option<String>, Option<Priority>), String> {
        if self.labels == Labels::Ignore {
            return Ok((None, None));
        }
        let given = |label: &Option<String>| {
            label.as_deref().map(str::trim).filter(|label| !label.is_empty()).map(str::to_owned)
        };
        let category = given(&record.category).filter(|label| !self.no_category.contains(label));
        let priority = given(&record.priority).map(|word| {
            priority_named(&word).ok_or_else(|| {
                format!(
                    "`priority` is {word:?}; use low, normal, high or urgent, or --labels ignore"
                )
            })
        });
        Ok((category, priority.transpose()?))
    }
}

fn requester(record: &TicketRecord) -> Option<Requester> {
    let email = record.requester_email.as_deref().map(str::trim).filter(|email| !email.is_empty());
    email.map(|email| Requester {
        email: email.to_owned(),
        name: record
            .requester_name
            .as_deref()
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(labels: Labels, json: &str) -> Result<CheckedLine, String> {
        Checks { labels, no_category: vec!["out_of_scope".into()] }.check(1, json.into())
    }

    #[test]
    fn labels_are_kept_or_ignored() {
        let json = r#"{"id":" 1 ","body":"b","category":" refund ","priority":"Blocker"}"#;
        let kept = check(Labels::Keep, json).unwrap();
        assert_eq!(kept.external_id, "1");
        assert_eq!(kept.category.as_deref(), Some("refund"));
        assert_eq!(kept.priority, Some(Priority::Urgent));
        let ignored = check(Labels::Ignore, json).unwrap();
        assert_eq!((ignored.category, ignored.priority), (None, None));
    }

    #[test]
    fn some_labels_mean_none() {
        let json = r#"{"id":"1","body":"b","category":"out_of_scope","priority":""}"#;
        let line = check(Labels::Keep, json).unwrap();
        assert_eq!((line.category, line.priority), (None, None));
    }

    #[test]
    fn an_unknown_priority_is_a_reason_only_when_labels_are_kept() {
        let json = r#"{"id":"1","body":"b","priority":"soon"}"#;
        let reason = check(Labels::Keep, json).unwrap_err();
        assert!(reason.starts_with("`priority` is \"soon\"; use low"), "{reason}");
        assert!(check(Labels::Ignore, json).is_ok());
    }

    #[test]
    fn a_subject_alone_is_also_the_message() {
        let line =
            check(Labels::Keep, r#"{"id":"1","subject":"Card\u0007 lost","body":""}"#).unwrap();
        assert_eq!((&line.subject[..], &line.body.text[..]), ("Card lost", "Card\u{7} lost"));
    }

    #[test]
    fn times_the_database_cannot_hold_are_refused() {
        let json = r#"{"id":"1","body":"b","created_at":"0033-01-01T00:00:00Z"}"#;
        assert_eq!(check(Labels::Keep, json).unwrap_err(), "`created_at` is in the year 33");
    }
}
