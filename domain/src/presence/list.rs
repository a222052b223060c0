//! From clients to people: what a ticket's hash means at one moment.

use chrono::DateTime;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;
use tokio::time::Instant;

use super::{Activity, Presence};
use crate::Timestamp;
use crate::ids::UserId;

/// One client on one ticket. Moments are this process's, because clocks of machines differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    user_id: UserId,
    client_id: String,
    since: Timestamp,
    viewing_until: Instant,
    typing_until: Instant,
}

/// The hash's fields as read just now, when Redis's clock stood at `now_ms`. What cannot be read,
/// has expired or is hidden is left out.
pub(super) fn entries(now_ms: u64, hash: HashMap<String, String>) -> Vec<Entry> {
    let now = Instant::now();
    hash.iter().filter_map(|(field, value)| entry(now, now_ms, field, value)).collect()
}

fn entry(now: Instant, now_ms: u64, field: &str, value: &str) -> Option<Entry> {
    let (user, client) = field.split_once(':')?;
    let mut numbers = value.split(' ').skip(1).map(|number| number.parse::<u64>().ok());
    let (since, viewing, typing) = (numbers.next()??, numbers.next()??, numbers.next()??);
    let until = |end: u64| now + Duration::from_millis(end.saturating_sub(now_ms));
    let is_shown = since > 0 && viewing > now_ms;
    is_shown.then_some(Entry {
        user_id: user.parse().ok()?,
        client_id: client.to_owned(),
        since: DateTime::from_timestamp_millis(since.try_into().ok()?)?.into(),
        viewing_until: until(viewing),
        typing_until: until(typing),
    })
}

/// Everybody who is there at `now`, who came first before who came later.
pub(super) fn present(entries: &[Entry], now: Instant) -> Vec<Presence> {
    let mut people: BTreeMap<UserId, Presence> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.viewing_until > now) {
        let is_typing = entry.typing_until > now;
        let activity = if is_typing { Activity::Typing } else { Activity::Viewing };
        let person = people.entry(entry.user_id).or_insert_with(|| Presence {
            user_id: entry.user_id,
            activity,
            since: entry.since,
            client_ids: Vec::new(),
        });
        person.activity = person.activity.max(activity);
        person.since = person.since.min(entry.since);
        person.client_ids.push(entry.client_id.clone());
    }
    let mut people: Vec<Presence> = people.into_values().collect();
    people.iter_mut().for_each(|person| person.client_ids.sort());
    people.sort_by_key(|person| (person.since, person.user_id));
    people
}

/// When time alone changes the list next.
pub(super) fn next_change(entries: &[Entry], now: Instant) -> Option<Instant> {
    let ends = entries.iter().flat_map(|entry| [entry.viewing_until, entry.typing_until]);
    ends.filter(|end| *end > now).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_with_several_clients_is_there_once_with_the_strongest_activity() {
        let (ada, bob) = (UserId::new(), UserId::new());
        let hash = HashMap::from([
            (format!("{ada}:late"), "- 5000 20000 12000".into()),
            (format!("{ada}:early"), "- 3000 11000 0".into()),
            (format!("{bob}:only"), "- 4000 20000 9000".into()),
            (format!("{bob}:hidden"), "- 0 20000 0".into()),
            (format!("{bob}:over"), "- 1000 10000 0".into()),
            ("no client".into(), "- 1 20000 0".into()),
            (format!("{bob}:odd"), "what".into()),
        ]);
        let entries = entries(10_000, hash);
        let begun = Instant::now();
        let seen = |after_ms: u64| -> Vec<_> {
            let people = present(&entries, begun + Duration::from_millis(after_ms));
            people.into_iter().map(|p| (p.user_id, p.activity, p.client_ids.join(" "))).collect()
        };
        let (typing, viewing) = (Activity::Typing, Activity::Viewing);
        assert_eq!(seen(0), [(ada, typing, "early late".into()), (bob, viewing, "only".into())]);
        // Ada's first tab is over, so she has come after Bob.
        assert_eq!(seen(1500), [(bob, viewing, "only".into()), (ada, typing, "late".into())]);
        assert_eq!(seen(2500)[1].1, viewing);
        assert_eq!(seen(10_500), []);
    }

    #[test]
    fn the_next_change_is_the_first_end_to_come() {
        let ada = UserId::new();
        let hash = HashMap::from([(format!("{ada}:a"), "- 1000 20000 12000".into())]);
        let entries = entries(10_000, hash);
        let begun = Instant::now();
        let next = |after_s| next_change(&entries, begun + Duration::from_secs(after_s));
        assert!(next(0).unwrap() <= begun + Duration::from_secs(2));
        assert!(next(3).unwrap() > begun + Duration::from_secs(9));
        assert_eq!(next(11), None);
    }
}
