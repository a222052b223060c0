//! Networks that a desk brings along: ONNX files from text to scores of labels, or to an embedding.
//!
//! A network comes with the `tokenizer.json` it was made with, and both stand in the artefact. It reads what somebody
//! wrote for the ticket ([`crate::text::TicketText::lines`]), up to a number of tokens. Its outputs are the labels'
//! scores, or an embedding on top of which Deskwire learns a softmax regression. Scores go the way of every other
//! model's: temperature, threshold, abstaining; reasons are found by leaving words out.
//!
//! What runs them is behind the feature `onnx`. A build without it knows what such an artefact is and says
//! that it cannot use it.

#[cfg(feature = "onnx")]
mod bring;
#[cfg(feature = "onnx")]
mod engine;
#[cfg(feature = "onnx")]
mod head;
#[cfg(feature = "onnx")]
mod network;
#[cfg(feature = "onnx")]
mod reasons;

use serde::{Deserialize, Serialize};

#[cfg(feature = "onnx")]
pub use bring::{Brought, Outputs, bring};
#[cfg(feature = "onnx")]
pub(crate) use network::Network;

/// Tokens read of a text, where nothing else is said.
pub const TOKENS_DEFAULT: usize = 256;
/// Tokens that may be read of a text.
pub const TOKENS_RANGE: std::ops::RangeInclusive<usize> = 8..=4096;
/// Most numbers of an embedding.
const DIMENSIONS_MAX: usize = 16_384;

/// What becomes of a text before and after a network; kept in the artefact's header.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Layout {
    /// Tokens read, special ones included; the rest of a longer text is passed over.
    pub max_tokens: usize,
    /// Which of the network's outputs is read, from 0.
    pub output: usize,
    pub head: Head,
    /// Length of the ONNX file.
    pub onnx_bytes: u64,
    /// Length of the `tokenizer.json`.
    pub tokenizer_bytes: u64,
}

impl Layout {
    pub(crate) fn is_valid(&self) -> bool {
        let dimensions = self.head.dimensions().unwrap_or(1);
        TOKENS_RANGE.contains(&self.max_tokens) && (1..=DIMENSIONS_MAX).contains(&dimensions)
    }
}

/// How a network's output becomes scores.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Head {
    /// It is one score a label, in the order of the labels.
    Logits,
    /// It is an embedding; a softmax regression that Deskwire learned stands on top of it.
    Learned {
        pooling: Pooling,
        dimensions: usize,
        /// Inverse regularisation of the softmax regression.
        c: f32,
    },
}

impl Head {
    /// Of the embedding; `None` where the outputs are scores.
    pub(crate) fn dimensions(self) -> Option<usize> {
        match self {
            Self::Logits => None,
            Self::Learned { dimensions, .. } => Some(dimensions),
        }
    }
}

/// How the vectors of a text's tokens become one; of no matter where the network gives one itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Pooling {
    /// Their mean.
    #[default]
    Mean,
    /// The first one, which in BERT stands for the whole text.
    First,
}

/// Why a network cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OnnxError {
    #[error(
        "the tokenizer cannot be read ({0}); give the tokenizer.json that the network was made with"
    )]
    Tokenizer(String),
    #[error(
        "the ONNX file cannot be read ({0}); export the network anew, as one file, with operator set 9 to 18"
    )]
    Network(String),
    #[error(
        "the network wants {0:?}, which a text does not give; it may want integers [batch, tokens] named like \
         input_ids, attention_mask and token_type_ids"
    )]
    Input(String),
    #[error("the network takes no token ids; one of its inputs must be named like input_ids")]
    NoInput,
    #[error("the network has no output {wanted:?}; it has: {present}")]
    NoOutput { wanted: String, present: String },
    #[error("the network's output has the shape {found:?}; {wanted}")]
    Shape { found: Vec<usize>, wanted: &'static str },
    #[error(
        "the network gives {outputs} scores, and there are {labels} labels; name one label for each score, in their order"
    )]
    Labels { outputs: usize, labels: usize },
    #[error("the network failed on a text ({0})")]
    Run(String),
}
