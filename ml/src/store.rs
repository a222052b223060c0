//! Where artefacts are kept: a folder or a bucket, files named by the hash of their content.
//!
//! A place is a folder, or `s3://bucket/prefix` for any server that speaks S3; its credentials,
//! region and endpoint are the usual `AWS_…` variables. Nobody ever reads half an artefact: files
//! are renamed when whole, objects appear when whole. What is there is never changed, so keeping a
//! model twice is harmless, and one that no version names only takes space.

use std::path::Path as FilePath;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, RetryConfig};

use crate::artifact::{ArtifactError, MODEL_BYTES_MAX};
use crate::predict::Model;

/// Longest that keeping or fetching one artefact may take, all tries together.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a request that failed is sent again.
const RETRY: Duration = Duration::from_secs(10);
const RETRIES: usize = 3;

/// A place for artefacts, shared by everything that trains or serves on one desk.
#[derive(Debug, Clone)]
pub struct ModelStore {
    objects: Arc<dyn ObjectStore>,
    prefix: Path,
    /// The place as it was named, for messages.
    place: String,
    patience: Duration,
    model_bytes_max: u64,
}

/// Why an artefact could not be kept or fetched.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(
        "{place}: {reason}; name a folder or s3://bucket/prefix, with credentials in AWS_ACCESS_KEY_ID \
         and AWS_SECRET_ACCESS_KEY and another endpoint in AWS_ENDPOINT"
    )]
    Place { place: String, reason: String },
    #[error("{path}: {source}; check that the folder or bucket is there and may be used")]
    Away { path: String, source: object_store::Error },
    #[error("{path}: no answer within {} s; check that the model store is there", .waited.as_secs())]
    Slow { path: String, waited: Duration },
    #[error("{path}: there is no such artefact; copy it back or train again")]
    Missing { path: String },
    #[error("{path}: {source}")]
    Artifact { path: String, source: ArtifactError },
    #[error("{path}: holds another model ({found}); train again")]
    Foreign { path: String, found: String },
}

impl StoreError {
    /// Trying again later may help: the store is away, and nothing is wrong with the artefact.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Away { .. } | Self::Slow { .. })
    }
}

impl ModelStore {
    /// A folder, which is made with the first model.
    ///
    /// # Panics
    /// For the empty path, which names no folder.
    pub fn new(folder: impl AsRef<FilePath>) -> Self {
        let folder = folder.as_ref();
        Self::folder(folder).unwrap_or_else(|error| panic!("{error}"))
    }

    /// A folder, or `s3://bucket/prefix`.
    ///
    /// # Errors
    /// [`StoreError::Place`] for anything else, and for a bucket without its settings.
    pub fn open(place: &str) -> Result<Self, StoreError> {
        match place.split_once("://") {
            Some(("s3", _)) => Self::bucket(place, AmazonS3Builder::from_env()),
            Some(_) => Err(StoreError::Place {
                place: place.to_owned(),
                reason: "is no place for models".into(),
            }),
            None => Self::folder(FilePath::new(place)),
        }
    }

    fn folder(folder: &FilePath) -> Result<Self, StoreError> {
        let place = folder.display().to_string();
        let refuse = |reason: String| StoreError::Place { place: place.clone(), reason };
        let absolute = std::path::absolute(folder).map_err(|e| refuse(e.to_string()))?;
        let prefix = Path::from_absolute_path(absolute).map_err(|e| refuse(e.to_string()))?;
        // Synced: a version in the database must not outlive its artefact.
        let objects = Arc::new(LocalFileSystem::new().with_fsync(true));
        Ok(Self::of(objects, prefix, place))
    }

    /// `settings` are for the bucket that `url` names.
    fn bucket(url: &str, settings: AmazonS3Builder) -> Result<Self, StoreError> {
        let refuse = |reason: String| StoreError::Place { place: url.to_owned(), reason };
        let (bucket, prefix) = bucket_and_prefix(url);
        if bucket.is_empty() {
            return Err(refuse("names no bucket".into()));
        }
        let prefix = Path::parse(prefix).map_err(|e| refuse(e.to_string()))?;
        let retry =
            RetryConfig { max_retries: RETRIES, retry_timeout: RETRY, ..RetryConfig::default() };
        let objects = settings
            .with_bucket_name(bucket)
            .with_retry(retry)
            .build()
            .map_err(|e| refuse(e.to_string()))?;
        let place = url.trim_end_matches('/').to_owned();
        Ok(Self::of(Arc::new(objects), prefix, place))
    }

    fn of(objects: Arc<dyn ObjectStore>, prefix: Path, place: String) -> Self {
        Self { objects, prefix, place, patience: PATIENCE, model_bytes_max: MODEL_BYTES_MAX }
    }

    /// Keeps a model under its hash and returns the size in bytes. Keeping it twice is harmless.
    ///
    /// # Errors
    /// [`StoreError::Away`] or [`StoreError::Slow`] when the place cannot be written.
    pub async fn save(&self, model: &Model) -> Result<usize, StoreError> {
        let bytes = model.to_bytes();
        let size = bytes.len();
        let object = self.object(model.hash());
        let put = self.objects.put(&object, bytes.into());
        self.in_time(model.hash(), put).await?;
        Ok(size)
    }

    /// Fetches the model with this hash (lower-case hex).
    ///
    /// # Errors
    /// [`StoreError`] when the artefact is missing, corrupt, or not the model it is named after, and
    /// when the place cannot be reached.
    pub async fn load(&self, hash: &str) -> Result<Model, StoreError> {
        let object = self.object(hash);
        let get = async { self.objects.get(&object).await?.bytes().await };
        let bytes = self.in_time(hash, get).await?;
        let (path, limit) = (|| self.path(hash), self.model_bytes_max);
        // Networks are compiled here, which takes seconds.
        let read = move || Model::from_bytes_within(&bytes, limit);
        let read = tokio::task::spawn_blocking(read).await;
        let model = read
            .expect("reading gives errors")
            .map_err(|source| StoreError::Artifact { path: path(), source })?;
        if model.hash() != hash {
            return Err(StoreError::Foreign { path: path(), found: model.hash().to_owned() });
        }
        Ok(model)
    }

    /// Reads artefacts that unpack to at most so many bytes instead of [`MODEL_BYTES_MAX`].
    #[must_use]
    pub fn with_model_bytes_max(self, model_bytes_max: u64) -> Self {
        Self { model_bytes_max, ..self }
    }

    /// Gives up waiting after `patience` instead of half a minute.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    async fn in_time<T>(
        &self,
        hash: &str,
        request: impl Future<Output = object_store::Result<T>>,
    ) -> Result<T, StoreError> {
        match tokio::time::timeout(self.patience, request).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(object_store::Error::NotFound { .. })) => {
                Err(StoreError::Missing { path: self.path(hash) })
            }
            Ok(Err(source)) => Err(StoreError::Away { path: self.path(hash), source }),
            Err(_) => Err(StoreError::Slow { path: self.path(hash), waited: self.patience }),
        }
    }

    fn object(&self, hash: &str) -> Path {
        self.prefix.clone().join(format!("{hash}.model"))
    }

    /// The artefact's place in words.
    fn path(&self, hash: &str) -> String {
        format!("{}/{hash}.model", self.place)
    }
}

fn bucket_and_prefix(url: &str) -> (&str, &str) {
    let rest = url.trim_start_matches("s3://");
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    (bucket, prefix.trim_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::model;
    use std::path::PathBuf;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("deskwire-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        folder
    }

    #[tokio::test]
    async fn a_kept_model_comes_back_equal() {
        let folder = folder("kept é%20");
        let store = ModelStore::open(folder.to_str().unwrap()).unwrap();
        let model = model();
        let bytes = store.save(&model).await.unwrap();
        store.save(&model).await.unwrap();
        let file = folder.join(format!("{}.model", model.hash()));
        assert_eq!(std::fs::read(&file).unwrap().len(), bytes);
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "nothing half written stays");
        assert_eq!(store.load(model.hash()).await.unwrap(), model);
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[tokio::test]
    async fn missing_corrupt_and_misnamed_artefacts_are_refused() {
        let folder = folder("bad");
        let store = ModelStore::new(&folder);
        let model = model();
        let path = |name: &str| folder.join(format!("{name}.model"));
        let missing = store.load("00").await.unwrap_err();
        assert!(matches!(missing, StoreError::Missing { .. }), "before there is a folder");
        store.save(&model).await.unwrap();
        let missing = store.load("00").await.unwrap_err();
        assert!(matches!(missing, StoreError::Missing { .. }));
        assert!(
            missing
                .to_string()
                .ends_with("00.model: there is no such artefact; copy it back or train again")
        );
        std::fs::copy(path(model.hash()), path("11")).unwrap();
        assert!(matches!(store.load("11").await, Err(StoreError::Foreign { .. })));
        std::fs::write(path("22"), b"not a model").unwrap();
        assert!(matches!(store.load("22").await, Err(StoreError::Artifact { .. })));
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_written_is_away() {
        let file = folder("file");
        std::fs::write(&file, b"in the way").unwrap();
        let error = ModelStore::new(file.join("models")).save(&model()).await.unwrap_err();
        assert!(error.is_temporary(), "{error}");
        std::fs::remove_file(&file).unwrap();
    }

    #[test]
    fn places_are_folders_or_buckets() {
        for (url, parts) in [
            ("s3://models", ("models", "")),
            ("s3://models/", ("models", "")),
            ("s3://models/desk/one/", ("models", "desk/one")),
        ] {
            assert_eq!(bucket_and_prefix(url), parts);
            assert!(ModelStore::open(url).is_ok(), "{url}");
        }
        for place in ["s3://", "https://example.org/models", "gs://models", ""] {
            let error = ModelStore::open(place).unwrap_err();
            assert!(matches!(error, StoreError::Place { .. }), "{error}");
        }
    }
}
