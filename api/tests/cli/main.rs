//! The `deskwire` program's verbs, run as processes on a database of their own.

mod counts;
mod demo;
mod import;
mod people;
mod program;
mod watch;
