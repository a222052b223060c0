//! Relay connections (<https://relay.dev/graphql/connections.htm>) over keyset pages.

use async_graphql::connection::EmptyFields;
use async_graphql::connection::{Connection, ConnectionNameType, CursorType, Edge, EdgeNameType};
use async_graphql::{ObjectType, OutputType};
use deskwire_domain::error::{Error, Result};
use deskwire_domain::page::{PAGE_MAX, Page, PageRequest};

/// Rows of a page whose size was not given.
pub const PAGE_DEFAULT: i32 = 25;

/// A row's cursor; opaque to clients.
pub struct RowCursor(pub String);

impl CursorType for RowCursor {
    type Error = std::convert::Infallible;

    fn decode_cursor(text: &str) -> Result<Self, Self::Error> {
        Ok(Self(text.to_owned()))
    }

    fn encode_cursor(&self) -> String {
        self.0.clone()
    }
}

pub type Rows<Node, Fields = EmptyFields> = Connection<RowCursor, Node, Fields>;

/// Rows found by words, each with where; another type than [`Rows`] because it counts nothing.
pub type Hits<Node, EdgeFields> =
    Connection<RowCursor, Node, EmptyFields, EdgeFields, HitConnectionName, HitEdgeName>;

pub struct HitConnectionName;

impl ConnectionNameType for HitConnectionName {
    fn type_name<T: OutputType>() -> String {
        format!("{}SearchConnection", T::type_name())
    }
}

pub struct HitEdgeName;

impl EdgeNameType for HitEdgeName {
    fn type_name<T: OutputType>() -> String {
        format!("{}SearchEdge", T::type_name())
    }
}

/// Deleted rows; another type than [`Rows`] because there is no live list of them.
pub type DeletedRows<Node> =
    Connection<RowCursor, Node, EmptyFields, EmptyFields, DeletedConnectionName>;

pub struct DeletedConnectionName;

impl ConnectionNameType for DeletedConnectionName {
    fn type_name<T: OutputType>() -> String {
        format!("Deleted{}Connection", T::type_name())
    }
}

/// Rows of an organisation; another type than [`Rows`] because there is no live list of them.
pub type OrganisationRows<Node> =
    Connection<RowCursor, Node, EmptyFields, EmptyFields, OrganisationConnectionName>;

pub struct OrganisationConnectionName;

impl ConnectionNameType for OrganisationConnectionName {
    fn type_name<T: OutputType>() -> String {
        format!("Organisation{}Connection", T::type_name())
    }
}

/// The page a client asks for.
///
/// # Errors
/// [`Error::Invalid`] for `first` outside 1 to 100.
pub fn page_request(first: Option<i32>, after: Option<String>) -> Result<PageRequest> {
    let first = first.unwrap_or(PAGE_DEFAULT);
    let checked = u32::try_from(first).ok().filter(|n| (1..=PAGE_MAX).contains(n));
    let first = checked
        .ok_or_else(|| Error::invalid("first", format!("must be 1 to {PAGE_MAX}, got {first}")))?;
    Ok(PageRequest { first, after })
}

/// Rows as a connection, each with its cursor.
pub fn connection<T, Node, Fields, Name, EdgeName>(
    request: &PageRequest,
    page: Page<T>,
    fields: Fields,
    row: impl Fn(T) -> (String, Node),
) -> Connection<RowCursor, Node, Fields, EmptyFields, Name, EdgeName>
where
    Node: OutputType,
    Fields: ObjectType,
    Name: ConnectionNameType,
    EdgeName: EdgeNameType,
{
    let has_previous = request.after.is_some();
    let mut connection = Connection::with_additional_fields(has_previous, page.has_next, fields);
    connection.edges.extend(page.rows.into_iter().map(|value| {
        let (cursor, node) = row(value);
        Edge::new(RowCursor(cursor), node)
    }));
    connection
}

/// Cost of a list: its own, and that of each row it may have.
pub fn list_cost(first: Option<i32>, row_cost: usize) -> usize {
    let rows = first.unwrap_or(PAGE_DEFAULT).clamp(1, PAGE_MAX as i32);
    1 + rows.unsigned_abs() as usize * row_cost
}
