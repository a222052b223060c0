//! Operations over HTTP POST (GraphQL over HTTP, <https://graphql.github.io/graphql-over-http/>).

use async_graphql::dataloader::DataLoader;
use async_graphql::http::GraphiQLSource;
use async_graphql::{Request, Response, ServerError};
use async_graphql_axum::GraphQLResponse;
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Redirect};
use deskwire_domain::Error;
use futures::future::BoxFuture;

use super::batching::Batches;
use super::credentials::{caller, is_same_origin};
use super::{App, ORIGIN_HEADER, SESSION_COOKIE};
use crate::graphql::context::{Caller, Transport};
use crate::graphql::error::ApiError;
use crate::graphql::loaders;

/// Runs one operation. Only JSON is taken, which other sites' forms cannot send.
pub async fn execute(
    State(app): State<App>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> axum::response::Response {
    match run(&app, &headers, body).await {
        Ok(response) => GraphQLResponse::from(response).into_response(),
        Err((status, error)) => refuse(status, error),
    }
}

async fn run(
    app: &App,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, (StatusCode, ApiError)> {
    let is_json =
        headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(|kind| {
            let kind = kind.split(';').next().unwrap_or_default();
            kind.trim().eq_ignore_ascii_case("application/json")
        });
    if !is_json {
        let message = "Send the operation as JSON, with Content-Type: application/json.";
        return Err(bad(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
    }
    let body = body.map_err(|rejection| {
        let status = rejection.status();
        let message = match status {
            StatusCode::PAYLOAD_TOO_LARGE => "The request body is too large.",
            _ => "The request body could not be read.",
        };
        bad(status, message)
    })?;
    // An array would be read as a request's fields in order.
    if !body.trim_ascii_start().starts_with(b"{") {
        let message = "The body is not a GraphQL request: send one JSON object, no batch.";
        return Err(bad(StatusCode::BAD_REQUEST, message));
    }
    let request: Request = serde_json::from_slice(&body).map_err(|error| {
        bad(StatusCode::BAD_REQUEST, format!("The body is not a GraphQL request: {error}."))
    })?;
    let who = caller(&app.desk, headers).await.map_err(|error| {
        let status = match &error {
            Error::Invalid(fields) => {
                let why = fields.iter().map(|field| field.message.as_str()).collect::<String>();
                return bad(StatusCode::BAD_REQUEST, format!("The header {ORIGIN_HEADER} {why}."));
            }
            Error::Unauthenticated => StatusCode::UNAUTHORIZED,
            Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (status, ApiError::from(error))
    })?;
    if who.transport == Transport::Cookie && who.secret.is_some() && !is_same_origin(headers) {
        return Err(bad(
            StatusCode::FORBIDDEN,
            format!("{SESSION_COOKIE} counts on this site only."),
        ));
    }
    let batches = Batches::new();
    let request = attach(request, app, who, batches.starter());
    let answer = batches.drive(app.schema.execute(request));
    match tokio::time::timeout(app.timeout, answer).await {
        Ok(response) => Ok(response),
        Err(_) => Err((StatusCode::GATEWAY_TIMEOUT, ApiError::timeout(app.timeout.as_millis()))),
    }
}

/// Gives an operation its caller and its batches, which `start` sets going.
pub fn attach<R>(
    request: Request,
    app: &App,
    mut who: Caller,
    start: impl Fn(BoxFuture<'static, ()>) -> R + Send + Sync + 'static,
) -> Request {
    let request = match &mut who.authenticated {
        Some(known) => {
            known.actor.origin = who.origin.clone();
            let batches = loaders::Batches { desk: app.desk.clone(), actor: known.actor.clone() };
            request.data(DataLoader::new(batches, start))
        }
        None => request,
    };
    request.data(who)
}

fn bad(status: StatusCode, message: impl Into<String>) -> (StatusCode, ApiError) {
    (status, ApiError::bad_request(message))
}

fn refuse(status: StatusCode, error: ApiError) -> axum::response::Response {
    let error: async_graphql::Error = error.into();
    let error =
        ServerError { extensions: error.extensions, ..ServerError::new(error.message, None) };
    let response = Response::from_errors(vec![error]);
    (status, [(CONTENT_TYPE, HeaderValue::from_static("application/json"))], Json(response))
        .into_response()
}

/// The interactive explorer, with working subscriptions.
pub async fn graphiql() -> impl IntoResponse {
    Html(
        GraphiQLSource::build()
            .endpoint("/graphql")
            .subscription_endpoint("/graphql")
            // The newest release that comes as the single script this page loads; 5 does not.
            .version("4.1.2")
            .title("Deskwire GraphiQL")
            .credentials(async_graphql::http::Credentials::SameOrigin)
            .finish(),
    )
}

/// Until there is a page here, the explorer is the way in.
pub async fn home() -> Redirect {
    Redirect::temporary("/graphiql")
}
