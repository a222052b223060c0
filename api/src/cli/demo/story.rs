//! One believable ticket after the other.

use deskwire_domain::ids::{CategoryId, QueueId};
use deskwire_domain::messages::{Body, Channel, MessageKind};
use deskwire_domain::tickets::{PastStep, PastTicket, Priority, Status};
use deskwire_domain::users::User;
use deskwire_domain::{Timestamp, error::FieldErrors};
use rand::RngExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use std::collections::HashMap;

use super::fill::Words;
use super::people::People;
use super::topics::{ANSWER_CLOSINGS, CLOSINGS, GREETINGS, NOTES, THANKS, TOPICS, Topic};

const MINUTE_S: i64 = 60;
const HOUR_S: i64 = 3600;
const DAY_S: i64 = 24 * HOUR_S;

/// Tickets that were worked on, over the last [`DAYS`] days.
const WORKED_ON: usize = 430;
/// Tickets of the last two days that nobody has looked at.
const FRESH: usize = 45;
const DAYS: i64 = 60;

pub struct Setting<'a> {
    pub people: &'a People,
    pub queues: &'a HashMap<&'static str, QueueId>,
    pub categories: &'a HashMap<&'static str, CategoryId>,
    pub now: Timestamp,
}

/// The desk's past, oldest ticket first.
pub fn tell_all(rng: &mut StdRng, setting: &Setting<'_>) -> Vec<PastTicket> {
    let mut all: Vec<PastTicket> = (0..WORKED_ON)
        .map(|_| {
            let age_s = rng.random_range(6 * HOUR_S..DAYS * DAY_S);
            tell(rng, setting, age_s, true)
        })
        .collect();
    all.extend((0..FRESH).map(|_| {
        let age_s = rng.random_range(2 * MINUTE_S..2 * DAY_S);
        tell(rng, setting, age_s, false)
    }));
    all.sort_by_key(|ticket| ticket.created_at);
    all
}

fn tell(rng: &mut StdRng, setting: &Setting<'_>, age_s: i64, is_worked_on: bool) -> PastTicket {
    let topic = TOPICS.choose(rng).expect("there are topics");
    let requester = setting.people.customers.choose(rng).expect("there are customers");
    let agent = setting.people.repliers[topic.queue].choose(rng).expect("every queue has agents");
    let created_at = setting.now.plus_seconds(-age_s);
    let first_name = agent.name.split(' ').next().unwrap_or_default().to_owned();
    let mut words = Words::new(rng, &requester.name, &first_name);
    let (subject, text) = open(&mut words, topic);
    let channel = if words.chance(40) { Channel::Email } else { Channel::Web };
    let steps = if is_worked_on {
        let category = setting.categories[topic.name];
        let mut tale = Tale { words, topic, agent, requester, at: created_at, steps: Vec::new() };
        tale.work(category);
        tale.steps.into_iter().filter(|step| step.at < setting.now).collect()
    } else {
        Vec::new()
    };
    PastTicket {
        subject,
        body: body(&text),
        channel,
        // Nobody has sorted the fresh ones yet.
        queue_id: setting.queues[if is_worked_on { topic.queue } else { "Support" }],
        requester_id: requester.id,
        created_at,
        steps,
    }
}

/// Subject and first message.
pub fn open(words: &mut Words<'_>, topic: &Topic) -> (String, String) {
    let subject = words.say(topic.subjects);
    let mut sentences = vec![words.say(topic.openings)];
    let details = words.rng().random_range(1..=3);
    for detail in topic.details.choose_multiple_of(words, details) {
        sentences.push(detail);
    }
    if words.chance(15) {
        // People often write about two things at once.
        let other = TOPICS.choose(words.rng()).expect("there are topics");
        sentences.push(format!("By the way: {}", words.say(other.openings)));
    }
    let parts = [words.say(GREETINGS), sentences.join(" "), words.say(CLOSINGS)];
    let text: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    (subject, text.join("\n\n"))
}

pub fn answer(words: &mut Words<'_>, topic: &Topic) -> String {
    let requester = words.say(&["{name}"]);
    let first_name = requester.split(' ').next().unwrap_or_default();
    let (answer, closing) = (words.say(topic.answers), words.say(ANSWER_CLOSINGS));
    format!("Hello {first_name},\n\n{answer}\n\n{closing}")
}

trait ChooseSome {
    fn choose_multiple_of(&self, words: &mut Words<'_>, count: usize) -> Vec<String>;
}

impl ChooseSome for &[&str] {
    /// Different ones, filled.
    fn choose_multiple_of(&self, words: &mut Words<'_>, count: usize) -> Vec<String> {
        let chosen: Vec<&str> = self.sample(words.rng(), count).copied().collect();
        chosen.into_iter().map(|pattern| words.say(&[pattern])).collect()
    }
}

struct Tale<'a> {
    words: Words<'a>,
    topic: &'static Topic,
    agent: &'a User,
    requester: &'a User,
    at: Timestamp,
    steps: Vec<PastStep>,
}

impl Tale<'_> {
    fn work(&mut self, category: CategoryId) {
        self.pause(5 * MINUTE_S, 9 * HOUR_S);
        self.by_agent(|step, agent| step.assignee_id = Some(agent.id));
        self.pause(30, 5 * MINUTE_S);
        self.label(category);
        let rounds = self.words.rng().random_range(1..=2);
        let noted = self.words.chance(35).then(|| self.words.rng().random_range(1..=rounds));
        for round in 1..=rounds {
            if noted == Some(round) {
                self.note();
            }
            self.pause(10 * MINUTE_S, 6 * HOUR_S);
            let ends = round == rounds;
            let is_final = ends && self.words.chance(60);
            self.answer(if is_final { Status::Solved } else { Status::Pending });
            if is_final {
                break;
            }
            if !ends || self.words.chance(70) {
                self.ask_back(ends);
            }
        }
        self.pause(4 * DAY_S, 9 * DAY_S);
        if self.steps.iter().any(|step| step.status == Some(Status::Solved)) {
            self.by_agent(|step, _| step.status = Some(Status::Closed));
        }
    }

    fn label(&mut self, category: CategoryId) {
        let priority = self.priority();
        let tags: Vec<String> = if self.words.chance(45) {
            let some = self.topic.tags.choose(self.words.rng()).expect("topics have tags");
            vec![(*some).to_owned()]
        } else {
            Vec::new()
        };
        self.by_agent(|step, _| {
            step.category_id = Some(category);
            step.priority = priority;
            step.tags = tags;
        });
    }

    fn priority(&mut self) -> Option<Priority> {
        if self.words.rng().random_ratio(self.topic.urgent_in_ten, 10) {
            return Some(if self.words.chance(25) { Priority::Urgent } else { Priority::High });
        }
        match self.words.rng().random_range(0..10) {
            0..=1 => Some(Priority::Low),
            2..=6 => Some(Priority::Normal),
            _ => None,
        }
    }

    fn answer(&mut self, status: Status) {
        let text = answer(&mut self.words, self.topic);
        self.by_agent(|step, _| {
            step.message = Some((MessageKind::Reply, body(&text)));
            step.status = Some(status);
        });
    }

    fn note(&mut self) {
        self.pause(5 * MINUTE_S, 2 * HOUR_S);
        let text = self.words.say(NOTES);
        self.by_agent(|step, _| step.message = Some((MessageKind::Note, body(&text))));
    }

    /// The customer asks again, or thanks and is done.
    fn ask_back(&mut self, ends: bool) {
        self.pause(20 * MINUTE_S, 2 * DAY_S);
        let text = if ends { self.words.say(THANKS) } else { self.words.say(self.topic.questions) };
        let status = if ends { Status::Solved } else { Status::Open };
        let by = self.requester;
        self.by_agent(|step, _| {
            step.by = by.id;
            step.message = Some((MessageKind::Reply, body(&text)));
            step.status = Some(status);
        });
    }

    fn pause(&mut self, from_s: i64, to_s: i64) {
        self.at = self.at.plus_seconds(self.words.rng().random_range(from_s..to_s));
    }

    fn by_agent(&mut self, change: impl FnOnce(&mut PastStep, &User)) {
        let mut step = PastStep {
            at: self.at,
            by: self.agent.id,
            message: None,
            status: None,
            assignee_id: None,
            category_id: None,
            priority: None,
            tags: Vec::new(),
        };
        change(&mut step, self.agent);
        self.steps.push(step);
    }
}

fn body(text: &str) -> Body {
    let mut errors = FieldErrors::default();
    let body = Body::check(&mut errors, text, None);
    debug_assert!(errors.into_result().is_ok(), "{text:?}");
    body
}
