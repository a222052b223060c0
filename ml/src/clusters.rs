//! Groups of tickets that fit no category: what a new one could be about.
//!
//! Density first, then spherical k-means (Dhillon & Modha 2001): the ticket with most others near it
//! begins a group with them, the next of what is left the next one, until no ticket has enough; then each
//! ticket goes to the group whose centre is nearest, three times over. Written here because the crates at
//! hand (petal-clustering, linfa-clustering) take dense rows: reduced to a few hundred hashed columns,
//! tickets lose the very words that tell a person what a group is about. Nothing is drawn at random, so
//! the same tickets give the same groups.

use std::collections::{BTreeMap, HashMap};

/// Cosine from which on two tickets are near each other.
const NEAR_MIN: f32 = 0.2;
/// Cosine to the centre from which on a ticket belongs to a group.
const MEMBER_MIN: f32 = 0.3;
/// Cosine of two centres from which on two groups are one.
const SAME_MIN: f32 = 0.6;
/// How often tickets choose their group anew.
const ROUNDS: usize = 3;
/// Words of a ticket that are compared, the weightiest.
const WORDS_MAX: usize = 32;
/// Example words of a group.
const EXAMPLES_MAX: usize = 8;
/// How much more frequent than in all tickets an example word is in its group.
const LIFT_MIN: f64 = 3.0;
/// Words that more of all tickets have are not compared …
const COMMON_SHARE: f64 = 0.1;
/// … from so many tickets on.
const COMMON_FROM: usize = 200;

/// A ticket's words, each at most once, with how often it occurs.
pub type Words = Vec<(u32, f32)>;

/// All tickets of a desk, to tell what is special about some of them.
#[derive(Debug, Clone, Copy)]
pub struct Background<'a> {
    pub tickets: usize,
    /// By word: in how many of them it occurs.
    pub with: &'a [u32],
}

/// Tickets that are about the same.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    /// Places in what was given, most typical first.
    pub members: Vec<usize>,
    /// Mean cosine of the members to their centre, 0 to 1.
    pub cohesion: f64,
    /// Up to eight words that are far more frequent here than in all tickets, most telling first.
    pub words: Vec<u32>,
}

/// Groups of at least `size_min` tickets, largest first. A ticket is in one group or in none.
pub fn clusters(tickets: &[Words], all: Background<'_>, size_min: usize) -> Vec<Cluster> {
    let vectors: Vec<Words> = tickets.iter().map(|words| weighted(words, all)).collect();
    let mut groups = seeds(&vectors, size_min.max(2));
    for _ in 0..ROUNDS {
        let centres = merged(groups.iter().map(|group| centre(&vectors, group)).collect());
        groups = members(&vectors, &centres);
        groups.retain(|group| group.len() >= size_min.max(2));
    }
    let mut clusters: Vec<Cluster> =
        groups.into_iter().map(|group| describe(&vectors, tickets, group, all)).collect();
    clusters.sort_by(|a, b| {
        b.members.len().cmp(&a.members.len()).then_with(|| a.members.cmp(&b.members))
    });
    clusters
}

/// `(1 + ln count) · idf`, the weightiest words only, scaled to length 1.
fn weighted(words: &Words, all: Background<'_>) -> Words {
    let weight = |&(word, count): &(u32, f32)| {
        let with = all.with[word as usize] as usize;
        let is_common =
            all.tickets >= COMMON_FROM && with as f64 > all.tickets as f64 * COMMON_SHARE;
        let idf = ((1.0 + all.tickets as f32) / (1.0 + with as f32)).ln();
        (!is_common && idf > 0.0).then(|| (word, (1.0 + count.max(1.0).ln()) * idf))
    };
    let mut weighted: Words = words.iter().filter_map(weight).collect();
    weighted.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    weighted.truncate(WORDS_MAX);
    scaled(weighted)
}

fn scaled(mut words: Words) -> Words {
    let length = words.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
    words.iter_mut().for_each(|(_, weight)| *weight /= length.max(f32::MIN_POSITIVE));
    words.sort_by_key(|(word, _)| *word);
    words
}

/// By word: the tickets that have it, with its weight.
fn inverted(vectors: &[Words]) -> HashMap<u32, Vec<(u32, f32)>> {
    let mut lists: HashMap<u32, Vec<(u32, f32)>> = HashMap::new();
    for (place, words) in (0..).zip(vectors) {
        for &(word, weight) in words {
            lists.entry(word).or_default().push((place, weight));
        }
    }
    lists
}

/// Cosine of one vector to all that `lists` was made from.
fn cosines(vector: &Words, lists: &HashMap<u32, Vec<(u32, f32)>>, sums: &mut [f32]) {
    sums.fill(0.0);
    for (word, weight) in vector {
        for &(place, other) in lists.get(word).map(Vec::as_slice).unwrap_or_default() {
            sums[place as usize] += weight * other;
        }
    }
}

/// Tickets with most others near them, each with those that no denser one has.
fn seeds(vectors: &[Words], size_min: usize) -> Vec<Vec<usize>> {
    let lists = inverted(vectors);
    let mut sums = vec![0.0; vectors.len()];
    let near: Vec<Vec<u32>> = vectors
        .iter()
        .map(|vector| {
            cosines(vector, &lists, &mut sums);
            (0..).zip(&sums).filter(|(_, cosine)| **cosine >= NEAR_MIN).map(|(n, _)| n).collect()
        })
        .collect();
    let mut order: Vec<usize> = (0..vectors.len()).collect();
    order.sort_by_key(|&n| (usize::MAX - near[n].len(), n));
    let mut is_taken = vec![false; vectors.len()];
    let mut groups = Vec::new();
    for leader in order {
        if is_taken[leader] {
            continue;
        }
        let free = near[leader].iter().map(|n| *n as usize).filter(|n| !is_taken[*n]);
        let group: Vec<usize> = free.collect();
        if group.len() >= size_min {
            group.iter().for_each(|n| is_taken[*n] = true);
            groups.push(group);
        }
    }
    groups
}

fn centre(vectors: &[Words], group: &[usize]) -> Words {
    // In the order of words: sums of the same numbers in another order differ in their last places.
    let mut sums: BTreeMap<u32, f32> = BTreeMap::new();
    for (word, weight) in group.iter().flat_map(|n| &vectors[*n]) {
        *sums.entry(*word).or_default() += weight;
    }
    scaled(sums.into_iter().collect())
}

/// Centres without those that are nearly the same as an earlier one.
fn merged(centres: Vec<Words>) -> Vec<Words> {
    let mut kept: Vec<Words> = Vec::new();
    for centre in centres {
        if kept.iter().all(|known| dot(known, &centre) < SAME_MIN) {
            kept.push(centre);
        }
    }
    kept
}

/// Dot product of two vectors whose words ascend.
fn dot(a: &Words, b: &Words) -> f32 {
    let (mut sum, mut rest) = (0.0, b.iter().peekable());
    for (word, weight) in a {
        while rest.next_if(|(other, _)| other < word).is_some() {}
        if let Some((_, other)) = rest.next_if(|(other, _)| other == word) {
            sum += weight * other;
        }
    }
    sum
}

/// Each ticket with the nearest centre, if one is near enough.
fn members(vectors: &[Words], centres: &[Words]) -> Vec<Vec<usize>> {
    let lists = inverted(centres);
    let mut sums = vec![0.0; centres.len()];
    let mut groups = vec![Vec::new(); centres.len()];
    for (n, vector) in vectors.iter().enumerate() {
        cosines(vector, &lists, &mut sums);
        let nearest = (0..sums.len()).reduce(|a, b| if sums[b] > sums[a] { b } else { a });
        if let Some(nearest) = nearest.filter(|nearest| sums[*nearest] >= MEMBER_MIN) {
            groups[nearest].push(n);
        }
    }
    groups
}

fn describe(
    vectors: &[Words],
    tickets: &[Words],
    group: Vec<usize>,
    all: Background<'_>,
) -> Cluster {
    let centre = centre(vectors, &group);
    let mut typical: Vec<(f32, usize)> =
        group.iter().map(|&n| (dot(&vectors[n], &centre), n)).collect();
    typical.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let cohesion = typical.iter().map(|(cosine, _)| f64::from(*cosine)).sum::<f64>();
    Cluster {
        cohesion: cohesion / group.len() as f64,
        words: examples(tickets, &group, all),
        members: typical.into_iter().map(|(_, n)| n).collect(),
    }
}

/// Words by `share · ln(lift)`: in many of the group, and far more often than in all tickets.
fn examples(tickets: &[Words], group: &[usize], all: Background<'_>) -> Vec<u32> {
    let mut with: HashMap<u32, usize> = HashMap::new();
    for (word, _) in group.iter().flat_map(|n| &tickets[*n]) {
        *with.entry(*word).or_default() += 1;
    }
    let least = (group.len() / 10).max(2);
    let telling = |(word, with): (u32, usize)| {
        let share = with as f64 / group.len() as f64;
        let of_all = f64::from(all.with[word as usize].max(1)) / all.tickets.max(1) as f64;
        let lift = share / of_all;
        (with >= least && lift > LIFT_MIN).then(|| (share * lift.ln(), word))
    };
    let mut found: Vec<(f64, u32)> = with.into_iter().filter_map(telling).collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    found.into_iter().take(EXAMPLES_MAX).map(|(_, word)| word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `topics` topics of twelve words each, forty tickets a topic of five of them and three of sixty
    /// words that all share, then as many tickets of shared words alone.
    fn desk(topics: u32) -> (Vec<Words>, Vec<u32>) {
        let mut state = 7_u32;
        let mut draw = move |below: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % below
        };
        let mut tickets = Vec::new();
        for n in 0..topics * 40 {
            let topic = 1_000 + n % topics * 12;
            let mut words: Words = (0..5).map(|_| (topic + draw(12), 1.0)).collect();
            words.extend((0..3).map(|_| (draw(60), 1.0)));
            tickets.push(words);
        }
        for _ in 0..topics * 40 {
            tickets.push((0..8).map(|_| (draw(900), 1.0)).collect());
        }
        let mut with = vec![0; 1_000 + topics as usize * 12];
        for words in &mut tickets {
            words.sort_by_key(|(word, _)| *word);
            words.dedup_by_key(|(word, _)| *word);
            words.iter().for_each(|(word, _)| with[*word as usize] += 1);
        }
        (tickets, with)
    }

    #[test]
    fn topics_are_found_with_their_words_and_the_rest_is_left_alone() {
        let (tickets, with) = desk(4);
        let all = Background { tickets: tickets.len(), with: &with };
        let found = clusters(&tickets, all, 10);
        assert_eq!(found.len(), 4, "{found:#?}");
        for cluster in &found {
            let topic = cluster.members[0] % 4;
            let of_topic = cluster.members.iter().filter(|n| **n < 160 && **n % 4 == topic).count();
            assert!(of_topic >= 30 && of_topic * 10 >= cluster.members.len() * 9, "{cluster:?}");
            assert!((0.3..=1.0).contains(&cluster.cohesion), "{cluster:?}");
            let own = 1_000 + topic as u32 * 12..1_012 + topic as u32 * 12;
            assert!(
                cluster.words.len() == 8 && cluster.words.iter().all(|word| own.contains(word))
            );
        }
    }

    #[test]
    fn the_same_tickets_give_the_same_groups() {
        let (tickets, with) = desk(6);
        let all = Background { tickets: tickets.len(), with: &with };
        assert_eq!(clusters(&tickets, all, 5), clusters(&tickets, all, 5));
    }

    #[test]
    fn few_or_empty_tickets_make_no_group() {
        let all = Background { tickets: 3, with: &[3, 1, 1] };
        assert_eq!(clusters(&[], all, 5), []);
        let tickets = vec![vec![], vec![(0, 1.0)], vec![(1, 1.0), (2, 1.0)]];
        assert_eq!(clusters(&tickets, all, 2), []);
    }

    #[test]
    fn equal_tickets_are_one_group() {
        let tickets = vec![vec![(0, 1.0), (1, 2.0)]; 6];
        let all = Background { tickets: 100, with: &[6, 6] };
        let found = clusters(&tickets, all, 5);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].members, [0, 1, 2, 3, 4, 5]);
        assert!((found[0].cohesion - 1.0).abs() < 1e-5);
    }

    /// 5,000 real tickets take 0.09 s optimised; here the compiler does not optimise.
    #[test]
    fn five_thousand_tickets_take_seconds_at_most() {
        let (tickets, with) = desk(62);
        let all = Background { tickets: tickets.len(), with: &with };
        let start = std::time::Instant::now();
        assert!(clusters(&tickets, all, 10).len() >= 55);
        assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    }
}
