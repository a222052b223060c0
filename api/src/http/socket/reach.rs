//! Which of a subscriber's rights a live queue can depend on.
//!
//! Agents of one queue have other rights elsewhere. A subscription to that queue alone which asks for
//! nothing beyond the ticket and its people gives all of them the same, so they can share a feed. What
//! belongs to one person is shared with nobody.

use async_graphql::Name;
use async_graphql::Positioned;
use async_graphql::Value;
use async_graphql::parser::types::{
    ExecutableDocument, Field, FragmentDefinition, Selection, SelectionSet,
};
use deskwire_domain::ids::QueueId;
use std::collections::HashMap;

use crate::graphql::ids::try_domain;

/// What stands at a place of a `queueUpdates` item.
#[derive(Clone, Copy)]
enum Part {
    Update,
    Ticket,
    Event,
    User,
    /// A record of which only id and name are looked at.
    Named,
    Change,
    Leaf,
}

/// Fields that are the same for all staff who may see the ticket. What is not here may depend on
/// rights on other queues.
const FIELDS: &[(Part, &[&str], Part)] = {
    use Part::{Change, Event, Leaf, Named, Ticket, Update, User};
    &[
        (Update, &["kind", "cursor", "ticketId", "totalCount"], Leaf),
        (Update, &["ticket"], Ticket),
        (Update, &["event"], Event),
        (Ticket, &["id", "number", "subject", "status", "priority", "priorityOrigin"], Leaf),
        (Ticket, &["categoryOrigin"], Leaf),
        (Ticket, &["version", "source", "externalId"], Leaf),
        (Ticket, &["createdAt", "updatedAt", "solvedAt", "deletedAt"], Leaf),
        (Ticket, &["queue", "category", "tags"], Named),
        (Ticket, &["requester", "assignee"], User),
        (Event, &["position", "kind", "occurredAt", "origin", "reason", "ticketVersion"], Leaf),
        (Event, &["actor"], User),
        (Event, &["changes"], Change),
        (User, &["id", "name", "email", "role", "active", "createdAt"], Leaf),
        (User, &["organisation"], Named),
        (Named, &["id", "name"], Leaf),
        (Change, &["field", "from", "to"], Leaf),
    ]
};

/// Fields that are another for each person, whatever type they are of.
const PERSONAL: &[&str] = &[
    "draft",
    "drafts",
    "memberships",
    "notificationUpdates",
    "render",
    "suggestedReply",
    "tokens",
    "unread",
];

/// Whether any part of the document asks for something that is another for each person. Parts that are not
/// run count too.
pub fn is_personal(document: &ExecutableDocument) -> bool {
    let operations = document.operations.iter().map(|(_, operation)| &operation.node.selection_set);
    let fragments = document.fragments.values().map(|fragment| &fragment.node.selection_set);
    operations.chain(fragments).any(|set| asks_personally(&set.node))
}

fn asks_personally(set: &SelectionSet) -> bool {
    set.items.iter().any(|item| match &item.node {
        Selection::Field(field) => {
            PERSONAL.contains(&field.node.name.node.as_str())
                || asks_personally(&field.node.selection_set.node)
        }
        Selection::InlineFragment(inner) => asks_personally(&inner.node.selection_set.node),
        // It is in the document's fragments.
        Selection::FragmentSpread(_) => false,
    })
}

/// The queues outside of which no right matters to a `queueUpdates` with this filter; `None` when
/// any may.
pub fn queues(
    field: &Field,
    filter: Option<&Value>,
    fragments: &HashMap<Name, Positioned<FragmentDefinition>>,
) -> Option<Vec<QueueId>> {
    let Some(Value::Object(filter)) = filter else { return None };
    let Some(Value::List(wanted)) = filter.get("queueIds") else { return None };
    let queues: Option<Vec<QueueId>> = wanted.iter().map(queue).collect();
    let queues = queues.filter(|queues| !queues.is_empty())?;
    stays(&field.selection_set.node, Part::Update, fragments, 0).then_some(queues)
}

fn queue(id: &Value) -> Option<QueueId> {
    let Value::String(id) = id else { return None };
    try_domain(&id.into())
}

/// Whether everything selected is in [`FIELDS`].
fn stays(
    set: &SelectionSet,
    part: Part,
    fragments: &HashMap<Name, Positioned<FragmentDefinition>>,
    depth: usize,
) -> bool {
    // Circles are found by validation.
    depth <= 16
        && set.items.iter().all(|item| match &item.node {
            Selection::Field(field) => {
                let (name, inner) = (field.node.name.node.as_str(), &field.node.selection_set.node);
                part.field(name).is_some_and(|next| stays(inner, next, fragments, depth + 1))
            }
            Selection::InlineFragment(inner) => {
                stays(&inner.node.selection_set.node, part, fragments, depth + 1)
            }
            Selection::FragmentSpread(spread) => {
                fragments.get(&spread.node.fragment_name.node).is_some_and(|inner| {
                    stays(&inner.node.selection_set.node, part, fragments, depth + 1)
                })
            }
        })
}

impl Part {
    fn field(self, name: &str) -> Option<Self> {
        if name == "__typename" {
            return Some(Self::Leaf);
        }
        let mut rows = FIELDS.iter().filter(|(part, ..)| *part as u8 == self as u8);
        rows.find(|(_, names, _)| names.contains(&name)).map(|(.., next)| *next)
    }
}
