//! Where artefacts are kept: a folder of files named by the hash of their content.

use std::io;
use std::path::PathBuf;

use crate::artifact::ArtifactError;
use crate::predict::Model;

/// A folder of artefacts, shared by everything that trains or serves on one desk.
#[derive(Debug, Clone)]
pub struct ModelStore {
    folder: PathBuf,
}

/// Why an artefact could not be kept or fetched.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("{}: {source}; check that the folder is there and may be used", .path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{}: {source}", .path.display())]
    Artifact { path: PathBuf, source: ArtifactError },
    #[error("{}: holds another model ({found}); train again", .path.display())]
    Foreign { path: PathBuf, found: String },
}

impl ModelStore {
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Keeps a model under its hash and returns the size in bytes. Keeping it twice is harmless.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the folder cannot be written.
    pub fn save(&self, model: &Model) -> Result<usize, StoreError> {
        let path = self.path(model.hash());
        let bytes = model.to_bytes();
        let partial = path.with_extension(format!("partial-{}", std::process::id()));
        let io = |source| StoreError::Io { path: path.clone(), source };
        std::fs::create_dir_all(&self.folder).map_err(io)?;
        // Renamed when whole: nobody ever reads half an artefact.
        std::fs::write(&partial, &bytes).map_err(io)?;
        std::fs::rename(&partial, &path).map_err(io)?;
        Ok(bytes.len())
    }

    /// Fetches the model with this hash (lower-case hex).
    ///
    /// # Errors
    /// [`StoreError`] when the file is missing, corrupt, or not the model it is named after.
    pub fn load(&self, hash: &str) -> Result<Model, StoreError> {
        let path = self.path(hash);
        let bytes =
            std::fs::read(&path).map_err(|source| StoreError::Io { path: path.clone(), source })?;
        let model = Model::from_bytes(&bytes)
            .map_err(|source| StoreError::Artifact { path: path.clone(), source })?;
        if model.hash() != hash {
            return Err(StoreError::Foreign { path, found: model.hash().to_owned() });
        }
        Ok(model)
    }

    fn path(&self, hash: &str) -> PathBuf {
        self.folder.join(format!("{hash}.model"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::model;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("deskwire-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        folder
    }

    #[test]
    fn a_kept_model_comes_back_equal() {
        let store = ModelStore::new(folder("kept"));
        let model = model();
        store.save(&model).unwrap();
        assert_eq!(store.load(model.hash()).unwrap(), model);
        std::fs::remove_dir_all(&store.folder).unwrap();
    }

    #[test]
    fn missing_corrupt_and_misnamed_artefacts_are_refused() {
        let store = ModelStore::new(folder("bad"));
        let model = model();
        store.save(&model).unwrap();
        assert!(matches!(store.load("00"), Err(StoreError::Io { .. })));
        std::fs::copy(store.path(model.hash()), store.path("11")).unwrap();
        assert!(matches!(store.load("11"), Err(StoreError::Foreign { .. })));
        std::fs::write(store.path("22"), b"not a model").unwrap();
        assert!(matches!(store.load("22"), Err(StoreError::Artifact { .. })));
        std::fs::remove_dir_all(&store.folder).unwrap();
    }
}
