//! What of a request's variables its validation looks at.
//!
//! Of the library's rules two look at values: `ArgumentsOfCorrectType` puts the variables into the
//! arguments and asks whether the result fits their types, and the cost of a field may be computed
//! from its arguments. Of a text the first sees only whether it is one that its scalar takes, and the
//! second sees nothing, because our costs depend on numbers (`first`) alone. So two requests that
//! differ in their texts only share a key, and everything else (numbers, truth values, enum values,
//! null, what is left out, the length of lists, the fields of input objects) is part of it as it
//! is. Where a type is not known for sure, the texts are part of the key too.
//!
//! Should a cost come to depend on a text after all, then the running schema still enforces the
//! limits, which it computes for each request; only `extensions.cost` would be another request's.

use async_graphql::parser::types::{ExecutableDocument, VariableDefinition};
use async_graphql::registry::{MetaType, MetaTypeName, Registry, ScalarValidatorFn};
use async_graphql::{Name, Positioned, Value, Variables};
use std::collections::HashMap;
use std::io::Write;

/// Longest key that is kept, in bytes; requests with a longer one are validated each time.
const KEY_MAX_BYTES: usize = 512;
/// How deep input objects are looked into; below, values are part of the key as they are.
const DEPTH_MAX: usize = 6;

/// The types of a document's variables.
pub struct VariableTypes(Vec<(Name, Kind)>);

/// As much of a type as decides what matters of a value.
enum Kind {
    /// Texts matter by whether this says yes to them.
    Scalar(ScalarValidatorFn),
    List(Box<Kind>),
    Object(HashMap<String, Kind>),
    /// The value itself matters.
    Exact,
}

impl VariableTypes {
    pub fn of(document: &ExecutableDocument, registry: &Registry) -> Self {
        let mut all: Vec<(Name, Kind)> = Vec::new();
        let definitions = document
            .operations
            .iter()
            .flat_map(|(_, operation)| &operation.node.variable_definitions);
        for Positioned { node: VariableDefinition { name, var_type, .. }, .. } in definitions {
            match all.iter_mut().find(|(known, _)| *known == name.node) {
                // Of two operations of the document; a fragment they share has only one type in mind.
                Some((_, kind)) => *kind = Kind::Exact,
                None => {
                    let kind = Kind::of(registry, &var_type.node.to_string(), DEPTH_MAX);
                    all.push((name.node.clone(), kind));
                }
            }
        }
        Self(all)
    }

    /// What validation sees of these variables; `None` when that is too much to be kept.
    pub fn key(&self, operation: Option<&str>, variables: &Variables) -> Option<Box<[u8]>> {
        let mut key = Vec::with_capacity(64);
        write_text(&mut key, operation.unwrap_or_default());
        for (name, kind) in &self.0 {
            match variables.get(name) {
                Some(value) => kind.write(value, &mut key),
                None => key.push(b'-'),
            }
            if key.len() > KEY_MAX_BYTES {
                return None;
            }
        }
        Some(key.into_boxed_slice())
    }
}

impl Kind {
    fn of(registry: &Registry, name: &str, depth: usize) -> Self {
        match MetaTypeName::create(name) {
            MetaTypeName::NonNull(inner) => Self::of(registry, inner, depth),
            MetaTypeName::List(inner) => Self::List(Box::new(Self::of(registry, inner, depth))),
            MetaTypeName::Named(name) => match registry.types.get(name) {
                Some(MetaType::Scalar { is_valid: Some(is_valid), .. }) => {
                    Self::Scalar(is_valid.clone())
                }
                Some(MetaType::InputObject { input_fields, .. }) if depth > 0 => {
                    let fields = input_fields.values();
                    let kind = |ty: &str| Self::of(registry, ty, depth - 1);
                    Self::Object(fields.map(|f| (f.name.clone(), kind(&f.ty))).collect())
                }
                _ => Self::Exact,
            },
        }
    }

    fn write(&self, value: &Value, key: &mut Vec<u8>) {
        if key.len() > KEY_MAX_BYTES {
            return;
        }
        match (self, value) {
            (Self::Scalar(is_valid), Value::String(_)) if is_valid(value) => key.push(b's'),
            (Self::List(kind), Value::List(items)) => {
                key.push(b'[');
                items.iter().for_each(|item| kind.write(item, key));
                key.push(b']');
            }
            // One value stands for a list of it.
            (Self::List(kind), Value::String(_) | Value::Object(_)) => kind.write(value, key),
            (Self::Object(kinds), Value::Object(fields)) => {
                key.push(b'{');
                for (name, value) in fields {
                    write_text(key, name);
                    kinds.get(name.as_str()).unwrap_or(&Self::Exact).write(value, key);
                }
                key.push(b'}');
            }
            _ => {
                key.push(b'=');
                write_text(key, &value.to_string());
            }
        }
    }
}

/// With its length before it, so that no text reads as the end of another.
fn write_text(key: &mut Vec<u8>, text: &str) {
    // Writing to a vector does not fail.
    let _ = write!(key, "{}:", text.len());
    key.extend_from_slice(text.as_bytes());
}
