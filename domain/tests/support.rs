//! What the tests of several nouns share: a desk to work on, and the verbs as values.

use deskwire_domain::db::Pooled;
use deskwire_domain::error::{ConflictCode, Error};
use deskwire_domain::events::{self, Cursor, LogEvent, Position};
use deskwire_domain::ids::{CategoryId, QueueId, TicketId, UserId};
use deskwire_domain::messages::{self, Channel, MessageDraft};
use deskwire_domain::models::{self, LabelledTicket, ModelVersion, TrainingQuery, training_data};
use deskwire_domain::suggestions::LabelKind;
use deskwire_domain::testing::{Team, TestDatabase, category, team, ticket};
use deskwire_domain::tickets::{self, Edit, Priority, Status, Ticket, TicketUpdateDraft};
use deskwire_domain::{Actor, Conn, Result};
use diesel_async::SimpleAsyncConnection;

/// One database with a [`Team`], two categories and an open connection.
pub struct World {
    pub db: TestDatabase,
    pub conn: Pooled,
    pub team: Team,
    pub category: CategoryId,
    pub other_category: CategoryId,
}

impl World {
    pub async fn new() -> Self {
        let db = TestDatabase::create().await;
        let mut conn = db.conn().await;
        let team = team(&mut conn).await;
        let category = category(&mut conn, "Billing").await;
        let other_category = self::category(&mut conn, "Shipping").await;
        Self { db, conn, team, category, other_category }
    }

    /// A ticket of the team's customer in the team's queue.
    pub async fn ticket(&mut self, subject: &str) -> Ticket {
        let requester = self.team.customer.user().unwrap();
        ticket(&mut self.conn, self.team.queue, requester, subject).await
    }

    /// A ticket only admins see.
    pub async fn hidden_ticket(&mut self, subject: &str) -> Ticket {
        let requester = self.team.lead.user().unwrap();
        ticket(&mut self.conn, self.team.other_queue, requester, subject).await
    }

    pub async fn events_of(&mut self, ticket: TicketId) -> Vec<LogEvent> {
        self.db.desk.settle().await.unwrap();
        events::history(&mut self.conn, ticket, true, 0, 1000).await.unwrap()
    }

    /// What a training of this kind would learn from, of labels with any number of tickets.
    pub async fn learnt(&mut self, actor: &Actor, kind: LabelKind) -> Result<Vec<LabelledTicket>> {
        let (created_from, created_to) = (None, None);
        let query = TrainingQuery { kind, created_from, created_to, minimum_per_label: 1 };
        Ok(training_data(&mut self.conn, actor, &query).await?.tickets)
    }

    pub async fn sql(&mut self, statement: &str) {
        self.conn.batch_execute(statement).await.unwrap();
    }

    /// Everyone of the team, by name.
    pub fn actors(&self) -> [(&'static str, Actor); 7] {
        let team = &self.team;
        [
            ("owner", team.customer.clone()),
            ("stranger", team.other_customer.clone()),
            ("agent", team.agent.clone()),
            ("reader", team.reader.clone()),
            ("outsider", team.outsider.clone()),
            ("lead", team.lead.clone()),
            ("admin", team.admin.clone()),
        ]
    }

    pub fn targets(&self) -> Targets {
        Targets {
            assignee: self.team.admin.user().unwrap(),
            queue: self.team.other_queue,
            category: self.category,
        }
    }

    pub async fn finish(self) {
        drop(self.conn);
        self.db.finish().await;
    }
}

/// How a call ended, in one word and the fields or code that matter.
/// The versions that earlier programs take for the champions, by kind.
pub async fn active(conn: &mut Conn) -> Vec<ModelVersion> {
    let mut all = models::list(conn, &Actor::system()).await.unwrap();
    all.retain(|version| version.active);
    all.sort_by_key(|version| version.kind);
    all
}

pub fn outcome<T>(result: &Result<T>) -> String {
    match result {
        Ok(_) => "ok".into(),
        Err(Error::Invalid(fields)) => {
            let mut paths: Vec<&str> = fields.iter().map(|field| field.path).collect();
            paths.sort();
            format!("invalid {}", paths.join(" "))
        }
        Err(Error::NotFound { noun, .. }) => format!("no {noun}"),
        Err(Error::Forbidden(_)) => "forbidden".into(),
        Err(Error::Conflict(conflict)) => match conflict.code {
            ConflictCode::AlreadyRunning(_) => "AlreadyRunning".into(),
            code => format!("{code:?}"),
        },
        Err(other) => format!("{other:?}"),
    }
}

/// What [`Verb::run`] puts on a ticket.
#[derive(Debug, Clone, Copy)]
pub struct Targets {
    pub assignee: UserId,
    pub queue: QueueId,
    pub category: CategoryId,
}

/// Every change of a ticket, each with a value that differs from a new ticket's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    Update,
    Solve,
    Assign,
    Claim,
    Move,
    Prioritise,
    Categorise,
    Tag,
    Reply,
    Note,
}

impl Verb {
    pub const ALL: [Self; 10] = [
        Self::Update,
        Self::Solve,
        Self::Assign,
        Self::Claim,
        Self::Move,
        Self::Prioritise,
        Self::Categorise,
        Self::Tag,
        Self::Reply,
        Self::Note,
    ];

    pub fn takes_version(self) -> bool {
        !matches!(self, Self::Claim | Self::Reply | Self::Note)
    }

    pub async fn run(
        self,
        conn: &mut Conn,
        actor: &Actor,
        edit: Edit,
        to: Targets,
    ) -> Result<Ticket> {
        let tag = ["vip".to_owned()];
        match self {
            Self::Update => {
                let draft = TicketUpdateDraft { subject: Some("Another subject".into()) };
                tickets::update(conn, actor, edit, draft).await
            }
            Self::Solve => tickets::change_status(conn, actor, edit, Status::Solved).await,
            Self::Assign => tickets::assign(conn, actor, edit, Some(to.assignee)).await,
            Self::Claim => tickets::claim(conn, actor, edit.ticket_id).await,
            Self::Move => tickets::move_to_queue(conn, actor, edit, to.queue).await,
            Self::Prioritise => tickets::change_priority(conn, actor, edit, Priority::High).await,
            Self::Categorise => {
                tickets::change_category(conn, actor, edit, Some(to.category)).await
            }
            Self::Tag => tickets::set_tags(conn, actor, edit, &tag, &[]).await,
            Self::Reply => Ok(messages::reply(conn, actor, message(edit.ticket_id, "A")).await?.0),
            Self::Note => Ok(messages::note(conn, actor, message(edit.ticket_id, "A")).await?.0),
        }
    }
}

pub fn message(ticket_id: TicketId, body: &str) -> MessageDraft {
    MessageDraft {
        ticket_id,
        body: body.into(),
        body_html: None,
        channel: Channel::Web,
        status: None,
        idempotency_key: None,
        canned_reply_id: None,
        mentions: Vec::new(),
    }
}

/// A place in the same log.
pub fn at(mut cursor: Cursor, position: Position) -> Cursor {
    cursor.position = position;
    cursor
}
