//! Where the desk is, for the verbs that work on one.

use clap::Args;
use deskwire_domain::{Desk, DeskConfig};
use deskwire_ml::store::ModelStore;

use super::options::ModelLimit;

#[derive(Debug, Args)]
pub struct DeskOptions {
    /// mysql://user:password@host:port/database, or with a Unix socket
    /// mysql://user@localhost/database?socket=/path/to.sock
    #[arg(long, env = "DESKWIRE_DATABASE_URL", hide_env_values = true, value_name = "URL")]
    #[arg(default_value = "mysql://root@127.0.0.1:3306/deskwire")]
    database_url: String,
    /// redis://host:port or redis+unix:///path/to.sock
    #[arg(long, env = "DESKWIRE_REDIS_URL", hide_env_values = true, value_name = "URL")]
    #[arg(default_value = "redis://127.0.0.1:6379")]
    redis_url: String,
    /// Redis channel of announcements, the same as the API's
    #[arg(long, env = "DESKWIRE_CHANNEL", default_value = "deskwire")]
    channel: String,
    /// Folder of model artefacts, shared by training and workers, or s3://bucket/prefix with
    /// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, and AWS_ENDPOINT for servers other than
    /// Amazon's (AWS_ALLOW_HTTP=true where it has no TLS)
    #[arg(long, env = "DESKWIRE_MODELS", value_name = "PLACE", default_value = "models")]
    models: String,
    #[command(flatten)]
    limit: ModelLimit,
}

impl DeskOptions {
    pub fn start(&self) -> anyhow::Result<Desk> {
        Ok(Desk::start(&DeskConfig {
            database_url: self.database_url.clone(),
            redis_url: self.redis_url.clone(),
            max_connections: 4,
            channel: self.channel.clone(),
            statement_limit: None,
        })?)
    }

    pub fn model_bytes_max(&self) -> u64 {
        self.limit.bytes()
    }

    pub fn store(&self) -> anyhow::Result<ModelStore> {
        Ok(ModelStore::open(&self.models)?.with_model_bytes_max(self.model_bytes_max()))
    }
}
