//! Short ways to people, queues and tickets.

use crate::ids::{CategoryId, QueueId, UserId};
use crate::queues::QueueRight;
use crate::tickets::{RequesterDraft, Ticket, TicketDraft};
use crate::users::{Role, User, UserDraft};
use crate::{Actor, Conn, categories, queues, sessions, tickets, users};

pub async fn user(conn: &mut Conn, role: Role, name: &str) -> User {
    let draft = UserDraft {
        email: format!("{name}@example.org"),
        name: name.to_owned(),
        role,
        organisation_id: None,
        password: None,
    };
    users::create(conn, &Actor::system(), draft).await.expect("a valid user")
}

pub async fn actor(conn: &mut Conn, user: UserId) -> Actor {
    sessions::actor_of_user(conn, user, None).await.expect("an active user")
}

pub async fn queue(conn: &mut Conn, name: &str) -> QueueId {
    queues::create(conn, &Actor::system(), name, "").await.expect("a valid queue").id
}

pub async fn category(conn: &mut Conn, name: &str) -> CategoryId {
    categories::create(conn, &Actor::system(), name, "").await.expect("a valid category").id
}

pub async fn agent(conn: &mut Conn, name: &str, queue: QueueId, right: QueueRight) -> Actor {
    let id = user(conn, Role::Agent, name).await.id;
    queues::set_membership(conn, &Actor::system(), queue, id, Some(right)).await.expect("valid");
    actor(conn, id).await
}

pub async fn customer(conn: &mut Conn, name: &str) -> Actor {
    let id = user(conn, Role::Customer, name).await.id;
    actor(conn, id).await
}

/// A ticket in `queue`, created by the desk for `requester`.
pub async fn ticket(conn: &mut Conn, queue: QueueId, requester: UserId, subject: &str) -> Ticket {
    let draft = TicketDraft {
        queue_id: Some(queue),
        requester: RequesterDraft::User(requester),
        ..TicketDraft::new(subject, format!("{subject}, please help."))
    };
    tickets::create(conn, &Actor::system(), draft).await.expect("a valid ticket")
}

/// A small desk: one queue with everyone who matters to it, and one that only the admin sees.
pub struct Team {
    pub queue: QueueId,
    pub other_queue: QueueId,
    /// May reply in `queue`.
    pub agent: Actor,
    /// May only read in `queue`.
    pub reader: Actor,
    /// Member of nothing.
    pub outsider: Actor,
    /// Leads `queue`.
    pub lead: Actor,
    pub admin: Actor,
    pub customer: Actor,
    pub other_customer: Actor,
}

pub async fn team(conn: &mut Conn) -> Team {
    let queue = queue(conn, "Support").await;
    let other_queue = self::queue(conn, "Legal").await;
    let outsider = user(conn, Role::Agent, "otto").await.id;
    let lead = user(conn, Role::Lead, "lea").await.id;
    let admin = user(conn, Role::Admin, "adam").await.id;
    let right = Some(QueueRight::Manage);
    queues::set_membership(conn, &Actor::system(), queue, lead, right).await.expect("valid");
    Team {
        queue,
        other_queue,
        agent: agent(conn, "ada", queue, QueueRight::Reply).await,
        reader: agent(conn, "rita", queue, QueueRight::Read).await,
        outsider: actor(conn, outsider).await,
        lead: actor(conn, lead).await,
        admin: actor(conn, admin).await,
        customer: customer(conn, "carl").await,
        other_customer: customer(conn, "cora").await,
    }
}
