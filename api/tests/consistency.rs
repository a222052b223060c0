//! A short run of the consistency checker: random writers and watchers on two API processes, while
//! these, Redis and the database are killed and paused. `./dev consistency` runs longer ones.

use deskwire_consistency::plan::{Faults, Options};
use std::path::Path;
use std::time::Duration;

/// Another one tries other things; the report of a failure ends with the one it was found with.
const SEED: u64 = 20_261_122;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_committed_arrives_through_faults() {
    if !deskwire_consistency::are_installed() {
        // The servers are killed, so they must be the test's own.
        eprintln!("skipped: no database server or no Redis program was found on this machine");
        return;
    }
    let program = Path::new(env!("CARGO_BIN_EXE_deskwire"));
    let ml_program = program.with_file_name("deskwire-ml");
    let report = deskwire_consistency::run(Options {
        seed: seed(),
        duration: Duration::from_secs(18),
        writers: 6,
        subscribers: 24,
        api_processes: 2,
        faults: Faults::All,
        program: program.to_owned(),
        ml_program: Some(ml_program).filter(|file| file.is_file()),
        keep: false,
    });
    let report = report.await.expect("the servers start");
    assert!(report.is_clean(), "{report}");
    println!("{report}");
}

/// `DESKWIRE_CONSISTENCY_SEED` repeats a failure, or tries something else.
fn seed() -> u64 {
    let given = std::env::var("DESKWIRE_CONSISTENCY_SEED");
    given.map_or(SEED, |text| text.parse().expect("a number"))
}
