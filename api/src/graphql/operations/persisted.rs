//! Documents that are named instead of sent.
//!
//! - *Automatic persisted queries*: a request with `extensions.persistedQuery { version: 1, sha256Hash }`
//!   and no text runs the document with this hash, or answers PERSISTED_QUERY_NOT_FOUND; the client
//!   then sends hash and text once. They are kept with all documents, in this process alone: after a
//!   restart, at another process, or when others made room, the client is asked again.
//! - *Trusted documents*: a list given at the start, by id. `documentId` names one, beside the text's
//!   place in the request or in `extensions`; `sha256:` and the hash of its text do too.

use async_graphql::{Request, ServerError, Value};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use super::cache::{DocumentCache, Hash};
use crate::config::DocumentArgs;
use crate::graphql::codes::with_code;

/// The extension that stands for `documentId` in a request.
pub const DOCUMENT_ID: &str = "documentId";

/// The hash and text of the document a request wants.
///
/// # Errors
/// BAD_REQUEST for a malformed or wrong hash, PERSISTED_QUERY_NOT_FOUND for an unknown one,
/// DOCUMENT_NOT_TRUSTED where only trusted documents run.
pub fn wanted(
    request: &mut Request,
    args: &DocumentArgs,
    documents: &DocumentCache,
) -> Result<(Hash, Arc<str>), ServerError> {
    let trusted = args.trusted_documents.as_ref();
    let named =
        match (request.extensions.remove(DOCUMENT_ID), request.extensions.remove("persistedQuery"))
        {
            (Some(Value::String(id)), None) => Some(Name::Id(id)),
            (None, Some(persisted)) => Some(Name::Hash(hash_of(&persisted)?)),
            (None, None) => None,
            (Some(Value::String(_)), Some(_)) => {
                return Err(bad("Send documentId or persistedQuery, not both."));
            }
            (Some(_), _) => return Err(bad("documentId must be a string.")),
        };
    let text = std::mem::take(&mut request.query);
    let found = match &named {
        Some(Name::Id(_)) if !text.is_empty() => {
            return Err(bad("Send documentId or query, not both."));
        }
        Some(Name::Id(id)) => trusted.and_then(|list| list.by_id(id)),
        Some(Name::Hash(hash)) if text.is_empty() => known(trusted, documents, hash),
        Some(Name::Hash(hash)) => {
            if digest(&text) != *hash {
                return Err(bad("The document does not have the hash that was sent with it."));
            }
            Some((*hash, text.into()))
        }
        None => Some((digest(&text), text.into())),
    };
    if args.only_trusted {
        let is_trusted =
            |(hash, _): &(Hash, _)| trusted.is_some_and(|list| list.0.texts.contains_key(hash));
        return found.filter(is_trusted).ok_or_else(|| {
            let message =
                "This desk runs only documents of its trusted list: send the documentId of one.";
            with_code(ServerError::new(message, None), "DOCUMENT_NOT_TRUSTED")
        });
    }
    found.ok_or_else(|| {
        // Clients look at this very text.
        with_code(ServerError::new("PersistedQueryNotFound", None), "PERSISTED_QUERY_NOT_FOUND")
    })
}

enum Name {
    Id(String),
    Hash(Hash),
}

fn known(
    trusted: Option<&TrustedDocuments>,
    documents: &DocumentCache,
    hash: &Hash,
) -> Option<(Hash, Arc<str>)> {
    let listed = trusted.and_then(|list| list.by_hash(hash));
    listed.or_else(|| documents.get(hash).map(|document| (*hash, document.text.clone())))
}

fn hash_of(persisted: &Value) -> Result<Hash, ServerError> {
    let Value::Object(fields) = persisted else {
        return Err(bad("persistedQuery must be an object."));
    };
    if fields.get("version") != Some(&Value::from(1)) {
        return Err(bad("persistedQuery.version must be 1."));
    }
    let hash = match fields.get("sha256Hash") {
        Some(Value::String(hash)) => from_hex(hash),
        _ => None,
    };
    hash.ok_or_else(|| bad("persistedQuery.sha256Hash must be 64 hexadecimal digits."))
}

pub fn digest(text: &str) -> Hash {
    Sha256::digest(text.as_bytes()).into()
}

fn from_hex(text: &str) -> Option<Hash> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut hash = [0; 32];
    for (n, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * n..2 * n + 2], 16).ok()?;
    }
    Some(hash)
}

fn bad(message: &str) -> ServerError {
    with_code(ServerError::new(message, None), "BAD_REQUEST")
}

/// The documents an operator trusts, from a file such as graphql-codegen's `persistedDocuments`
/// writes: a JSON object of ids (or hashes) and documents.
#[derive(Clone)]
pub struct TrustedDocuments(Arc<List>);

struct List {
    ids: HashMap<String, Hash>,
    texts: HashMap<Hash, Arc<str>>,
}

impl TrustedDocuments {
    /// Reads the file.
    ///
    /// # Errors
    /// A sentence for the operator: the file cannot be read, is no JSON object of texts, or a document
    /// in it is not GraphQL.
    pub fn load(path: &str) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|e| format!("cannot be read: {e}"))?;
        let all: HashMap<String, String> = serde_json::from_str(&text)
            .map_err(|e| format!("is not a JSON object of ids and documents: {e}"))?;
        let mut list = List { ids: HashMap::new(), texts: HashMap::new() };
        for (id, text) in all {
            async_graphql::parser::parse_query(&text)
                .map_err(|e| format!("document {id:?} is not GraphQL: {e}"))?;
            let hash = digest(&text);
            list.ids.insert(id, hash);
            list.texts.insert(hash, text.into());
        }
        Ok(Self(Arc::new(list)))
    }

    fn by_id(&self, id: &str) -> Option<(Hash, Arc<str>)> {
        match self.0.ids.get(id) {
            Some(hash) => self.by_hash(hash),
            None => self.by_hash(&from_hex(id.strip_prefix("sha256:")?)?),
        }
    }

    fn by_hash(&self, hash: &Hash) -> Option<(Hash, Arc<str>)> {
        self.0.texts.get(hash).map(|text| (*hash, text.clone()))
    }
}

impl fmt::Debug for TrustedDocuments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} trusted documents", self.0.ids.len())
    }
}
