//! What the watch asks the graph.

use deskwire_domain::events::Cursor;
use serde_json::{Value, json};

pub const QUEUES: &str = "query Queues { queues { id name } }";

pub const WATCH: &str = "subscription Watch($filter: TicketFilterInput, $after: Cursor) { \
    queueUpdates(filter: $filter, after: $after) { \
    kind cursor totalCount event { kind } \
    ticket { id number subject status priority version assignee { name } } \
    suggestion { kind label probability abstained } } }";

/// A cursor of no log: the stream begins with a RESYNC that says where the log stands now.
///
/// Without it a watch that begins now would have no place to come back to until the first change,
/// and would miss what happens during a lost connection before that.
const NOWHERE: &str = "00000000-0";

pub fn variables(queue: &str, after: Option<Cursor>) -> Value {
    let after = after.map_or(NOWHERE.to_owned(), |cursor| cursor.to_string());
    json!({ "filter": { "queueIds": [queue] }, "after": after })
}
