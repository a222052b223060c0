//! How fast, how large and how telling the index of similar tickets is, on files of tickets.
//!
//! ```text
//! cargo run --release -p deskwire-ml --example similar -- firefox.jsonl.gz [TICKETS]
//! ```
//!
//! The last tenth of the tickets asks, one after the other, as the worker does it: put in, then looked
//! up among the older ones. With TICKETS the file's tickets are repeated, with some words exchanged,
//! until there are so many.

use std::time::Instant;

use deskwire_domain::ids::TicketId;
use deskwire_ml::dataset::{Dataset, LabelKind};
use deskwire_ml::similar::{Age, Index, Words};
use deskwire_ml::text::TicketText;
use std::collections::HashMap;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().expect("a file of tickets");
    let read = Dataset::read(&[file], LabelKind::Category)?;
    let total = arguments.next().map_or(read.len(), |n| n.parse().expect("a number"));
    let tickets: Vec<(TicketText, Option<String>)> = (0..total)
        .map(|n| {
            let example = &read.examples()[n % read.len()];
            (varied(&example.text, n / read.len()), example.label.clone())
        })
        .collect();
    let start = Instant::now();
    let words: Vec<Words> = tickets.iter().map(|(text, _)| Words::of(text)).collect();
    let reading = start.elapsed() / total as u32;
    let mut index = Index::new(total.max(100_000));
    let mut labels: HashMap<TicketId, Option<&str>> = HashMap::new();
    let asked_from = total - total / 10;
    let (mut inserting, mut times) = (Vec::new(), Vec::new());
    let (mut best, mut same, mut hits) = (Vec::new(), 0_usize, 0_usize);
    let mut by_score: Vec<(f32, bool)> = Vec::new();
    for (n, (words, (_, label))) in words.iter().zip(&tickets).enumerate() {
        let (id, age) = (TicketId::new(), age(n));
        let start = Instant::now();
        index.insert(id, age, words);
        inserting.push(start.elapsed().as_nanos());
        labels.insert(id, label.as_deref());
        if n >= asked_from {
            let start = Instant::now();
            let found = index.nearest(words, age, 50);
            times.push(start.elapsed().as_nanos());
            best.extend(found.first().map(|hit| hit.1));
            for (other, score) in found.iter().take(5) {
                let is_same = labels[other] == label.as_deref();
                by_score.push((*score, is_same));
                same += usize::from(is_same);
                hits += 1;
            }
        }
    }
    let micro = |nanos: &mut Vec<u128>, part: f64| {
        nanos.sort_unstable();
        nanos[((nanos.len() - 1) as f64 * part) as usize] as f64 / 1000.0
    };
    println!("tickets        {}", index.len());
    println!("memory         {:.1} MB", index.bytes() as f64 / 1e6);
    println!("words of one   {:.1} µs", reading.as_nanos() as f64 / 1000.0);
    println!("insert         p50 {:.1} µs", micro(&mut inserting, 0.5));
    let (p50, p99) = (micro(&mut times, 0.5), micro(&mut times, 0.99));
    println!("query          p50 {p50:.0} µs, p99 {p99:.0} µs");
    println!("same label     {:.3} of the five nearest", same as f64 / hits as f64);
    by_score.sort_by(|a, b| a.0.total_cmp(&b.0));
    for part in by_score.chunks(by_score.len().div_ceil(10)) {
        let right = part.iter().filter(|hit| hit.1).count() as f64 / part.len() as f64;
        println!("  score {:.3} to {:.3}: {right:.3}", part[0].0, part[part.len() - 1].0);
    }
    best.sort_by(f32::total_cmp);
    let at = |part: f64| best[((best.len() - 1) as f64 * part) as usize];
    println!(
        "best score     p50 {:.3}, p95 {:.3}, p99 {:.3}, p99.5 {:.3}",
        at(0.5),
        at(0.95),
        at(0.99),
        at(0.995)
    );
    duplicates(&index, &tickets[asked_from..]);
    Ok(())
}

/// Scores of tickets written again: each with a third, then half of its words left out.
fn duplicates(index: &Index, tickets: &[(TicketText, Option<String>)]) {
    for keep in [[true, true, false], [true, false, false]] {
        let mut scores: Vec<f32> = Vec::new();
        for (text, _) in tickets {
            let left: Vec<&str> = text
                .body
                .split_whitespace()
                .enumerate()
                .filter(|(n, _)| keep[(n * 7 + n / 3) % 3])
                .map(|(_, word)| word)
                .collect();
            let again = TicketText::new(&text.subject, left.join(" "));
            let found = index.nearest(&Words::of(&again), age(usize::MAX >> 32), 1);
            scores.extend(found.first().map(|hit| hit.1));
        }
        scores.sort_by(f32::total_cmp);
        let at = |part: f64| scores[((scores.len() - 1) as f64 * part) as usize];
        let kept = keep.iter().filter(|kept| **kept).count();
        println!(
            "written again with {kept}/3 of its words: p5 {:.3}, p50 {:.3}",
            at(0.05),
            at(0.5)
        );
    }
}

fn age(n: usize) -> Age {
    let time = chrono::DateTime::from_timestamp(n as i64, 0).expect("in range");
    Age(time.into(), n as u64)
}

/// The same ticket by somebody else: every fifth word is another one.
fn varied(text: &TicketText, turn: usize) -> TicketText {
    if turn == 0 {
        return text.clone();
    }
    let word = |(n, word): (usize, &str)| match n % 5 {
        0 => format!("{word}{turn}"),
        _ => word.to_owned(),
    };
    let body: Vec<String> = text.body.split_whitespace().enumerate().map(word).collect();
    TicketText::new(&text.subject, body.join(" "))
}
