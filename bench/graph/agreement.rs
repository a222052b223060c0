//! Before anything is measured: both sides answer the same.

use anyhow::{Context, Result, ensure};
use deskwire_bench::http::{self, Connection};
use deskwire_bench::plan::Plan;
use deskwire_bench::server::Server;
use serde_json::Value;

use crate::requests::{Count, Generator, Scenario, Shape, Side};

/// Requests of each kind that are compared.
const COMPARED: usize = 50;

/// Sends the same reads to both sides and compares the answers; a new ticket only in its fields.
///
/// # Errors
/// Showing the two answers that differ.
pub fn check(desk: &Server, limit: &Server, plan: Plan) -> Result<()> {
    for (scenario, count) in [
        (Scenario::Q1, Count::None),
        (Scenario::Q2, Count::Scan),
        (Scenario::Q2, Count::Counters),
        (Scenario::M1, Count::None),
    ] {
        let side = Side::Limit { remembers: false, count };
        let from_desk = answers(desk, plan, scenario, Side::Desk)?;
        let from_limit = answers(limit, plan, scenario, side)?;
        for (ours, theirs) in from_desk.iter().zip(&from_limit) {
            let is_equal = match scenario {
                Scenario::M1 => fields(ours) == fields(theirs),
                _ => ours == theirs,
            };
            ensure!(is_equal, "{scenario}: the desk says\n{ours}\nand the limit says\n{theirs}");
        }
    }
    Ok(())
}

fn answers(server: &Server, plan: Plan, scenario: Scenario, side: Side) -> Result<Vec<Value>> {
    let mut generator = Generator::new(plan, scenario, side, 0);
    let mut connection = Connection::open(server.address)?;
    let mut all = Vec::new();
    for _ in 0..COMPARED {
        let mut request = Vec::new();
        generator.write(&mut request);
        let body = connection.call(&request)?;
        Shape::new(scenario).check(body).with_context(|| {
            format!("{scenario} from {}: {}", server.name, http::beginning(body))
        })?;
        // Beside the data, the desk tells what the answer cost.
        let mut answer: Value = serde_json::from_slice(body)?;
        all.push(answer["data"].take());
    }
    Ok(all)
}

/// The same structure with every value left out.
fn fields(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            object.iter().map(|(name, value)| (name.clone(), fields(value))).collect()
        }
        Value::Array(list) => list.iter().map(fields).collect(),
        _ => Value::Null,
    }
}
