//! A small HTTP client: one connection a request, every answer checked for secrets.

use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

#[derive(Clone)]
pub struct Client {
    address: SocketAddr,
    headers: Vec<(String, String)>,
}

/// An answer as it came over the wire.
pub struct Reply {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        Self { address, headers: Vec::new() }
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn with_bearer(self, secret: &str) -> Self {
        self.with("authorization", &format!("Bearer {secret}"))
    }

    pub fn with_cookie(self, secret: &str) -> Self {
        self.with("cookie", &format!("deskwire_session={secret}"))
    }

    /// The same client at another process.
    pub fn at(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// The whole answer to an operation, which must be an HTTP 200.
    pub async fn run(&self, operation: &str, variables: Value) -> Value {
        let reply = self.send(&json!({ "query": operation, "variables": variables })).await;
        assert_eq!(reply.status, 200, "{operation}: {}", reply.body);
        reply.json()
    }

    /// The data of an operation that has no top-level error.
    pub async fn data(&self, operation: &str, variables: Value) -> Value {
        let mut answer = self.run(operation, variables).await;
        assert!(answer["errors"].is_null(), "{operation}: {answer}");
        answer["data"].take()
    }

    /// A mutation's payload: `fields` of `name(input: …)`.
    pub async fn change(&self, name: &str, input: Value, fields: &str) -> Value {
        let (kind, _) = name.split_at(1);
        let kind = format!("{}{}Input", kind.to_uppercase(), &name[1..]);
        let kind = match kind.as_str() {
            "AddReplyInput" | "AddNoteInput" => "AddMessageInput",
            "AcceptSuggestionInput" | "DismissSuggestionInput" | "RevertSuggestionInput" => {
                "DecideSuggestionInput"
            }
            other => other,
        };
        let operation = format!(
            "mutation($input: {kind}!) {{ payload: {name}(input: $input) {{ {fields} }} }}"
        );
        self.run(&operation, json!({ "input": input })).await
    }

    pub async fn send(&self, request: &Value) -> Reply {
        self.post("application/json", request.to_string().as_bytes()).await
    }

    pub async fn post(&self, content_type: &str, body: &[u8]) -> Reply {
        let head = format!("POST /graphql HTTP/1.1\r\ncontent-type: {content_type}\r\n");
        self.exchange(&head, body).await
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.exchange(&format!("GET {path} HTTP/1.1\r\n"), b"").await
    }

    async fn exchange(&self, head: &str, body: &[u8]) -> Reply {
        let mut request = head.to_owned();
        for (name, value) in &self.headers {
            request += &format!("{name}: {value}\r\n");
        }
        request += &format!("host: {}\r\nconnection: close\r\n", self.address);
        request += &format!("content-length: {}\r\n\r\n", body.len());
        let mut stream = TcpStream::connect(self.address).await.expect("the desk listens");
        stream.write_all(request.as_bytes()).await.expect("the desk reads");
        // A refused body may be answered before it was read to the end.
        let _ = stream.write_all(body).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let reply = Reply::parse(&answer);
        reply.assert_discreet();
        reply
    }
}

impl Reply {
    fn parse(answer: &[u8]) -> Self {
        let text = String::from_utf8_lossy(answer);
        let (head, body) = text.split_once("\r\n\r\n").expect("an HTTP answer");
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status");
        let headers = lines.filter_map(|line| line.split_once(": "));
        Self {
            status: status.parse().expect("a number"),
            headers: headers.map(|(n, v)| (n.to_lowercase(), v.to_owned())).collect(),
            body: body.to_owned(),
        }
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// No answer ever shows the inside of the desk.
    fn assert_discreet(&self) {
        const INSIDE: [&str; 10] = [
            "deskwire_test_",
            "SELECT ",
            "INSERT INTO",
            "Duplicate entry",
            "doesn't exist",
            "$argon2",
            "password_hash",
            "token_hash",
            "panicked at",
            ".rs:",
        ];
        for word in INSIDE {
            assert!(!self.body.contains(word), "the answer shows {word:?}: {}", self.body);
        }
    }
}

/// `extensions.code` of every top-level error.
pub fn codes(answer: &Value) -> Vec<&str> {
    let errors = answer["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    errors.iter().map(|e| e["extensions"]["code"].as_str().unwrap_or("NO CODE")).collect()
}

/// `CODE path` of every error in a payload.
pub fn paths(answer: &Value) -> Vec<String> {
    let errors = answer["data"]["payload"]["errors"].as_array();
    let errors = errors.unwrap_or_else(|| panic!("a payload with errors: {answer}"));
    let text = |e: &Value| {
        assert!(!e["message"].as_str().expect("a message").is_empty());
        format!("{} {}", e["code"].as_str().expect("a code"), e["path"].as_str().expect("a path"))
    };
    errors.iter().map(text).collect()
}
