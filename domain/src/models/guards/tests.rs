use super::*;
use crate::error::Error;
use std::collections::BTreeMap;

#[test]
fn signals_round_trip() {
    Signal::assert_round_trips();
}

/// Two arms that differ in nothing.
fn arm() -> ArmFigures {
    ArmFigures {
        accepted: 90,
        overridden: 10,
        sample: 500,
        abstention_rate: Some(0.2),
        mean_probability: Some(0.8),
        new_word_share: Some(0.1),
        labels: mix(&[300, 200]),
        p95_us: Some(900),
    }
}

fn mix(counts: &[u64]) -> BTreeMap<String, u64> {
    counts.iter().enumerate().map(|(n, count)| (format!("label {n}"), *count)).collect()
}

fn signals(trial: &ArmFigures, control: &ArmFigures) -> Vec<Signal> {
    Guards::default().judge(trial, control).iter().map(|finding| finding.signal).collect()
}

#[test]
fn equal_arms_are_let_be_and_so_are_empty_ones() {
    assert_eq!(signals(&arm(), &arm()), []);
    assert_eq!(signals(&ArmFigures::default(), &arm()), []);
    assert_eq!(signals(&ArmFigures::default(), &ArmFigures::default()), []);
}

/// Worked by the formula in floating point, outside of this program.
#[test]
fn likelihood_ratios_are_the_formulas() {
    for ((a, of_a), (b, of_b), ratio) in [
        ((15, 30), (100, 1000), 114.743_266_766),
        ((12, 30), (100, 1000), 15.853_848_258),
        ((50, 100), (40, 100), 1.107_111_978),
        ((60, 100), (40, 100), 8.480_297_449),
        ((65, 100), (40, 100), 44.325_690_659),
        ((0, 30), (0, 30), 0.409_793_437),
    ] {
        let got = mixture_likelihood_ratio(
            Proportion { hits: a, of: of_a },
            Proportion { hits: b, of: of_b },
        );
        assert!((got / ratio - 1.0).abs() < 1e-9, "{a}/{of_a} against {b}/{of_b}: {got}");
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014), from a fixed seed: numbers in 0..1.
fn dice() -> impl FnMut() -> f64 {
    let mut state = 7_u64;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// However many labels a desk has, a sample of the same tickets is the same mix.
#[test]
fn two_samples_of_one_mix_of_many_labels_are_let_be() {
    let mut roll = dice();
    for (labels, control_sample) in [(11_u64, 200), (77, 800), (150, 200), (150, 800)] {
        for _ in 0..50 {
            let mut draw = |sample: u64| {
                let mut counts = vec![0; labels as usize];
                (0..sample).for_each(|_| counts[(roll() * labels as f64) as usize] += 1);
                let labels = mix(&counts).into_iter().filter(|(_, count)| *count > 0).collect();
                ArmFigures { labels, sample, ..arm() }
            };
            let (trial, control) = (draw(200), draw(control_sample));
            assert_eq!(signals(&trial, &control), [], "{labels} labels, {control_sample}");
        }
    }
    // One label in place of many is still another mix.
    let many = ArmFigures { labels: mix(&[5; 150]), sample: 750, ..arm() };
    let one = ArmFigures { labels: mix(&[200]), sample: 200, ..arm() };
    assert_eq!(signals(&one, &many), [Signal::LabelMix]);
}

/// Equal versions that are unsure half the time, looked at after every suggestion.
#[test]
fn looking_at_every_suggestion_seldom_finds_a_shift_that_is_not_there() {
    let mut roll = dice();
    let mut runs_with_a_hit = 0;
    for _ in 0..100 {
        let mut unsure = [0_u32; 2];
        let mut seen = [0_u32; 2];
        let is_hit = (0..1_000).any(|_| {
            let at = usize::from(roll() < 0.5);
            seen[at] += 1;
            unsure[at] += u32::from(roll() < 0.5);
            let figures = |at: usize| ArmFigures {
                sample: u64::from(seen[at]),
                abstention_rate: Some(f64::from(unsure[at]) / f64::from(seen[at].max(1))),
                ..arm()
            };
            !signals(&figures(0), &figures(1)).is_empty()
        });
        runs_with_a_hit += u32::from(is_hit);
    }
    assert!(runs_with_a_hit <= 1, "{runs_with_a_hit} of 100");
}

/// The very promise of the test: who looks after each decision is rarely wrong, ever.
#[test]
fn looking_after_every_decision_seldom_accuses_an_equal_version() {
    let mut roll = dice();
    let mut chance = |share: f64| roll() <= share;
    let mut runs_with_a_hit = 0;
    for _ in 0..200 {
        let (mut trial, mut control) = (ArmFigures::default(), ArmFigures::default());
        let is_hit = (0..2_000).any(|_| {
            let arm = if chance(0.1) { &mut trial } else { &mut control };
            let decided = if chance(0.2) { &mut arm.overridden } else { &mut arm.accepted };
            *decided += 1;
            !signals(&trial, &control).is_empty()
        });
        runs_with_a_hit += usize::from(is_hit);
    }
    assert!(runs_with_a_hit <= 10, "{runs_with_a_hit} of 200, alpha is 5 %");
}

/// Each share is a trial of its own: what was counted under another one does not count.
#[test]
fn a_trial_whose_share_grows_seldom_accuses_an_equal_version() {
    let mut roll = dice();
    let mut runs_with_a_hit = 0;
    for _ in 0..200 {
        let is_hit = [0.05, 0.2, 0.5].into_iter().any(|share| {
            let (mut trial, mut control) = (ArmFigures::default(), ArmFigures::default());
            (0..1_000).any(|_| {
                let arm = if roll() <= share { &mut trial } else { &mut control };
                let decided = if roll() <= 0.2 { &mut arm.overridden } else { &mut arm.accepted };
                *decided += 1;
                !signals(&trial, &control).is_empty()
            })
        });
        runs_with_a_hit += usize::from(is_hit);
    }
    let (alpha, shares) = (Guards::default().alpha, 3.0);
    assert!(runs_with_a_hit as f64 <= alpha * shares * 200.0, "{runs_with_a_hit} of 200");
}

/// Equal mixes and disjoint ones by definition; the others from the entropies: 90:10 against 50:50 is
/// H(0.7) − (H(0.9) + H(0.5)) / 2 bit.
#[test]
fn divergences_are_between_nothing_and_one_bit() {
    for (a, b, wanted) in [
        (&[50, 50][..], &[5, 5][..], 0.0),
        (&[1, 0], &[0, 1], 1.0),
        (&[90, 10], &[50, 50], 0.146_793_102),
        (&[100, 100], &[200, 0], 0.311_278_124),
        (&[36, 48, 16], &[30, 50, 20], 0.003_723_563),
    ] {
        let got = jensen_shannon(&mix(a), &mix(b)).unwrap();
        assert!((got - wanted).abs() < 1e-8, "{a:?} against {b:?}: {got}");
        assert_eq!(jensen_shannon(&mix(b), &mix(a)), Some(got), "it is symmetric");
    }
    assert_eq!(jensen_shannon(&mix(&[]), &mix(&[1])), None);
}

#[test]
fn each_signal_has_its_threshold_and_its_minimum_sample() {
    use Signal::{Abstentions, Confidence, LabelMix, Latency, NewWords, Overrides};
    let few = |arm: ArmFigures| ArmFigures { sample: 99, ..arm };
    for (name, trial, wanted) in [
        ("half replaced", ArmFigures { accepted: 15, overridden: 15, ..arm() }, &[Overrides][..]),
        ("too few decided", ArmFigures { accepted: 0, overridden: 29, ..arm() }, &[]),
        ("fewer replaced", ArmFigures { accepted: 1000, overridden: 0, ..arm() }, &[]),
        ("less sure", ArmFigures { abstention_rate: Some(0.42), ..arm() }, &[Abstentions]),
        ("nearly as sure", ArmFigures { abstention_rate: Some(0.41), ..arm() }, &[]),
        ("bit surer", ArmFigures { abstention_rate: Some(0.04), ..arm() }, &[]),
        (
            "lower probabilities",
            ArmFigures { mean_probability: Some(0.58), ..arm() },
            &[Confidence],
        ),
        ("a bit higher ones", ArmFigures { mean_probability: Some(0.96), ..arm() }, &[]),
        ("other language", ArmFigures { new_word_share: Some(0.5), ..arm() }, &[NewWords]),
        ("not measured", ArmFigures { new_word_share: None, ..arm() }, &[]),
        ("one label only", ArmFigures { labels: mix(&[500]), ..arm() }, &[LabelMix]),
        ("a bit of a shift", ArmFigures { labels: mix(&[400, 100]), ..arm() }, &[]),
        ("slow", ArmFigures { p95_us: Some(20_001), ..arm() }, &[Latency]),
        ("slower, yet quick", ArmFigures { p95_us: Some(19_999), ..arm() }, &[]),
        ("shift of few", few(ArmFigures { abstention_rate: Some(1.0), ..arm() }), &[]),
        ("slow, but few", few(ArmFigures { p95_us: Some(90_000), ..arm() }), &[]),
        ("mix of few", ArmFigures { labels: mix(&[500]), sample: 199, ..arm() }, &[]),
    ] {
        assert_eq!(signals(&trial, &arm()), wanted, "{name}");
    }
    let slow = ArmFigures { p95_us: Some(30_000), ..arm() };
    assert_eq!(signals(&slow, &ArmFigures { p95_us: Some(7_000), ..arm() }), [], "as the control");
}

#[test]
fn a_finding_tells_both_values_and_the_threshold() {
    let trial = ArmFigures { accepted: 15, overridden: 15, ..arm() };
    let [finding] = &Guards::default().judge(&trial, &arm())[..] else { panic!("one finding") };
    assert_eq!(finding.message, "people replaced 15 of 30 suggestions, against 10 of 100");
    assert_eq!((finding.trial, finding.control), (Some(0.5), Some(0.1)));
    assert!(finding.measured > finding.threshold && finding.threshold == Some(20.0));
}

#[test]
fn thresholds_have_ranges_and_defaults() {
    assert!(Guards::default().check().is_ok());
    assert_eq!(Guards::from_json("{}").unwrap(), Guards::default());
    let other = Guards { shift: 1.0, minimum_decided: 50, ..Guards::default() };
    assert_eq!(Guards::from_json(&other.to_json()).unwrap(), other);
    let wrong = Guards {
        alpha: 0.0,
        minimum_decided: 9,
        minimum_sample: 0,
        shift: 1.1,
        label_mix_sample: 5001,
        label_mix: f64::NAN,
        latency_ms: 0,
        latency_factor: 0.5,
        cool_down_minutes: 10_081,
    };
    let Err(Error::Invalid(fields)) = wrong.check() else { panic!("refused") };
    let paths: Vec<&str> = fields.iter().map(|field| field.path).collect();
    assert_eq!(
        paths,
        [
            "alpha",
            "minimumDecided",
            "minimumSample",
            "shift",
            "labelMixSample",
            "labelMix",
            "latencyMs",
            "latencyFactor",
            "coolDownMinutes"
        ]
    );
}
