//! Embeds the console anew when it was built anew.

fn main() {
    println!("cargo:rerun-if-changed=../web-client/dist");
}
