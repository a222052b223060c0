//! What writers do: one row a mutation. A new mutation is a row here and, if it changes tickets in
//! a new way, a line in `model.rs`.

use serde_json::{Map, Value, json};

use crate::desk::{Account, World};
use crate::filter::{PRIORITIES, STATUSES, TAGS, WORDS};
use crate::ids::Id;
use crate::model::TicketState;
use crate::plan::{RIGHTS, Role, Step};
use crate::tickets::Known;

#[derive(Debug)]
pub struct Verb {
    pub name: &'static str,
    pub input_type: &'static str,
    pub weight: u64,
    pub takes: Takes,
    /// Fields of the payload besides `errors` and `cursor`.
    pub selection: &'static str,
    /// Takes an `idempotencyKey`, so that an unanswered request may be repeated.
    pub is_keyed: bool,
    /// Customers may do it to their own tickets.
    pub is_for_customers: bool,
    /// The input, apart from what every verb of the same kind has.
    pub input: fn(&Case) -> Value,
    /// Whether a state of the ticket is what the input asked for.
    pub is_shown: fn(&Shown) -> bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// No ticket.
    Nothing,
    /// The ticket's `id`.
    Ticket,
    /// `id` and `expectedVersion`.
    Version,
    /// The ticket as `ticketId`, and a body.
    Message,
    /// A subject and a body.
    Draft,
    /// `targetId` and `expectedVersion`.
    Target,
    /// The `id` of a deleted ticket, if there is one.
    Deleted,
}

/// An acknowledged write, and a state the ticket had at the acknowledged version.
pub struct Shown<'a> {
    pub input: &'a Value,
    pub ticket: &'a TicketState,
    pub actor: Id,
    pub world: &'a World,
}

/// What an input is made from.
pub struct Case<'a> {
    pub world: &'a World,
    pub step: &'a Step,
    pub actor: &'a Account,
    pub ticket: Option<Known>,
    /// Another ticket, of the same requester if there is one.
    pub other: Option<Known>,
    /// Unique text of the message the step writes.
    pub marker: String,
    pub key: String,
}

impl Case<'_> {
    fn pick<'b, T>(&self, choice: usize, list: &'b [T]) -> &'b T {
        &list[(self.step.choices[choice] % list.len() as u64) as usize]
    }

    fn chance(&self, choice: usize, percent: u64) -> bool {
        (self.step.choices[choice] >> 32) % 100 < percent
    }

    fn is_customer(&self) -> bool {
        self.actor.role == Role::Customer
    }

    fn changing_person(&self) -> &Account {
        self.pick(1, &self.world.changing)
    }

    /// Now and then a word that watchers look for.
    fn word(&self) -> &'static str {
        if self.chance(5, 30) { self.pick::<&str>(3, WORDS) } else { "" }
    }

    fn body(&self) -> String {
        let filler =
            if self.chance(3, 10) { "The printer is on fire. ".repeat(120) } else { "".into() };
        format!("{} {filler}{}", self.marker, self.word())
    }

    /// The whole input of the mutation.
    pub fn build(&self) -> Value {
        let verb = self.step.verb;
        let mut input = match (verb.input)(self) {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        let mut set = |name: &str, value: Value| input.insert(name.to_owned(), value);
        match (verb.takes, &self.ticket) {
            (Takes::Ticket | Takes::Version | Takes::Target | Takes::Deleted, Some(ticket)) => {
                let field = if verb.takes == Takes::Target { "targetId" } else { "id" };
                set(field, json!(ticket.id.public("ticket")));
                let is_versioned = matches!(verb.takes, Takes::Version | Takes::Target);
                if is_versioned && (self.step.stale || self.chance(4, 60)) {
                    let stale = u32::from(self.step.stale);
                    set("expectedVersion", json!(ticket.version.saturating_sub(stale)));
                }
            }
            (Takes::Message, Some(ticket)) => {
                set("ticketId", json!(ticket.id.public("ticket")));
                set("body", json!(self.body()));
            }
            (Takes::Draft, _) => {
                set("subject", json!(format!("Ticket {}", self.key)));
                set("body", json!(self.body()));
            }
            _ => {}
        }
        if verb.is_keyed {
            set("idempotencyKey", json!(self.key));
        }
        if self.step.spoilt {
            self.spoil(&mut input);
        }
        Value::Object(input)
    }

    /// Makes the input one that must be refused.
    fn spoil(&self, input: &mut Map<String, Value>) {
        let other_way = self.chance(5, 50);
        match self.step.verb.takes {
            Takes::Draft if self.is_customer() && other_way => {
                input.insert("queueId".into(), json!(self.world.queues[0].public("queue")));
            }
            Takes::Draft if other_way => {
                input.insert("subject".into(), json!("  "));
            }
            Takes::Draft | Takes::Message => {
                input.insert("body".into(), json!(" \n "));
            }
            Takes::Target => {
                input.insert("sourceIds".into(), json!([]));
            }
            Takes::Ticket | Takes::Version | Takes::Deleted => {
                // Another noun's id, or a ticket that does not exist.
                let noun = if other_way { "user" } else { "ticket" };
                input.insert("id".into(), json!(self.actor.id.public(noun)));
            }
            Takes::Nothing => {
                input.insert("userId".into(), json!(self.world.queues[0].public("user")));
                if input.contains_key("id") {
                    input.insert("id".into(), json!(self.world.queues[0].public("user")));
                    input.remove("userId");
                }
            }
        }
    }

    /// Whether no state of the desk makes this legal. What depends on the moment is judged from
    /// the log afterwards.
    pub fn must_be_refused(&self, input: &Value) -> bool {
        let never_changes = self.actor.never_changes;
        let of_other = self.ticket.as_ref().is_some_and(|t| t.requester != self.actor.id);
        let is_closed = self.ticket.as_ref().is_some_and(|t| t.is_closed);
        // A ticket that was merged takes no changes, and restoring one that is not deleted is none.
        let is_merged = self.ticket.as_ref().is_some_and(|t| t.is_merged);
        let leaves_closed = match self.step.verb.name {
            "addReply" | "mergeTickets" => true,
            "changeTicketStatus" => input["status"] != "CLOSED",
            _ => false,
        };
        self.step.spoilt
            || (self.is_customer() && never_changes && !self.step.verb.is_for_customers)
            || (self.is_customer() && never_changes && of_other)
            || (is_closed && leaves_closed)
            || (is_merged && self.step.verb.takes != Takes::Deleted)
    }
}

const TICKET: &str = "ticket { id version queue { id } }";
const MESSAGE: &str = "message { id } ticket { id version queue { id } }";

/// Of everybody.
pub const VERBS: &[Verb] = &[
    Verb {
        name: "createTicket",
        input_type: "CreateTicketInput",
        weight: 14,
        takes: Takes::Draft,
        selection: TICKET,
        is_keyed: true,
        is_for_customers: true,
        input: |case| {
            if case.is_customer() {
                return json!({});
            }
            let world = case.world;
            let mut input = json!({
                "requesterId": case.pick(1, &world.customers).public("user"),
                "queueId": case.pick(2, &world.queues).public("queue"),
            });
            if case.chance(0, 40) {
                input["priority"] = json!(case.pick(0, PRIORITIES).to_uppercase());
            }
            if case.chance(1, 30) {
                input["tags"] = json!([case.pick(3, TAGS)]);
            }
            if case.chance(2, 20) {
                input["categoryId"] = json!(case.pick(4, &world.categories).public("category"));
            }
            input
        },
        is_shown: |shown| shown.ticket.version == 1,
    },
    Verb {
        name: "addReply",
        input_type: "AddMessageInput",
        weight: 14,
        takes: Takes::Message,
        selection: MESSAGE,
        is_keyed: true,
        is_for_customers: true,
        input: |case| match case.chance(1, 25) && !case.is_customer() {
            true => json!({ "status": case.pick(1, STATUSES).to_uppercase() }),
            false => json!({}),
        },
        is_shown: is_status_shown,
    },
    Verb {
        name: "addNote",
        input_type: "AddMessageInput",
        weight: 7,
        takes: Takes::Message,
        selection: MESSAGE,
        is_keyed: true,
        is_for_customers: false,
        input: |case| match case.chance(1, 25) {
            true => json!({ "status": case.pick(1, STATUSES).to_uppercase() }),
            false => json!({}),
        },
        is_shown: is_status_shown,
    },
    Verb {
        name: "changeTicketStatus",
        input_type: "ChangeTicketStatusInput",
        weight: 16,
        takes: Takes::Version,
        selection: TICKET,
        is_keyed: false,
        is_for_customers: true,
        input: |case| {
            // Closed is the end; most tickets should live on.
            let last = if case.chance(1, 15) { STATUSES.len() } else { STATUSES.len() - 1 };
            json!({ "status": case.pick(0, &STATUSES[..last]).to_uppercase() })
        },
        is_shown: is_status_shown,
    },
    Verb {
        name: "changeTicketPriority",
        input_type: "ChangeTicketPriorityInput",
        weight: 8,
        takes: Takes::Version,
        selection: TICKET,
        is_keyed: false,
        is_for_customers: false,
        input: |case| json!({ "priority": case.pick(0, PRIORITIES).to_uppercase() }),
        is_shown: |shown| shown.input["priority"] == shown.ticket.priority.to_uppercase(),
    },
    Verb {
        name: "changeTicketCategory",
        input_type: "ChangeTicketCategoryInput",
        weight: 8,
        takes: Takes::Version,
        selection: TICKET,
        is_keyed: false,
        is_for_customers: false,
        input: |case| {
            let category = case.pick(0, &case.world.categories).public("category");
            json!({ "categoryId": case.chance(1, 80).then_some(category) })
        },
        is_shown: |shown| id_of(&shown.input["categoryId"]) == shown.ticket.category,
    },
    Verb {
        name: "moveTicket",
        input_type: "MoveTicketInput",
        weight: 10,
        takes: Takes::Version,
        selection: TICKET,
        is_keyed: false,
        is_for_customers: false,
        input: |case| json!({ "queueId": case.pick(0, &case.world.queues).public("queue") }),
        is_shown: |shown| id_of(&shown.input["queueId"]) == Some(shown.ticket.queue),
    },
    Verb {
        name: "assignTicket",
        input_type: "AssignTicketInput",
        weight: 10,
        takes: Takes::Version,
        selection: TICKET,
        is_keyed: false,
        is_for_customers: false,
        input: |case| {
            // One in ten to a customer, which must not be.
            let (staff, customers) = (&case.world.staff, &case.world.customers);
            let people = if case.chance(2, 10) { customers } else { staff };
            let user = case.pick(0, people).public("user");
            json!({ "assigneeId": case.chance(1, 75).then_some(user) })
        },
        is_shown: |shown| id_of(&shown.input["assigneeId"]) == shown.ticket.assignee,
    },
    Verb {
        name: "claimTicket",
        input_type: "ClaimTicketInput",
        weight: 6,
        takes: Takes::Ticket,
        selection: TICKET,
        is_keyed: false,
        is_for_customers: false,
        input: |_| json!({}),
        is_shown: |shown| shown.ticket.assignee == Some(shown.actor),
    },
    Verb {
        name: "tagTicket",
        input_type: "TagTicketInput",
        weight: 10,
        takes: Takes::Version,
        selection: TICKET,
        is_keyed: false,
        is_for_customers: false,
        input: |case| match case.chance(0, 60) {
            true => json!({ "add": [case.pick(0, TAGS)] }),
            false => json!({ "add": [case.pick(1, TAGS)], "remove": [case.pick(2, TAGS)] }),
        },
        is_shown: are_tags_shown,
    },
    Verb {
        name: "updateTicket",
        input_type: "UpdateTicketInput",
        weight: 4,
        takes: Takes::Version,
        selection: TICKET,
        is_keyed: false,
        is_for_customers: false,
        input: |case| json!({ "subject": format!("Renamed {} {}", case.key, case.word()).trim_end() }),
        is_shown: |shown| shown.input["subject"] == shown.ticket.subject,
    },
    Verb {
        name: "mergeTickets",
        input_type: "MergeTicketsInput",
        weight: 4,
        takes: Takes::Target,
        selection: TICKET,
        is_keyed: false,
        is_for_customers: false,
        input: |case| {
            let source = case.other.map(|other| other.id.public("ticket"));
            let note = case.chance(1, 30).then(|| format!("[merge] {}", case.word()));
            json!({ "sourceIds": source.as_slice(), "note": note })
        },
        is_shown: |shown| shown.ticket.merged_into.is_none(),
    },
    Verb {
        name: "deleteTicket",
        input_type: "DeleteTicketInput",
        weight: 4,
        takes: Takes::Version,
        selection: TICKET,
        is_keyed: false,
        is_for_customers: false,
        input: |_| json!({ "reason": "Nobody needs it." }),
        is_shown: |shown| shown.ticket.is_deleted,
    },
];

/// Of the admin: people whose rights change, and tickets that come back.
pub const ADMIN_VERBS: &[Verb] = &[
    Verb {
        name: "setQueueMembership",
        input_type: "SetQueueMembershipInput",
        weight: 6,
        takes: Takes::Nothing,
        selection: "queue { id }",
        is_keyed: false,
        is_for_customers: false,
        input: |case| {
            let right = case.chance(0, 60).then_some(*case.pick(3, RIGHTS));
            json!({
                "queueId": case.pick(2, &case.world.queues).public("queue"),
                "userId": case.changing_person().id.public("user"),
                "right": right,
            })
        },
        is_shown: |_| true,
    },
    Verb {
        name: "restoreTicket",
        input_type: "RestoreTicketInput",
        weight: 2,
        takes: Takes::Deleted,
        selection: TICKET,
        is_keyed: false,
        is_for_customers: false,
        input: |_| json!({}),
        is_shown: |shown| !shown.ticket.is_deleted,
    },
    Verb {
        name: "updateUser",
        input_type: "UpdateUserInput",
        weight: 2,
        takes: Takes::Nothing,
        selection: "user { id }",
        is_keyed: false,
        is_for_customers: false,
        input: |case| {
            let turning: Vec<&Account> =
                case.world.changing.iter().filter(|account| account.turns).collect();
            let person = case.pick(1, &turning);
            let id = person.id.public("user");
            if case.chance(2, 50) {
                return json!({ "id": id, "active": case.chance(3, 60) });
            }
            let roles = ["AGENT", "LEAD", "CUSTOMER", "AGENT"];
            json!({ "id": id, "role": case.pick(0, &roles) })
        },
        is_shown: |_| true,
    },
];

fn is_status_shown(shown: &Shown) -> bool {
    let wanted = shown.input["status"].as_str();
    wanted.is_none_or(|status| status == shown.ticket.status.to_uppercase())
}

fn are_tags_shown(shown: &Shown) -> bool {
    let names = |field: &str| {
        let list = shown.input[field].as_array().cloned().unwrap_or_default();
        list.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect::<Vec<_>>()
    };
    let has = |name: &String| {
        let place = TAGS.iter().position(|tag| tag == name);
        place.is_some_and(|at| shown.ticket.tags.contains(&shown.world.tags[at]))
    };
    let removed = names("remove");
    !removed.iter().any(has) && names("add").iter().all(|name| has(name) || removed.contains(name))
}

fn id_of(value: &Value) -> Option<Id> {
    value.as_str().and_then(Id::parse)
}
