//! What a `subscribe` message asks for.

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{
    ExecutableDocument, Field, FragmentDefinition, OperationDefinition, OperationType, Selection,
    SelectionSet,
};
use async_graphql::{
    Error as GraphError, Name, Positioned, Request, ServerError, Value, Variables,
};
use deskwire_domain::events::Cursor;
use deskwire_domain::ids::QueueId;
use std::collections::HashMap;

use super::reach;
use crate::graphql::error::ApiError;
use crate::graphql::operations::Graph;
use crate::http::incoming::Incoming;

/// Subscriptions whose items follow from the log and the subscriber's rights alone.
const FROM_THE_LOG: [&str; 3] = ["queueUpdates", "ticketUpdates", "notificationUpdates"];

/// An operation that a client wants to run.
#[derive(Debug, Clone)]
pub struct Operation {
    pub query: String,
    pub operation_name: Option<String>,
    pub variables: Variables,
}

/// How an operation is to be run.
#[derive(Debug, PartialEq)]
pub enum Plan {
    /// A query, a mutation, a subscription to something else, or one that is answered with an error.
    Plain,
    /// A subscription that starts behind `after`, or now.
    FromTheLog {
        after: Option<Cursor>,
        /// The variables but for `after`, in an order of their own.
        variables: String,
        /// Rights on other queues make no difference; `None` when those on any may.
        queues: Option<Vec<QueueId>>,
        /// Equal rights are not enough: somebody else gets something else.
        is_personal: bool,
    },
    /// More than one field at the top of a subscription, or a conditional one
    /// (<https://spec.graphql.org/October2021/#sec-Single-root-field>).
    SeveralRoots,
}

impl Operation {
    /// Finds the document that the client's message sends or names.
    ///
    /// # Errors
    /// Why there is none.
    pub fn of(message: Incoming, graph: &Graph) -> Result<Self, Vec<ServerError>> {
        let mut request =
            message.into_request().map_err(|why| vec![top_level(ApiError::bad_request(why))])?;
        let query = graph.document(&mut request)?.to_string();
        Ok(Self { query, operation_name: request.operation_name, variables: request.variables })
    }

    pub fn request(&self) -> Request {
        let request = Request::new(&self.query).variables(self.variables.clone());
        match &self.operation_name {
            Some(name) => request.operation_name(name),
            None => request,
        }
    }

    /// Documents that cannot be read are planned as plain: running them answers with the reason.
    pub fn plan(&self) -> Plan {
        let Ok(document) = parse_query(&self.query) else { return Plan::Plain };
        let Some(operation) = self.chosen(&document) else { return Plan::Plain };
        if operation.ty != OperationType::Subscription {
            return Plan::Plain;
        }
        let mut roots =
            Roots { fragments: &document.fragments, fields: Vec::new(), is_clear: true };
        roots.collect(&operation.selection_set.node, 0);
        let [field] = roots.fields[..] else { return Plan::SeveralRoots };
        if !roots.is_clear {
            return Plan::SeveralRoots;
        }
        if !FROM_THE_LOG.contains(&field.name.node.as_str()) {
            return Plan::Plain;
        }
        let variables = &self.variables;
        let mut named = None;
        let after = field.get_argument("after").map(|value| {
            value.node.clone().into_const_with(|name| {
                let given = variables.get(&name).cloned();
                let given = given.ok_or_else(|| has_default(operation, &name));
                named = Some(name);
                given
            })
        });
        let after = match after {
            None | Some(Ok(Value::Null) | Err(false)) => None,
            Some(Ok(Value::String(text))) => Some(text),
            Some(Ok(_) | Err(true)) => return Plan::Plain,
        };
        let after = match after.map(|text: String| text.parse()) {
            None => None,
            Some(Ok(cursor)) => Some(cursor),
            Some(Err(_)) => return Plan::Plain,
        };
        let kept: std::collections::BTreeMap<_, _> =
            variables.iter().filter(|(name, _)| Some(*name) != named.as_ref()).collect();
        let filter = field.get_argument("filter").and_then(|value| {
            let given = |name: Name| variables.get(&name).cloned().ok_or(());
            value.node.clone().into_const_with(given).ok()
        });
        let queues = reach::queues(field, filter.as_ref(), &document.fragments);
        let variables = serde_json::to_string(&kept).expect("variables are plain values");
        // In the filter, wherever that comes from.
        let names_caller = |text: &str| text.contains("assignedToMe");
        let is_personal =
            reach::is_personal(&document) || names_caller(&self.query) || names_caller(&variables);
        Plan::FromTheLog { after, variables, queues, is_personal }
    }

    fn chosen<'d>(&self, document: &'d ExecutableDocument) -> Option<&'d OperationDefinition> {
        let mut all = document.operations.iter();
        let found = match &self.operation_name {
            Some(wanted) => all.find(|(name, _)| name.is_some_and(|name| name == wanted)),
            None => all.next().filter(|_| all.next().is_none()),
        };
        found.map(|(_, operation)| &operation.node)
    }
}

/// The error as the answer to an operation has it.
pub fn top_level(error: ApiError) -> ServerError {
    GraphError::from(error).into_server_error(Default::default())
}

fn has_default(operation: &OperationDefinition, name: &Name) -> bool {
    let mut all = operation.variable_definitions.iter();
    all.any(|variable| variable.node.name.node == *name && variable.node.default_value.is_some())
}

struct Roots<'d> {
    fragments: &'d HashMap<Name, Positioned<FragmentDefinition>>,
    fields: Vec<&'d Field>,
    /// No field stands under a condition.
    is_clear: bool,
}

impl<'d> Roots<'d> {
    fn collect(&mut self, set: &'d SelectionSet, depth: usize) {
        for item in &set.items {
            self.is_clear &= item.node.directives().is_empty();
            match &item.node {
                Selection::Field(field) => self.fields.push(&field.node),
                Selection::InlineFragment(part) => {
                    self.collect(&part.node.selection_set.node, depth + 1);
                }
                // Circles are found by validation.
                Selection::FragmentSpread(_) if depth > 8 => {}
                Selection::FragmentSpread(spread) => {
                    if let Some(part) = self.fragments.get(&spread.node.fragment_name.node) {
                        self.collect(&part.node.selection_set.node, depth + 1);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn plan(query: &str, variables: serde_json::Value) -> Plan {
        let operation = json!({ "query": query, "variables": variables });
        let request: Request = serde_json::from_value(operation).unwrap();
        let Request { query, operation_name, variables, .. } = request;
        Operation { query, operation_name, variables }.plan()
    }

    #[test]
    fn after_is_told_apart_from_the_other_variables() {
        let cursor: Cursor = "4f3a9c21-7".parse().unwrap();
        let by_variable = "subscription($c: Cursor, $q: ID!) { queueUpdates(after: $c, filter: {queueIds: [$q]}) { kind } }";
        for (variables, after) in [
            (json!({ "q": "q1", "c": "4f3a9c21-7" }), Some(cursor)),
            (json!({ "c": null, "q": "q1" }), None),
            (json!({ "q": "q1" }), None),
        ] {
            let variables_of_all = r#"{"q":"q1"}"#.to_owned();
            let expected = Plan::FromTheLog {
                after,
                variables: variables_of_all,
                queues: None,
                is_personal: false,
            };
            assert_eq!(plan(by_variable, variables), expected);
        }
        let literal = r#"subscription { ... on Subscription { live: ticketUpdates(id: "t", after: "4f3a9c21-7") { cursor } } }"#;
        let expected = Plan::FromTheLog {
            after: Some(cursor),
            variables: "{}".into(),
            queues: None,
            is_personal: false,
        };
        assert_eq!(plan(literal, json!(null)), expected);
    }

    #[test]
    fn what_is_not_of_the_log_is_plain_and_two_roots_are_refused() {
        for query in [
            "{ queues { id } }",
            "{",
            "subscription { heartbeats { at } }",
            "subscription a { heartbeats { at } } subscription b { heartbeats { at } }",
            r#"subscription { queueUpdates(after: "nonsense") { kind } }"#,
            r#"subscription($c: Cursor = "4f3a9c21-7") { queueUpdates(after: $c) { kind } }"#,
        ] {
            assert_eq!(plan(query, json!({})), Plan::Plain, "{query}");
        }
        for query in [
            "subscription { queueUpdates { kind } heartbeats { at } }",
            "subscription { queueUpdates @skip(if: false) { kind } }",
            "subscription { ...both } fragment both on Subscription { a: heartbeats { at } b: heartbeats { at } }",
        ] {
            assert_eq!(plan(query, json!({})), Plan::SeveralRoots, "{query}");
        }
    }

    #[test]
    fn what_differs_from_person_to_person_is_found_wherever_it_stands() {
        for (query, expected) in [
            ("subscription { queueUpdates { ticket { subject drafts { body } } } }", true),
            (
                "subscription { queueUpdates { ...part } } fragment part on QueueUpdate { ticket { ... on Ticket { own: draft(kind: REPLY) { body } } } }",
                true,
            ),
            (
                "subscription { queueUpdates { ticket { messages { nodes { ticket { suggestedReply { body } } } } } } }",
                true,
            ),
            ("subscription { notificationUpdates { unreadCount } }", true),
            ("subscription { queueUpdates { ticket { assignee { tokens { name } } } } }", true),
            ("subscription { queueUpdates { event { actor { memberships { right } } } } }", true),
            ("subscription { queueUpdates(filter: { assignedToMe: true }) { kind } }", true),
            ("subscription { queueUpdates { ticket { subject } } }", false),
            ("subscription { queueUpdates { drafts: kind } }", false),
        ] {
            let Plan::FromTheLog { is_personal, .. } = plan(query, json!({})) else {
                panic!("{query}")
            };
            assert_eq!(is_personal, expected, "{query}");
        }
    }

    #[test]
    fn rights_elsewhere_do_not_matter_where_only_the_queues_own_tickets_are_shown() {
        let queue = QueueId::new();
        let queues_of = |document: &str, filter: serde_json::Value| {
            let query = format!(
                "subscription($f: TicketFilterInput) {{ queueUpdates(filter: $f) {document} }}"
            );
            match plan(&query, json!({ "f": filter })) {
                Plan::FromTheLog { queues, .. } => queues,
                other => panic!("{other:?}"),
            }
        };
        let filter = json!({ "queueIds": [format!("queue_{queue}")], "statuses": ["OPEN"] });
        for document in [
            "{ kind cursor ticket { number requester { name } tags { name } } event { kind } }",
            "{ __typename ticket { ... on Ticket { queue { id name } } } totalCount }",
        ] {
            assert_eq!(queues_of(document, filter.clone()), Some(vec![queue]), "{document}");
        }
        for document in [
            "{ kind ticket { mergedInto { subject } } }",
            "{ event { otherTickets { id } } }",
            "{ ticket { queue { memberships { user { name } } } } }",
            "{ suggestion { id } }",
        ] {
            assert_eq!(queues_of(document, filter.clone()), None, "{document}");
        }
        for filter in
            [json!(null), json!({}), json!({ "queueIds": [] }), json!({ "queueIds": ["x"] })]
        {
            assert_eq!(queues_of("{ kind }", filter.clone()), None, "{filter}");
        }
    }
}
