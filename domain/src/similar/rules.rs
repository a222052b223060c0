//! What follows from similar tickets. No I/O: the tickets are those the reader may see.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::Similar;
use crate::queues::QueueRight;
use crate::tickets::{Status, Ticket};
use crate::users::{Role, User};

/// Least score of a ticket that says something about another.
///
/// Measured (`cargo run --release -p deskwire-ml --example similar`): among 16,633 real tickets of 11
/// topics, the five nearest of a ticket share its topic in 28 to 38 % from here on, where tickets drawn at
/// random do in 15 %; among 5,292 of 70 topics in 22 to 54 %, at random in 3 %.
pub const SIMILAR_MIN: f64 = 0.15;
/// Least score of a duplicate that somebody else asked.
///
/// Measured: of 1,663 real tickets one in a hundred has another with so much in common. Written again with
/// a third of its words left out, nineteen in twenty are found.
pub const DUPLICATE_MIN: f64 = 0.7;
/// Least score of a duplicate of the same requester, of whom there are few tickets to be taken for one.
///
/// Measured: written again with two thirds of their words left out, nineteen in twenty score 0.56 and more.
pub const OWN_DUPLICATE_MIN: f64 = 0.35;
/// Similar tickets that have a say in who and where.
const VOTERS_MAX: usize = 20;
/// Tickets that must agree before anything is suggested.
const SUPPORT_MIN: u32 = 2;

/// The solved and closed ones, most alike first.
pub fn solved(similar: &[Similar]) -> impl Iterator<Item = &Similar> {
    similar.iter().filter(|known| {
        known.score >= SIMILAR_MIN && matches!(known.ticket.status, Status::Solved | Status::Closed)
    })
}

/// The ones still being worked on that probably ask the same, most alike first: somebody else's with
/// nearly the same words, the requester's own with similar ones.
pub fn duplicates<'a>(
    ticket: &'a Ticket,
    similar: &'a [Similar],
) -> impl Iterator<Item = &'a Similar> {
    similar.iter().filter(|known| {
        let is_own = known.ticket.requester_id == ticket.requester_id;
        let least = if is_own { OWN_DUPLICATE_MIN } else { DUPLICATE_MIN };
        known.score >= least && matches!(known.ticket.status, Status::Open | Status::Pending)
    })
}

/// What similar tickets speak for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Vote<T> {
    pub choice: T,
    /// Its part of the scores of all that had a say, 0 to 1.
    pub share: f64,
    /// Tickets that speak for it.
    pub support: u32,
}

/// Lets solved tickets vote, each with its score, for what `choice` says of it; most wanted first.
/// Tickets it says nothing of have no say, nor has anything that one ticket alone speaks for.
pub fn votes<T: Ord + Copy>(
    similar: &[Similar],
    choice: impl Fn(&Ticket) -> Option<T>,
) -> Vec<Vote<T>> {
    let mut sums: BTreeMap<T, (f64, u32)> = BTreeMap::new();
    for known in solved(similar).take(VOTERS_MAX) {
        if let Some(choice) = choice(&known.ticket) {
            let sum = sums.entry(choice).or_default();
            *sum = (sum.0 + known.score, sum.1 + 1);
        }
    }
    let total: f64 = sums.values().map(|(score, _)| score).sum();
    let mut votes: Vec<Vote<T>> = sums
        .into_iter()
        .filter(|(_, (_, support))| *support >= SUPPORT_MIN)
        .map(|(choice, (score, support))| Vote { choice, share: score / total, support })
        .collect();
    // A stable sort: equal shares stay in the order of ids.
    votes.sort_by(|a, b| b.share.partial_cmp(&a.share).unwrap_or(Ordering::Equal));
    votes
}

/// Whether a user could take a ticket of a queue on which they have `right` as a member.
pub fn may_take(user: &User, right: Option<QueueRight>) -> bool {
    user.active
        && match user.role {
            Role::Admin => true,
            Role::Lead => right.is_some(),
            Role::Agent => right.is_some_and(|right| right >= QueueRight::Reply),
            Role::Customer => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;
    use crate::ids::{QueueId, TicketId, UserId};
    use crate::tickets::{LabelOrigin, Priority};

    fn ticket(status: Status) -> Ticket {
        let now = Timestamp::now();
        Ticket {
            id: TicketId::new(),
            number: 1,
            subject: "S".into(),
            status,
            priority: Priority::Normal,
            priority_origin: LabelOrigin::Default,
            category_id: None,
            queue_id: QueueId::new(),
            requester_id: UserId::new(),
            assignee_id: None,
            version: 1,
            source: "web".into(),
            external_id: None,
            created_at: now,
            updated_at: now,
            solved_at: None,
            deleted_at: None,
            merged_into_id: None,
            applied_category_id: None,
            applied_priority: None,
        }
    }

    fn similar(status: Status, score: f64, assignee: Option<UserId>) -> Similar {
        Similar { ticket: Ticket { assignee_id: assignee, ..ticket(status) }, score }
    }

    #[test]
    fn only_done_tickets_that_are_alike_are_solutions() {
        let all = [
            similar(Status::Solved, 0.9, None),
            similar(Status::Open, 0.8, None),
            similar(Status::Closed, 0.5, None),
            similar(Status::Solved, SIMILAR_MIN / 2.0, None),
        ];
        let scores: Vec<f64> = solved(&all).map(|known| known.score).collect();
        assert_eq!(scores, [0.9, 0.5]);
    }

    #[test]
    fn the_requesters_own_tickets_are_duplicates_sooner_than_others() {
        let mine = ticket(Status::Open);
        let mut own = similar(Status::Pending, 0.4, None);
        own.ticket.requester_id = mine.requester_id;
        let mut far = own.clone();
        far.score = 0.2;
        let mut done = own.clone();
        done.ticket.status = Status::Solved;
        let all = [
            similar(Status::Open, 0.75, None),
            similar(Status::Open, 0.5, None),
            own.clone(),
            far,
            done,
        ];
        let found: Vec<_> = duplicates(&mine, &all).collect();
        assert_eq!(found, [&all[0], &own]);
    }

    #[test]
    fn votes_go_by_score_and_need_two_tickets() {
        let (ada, bob, eve) = (UserId::new(), UserId::new(), UserId::new());
        let all = [
            similar(Status::Solved, 0.9, Some(eve)),
            similar(Status::Solved, 0.3, Some(ada)),
            similar(Status::Solved, 0.3, Some(ada)),
            similar(Status::Solved, 0.25, Some(bob)),
            similar(Status::Solved, 0.25, Some(bob)),
            similar(Status::Solved, 0.7, None),
            similar(Status::Open, 0.9, Some(bob)),
        ];
        let votes = votes(&all, |ticket| ticket.assignee_id);
        assert_eq!(votes.iter().map(|vote| vote.choice).collect::<Vec<_>>(), [ada, bob]);
        assert_eq!(votes[0].support, 2);
        assert!((votes[0].share - 0.3).abs() < 1e-9, "{votes:?}");
    }

    #[test]
    fn nobody_votes_where_nothing_is_alike() {
        assert_eq!(votes(&[], |ticket| ticket.assignee_id), []);
    }

    #[test]
    fn who_could_take_a_ticket_goes_by_role_and_right() {
        use QueueRight::{Manage, Read, Reply};
        let now = Timestamp::now();
        for (role, right, may) in [
            (Role::Admin, None, true),
            (Role::Lead, None, false),
            (Role::Lead, Some(Read), true),
            (Role::Agent, None, false),
            (Role::Agent, Some(Read), false),
            (Role::Agent, Some(Reply), true),
            (Role::Agent, Some(Manage), true),
            (Role::Customer, Some(Manage), false),
        ] {
            let mut user = User {
                id: UserId::new(),
                email: "a@example.org".into(),
                name: "A".into(),
                role,
                active: true,
                organisation_id: None,
                created_at: now,
                updated_at: now,
            };
            assert_eq!(may_take(&user, right), may, "{role} {right:?}");
            user.active = false;
            assert!(!may_take(&user, right));
        }
    }
}
