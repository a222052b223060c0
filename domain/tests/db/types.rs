//! Every enum variant and a time to the microsecond, through a real column.

use std::fmt::{Debug, Display};

use deskwire_domain::actor::Scope;
use deskwire_domain::events::EventKind;
use deskwire_domain::jobs::{JobKind, JobState};
use deskwire_domain::messages::{Channel, MessageKind};
use deskwire_domain::queues::QueueRight;
use deskwire_domain::suggestions::{LabelKind, SuggestionState};
use deskwire_domain::testing::TestDatabase;
use deskwire_domain::tickets::{LabelOrigin, Priority, Status};
use deskwire_domain::users::Role;
use deskwire_domain::{Conn, Timestamp};
use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::mysql::Mysql;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};

diesel::table! {
    variants (id) {
        id -> Integer,
        kind -> Text,
        at -> Datetime,
    }
}

/// Writes each variant, compares it in SQL and reads it back.
async fn round_trip<T>(conn: &mut Conn, all: &[T])
where
    T: Copy + Debug + Display + PartialEq + Send + Sync + 'static,
    T: AsExpression<Text> + FromSqlRow<Text, Mysql>,
    T: diesel::Queryable<Text, Mysql>,
    for<'a> &'a T: AsExpression<Text>,
    T: diesel::serialize::ToSql<Text, Mysql>,
{
    for variant in all {
        let text = variant.to_string();
        diesel::sql_query("REPLACE INTO variants (id, kind) VALUES (1, ?)")
            .bind::<Text, _>(*variant)
            .execute(conn)
            .await
            .unwrap();
        let read: T = variants::table.select(variants::kind).first(conn).await.unwrap();
        assert_eq!(read, *variant);
        let same = variants::table.filter(variants::kind.eq(text)).count();
        assert_eq!(same.get_result::<i64>(conn).await.unwrap(), 1, "{variant:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_variant_survives_a_column() {
    let db = TestDatabase::create().await;
    let mut conn = db.conn().await;
    conn.batch_execute(
        "CREATE TABLE variants (id INT PRIMARY KEY, kind VARCHAR(48) NOT NULL, at DATETIME(6))",
    )
    .await
    .unwrap();
    round_trip(&mut conn, Status::ALL).await;
    round_trip(&mut conn, Priority::ALL).await;
    round_trip(&mut conn, LabelOrigin::ALL).await;
    round_trip(&mut conn, Role::ALL).await;
    round_trip(&mut conn, QueueRight::ALL).await;
    round_trip(&mut conn, MessageKind::ALL).await;
    round_trip(&mut conn, Channel::ALL).await;
    round_trip(&mut conn, EventKind::ALL).await;
    round_trip(&mut conn, JobKind::ALL).await;
    round_trip(&mut conn, JobState::ALL).await;
    round_trip(&mut conn, LabelKind::ALL).await;
    round_trip(&mut conn, SuggestionState::ALL).await;
    round_trip(&mut conn, Scope::ALL).await;

    let now = Timestamp::now();
    diesel::update(variants::table).set(variants::at.eq(now)).execute(&mut conn).await.unwrap();
    let read: Timestamp = variants::table.select(variants::at).first(&mut conn).await.unwrap();
    assert_eq!(read, now);
    let same = variants::table.filter(variants::at.eq(now)).count();
    assert_eq!(same.get_result::<i64>(&mut conn).await.unwrap(), 1);
    conn.batch_execute("DROP TABLE variants").await.unwrap();
    drop(conn);
    db.finish().await;
}
