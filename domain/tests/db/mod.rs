mod errors;
mod migrations;
mod types;
