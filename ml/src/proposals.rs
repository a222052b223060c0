//! Possible new categories of a desk: which tickets are compared, and what is stored.

use anyhow::Context;
use deskwire_domain::category_proposals::{self, CategoryProposal, NewProposal};
use deskwire_domain::ids::TicketId;
use deskwire_domain::tickets::Ticket;
use deskwire_domain::{Actor, Conn, messages, tickets};
use std::collections::HashMap;

use crate::clusters::{Background, Words, clusters};
use crate::text::TicketText;

/// Tickets a model was not sure about that are grouped, the newest.
const UNSURE_MAX: i64 = 5_000;
/// Newest tickets that tell what is usual.
const BACKGROUND_MAX: usize = 10_000;
/// Tickets read at a time.
const PAGE: usize = 1_000;
/// Different words read of a ticket, from its beginning.
const WORDS_MAX: usize = 128;
/// Fewest letters of a word that is compared.
const LETTERS_MIN: usize = 3;
/// Fewest tickets of a group if nothing else is said.
pub const SIZE_MIN: usize = 10;
/// Proposals kept, the largest.
const PROPOSALS_MAX: usize = 30;

/// Looks for groups of at least `size_min` tickets among those no model was sure about, and stores them in
/// the place of what was open before. Takes a second or two of one core.
///
/// # Errors
/// The database is away; nothing is changed then.
pub async fn refresh(conn: &mut Conn, size_min: usize) -> anyhow::Result<Vec<CategoryProposal>> {
    let mut corpus = Corpus::default();
    let unsure = category_proposals::unsure(conn, UNSURE_MAX).await?;
    let mut asked: Vec<(TicketId, Words)> = Vec::with_capacity(unsure.len());
    for page in unsure.chunks(PAGE) {
        let found = tickets::find_many(conn, &Actor::system(), page).await?;
        let texts = texts(conn, &found).await?;
        asked.extend(texts.iter().map(|(id, text)| (*id, corpus.add(text))));
    }
    // The database answers in no order, and groups depend on it.
    asked.sort_by_key(|(id, _)| *id);
    if asked.len() >= size_min {
        read_background(conn, &mut corpus, &asked).await?;
    }
    let found = tokio::task::spawn_blocking(move || group(&corpus, asked, size_min))
        .await
        .context("grouping tickets failed")?;
    Ok(category_proposals::replace(conn, found).await?)
}

async fn texts(conn: &mut Conn, found: &[Ticket]) -> anyhow::Result<Vec<(TicketId, TicketText)>> {
    let ids: Vec<TicketId> = found.iter().map(|ticket| ticket.id).collect();
    let mut bodies = messages::first_of_tickets(conn, &ids).await?;
    let text = |ticket: &Ticket| {
        let body = bodies.remove(&ticket.id).unwrap_or_default();
        (ticket.id, TicketText::new(&ticket.subject, body))
    };
    Ok(found.iter().map(text).collect())
}

/// Counts the words of the newest tickets besides those that are grouped.
async fn read_background(
    conn: &mut Conn,
    corpus: &mut Corpus,
    asked: &[(TicketId, Words)],
) -> anyhow::Result<()> {
    let mut before = None;
    while corpus.tickets < BACKGROUND_MAX + asked.len() {
        let page = tickets::newest(conn, before, PAGE as i64).await?;
        let Some(last) = page.last() else { break };
        before = Some(last.id);
        for (id, text) in texts(conn, &page).await? {
            if asked.binary_search_by_key(&id, |(id, _)| *id).is_err() {
                corpus.add(&text);
            }
        }
    }
    Ok(())
}

fn group(corpus: &Corpus, asked: Vec<(TicketId, Words)>, size_min: usize) -> Vec<NewProposal> {
    let (ids, words): (Vec<TicketId>, Vec<Words>) = asked.into_iter().unzip();
    let all = Background { tickets: corpus.tickets, with: &corpus.with };
    let names = corpus.names();
    let proposal = |cluster: crate::clusters::Cluster| NewProposal {
        cohesion: cluster.cohesion,
        words: cluster.words.iter().map(|word| names[*word as usize].to_owned()).collect(),
        ticket_ids: cluster.members.iter().map(|member| ids[*member]).collect(),
    };
    clusters(&words, all, size_min).into_iter().take(PROPOSALS_MAX).map(proposal).collect()
}

/// The words of many tickets, each with a number, and in how many of the tickets each occurs.
#[derive(Debug, Default)]
struct Corpus {
    numbers: HashMap<String, u32>,
    with: Vec<u32>,
    tickets: usize,
}

impl Corpus {
    fn add(&mut self, text: &TicketText) -> Words {
        self.tickets += 1;
        let mut counts: HashMap<u32, f32> = HashMap::new();
        for token in text.tokens() {
            if counts.len() >= WORDS_MAX || !says_something(&token.term) {
                continue;
            }
            let next = self.with.len() as u32;
            let number = *self.numbers.entry(token.term).or_insert(next);
            if number == next {
                self.with.push(0);
            }
            *counts.entry(number).or_default() += 1.0;
        }
        counts.keys().for_each(|number| self.with[*number as usize] += 1);
        let mut words: Words = counts.into_iter().collect();
        words.sort_by_key(|(number, _)| *number);
        words
    }

    fn names(&self) -> Vec<&str> {
        let mut names = vec![""; self.with.len()];
        self.numbers.iter().for_each(|(name, number)| names[*number as usize] = name);
        names
    }
}

/// Words a person can read a topic from: no placeholders, numbers or crumbs.
fn says_something(term: &str) -> bool {
    term.chars().count() >= LETTERS_MIN && term.chars().all(|c| c.is_alphabetic() || c == '\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_corpus_numbers_words_and_counts_tickets() {
        let mut corpus = Corpus::default();
        let first =
            corpus.add(&TicketText::new("Printer", "the printer jams 42 https://a.example"));
        let second = corpus.add(&TicketText::new("", "printer"));
        let names = corpus.names();
        let of = |words: &Words| -> Vec<(String, f32)> {
            words.iter().map(|(word, count)| (names[*word as usize].to_owned(), *count)).collect()
        };
        let wanted = [("printer", 2.0), ("the", 1.0), ("jams", 1.0)];
        assert_eq!(of(&first), wanted.map(|(word, count)| (word.to_owned(), count)));
        assert_eq!(of(&second), [("printer".to_owned(), 1.0)]);
        assert_eq!((corpus.tickets, corpus.with), (2, vec![2, 1, 1]));
    }
}
