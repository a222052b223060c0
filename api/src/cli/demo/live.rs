//! `deskwire demo --live`: customers write and agents work, through the same verbs as real ones.

use anyhow::{Context, anyhow};
use chrono::Local;
use deskwire_domain::ids::{CategoryId, QueueId, TicketId};
use deskwire_domain::messages::{self, Channel, MessageDraft};
use deskwire_domain::page::PageRequest;
use deskwire_domain::tickets::{
    self, AssigneeFilter, Edit, Listing, Status, Ticket, TicketDraft, TicketFilter, TicketOrder,
};
use deskwire_domain::users::User;
use deskwire_domain::{Actor, Conn, Desk, Error, Result, categories, queues, sessions, users};
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use std::collections::HashMap;
use std::time::Duration;
use tokio::signal;
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::fill::Words;
use super::topics::{NOTES, QUEUES, THANKS, TOPICS, Topic};
use super::{people, story};
use crate::cli::open::explain;
use crate::cli::output::{line, tell};

/// Tickets looked at when one is to be chosen.
const CHOICE: u32 = 40;
/// Topics remembered, so that agents label what customers wrote about.
const REMEMBERED: usize = 5000;

pub async fn run(desk: &Desk, rate: f64) -> anyhow::Result<()> {
    let mut conn = desk.conn().await.map_err(explain)?;
    let mut stage = Stage::set(&mut conn).await.map_err(explain)?.ok_or_else(|| {
        anyhow!("this desk has other users; --live needs one that `deskwire demo` filled")
    })?;
    drop(conn);
    tell(format!("{rate} changes a second, until Ctrl-C."));
    let mut clock = interval(Duration::from_secs_f64(1.0 / rate));
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut stop = std::pin::pin!(signal::ctrl_c());
    loop {
        tokio::select! {
            _ = &mut stop => return Ok(()),
            _ = clock.tick() => {}
        }
        // Not interrupted half-way: a change that was begun is finished and numbered.
        match stage.play(desk).await {
            Ok(Some(what)) => line(format!("{}  {what}", Local::now().format("%H:%M:%S")))?,
            Ok(None) => {}
            Err(Error::Unavailable(_)) => {
                tell("The database is away; waiting for it.");
                sleep(Duration::from_secs(1)).await;
            }
            // Somebody else was quicker, or took the right away: that is life at a desk.
            Err(Error::Conflict(_) | Error::NotFound { .. } | Error::Forbidden(_)) => {}
            Err(other) => return Err(explain(other)).context("the demo stopped"),
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Act {
    Write,
    AskBack,
    Claim,
    Label,
    Answer,
    Solve,
    Tag,
    Note,
}

/// Of a hundred changes, so many of each; together about as much is solved as comes in.
const ACTS: &[(Act, u32)] = &[
    (Act::Write, 22),
    (Act::AskBack, 12),
    (Act::Claim, 18),
    (Act::Label, 14),
    (Act::Answer, 14),
    (Act::Solve, 12),
    (Act::Tag, 5),
    (Act::Note, 3),
];

struct Player {
    user: User,
    actor: Actor,
}

struct Stage {
    rng: StdRng,
    staff: Vec<Player>,
    customers: Vec<Player>,
    queues: HashMap<&'static str, QueueId>,
    categories: HashMap<&'static str, CategoryId>,
    topics: HashMap<TicketId, &'static Topic>,
}

impl Stage {
    async fn set(conn: &mut Conn) -> Result<Option<Self>> {
        let Some((staff, customer_ids)) = people::find(conn).await? else { return Ok(None) };
        let customers = users::find_many(conn, &customer_ids).await?;
        let mut ids = HashMap::new();
        for (name, _) in QUEUES {
            if let Some(queue) = queues::find_by_name(conn, name).await? {
                ids.insert(*name, queue.id);
            }
        }
        let mut labels = HashMap::new();
        for topic in TOPICS {
            let found = categories::find_by_name(conn, topic.name).await?;
            labels.extend(found.filter(|found| found.active).map(|found| (topic.name, found.id)));
        }
        Ok(Some(Self {
            rng: rand::make_rng(),
            staff: players(conn, staff).await?,
            customers: players(conn, customers).await?,
            queues: ids,
            categories: labels,
            topics: HashMap::new(),
        }))
    }

    /// One change, and what to say about it; `None` when there was nothing of the kind to do.
    async fn play(&mut self, desk: &Desk) -> Result<Option<String>> {
        let mut conn = desk.conn().await?;
        let act = ACTS.choose_weighted(&mut self.rng, |(_, weight)| *weight);
        let act = act.map_or(Act::Write, |(act, _)| *act);
        let mut said = self.try_act(&mut conn, act).await?;
        if said.is_none() {
            said = self.try_act(&mut conn, Act::Write).await?;
        }
        drop(conn);
        desk.settle().await?;
        Ok(said)
    }

    async fn try_act(&mut self, conn: &mut Conn, act: Act) -> Result<Option<String>> {
        match act {
            Act::Write => self.write(conn).await,
            Act::AskBack => self.ask_back(conn).await,
            _ => self.work(conn, act).await,
        }
    }

    async fn write(&mut self, conn: &mut Conn) -> Result<Option<String>> {
        let topic = TOPICS.choose(&mut self.rng).expect("there are topics");
        let Some(player) = self.customers.choose(&mut self.rng) else { return Ok(None) };
        let (subject, text) =
            story::open(&mut Words::new(&mut self.rng, &player.user.name, "team"), topic);
        let ticket = tickets::create(conn, &player.actor, TicketDraft::new(subject, text)).await?;
        if self.topics.len() >= REMEMBERED {
            self.topics.clear();
        }
        self.topics.insert(ticket.id, topic);
        let name = &player.user.name;
        Ok(Some(format!("{name} writes #{}: {}", ticket.number, ticket.subject)))
    }

    async fn ask_back(&mut self, conn: &mut Conn) -> Result<Option<String>> {
        let filter = TicketFilter {
            statuses: vec![Status::Pending, Status::Solved],
            ..TicketFilter::default()
        };
        let Some(ticket) = self.choose(conn, &Actor::system(), filter).await? else {
            return Ok(None);
        };
        let topic = self.topic_of(&ticket);
        let asker = self.customers.iter().find(|player| player.user.id == ticket.requester_id);
        let Some(player) = asker else { return Ok(None) };
        let mut words = Words::new(&mut self.rng, &player.user.name, "team");
        let is_done = ticket.status == Status::Pending && words.chance(30);
        let text = words.say(if is_done { THANKS } else { topic.questions });
        let mut draft = message(ticket.id, text);
        draft.status = is_done.then_some(Status::Solved);
        messages::reply(conn, &player.actor, draft).await?;
        let verb = if is_done { "thanks for" } else { "asks back about" };
        Ok(Some(format!("{} {verb} #{}", player.user.name, ticket.number)))
    }

    /// What agents do with the tickets they see.
    async fn work(&mut self, conn: &mut Conn, act: Act) -> Result<Option<String>> {
        let Some(at) = (!self.staff.is_empty()).then(|| self.rng.random_range(0..self.staff.len()))
        else {
            return Ok(None);
        };
        let actor = self.staff[at].actor.clone();
        let filter = filter_for(act, &actor);
        let Some(ticket) = self.choose(conn, &actor, filter).await? else { return Ok(None) };
        let (edit, number) = (Edit::any_version(ticket.id), ticket.number);
        let topic = self.topic_of(&ticket);
        let name = self.staff[at].user.name.clone();
        let first_name = name.split(' ').next().unwrap_or_default();
        let customer = self.customers.iter().find(|player| player.user.id == ticket.requester_id);
        let customer = customer.map_or("there", |player| &player.user.name).to_owned();
        let mut words = Words::new(&mut self.rng, &customer, first_name);
        let what = match act {
            Act::Claim => {
                tickets::claim(conn, &actor, ticket.id).await?;
                format!("claims #{number}")
            }
            Act::Label => {
                let known = self.topics.get(&ticket.id).and_then(|t| self.categories.get(t.name));
                let Some(category) = known else { return Ok(None) };
                tickets::change_category(conn, &actor, edit, Some(*category)).await?;
                self.sort(conn, &actor, &ticket, topic).await?;
                format!("puts #{number} under {}", topic.name)
            }
            Act::Answer | Act::Solve => {
                let status =
                    if matches!(act, Act::Solve) { Status::Solved } else { Status::Pending };
                let mut draft = message(ticket.id, story::answer(&mut words, topic));
                draft.status = Some(status);
                messages::reply(conn, &actor, draft).await?;
                let verb = if status == Status::Solved { "answers and solves" } else { "answers" };
                format!("{verb} #{number}")
            }
            Act::Tag => {
                let tag = words.say(topic.tags);
                tickets::set_tags(conn, &actor, edit, std::slice::from_ref(&tag), &[]).await?;
                format!("tags #{number} {tag}")
            }
            Act::Note => {
                let note = message(ticket.id, words.say(NOTES));
                messages::note(conn, &actor, note).await?;
                format!("leaves a note on #{number}")
            }
            Act::Write | Act::AskBack => return Ok(None),
        };
        Ok(Some(format!("{name} {what}")))
    }

    /// A labelled ticket also goes to the queue of its topic, where the actor may put it.
    async fn sort(
        &self,
        conn: &mut Conn,
        actor: &Actor,
        ticket: &Ticket,
        topic: &Topic,
    ) -> Result<()> {
        match self.queues.get(topic.queue) {
            Some(queue) if *queue != ticket.queue_id && actor.queue_right(*queue).is_some() => {
                tickets::move_to_queue(conn, actor, Edit::any_version(ticket.id), *queue).await?;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    async fn choose(
        &mut self,
        conn: &mut Conn,
        actor: &Actor,
        filter: TicketFilter,
    ) -> Result<Option<Ticket>> {
        let listing = Listing { filter, order: TicketOrder::Newest };
        let page = tickets::list(conn, actor, &listing, &PageRequest::first(CHOICE)).await?;
        Ok(page.rows.choose(&mut self.rng).cloned())
    }

    /// What the ticket is about: remembered, or by its category, or anything.
    fn topic_of(&mut self, ticket: &Ticket) -> &'static Topic {
        if let Some(topic) = self.topics.get(&ticket.id) {
            return topic;
        }
        let is_labelled =
            |topic: &&Topic| ticket.category_id == self.categories.get(topic.name).copied();
        TOPICS
            .iter()
            .find(|topic| ticket.category_id.is_some() && is_labelled(topic))
            .unwrap_or_else(|| TOPICS.choose(&mut self.rng).expect("there are topics"))
    }
}

async fn players(conn: &mut Conn, all: Vec<User>) -> Result<Vec<Player>> {
    let mut players = Vec::with_capacity(all.len());
    for user in all.into_iter().filter(|user| user.active) {
        let actor = sessions::actor_of_user(conn, user.id, None).await?;
        players.push(Player { user, actor });
    }
    Ok(players)
}

fn filter_for(act: Act, actor: &Actor) -> TicketFilter {
    let mine = actor.user_id.map(AssigneeFilter::User);
    let (statuses, assignee) = match act {
        Act::Claim => (vec![Status::Open], Some(AssigneeFilter::Unassigned)),
        Act::Answer => (vec![Status::Open], mine),
        Act::Solve => (vec![Status::Open, Status::Pending], mine),
        _ => (vec![Status::Open, Status::Pending], None),
    };
    TicketFilter { statuses, assignee, ..TicketFilter::default() }
}

fn message(ticket_id: TicketId, body: String) -> MessageDraft {
    MessageDraft {
        ticket_id,
        body,
        body_html: None,
        channel: Channel::Web,
        status: None,
        idempotency_key: None,
        canned_reply_id: None,
        mentions: Vec::new(),
    }
}
