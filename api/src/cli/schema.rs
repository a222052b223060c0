//! `deskwire schema`: the graph as SDL.

pub fn run() {
    print!("{}", crate::graphql::sdl());
}
