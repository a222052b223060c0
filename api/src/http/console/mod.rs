//! The console: the files of `web-client`, embedded in the program, and the page that every address
//! of the console begins with.
//!
//! Files under `assets/` carry a hash of what is in them in their name, so browsers keep them for
//! ever. The page itself is asked for each time and answered with 304 while it is the same. Nothing
//! is compressed here: the build has done it, with all the effort there is.

mod files;

use axum::body::Body;
use axum::http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use std::collections::HashMap;

use files::{Encoding, File};

/// The page that begins the console, whatever the address.
const PAGE: &str = "index.html";
/// Files whose names change with their content.
const HASHED: &str = "assets/";
/// First parts of addresses that are not the console's: a browser that asks for one of them and is
/// wrong is not to be shown a page.
const OTHERS: [&str; 8] =
    ["graphql", "graphiql", "livez", "readyz", "healthz", "health", "metrics", "assets"];

/// Scripts, sockets and requests of this site alone. Styles may be written by scripts, as the
/// console's components do; images of messages are not loaded, so that nobody learns who reads.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const NOT_BUILT: &str = include_str!("not-built.html");

/// What is served where the graph is not.
#[derive(Debug, Clone, Default)]
pub struct Console {
    files: HashMap<String, File>,
}

impl Console {
    /// The console that was built into the program; empty when there was none.
    pub fn embedded() -> Self {
        Self { files: files::embedded() }
    }

    /// Answers a request that no other route takes.
    pub fn answer(&self, request: &Request<Body>) -> Response {
        let (method, headers) = (request.method(), request.headers());
        let path = request.uri().path().trim_start_matches('/');
        if method != Method::GET && method != Method::HEAD {
            return StatusCode::NOT_FOUND.into_response();
        }
        let mut response = match self.files.get(path) {
            Some(file) => respond(path, file, headers),
            None if !is_page(path, headers) => StatusCode::NOT_FOUND.into_response(),
            None => match self.files.get(PAGE) {
                Some(page) => respond(PAGE, page, headers),
                None => not_built(),
            },
        };
        protect(response.headers_mut());
        response
    }
}

/// Pages are for people: what asks for one says that it takes HTML.
fn is_page(path: &str, headers: &HeaderMap) -> bool {
    if path.is_empty() {
        return true;
    }
    let first = path.split('/').next().unwrap_or_default();
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    !OTHERS.contains(&first) && accept.contains("text/html")
}

fn respond(path: &str, file: &File, headers: &HeaderMap) -> Response {
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let form = file.best(accepted.unwrap_or_default());
    let caching = match path.starts_with(HASHED) {
        true => "public, max-age=31536000, immutable",
        false => "no-cache",
    };
    let known = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let is_known = known.flat_map(|tags| tags.split(',')).any(|tag| {
        let tag = tag.trim();
        tag == "*" || tag.trim_start_matches("W/") == form.etag
    });
    let mut response = match is_known {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => Body::from(form.bytes.clone()).into_response(),
    };
    let own = response.headers_mut();
    own.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    own.insert(VARY, HeaderValue::from_static("accept-encoding"));
    own.insert(ETAG, HeaderValue::from_str(&form.etag).expect("a hash is a header"));
    if !is_known {
        own.insert(CONTENT_TYPE, HeaderValue::from_static(file.media_type));
        if let Some(name) = form.encoding.map(Encoding::name) {
            own.insert(CONTENT_ENCODING, HeaderValue::from_static(name));
        }
    }
    response
}

fn not_built() -> Response {
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-store")];
    (StatusCode::SERVICE_UNAVAILABLE, headers, NOT_BUILT).into_response()
}

fn protect(headers: &mut HeaderMap) {
    let permissions = HeaderName::from_static("permissions-policy");
    let opener = HeaderName::from_static("cross-origin-opener-policy");
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "same-origin"),
        (opener, "same-origin"),
        (permissions, "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::to_bytes;

    fn console() -> Console {
        let files = [
            ("index.html", "<!doctype html><title>Deskwire</title>"),
            ("index.html.br", "page in brotli"),
            ("index.html.gz", "page in gzip"),
            ("assets/main-1a2b.js", "console.log(1)"),
            ("assets/main-1a2b.js.br", "script in brotli"),
            ("icon.svg", "<svg/>"),
        ];
        let files = files.into_iter().map(|(name, text)| (name.to_owned(), text.as_bytes().into()));
        Console { files: files::grouped(files) }
    }

    async fn ask(
        console: &Console,
        path: &str,
        headers: &[(HeaderName, &str)],
    ) -> (StatusCode, HeaderMap, String) {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        let response = console.answer(&request.body(Body::empty()).unwrap());
        let (head, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        (head.status, head.headers, String::from_utf8(body.to_vec()).unwrap())
    }

    const HTML: (HeaderName, &str) = (ACCEPT, "text/html,application/xhtml+xml,*/*;q=0.8");

    #[tokio::test]
    async fn every_address_of_the_console_is_its_page() {
        let console = console();
        for path in ["/", "/tickets/12", "/queues/queue_1?status=OPEN", "/portal"] {
            let (status, headers, body) = ask(&console, path, &[HTML]).await;
            assert_eq!(
                (status, &*body),
                (StatusCode::OK, "<!doctype html><title>Deskwire</title>")
            );
            assert_eq!(headers[CONTENT_TYPE], "text/html; charset=utf-8");
            assert_eq!(headers[CACHE_CONTROL], "no-cache", "{path}");
            assert_eq!(headers[CONTENT_SECURITY_POLICY], POLICY);
            assert_eq!(headers[X_CONTENT_TYPE_OPTIONS], "nosniff");
            assert_eq!(headers[X_FRAME_OPTIONS], "DENY");
        }
    }

    #[tokio::test]
    async fn programs_and_other_addresses_get_no_page() {
        let console = console();
        for (path, accept) in [
            ("/tickets/12", "*/*"),
            ("/tickets/12", "application/json"),
            ("/healthz", "text/html"),
            ("/metrics", "text/html"),
            ("/graphql/nested", "text/html"),
            ("/assets/gone-9z.js", "text/html"),
        ] {
            let (status, _, body) = ask(&console, path, &[(ACCEPT, accept)]).await;
            assert_eq!((status, &*body), (StatusCode::NOT_FOUND, ""), "{path} {accept}");
        }
        let post = Request::post("/tickets").header(ACCEPT, "text/html").body(Body::empty());
        assert_eq!(console.answer(&post.unwrap()).status(), StatusCode::NOT_FOUND);
    }

    #[tokio::test]
    async fn hashed_files_are_kept_and_others_asked_for_again() {
        let console = console();
        let (_, headers, body) = ask(&console, "/assets/main-1a2b.js", &[]).await;
        assert_eq!(headers[CACHE_CONTROL], "public, max-age=31536000, immutable");
        assert_eq!(headers[CONTENT_TYPE], "text/javascript; charset=utf-8");
        assert_eq!(body, "console.log(1)");

        let (_, headers, _) = ask(&console, "/icon.svg", &[]).await;
        assert_eq!(headers[CACHE_CONTROL], "no-cache");
        assert_eq!(headers[CONTENT_TYPE], "image/svg+xml");
    }

    #[tokio::test]
    async fn the_best_form_that_a_browser_takes_is_sent() {
        let console = console();
        for (accepted, encoding, body) in [
            ("gzip, deflate, br, zstd", Some("br"), "page in brotli"),
            ("gzip", Some("gzip"), "page in gzip"),
            ("br;q=0, gzip;q=0.5", Some("gzip"), "page in gzip"),
            ("identity", None, "<!doctype html><title>Deskwire</title>"),
            ("", None, "<!doctype html><title>Deskwire</title>"),
        ] {
            let (_, headers, text) = ask(&console, "/", &[(ACCEPT_ENCODING, accepted)]).await;
            let sent = headers.get(CONTENT_ENCODING).map(|value| value.to_str().unwrap());
            assert_eq!((sent, &*text), (encoding, body), "{accepted}");
            assert_eq!(headers[VARY], "accept-encoding");
        }
        // There is no smaller form of the script in gzip.
        let (_, headers, _) =
            ask(&console, "/assets/main-1a2b.js", &[(ACCEPT_ENCODING, "gzip")]).await;
        assert!(!headers.contains_key(CONTENT_ENCODING));
    }

    #[tokio::test]
    async fn a_page_that_is_the_same_is_not_sent_again() {
        let console = console();
        let (_, headers, _) = ask(&console, "/", &[(ACCEPT_ENCODING, "br")]).await;
        let tag = headers[ETAG].to_str().unwrap();
        let again = [(ACCEPT_ENCODING, "br"), (IF_NONE_MATCH, tag)];
        let (status, headers, body) =
            ask(&console, "/tickets", &[again[0].clone(), again[1].clone(), HTML]).await;
        assert_eq!((status, &*body), (StatusCode::NOT_MODIFIED, ""));
        assert_eq!(headers[ETAG].to_str().unwrap(), tag);
        // The forms are different answers.
        let (status, ..) =
            ask(&console, "/", &[(ACCEPT_ENCODING, "gzip"), (IF_NONE_MATCH, tag)]).await;
        assert_eq!(status, StatusCode::OK);
        let (status, ..) = ask(&console, "/", &[(IF_NONE_MATCH, "\"another\"")]).await;
        assert_eq!(status, StatusCode::OK);
    }

    #[tokio::test]
    async fn without_a_built_console_the_page_says_how_to_build_it() {
        let console = Console::default();
        let (status, headers, body) = ask(&console, "/", &[]).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(headers[CACHE_CONTROL], "no-store");
        assert!(body.contains("npm run build") && body.contains("/graphiql"), "{body}");
        let (status, ..) = ask(&console, "/tickets", &[]).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
}
