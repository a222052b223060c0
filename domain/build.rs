//! A migration that is added must be compiled in: the macro that embeds them cannot say what it read.

fn main() {
    println!("cargo:rerun-if-changed=../migrations");
}
