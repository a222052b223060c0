//! The console: the built files of `web-client`, served from inside the program.
//!
//! Debug builds read them from disk, so that a new build of the console shows at once.

use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::header::{REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

/// Scripts come from the desk alone. Mantine writes its colours into style elements, hence the exception.
const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'";

/// Names of files below this folder carry a hash of their content.
const HASHED: &str = "assets/";
/// Addresses of the desk itself, below which no page of the console lies.
const OWN: [&str; 4] = ["graphql", "graphiql", "livez", "readyz"];

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
    <title>Deskwire</title><h1>The console is not built</h1>\
    <p>Build it with <code>cd web-client &amp;&amp; npm ci &amp;&amp; npm run build</code>, then build and start \
    <code>deskwire</code> again; <code>./dev up</code> does both.</p>\
    <p>The graph is served nevertheless: <a href=\"/graphiql\">GraphiQL</a>.</p></html>";

#[derive(RustEmbed)]
#[folder = "../web-client/dist"]
#[exclude = ".gitkeep"]
#[allow_missing = true]
struct Dist;

/// A file of the console; for every other address that a browser opens, its page, which knows the rest.
pub async fn show(uri: Uri, headers: HeaderMap) -> Response {
    answer(Dist::get, uri.path(), &headers)
}

fn answer(
    find: impl Fn(&str) -> Option<EmbeddedFile>,
    path: &str,
    headers: &HeaderMap,
) -> Response {
    let path = path.trim_start_matches('/');
    if path != "index.html"
        && let Some(file) = find(path)
    {
        let kept = if path.starts_with(HASHED) {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        return with_headers(file.metadata.mimetype(), kept, file.data.into_owned());
    }
    let first = path.split('/').next().unwrap_or_default();
    if path.starts_with(HASHED) || OWN.contains(&first) || !wants_page(headers) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let page = find("index.html")
        .map_or_else(|| NOT_BUILT.as_bytes().to_vec(), |file| file.data.into_owned());
    with_headers("text/html; charset=utf-8", "no-cache", page)
}

fn with_headers(media: &str, kept: &'static str, body: Vec<u8>) -> Response {
    let headers = [
        (CONTENT_TYPE, media),
        (CACHE_CONTROL, kept),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "same-origin"),
        (VARY, "accept"),
    ];
    (headers, body).into_response()
}

/// A browser that opens an address names HTML; scripts, images and programs do not.
fn wants_page(headers: &HeaderMap) -> bool {
    headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .any(|range| {
            range
                .split(';')
                .next()
                .is_some_and(|media| media.trim().eq_ignore_ascii_case("text/html"))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use rust_embed::RustEmbed;

    #[derive(RustEmbed)]
    #[folder = "../web-client"]
    #[include = "index.html"]
    struct Page;

    fn find(path: &str) -> Option<EmbeddedFile> {
        match path {
            "index.html" | "assets/index-1a2b.js" | "favicon.svg" => Page::get("index.html"),
            _ => None,
        }
    }

    fn ask(path: &str, accept: &'static str) -> (u16, Option<String>) {
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
        let reply = answer(find, path, &headers);
        let kept = reply.headers().get(CACHE_CONTROL);
        (reply.status().as_u16(), kept.map(|value| value.to_str().unwrap().to_owned()))
    }

    #[test]
    fn only_hashed_files_are_kept_by_browsers() {
        let (status, kept) = ask("/assets/index-1a2b.js", "*/*");
        assert_eq!((status, kept.as_deref()), (200, Some("public, max-age=31536000, immutable")));
        for path in ["/", "/index.html", "/tickets/7"] {
            assert_eq!(ask(path, "text/html,*/*;q=0.8"), (200, Some("no-cache".into())), "{path}");
        }
        assert_eq!(ask("/favicon.svg", "image/*"), (200, Some("no-cache".into())));
    }

    #[test]
    fn what_is_not_there_is_no_page() {
        for (path, accept) in [
            ("/assets/index-old.js", "text/html"),
            ("/graphql/more", "text/html"),
            ("/livez/x", "text/html"),
            ("/tickets/7", "*/*"),
            ("/tickets/7", "application/json"),
        ] {
            assert_eq!(ask(path, accept), (404, None), "{path} {accept}");
        }
    }

    #[test]
    fn a_desk_without_its_console_says_how_to_build_it() {
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static("text/html"))]);
        assert_eq!(answer(|_| None, "/", &headers).status(), 200);
    }
}
