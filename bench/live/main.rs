//! `bench-live`: many sockets on one desk, and how its changes reach them.

mod filters;
mod frame;
mod marks;
mod options;
mod queue;
mod speak;
mod stages;
mod swarm;
mod writers;

use anyhow::Result;
use clap::Parser;

use options::Args;

fn main() -> Result<()> {
    let args = Args::parse();
    if let Some(subscribers) = args.filters {
        filters::run(&args, subscribers)
    } else if args.latency {
        stages::run(&args)
    } else {
        queue::run(&args)
    }
}
