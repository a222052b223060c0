//! The built console must be embedded anew: the macro that does it cannot say what it read.

fn main() {
    println!("cargo:rerun-if-changed=../web-client/dist");
}
