//! `PATCH /v1/advocates/{id}`: what the merchant says of an advocate. Phone, address and device become keyed hashes, by
//! which a friend who is the advocate may be known.

use std::collections::BTreeMap;

use serde::Deserialize;
use shared::App;
use shared::domain::id::MerchantId;
use shared::domain::mark::{Device, Phone, StreetAddress, Told};
use shared::domain::person::{Fingerprint, Mark};
use shared::domain::text::Text;
use shared::http::{Answer, ApiError, Call, Patch};
use shared::store::Writes;

use crate::advocates::{named, own};

/// A change; what is left out stays, `null` takes it away.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AdvocatePatch {
    #[serde(default)]
    loyalty_tier: Patch<Text<32>>,
    #[serde(default)]
    phone: Patch<Phone>,
    #[serde(default)]
    address: Patch<StreetAddress>,
    #[serde(default)]
    device: Patch<Device>,
}

/// Changes the advocate. An order that was decided stays with what was known then.
pub(crate) async fn change(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let (asked, told): (AdvocatePatch, _) = call.act()?;
    let advocate = own(app, merchant, &call.path("id")).await?;
    let tier = match &asked.loyalty_tier {
        Patch::Absent => None,
        Patch::Clear => Some(None),
        Patch::Set(tier) => Some(Some(&**tier)),
    };
    let mut writes = Writes::default();
    app.store.describe_advocate(&mut writes, advocate.id, tier, &marks(app, merchant, &asked))?;
    told.record_change(app, &mut writes, merchant, ("change_advocate", &advocate.id.to_string()))?;
    app.store.transact(writes).await.map_err(|failure| match failure {
        failure if failure.is_condition() => {
            ApiError::conflict("advocate_erased", "the person behind this advocate was erased")
        }
        failure => failure.into(),
    })?;
    let advocate = own(app, merchant, &call.path("id")).await?;
    Ok(Answer::ok(named(app, &advocate).await?))
}

/// The marks that change: to what was told, or to none.
fn marks(app: &App, merchant: MerchantId, asked: &AdvocatePatch) -> BTreeMap<Mark, Option<Fingerprint>> {
    let told = Told {
        phone: asked.phone.applied_to(None),
        address: asked.address.applied_to(None),
        device: asked.device.applied_to(None),
        country: None,
    };
    let cleared = [
        (Mark::Phone, asked.phone == Patch::Clear),
        (Mark::Address, matches!(asked.address, Patch::Clear)),
        (Mark::Device, asked.device == Patch::Clear),
    ];
    let cleared = cleared.into_iter().filter(|(_, is_cleared)| *is_cleared).map(|(mark, _)| (mark, None));
    let set = app.config.keys.fingerprints(merchant, &told).into_iter();
    cleared.chain(set.map(|(mark, fingerprint)| (mark, Some(fingerprint)))).collect()
}
