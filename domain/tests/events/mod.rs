mod hub;
mod sequencer;
