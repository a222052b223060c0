//! Payloads of mutations that return one record.

/// Defines `NamePayload { record, errors, cursor }` and how a verb's outcome becomes one.
macro_rules! payload {
    ($(#[$doc:meta])* $name:ident { $field:ident: $object:ident($domain:ty) }) => {
        $(#[$doc])*
        #[derive(async_graphql::SimpleObject)]
        pub struct $name {
            /// The record after the change. Null with errors.
            $field: Option<$object>,
            /// What the caller can mend. Empty when the change was made.
            errors: Vec<$crate::graphql::error::UserError>,
            /// Where the change stands in the event log. Null with errors.
            cursor: Option<$crate::graphql::scalars::Cursor>,
        }

        impl $name {
            async fn of(
                ctx: &async_graphql::Context<'_>,
                outcome: deskwire_domain::Result<$domain>,
            ) -> $crate::graphql::error::ApiResult<Self> {
                use $crate::graphql::context::ContextExt;
                Ok(match $crate::graphql::error::mendable(outcome)? {
                    Ok(record) => Self {
                        $field: Some($object(record)),
                        errors: Vec::new(),
                        cursor: ctx.settle().await,
                    },
                    Err(errors) => Self { $field: None, errors, cursor: None },
                })
            }
        }
    };
}

pub(super) use payload;
