//! Documents that were found good, the least recently used of which make room for new ones.

use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{ValidationResult, Variables};
use lru::LruCache;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};

use super::fingerprint::VariableTypes;

/// Most bytes of text that documents take together. Parsed they take ten to fifty times as much.
const TEXT_MAX_BYTES: usize = 512 * 1024;
/// Longer documents are not kept.
const DOCUMENT_MAX_BYTES: usize = 32 * 1024;
/// Ways of giving its variables that are kept for one document.
const WAYS_MAX: NonZeroUsize = NonZeroUsize::new(32).expect("32 is not zero");
const UNPOISONED: &str = "nobody panics with the lock";

/// SHA-256 of a document's text.
pub type Hash = [u8; 32];

/// A document that parses and was found good at least once.
pub struct Document {
    pub text: Arc<str>,
    pub parsed: ExecutableDocument,
    types: VariableTypes,
    checked: Mutex<LruCache<Box<[u8]>, ValidationResult>>,
}

impl Document {
    pub fn new(text: Arc<str>, parsed: ExecutableDocument, types: VariableTypes) -> Self {
        Self { text, parsed, types, checked: Mutex::new(LruCache::new(WAYS_MAX)) }
    }

    /// What of a request decides whether the document holds for it, see [`super::fingerprint`].
    pub fn key(&self, operation: Option<&str>, variables: &Variables) -> Option<Box<[u8]>> {
        self.types.key(operation, variables)
    }

    /// What a request with this key was found to cost; `None` when none was seen lately.
    pub fn checked(&self, key: &[u8]) -> Option<ValidationResult> {
        self.checked.lock().expect(UNPOISONED).get(key).copied()
    }

    pub fn remember(&self, key: Box<[u8]>, cost: ValidationResult) {
        self.checked.lock().expect(UNPOISONED).put(key, cost);
    }
}

/// The documents of one process.
pub struct DocumentCache(Mutex<Kept>);

struct Kept {
    documents: LruCache<Hash, Arc<Document>>,
    text_bytes: usize,
}

impl Default for DocumentCache {
    fn default() -> Self {
        Self(Mutex::new(Kept { documents: LruCache::unbounded(), text_bytes: 0 }))
    }
}

impl DocumentCache {
    pub fn get(&self, hash: &Hash) -> Option<Arc<Document>> {
        self.0.lock().expect(UNPOISONED).documents.get(hash).cloned()
    }

    pub fn put(&self, hash: Hash, document: &Arc<Document>) {
        if document.text.len() > DOCUMENT_MAX_BYTES {
            return;
        }
        let mut kept = self.0.lock().expect(UNPOISONED);
        if kept.documents.put(hash, document.clone()).is_none() {
            kept.text_bytes += document.text.len();
        }
        while kept.text_bytes > TEXT_MAX_BYTES {
            let Some((_, oldest)) = kept.documents.pop_lru() else { return };
            kept.text_bytes -= oldest.text.len();
        }
    }
}
