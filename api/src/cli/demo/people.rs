//! Who works and writes at the demo desk.

use deskwire_domain::ids::{OrganisationId, QueueId, UserId};
use deskwire_domain::queues::QueueRight;
use deskwire_domain::users::{Role, User, UserDraft};
use deskwire_domain::{Actor, Conn, Result, organisations, queues, users};
use std::collections::HashMap;

/// Everybody's password; public, hence only for demo desks.
pub const PASSWORD: &str = "deskwire-demo";

use QueueRight::{Manage, Read, Reply};

/// Somebody who may sign in.
pub struct SignIn {
    pub role: Role,
    pub email: &'static str,
    name: &'static str,
    rights: &'static [(&'static str, QueueRight)],
}

const fn sign_in(
    role: Role,
    email: &'static str,
    name: &'static str,
    rights: &'static [(&'static str, QueueRight)],
) -> SignIn {
    SignIn { role, email, name, rights }
}

const EVERYWHERE: &[(&str, QueueRight)] =
    &[("Support", Manage), ("Billing", Manage), ("Shipping", Manage), ("Technical", Manage)];

pub const SIGN_INS: &[SignIn] = &[
    sign_in(Role::Admin, "admin@demo.deskwire.local", "Robin Falk", &[]),
    sign_in(Role::Lead, "lea@demo.deskwire.local", "Lea Brandt", EVERYWHERE),
    sign_in(
        Role::Agent,
        "ada@demo.deskwire.local",
        "Ada Okafor",
        &[("Support", Reply), ("Billing", Reply)],
    ),
    sign_in(
        Role::Agent,
        "ben@demo.deskwire.local",
        "Ben Lindqvist",
        &[("Technical", Reply), ("Billing", Reply), ("Support", Read)],
    ),
    sign_in(
        Role::Agent,
        "chloe@demo.deskwire.local",
        "Chloé Martin",
        &[("Support", Reply), ("Shipping", Reply)],
    ),
    sign_in(
        Role::Agent,
        "dmitri@demo.deskwire.local",
        "Dmitri Volkov",
        &[("Technical", Reply), ("Shipping", Reply)],
    ),
    sign_in(Role::Customer, "mia@demo.deskwire.local", "Mia Sander", &[]),
];

const ORGANISATIONS: &[(&str, &str)] = &[
    ("Kornblume Bakery", "kornblume.example"),
    ("Hallwick Clinic", "hallwick-clinic.example"),
    ("Snelpost Couriers", "snelpost.example"),
    ("Radhaus Lindau", "radhaus-lindau.example"),
    ("Ostby Municipality", "ostby.example"),
    ("Two Wheels Rental", "twowheels.example"),
];

const FIRST: &[&str] = &[
    "Amara", "Bruno", "Carla", "Deniz", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Katya",
    "Liam", "Marta", "Noor", "Oskar", "Priya", "Quentin", "Rosa", "Samuel", "Tilda", "Umar",
    "Vera", "Wanda", "Yusuf",
];
const LAST: &[&str] = &[
    "Abel", "Bergmann", "Costa", "Dahl", "Eriksen", "Fontaine", "Garcia", "Haddad", "Ivanova",
    "Jensen", "Kowalski", "Lehmann", "Moreau",
];

/// Customers besides the one who signs in.
const CUSTOMERS: usize = 48;

pub struct People {
    /// By queue, the users who may reply there.
    pub repliers: HashMap<&'static str, Vec<User>>,
    pub customers: Vec<User>,
}

/// Creates everybody; the queues must exist.
pub async fn create(conn: &mut Conn, queue_ids: &HashMap<&'static str, QueueId>) -> Result<People> {
    let desk = Actor::system();
    let mut people = People { repliers: HashMap::new(), customers: Vec::new() };
    for SignIn { role, email, name, rights } in SIGN_INS {
        let user = create_one(conn, *role, email, name, None).await?;
        for (queue, right) in *rights {
            queues::set_membership(conn, &desk, queue_ids[queue], user.id, Some(*right)).await?;
            if *right >= Reply {
                people.repliers.entry(queue).or_default().push(user.clone());
            }
        }
        if *role == Role::Customer {
            people.customers.push(user);
        }
    }
    let mut organisation_ids = Vec::new();
    for (name, _) in ORGANISATIONS {
        organisation_ids.push(organisations::create(conn, &desk, name).await?.id);
    }
    for place in 0..CUSTOMERS {
        people.customers.push(create_customer(conn, place, &organisation_ids).await?);
    }
    Ok(people)
}

/// Every third customer writes for an organisation.
async fn create_customer(
    conn: &mut Conn,
    place: usize,
    organisation_ids: &[OrganisationId],
) -> Result<User> {
    let first = FIRST[place % FIRST.len()];
    let last = LAST[(place * 5 + place / FIRST.len()) % LAST.len()];
    let company = place.is_multiple_of(3).then_some(place / 3 % ORGANISATIONS.len());
    let host = company.map_or("mail.example", |at| ORGANISATIONS[at].1);
    let email = format!("{}.{}@{host}", first.to_lowercase(), last.to_lowercase());
    let organisation = company.map(|at| organisation_ids[at]);
    create_one(conn, Role::Customer, &email, &format!("{first} {last}"), organisation).await
}

async fn create_one(
    conn: &mut Conn,
    role: Role,
    email: &str,
    name: &str,
    organisation_id: Option<OrganisationId>,
) -> Result<User> {
    let signs_in = SIGN_INS.iter().any(|sign_in| sign_in.email == email);
    let draft = UserDraft {
        email: email.to_owned(),
        name: name.to_owned(),
        role,
        organisation_id,
        password: signs_in.then(|| PASSWORD.into()),
    };
    users::create(conn, &Actor::system(), draft).await
}

/// The demo's people on a desk that was filled earlier, or `None` on any other desk.
pub async fn find(conn: &mut Conn) -> Result<Option<(Vec<User>, Vec<UserId>)>> {
    let (mut staff, mut customers) = (Vec::new(), Vec::new());
    for SignIn { role, email, .. } in SIGN_INS {
        match users::find_by_email(conn, email).await? {
            Some(user) if *role == Role::Customer => customers.push(user.id),
            Some(user) => staff.push(user),
            None => return Ok(None),
        }
    }
    for place in 0..CUSTOMERS {
        let first = FIRST[place % FIRST.len()].to_lowercase();
        let filter = users::UserFilter {
            roles: vec![Role::Customer],
            active: Some(true),
            starts_with: Some(format!("{first}.")),
            ..Default::default()
        };
        let page = deskwire_domain::page::PageRequest::first(10);
        let found = users::list(conn, &Actor::system(), &filter, &page).await?;
        customers.extend(found.rows.into_iter().map(|user| user.id));
    }
    customers.sort();
    customers.dedup();
    Ok(Some((staff, customers)))
}
