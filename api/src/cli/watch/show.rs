//! One line of text for one change.

use chrono::Local;
use serde_json::Value;

pub fn line(update: &Value) -> String {
    let time = Local::now().format("%H:%M:%S");
    let kind = update["kind"].as_str().unwrap_or("?");
    let what = what(update);
    let ticket = &update["ticket"];
    if ticket.is_null() {
        return format!("{time}  {kind:<6}  a ticket that is out of sight now  ({what})");
    }
    let number = format!("#{}", ticket["number"].as_u64().map_or("?".into(), |n| n.to_string()));
    let word = |field: &str| plain(&ticket[field]).to_lowercase();
    let assignee = match &ticket["assignee"]["name"] {
        Value::Null => "nobody".to_owned(),
        name => plain(name),
    };
    format!(
        "{time}  {kind:<6}  {number:<8} {:<8} {:<7} {assignee:<18} {}  ({what})",
        word("status"),
        word("priority"),
        plain(&ticket["subject"]),
    )
}

/// The event in words: `ticket created`, or what the model thinks.
fn what(update: &Value) -> String {
    let event = update["event"]["kind"].as_str().unwrap_or("change");
    let event = event.to_lowercase().replace('_', " ");
    let suggestion = &update["suggestion"];
    if suggestion.is_null() {
        return event;
    }
    let kind = plain(&suggestion["kind"]).to_lowercase();
    let percent = suggestion["probability"].as_f64().unwrap_or_default() * 100.0;
    let verb = if suggestion["abstained"] == true { "not sure about" } else { "suggests" };
    format!("{event}: {verb} {kind} {}, {percent:.0} %", plain(&suggestion["label"]))
}

/// Text from elsewhere without what a terminal would obey.
fn plain(value: &Value) -> String {
    value.as_str().unwrap_or_default().chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_change_is_one_line_without_control_characters() {
        let update = json!({
            "kind": "ENTER", "event": { "kind": "TICKET_CREATED" },
            "ticket": { "number": 7, "subject": "Flat \u{1b}[2Jtyre", "status": "OPEN",
                        "priority": "HIGH", "assignee": null },
        });
        let text = line(&update);
        assert_eq!(
            text.split_whitespace().skip(1).collect::<Vec<_>>().join(" "),
            "ENTER #7 open high nobody Flat [2Jtyre (ticket created)"
        );
    }

    #[test]
    fn a_suggestion_says_how_sure_the_model_is() {
        let mut update = json!({
            "kind": "UPDATE", "event": { "kind": "SUGGESTION_RECORDED" }, "ticket": null,
            "suggestion": { "kind": "CATEGORY", "label": "Refund", "probability": 0.874, "abstained": false },
        });
        assert!(line(&update).ends_with("(suggestion recorded: suggests category Refund, 87 %)"));
        update["suggestion"]["abstained"] = true.into();
        assert!(line(&update).contains("not sure about category Refund"));
    }
}
