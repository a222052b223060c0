//! The tickets writers know of, with what they last heard about them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use crate::ids::Id;

#[derive(Debug, Clone, Copy)]
pub struct Known {
    pub id: Id,
    pub requester: Id,
    /// The queue, where the answer said it.
    pub queue: Option<Id>,
    pub version: u32,
    pub is_closed: bool,
    pub is_deleted: bool,
    /// Into another one, for good.
    pub is_merged: bool,
}

impl Known {
    pub fn new(id: Id, requester: Id, queue: Option<Id>) -> Self {
        let (version, is_closed, is_deleted, is_merged) = (1, false, false, false);
        Self { id, requester, queue, version, is_closed, is_deleted, is_merged }
    }
}

#[derive(Clone, Default)]
pub struct Tickets(Arc<Mutex<Directory>>);

#[derive(Default)]
struct Directory {
    list: Vec<Known>,
    places: HashMap<Id, usize>,
}

impl Tickets {
    /// Remembers a ticket, or what is newer about it.
    pub fn heard(&self, news: Known) {
        let mut directory = self.0.lock().expect("nobody panics with the lock");
        let next = directory.list.len();
        let place = *directory.places.entry(news.id).or_insert(next);
        match directory.list.get_mut(place) {
            None => directory.list.push(news),
            Some(known) if known.version <= news.version => {
                let queue = news.queue.or(known.queue);
                let is_merged = known.is_merged || news.is_merged;
                *known = Known { requester: known.requester, queue, is_merged, ..news };
            }
            Some(_) => {}
        }
    }

    pub fn is_merged(&self, id: Id) {
        let mut directory = self.0.lock().expect("nobody panics with the lock");
        if let Some(&place) = directory.places.get(&id) {
            directory.list[place].is_merged = true;
        }
    }

    pub fn requester(&self, id: Id) -> Option<Id> {
        let directory = self.0.lock().expect("nobody panics with the lock");
        directory.places.get(&id).map(|&place| directory.list[place].requester)
    }

    /// The ticket a choice falls on: often a recent one, so that writers meet; one that
    /// `is_preferred` if there is any.
    pub fn pick(&self, choice: u64, is_preferred: impl Fn(&Known) -> bool) -> Option<Known> {
        let directory = self.0.lock().expect("nobody panics with the lock");
        let preferred: Vec<&Known> = directory.list.iter().filter(|t| is_preferred(t)).collect();
        let all = if preferred.is_empty() { directory.list.iter().collect() } else { preferred };
        let recent = if choice % 10 < 6 { all.len().saturating_sub(12) } else { 0 };
        let list = &all[recent..];
        let place = (choice / 10).checked_rem(list.len() as u64)?;
        Some(*list[place as usize])
    }
}
