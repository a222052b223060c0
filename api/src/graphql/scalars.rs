//! Scalars of the graph.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use deskwire_domain::events;

/// [`events::Cursor`] as clients see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(pub events::Cursor);

/// A place in the event log, such as `4f3a9c21-1042`. Keep it as it is and give it back as `after`
/// to continue a subscription without gap or repetition. Cursors of one log can be compared by the
/// number behind the dash.
#[Scalar]
impl ScalarType for Cursor {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => text.parse().map(Self).map_err(InputValueError::custom),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}
