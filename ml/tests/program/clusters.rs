//! `deskwire-ml clusters`, as far as it needs no desk; `tests/desk/similar.rs` has the rest.

use crate::support::{deskwire_ml, stderr};

#[test]
fn the_verb_explains_itself_and_refuses_groups_of_one() {
    let help = String::from_utf8(deskwire_ml(&["clusters", "--help"]).stdout).unwrap();
    assert!(help.contains("Examples:\n  deskwire-ml clusters "), "{help}");
    let output = deskwire_ml(&["clusters", "--size-min", "1"]);
    assert!(!output.status.success() && output.stdout.is_empty());
    assert!(stderr(&output).contains("--size-min must be at least 2, got 1"));
}
