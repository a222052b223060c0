//! `deskwire schema`: the graph as SDL.

use super::output::line;

pub fn run() -> anyhow::Result<()> {
    Ok(line(crate::graphql::sdl().trim_end())?)
}
