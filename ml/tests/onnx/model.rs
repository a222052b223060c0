//! A network as a model: kept, read again, asked, explained.

use deskwire_ml::artifact::{ArtifactError, Kind};
use deskwire_ml::dataset::{Dataset, Example};
use deskwire_ml::onnx::{Brought, Head, Layout, Outputs, Pooling, bring};
use deskwire_ml::predict::Model;
use deskwire_ml::text::{Part, TicketText};
use deskwire_ml::train::{TrainConfig, Trained};

use crate::support::records;
use crate::tiny::{LABELS, Network, tokenizer};

/// Sixty labelled tickets about cards and parcels.
pub fn tickets() -> Dataset {
    let examples = records().into_iter().map(|record| Example {
        text: TicketText::from(&record),
        id: record.id,
        label: record.category,
        created_at: record.created_at,
    });
    Dataset::new(examples.collect())
}

pub fn brought(network: &Network) -> Brought {
    Brought {
        onnx: network.onnx(),
        tokenizer: tokenizer(),
        output: None,
        outputs: Outputs::Labels(LABELS.map(str::to_owned).to_vec()),
        max_tokens: 32,
    }
}

fn logits(network: &Network) -> Trained {
    bring(brought(network), &tickets(), &TrainConfig::default()).unwrap()
}

fn embedding(pooling: Pooling) -> Trained {
    let brought = Brought {
        output: Some("vectors".into()),
        outputs: Outputs::Embedding(pooling),
        ..brought(&Network::default())
    };
    bring(brought, &tickets(), &TrainConfig::default()).unwrap()
}

fn text(body: &str) -> TicketText {
    TicketText::new("", body)
}

#[test]
fn a_network_answers_with_calibrated_scores_and_its_own_labels() {
    let Trained { model, report } = logits(&Network::default());
    assert_eq!(model.labels(), LABELS);
    assert!(model.is_network());
    let header = model.header();
    assert_eq!(header.tickets_per_label, [30, 30]);
    assert_eq!((report.held_back_tickets, report.held_back.accuracy), (60, 1.0));
    assert!(header.is_threshold_measured && header.threshold <= 0.9, "{header:?}");

    let body =
        "My card was STOLEN on the train yesterday, could you please help me to get a new one?";
    let said = model.suggest(&TicketText::new("Help", body));
    assert_eq!((said.label.as_str(), said.abstained, said.has_known_words), ("card", false, true));
    assert_eq!((said.new_word_share, said.language.as_deref()), (None, Some("en")));
    // What 60 right answers in a row leave for a surprise, spread over both labels.
    let surest = 1.0 - 1.0 / 62.0 / 2.0;
    assert!(said.probability > 0.9 && said.probability <= surest, "{said:?}");
    assert!((said.probability + said.runner_ups[0].1 - 1.0).abs() < 1e-9);
    let all = model.distribution(&text("my card"));
    assert!(all.iter().any(|(label, p)| *label == "card" && *p > 0.5), "{all:?}");
}

#[test]
fn a_kept_network_comes_back_equal_and_damage_is_noticed() {
    let texts = ["my card was stolen", "parcel late", "nothing known"].map(text);
    for model in [logits(&Network::default()).model, embedding(Pooling::Mean).model] {
        let bytes = model.to_bytes();
        let loaded = Model::from_bytes(&bytes).unwrap();
        assert_eq!(loaded, model);
        assert_eq!((loaded.hash(), loaded.to_bytes()), (model.hash(), bytes.clone()));
        for text in &texts {
            assert_eq!(loaded.suggest(text), model.suggest(text));
        }
        let mut changed = bytes.clone();
        changed[bytes.len() / 2] ^= 1;
        assert_eq!(Model::from_bytes(&changed), Err(ArtifactError::Corrupt));
        let error = Model::from_bytes_within(&bytes, 500).unwrap_err();
        assert!(matches!(error, ArtifactError::TooLarge { limit: 500, .. }), "{error}");
        assert!(error.to_string().contains("--max-model-mb"), "{error}");
    }
}

#[test]
fn words_that_decided_are_named_where_they_stand() {
    let model = logits(&Network::default()).model;
    let ticket = TicketText::new("Lost?", "> parcel\nMy card was stolen, stolen!");
    let said = model.suggest(&ticket);
    let words: Vec<&str> = said.deciding_words.iter().map(|word| word.text.as_str()).collect();
    assert_eq!(words, ["stolen", "card", "Lost"], "a quote is not read");
    for word in &said.deciding_words {
        assert_eq!(&ticket.part(word.part)[word.range.clone()], word.text);
    }
    assert_eq!(said.deciding_words[2].part, Part::Subject);
    // "stolen" says 3 twice, "card" 2, "lost" 1 − 0.2; that is all there is.
    let shares: Vec<f64> = said.deciding_words.iter().map(|word| word.share).collect();
    for (share, expected) in shares.iter().zip([6.0 / 8.8, 2.0 / 8.8, 0.8 / 8.8]) {
        assert!((share - expected).abs() < 1e-3, "{shares:?}");
    }
    let judged = model.judge(&ticket);
    assert_eq!((judged.deciding_words.len(), judged.probability), (0, said.probability));
}

#[test]
fn reasons_of_a_long_text_are_found_in_few_runs_and_only_in_what_is_read() {
    let brought = Brought { max_tokens: 200, ..brought(&Network::default()) };
    let model = bring(brought, &tickets(), &TrainConfig::default()).unwrap().model;
    let filler = |from: usize| -> String {
        (from..from + 60)
            .map(|n| format!("word{}x ", ["a", "b", "c"][n % 3].repeat(n % 20 + 1)))
            .collect()
    };
    let body = format!("{}my card {} stolen {} damaged", filler(0), filler(60), filler(120));
    let said = model.suggest(&text(&body));
    let words: Vec<&str> = said.deciding_words.iter().map(|word| word.text.as_str()).collect();
    assert_eq!(words, ["stolen", "card"], "{said:?}");
    let shares: f64 = said.deciding_words.iter().map(|word| word.share).sum();
    assert!(shares > 0.9 && shares <= 1.0 + 1e-9, "{shares}");
    // Beyond 200 tokens nothing is read: there the parcel would win.
    let far = format!("{body} {} damaged damaged damaged damaged", filler(0));
    let cut = model.suggest(&text(&far));
    assert_eq!((cut.label, cut.probability), (said.label, said.probability));
}

#[test]
fn texts_without_a_known_word_are_left_open() {
    let model = logits(&Network::default()).model;
    for words in ["", "zebra", "\u{0}\u{1}\u{fffd}", "…", "完全 不同", "[CLS] [SEP]"] {
        let said = model.suggest(&text(words));
        assert!(said.abstained && !said.has_known_words, "{words:?}");
        assert!((said.probability - 0.5).abs() < 1e-9, "{words:?}");
        assert_eq!(said.deciding_words, [], "{words:?}");
    }
    let endless = "my stolen card ".repeat(50_000);
    assert_eq!(model.suggest(&text(&endless)).label, "card");
}

#[test]
fn an_embedding_gets_a_head_that_learns_from_the_tickets() {
    for pooling in [Pooling::Mean, Pooling::First] {
        let Trained { model, report } = embedding(pooling);
        assert_eq!(model.labels(), ["card", "parcel"], "sorted");
        let Kind::Onnx(Layout { head, output: 1, .. }) = model.header().classifier else {
            panic!("{:?}", model.header())
        };
        assert!(matches!(head, Head::Learned { dimensions: 2, pooling: p, .. } if p == pooling));
        assert_eq!((report.tickets, report.held_back_tickets), (60, 15));
        let said = model.suggest(&text("please, the parcel came damaged"));
        if pooling == Pooling::Mean {
            assert_eq!(report.held_back.accuracy, 1.0);
            assert_eq!((said.label.as_str(), said.abstained), ("parcel", false), "{said:?}");
            let words: Vec<&str> =
                said.deciding_words.iter().map(|word| word.text.as_str()).collect();
            assert!(words.contains(&"damaged"), "{words:?}");
        } else {
            // The first token is the same for every text and says nothing.
            assert!(said.abstained, "{said:?}");
        }
    }
}

#[test]
fn an_export_for_one_length_answers_like_one_for_any() {
    let any = logits(&Network::default()).model;
    let fixed = logits(&Network { length: Some(16), ..Network::default() }).model;
    for words in ["my card was stolen", "late", "parcel card parcel"] {
        let (a, b) = (any.suggest(&text(words)), fixed.suggest(&text(words)));
        assert_eq!((&a.label, &a.deciding_words), (&b.label, &b.deciding_words));
        assert!((a.probability - b.probability).abs() < 1e-9, "{words}");
    }
    let long = format!("{} stolen stolen", "parcel ".repeat(20));
    assert_eq!(fixed.suggest(&text(&long)).label, "parcel", "16 tokens are read");
}

#[test]
fn the_same_files_and_tickets_give_the_same_model() {
    for make in [|| logits(&Network::default()), || embedding(Pooling::Mean)] {
        assert_eq!(make().model.hash(), make().model.hash());
    }
}
