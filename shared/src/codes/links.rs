//! Links' codes at the checkout. Whoever is first at a program's discount takes along all codes that wait for it, so that
//! a thousand new links are four calls.

use super::offers::{ensure, offer, release};
use super::{Trouble, done, heard, shop, tell};
use crate::App;
use crate::domain::code::Code;
use crate::domain::coupon::CouponCode;
use crate::domain::program::Program;
use crate::platform::api::Client;
use crate::platform::api::{ApiFailure, Caller, CodeFate, Offer};
use crate::store::{CodeState, DiscountRow, Ended, Link, LinkCode, OutboxState, Shop, StoreError};

/// The most that a platform adds at once.
const BATCH: usize = 250;

/// Has the platform follow a link.
pub(super) async fn see_to(app: &App, shops: &Client, code: &Code) -> Result<Ended, Trouble> {
    let Some(link) = app.store.link(code).await? else { return Ok(done()) };
    let shop = shop(app, link.shop).await?;
    let program = app.store.program(link.merchant, link.program).await?.ok_or(Trouble::Missing("program"))?;
    let known = app.store.discount(link.shop, link.program).await?;
    let Some(offer) = offer(&program, &shop).filter(|_| link.wants_code(&shop, &program, app.now())) else {
        if link.platform_code.is_some() {
            remove(app, shops, &shop, &link).await?;
        }
        return Ok(done());
    };
    if stands(&link, known.as_ref()) {
        return Ok(until_it_expires(&link));
    }
    let caller = shops.caller(&app.config.keys, &shop)?;
    let mut row = app.store.lease_discount(link.shop, link.program, app.now()).await?.ok_or(Trouble::Busy)?;
    let added = Box::pin(add(app, &caller, &mut row, &program, &offer, &link)).await;
    let is_made = |fates: &Vec<(Code, CodeFate)>| fates.iter().any(|(_, fate)| *fate == CodeFate::Made);
    let added = heard(app, &shop, added, is_made).await;
    let noted = match added {
        Ok(fates) => note_all(app, &row, fates).await,
        Err(trouble) => Err(trouble),
    };
    release(app, row).await;
    match noted?.into_iter().find(|(its, _)| its == code).map(|(_, fate)| fate) {
        Some(CodeFate::Refused(detail)) => {
            tell(app, link.merchant, &shop, &detail).await?;
            Err(Trouble::Refused)
        }
        Some(CodeFate::Made) | None => Ok(until_it_expires(&link)),
    }
}

/// The code works, with the terms that are wanted.
fn stands(link: &Link, known: Option<&DiscountRow>) -> bool {
    let of = |code: &LinkCode| {
        code.state == CodeState::Made && known.is_some_and(|known| known.generation == code.generation)
    };
    link.platform_code.as_ref().is_some_and(of)
}

/// The platform knows no end of a code that is one of many: it is taken away when the link ends.
fn until_it_expires(link: &Link) -> Ended {
    Ended {
        due_at: link.expires_at,
        ..Ended::settled(link.expires_at.map_or(OutboxState::Sent, |_| OutboxState::Queued), None)
    }
}

/// Nobody waits for the platform any more: a person has to.
pub(super) async fn give_up(app: &App, code: &Code, why: &str) -> Result<(), StoreError> {
    let Some(link) = app.store.link(code).await? else { return Ok(()) };
    let Some(shop) = app.store.shop(link.shop).await? else { return Ok(()) };
    let waits = |link: &Link| link.platform_code.as_ref().is_some_and(|code| code.state == CodeState::Pending);
    if !waits(&link) || !link.works_at(app.now()) {
        return Ok(());
    }
    let detail = format!("not made within 30 days: {why}");
    // First, so that whoever is cut off here tells it again: telling twice is telling once.
    tell(app, link.merchant, &shop, &detail).await?;
    note(app, code, |link| {
        let known = link.platform_code.as_ref().filter(|_| waits(link))?;
        Some(Some(LinkCode { state: CodeState::Refused, detail: Some(detail.clone()), ..known.clone() }))
    })
    .await
}

/// Adds the link's code, and those that wait with it.
async fn add(
    app: &App,
    caller: &Caller,
    row: &mut DiscountRow,
    program: &Program,
    offer: &Offer,
    link: &Link,
) -> Result<Vec<(Code, CodeFate)>, Trouble> {
    let waiting = i32::try_from(BATCH).unwrap_or(i32::MAX);
    let mut codes = app.store.waiting_codes(row.shop, row.program, waiting).await?;
    codes.retain(|code| *code != link.code);
    codes.insert(0, link.code.clone());
    codes.truncate(BATCH);
    let all = |detail: &str| codes.iter().map(|code| (code.clone(), CodeFate::Refused(detail.to_owned()))).collect();
    let coupons: Vec<CouponCode> = codes.iter().filter_map(|code| code.as_str().parse().ok()).collect();
    let mut tries = 0;
    loop {
        let added = match ensure(app, caller, row, program, offer).await {
            Ok(id) => caller.add_codes(&id, offer, &coupons).await,
            Err(Trouble::Api(failure)) => Err(failure),
            Err(trouble) => return Err(trouble),
        };
        match added {
            Ok(fates) => return Ok(codes.into_iter().zip(fates).collect()),
            // Somebody deleted the discount on the platform, and with it the codes that it had.
            Err(ApiFailure::Missing) if tries == 0 => (row.offer, tries) = (None, 1),
            Err(ApiFailure::Refused { detail, .. }) => return Ok(all(&detail)),
            Err(failure) => return Err(failure.into()),
        }
    }
}

/// Notes with each link what became of its code.
async fn note_all(
    app: &App,
    row: &DiscountRow,
    fates: Vec<(Code, CodeFate)>,
) -> Result<Vec<(Code, CodeFate)>, Trouble> {
    for (code, fate) in &fates {
        let code = match fate {
            CodeFate::Made => (code, CodeState::Made, None),
            CodeFate::Refused(detail) => (code, CodeState::Refused, Some(detail.clone())),
        };
        let (code, state, detail) = code;
        let fate = LinkCode { state, detail, generation: row.generation };
        // One that was disabled meanwhile has a message of its own, which takes the code away again.
        note(app, code, |link| link.works_at(app.now()).then(|| Some(fate.clone()))).await?;
    }
    Ok(fates)
}

/// Notes how a link's code stands, and that it waits no more. `becomes`: `None` leaves the link as it is.
async fn note(app: &App, code: &Code, becomes: impl Fn(&Link) -> Option<Option<LinkCode>>) -> Result<(), StoreError> {
    loop {
        let Some(link) = app.store.link(code).await? else { return Ok(()) };
        if let Some(after) = becomes(&link).filter(|after| *after != link.platform_code) {
            let changed = Link { platform_code: after, version: link.version + 1, ..link.clone() };
            match app.store.replace_link(&changed).await {
                // Somebody else changed it.
                Err(failure) if failure.is_condition() => continue,
                noted => noted?,
            }
        }
        return app.store.forget_waiting(&link).await;
    }
}

/// Takes the code of a link that does not work any more away.
async fn remove(app: &App, shops: &Client, shop: &Shop, link: &Link) -> Result<(), Trouble> {
    let row = app.store.lease_discount(link.shop, link.program, app.now()).await?.ok_or(Trouble::Busy)?;
    let removed = match &row.discount {
        // There never was any code.
        None => Ok(()),
        Some(discount) => match shops.caller(&app.config.keys, shop) {
            Ok(caller) => remove_one(&caller, discount, link).await,
            Err(failure) => Err(failure),
        },
    };
    release(app, row).await;
    heard(app, shop, removed.map_err(Trouble::from), |()| false).await?;
    // Whoever changed it meanwhile has left a message of its own.
    note(app, &link.code, |now| (now.version == link.version).then_some(None)).await?;
    Ok(())
}

async fn remove_one(caller: &Caller, discount: &str, link: &Link) -> Result<(), ApiFailure> {
    let Ok(code) = link.code.as_str().parse() else { return Ok(()) };
    match caller.remove_code(Some(discount).filter(|id| !id.is_empty()), &code).await {
        Err(ApiFailure::Missing) => Ok(()),
        removed => removed,
    }
}
