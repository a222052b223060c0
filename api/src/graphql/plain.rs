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
use std::borrow::Cow;

/// An object some of whose fields need nothing but the record itself.
pub trait PlainFields: ContainerType {
    /// The value of such a field, the same for every caller; `None` for any other field.
    fn plain(&self, field: &str) -> Option<Value>;
}

/// The same object in the graph; a selection of plain fields alone is answered at once.
pub struct Plain<T>(pub T);

impl<T: PlainFields> Plain<T> {
    fn at_once(&self, ctx: &ContextSelectionSet<'_>) -> Option<Value> {
        let selections = &ctx.item.node.items;
        let mut object: IndexMap<Name, Value> = IndexMap::with_capacity(selections.len());
        for selection in selections {
            let Selection::Field(field) = &selection.node else { return None };
            let Field { name, directives, .. } = &field.node;
            if !directives.is_empty() {
                return None;
            }
            let value = match name.node.as_str() {
                "__typename" => Value::String(T::type_name().into_owned()),
                name => self.0.plain(name)?,
            };
            object.insert(field.node.response_key().node.clone(), value);
        }
        Some(Value::Object(object))
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
        match self.at_once(ctx) {
            Some(value) => Ok(value),
            None => self.0.resolve(ctx, field).await,
        }
    }
}
