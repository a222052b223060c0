//! A model as one file.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `DWMODEL` and a zero |
//! | 2 | format version, little-endian as all numbers here |
//! | 2 | feature version |
//! | 4 | length of the header |
//! | … | the header, JSON |
//! | … | to the hash: zlib of the known words (bits), the columns' idf (`f32`) and steps (`f32`), the
//!        classes' biases (`f32`), then the weights (`i8`, column-major); of a network its ONNX file, its
//!        `tokenizer.json`, and with a head steps, biases and weights of that |
//! | 32 | SHA-256 of everything before; in hex it is the model's identity |
//!
//! The same model always gives the same bytes.

mod header;

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use sha2::{Digest, Sha256};

use crate::classifier::Linear;
use crate::features::{FEATURE_VERSION, FeatureConfig, Idf, KnownWords};
#[cfg(feature = "onnx")]
use crate::onnx::Network;
use crate::onnx::{Layout, OnnxError};
use crate::predict::Model;

pub use header::{Header, Kind};

/// What a model keeps besides its header.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Body {
    Words(Weights),
    #[cfg(feature = "onnx")]
    Network(Network),
}

/// What a model of words keeps.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Weights {
    pub known_words: KnownWords,
    pub idf: Idf,
    pub classifier: Linear,
}

/// Most bytes an artefact may unpack to, where nothing else is said.
pub const MODEL_BYTES_MAX: u64 = 1 << 30;

/// Raised when the layout of the file changes.
pub const FORMAT_VERSION: u16 = 2;

const MAGIC: &[u8; 8] = b"DWMODEL\0";
const HASH_BYTES: usize = 32;
const PREFIX_BYTES: usize = 16;

/// Why bytes are no model this program can use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArtifactError {
    #[error("this is not a Deskwire model; name a file written by `deskwire-ml train`")]
    Foreign,
    #[error("the model is cut short or changed; copy it again or train it anew")]
    Corrupt,
    #[error("the model has format {found}, this program reads {FORMAT_VERSION}; train it anew")]
    Format { found: u16 },
    #[error(
        "the model reads texts as version {found}, this program as {FEATURE_VERSION}; train it anew"
    )]
    Features { found: u16 },
    #[error("the model's header cannot be read ({reason}); train it anew")]
    Header { reason: String },
    #[error(
        "the model is an ONNX network, and this program was built without ONNX; build it with \
         `--features onnx`, or let another version serve"
    )]
    NeedsOnnx,
    #[error("the model's network cannot be used: {0}")]
    Onnx(#[from] OnnxError),
    #[error(
        "the model unpacks to {bytes} bytes, and at most {limit} are read; give it more with --max-model-mb \
         (DESKWIRE_MAX_MODEL_MB)"
    )]
    TooLarge { bytes: u64, limit: u64 },
}

/// The artefact of a model.
pub(crate) fn encode(header: &Header, body: &Body) -> Vec<u8> {
    let header = serde_json::to_vec(header).expect("a header has only string keys");
    let length = u32::try_from(header.len()).expect("a header is far below 4 GB");
    let mut bytes = MAGIC.to_vec();
    bytes.extend(FORMAT_VERSION.to_le_bytes());
    bytes.extend(FEATURE_VERSION.to_le_bytes());
    bytes.extend(length.to_le_bytes());
    bytes.extend(header);
    let (parts, effort) = match body {
        Body::Words(Weights { known_words, idf, classifier }) => {
            let idf = idf.weights().iter().flat_map(|f| f.to_le_bytes());
            let parts = [known_words.to_bytes().chain(idf).collect(), linear_bytes(classifier)];
            (parts.to_vec(), Compression::default())
        }
        #[cfg(feature = "onnx")]
        Body::Network(network) => {
            let (onnx, tokenizer) = network.files();
            let head = network.head.as_ref().map(linear_bytes).unwrap_or_default();
            // Weights of networks hardly pack, whatever the effort.
            (vec![onnx.to_vec(), tokenizer.to_vec(), head], Compression::fast())
        }
    };
    let mut packed = ZlibEncoder::new(bytes, effort);
    for part in parts {
        packed.write_all(&part).expect("a vector takes every byte");
    }
    let mut bytes = packed.finish().expect("a vector takes every byte");
    bytes.extend(Sha256::digest(&bytes));
    bytes
}

fn linear_bytes(linear: &Linear) -> Vec<u8> {
    let floats = linear.steps.iter().chain(&linear.bias).flat_map(|f| f.to_le_bytes());
    floats.chain(linear.weights.iter().map(|&w| w as u8)).collect()
}

/// The hash an artefact ends with, as the model's identity.
pub(crate) fn hash_of(artefact: &[u8]) -> String {
    artefact[artefact.len() - HASH_BYTES..].iter().map(|b| format!("{b:02x}")).collect()
}

/// The model in an artefact that unpacks to at most `limit` bytes.
pub(crate) fn decode(bytes: &[u8], limit: u64) -> Result<Model, ArtifactError> {
    if !bytes.starts_with(MAGIC) {
        return Err(ArtifactError::Foreign);
    }
    if bytes.len() < PREFIX_BYTES + HASH_BYTES {
        return Err(ArtifactError::Corrupt);
    }
    let (content, hash) = bytes.split_at(bytes.len() - HASH_BYTES);
    if Sha256::digest(content)[..] != *hash {
        return Err(ArtifactError::Corrupt);
    }
    let u16_at = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
    let (format, features) = (u16_at(8), u16_at(10));
    if format != FORMAT_VERSION {
        return Err(ArtifactError::Format { found: format });
    }
    if features != FEATURE_VERSION {
        return Err(ArtifactError::Features { found: features });
    }
    let length = u32::from_le_bytes([bytes[12], bytes[13], bytes[14], bytes[15]]) as usize;
    let (header, packed) =
        content[PREFIX_BYTES..].split_at_checked(length).ok_or(ArtifactError::Corrupt)?;
    let header: Header = serde_json::from_slice(header)
        .map_err(|e| ArtifactError::Header { reason: e.to_string() })?;
    if !header.fits_together() {
        return Err(ArtifactError::Header { reason: "its sizes do not fit together".into() });
    }
    let body = match header.classifier {
        Kind::Onnx(layout) => unpack_network(packed, layout, header.labels.len(), limit)?,
        _ => Body::Words(unpack_words(packed, &header.features, header.labels.len(), limit)?),
    };
    Ok(Model { header, body, hash: hash_of(bytes) })
}

fn unpack_words(
    packed: &[u8],
    config: &FeatureConfig,
    classes: usize,
    limit: u64,
) -> Result<Weights, ArtifactError> {
    let width = config.width();
    let lengths = [KnownWords::BYTES, width * 4, linear_length(width, classes)];
    let body = unpack(packed, lengths.iter().map(|length| *length as u64).sum(), limit)?;
    let (known_words, rest) = body.split_at(lengths[0]);
    let (idf, linear) = rest.split_at(lengths[1]);
    Ok(Weights {
        known_words: KnownWords::from_bytes(known_words),
        idf: Idf::from_weights(config, floats(idf)),
        classifier: read_linear(linear, width, classes),
    })
}

#[cfg(not(feature = "onnx"))]
fn unpack_network(_: &[u8], _: Layout, _: usize, _: u64) -> Result<Body, ArtifactError> {
    Err(ArtifactError::NeedsOnnx)
}

#[cfg(feature = "onnx")]
fn unpack_network(
    packed: &[u8],
    layout: Layout,
    classes: usize,
    limit: u64,
) -> Result<Body, ArtifactError> {
    let dimensions = layout.head.dimensions();
    let head = dimensions.map_or(0, |dimensions| linear_length(dimensions, classes));
    let files = layout.onnx_bytes.saturating_add(layout.tokenizer_bytes);
    let body = unpack(packed, files.saturating_add(head as u64), limit)?;
    let (onnx, rest) = body.split_at(layout.onnx_bytes as usize);
    let (tokenizer, head) = rest.split_at(layout.tokenizer_bytes as usize);
    let head = dimensions.map(|dimensions| read_linear(head, dimensions, classes));
    Ok(Body::Network(Network::new(layout, onnx.to_vec(), tokenizer.to_vec(), head)?))
}

/// Exactly `length` bytes.
fn unpack(packed: &[u8], length: u64, limit: u64) -> Result<Vec<u8>, ArtifactError> {
    if length > limit {
        return Err(ArtifactError::TooLarge { bytes: length, limit });
    }
    let mut body = Vec::new();
    // One byte more than expected is enough to notice, and a bomb stops there.
    ZlibDecoder::new(packed)
        .take(length + 1)
        .read_to_end(&mut body)
        .map_err(|_| ArtifactError::Corrupt)?;
    if body.len() as u64 == length { Ok(body) } else { Err(ArtifactError::Corrupt) }
}

/// Bytes of a [`Linear`].
fn linear_length(width: usize, classes: usize) -> usize {
    width * 4 + classes * 4 + width * classes
}

fn read_linear(bytes: &[u8], width: usize, classes: usize) -> Linear {
    let (steps, rest) = bytes.split_at(width * 4);
    let (bias, weights) = rest.split_at(classes * 4);
    Linear {
        bias: floats(bias),
        steps: floats(steps),
        weights: weights.iter().map(|&b| b as i8).collect(),
    }
}

fn floats(part: &[u8]) -> Vec<f32> {
    part.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{model, text};

    /// An artefact changed by `change` and hashed anew.
    fn rehashed(change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut bytes = model().to_bytes();
        bytes.truncate(bytes.len() - HASH_BYTES);
        change(&mut bytes);
        bytes.extend(Sha256::digest(&bytes));
        bytes
    }

    #[test]
    fn a_saved_model_answers_like_the_trained_one() {
        let model = model();
        let loaded = Model::from_bytes(&model.to_bytes()).unwrap();
        assert_eq!(loaded, model);
        for words in ["card stolen", "refund of my payment", "nothing known"] {
            assert_eq!(loaded.suggest(&text(words)), model.suggest(&text(words)));
        }
        assert_eq!(loaded.to_bytes(), model.to_bytes());
    }

    #[test]
    fn any_changed_or_missing_byte_is_noticed() {
        let bytes = model().to_bytes();
        for at in (MAGIC.len()..bytes.len()).step_by(97) {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert_eq!(Model::from_bytes(&changed), Err(ArtifactError::Corrupt), "byte {at}");
            assert_eq!(Model::from_bytes(&bytes[..at]), Err(ArtifactError::Corrupt), "cut at {at}");
        }
    }

    #[test]
    fn foreign_files_are_refused() {
        for bytes in [&b""[..], b"DW", b"{\"id\":1}", &[0; 200]] {
            assert_eq!(Model::from_bytes(bytes), Err(ArtifactError::Foreign));
        }
    }

    #[test]
    fn other_versions_are_refused_by_name() {
        let newer = rehashed(|bytes| bytes[8] = 9);
        assert_eq!(Model::from_bytes(&newer), Err(ArtifactError::Format { found: 9 }));
        let features = rehashed(|bytes| bytes[10] = 7);
        assert_eq!(Model::from_bytes(&features), Err(ArtifactError::Features { found: 7 }));
    }

    #[cfg(not(feature = "onnx"))]
    #[test]
    fn a_network_is_refused_by_name_where_nothing_runs_it() {
        let mut model = model();
        let (onnx_bytes, tokenizer_bytes) = (1, 1);
        let head = crate::onnx::Head::Logits;
        let layout = Layout { max_tokens: 8, output: 0, head, onnx_bytes, tokenizer_bytes };
        model.header.classifier = Kind::Onnx(layout);
        assert_eq!(Model::from_bytes(&model.to_bytes()), Err(ArtifactError::NeedsOnnx));
        model.header.classifier = Kind::Onnx(Layout { max_tokens: 7, ..layout });
        let error = Model::from_bytes(&model.to_bytes()).unwrap_err();
        assert!(matches!(error, ArtifactError::Header { .. }), "{error}");
    }

    #[test]
    fn more_than_the_limit_is_not_unpacked() {
        let bytes = model().to_bytes();
        let Err(ArtifactError::TooLarge { bytes: unpacked, limit: 1000 }) =
            Model::from_bytes_within(&bytes, 1000)
        else {
            panic!("too large")
        };
        assert!(Model::from_bytes_within(&bytes, unpacked).is_ok());
    }

    #[test]
    fn lengths_that_do_not_fit_are_refused() {
        let endless = rehashed(|bytes| bytes[12..16].fill(0xff));
        assert_eq!(Model::from_bytes(&endless), Err(ArtifactError::Corrupt));
        let mut other = model();
        other.weights_mut().classifier.weights.pop();
        assert_eq!(Model::from_bytes(&other.to_bytes()), Err(ArtifactError::Corrupt));
        other = model();
        other.header.tickets_per_label.pop();
        let error = Model::from_bytes(&other.to_bytes()).unwrap_err();
        assert!(matches!(error, ArtifactError::Header { .. }), "{error}");
    }
}
