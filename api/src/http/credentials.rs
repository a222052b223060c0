//! Who a request or socket comes from.

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN};
use deskwire_domain::actor::Origin;
use deskwire_domain::sessions::authenticate;
use deskwire_domain::{Desk, Error, Result};
use secrecy::SecretString;

use super::{ORIGIN_HEADER, SESSION_COOKIE};
use crate::graphql::context::{Caller, Transport};

/// The caller of an HTTP request: a bearer token first, then the session cookie, else nobody.
///
/// A session that has ended counts as nobody, so that signing in again works. A bearer token that
/// does not hold is an error, so that a program never reads as anonymous by accident.
///
/// # Errors
/// [`Error::Invalid`] for a bad [`ORIGIN_HEADER`]; [`Error::Unauthenticated`] for a bad bearer token;
/// [`Error::Unavailable`].
pub async fn caller(desk: &Desk, headers: &HeaderMap) -> Result<Caller> {
    let name = headers.get(ORIGIN_HEADER);
    let nobody = Caller {
        authenticated: None,
        secret: None,
        transport: Transport::Cookie,
        address: forwarded_for(headers),
        origin: name.map(|name| Origin::parse(name.as_bytes())).transpose()?,
    };
    if let Some(value) = headers.get(AUTHORIZATION) {
        let text = value.to_str().map_err(|_| Error::Unauthenticated)?;
        return bearer(desk, text, nobody).await;
    }
    let Some(secret) = cookie(headers) else { return Ok(nobody) };
    let authenticated = match desk.authenticate(&secret).await {
        Ok(known) => Some(known),
        Err(Error::Unauthenticated) => None,
        Err(other) => return Err(other),
    };
    Ok(Caller { authenticated, secret: Some(secret), ..nobody })
}

/// The caller that `Bearer SECRET` names, else as `client`.
///
/// # Errors
/// [`Error::Unauthenticated`]; [`Error::Unavailable`].
pub async fn bearer(desk: &Desk, authorization: &str, client: Caller) -> Result<Caller> {
    let secret = authorization
        .split_once(' ')
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, secret)| SecretString::from(secret.trim().to_owned()))
        .ok_or(Error::Unauthenticated)?;
    let known = desk.authenticate(&secret).await?;
    Ok(Caller {
        authenticated: Some(known),
        secret: Some(secret),
        transport: Transport::Bearer,
        ..client
    })
}

/// The caller with the rights that hold now.
///
/// # Errors
/// [`Error::Unauthenticated`] when the session or token has ended; [`Error::Unavailable`].
pub async fn refreshed(desk: &Desk, who: &Caller) -> Result<Caller> {
    let authenticated = match (&who.authenticated, &who.secret) {
        (Some(_), Some(secret)) => Some(authenticate(&mut *desk.conn().await?, secret).await?),
        _ => None,
    };
    Ok(Caller { authenticated, ..who.clone() })
}

/// Browsers send cookies with requests and sockets that other sites start as well. Those have a foreign
/// origin, or, where a browser sends none (a link, an image), `Sec-Fetch-Site` says so.
pub fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if text("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none") {
        return false;
    }
    let Some(origin) = text(ORIGIN.as_str()) else { return true };
    let origin = origin.split_once("://").map(|(_, host)| host);
    matches!((origin, text(HOST.as_str())), (Some(origin), Some(host)) if origin.eq_ignore_ascii_case(host))
}

fn cookie(headers: &HeaderMap) -> Option<SecretString> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, value)| *name == SESSION_COOKIE && !value.is_empty())
        .map(|(_, value)| SecretString::from(value.to_owned()))
}

/// The client's address as the last proxy saw it; empty without a proxy.
fn forwarded_for(headers: &HeaderMap) -> String {
    headers
        .get("x-forwarded-for")
        .and_then(|value| value.to_str().ok())
        .and_then(|list| list.rsplit(',').next())
        .unwrap_or_default()
        .trim()
        .to_owned()
}
