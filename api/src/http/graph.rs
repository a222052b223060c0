//! Operations over HTTP (GraphQL over HTTP, <https://graphql.github.io/graphql-over-http/draft/>).
//!
//! POST takes JSON, which other sites' forms cannot send; GET takes queries alone, so that a link or
//! an image on another site changes nothing, and their answers are not kept by anybody on the way.

use async_graphql::Request;
use async_graphql::http::GraphiQLSource;
use async_graphql::parser::types::OperationType;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use deskwire_domain::Error;
use futures::future::BoxFuture;

use super::answer::{self, Media};
use super::batching::Batches;
use super::credentials::{caller, is_same_origin};
use super::incoming::Incoming;
use super::{App, ORIGIN_HEADER, SESSION_COOKIE};
use crate::graphql::batches::BatchLoader;
use crate::graphql::context::{Caller, Transport};
use crate::graphql::error::ApiError;
use crate::graphql::loaders;

type Refusal = (StatusCode, ApiError);

/// Runs the operation in the body of a POST.
pub async fn post(
    State(app): State<App>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    answered(&app, &headers, Method::POST, || read_body(&headers, body)).await
}

/// Runs the query in the address of a GET; a browser that brings none is shown the explorer.
pub async fn get(app: &App, headers: &HeaderMap, query: Option<&str>) -> Response {
    let is_browser = headers
        .get(ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"));
    if is_browser && query.is_none() {
        return Redirect::temporary("/graphiql").into_response();
    }
    let read = || {
        Incoming::from_query(query.unwrap_or_default())
            .map_err(|message| bad(StatusCode::BAD_REQUEST, message))
    };
    let mut response = answered(app, headers, Method::GET, read).await;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn answered(
    app: &App,
    headers: &HeaderMap,
    method: Method,
    read: impl FnOnce() -> Result<Request, Refusal>,
) -> Response {
    let Some(media) = Media::wanted(headers) else {
        let message = "Answers are application/graphql-response+json or application/json.";
        let (status, error) = bad(StatusCode::NOT_ACCEPTABLE, message);
        return answer::refused(Media::Json, status, error);
    };
    let outcome = async {
        let request = read()?;
        let who = identified(app, headers).await?;
        run(app, media, &method, request, who).await
    };
    outcome.await.unwrap_or_else(|(status, error)| answer::refused(media, status, error))
}

fn read_body(headers: &HeaderMap, body: Result<Bytes, BytesRejection>) -> Result<Request, Refusal> {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !is_json(kind) {
        let message = "Send the operation as JSON in UTF-8, with Content-Type: application/json.";
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
    Incoming::from_json(&body).map_err(|message| bad(StatusCode::BAD_REQUEST, message))
}

fn is_json(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default();
    let is_utf8 = |part: &str| match part.split_once('=') {
        Some((name, value)) if name.eq_ignore_ascii_case("charset") => {
            value.trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    };
    kind.eq_ignore_ascii_case("application/json") && parts.all(is_utf8)
}

async fn identified(app: &App, headers: &HeaderMap) -> Result<Caller, Refusal> {
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
        let message = format!("{SESSION_COOKIE} counts on this site only.");
        return Err(bad(StatusCode::FORBIDDEN, message));
    }
    Ok(who)
}

async fn run(
    app: &App,
    media: Media,
    method: &Method,
    request: Request,
    who: Caller,
) -> Result<Response, Refusal> {
    let batches = Batches::new();
    let request = attach(request, app, who, batches.starter());
    let operation = async {
        let prepared = match app.schema.prepare(request).await {
            Ok(prepared) => prepared,
            Err(errors) => return Ok(answer::not_begun(media, &errors)),
        };
        if *method == Method::GET && prepared.kind != OperationType::Query {
            let message = format!("Send a {} by POST: GET is for queries.", prepared.kind);
            return Err(bad(StatusCode::METHOD_NOT_ALLOWED, message));
        }
        Ok(answer::ran(media, &app.schema.run(prepared).await))
    };
    match tokio::time::timeout(app.timeout, batches.drive(operation)).await {
        Ok(outcome) => outcome,
        Err(_) => Err((StatusCode::GATEWAY_TIMEOUT, ApiError::timeout(app.timeout.as_millis()))),
    }
}

/// Gives an operation its caller and its batches, which `start` sets going.
pub fn attach(
    request: Request,
    app: &App,
    mut who: Caller,
    start: impl Fn(BoxFuture<'static, ()>) + Send + Sync + 'static,
) -> Request {
    let request = match &mut who.authenticated {
        Some(known) => {
            known.actor.origin = who.origin.clone();
            let batches = loaders::Batches { desk: app.desk.clone(), actor: known.actor.clone() };
            request.data(BatchLoader::new(batches, start))
        }
        None => request,
    };
    request.data(who)
}

fn bad(status: StatusCode, message: impl Into<String>) -> Refusal {
    (status, ApiError::bad_request(message))
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
