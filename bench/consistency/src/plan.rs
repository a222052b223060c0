//! What a run does, derived from its seed alone: people and their rights, what writers write,
//! what watchers ask for and when they go away, which process is killed when.
//!
//! What is left to the run is the interleaving: which ticket a writer's choice falls on depends on
//! those that exist by then.

use std::time::Duration;

use crate::dice::Dice;
use crate::filter::{Filter, QUEUES};
use crate::verbs::{ADMIN_VERBS, VERBS, Verb};

/// How much happens, and for how long.
#[derive(Debug, Clone)]
pub struct Options {
    pub seed: u64,
    /// How long writers write.
    pub duration: Duration,
    pub writers: usize,
    pub subscribers: usize,
    /// 1 to 3.
    pub api_processes: usize,
    pub faults: Faults,
    /// The `deskwire` program.
    pub program: std::path::PathBuf,
    /// The `deskwire-ml` program; without it nothing is suggested.
    pub ml_program: Option<std::path::PathBuf>,
    /// Keep data and logs even when nothing was found.
    pub keep: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Faults {
    None,
    /// Pauses, and restarts that ask first.
    Soft,
    /// These, and `kill -9`.
    All,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Customer,
    Agent,
    Lead,
    Admin,
}

impl Role {
    pub fn graph(self) -> &'static str {
        match self {
            Self::Customer => "CUSTOMER",
            Self::Agent => "AGENT",
            Self::Lead => "LEAD",
            Self::Admin => "ADMIN",
        }
    }
}

/// What may happen to somebody's rights during the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Nothing: their streams are held against the log, item by item.
    Never,
    /// Memberships come and go.
    Memberships,
    /// Role and activity change, too.
    RoleAndActivity,
}

#[derive(Debug, Clone)]
pub struct Person {
    pub name: String,
    pub role: Role,
    /// Queue and right at the start.
    pub memberships: Vec<(usize, &'static str)>,
    pub change: Change,
    /// Has a password.
    pub signs_in: bool,
}

#[derive(Debug, Clone)]
pub struct People {
    pub all: Vec<Person>,
    pub staff: Vec<usize>,
    pub customers: Vec<usize>,
    /// Those whose rights change.
    pub changing: Vec<usize>,
}

/// The first person; sets up the desk and changes other people's rights.
pub const ADMIN: usize = 0;
pub const RIGHTS: &[&str] = &["READ", "REPLY", "MANAGE"];

impl People {
    fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed, "people", 0);
        let mut all = Vec::new();
        let mut add = |role: Role, change: Change, count: usize, signs_in: usize| {
            for number in 0..count {
                let memberships = match role {
                    Role::Agent | Role::Lead => (0..QUEUES.len())
                        .filter_map(|queue| {
                            let right = [None, None, Some(0), Some(1), Some(1), Some(1), Some(2)];
                            dice.one_of(&right).map(|right| (queue, RIGHTS[right]))
                        })
                        .collect(),
                    _ => Vec::new(),
                };
                let kind = match change {
                    Change::Never => "",
                    Change::Memberships => "moving-",
                    Change::RoleAndActivity => "turning-",
                };
                let name = format!("{kind}{}{number}", role.graph().to_lowercase());
                let signs_in = number < signs_in;
                all.push(Person { name, role, memberships, change, signs_in });
            }
        };
        add(Role::Admin, Change::Never, 2, 1);
        add(Role::Lead, Change::Never, 2, 1);
        add(Role::Agent, Change::Never, 8, 3);
        add(Role::Agent, Change::Memberships, 4, 2);
        add(Role::Agent, Change::RoleAndActivity, 2, 1);
        add(Role::Customer, Change::Never, 39, 3);
        add(Role::Customer, Change::RoleAndActivity, 1, 1);
        let which = |wanted: &dyn Fn(&Person) -> bool| {
            (0..all.len()).filter(|&at| wanted(&all[at])).collect::<Vec<_>>()
        };
        Self {
            staff: which(&|p| p.role != Role::Customer),
            customers: which(&|p| p.role == Role::Customer),
            changing: which(&|p| p.change != Change::Never),
            all,
        }
    }
}

/// One try of a writer to do something.
#[derive(Debug, Clone)]
pub struct Step {
    pub pause_ms: u64,
    pub actor: usize,
    pub verb: &'static Verb,
    /// Decide the ticket and the new values.
    pub choices: [u64; 6],
    /// Names an old version of the ticket.
    pub stale: bool,
    /// Something about the input is wrong.
    pub spoilt: bool,
}

/// The endless steps of one writer. The first one also changes rights.
pub struct Steps {
    dice: Dice,
    people: People,
    is_admin: bool,
}

impl Iterator for Steps {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let dice = &mut self.dice;
        let (verbs, actor) = if self.is_admin && dice.percent(35) {
            (ADMIN_VERBS, ADMIN)
        } else {
            let from = if dice.percent(70) { &self.people.staff } else { &self.people.customers };
            (VERBS, *dice.one_of(from))
        };
        // Three in four things a customer tries are for customers.
        let is_modest = self.people.all[actor].role == Role::Customer && dice.percent(75);
        let weight =
            |verb: &Verb| if is_modest && !verb.is_for_customers { 0 } else { verb.weight };
        let verb = &verbs[dice.weighted(verbs.iter().map(weight))];
        Some(Step {
            // Now and then a burst, now and then a rest.
            pause_ms: [0, 0, 20, 60, 100, 150, 200, 400][dice.below(8)],
            actor,
            verb,
            choices: std::array::from_fn(|_| dice.roll()),
            stale: dice.percent(8),
            spoilt: dice.percent(6),
        })
    }
}

/// What a watcher does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    Read {
        ms: u64,
    },
    /// Leaves the socket unread.
    Stall {
        ms: u64,
    },
    /// Goes away and resumes from the last item's cursor.
    Leave {
        ms: u64,
        says_so: bool,
    },
    /// Goes away and resumes from the cursor of an earlier item.
    GoBack {
        items: usize,
    },
    /// Goes away and reads the list anew.
    ReadAnew {
        ms: u64,
    },
    /// Resumes from another log's cursor.
    ForeignCursor,
    /// Signs out while the stream is open; those with a token leave instead.
    SignOut,
}

#[derive(Debug, Clone)]
pub struct SubscriberPlan {
    pub person: usize,
    pub filter: Filter,
    pub wants_count: bool,
    /// Signs in instead of using a token.
    pub signs_in: bool,
    /// Small receive buffer and large items.
    pub is_slow: bool,
}

pub struct Acts {
    dice: Dice,
    is_slow: bool,
}

impl Iterator for Acts {
    type Item = Act;

    fn next(&mut self) -> Option<Act> {
        let dice = &mut self.dice;
        let stalls = if self.is_slow { 30 } else { 3 };
        Some(match dice.weighted([40, stalls, 16, 6, 4, 2, 4].into_iter()) {
            0 => Act::Read { ms: dice.between(200, 4000) },
            1 => Act::Stall { ms: dice.between(500, 6000) },
            2 => Act::Leave { ms: dice.between(0, 3000), says_so: dice.percent(50) },
            3 => Act::GoBack { items: dice.below(30) },
            4 => Act::ReadAnew { ms: dice.between(0, 2000) },
            5 => Act::ForeignCursor,
            _ => Act::SignOut,
        })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    Api(usize),
    Worker,
    Redis,
    Database,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Kill { down_ms: u64 },
    Stop { down_ms: u64 },
    Pause { ms: u64 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlannedFault {
    pub at: Duration,
    pub target: Target,
    pub fault: Fault,
}

impl PlannedFault {
    pub fn length(&self) -> Duration {
        Duration::from_millis(match self.fault {
            Fault::Kill { down_ms } | Fault::Stop { down_ms } => down_ms,
            Fault::Pause { ms } => ms,
        })
    }
}

impl std::fmt::Display for PlannedFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let target = match self.target {
            Target::Api(number) => format!("api-{number}"),
            Target::Worker => "worker".into(),
            Target::Redis => "redis".into(),
            Target::Database => "database".into(),
        };
        match self.fault {
            Fault::Kill { down_ms } => write!(f, "kill -9 {target}, away for {down_ms} ms"),
            Fault::Stop { down_ms } => write!(f, "stop {target}, away for {down_ms} ms"),
            Fault::Pause { ms } => write!(f, "pause {target} for {ms} ms"),
        }
    }
}

pub struct Plan {
    pub options: Options,
    pub people: People,
    pub subscribers: Vec<SubscriberPlan>,
    pub faults: Vec<PlannedFault>,
}

impl Plan {
    pub fn new(options: Options) -> Self {
        let people = People::new(options.seed);
        let subscribers =
            (0..options.subscribers).map(|number| subscriber(&options, &people, number)).collect();
        Self { faults: faults(&options), people, subscribers, options }
    }

    pub fn steps(&self, writer: usize) -> Steps {
        Steps {
            dice: Dice::new(self.options.seed, "writer", writer),
            people: self.people.clone(),
            is_admin: writer == 0,
        }
    }

    pub fn acts(&self, subscriber: usize) -> Acts {
        let is_slow = self.subscribers[subscriber].is_slow;
        Acts { dice: Dice::new(self.options.seed, "acts", subscriber), is_slow }
    }
}

fn subscriber(options: &Options, people: &People, number: usize) -> SubscriberPlan {
    let mut dice = Dice::new(options.seed, "subscriber", number);
    let person = match dice.below(20) {
        0..=9 => *dice.one_of(&people.staff),
        10..=13 => *dice.one_of(&people.customers),
        _ => *dice.one_of(&people.changing),
    };
    SubscriberPlan {
        person,
        filter: Filter::random(&mut dice, people, person, options.duration.as_secs()),
        wants_count: dice.percent(50),
        signs_in: people.all[person].signs_in && dice.percent(50),
        is_slow: dice.percent(20),
    }
}

/// One fault about every two seconds; they may overlap. The last one is over when writers stop.
fn faults(options: &Options) -> Vec<PlannedFault> {
    let mut dice = Dice::new(options.seed, "faults", 0);
    let mut planned = Vec::new();
    if options.faults == Faults::None {
        return planned;
    }
    let end = options.duration.saturating_sub(Duration::from_millis(500));
    let mut at = Duration::from_millis(1500);
    while at < end {
        let target = match dice.weighted([8, 3, 4, 3].into_iter()) {
            0 => Target::Api(dice.below(options.api_processes)),
            1 => Target::Worker,
            2 => Target::Redis,
            _ => Target::Database,
        };
        let (down_ms, ms) = (dice.between(0, 2500), dice.between(100, 3500));
        let fault = match dice.below(10) {
            0..=4 if options.faults == Faults::All => Fault::Kill { down_ms },
            5 | 6 if matches!(target, Target::Api(_) | Target::Worker) => Fault::Stop { down_ms },
            _ => Fault::Pause { ms },
        };
        let planned_fault = PlannedFault { at, target, fault };
        if at + planned_fault.length() < end {
            planned.push(planned_fault);
        }
        at += Duration::from_millis(dice.between(300, 3500));
    }
    planned
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(seed: u64) -> Plan {
        Plan::new(Options {
            seed,
            duration: Duration::from_secs(30),
            writers: 2,
            subscribers: 10,
            api_processes: 2,
            faults: Faults::All,
            program: "deskwire".into(),
            ml_program: None,
            keep: false,
        })
    }

    fn told(plan: &Plan) -> String {
        let steps = (0..2).flat_map(|writer| plan.steps(writer).take(40));
        let steps: Vec<_> =
            steps.map(|step| (step.actor, step.verb.name, step.choices, step.spoilt)).collect();
        let acts: Vec<Act> = (0..10).flat_map(|number| plan.acts(number).take(10)).collect();
        format!("{:?} {:?} {:?} {steps:?} {acts:?}", plan.people, plan.subscribers, plan.faults)
    }

    #[test]
    fn a_seed_repeats_its_plan() {
        assert_eq!(told(&plan(7)), told(&plan(7)));
        assert_ne!(told(&plan(7)), told(&plan(8)));
    }

    #[test]
    fn faults_are_over_when_writers_stop() {
        for seed in 0..50 {
            let plan = plan(seed);
            assert!(!plan.faults.is_empty());
            for fault in &plan.faults {
                assert!(fault.at + fault.length() < plan.options.duration, "{seed}: {fault}");
            }
        }
    }
}
