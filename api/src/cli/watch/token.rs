//! Whose rights the watch has.

use anyhow::{Context, bail};
use deskwire_domain::actor::Scope;
use deskwire_domain::ids::TokenId;
use deskwire_domain::page::PageRequest;
use deskwire_domain::tokens::{self, TokenDraft};
use deskwire_domain::users::{self, Role, User, UserFilter};
use deskwire_domain::{Actor, Desk, Timestamp};
use secrecy::SecretString;
use std::path::Path;

use crate::cli::open::{explain, open};
use crate::cli::output::tell;
use crate::config::DeskArgs;

/// How long a token made for one watch holds; when it ends during the watch, the next one is made.
const OWN_TOKEN_S: i64 = 3600;

pub enum Tokens {
    Given(SecretString),
    Own { desk: Box<Desk>, admin: User, id: TokenId, secret: SecretString },
}

impl Tokens {
    /// The file's token, else the environment's, else one made for this watch.
    ///
    /// # Errors
    /// A sentence saying how to get a token.
    pub async fn choose(file: Option<&Path>, desk: &DeskArgs) -> anyhow::Result<Self> {
        if let Some(path) = file {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("cannot read the token from {}", path.display()))?;
            let first = text.lines().next().unwrap_or_default().trim();
            if first.is_empty() {
                bail!("{} has no token in its first line", path.display());
            }
            return Ok(Self::Given(first.into()));
        }
        // Never an argument: other users of the machine could read it.
        match std::env::var("DESKWIRE_TOKEN") {
            Ok(token) if !token.trim().is_empty() => Ok(Self::Given(token.trim().into())),
            _ => Self::make(desk).await.context(
                "no token given, and none could be made here; use --token-file or DESKWIRE_TOKEN \
                 (`deskwire token create` makes one)",
            ),
        }
    }

    async fn make(desk: &DeskArgs) -> anyhow::Result<Self> {
        let desk = open(desk).await?;
        let filter =
            UserFilter { roles: vec![Role::Admin], active: Some(true), ..Default::default() };
        let mut conn = desk.conn().await.map_err(explain)?;
        let page = PageRequest::first(1);
        let admins = users::list(&mut conn, &Actor::system(), &filter, &page).await;
        let Some(admin) = admins.map_err(explain)?.rows.pop() else {
            bail!("the desk has no admin; `deskwire user create` makes one");
        };
        drop(conn);
        let (id, secret) = create(&desk, &admin).await?;
        let name = &admin.name;
        tell(format!(
            "No token given: watching with the rights of {name}, by a token that ends with this watch."
        ));
        Ok(Self::Own { desk: Box::new(desk), admin, id, secret })
    }

    pub fn secret(&self) -> &SecretString {
        match self {
            Self::Given(secret) | Self::Own { secret, .. } => secret,
        }
    }

    /// Makes a new token where the last one was our own; `false` for a given one.
    ///
    /// # Errors
    /// When the database does not give one.
    pub async fn renew(&mut self) -> anyhow::Result<bool> {
        let Self::Own { desk, admin, id, secret } = self else { return Ok(false) };
        (*id, *secret) = create(desk, admin).await?;
        Ok(true)
    }

    /// Ends a token that was made for this watch.
    pub async fn end(self) {
        let Self::Own { desk, id, .. } = self else { return };
        if let Ok(mut conn) = desk.conn().await {
            // It ends by itself within the hour.
            let _ = tokens::revoke(&mut conn, &Actor::system(), id).await;
        }
    }
}

async fn create(desk: &Desk, admin: &User) -> anyhow::Result<(TokenId, SecretString)> {
    let draft = TokenDraft {
        user_id: admin.id,
        name: "deskwire watch".into(),
        scopes: vec![Scope::TicketsRead],
        expires_at: Some(Timestamp::now().plus_seconds(OWN_TOKEN_S)),
    };
    let mut conn = desk.conn().await.map_err(explain)?;
    let made = tokens::create(&mut conn, &Actor::system(), draft).await;
    made.map(|(token, secret)| (token.id, secret)).map_err(explain)
}
