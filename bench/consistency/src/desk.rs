//! The desk of a run: queues, people with tokens, categories and tags, made through the program
//! and its graph.

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::{Instant, sleep};

use crate::filter::{CATEGORIES, QUEUES, TAGS};
use crate::http::{Credential, Http};
use crate::ids::Id;
use crate::plan::{ADMIN, Change, Person, Plan, Role};
use crate::tickets::{Known, Tickets};

pub const PASSWORD: &str = "a long enough password";
const SCOPES: [&str; 5] = ["TICKETS_READ", "TICKETS_WRITE", "USERS_READ", "USERS_WRITE", "ADMIN"];
/// Tickets that are there when the writers begin.
const FIRST_TICKETS: usize = 24;

/// What the plan's places stand for on this desk.
pub struct World {
    pub started_at: DateTime<Utc>,
    pub apis: Vec<SocketAddr>,
    pub queues: Vec<Id>,
    pub categories: Vec<Id>,
    pub tags: Vec<Id>,
    pub people: Vec<Account>,
    pub staff: Vec<Id>,
    pub customers: Vec<Id>,
    pub changing: Vec<Account>,
    /// The fields this desk's `QueueUpdate` has.
    pub update_fields: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct Account {
    pub id: Id,
    pub name: String,
    pub email: String,
    pub role: Role,
    pub token: Credential,
    /// Queues they work in when the run begins.
    pub queues: Vec<Id>,
    pub never_changes: bool,
    /// Role and activity change.
    pub turns: bool,
}

impl World {
    /// Fills the desk that `apis` serve; `admin_token` is the first person's.
    ///
    /// # Errors
    /// When the desk refuses something that is right.
    pub async fn fill(
        plan: &Plan,
        apis: Vec<SocketAddr>,
        admin_token: String,
        tickets: &Tickets,
    ) -> anyhow::Result<Self> {
        let mut graph = Graph::new(apis[0], Credential::Token(admin_token.clone()));
        graph.wait().await?;
        let mut queues = Vec::new();
        for name in QUEUES {
            queues.push(graph.create("createQueue", "queue", json!({ "name": name })).await?);
        }
        let mut categories = Vec::new();
        for name in CATEGORIES {
            let input = json!({ "name": name });
            categories.push(graph.create("createCategory", "category", input).await?);
        }
        let mut people = Vec::new();
        for (number, person) in plan.people.all.iter().enumerate() {
            people.push(match number {
                ADMIN => graph.admin(person, admin_token.clone()).await?,
                _ => graph.person(person, &queues).await?,
            });
        }
        let id_of = |list: &[usize]| list.iter().map(|&at| people[at].id).collect::<Vec<_>>();
        let customers = id_of(&plan.people.customers);
        for number in 0..FIRST_TICKETS {
            let requester = customers[number % customers.len()];
            let queue = Some(queues[number % queues.len()]);
            let input = json!({
                "subject": format!("Ticket first-{number}"),
                "body": "[first] Please help.",
                "requesterId": requester.public("user"),
                "queueId": queue.map(|id| id.public("queue")),
                "tags": if number == 0 { TAGS } else { &[] },
            });
            let id = graph.create("createTicket", "ticket", input).await?;
            tickets.heard(Known::new(id, requester, queue));
        }
        let found = graph.ask("{ tags { id name } }").await?;
        let tag = |name: &&str| {
            let all = found["tags"].as_array()?;
            Id::parse(all.iter().find(|tag| tag["name"] == **name)?["id"].as_str()?)
        };
        let tags = TAGS.iter().map(tag).collect::<Option<Vec<_>>>().context("the tags")?;
        let found = graph.ask("{ __type(name: \"QueueUpdate\") { fields { name } } }").await?;
        let fields = found["__type"]["fields"].as_array().context("the schema")?;
        let names = fields.iter().filter_map(|field| field["name"].as_str().map(str::to_owned));
        Ok(Self {
            started_at: Utc::now(),
            apis,
            queues,
            categories,
            tags,
            staff: id_of(&plan.people.staff),
            customers,
            changing: plan.people.changing.iter().map(|&at| people[at].clone()).collect(),
            update_fields: names.collect(),
            people,
        })
    }

    pub fn person(&self, id: Id) -> Option<&Account> {
        self.people.iter().find(|account| account.id == id)
    }
}

/// Operations that must succeed.
pub struct Graph {
    http: Http,
    who: Credential,
}

impl Graph {
    pub fn new(address: SocketAddr, who: Credential) -> Self {
        Self { http: Http::new(address), who }
    }

    async fn wait(&mut self) -> anyhow::Result<()> {
        let until = Instant::now() + Duration::from_secs(30);
        while let Err(error) = self.ask("{ viewer { user { id } } }").await {
            if Instant::now() > until {
                return Err(error).context("the API process does not answer");
            }
            sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// # Errors
    /// When there is no answer, or one with errors.
    pub async fn ask(&mut self, query: &str) -> anyhow::Result<Value> {
        self.run(query, json!({})).await
    }

    /// # Errors
    /// When there is no answer, or one with errors.
    pub async fn run(&mut self, query: &str, variables: Value) -> anyhow::Result<Value> {
        let operation = json!({ "query": query, "variables": variables });
        let mut answer = self.http.post(Some(&self.who), &operation).await?;
        if answer.status != 200 || answer.body.get("errors").is_some() {
            bail!("{query} was answered by {} {}", answer.status, answer.body);
        }
        Ok(answer.body["data"].take())
    }

    /// Runs a mutation named like its input type and returns its payload.
    ///
    /// # Errors
    /// As [`Graph::run`], and when the payload has errors.
    pub async fn mutate(
        &mut self,
        name: &str,
        selection: &str,
        input: Value,
    ) -> anyhow::Result<Value> {
        let mut input_type = name.to_owned();
        input_type[..1].make_ascii_uppercase();
        let query = format!(
            "mutation($input: {input_type}Input!) {{ {name}(input: $input) {{ {selection} \
             errors {{ code message path }} }} }}"
        );
        let mut data = self.run(&query, json!({ "input": input })).await?;
        let payload = data[name].take();
        if payload["errors"].as_array().is_none_or(|errors| !errors.is_empty()) {
            bail!("{name} {input} was refused: {}", payload["errors"]);
        }
        Ok(payload)
    }

    async fn create(&mut self, name: &str, noun: &str, input: Value) -> anyhow::Result<Id> {
        let payload = self.mutate(name, &format!("{noun} {{ id }}"), input).await?;
        payload[noun]["id"].as_str().and_then(Id::parse).context("an id")
    }

    async fn admin(&mut self, person: &Person, token: String) -> anyhow::Result<Account> {
        let found = self.ask("{ viewer { user { id } } }").await?;
        let id = found["viewer"]["user"]["id"].as_str().and_then(Id::parse).context("an id")?;
        Ok(account(person, id, &[], token))
    }

    async fn person(&mut self, person: &Person, queues: &[Id]) -> anyhow::Result<Account> {
        let input = json!({
            "email": email(person),
            "name": person.name,
            "role": person.role.graph(),
            "password": person.signs_in.then_some(PASSWORD),
        });
        let id = self.create("createUser", "user", input).await?;
        for (queue, right) in &person.memberships {
            let queue = queues[*queue].public("queue");
            let input = json!({ "queueId": queue, "userId": id.public("user"), "right": right });
            self.mutate("setQueueMembership", "queue { id }", input).await?;
        }
        let input = json!({ "name": "checker", "scopes": SCOPES, "userId": id.public("user") });
        let payload = self.mutate("createToken", "secret", input).await?;
        let secret = payload["secret"].as_str().context("a secret")?.to_owned();
        Ok(account(person, id, queues, secret))
    }
}

pub fn email(person: &Person) -> String {
    format!("{}@example.org", person.name)
}

fn account(person: &Person, id: Id, queues: &[Id], token: String) -> Account {
    Account {
        queues: person.memberships.iter().map(|(queue, _)| queues[*queue]).collect(),
        id,
        name: person.name.clone(),
        email: email(person),
        role: person.role,
        token: Credential::Token(token),
        never_changes: person.change == Change::Never,
        turns: person.change == Change::RoleAndActivity,
    }
}
