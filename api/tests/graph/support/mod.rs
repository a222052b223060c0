//! One desk a test, served as in production, and clients that speak its protocols.

mod app;
mod client;
mod desk;
mod program;
mod socket;

pub use app::{TestApp, serve};
pub use client::{Client, Reply, codes, paths};
pub use desk::{at, public, suggestion};
pub use program::Program;
pub use socket::{Frame, Socket};
