mod hub;
mod log;
mod sequencer;
