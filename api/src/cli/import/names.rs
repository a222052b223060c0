//! Looks up, or creates, the customers and categories that lines name.

use deskwire_domain::error::ConflictCode;
use deskwire_domain::ids::{CategoryId, UserId};
use deskwire_domain::tickets::{ImportRow, Status};
use deskwire_domain::{Actor, Conn, Error, categories, users};
use std::collections::HashMap;

use super::batch::Rejected;
use super::check::{CheckedLine, Requester};

/// Addresses remembered; a file may name millions.
const REQUESTERS_MAX: usize = 50_000;

/// Names that were looked up before. Ids enter only after the commit that made them.
#[derive(Debug, Clone, Default)]
pub struct Names {
    requesters: HashMap<String, UserId>,
    categories: HashMap<String, CategoryId>,
}

/// Looks names up inside one transaction.
pub struct Lookup<'a> {
    known: &'a Names,
    found: Names,
    nobody: &'a Requester,
}

impl Names {
    /// `nobody` is who asks when a line names no requester.
    pub fn lookup<'a>(&'a self, nobody: &'a Requester) -> Lookup<'a> {
        Lookup { known: self, found: Self::default(), nobody }
    }

    pub fn remember(&mut self, found: Self) {
        if self.requesters.len() + found.requesters.len() > REQUESTERS_MAX {
            self.requesters.clear();
        }
        self.requesters.extend(found.requesters);
        self.categories.extend(found.categories);
    }
}

impl Lookup<'_> {
    /// What was found, for [`Names::remember`] after the commit.
    pub fn into_found(self) -> Names {
        self.found
    }

    /// Rows that can be imported; the others are rejected with the reason.
    ///
    /// # Errors
    /// Only what is not the lines' fault.
    pub async fn resolve(
        &mut self,
        conn: &mut Conn,
        lines: &[CheckedLine],
        status: Status,
    ) -> Result<(Vec<ImportRow>, Vec<Rejected>), Error> {
        let (mut rows, mut rejected) = (Vec::with_capacity(lines.len()), Vec::new());
        for line in lines {
            match self.row(conn, line, status).await {
                Ok(row) => rows.push(row),
                Err(Error::Invalid(fields)) => rejected.push(Rejected {
                    number: line.number,
                    original: line.original.clone(),
                    reason: Some(Error::Invalid(fields).to_string()),
                }),
                Err(other) => return Err(other),
            }
        }
        Ok((rows, rejected))
    }

    async fn row(
        &mut self,
        conn: &mut Conn,
        line: &CheckedLine,
        status: Status,
    ) -> Result<ImportRow, Error> {
        let requester = line.requester.as_ref().unwrap_or(self.nobody);
        let requester_id = self.requester(conn, requester).await?;
        let category_id = match &line.category {
            Some(name) => Some(self.category(conn, name).await?),
            None => None,
        };
        Ok(ImportRow {
            external_id: line.external_id.clone(),
            subject: line.subject.clone(),
            body: line.body.clone(),
            requester_id,
            category_id,
            priority: line.priority,
            status,
            created_at: line.created_at,
        })
    }

    async fn requester(&mut self, conn: &mut Conn, requester: &Requester) -> Result<UserId, Error> {
        let email = requester.email.to_lowercase();
        let known = self.known.requesters.get(&email).or(self.found.requesters.get(&email));
        if let Some(id) = known {
            return Ok(*id);
        }
        let actor = Actor::system();
        let name = requester.name.as_deref();
        let id = users::find_or_create_customer(conn, &actor, &requester.email, name).await?.id;
        self.found.requesters.insert(email, id);
        Ok(id)
    }

    async fn category(&mut self, conn: &mut Conn, name: &str) -> Result<CategoryId, Error> {
        let known = self.known.categories.get(name).or(self.found.categories.get(name));
        if let Some(id) = known {
            return Ok(*id);
        }
        let id = find_or_create_category(conn, name).await?;
        self.found.categories.insert(name.to_owned(), id);
        Ok(id)
    }
}

async fn find_or_create_category(conn: &mut Conn, name: &str) -> Result<CategoryId, Error> {
    if let Some(category) = categories::find_by_name(conn, name).await? {
        return Ok(category.id);
    }
    match categories::create(conn, &Actor::system(), name, "").await {
        // Somebody else created it just now.
        Err(Error::Conflict(conflict)) if conflict.code == ConflictCode::AlreadyExists => {
            let found = categories::find_by_name(conn, name).await?;
            found.map(|category| category.id).ok_or(Error::Conflict(conflict))
        }
        other => other.map(|category| category.id),
    }
}
