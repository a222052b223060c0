//! The files of the built console, each with the forms in which it may be sent.

use axum::body::Bytes;
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write;

/// What `npm run build` in `web-client` makes. Optimised programs have it in them; others read it when
/// they start, so that a new build needs no compiling.
#[derive(RustEmbed)]
#[folder = "../web-client/dist/console"]
#[allow_missing = true]
struct Built;

/// A file and the forms it was compressed to.
#[derive(Debug, Clone)]
pub struct File {
    pub media_type: &'static str,
    plain: Form,
    brotli: Option<Form>,
    gzip: Option<Form>,
}

/// Bytes to be sent.
#[derive(Debug, Clone)]
pub struct Form {
    pub encoding: Option<Encoding>,
    pub bytes: Bytes,
    /// With its quotes.
    pub etag: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Brotli,
    Gzip,
}

impl Encoding {
    pub fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    fn suffix(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
        }
    }
}

impl File {
    /// The smallest form that `Accept-Encoding` admits.
    pub fn best(&self, accepted: &str) -> &Form {
        [&self.brotli, &self.gzip]
            .into_iter()
            .flatten()
            .find(|form| form.encoding.is_some_and(|one| is_accepted(accepted, one.name())))
            .unwrap_or(&self.plain)
    }
}

/// Whether a list such as `gzip;q=0.5, br` has the name, and not with a weight of zero.
fn is_accepted(list: &str, name: &str) -> bool {
    list.split(',').any(|item| {
        let mut parts = item.split(';').map(str::trim);
        let is_named = parts.next().is_some_and(|own| own.eq_ignore_ascii_case(name));
        let weight = parts.find_map(|part| part.strip_prefix("q="));
        is_named && weight.is_none_or(|q| q.parse::<f32>().is_ok_and(|q| q > 0.0))
    })
}

/// By path without a leading slash.
pub fn embedded() -> HashMap<String, File> {
    grouped(Built::iter().filter_map(|path| {
        let file = Built::get(&path)?;
        Some((path.into_owned(), file.data))
    }))
}

/// Files with their compressed forms, which stand beside them under `.br` and `.gz`.
pub fn grouped(
    files: impl IntoIterator<Item = (String, Cow<'static, [u8]>)>,
) -> HashMap<String, File> {
    let mut all: HashMap<String, Bytes> = files
        .into_iter()
        .map(|(path, data)| match data {
            Cow::Borrowed(data) => (path, Bytes::from_static(data)),
            Cow::Owned(data) => (path, Bytes::from(data)),
        })
        .collect();
    let is_form = |path: &str| path.ends_with(".br") || path.ends_with(".gz");
    let names: Vec<String> = all.keys().filter(|path| !is_form(path)).cloned().collect();
    let mut take = |path: &str, encoding: Option<Encoding>| {
        let suffix = encoding.map(Encoding::suffix).unwrap_or_default();
        let bytes = all.remove(&format!("{path}{suffix}"))?;
        Some(Form { etag: etag(&bytes), encoding, bytes })
    };
    names
        .into_iter()
        .filter_map(|path| {
            let file = File {
                media_type: media_type(&path),
                plain: take(&path, None)?,
                brotli: take(&path, Some(Encoding::Brotli)),
                gzip: take(&path, Some(Encoding::Gzip)),
            };
            Some((path, file))
        })
        .collect()
}

fn etag(bytes: &[u8]) -> String {
    let mut tag = String::from("\"");
    for byte in &Sha256::digest(bytes)[..16] {
        write!(tag, "{byte:02x}").expect("a string takes everything");
    }
    tag + "\""
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "webmanifest" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
