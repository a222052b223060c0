//! The loaded versions of one label kind, and what they say about a ticket.

use deskwire_domain::ids::{ModelVersionId, TicketId};
use deskwire_domain::models::{Arm, ModelVersion, Rollout, ShadowScore, Stage, arm_of};
use deskwire_domain::suggestions::{self, LabelKind, NewSuggestion, Place, RunnerUp, Served};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use crate::explain::DecidingWord;
use crate::predict::{Model, Suggestion};
use crate::text::{Part, TicketText};

/// A version with its loaded artefact.
pub struct Loaded {
    pub version: ModelVersion,
    pub model: Model,
}

/// Who answers for the tickets of one kind that may suggest.
pub struct Serving {
    pub rollout: Rollout,
    pub champion: Loaded,
    /// Loaded in shadow and canary.
    pub candidate: Option<Loaded>,
}

/// What one kind has to say about a ticket; `None` where the label means nothing on this desk any more.
#[derive(Default)]
pub struct Answer {
    pub suggestion: Option<NewSuggestion>,
    pub shadow: Option<ShadowScore>,
}

/// A version that panicked on a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub kind: LabelKind,
    /// The candidate did; otherwise the champion.
    pub is_candidate: bool,
    pub version: ModelVersionId,
    pub message: String,
}

impl Serving {
    /// Whether answers take milliseconds and more.
    pub fn asks_a_network(&self) -> bool {
        let all = self.candidate.iter().chain([&self.champion]);
        all.into_iter().any(|loaded| loaded.model.is_network())
    }

    /// Asks whoever answers for this ticket; a candidate in shadow is asked too.
    ///
    /// # Errors
    /// [`Fault`] when a model panics.
    pub fn answer(&self, ticket_id: TicketId, text: &TicketText) -> Result<Answer, Fault> {
        let arm = arm_of(&self.rollout, ticket_id);
        if let (Arm::Canary, Some(candidate)) = (arm, &self.candidate) {
            let said = self.ask(candidate, true, Model::suggest, text)?;
            let suggestion = candidate.suggestion(ticket_id, text, said, Arm::Canary);
            return Ok(Answer { suggestion, shadow: None });
        }
        let said = self.ask(&self.champion, false, Model::suggest, text)?;
        let suggestion = self.champion.suggestion(ticket_id, text, said, Arm::Champion);
        let shadow = match &self.candidate {
            Some(candidate) if self.rollout.stage == Stage::Shadow => {
                let said = self.ask(candidate, true, Model::judge, text)?;
                candidate.score(ticket_id, &said.suggestion, suggestion.as_ref())
            }
            _ => None,
        };
        Ok(Answer { suggestion, shadow })
    }

    fn ask(
        &self,
        loaded: &Loaded,
        is_candidate: bool,
        ask: fn(&Model, &TicketText) -> Suggestion,
        text: &TicketText,
    ) -> Result<Said, Fault> {
        let begun = Instant::now();
        // A model is only read: whatever a panic leaves behind, it is as before.
        let said = catch_unwind(AssertUnwindSafe(|| ask(&loaded.model, text)));
        let took_us = begun.elapsed().as_micros().try_into().unwrap_or(u32::MAX);
        match said {
            Ok(suggestion) => Ok(Said { suggestion, took_us }),
            Err(_) => Err(Fault {
                kind: self.rollout.kind,
                is_candidate,
                version: loaded.version.id,
                message: format!("version {} failed", loaded.version.number),
            }),
        }
    }
}

struct Said {
    suggestion: Suggestion,
    took_us: u32,
}

impl Loaded {
    fn suggestion(
        &self,
        ticket_id: TicketId,
        text: &TicketText,
        said: Said,
        arm: Arm,
    ) -> Option<NewSuggestion> {
        let Said { suggestion: said, took_us } = said;
        let meanings = &self.version.labels;
        let label = *meanings.get(&said.label)?;
        let runner_ups = said.runner_ups.iter().filter_map(|(name, probability)| {
            Some(RunnerUp { label: *meanings.get(name)?, probability: *probability })
        });
        Some(NewSuggestion {
            ticket_id,
            model_version_id: self.version.id,
            label,
            probability: said.probability,
            abstained: said.abstained,
            runner_ups: runner_ups.collect(),
            deciding_words: deciding_words(&said, text),
            served: Served {
                arm,
                new_word_share: said.new_word_share,
                took_us: Some(took_us),
                language: said.language.clone(),
            },
        })
    }

    fn score(
        &self,
        ticket_id: TicketId,
        said: &Suggestion,
        champion: Option<&NewSuggestion>,
    ) -> Option<ShadowScore> {
        let label = *self.version.labels.get(&said.label)?;
        Some(ShadowScore {
            ticket_id,
            model_version_id: self.version.id,
            label,
            probability: said.probability,
            abstained: said.abstained,
            champion_agrees: champion.map(|champion| champion.label == label),
        })
    }
}

fn deciding_words(said: &Suggestion, text: &TicketText) -> Vec<suggestions::DecidingWord> {
    let word = |word: &DecidingWord| suggestions::DecidingWord {
        text: word.text.clone(),
        share: word.share,
        place: Some(place_of(word, text)),
    };
    said.deciding_words.iter().map(word).collect()
}

/// Bytes of the part's text as characters; the message is the ticket's first public one.
fn place_of(word: &DecidingWord, text: &TicketText) -> Place {
    let all = text.part(word.part);
    let chars = |bytes: &str| u32::try_from(bytes.chars().count()).unwrap_or(u32::MAX);
    let start = chars(&all[..word.range.start]);
    let part = match word.part {
        Part::Subject => suggestions::Part::Subject,
        Part::Body => suggestions::Part::Message,
    };
    let end = start + chars(&all[word.range.clone()]);
    Place { part, message_id: None, start, end }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{model, text};
    use deskwire_domain::Timestamp;
    use deskwire_domain::ids::CategoryId;
    use deskwire_domain::models::guards::Guards;
    use deskwire_domain::suggestions::Label;

    fn loaded(model: Model, number: u32) -> Loaded {
        let labels = model.labels().iter();
        let version = ModelVersion {
            id: ModelVersionId::new(),
            kind: LabelKind::Category,
            number,
            artifact_hash: Vec::new(),
            artifact_bytes: 0,
            threshold: 0.5,
            labels: labels.map(|name| (name.clone(), Label::Category(CategoryId::new()))).collect(),
            metrics: serde_json::Value::Null,
            active: number == 1,
            created_at: Timestamp::now(),
            created_by: None,
            lineage: Default::default(),
        };
        Loaded { version, model }
    }

    fn serving(champion: Model, candidate: Model, stage: Stage, percent: u16) -> Serving {
        let (champion, candidate) = (loaded(champion, 1), loaded(candidate, 2));
        let now = Timestamp::now();
        let rollout = Rollout {
            kind: LabelKind::Category,
            champion_id: Some(champion.version.id),
            candidate_id: Some(candidate.version.id),
            previous_id: None,
            stage,
            percent,
            enabled: true,
            revision: 1,
            stage_since: now,
            champion_since: Some(now),
            cool_down_until: None,
            guards: Guards::default(),
        };
        Serving { rollout, champion, candidate: Some(candidate) }
    }

    /// A model whose weights are gone.
    fn broken() -> Model {
        let mut model = model();
        model.weights_mut().classifier.steps.clear();
        model
    }

    #[test]
    fn a_canary_answers_for_its_share_and_the_same_tickets_each_time() {
        let serving = serving(model(), model(), Stage::Canary, 30);
        let tickets: Vec<TicketId> = (0..200).map(|_| TicketId::new()).collect();
        let arms = || -> Vec<Arm> {
            let arm = |id: &TicketId| {
                let answer = serving.answer(*id, &text("card stolen")).unwrap();
                assert_eq!(answer.shadow, None);
                let suggestion = answer.suggestion.unwrap();
                let is_candidate = suggestion.model_version_id != serving.champion.version.id;
                assert_eq!(is_candidate, suggestion.served.arm == Arm::Canary);
                suggestion.served.arm
            };
            tickets.iter().map(arm).collect()
        };
        let first = arms();
        assert_eq!(arms(), first);
        let canary = first.iter().filter(|arm| **arm == Arm::Canary).count();
        assert!((30..=90).contains(&canary), "{canary} of 200 at 30 %");
    }

    #[test]
    fn in_shadow_the_champion_answers_and_the_candidate_is_scored() {
        let serving = serving(model(), model(), Stage::Shadow, 0);
        let answer = serving.answer(TicketId::new(), &text("card stolen")).unwrap();
        let (suggestion, shadow) = (answer.suggestion.unwrap(), answer.shadow.unwrap());
        assert_eq!(suggestion.model_version_id, serving.champion.version.id);
        assert_eq!(suggestion.served.arm, Arm::Champion);
        assert!(suggestion.served.took_us.is_some());
        // The two versions' categories have different ids here.
        assert_eq!(
            (shadow.champion_agrees, shadow.probability),
            (Some(false), suggestion.probability)
        );
    }

    #[test]
    fn who_panics_is_named() {
        let shadow = serving(model(), broken(), Stage::Shadow, 0);
        let Err(fault) = shadow.answer(TicketId::new(), &text("card stolen")) else {
            panic!("a fault")
        };
        assert_eq!(
            (fault.is_candidate, fault.version),
            (true, shadow.rollout.candidate_id.unwrap())
        );
        assert_eq!(fault.message, "version 2 failed");
        let canary = serving(broken(), model(), Stage::Canary, 0);
        let Err(fault) = canary.answer(TicketId::new(), &text("card stolen")) else {
            panic!("a fault")
        };
        assert_eq!((fault.is_candidate, fault.version), (false, canary.champion.version.id));
    }
}
