use serde_json::{Value, json};
use std::process::Command;

use crate::support::TestApp;

const INTROSPECTION: &str = "{ __schema { types { name kind description \
    fields(includeDeprecated: true) { name description args { name description } } \
    inputFields { name description } enumValues(includeDeprecated: true) { name description } } } }";

#[test]
fn the_committed_schema_is_the_programs() {
    let program = Command::new(env!("CARGO_BIN_EXE_deskwire")).arg("schema").output().unwrap();
    assert!(program.status.success());
    let printed = String::from_utf8(program.stdout).unwrap();
    let committed = include_str!("../../../schema.graphql");
    assert!(printed == committed, "run `deskwire schema > schema.graphql`");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_part_of_the_schema_is_described() {
    let app = TestApp::start().await;
    let schema = app.anybody().data(INTROSPECTION, json!({})).await;
    let types = schema["__schema"]["types"].as_array().unwrap().clone();
    let mut bare = Vec::new();
    for kind in types.iter().filter(|kind| !name(kind).starts_with("__")) {
        // async-graphql writes no description for the pages it makes and for GraphQL's own scalars.
        let is_made = ["Int", "Float", "String", "Boolean", "ID"].contains(&name(kind))
            || name(kind).ends_with("Connection");
        if !is_made {
            note(&mut bare, kind, name(kind));
        }
        for part in ["fields", "inputFields", "enumValues"] {
            for field in kind[part].as_array().into_iter().flatten() {
                let path = format!("{}.{}", name(kind), name(field));
                note(&mut bare, field, &path);
                // `input` is described by its type.
                let arguments = field["args"].as_array().into_iter().flatten();
                for argument in arguments.filter(|argument| name(argument) != "input") {
                    note(&mut bare, argument, &format!("{path}({})", name(argument)));
                }
            }
        }
    }
    assert!(types.len() > 60 && bare.is_empty(), "without a description: {bare:#?}");
    app.finish().await;
}

fn note(bare: &mut Vec<String>, part: &Value, path: &str) {
    if part["description"].as_str().is_none_or(|text| text.trim().is_empty()) {
        bare.push(path.to_owned());
    }
}

fn name(part: &Value) -> &str {
    part["name"].as_str().expect("a name")
}
