//! Requests as they come over the wire, before they mean anything.

use async_graphql::{Request, Value, Variables};
use serde::Deserialize;
use std::collections::HashMap;

use crate::graphql::operations::DOCUMENT_ID;

/// A request's parameters. Those that the specification does not name are ignored; null counts as
/// left out.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Incoming {
    query: Option<String>,
    document_id: Option<String>,
    operation_name: Option<String>,
    #[serde(default)]
    variables: Variables,
    extensions: Option<HashMap<String, Value>>,
}

impl Incoming {
    /// Reads the JSON body of a POST.
    ///
    /// # Errors
    /// A sentence about what is wrong with it.
    pub fn from_json(body: &[u8]) -> Result<Request, String> {
        // An array would be read as the fields in order.
        if !body.trim_ascii_start().starts_with(b"{") {
            return Err("The body is not a GraphQL request: send one JSON object, no batch.".into());
        }
        let incoming: Self = serde_json::from_slice(body)
            .map_err(|error| format!("The body is not a GraphQL request: {error}."))?;
        incoming.into_request()
    }

    /// Reads the query string of a GET, where `variables` and `extensions` are JSON.
    ///
    /// # Errors
    /// A sentence about what is wrong with it.
    pub fn from_query(query: &str) -> Result<Request, String> {
        let mut incoming = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let bad = |error| format!("The parameter {name} is not a JSON object: {error}.");
            match &*name {
                "query" => incoming.query = Some(value.into_owned()),
                "documentId" => incoming.document_id = Some(value.into_owned()),
                "operationName" => incoming.operation_name = Some(value.into_owned()),
                "variables" => incoming.variables = serde_json::from_str(&value).map_err(bad)?,
                "extensions" => incoming.extensions = serde_json::from_str(&value).map_err(bad)?,
                _ => {}
            }
        }
        incoming.into_request()
    }

    /// # Errors
    /// A sentence, when nothing in it says which document is wanted.
    pub fn into_request(self) -> Result<Request, String> {
        let mut extensions = self.extensions.unwrap_or_default();
        if let Some(id) = self.document_id {
            extensions.insert(DOCUMENT_ID.to_owned(), Value::String(id));
        }
        let names_a_document =
            [DOCUMENT_ID, "persistedQuery"].iter().any(|name| extensions.contains_key(*name));
        if self.query.is_none() && !names_a_document {
            return Err(
                "The request has no query: send the document's text, or its documentId.".into()
            );
        }
        let mut request = Request::new(self.query.unwrap_or_default()).variables(self.variables);
        request.operation_name = self.operation_name;
        request.extensions.0.extend(extensions);
        Ok(request)
    }
}
