//! Records whose usual fields are at hand.
//!
//! The library makes a future of each field and runs them beside each other. A page of tickets names
//! a hundred people and tags, of which it wants the id and the name: there is nothing to wait for.

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{Field, Selection};
use async_graphql::registry::Registry;
use async_graphql::{
    ContainerType, ContextSelectionSet, Name, OutputType, Positioned, ServerResult, Value,
};
use futures::future::join_all;
use std::borrow::Cow;

/// An object some of whose fields need nothing but the record itself.
pub trait PlainFields: ContainerType {
    /// The value of such a field, the same for every caller; `None` for any other field.
    fn plain(&self, field: &str) -> Option<Value>;
}

/// The same object in the graph; plain fields are answered at once, and only the others are waited for.
pub struct Plain<T>(pub T);

/// A selection, as far as it is at hand.
struct Begun<'a> {
    /// All fields, in their order; null where something is waited for.
    object: IndexMap<Name, Value>,
    others: Vec<&'a Positioned<Field>>,
}

impl<T: PlainFields> Plain<T> {
    /// `None` for what the library alone shall read: fragments, directives, fields that are named twice.
    fn begin<'a>(&self, ctx: &ContextSelectionSet<'a>) -> Option<Begun<'a>> {
        let selections = &ctx.item.node.items;
        let mut object = IndexMap::with_capacity(selections.len());
        let mut others = Vec::new();
        for selection in selections {
            let Selection::Field(field) = &selection.node else { return None };
            let Field { name, directives, .. } = &field.node;
            if !directives.is_empty() {
                return None;
            }
            let value = match name.node.as_str() {
                "__typename" => Value::String(T::type_name().into_owned()),
                name => self.0.plain(name).unwrap_or_else(|| {
                    others.push(field);
                    Value::Null
                }),
            };
            if object.insert(field.node.response_key().node.clone(), value).is_some() {
                return None;
            }
        }
        Some(Begun { object, others })
    }
}

impl<T: PlainFields> OutputType for Plain<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Field>,
    ) -> ServerResult<Value> {
        let Some(Begun { mut object, others }) = self.begin(ctx) else {
            return self.0.resolve(ctx, field).await;
        };
        let mut finish = |field: &Positioned<Field>, value: ServerResult<Option<Value>>| {
            let key = &field.node.response_key().node;
            match value {
                Ok(value) => *object.get_mut(key).expect("begun") = value.unwrap_or_default(),
                // As the library has it.
                Err(error) => {
                    ctx.add_error(error);
                    object.shift_remove(key);
                }
            }
        };
        match &others[..] {
            [] => {}
            [only] => finish(only, self.0.resolve_field(&ctx.with_field(only)).await),
            _ => {
                let values = others
                    .iter()
                    .map(async |field| self.0.resolve_field(&ctx.with_field(field)).await);
                let values = join_all(values).await;
                others.iter().zip(values).for_each(|(field, value)| finish(field, value));
            }
        }
        Ok(if object.is_empty() { Value::Null } else { Value::Object(object) })
    }
}
