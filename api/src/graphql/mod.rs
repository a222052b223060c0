//! The graph.

/// The schema in the schema definition language.
pub fn sdl() -> String {
    String::new()
}
