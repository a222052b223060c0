//! Which versions the programs of a desk can use.
//!
//! The desk does not know what its workers were built for. It knows what registered each version: who made the
//! champion reads texts in its way, and runs ONNX networks or does not, and workers are taken for alike.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::Lineage;
use crate::Conn;
use crate::db::schema::model_versions;
use crate::error::Result;
use crate::ids::ModelVersionId;

/// What a program must be to use a version, and what the one that made it is.
#[derive(Debug, Clone, Copy, HasQuery)]
#[diesel(table_name = model_versions)]
pub(super) struct Needs {
    feature_version: u16,
    needs_onnx: bool,
    maker_runs_onnx: bool,
}

impl Needs {
    pub(super) async fn of(conn: &mut Conn, id: ModelVersionId) -> Result<Self> {
        Ok(Self::query().filter(model_versions::id.eq(id)).first(conn).await?)
    }

    /// Whether the program that made this version can use the other one.
    pub(super) fn maker_can_use(&self, other: &Self) -> bool {
        self.feature_version == other.feature_version && (self.maker_runs_onnx || !other.needs_onnx)
    }

    /// Whether it is an ONNX network.
    pub(super) fn is_onnx(&self) -> bool {
        self.needs_onnx
    }
}

impl From<&Lineage> for Needs {
    fn from(lineage: &Lineage) -> Self {
        let Lineage { feature_version, needs_onnx, maker_runs_onnx, .. } = *lineage;
        Self { feature_version, needs_onnx, maker_runs_onnx }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_made_the_champion_can_go_back_to_what_it_can_use() {
        let needs = |feature_version, needs_onnx, maker_runs_onnx| Needs {
            feature_version,
            needs_onnx,
            maker_runs_onnx,
        };
        let (words, network) = (needs(2, false, false), needs(2, true, true));
        let words_beside_networks = needs(2, false, true);
        for (champion, other, expected) in [
            (words, words, true),
            (words, needs(1, false, false), false),
            (words, network, false),
            (words_beside_networks, network, true),
            (words_beside_networks, needs(1, true, true), false),
            (network, words, true),
            (network, network, true),
        ] {
            assert_eq!(champion.maker_can_use(&other), expected, "{champion:?} {other:?}");
        }
    }
}
