use serde_json::{Value, json};

use crate::support::{TestApp, at, codes, paths, public};

const FIELDS: &str = "errors { code message path } cursor \
    user { id name email role active createdAt organisation { id name } }";

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_creates_and_changes_anybody() {
    let app = TestApp::start().await;
    let adam = app.as_(&app.team.admin).await;
    let organisation =
        adam.change("createOrganisation", json!({ "name": "Acme" }), "organisation { id }").await;
    let organisation = at(&organisation, "/data/payload/organisation/id");
    let input = json!({ "email": " n@example.org ", "name": "Nina", "role": "LEAD",
        "password": "a long password", "organisationId": organisation });
    let made = adam.change("createUser", input, FIELDS).await;
    let user = &made["data"]["payload"]["user"];
    assert!(made["data"]["payload"]["cursor"].is_string(), "{made}");
    assert_eq!((&user["email"], &user["role"]), (&json!("n@example.org"), &json!("LEAD")));
    assert_eq!(user["organisation"]["name"], "Acme");
    let id = at(user, "/id");
    for (field, value, shown) in [
        ("name", json!("Nora"), json!("Nora")),
        ("role", json!("AGENT"), json!("AGENT")),
        ("organisationId", Value::Null, Value::Null),
        ("active", json!(false), json!(false)),
    ] {
        let mut input = json!({ "id": id });
        input[field] = value;
        let changed = adam.change("updateUser", input, FIELDS).await;
        assert_eq!(
            changed["data"]["payload"]["user"][field.trim_end_matches("Id")],
            shown,
            "{changed}"
        );
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_invalid_field_of_a_user_is_named() {
    let app = TestApp::start().await;
    let adam = app.as_(&app.team.admin).await;
    let unknown = uuid::Uuid::now_v7().simple().to_string();
    for (field, value, wanted) in [
        ("email", json!("nobody"), "INVALID email"),
        ("email", json!("ADA@example.org"), "ALREADY_EXISTS email"),
        ("name", json!(""), "INVALID name"),
        ("name", json!("x".repeat(201)), "INVALID name"),
        ("password", json!("short"), "INVALID password"),
        ("organisationId", json!("x"), "INVALID organisationId"),
        ("organisationId", json!(public("organisation", &unknown)), "INVALID organisationId"),
    ] {
        let mut input = json!({ "email": "n@example.org", "name": "n", "role": "CUSTOMER" });
        input[field] = value.clone();
        assert_eq!(paths(&adam.change("createUser", input, FIELDS).await), [wanted], "{field}");
        if field != "email" {
            let mut input = json!({ "id": public("user", app.team.agent.user().unwrap()) });
            input[field] = value;
            assert_eq!(paths(&adam.change("updateUser", input, FIELDS).await), [wanted], "{field}");
        }
    }
    let both = json!({ "email": "", "name": "", "role": "CUSTOMER", "password": "x" });
    let answer = adam.change("createUser", both, FIELDS).await;
    assert_eq!(paths(&answer), ["INVALID email", "INVALID name", "INVALID password"]);
    let me = public("user", app.team.admin.user().unwrap());
    for change in [json!({ "id": me, "active": false }), json!({ "id": me, "role": "AGENT" })] {
        assert_eq!(
            paths(&adam.change("updateUser", change, FIELDS).await),
            ["INVALID id"],
            "last admin"
        );
    }
    let nobody = json!({ "id": public("user", &unknown), "name": "x" });
    assert_eq!(paths(&adam.change("updateUser", nobody, FIELDS).await), ["NOT_FOUND id"]);
    assert_eq!(app.db.count("users").await, 7);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_manage_customers_and_customers_nobody() {
    let app = TestApp::start().await;
    let (agent, customer) = (&app.team.agent, &app.team.customer);
    let (ada, carl) = (app.as_(agent).await, app.as_(customer).await);
    let new = |role: &str| json!({ "email": "n@example.org", "name": "n", "role": role });
    let id = |actor: &deskwire_domain::Actor| public("user", actor.user().unwrap());
    for (who, name, input, wanted) in [
        (&app.anybody(), "createUser", new("CUSTOMER"), "UNAUTHENTICATED"),
        (&carl, "createUser", new("CUSTOMER"), "FORBIDDEN"),
        (&ada, "createUser", new("AGENT"), "FORBIDDEN"),
        (&ada, "updateUser", json!({ "id": id(customer), "role": "ADMIN" }), "FORBIDDEN"),
        (&ada, "updateUser", json!({ "id": id(agent), "name": "x" }), "FORBIDDEN"),
        (&carl, "updateUser", json!({ "id": id(customer), "name": "x" }), "FORBIDDEN"),
        (&carl, "updateUser", json!({ "id": id(agent), "name": "x" }), "FORBIDDEN"),
    ] {
        assert_eq!(codes(&who.change(name, input, FIELDS).await), [wanted], "{name}");
    }
    let renamed =
        ada.change("updateUser", json!({ "id": id(customer), "name": "Carlo" }), FIELDS).await;
    assert_eq!(renamed["data"]["payload"]["user"]["name"], "Carlo", "{renamed}");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_listed_filtered_and_in_pages() {
    let app = TestApp::start().await;
    let ada = app.as_(&app.team.agent).await;
    let operation = "query($filter: UserFilterInput, $first: Int, $after: String) { users(filter: \
        $filter, first: $first, after: $after) { nodes { name } pageInfo { endCursor hasNextPage } } }";
    let adam = app.as_(&app.team.admin).await;
    for name in ["Ada Lovelace", "Ada Lovelace King"] {
        let email = format!("{}@example.net", name.len());
        let input = json!({ "email": email, "name": name, "role": "CUSTOMER" });
        adam.change("createUser", input, "errors { code }").await;
    }
    let names = async |variables: Value| {
        let found = ada.data(operation, variables).await;
        let nodes = found["users"]["nodes"].as_array().unwrap().clone();
        (nodes.iter().map(|n| at(n, "/name").to_owned()).collect::<Vec<_>>(), found)
    };
    for (filter, wanted) in [
        (
            json!({ "roles": ["CUSTOMER"] }),
            vec!["Ada Lovelace", "Ada Lovelace King", "carl", "cora"],
        ),
        (json!({ "startsWith": "ad" }), vec!["ada", "Ada Lovelace", "Ada Lovelace King", "adam"]),
        (json!({ "startsWith": "%" }), vec![]),
        (json!({ "text": "LOVE" }), vec!["Ada Lovelace", "Ada Lovelace King"]),
        (json!({ "text": " king ada " }), vec!["Ada Lovelace King"]),
        (json!({ "text": "cora@ex" }), vec!["cora"]),
        (json!({ "text": "velace" }), vec![]),
        (json!({ "text": "%" }), vec![]),
        (json!({ "text": "ada love", "roles": ["AGENT"] }), vec![]),
        (json!({ "active": false }), vec![]),
        (json!({ "roles": ["LEAD"], "active": true }), vec!["lea"]),
    ] {
        assert_eq!(names(json!({ "filter": filter })).await.0, wanted, "{filter}");
    }
    let (first, page) = names(json!({ "first": 5 })).await;
    let after = &page["users"]["pageInfo"]["endCursor"];
    let (second, page) = names(json!({ "first": 5, "after": after })).await;
    let all =
        ["ada", "Ada Lovelace", "Ada Lovelace King", "adam", "carl", "cora", "lea", "otto", "rita"];
    assert_eq!([first, second].concat(), all);
    assert_eq!(page["users"]["pageInfo"]["hasNextPage"], false);
    let carl = app.as_(&app.team.customer).await;
    assert_eq!(codes(&carl.run(operation, json!({})).await), ["FORBIDDEN"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn queues_and_tokens_of_a_user_are_for_themselves_and_admins() {
    let app = TestApp::start().await;
    let id = public("user", app.team.agent.user().unwrap());
    let operation = "query($id: ID!) { node(id: $id) { ... on User { memberships { right queue { name } } \
        tokens { name scopes } } } }";
    let (adam, ada) = (app.as_(&app.team.admin).await, app.as_(&app.team.agent).await);
    let all = json!({ "memberships": [{ "right": "REPLY", "queue": { "name": "Support" } }],
        "tokens": [{ "name": "test", "scopes": ["TICKETS_READ", "TICKETS_WRITE", "USERS_READ", "USERS_WRITE", "ADMIN"] }] });
    for client in [&adam, &ada] {
        assert_eq!(client.data(operation, json!({ "id": id })).await["node"], all);
    }
    let nothing = json!({ "memberships": [], "tokens": [] });
    let lea = app.as_(&app.team.lead).await;
    assert_eq!(lea.data(operation, json!({ "id": id })).await["node"], nothing);
    let limited = app.scoped(&app.team.admin, &[deskwire_domain::actor::Scope::UsersRead]).await;
    let found = limited.data(operation, json!({ "id": id })).await;
    assert_eq!(found["node"]["tokens"], json!([]));
    app.finish().await;
}

/// Staff of equal rights share what a live queue sends, but not what each sees of themselves alone.
#[tokio::test(flavor = "multi_thread")]
async fn a_live_queue_shows_queues_and_tokens_of_an_agent_to_nobody_else() {
    let app = TestApp::start().await;
    let id = public("ticket", app.ticket("Printer").await.id);
    let mut conn = app.db.conn().await;
    let right = deskwire_domain::queues::QueueRight::Reply;
    let alan = deskwire_domain::testing::agent(&mut conn, "alan", app.team.queue, right).await;
    drop(conn);
    let (ada, adam) = (app.as_(&app.team.agent).await, app.as_(&app.team.admin).await);
    ada.change("claimTicket", json!({ "id": id }), "errors { code }").await;
    let live = "subscription($after: Cursor) { queueUpdates(after: $after) { ticket { subject \
        assignee { name memberships { right } tokens { name } } } } }";
    let after = app.db.desk.settle().await.unwrap().to_string();
    let mut sockets = [app.socket(&app.team.agent).await, app.socket(&alan).await];
    for socket in &mut sockets {
        socket.subscribe("1", live, json!({ "after": after })).await;
    }
    for subject in ["One", "Two", "Three"] {
        adam.change("updateTicket", json!({ "id": id, "subject": subject }), "cursor").await;
        for (socket, own) in sockets.iter_mut().zip([true, false]) {
            let ticket = socket.item().await["ticket"].take();
            assert_eq!(
                (&ticket["subject"], at(&ticket, "/assignee/name")),
                (&json!(subject), "ada")
            );
            for field in ["memberships", "tokens"] {
                let shown = !ticket["assignee"][field].as_array().unwrap().is_empty();
                assert_eq!(shown, own, "{field}: {ticket}");
            }
        }
    }
    app.finish().await;
}
