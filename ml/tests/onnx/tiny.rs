//! A network small enough to be written down: it sums the vectors of a text's tokens.

use prost::Message;
use serde_json::{Value, json};
use tract_onnx::pb::attribute_proto::AttributeType;
use tract_onnx::pb::tensor_proto::{DataLocation, DataType};
use tract_onnx::pb::tensor_shape_proto::{Dimension, dimension};
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto,
    TensorShapeProto, TypeProto, ValueInfoProto, type_proto,
};

/// Words with what they say for cards and for parcels. `poison` is no number.
const WORDS: [(&str, [f32; 2]); 17] = [
    ("card", [2.0, 0.0]),
    ("lost", [1.0, 0.2]),
    ("stolen", [3.0, 0.0]),
    ("blocked", [1.5, 0.0]),
    ("expired", [1.0, 0.1]),
    ("swallowed", [1.0, 0.0]),
    ("parcel", [0.0, 2.0]),
    ("late", [0.0, 1.5]),
    ("damaged", [0.1, 2.5]),
    ("returned", [0.0, 1.0]),
    ("missing", [0.3, 1.0]),
    ("open", [0.0, 0.8]),
    ("my", [0.0, 0.0]),
    ("is", [0.0, 0.0]),
    ("was", [0.0, 0.0]),
    ("please", [0.1, 0.1]),
    ("poison", [f32::NAN, 0.0]),
];
const SPECIAL: [&str; 4] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"];

/// The labels in the order of the network's scores.
pub const LABELS: [&str; 2] = ["parcel", "card"];

/// Tokens of the [`tokenizer`].
pub fn tokens_known() -> usize {
    SPECIAL.len() + WORDS.len()
}

/// `tokenizer.json` of whole words, framed as BERT frames them.
pub fn tokenizer() -> Vec<u8> {
    let names = SPECIAL.into_iter().chain(WORDS.map(|(word, _)| word));
    let vocab: serde_json::Map<String, Value> =
        names.enumerate().map(|(id, name)| (name.to_owned(), json!(id))).collect();
    let added = SPECIAL.iter().enumerate().map(|(id, token)| {
        json!({ "id": id, "content": token, "single_word": false, "lstrip": false, "rstrip": false,
                "normalized": false, "special": true })
    });
    let special = |token: &str, id: usize| json!({ "id": token, "ids": [id], "tokens": [token] });
    let piece = |token: &str| json!({ "SpecialToken": { "id": token, "type_id": 0 } });
    let sequence = |id: &str| json!({ "Sequence": { "id": id, "type_id": 0 } });
    let file = json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": added.collect::<Vec<_>>(),
        "normalizer": { "type": "Lowercase" },
        "pre_tokenizer": { "type": "Whitespace" },
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [piece("[CLS]"), sequence("A"), piece("[SEP]")],
            "pair": [piece("[CLS]"), sequence("A"), piece("[SEP]"), sequence("B"), piece("[SEP]")],
            "special_tokens": { "[CLS]": special("[CLS]", 2), "[SEP]": special("[SEP]", 3) },
        },
        "decoder": null,
        "model": { "type": "WordLevel", "vocab": vocab, "unk_token": "[UNK]" },
    });
    serde_json::to_vec(&file).unwrap()
}

/// How the network is written down.
#[derive(Debug, Clone)]
pub struct Network {
    /// Names of the inputs: token ids first, then the mask.
    pub inputs: [&'static str; 2],
    /// Tokens of a text; `None` for any number.
    pub length: Option<i64>,
    /// Scores of this many labels, by whose vectors the sum is multiplied.
    pub labels: usize,
    /// The vectors themselves stand in another file.
    pub is_external: bool,
}

impl Default for Network {
    fn default() -> Self {
        let inputs = ["input_ids", "attention_mask"];
        Self { inputs, length: None, labels: 2, is_external: false }
    }
}

impl Network {
    /// Outputs: `logits` [1, labels], then `vectors` [1, tokens, 2].
    pub fn onnx(&self) -> Vec<u8> {
        let [ids, mask] = self.inputs;
        let vectors: Vec<f32> = SPECIAL
            .map(|_| [0.0, 0.0])
            .into_iter()
            .chain(WORDS.map(|(_, vector)| vector))
            .flatten()
            .collect();
        // Parcels come first, and whatever comes after them is never named.
        let score = |row: usize, label: usize| match label {
            0 => [0.0, 1.0][row],
            1 => [1.0, 0.0][row],
            _ => -9.0,
        };
        let weights: Vec<f32> =
            (0..2).flat_map(|row| (0..self.labels).map(move |label| score(row, label))).collect();
        let mut table = tensor("table", &[vectors.len() as i64 / 2, 2], vectors);
        if self.is_external {
            table.float_data.clear();
            table.data_location = Some(DataLocation::External.into());
        }
        let graph = GraphProto {
            name: "tiny".into(),
            node: vec![
                node("Gather", &["table", ids], "vectors", &[]),
                node("Cast", &[mask], "floats", &[int("to", DataType::Float as i64)]),
                node("Unsqueeze", &["floats"], "column", &[ints("axes", &[2])]),
                node("Mul", &["vectors", "column"], "masked", &[]),
                node("ReduceSum", &["masked"], "sum", &[ints("axes", &[1]), int("keepdims", 0)]),
                node("MatMul", &["sum", "weights"], "logits", &[]),
            ],
            initializer: vec![table, tensor("weights", &[2, self.labels as i64], weights)],
            input: [ids, mask]
                .map(|name| value(name, DataType::Int64, &[Some(1), self.length]))
                .to_vec(),
            output: vec![
                value("logits", DataType::Float, &[Some(1), Some(self.labels as i64)]),
                value("vectors", DataType::Float, &[Some(1), self.length, Some(2)]),
            ],
            ..GraphProto::default()
        };
        let model = ModelProto {
            ir_version: 6,
            opset_import: vec![OperatorSetIdProto { domain: String::new(), version: 11 }],
            graph: Some(graph),
            ..ModelProto::default()
        };
        model.encode_to_vec()
    }
}

pub fn tensor(name: &str, dims: &[i64], values: Vec<f32>) -> TensorProto {
    TensorProto {
        name: name.into(),
        dims: dims.to_vec(),
        data_type: DataType::Float.into(),
        float_data: values,
        ..TensorProto::default()
    }
}

pub fn node(op: &str, input: &[&str], output: &str, attribute: &[AttributeProto]) -> NodeProto {
    NodeProto {
        op_type: op.into(),
        name: output.into(),
        input: input.iter().map(|name| (*name).to_owned()).collect(),
        output: vec![output.into()],
        attribute: attribute.to_vec(),
        ..NodeProto::default()
    }
}

pub fn int(name: &str, i: i64) -> AttributeProto {
    let r#type = AttributeType::Int.into();
    AttributeProto { name: name.into(), i, r#type, ..AttributeProto::default() }
}

pub fn ints(name: &str, values: &[i64]) -> AttributeProto {
    let (r#type, ints) = (AttributeType::Ints.into(), values.to_vec());
    AttributeProto { name: name.into(), ints, r#type, ..AttributeProto::default() }
}

/// An input or output; a dimension without a value has any length.
pub fn value(name: &str, numbers: DataType, dims: &[Option<i64>]) -> ValueInfoProto {
    let dim = |value: &Option<i64>| Dimension {
        value: value.map(dimension::Value::DimValue),
        ..Dimension::default()
    };
    let shape = TensorShapeProto { dim: dims.iter().map(dim).collect() };
    let tensor = type_proto::Tensor { elem_type: numbers.into(), shape: Some(shape) };
    let r#type =
        TypeProto { value: Some(type_proto::Value::TensorType(tensor)), ..TypeProto::default() };
    ValueInfoProto { name: name.into(), r#type: Some(r#type), ..ValueInfoProto::default() }
}
