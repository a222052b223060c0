use deskwire_domain::Conn;
use deskwire_domain::actor::Scope;
use deskwire_domain::ids::{ModelVersionId, QueueId};
use deskwire_domain::suggestions::{
    self, FigureGroup, FigureScope, Figures, Label, LabelKind, NewSuggestion,
};
use deskwire_domain::tickets::{self, Edit, Priority, Range, Status};
use deskwire_domain::{Actor, Timestamp};
use diesel::QueryableByName;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;

use super::{answer, let_apply, model, record_one, suggest_label};
use crate::support::{World, outcome};

pub fn scope(kind: LabelKind) -> FigureScope {
    FigureScope { kind, version: None, queue: None, made: Range::default() }
}

fn time(text: &str) -> Timestamp {
    text.parse::<chrono::DateTime<chrono::Utc>>().unwrap().into()
}

/// One suggestion in each state, on tickets of the team's queue, and one accepted in the other queue.
/// Returns the version.
async fn every_state(w: &mut World) -> ModelVersionId {
    let (agent, admin) = (w.team.agent.clone(), w.team.admin.clone());
    let label = Label::Category(w.category);
    let version = model(&mut w.conn, LabelKind::Category).await;
    let states =
        ["open", "abstained", "accepted", "dismissed", "overridden", "ignored", "superseded"];
    for how in states {
        let ticket = w.ticket(how).await.id;
        let (edit, abstained) = (Edit::any_version(ticket), how == "abstained");
        let new = NewSuggestion { abstained, ..answer(ticket, version, label) };
        let made = record_one(w, new).await.id;
        let (chosen, conn) = (Some(w.other_category), &mut *w.conn);
        match how {
            "accepted" => drop(suggestions::accept(conn, &agent, made).await.unwrap()),
            "dismissed" => drop(suggestions::dismiss(conn, &agent, made).await.unwrap()),
            "overridden" | "abstained" => {
                drop(tickets::change_category(conn, &agent, edit, chosen).await.unwrap());
            }
            "ignored" => {
                drop(tickets::change_status(conn, &agent, edit, Status::Solved).await.unwrap());
            }
            "superseded" => {
                let id = ticket.0.simple();
                w.sql(&format!(
                    "UPDATE suggestions SET state = 'superseded' WHERE ticket_id = X'{id}'"
                ))
                .await;
            }
            _ => {}
        }
    }
    let_apply(w, LabelKind::Category).await;
    let ticket = w.ticket("applied").await.id;
    record_one(w, answer(ticket, version, label)).await;
    let ticket = w.hidden_ticket("hidden").await.id;
    let made = record_one(w, answer(ticket, version, label)).await;
    suggestions::accept(&mut w.conn, &admin, made.id).await.unwrap();
    version
}

#[tokio::test(flavor = "multi_thread")]
async fn every_state_is_counted_for_those_who_may_see_the_tickets() {
    let mut w = World::new().await;
    every_state(&mut w).await;
    let kind = LabelKind::Category;
    // The abstained one was overridden; accepted, overridden and abstained tickets have a person's
    // label, and the first of them is the suggested one.
    let mine = Figures {
        all: 8,
        abstained: 1,
        open: 1,
        accepted: 1,
        dismissed: 1,
        overridden: 2,
        superseded: 1,
        applied: 1,
        ever_applied: 1,
        ignored: 1,
        judged: 3,
        right: 1,
        ..Figures::default()
    };
    let all = Figures { all: 9, accepted: 2, judged: 4, right: 2, ..mine };
    for (who, actor) in w.actors() {
        let found = suggestions::figures(&mut w.conn, &actor, scope(kind), &[]).await;
        let expected = match who {
            "admin" => vec![all],
            "agent" | "reader" | "lead" => vec![mine],
            "outsider" => vec![Figures::default()],
            _ => {
                assert_eq!(outcome(&found), "forbidden", "{who}");
                continue;
            }
        };
        assert_eq!(found.unwrap(), expected, "{who}");
        let narrow = Actor { scopes: Some(vec![Scope::TicketsWrite]), ..actor };
        let refused = suggestions::figures(&mut w.conn, &narrow, scope(kind), &[]).await;
        assert_eq!(outcome(&refused), "forbidden", "{who}");
    }
    assert_eq!((mine.acceptance(), mine.coverage()), (Some(0.25), Some(0.875)));
    assert_eq!((all.accuracy(), mine.override_rate()), (Some(0.5), Some(2.0 / 3.0)));
    let agent = w.team.agent.clone();
    let other = suggestions::figures(&mut w.conn, &agent, scope(LabelKind::Priority), &[]).await;
    assert_eq!(other.unwrap(), [Figures::default()]);
    w.finish().await;
}

/// People correct what the desk applied wrongly and leave the rest alone: that must not count against advice.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_desk_applied_is_counted_apart_from_advice() {
    let mut w = World::new().await;
    let agent = w.team.agent.clone();
    let label = Label::Category(w.category);
    let version = model(&mut w.conn, LabelKind::Category).await;
    for (is_applied, how) in [
        (false, "accept"),
        (false, "accept"),
        (false, "choose another"),
        (false, "dismiss"),
        (true, "leave alone"),
        (true, "accept"),
        (true, "revert"),
        (true, "take off"),
        (true, "choose another"),
        (true, "supersede"),
    ] {
        if is_applied {
            let_apply(&mut w, LabelKind::Category).await;
        }
        let ticket = w.ticket(how).await.id;
        let made = record_one(&mut w, answer(ticket, version, label)).await;
        assert_eq!(made.applied_at.is_some(), is_applied);
        let (edit, chosen, conn) = (Edit::any_version(ticket), w.other_category, &mut *w.conn);
        match how {
            "accept" => drop(suggestions::accept(conn, &agent, made.id).await.unwrap()),
            "dismiss" => drop(suggestions::dismiss(conn, &agent, made.id).await.unwrap()),
            "revert" => drop(suggestions::revert(conn, &agent, made.id).await.unwrap()),
            "take off" => {
                drop(tickets::change_category(conn, &agent, edit, None).await.unwrap());
            }
            "choose another" => {
                drop(tickets::change_category(conn, &agent, edit, Some(chosen)).await.unwrap());
            }
            "supersede" => drop(suggest_label(&mut w, ticket, label).await),
            _ => {}
        }
    }
    let of_version = FigureScope { version: Some(version), ..scope(LabelKind::Category) };
    let [found] = suggestions::figures(&mut w.conn, &agent, of_version, &[]).await.unwrap()[..]
    else {
        panic!("one row")
    };
    let expected = Figures {
        all: 10,
        accepted: 3,
        dismissed: 3,
        overridden: 2,
        superseded: 1,
        applied: 1,
        ever_applied: 6,
        accepted_applied: 1,
        reverted_applied: 2,
        overridden_applied: 1,
        judged: 5,
        right: 3,
        ..Figures::default()
    };
    assert_eq!(found, expected);
    assert_eq!((found.acceptance(), found.override_rate()), (Some(0.5), Some(1.0 / 3.0)));
    assert_eq!(found.correction_rate(), Some(0.5));
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_are_grouped_and_narrowed_by_version_queue_and_week() {
    let mut w = World::new().await;
    let version = every_state(&mut w).await;
    let second = model(&mut w.conn, LabelKind::Category).await;
    let ticket = w.ticket("By the second").await.id;
    let label = Label::Category(w.category);
    record_one(&mut w, answer(ticket, second, label)).await;
    // 2026-01-01 was a Thursday: Monday the 29th of December belongs to the first week of 2026.
    for (version, at) in [(version, "2025-12-29 00:00:00"), (second, "2026-01-05 00:00:00")] {
        let id = version.0.simple();
        w.sql(&format!(
            "UPDATE suggestions SET created_at = '{at}' WHERE model_version_id = X'{id}'"
        ))
        .await;
    }
    let (admin, agent) = (w.team.admin.clone(), w.team.agent.clone());
    let kind = LabelKind::Category;
    let (mine, other) = (w.team.queue, w.team.other_queue);
    type Row = (Option<ModelVersionId>, Option<QueueId>, Option<String>, u64);
    let row = |f: &Figures| -> Row { (f.version, f.queue, f.week.map(|w| w.to_string()), f.all) };
    let week = |text: &str| Some(text.to_owned());
    let (first, later) = ("2026-W01", "2026-W02");
    use FigureGroup::{Queue, Version, Week};
    let cases: Vec<(&[FigureGroup], Vec<Row>)> = vec![
        (&[Version], vec![(Some(version), None, None, 9), (Some(second), None, None, 1)]),
        (&[Week], vec![(None, None, week(first), 9), (None, None, week(later), 1)]),
        (
            &[Queue, Week, Version],
            vec![
                (Some(version), Some(mine), week(first), 8),
                (Some(version), Some(other), week(first), 1),
                (Some(second), Some(mine), week(later), 1),
            ],
        ),
    ];
    for (groups, expected) in cases {
        let found = suggestions::figures(&mut w.conn, &admin, scope(kind), groups).await.unwrap();
        assert_eq!(found.iter().map(row).collect::<Vec<_>>(), expected, "{groups:?}");
    }
    let border = time("2026-01-05T00:00:00Z");
    for (who, narrowed, count) in [
        (&admin, FigureScope { version: Some(second), ..scope(kind) }, 1),
        (&admin, FigureScope { version: Some(ModelVersionId::new()), ..scope(kind) }, 0),
        (&admin, FigureScope { queue: Some(other), ..scope(kind) }, 1),
        (&agent, FigureScope { queue: Some(other), ..scope(kind) }, 0),
        (&agent, FigureScope { queue: Some(mine), ..scope(kind) }, 9),
        (&admin, FigureScope { made: Range { from: Some(border), until: None }, ..scope(kind) }, 1),
        (&admin, FigureScope { made: Range { from: None, until: Some(border) }, ..scope(kind) }, 9),
    ] {
        let found = suggestions::figures(&mut w.conn, who, narrowed, &[]).await.unwrap();
        assert_eq!(found[0].all, count, "{narrowed:?}");
    }
    // Without suggestions there are no rows for groups.
    let none = FigureScope { queue: Some(other), ..scope(kind) };
    assert_eq!(suggestions::figures(&mut w.conn, &agent, none, &[Week]).await.unwrap(), []);
    // A deleted ticket's are out of sight.
    let edit = Edit::any_version(ticket);
    tickets::delete(&mut w.conn, &admin, edit, "spam").await.unwrap();
    let found = suggestions::figures(&mut w.conn, &admin, scope(kind), &[]).await.unwrap();
    assert_eq!(found[0].all, 9);
    w.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn priorities_are_judged_by_what_people_set() {
    let mut w = World::new().await;
    let agent = w.team.agent.clone();
    let version = model(&mut w.conn, LabelKind::Priority).await;
    for (suggested, set) in [
        (Priority::High, Some(Priority::High)),
        (Priority::High, Some(Priority::Low)),
        (Priority::Normal, None),
    ] {
        let ticket = w.ticket("Card lost").await.id;
        record_one(&mut w, answer(ticket, version, Label::Priority(suggested))).await;
        if let Some(priority) = set {
            let edit = Edit::any_version(ticket);
            tickets::change_priority(&mut w.conn, &agent, edit, priority).await.unwrap();
        }
    }
    let scope = scope(LabelKind::Priority);
    let found = suggestions::figures(&mut w.conn, &agent, scope, &[]).await.unwrap();
    assert_eq!((found[0].all, found[0].judged, found[0].right), (3, 2, 1));
    w.finish().await;
}

#[derive(QueryableByName)]
struct Variable {
    #[diesel(sql_type = Text, column_name = "Value")]
    value: String,
}

/// Rows this connection has read so far, by any access.
async fn reads(conn: &mut Conn) -> i64 {
    let rows: Vec<Variable> =
        diesel::sql_query("SHOW SESSION STATUS LIKE 'Handler_read%'").load(conn).await.unwrap();
    rows.iter().map(|row| row.value.parse::<i64>().unwrap()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_week_looks_at_the_suggestions_of_the_week_alone() {
    const ALL: i64 = 4000;
    const WEEK: i64 = 70;
    let mut w = World::new().await;
    let version = model(&mut w.conn, LabelKind::Category).await;
    let ticket = w.ticket("Card lost").await;
    let label = Label::Category(w.category);
    record_one(&mut w, answer(ticket.id, version, label)).await;
    let digits = "(SELECT 0 d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION \
                  SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9)";
    let numbers = format!(
        "(SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d AS n FROM {digits} a, {digits} b, \
         {digits} c, {digits} e) numbers WHERE n < {ALL}"
    );
    let id = "UNHEX(LPAD(HEX(n), 32, '0'))";
    w.sql(&format!(
        "INSERT INTO tickets (id, subject, status, priority, priority_origin, queue_id, \
         requester_id, version, source, created_at, updated_at) SELECT {id}, 'Many', 'open', \
         'normal', 'default', t.queue_id, t.requester_id, 1, 'web', t.created_at, t.created_at \
         FROM tickets t, {numbers}; \
         INSERT INTO suggestions (id, ticket_id, kind, category_id, probability, abstained, \
         runner_ups, deciding_words, model_version_id, state, created_at) SELECT {id}, {id}, \
         kind, category_id, probability, abstained, runner_ups, deciding_words, \
         model_version_id, state, '2020-01-06' + INTERVAL n * 144 MINUTE \
         FROM suggestions s, {numbers}; ANALYZE TABLE tickets, suggestions"
    ))
    .await;
    let agent = w.team.agent.clone();
    let (from, until) = (Some(time("2020-06-01T00:00:00Z")), Some(time("2020-06-08T00:00:00Z")));
    let week = FigureScope { made: Range { from, until }, ..scope(LabelKind::Category) };
    let before = reads(&mut w.conn).await;
    let groups = [FigureGroup::Version, FigureGroup::Queue, FigureGroup::Week];
    let found = suggestions::figures(&mut w.conn, &agent, week, &groups).await.unwrap();
    assert_eq!((found.len(), found[0].all), (1, WEEK as u64));
    suggestions::calibration(&mut w.conn, &agent, week, 10).await.unwrap();
    let looked_at = reads(&mut w.conn).await - before;
    // Each suggestion and its ticket, for figures and for the plot, and some for sorting.
    assert!(looked_at < 6 * WEEK, "{looked_at} rows");
    w.db.desk.settle().await.unwrap();
    tickets::counts::rebuild(&mut w.conn).await.unwrap();
    w.finish().await;
}
