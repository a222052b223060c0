//! Watchers whose rights never changed and whose filter the log can judge: what they got is, item by
//! item, what the log says. The others: positions grow, and nothing comes twice.

use std::collections::HashSet;

use super::Violation;
use crate::desk::World;
use crate::model::{Expected, Kind, Log, Rights, expected};
use crate::subscriber::{Item, Record, Subscriber};

pub fn check(who: &Subscriber, log: &Log, rights: &Rights, world: &World) -> Vec<Violation> {
    let records = who.records().clone();
    let mut found: Vec<Violation> = records
        .iter()
        .filter_map(|record| match record {
            Record::Wrong(what) => {
                Some(Violation::new(format!("{}: {what}", who.name), who.to_string()))
            }
            _ => None,
        })
        .collect();
    let wanted = who.is_foretold().then(|| expected(log, &who.plan.filter, rights, world));
    for visit in visits(&records) {
        let violation = match &wanted {
            Some(wanted) => compare(who, log, &visit, wanted),
            None => in_order(who, log, &visit),
        };
        found.extend(violation);
    }
    found
}

/// What came between connecting and going away.
struct Visit {
    api: usize,
    after: u64,
    is_foreign: bool,
    items: Vec<Item>,
    is_last: bool,
}

fn visits(records: &[Record]) -> Vec<Visit> {
    let mut all: Vec<Visit> = Vec::new();
    for record in records {
        match record {
            Record::Opened { api, after, is_foreign } => all.push(Visit {
                api: *api,
                after: after.position,
                is_foreign: *is_foreign,
                items: Vec::new(),
                is_last: false,
            }),
            Record::Item(item) => {
                if let Some(visit) = all.last_mut() {
                    visit.items.push(item.clone());
                }
            }
            _ => {}
        }
    }
    if let Some(visit) = all.last_mut() {
        visit.is_last = true;
    }
    all
}

fn compare(who: &Subscriber, log: &Log, visit: &Visit, wanted: &[Expected]) -> Option<Violation> {
    let wrong = |what: String, position: u64, number: usize| {
        let got = visit.items.get(number).map_or("nothing".to_owned(), describe);
        let before = number.checked_sub(1).and_then(|at| visit.items.get(at));
        let details = format!(
            "{who}\non api-{} after {}, item {} of {}\nbefore it: {}\ngot: {got}\n\
             events around {position}:\n{}",
            visit.api,
            visit.after,
            number + 1,
            visit.items.len(),
            before.map_or("nothing".to_owned(), describe),
            log.around(position)
        );
        Some(Violation::new(format!("{}: {what}", who.name), details))
    };
    let mut items = visit.items.iter().enumerate();
    let mut after = visit.after;
    if visit.is_foreign {
        match items.next() {
            Some((_, item)) if item.kind.is_none() => after = item.cursor.position,
            Some((number, item)) => {
                let what = "another log's cursor was not answered by RESYNC".to_owned();
                return wrong(what, item.cursor.position, number);
            }
            None => return None,
        }
    }
    let first = wanted.partition_point(|item| item.position <= after);
    let mut due = wanted[first..].iter();
    for (number, item) in items {
        let Some(next) = due.next() else {
            let what = "an item too many".to_owned();
            return wrong(what, item.cursor.position, number);
        };
        if let Some(difference) = differs(item, next) {
            let what = format!("{difference}; expected {}", describe_expected(next));
            return wrong(what, next.position, number);
        }
    }
    if let Some(next) = due.next().filter(|_| visit.is_last) {
        let missing = due.count() + 1;
        let what = format!("{missing} items never came; the first is {}", describe_expected(next));
        return wrong(what, next.position, visit.items.len());
    }
    None
}

fn differs(item: &Item, next: &Expected) -> Option<String> {
    let Some(kind) = item.kind else { return Some("RESYNC, although no right has changed".into()) };
    let position = item.cursor.position;
    if position > next.position {
        return Some(format!("an item is missing before {position}"));
    }
    if position < next.position {
        return Some(format!("an item at {position} that should not be, or not again"));
    }
    if kind != next.kind {
        return Some(format!("{kind:?} instead of {:?}", next.kind));
    }
    if item.ticket.is_some_and(|ticket| ticket != next.ticket) {
        return Some("another ticket".into());
    }
    if kind != Kind::Leave && item.seen != next.seen {
        return Some("the ticket in another state".into());
    }
    match item.total {
        Some(total) if total != next.total => Some(format!("totalCount {total}")),
        _ => None,
    }
}

/// A change of rights may show and hide many tickets at one position, each once.
fn in_order(who: &Subscriber, log: &Log, visit: &Visit) -> Option<Violation> {
    let mut last = visit.after;
    let mut seen = HashSet::new();
    let resyncs_first = visit.is_foreign;
    for (number, item) in visit.items.iter().enumerate() {
        let position = item.cursor.position;
        if resyncs_first && number == 0 {
            last = 0;
        }
        let is_ignored = resyncs_first && number == 0 && item.kind.is_some();
        // What a change of rights shows and hides is told again from its beginning when the next
        // change comes meanwhile; its items have the cursor of the event before it.
        let is_turning = log.at(position + 1).is_some_and(|next| next.subject == who.account.id);
        let is_new = seen.insert((position, item.ticket, item.kind));
        let is_repeated = item.kind.is_some() && !is_new && !is_turning;
        if position < last || is_repeated || is_ignored {
            let what = match (is_repeated, is_ignored) {
                (true, _) => "an item came twice",
                (_, true) => "another log's cursor was not answered by RESYNC",
                _ => "items came out of order",
            };
            let details = format!(
                "{who}\non api-{} after {}, item {}: {}\nevents around it:\n{}",
                visit.api,
                visit.after,
                number + 1,
                describe(item),
                log.around(position)
            );
            return Some(Violation::new(format!("{}: {what}", who.name), details));
        }
        last = position;
    }
    None
}

fn describe(item: &Item) -> String {
    let kind = item.kind.map_or("RESYNC".to_owned(), |kind| format!("{kind:?}"));
    let ticket = item.ticket.map_or(String::new(), |id| format!(" of {id}"));
    let seen = item.seen.as_ref().map_or(String::new(), |seen| format!(" {seen}"));
    let total = item.total.map_or(String::new(), |total| format!(", totalCount {total}"));
    format!("{kind} at {}{ticket}{seen}{total}", item.cursor.position)
}

fn describe_expected(item: &Expected) -> String {
    let seen = item.seen.as_ref().map_or(String::new(), |seen| format!(" {seen}"));
    let Expected { kind, position, ticket, total, .. } = item;
    format!("{kind:?} at {position} of {ticket}{seen}, totalCount {total}")
}
