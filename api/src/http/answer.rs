//! Answers in the media type the client wants
//! (<https://graphql.github.io/graphql-over-http/draft/#sec-Response>).

use async_graphql::{Response, ServerError};
use axum::http::header::{ACCEPT, ALLOW, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::IntoResponse;
use serde::Serialize;

use crate::graphql::error::ApiError;

const GRAPHQL: &str = "application/graphql-response+json";
const JSON: &str = "application/json";

/// How the client wants its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// The status says whether the request held: 400 when it was not even begun.
    Graphql,
    /// Any well-formed request is answered with 200.
    Json,
}

impl Media {
    /// What `Accept` asks for. Without one, and where everything goes, it is plain JSON, which older
    /// clients expect; `None` where neither is acceptable.
    pub fn wanted(headers: &HeaderMap) -> Option<Self> {
        let mut ranges = headers
            .get_all(ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|list| list.split(','))
            .map(range)
            .peekable();
        if ranges.peek().is_none() {
            return Some(Self::Json);
        }
        let ranges: Vec<(&str, f32)> = ranges.collect();
        // The most specific range that covers a type says how much it is wanted.
        let weight = |covering: [&str; 3]| {
            let found = covering
                .iter()
                .find_map(|name| ranges.iter().find(|(range, _)| range.eq_ignore_ascii_case(name)));
            found.map_or(0.0, |(_, weight)| *weight)
        };
        let is_named =
            |name: &str| ranges.iter().any(|(range, _)| range.eq_ignore_ascii_case(name));
        let (graphql, json) =
            (weight([GRAPHQL, "application/*", "*/*"]), weight([JSON, "application/*", "*/*"]));
        if graphql <= 0.0 && json <= 0.0 {
            None
        } else if graphql > json || (graphql == json && is_named(GRAPHQL)) {
            Some(Self::Graphql)
        } else {
            Some(Self::Json)
        }
    }

    fn header(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Graphql => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        })
    }
}

fn range(text: &str) -> (&str, f32) {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let weight = parts.find_map(|part| part.strip_prefix("q=")).and_then(|q| q.parse().ok());
    (name, weight.unwrap_or(1.0))
}

/// An operation that ran, whatever became of its fields.
pub fn ran(media: Media, response: &Response) -> axum::response::Response {
    let mut answer = body(media, StatusCode::OK, response);
    answer.headers_mut().extend(response.http_headers.clone());
    answer
}

/// A request whose operation was not begun: there is no `data`.
pub fn not_begun(media: Media, errors: &[ServerError]) -> axum::response::Response {
    let status = match media {
        Media::Graphql => StatusCode::BAD_REQUEST,
        Media::Json => StatusCode::OK,
    };
    body(media, status, &Errors { errors })
}

/// A request that was refused before it was looked at.
pub fn refused(media: Media, status: StatusCode, error: ApiError) -> axum::response::Response {
    let error: async_graphql::Error = error.into();
    let error =
        ServerError { extensions: error.extensions, ..ServerError::new(error.message, None) };
    let mut answer = body(media, status, &Errors { errors: &[error] });
    if status == StatusCode::METHOD_NOT_ALLOWED {
        answer.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
    }
    answer
}

#[derive(Serialize)]
struct Errors<'a> {
    errors: &'a [ServerError],
}

fn body(media: Media, status: StatusCode, content: &impl Serialize) -> axum::response::Response {
    let text = serde_json::to_vec(content).expect("an answer has only texts as names");
    (status, [(CONTENT_TYPE, media.header())], text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_media_type_is_the_most_wanted_one() {
        let cases = [
            (None, Some(Media::Json)),
            (Some("*/*"), Some(Media::Json)),
            (Some("application/*"), Some(Media::Json)),
            (Some("application/json"), Some(Media::Json)),
            (Some("application/graphql-response+json"), Some(Media::Graphql)),
            (Some("Application/GraphQL-Response+JSON; charset=utf-8"), Some(Media::Graphql)),
            (
                Some("application/graphql-response+json, application/json;q=0.9"),
                Some(Media::Graphql),
            ),
            (Some("application/json, application/graphql-response+json"), Some(Media::Graphql)),
            (Some("application/graphql-response+json;q=0.5, application/json"), Some(Media::Json)),
            (Some("application/json;q=0, */*"), Some(Media::Graphql)),
            (Some("text/html, */*;q=0.8"), Some(Media::Json)),
            (Some("text/html"), None),
            (Some("application/json;q=0"), None),
        ];
        for (accept, wanted) in cases {
            let mut headers = HeaderMap::new();
            if let Some(accept) = accept {
                headers.insert(ACCEPT, HeaderValue::from_static(accept));
            }
            assert_eq!(Media::wanted(&headers), wanted, "{accept:?}");
        }
    }
}
