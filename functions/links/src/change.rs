//! `PATCH /v1/links/{code}`: only what is named changes, and never on top of a change that was not seen.

use jiff::Timestamp;
use shared::App;
use shared::http::{Answer, ApiError, Call, Patch};
use shared::store::{Link, LinkCode, LinkState, Writes};

use crate::asked::Change;
use crate::{find, may_lead_to, view};

/// Tries until "busy" is the answer; each that fails means that another change went through.
const TRIES: u32 = 8;

/// Changes the link.
pub(crate) async fn change(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let (asked, told): (Change, _) = call.act()?;
    for _ in 0..TRIES {
        let link = find(app, call, merchant).await?;
        if let Patch::Set(destination) = &asked.destination {
            may_lead_to(app, link.shop, destination).await?;
        }
        let now = app.now();
        if asked.state == Some(LinkState::Active) && link.erased_at.is_some() {
            return Err(ApiError::conflict("advocate_erased", "the link's advocate was erased; it stays disabled"));
        }
        let Some(mut changed) = changed(&link, &asked, now) else {
            return Ok(Answer::ok(view::link(&link, &call.public_url(app))));
        };
        let follows = follows(app, &link, &mut changed, now).await?;
        let mut writes = Writes::default();
        app.store.put_link_version(&mut writes, &changed)?;
        if follows {
            app.store.put_code_message(&mut writes, &changed, now)?;
        }
        told.record_change(app, &mut writes, merchant, ("change_link", changed.code.as_str()))?;
        match app.store.transact(writes).await {
            Ok(()) => return Ok(Answer::ok(view::link(&changed, &call.public_url(app)))),
            Err(failure) if failure.is_condition() => {}
            Err(failure) => return Err(failure.into()),
        }
    }
    Err(ApiError::busy("the link could not be changed: others were first each time"))
}

/// Whether the code at the shop's checkout has to follow the change; one that is made again is pending from now on.
async fn follows(app: &App, before: &Link, after: &mut Link, now: Timestamp) -> Result<bool, ApiError> {
    if (before.state, before.expires_at) == (after.state, after.expires_at) {
        return Ok(false);
    }
    let missing = |what: String| ApiError::internal(format!("{what} is missing"));
    let shop = app.store.shop(after.shop).await?.ok_or_else(|| missing(after.shop.to_string()))?;
    let program = app.store.program(after.merchant, after.program).await?;
    let program = program.ok_or_else(|| missing(after.program.to_string()))?;
    let wanted = after.wants_code(&shop, &program, now);
    if wanted && after.platform_code.is_none() {
        after.platform_code = Some(LinkCode::PENDING);
    }
    Ok(after.platform_code.is_some())
}

/// The link after the change; `None` when it is so already.
fn changed(link: &Link, asked: &Change, now: Timestamp) -> Option<Link> {
    let mut changed = link.clone();
    match asked.state {
        Some(LinkState::Active) => (changed.state, changed.disabled_at) = (LinkState::Active, None),
        // Disabling again keeps the time since when it is: orders are judged by it.
        Some(LinkState::Disabled) if link.state != LinkState::Disabled => {
            (changed.state, changed.disabled_at) = (LinkState::Disabled, Some(now));
        }
        Some(LinkState::Disabled) | None => {}
    }
    changed.destination = asked.destination.applied_to(link.destination.as_ref());
    changed.expires_at = asked.expires_at.applied_to(link.expires_at.as_ref());
    let what = |link: &Link| (link.state, link.disabled_at, link.destination.clone(), link.expires_at);
    let differs = what(link) != what(&changed);
    changed.version += 1;
    differs.then_some(changed)
}

#[cfg(test)]
mod tests {
    use shared::http::parse;

    use super::*;
    use crate::tests::link;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    fn asked(body: &str) -> Change {
        parse(body.as_bytes()).expect(body)
    }

    #[test]
    fn only_what_is_named_changes() {
        let full = Link { destination: Some("https://a.example/".into()), expires_at: Some(at(5)), ..link() };
        let apply = |body: &str| changed(&full, &asked(body), at(9));
        for nothing in [
            "{}",
            "{\"state\": \"active\"}",
            "{\"destination\": \"https://a.example/\"}",
            "{\"expires_at\": \"1970-01-01T00:00:05Z\"}",
        ] {
            assert!(apply(nothing).is_none(), "{nothing}");
        }
        let cleared = apply("{\"destination\": null}").expect("a change");
        assert_eq!((cleared.destination, cleared.expires_at, cleared.version), (None, Some(at(5)), full.version + 1));
        let cleared = apply("{\"expires_at\": null}").expect("a change");
        assert_eq!((cleared.destination.as_deref(), cleared.expires_at), (Some("https://a.example/"), None));
    }

    #[test]
    fn a_link_is_disabled_since_the_first_time_until_it_is_enabled() {
        let disabled = changed(&link(), &asked("{\"state\": \"disabled\"}"), at(7)).expect("a change");
        assert_eq!(
            (disabled.state, disabled.disabled_at, disabled.dead_from()),
            (LinkState::Disabled, Some(at(7)), Some(at(7)))
        );
        assert!(changed(&disabled, &asked("{\"state\": \"disabled\"}"), at(9)).is_none());
        let enabled = changed(&disabled, &asked("{\"state\": \"active\"}"), at(9)).expect("a change");
        assert_eq!(
            (enabled.state, enabled.dead_from(), enabled.version),
            (LinkState::Active, None, link().version + 2)
        );
    }
}
