//! Figures as text for people.

use std::fmt::Write;

use deskwire_domain::models::{Comparison, Verdict};
use deskwire_ml::evaluate::Metrics;
use serde_json::{Value, json};

/// The figures of a set of tickets, one a line, then one line a label.
pub fn metrics(m: &Metrics) -> String {
    let mut out = String::new();
    let mut line = |name: &str, value: String| writeln!(out, "{name:<22}{value}").unwrap_or(());
    line("tickets", m.tickets.to_string());
    if m.unknown > 0 {
        line("with unknown labels", m.unknown.to_string());
    }
    line("accuracy", percent(m.accuracy));
    if m.unknown > 0 {
        line("  of known labels", percent(m.accuracy_known));
    }
    line("true label in top 3", percent(m.top3));
    line("macro F1", percent(m.macro_f1));
    line("calibration error", percent(m.ece));
    line("decided", percent(m.coverage));
    line("  right of these", m.precision.map_or("–".into(), percent));
    if let Some(share) = m.abstained_unknown {
        line("unknown left open", percent(share));
    }
    if let Some(auroc) = m.auroc_unknown {
        line("  told by confidence", format!("{auroc:.3} AUROC"));
    }
    if let Some(kappa) = m.kappa {
        line("weighted kappa", format!("{kappa:.3}"));
    }
    out + &classes(m)
}

fn classes(m: &Metrics) -> String {
    let width = m.classes.iter().map(|c| c.label.chars().count()).max().unwrap_or(0).max(5);
    let mut out = format!(
        "\n{:<width$} {:>8} {:>9} {:>9} {:>7} {:>7}\n",
        "label", "tickets", "suggested", "precision", "recall", "F1"
    );
    for c in &m.classes {
        let figures = [c.precision, c.recall, c.f1].map(percent);
        let [precision, recall, f1] = figures;
        let _ = writeln!(
            out,
            "{:<width$} {:>8} {:>9} {precision:>9} {recall:>7} {f1:>7}",
            c.label, c.tickets, c.suggested
        );
    }
    out
}

/// A share with one decimal.
pub fn percent(share: f64) -> String {
    format!("{:.1}%", share * 100.0)
}

/// How a new version did next to the champion, in a paragraph of its own.
pub fn comparison(c: &Comparison) -> String {
    let verdict = match c.verdict() {
        Verdict::NoChampion => return "\nThere was no champion to compare with.".to_owned(),
        Verdict::Better => "better",
        Verdict::NotWorse => "not worse",
        Verdict::Worse => "worse",
        Verdict::TooFew => "too few to tell",
    };
    let points = |share: f64| format!("{:+.1}", share * 100.0);
    let note = c.note.as_ref().map(|note| format!("\n{note}.")).unwrap_or_default();
    format!(
        "\nNext to the champion, on {} held-back tickets: {} against {} right, {} points ({} to {}): {verdict}.{note}",
        c.sample,
        c.candidate_right,
        c.champion_right,
        points(c.difference),
        points(c.low),
        points(c.high)
    )
}

/// As [`comparison`], for programs; null without a champion.
pub fn comparison_as_json(c: &Comparison) -> Value {
    if c.champion_id.is_none() {
        return Value::Null;
    }
    json!({
        "verdict": c.verdict().as_str(),
        "tickets": c.sample,
        "candidate_right": c.candidate_right,
        "champion_right": c.champion_right,
        "difference": c.difference,
        "low": c.low,
        "high": c.high,
        "note": c.note,
    })
}
