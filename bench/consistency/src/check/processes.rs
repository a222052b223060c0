//! The processes themselves: none ended by itself, none panicked.

use std::path::Path;

use super::Violation;
use crate::faults::Processes;

/// # Errors
/// When the logs cannot be read.
pub async fn check(processes: &Processes, logs: &Path) -> anyhow::Result<Vec<Violation>> {
    let mut found: Vec<Violation> = processes
        .fallen()
        .await
        .into_iter()
        .map(|text| {
            let (what, details) = text.split_once('\n').unwrap_or((&text, ""));
            Violation::new(what, details)
        })
        .collect();
    for file in std::fs::read_dir(logs)? {
        let path = file?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let is_ours = name.starts_with("api-") || name == "worker";
        if !is_ours {
            continue;
        }
        let text = String::from_utf8_lossy(&std::fs::read(&path)?).into_owned();
        let lines: Vec<&str> = text.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            if line.contains("panicked at") || line.contains("internal error") {
                let around = &lines[number..(number + 3).min(lines.len())];
                found.push(Violation::new(format!("{name} wrote of a fault"), around.join("\n")));
                break;
            }
        }
    }
    Ok(found)
}
