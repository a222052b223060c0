//! A transformer as BERT is exported: positions by the shape of the input, masked attention, normalised layers.

use prost::Message;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto,
};

use deskwire_ml::onnx::{Brought, Outputs, Pooling, bring};
use deskwire_ml::text::TicketText;
use deskwire_ml::train::{TrainConfig, Trained};

use crate::model::tickets;
use crate::tiny::{int, ints, node, tensor, tokenizer, tokens_known, value};

/// Sizes of a transformer; weights are drawn from fixed dice.
#[derive(Debug, Clone, Copy)]
pub struct Transformer {
    pub layers: usize,
    pub dimensions: usize,
    pub heads: usize,
    pub positions: usize,
    /// Tokens of a text; `None` for any number.
    pub length: Option<i64>,
}

#[derive(Default)]
struct Graph {
    nodes: Vec<NodeProto>,
    weights: Vec<TensorProto>,
    dice: u64,
}

impl Graph {
    /// Adds a node and names what it gives.
    fn op(&mut self, op: &str, input: &[&str], attributes: &[AttributeProto]) -> String {
        let output = format!("{op}_{}", self.nodes.len());
        self.nodes.push(node(op, input, &output, attributes));
        output
    }

    /// Weights about as large as makes the variance of what they give 1.
    fn drawn(&mut self, rows: usize, columns: usize, scale: f32) -> String {
        let draw = |_| {
            self.dice = self
                .dice
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            ((self.dice >> 40) as f32 / (1_u64 << 24) as f32 - 0.5) * 3.46 * scale
        };
        let values = (0..rows * columns).map(draw).collect();
        self.weight(&[rows as i64, columns as i64], values)
    }

    fn weight(&mut self, dims: &[i64], values: Vec<f32>) -> String {
        let name = format!("weight_{}", self.weights.len());
        self.weights.push(tensor(&name, dims, values));
        name
    }

    fn number(&mut self, value: f32) -> String {
        self.weight(&[], vec![value])
    }

    fn integers(&mut self, dims: &[i64], values: Vec<i64>) -> String {
        let name = format!("weight_{}", self.weights.len());
        self.weights.push(TensorProto {
            name: name.clone(),
            dims: dims.to_vec(),
            data_type: DataType::Int64.into(),
            int64_data: values,
            ..TensorProto::default()
        });
        name
    }

    fn linear(&mut self, x: &str, from: usize, to: usize) -> String {
        let weights = self.drawn(from, to, 1.0 / (from as f32).sqrt());
        let bias = self.weight(&[to as i64], vec![0.01; to]);
        let product = self.op("MatMul", &[x, &weights], &[]);
        self.op("Add", &[&product, &bias], &[])
    }

    fn normalised(&mut self, x: &str, dimensions: usize) -> String {
        let last = [ints("axes", &[-1]), int("keepdims", 1)];
        let mean = self.op("ReduceMean", &[x], &last);
        let centred = self.op("Sub", &[x, &mean], &[]);
        let two = self.number(2.0);
        let squared = self.op("Pow", &[&centred, &two], &[]);
        let variance = self.op("ReduceMean", &[&squared], &last);
        let epsilon = self.number(1e-12);
        let variance = self.op("Add", &[&variance, &epsilon], &[]);
        let deviation = self.op("Sqrt", &[&variance], &[]);
        let unit = self.op("Div", &[&centred, &deviation], &[]);
        let gain = self.weight(&[dimensions as i64], vec![1.1; dimensions]);
        let scaled = self.op("Mul", &[&unit, &gain], &[]);
        let shift = self.weight(&[dimensions as i64], vec![0.01; dimensions]);
        self.op("Add", &[&scaled, &shift], &[])
    }

    fn embedded(&mut self, sizes: &Transformer) -> String {
        let Transformer { dimensions, positions, .. } = *sizes;
        let words = self.drawn(tokens_known(), dimensions, 1.0);
        let words = self.op("Gather", &[&words, "input_ids"], &[]);
        let shape = self.op("Shape", &["input_ids"], &[]);
        let one = self.integers(&[], vec![1]);
        let length = self.op("Gather", &[&shape, &one], &[int("axis", 0)]);
        let end = self.op("Unsqueeze", &[&length], &[ints("axes", &[0])]);
        let all = self.integers(&[1, positions as i64], (0..positions as i64).collect());
        let [start, axis, step] = [0, 1, 1].map(|n| self.integers(&[1], vec![n]));
        let places = self.op("Slice", &[&all, &start, &end, &axis, &step], &[]);
        let table = self.drawn(positions, dimensions, 0.1);
        let places = self.op("Gather", &[&table, &places], &[]);
        let sum = self.op("Add", &[&words, &places], &[]);
        self.normalised(&sum, dimensions)
    }

    /// A large negative number for every token that is filling.
    fn mask(&mut self) -> String {
        let wide = self.op("Unsqueeze", &["attention_mask"], &[ints("axes", &[1, 2])]);
        let float = self.op("Cast", &[&wide], &[int("to", DataType::Float as i64)]);
        let [one, much] = [1.0, -10_000.0].map(|n| self.number(n));
        let filling = self.op("Sub", &[&one, &float], &[]);
        self.op("Mul", &[&filling, &much], &[])
    }

    fn attended(&mut self, x: &str, mask: &str, sizes: &Transformer) -> String {
        let Transformer { dimensions, heads, .. } = *sizes;
        let width = dimensions / heads;
        let split = self.integers(&[4], vec![0, 0, heads as i64, width as i64]);
        let [query, key, value] = [[0, 2, 1, 3], [0, 2, 3, 1], [0, 2, 1, 3]].map(|order| {
            let part = self.linear(x, dimensions, dimensions);
            let part = self.op("Reshape", &[&part, &split], &[]);
            self.op("Transpose", &[&part], &[ints("perm", &order)])
        });
        let scores = self.op("MatMul", &[&query, &key], &[]);
        let root = self.number((width as f32).sqrt());
        let scores = self.op("Div", &[&scores, &root], &[]);
        let scores = self.op("Add", &[&scores, mask], &[]);
        let shares = self.op("Softmax", &[&scores], &[int("axis", 3)]);
        let heard = self.op("MatMul", &[&shares, &value], &[]);
        let heard = self.op("Transpose", &[&heard], &[ints("perm", &[0, 2, 1, 3])]);
        let joined = self.integers(&[3], vec![0, 0, dimensions as i64]);
        let heard = self.op("Reshape", &[&heard, &joined], &[]);
        let heard = self.linear(&heard, dimensions, dimensions);
        let sum = self.op("Add", &[&heard, x], &[]);
        self.normalised(&sum, dimensions)
    }

    fn thought(&mut self, x: &str, dimensions: usize) -> String {
        let wide = self.linear(x, dimensions, 4 * dimensions);
        let [root, one, half] = [2_f32.sqrt(), 1.0, 0.5].map(|n| self.number(n));
        let scaled = self.op("Div", &[&wide, &root], &[]);
        let error = self.op("Erf", &[&scaled], &[]);
        let error = self.op("Add", &[&error, &one], &[]);
        let gated = self.op("Mul", &[&wide, &error], &[]);
        let gated = self.op("Mul", &[&gated, &half], &[]);
        let narrow = self.linear(&gated, 4 * dimensions, dimensions);
        let sum = self.op("Add", &[&narrow, x], &[]);
        self.normalised(&sum, dimensions)
    }
}

impl Transformer {
    /// Gives `last_hidden_state` [1, tokens, dimensions].
    pub fn onnx(&self) -> Vec<u8> {
        let mut graph = Graph { dice: 7, ..Graph::default() };
        let mut x = graph.embedded(self);
        let mask = graph.mask();
        for _ in 0..self.layers {
            x = graph.attended(&x, &mask, self);
            x = graph.thought(&x, self.dimensions);
        }
        graph.nodes.push(node("Identity", &[&x], "last_hidden_state", &[]));
        let dims = [None, self.length];
        let state = [None, self.length, Some(self.dimensions as i64)];
        let graph = GraphProto {
            name: "transformer".into(),
            node: graph.nodes,
            initializer: graph.weights,
            input: ["input_ids", "attention_mask"]
                .map(|name| value(name, DataType::Int64, &dims))
                .to_vec(),
            output: vec![value("last_hidden_state", DataType::Float, &state)],
            ..GraphProto::default()
        };
        let opset = OperatorSetIdProto { domain: String::new(), version: 11 };
        let model = ModelProto {
            ir_version: 6,
            opset_import: vec![opset],
            graph: Some(graph),
            ..ModelProto::default()
        };
        model.encode_to_vec()
    }

    fn brought(&self) -> Trained {
        let brought = Brought {
            onnx: self.onnx(),
            tokenizer: tokenizer(),
            output: None,
            outputs: Outputs::Embedding(Pooling::Mean),
            max_tokens: 48,
        };
        bring(brought, &tickets(), &TrainConfig::default()).unwrap()
    }
}

#[test]
fn a_transformer_runs_on_texts_of_any_length_as_on_filled_up_ones() {
    let sizes = Transformer { layers: 2, dimensions: 24, heads: 3, positions: 64, length: None };
    let any = sizes.brought();
    let filled = Transformer { length: Some(32), ..sizes }.brought();
    assert!(any.report.held_back.accuracy > 0.8, "{:?}", any.report.held_back);
    for words in ["my card was stolen", "please, the parcel is late", "card"] {
        let text = TicketText::new("", words);
        let [one, other] = [&any, &filled].map(|trained| trained.model.suggest(&text));
        assert_eq!(one.label, other.label, "{words}");
        assert!((one.probability - other.probability).abs() < 1e-4, "{words}: {one:?} {other:?}");
    }
    let stolen = any.model.suggest(&TicketText::new("", "my card was stolen"));
    assert_eq!(stolen.label, "card");
    assert!(!stolen.deciding_words.is_empty(), "{stolen:?}");
}
