//! A desk behind the production router on a port of its own.

use deskwire_api::config::{DocumentArgs, Limits, ServeArgs};
use deskwire_api::http::build_app;
use deskwire_domain::actor::Scope;
use deskwire_domain::testing::{Team, TestDatabase, team, ticket};
use deskwire_domain::tickets::Ticket;
use deskwire_domain::tokens::{self, TokenDraft};
use deskwire_domain::users::UserChange;
use deskwire_domain::{Actor, Desk, users};
use diesel_async::SimpleAsyncConnection;
use secrecy::ExposeSecret;
use std::net::SocketAddr;
use tokio::net::TcpListener;

use super::{Client, Socket};

/// A served desk with a [`Team`].
pub struct TestApp {
    pub db: TestDatabase,
    pub team: Team,
    pub address: SocketAddr,
}

impl TestApp {
    pub async fn start() -> Self {
        Self::with_limits(Limits::default()).await
    }

    pub async fn with_limits(limits: Limits) -> Self {
        let db = TestDatabase::create().await;
        let team = team(&mut *db.conn().await).await;
        let address = serve(db.desk.clone(), limits).await;
        Self { db, team, address }
    }

    pub async fn with_documents(documents: DocumentArgs) -> Self {
        let mut app = Self::start().await;
        app.address = serve_with(app.db.desk.clone(), Limits::default(), documents).await;
        app
    }

    /// Another API process on the same database.
    pub async fn another_process(&self) -> SocketAddr {
        let desk = Desk::start(&self.db.config).expect("valid URLs");
        serve(desk, Limits::default()).await
    }

    /// Nobody: no credential at all.
    pub fn anybody(&self) -> Client {
        Client::new(self.address)
    }

    /// A program of this user, with every scope.
    pub async fn as_(&self, actor: &Actor) -> Client {
        self.scoped(actor, Scope::ALL).await
    }

    /// A program of this user with some scopes.
    pub async fn scoped(&self, actor: &Actor, scopes: &[Scope]) -> Client {
        Client::new(self.address).with_bearer(&self.token(actor, scopes).await)
    }

    /// A fresh API token's secret.
    pub async fn token(&self, actor: &Actor, scopes: &[Scope]) -> String {
        let draft = TokenDraft {
            user_id: actor.user().expect("a user"),
            name: "test".into(),
            scopes: scopes.to_vec(),
            expires_at: None,
        };
        let made = tokens::create(&mut *self.db.conn().await, &Actor::system(), draft).await;
        made.expect("a valid token").1.expose_secret().to_owned()
    }

    /// This user at a browser whose session lasts that long; a password is not needed.
    pub async fn session(&self, actor: &Actor, seconds: u32) -> Client {
        Client::new(self.address).with_cookie(&self.session_secret(actor, seconds).await)
    }

    /// A fresh session's secret.
    pub async fn session_secret(&self, actor: &Actor, seconds: u32) -> String {
        let secret = format!("dws_{}", uuid::Uuid::now_v7().simple());
        let user = actor.user().expect("a user");
        self.sql(&format!(
            "INSERT INTO sessions (token_hash, id, user_id, created_at, expires_at) VALUES \
             (UNHEX(SHA2('{secret}', 256)), UNHEX(REPLACE(UUID(), '-', '')), UNHEX('{user}'), \
             UTC_TIMESTAMP(6), UTC_TIMESTAMP(6) + INTERVAL {seconds} SECOND)"
        ))
        .await;
        secret
    }

    /// A socket of a program of this user.
    pub async fn socket(&self, actor: &Actor) -> Socket {
        Socket::of_token(self.address, &self.token(actor, Scope::ALL).await).await
    }

    pub async fn set_password(&self, actor: &Actor, password: &str) {
        let change =
            UserChange { password: Some(password.to_owned().into()), ..Default::default() };
        let id = actor.user().expect("a user");
        let mut conn = self.db.conn().await;
        users::update(&mut conn, &Actor::system(), id, change).await.expect("a good password");
    }

    /// A ticket of the team's customer in the team's queue.
    pub async fn ticket(&self, subject: &str) -> Ticket {
        let requester = self.team.customer.user().expect("a user");
        ticket(&mut *self.db.conn().await, self.team.queue, requester, subject).await
    }

    pub async fn sql(&self, text: &str) {
        self.db.conn().await.batch_execute(text).await.expect("valid SQL");
    }

    pub async fn finish(self) {
        self.db.finish().await;
    }
}

/// Serves a desk on a free port until the process ends.
pub async fn serve(desk: Desk, limits: Limits) -> SocketAddr {
    serve_with(desk, limits, DocumentArgs::default()).await
}

async fn serve_with(desk: Desk, limits: Limits, documents: DocumentArgs) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let args = ServeArgs { listen: address, secure_cookies: false, limits, documents };
    let app = build_app(desk, &args);
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}
