//! What happens, one function each.

use deskwire_domain::models::runs::RunOptions;
use deskwire_domain::models::{self, Arm, Then};
use deskwire_domain::{Actor, suggestions};
use deskwire_ml::dataset::{Dataset, Example};
use deskwire_ml::run::{Made, Material, Trainer, Watch, make};
use deskwire_ml::train::TrainConfig;
use serde_json::{Value, json};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use tokio::process::Command;
use tokio::sync::watch;

use crate::desk::Story;
use crate::support::at;

const RUN: &str = "subscription($id: ID!) { modelRunUpdates(runId: $id) { state step done error
    version { id number validations { verdict sample difference low high } } } }";
const ROLLOUT: &str = "rollout { stage percent candidate { number } champion { number } }";
const HISTORY: &str = "{ modelRollout(kind: CATEGORY) { stage coolDownUntil candidate { number }
    history(first: 1) { nodes { id action reason actor { name } version { number } evidence } } } }";

impl Story {
    /// `deskwire import tickets`, closed ones with their labels.
    pub async fn old_tickets_are_imported(&mut self, old: &Path) {
        let begun = Instant::now();
        let db = &self.app.db.config;
        let rejected = std::env::temp_dir().join(format!("{}-rejected", db.channel));
        let output = Command::new(env!("CARGO_BIN_EXE_deskwire"))
            .args(["import", "tickets", "--quiet", "--queue", "Support", "--source", "old"])
            .args(["--labels", "keep", "--status", "closed", "--rejected"])
            .args([&rejected, old])
            .env("DESKWIRE_DATABASE_URL", &db.database_url)
            .env("DESKWIRE_REDIS_URL", &db.redis_url)
            .env("DESKWIRE_CHANNEL", &db.channel)
            .output()
            .await
            .expect("the program starts");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
        println!("{said}imported after {:?}", begun.elapsed());
        let found = self.agent.data("{ categories { id name } }", json!({})).await;
        let pair = |c: &Value| (at(c, "/name").to_owned(), at(c, "/id").to_owned());
        self.categories = found["categories"].as_array().expect("rows").iter().map(pair).collect();
    }

    /// The guards are to judge by what people decide, and to be surer than usual: which tickets a canary
    /// gets is drawn anew each time, and a story has to end alike.
    pub async fn the_guards_listen_to_people(&self) {
        let input = json!({
            "kind": "CATEGORY", "alpha": 0.005, "minimumSample": 5000, "labelMixSample": 5000,
        });
        let after = self.admin_does("setModelGuards", input, "rollout { guards { alpha } }").await;
        assert_eq!(after["rollout"]["guards"]["alpha"], 0.005);
    }

    /// `trainModel`, followed live to its end; returns the version.
    pub async fn a_model_is_trained(&self, options: Value) -> Value {
        let begun = Instant::now();
        let mut input = options;
        input["kind"] = "CATEGORY".into();
        let started = self.admin_does("trainModel", input, "run { id }").await;
        let mut socket = self.app.socket(&self.app.team.admin).await;
        socket.subscribe("1", RUN, json!({ "id": started["run"]["id"] })).await;
        assert_eq!(socket.item().await["state"], "QUEUED");

        let (_, stop) = watch::channel(false);
        let mut trainer = Trainer::new(self.app.db.desk.clone(), self.store.clone(), stop);
        let training = tokio::spawn(async move { trainer.run_once().await });
        let (mut steps, mut done) = (Vec::new(), 0.0);
        let mut last = loop {
            let item = socket.item().await;
            let now = item["done"].as_f64().expect("a number");
            assert!(now >= done, "progress goes back from {done} to {now}");
            done = now;
            match item["state"].as_str() {
                Some("RUNNING") => steps.push(item["step"].clone()),
                Some("SUCCEEDED") => break item,
                other => panic!("{other:?}: {item}"),
            }
        };
        assert!(training.await.expect("no panic").expect("the database answers"));
        steps.dedup();
        println!("{} after {:?}, by {steps:?}", last["version"], begun.elapsed());
        assert!(steps.len() >= 3 && done == 1.0, "{steps:?}");
        last["version"].take()
    }

    /// In shadow every ticket is scored, and agents see the champion's suggestions alone.
    pub async fn the_candidate_works_in_the_dark(&mut self, candidate: &Value) {
        let input = json!({ "kind": "CATEGORY", "versionId": candidate["id"] });
        let after = self.admin_does("startShadow", input, ROLLOUT).await;
        assert_eq!(after["rollout"]["stage"], "SHADOW");
        self.tickets_arrive(100).await;
        let seen = self.tickets().await;
        assert_eq!(seen.len(), 100);
        for ticket in &seen {
            let suggestions = ticket["suggestions"].as_array().expect("rows");
            assert_eq!(suggestions.len(), 1, "{ticket}");
            assert_eq!(suggestions[0]["modelVersion"]["number"], 1, "{ticket}");
        }
        let query = "{ modelVersions { number shadowAgreement { scored agreed disagreed } } }";
        let versions = self.admin.data(query, json!({})).await;
        let agreement = &versions["modelVersions"][0]["shadowAgreement"];
        println!("in the dark: {agreement}");
        let [scored, agreed, disagreed] = ["scored", "agreed", "disagreed"]
            .map(|name| agreement[name].as_i64().expect("a number"));
        assert_eq!((scored, agreed + disagreed), (100, 100));
    }

    /// The canary answers for its share, always the same tickets, also when the share rises.
    pub async fn a_fifth_of_the_tickets_is_the_candidates(&mut self, percent: u16) {
        let input = json!({ "kind": "CATEGORY", "percent": percent });
        let after = self.admin_does("startCanary", input, ROLLOUT).await;
        assert_eq!(
            (&after["rollout"]["stage"], &after["rollout"]["percent"]),
            (&json!("CANARY"), &json!(20))
        );
        self.tickets_arrive(500).await;
        let seen = self.tickets().await;
        let mut rollout = self.rollout().await;
        let mut served = 0;
        for ticket in &seen {
            let suggestion = &ticket["suggestions"][0];
            // The hundred from before the canary are the champion's.
            let arm = if suggestion["arm"] == "CANARY" { Arm::Canary } else { Arm::Champion };
            if arm == Arm::Canary {
                served += 1;
                assert_eq!(suggestion["modelVersion"]["number"], 2);
                let id = at(ticket, "/id").trim_start_matches("ticket_").parse().expect("an id");
                for share in [percent, 50] {
                    rollout.percent = share;
                    assert_eq!(models::arm_of(&rollout, id), Arm::Canary, "at {share} %");
                }
            }
        }
        println!("the canary served {served} of 500 at {percent} %");
        // Four standard deviations of 500 draws.
        assert!((64..=136).contains(&served), "{served} of 500 at {percent} %");
    }

    /// The share rises, and tickets of the canary's are looked at again: they stay the canary's.
    pub async fn who_is_in_stays_in(&self, percent: u16) {
        let input = json!({ "kind": "CATEGORY", "percent": percent });
        self.admin_does("startCanary", input, ROLLOUT).await;
        let seen = self.tickets().await;
        let is_canary = |ticket: &&Value| ticket["suggestions"][0]["arm"] == "CANARY";
        for ticket in seen.iter().filter(is_canary).take(20) {
            // Whatever comes back is asked about anew.
            let delete = json!({ "id": ticket["id"], "reason": "a mistake" });
            self.admin_does("deleteTicket", delete, "").await;
            self.admin_does("restoreTicket", json!({ "id": ticket["id"] }), "").await;
        }
        assert_eq!(self.worker().run_once().await.expect("the worker works"), 20);
        assert_eq!(self.tickets().await, seen);
    }

    /// Agents look at every open suggestion and accept it or choose the right category.
    pub async fn agents_decide(&mut self) {
        for ticket in self.tickets().await {
            self.an_agent_decides(&ticket).await;
        }
    }

    async fn an_agent_decides(&mut self, ticket: &Value) -> bool {
        let suggestion = &ticket["suggestions"][0];
        if suggestion["state"] != "OPEN" {
            return false;
        }
        let right = &self.truth[at(ticket, "/externalId")];
        let is_right = suggestion["label"] == **right;
        let (name, input) = match is_right {
            true => ("acceptSuggestion", json!({ "id": suggestion["id"] })),
            false => {
                let category = &self.categories[right];
                ("changeTicketCategory", json!({ "id": ticket["id"], "categoryId": category }))
            }
        };
        let answer = self.agent.change(name, input, "errors { code message }").await;
        assert_eq!(answer["data"]["payload"]["errors"], json!([]), "{answer}");
        let number = suggestion["modelVersion"]["number"].as_i64().expect("a number");
        let tally = self.tallies.entry(number).or_default();
        tally.made += 1;
        let is_sure = u64::from(suggestion["abstained"] == false);
        let (all, sure) = match is_right {
            true => (&mut tally.accepted, &mut tally.sure_accepted),
            false => (&mut tally.overridden, &mut tally.sure_overridden),
        };
        *all += 1;
        *sure += is_sure;
        true
    }

    /// A worker's watch leaves the rollout in this stage.
    pub async fn the_desk_looks_at_the_trial(&self, stage: &str) {
        let _ = self.worker().run_once().await.expect("the worker works");
        let now = self.admin.data(HISTORY, json!({})).await;
        assert_eq!(now["modelRollout"]["stage"], stage, "{now}");
    }

    /// The validation lets it pass; nobody has to override it.
    pub async fn the_candidate_is_promoted(&self) {
        let after = self.admin_does("promoteModel", json!({ "kind": "CATEGORY" }), ROLLOUT).await;
        assert_eq!(after["rollout"]["champion"]["number"], 2);
        self.the_desk_looks_at_the_trial("IDLE").await;
    }

    /// Each label of the newest tickets is mistaken for another, always the same: a model that is wrong
    /// and sure of it. Returns its public id.
    pub async fn a_model_learns_from_mixed_up_labels(&self) -> String {
        let mut conn = self.app.db.conn().await;
        let query = RunOptions::default().query(suggestions::LabelKind::Category);
        let all = Material::of_desk(&mut conn, &query).await.expect("enough labels").tickets;
        let mut names: Vec<&String> = self.categories.keys().collect();
        names.sort();
        let mistaken = |label: &String| {
            let place = names.iter().position(|name| *name == label).expect("a category");
            names[(place + 1) % names.len()].clone()
        };
        let newest = &all.examples()[all.len().saturating_sub(4000)..];
        let mix = |example: &Example| Example {
            label: example.label.as_ref().map(mistaken),
            ..example.clone()
        };
        let mixed = Dataset::new(newest.iter().map(mix).collect());
        let mixed = Material::of_tickets(mixed, json!({ "source": "mixed up" }));
        let config = TrainConfig { target_precision: 0.5, ..TrainConfig::default() };
        let (desk, watch): (_, Watch) =
            (&self.app.db.desk, Arc::new(|_, _| ControlFlow::Continue(())));
        let made = make(desk, &self.store, mixed, config, None, watch).await.expect("a version");
        let Made { draft, comparison, .. } = made;
        let (actor, then) = (Actor::system(), Then::Wait);
        let version = models::register_compared(&mut conn, &actor, draft, comparison, then);
        let version = version.await.expect("it is registered");
        drop(conn);
        desk.settle().await.expect("the database answers");
        assert_eq!(version.number, 3);
        format!("model_{}", version.id)
    }

    pub async fn the_bad_one_begins_to_serve(&mut self, bad: &str) {
        let input = json!({ "kind": "CATEGORY", "versionId": bad, "percent": 40 });
        let after = self.admin_does("startCanary", input, ROLLOUT).await;
        assert_eq!(after["rollout"]["candidate"]["number"], 3);
        self.tickets_arrive(400).await;
    }

    /// Agents go on; every twenty decisions a worker looks. Returns how many it took.
    pub async fn agents_decide_until_the_trial_ends(&mut self) -> usize {
        let mut decisions = 0;
        let tickets = self.tickets().await;
        let mut ended = false;
        for ticket in &tickets {
            let is_decided = self.an_agent_decides(ticket).await;
            decisions += usize::from(is_decided);
            if is_decided && decisions % 20 == 0 {
                let _ = self.worker().run_once().await.expect("the worker works");
                ended = self.rollout().await.candidate_id.is_none();
                if ended {
                    break;
                }
            }
        }
        assert!(ended, "the bad one still serves: {:?}", self.tallies);
        // What is open stays open, the bad one's too.
        for left in self.tickets().await {
            let suggestion = &left["suggestions"][0];
            if suggestion["state"] == "OPEN" {
                let number = suggestion["modelVersion"]["number"].as_i64().expect("a number");
                self.tallies.entry(number).or_default().made += 1;
            }
        }
        decisions
    }

    /// Which guard it was, both arms' counts, and the statistic with its threshold.
    pub async fn the_evidence_is_there_to_read(&self) {
        let now = self.admin.data(HISTORY, json!({})).await;
        let step = &now["modelRollout"]["history"]["nodes"][0];
        println!("{step:#}");
        assert_eq!(step["action"], "ROLLED_BACK_AUTOMATICALLY");
        assert!(step["actor"].is_null(), "the desk did it");
        assert_eq!(step["version"]["number"], 3);
        let evidence = &step["evidence"];
        let finding = &evidence["findings"][0];
        assert_eq!(finding["signal"], "overrides", "{evidence}");
        assert!(finding["measured"].as_f64() >= finding["threshold"].as_f64());
        assert!(finding["trial"].as_f64() > finding["control"].as_f64());
        let trial = &evidence["trial"];
        let [accepted, overridden] =
            ["accepted", "overridden"].map(|name| trial[name].as_u64().expect("a number"));
        assert!(accepted + overridden >= 30, "{trial}");
        let counted = &self.tallies[&3];
        assert_eq!(
            (accepted, overridden),
            (counted.sure_accepted, counted.sure_overridden),
            "{evidence}"
        );
    }

    pub async fn admins_are_told(&self) {
        let query = "{ notifications(first: 5) { nodes { kind text readAt } } }";
        let found = self.admin.data(query, json!({})).await;
        let nodes = found["notifications"]["nodes"].as_array().expect("rows");
        assert_eq!(nodes.len(), 1, "{found}");
        assert_eq!(nodes[0]["kind"], "MODEL_ROLLED_BACK");
        let text = at(&nodes[0], "/text");
        assert!(text.starts_with("The category model, version 3, was taken back:"), "{text}");
    }

    pub async fn nobody_tries_again_at_once(&self, bad: &str) {
        let input = json!({ "kind": "CATEGORY", "versionId": bad });
        let answer = self.admin.change("startShadow", input, "errors { code message }").await;
        assert_eq!(answer["data"]["payload"]["errors"][0]["code"], "NEEDS_OVERRIDE", "{answer}");
    }

    pub async fn who_was_live_is_known(&self, moment: &str, number: i64) {
        let query = "query($at: DateTime!) { modelRollout(kind: CATEGORY, at: $at) { champion { number } } }";
        let then = self.admin.data(query, json!({ "at": moment })).await;
        assert_eq!(then["modelRollout"]["champion"]["number"], number, "{moment}");
    }

    /// `suggestionFigures` by version, against what the agents of this story did.
    pub async fn figures_are_what_was_counted(&self) {
        let query = "{ suggestionFigures(kind: CATEGORY, groupBy: [VERSION]) {
            version { number } count open accepted overridden judged right } }";
        let found = self.admin.data(query, json!({})).await;
        let rows = found["suggestionFigures"].as_array().expect("rows");
        assert_eq!(rows.len(), self.tallies.len(), "{found}");
        for row in rows {
            let n = |name: &str| row[name].as_u64().expect("a number");
            let tally = &self.tallies[&row["version"]["number"].as_i64().expect("a number")];
            let decided = tally.accepted + tally.overridden;
            assert_eq!((n("count"), n("open")), (tally.made, tally.made - decided), "{row}");
            assert_eq!(
                (n("accepted"), n("overridden")),
                (tally.accepted, tally.overridden),
                "{row}"
            );
            assert_eq!((n("judged"), n("right")), (decided, tally.accepted), "{row}");
        }
    }

    async fn rollout(&self) -> models::Rollout {
        let kind = suggestions::LabelKind::Category;
        models::rollout(&mut *self.app.db.conn().await, kind).await.expect("the database answers")
    }
}
