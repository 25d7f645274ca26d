//! A program's discount on its shop's platform: one for all of its links, changed when the program's terms change.

use jiff::{SignedDuration, Timestamp};

use super::{Trouble, done, heard, shop, tell};
use crate::App;
use crate::crypto::sha256_hex;
use crate::domain::id::{MerchantId, ProgramId, ShopId};
use crate::domain::program::{Kind, Program, ProgramState, Value};
use crate::platform::api::Client;
use crate::platform::api::{ApiFailure, Caller, Offer, OfferValue, Terms};
use crate::store::{DiscountRow, Ended, Shop, StoreError, Task};

/// What the program's links give friends at the checkout; `None`: nothing that a code can give.
pub(super) fn offer(program: &Program, shop: &Shop) -> Option<Offer> {
    let code = program.friend_code()?;
    let value = match (code.kind, &code.worth.base) {
        (Kind::FreeShipping, _) => OfferValue::FreeShipping,
        (_, Value::Share { percent, .. }) => OfferValue::Percent(*percent),
        (_, Value::Flat { value }) => OfferValue::Fixed(value.money()?),
    };
    let starts_at = program.starts_at.unwrap_or(program.created_at);
    // While a program is paused its codes stay, but end: one change instead of one for each code.
    let paused_at = (program.state == ProgramState::Paused).then_some(program.version_at);
    let after = |at: Timestamp| at.max(starts_at.saturating_add(SignedDuration::from_secs(1)).unwrap_or(at));
    let terms = Terms {
        minimum: program.displayed_minimum(shop.tax_in_prices),
        starts_at: Some(starts_at),
        ends_at: paused_at.into_iter().chain(program.ends_at).min().map(after),
        once_per_customer: true,
        on_subscriptions: program.codes_on_subscriptions,
    };
    Some(Offer { title: program.name.clone(), value, terms })
}

/// Has the program's discount have these terms. `row` is leased. Answers the platform's id of it.
pub(super) async fn ensure(
    app: &App,
    caller: &Caller,
    row: &mut DiscountRow,
    program: &Program,
    offer: &Offer,
) -> Result<String, Trouble> {
    let digest = sha256_hex(&[format!("{offer:?}").as_bytes()]);
    if let Some(id) = row.discount.as_ref().filter(|_| row.offer.as_ref() == Some(&digest)) {
        return Ok(id.clone());
    }
    // The name must be one that nobody can guess: on some platforms it makes a code.
    let name = format!("Goodword {}", app.config.keys.secret_code(&format!("discount {} {}", row.shop, row.program)));
    let id = caller.put_offer(&name, offer, row.discount.as_deref().filter(|id| !id.is_empty())).await?;
    // Another discount has none of the codes; where each stands alone, each has the old terms.
    let is_anew = row.discount.as_ref() != Some(&id) || id.is_empty();
    if is_anew {
        row.generation += 1;
    }
    let had_some = row.discount.is_some();
    (row.discount, row.offer) = (Some(id.clone()), Some(digest));
    if !app.store.keep_discount(row).await? {
        return Err(Trouble::Busy);
    }
    if is_anew && had_some {
        look_at_all(app, row.shop, program.merchant).await?;
    }
    Ok(id)
}

/// Gives the discount back. If that fails, its lease runs out.
pub(super) async fn release(app: &App, mut row: DiscountRow) {
    row.leased_until = None;
    if let Err(failure) = app.store.keep_discount(&mut row).await {
        tracing::warn!(program = %row.program, %failure, "a discount stays leased for a while");
    }
}

/// The program has new terms.
pub(super) async fn see_to(
    app: &App,
    shops: &Client,
    of: ShopId,
    merchant: MerchantId,
    program: ProgramId,
) -> Result<Ended, Trouble> {
    if app.store.discount(of, program).await?.is_none_or(|row| row.discount.is_none()) {
        // No link's code was made yet; the first one brings the discount.
        look_at_all(app, of, merchant).await?;
        return Ok(done());
    }
    let shop = shop(app, of).await?;
    let program = app.store.program(merchant, program).await?.ok_or(Trouble::Missing("program"))?;
    let caller = shops.caller(&app.config.keys, &shop)?;
    if let Some(offer) = offer(&program, &shop) {
        let mut row = app.store.lease_discount(of, program.id, app.now()).await?.ok_or(Trouble::Busy)?;
        let changed = ensure(app, &caller, &mut row, &program, &offer).await;
        let changed = heard(app, &shop, changed, |_| false).await;
        release(app, row).await;
        if let Err(Trouble::Api(ApiFailure::Refused { detail, .. })) = &changed {
            tell(app, merchant, &shop, detail).await?;
            return Err(Trouble::Refused);
        }
        changed?;
    }
    look_at_all(app, of, merchant).await?;
    Ok(done())
}

/// Has all links of the shop looked at.
async fn look_at_all(app: &App, shop: ShopId, merchant: MerchantId) -> Result<(), StoreError> {
    app.store.restart_job(Task::Codes, shop, merchant, app.now()).await
}
