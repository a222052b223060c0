//! Figures as text for people.

use std::fmt::Write;

use deskwire_ml::evaluate::Metrics;

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
