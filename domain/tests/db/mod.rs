mod errors;
mod migrations;
mod pool;
mod types;
