//! Codes at the checkouts of shops' platforms. Messages say what they are about, never what to do: whoever delivers one
//! looks how the reward or the link stands now, and has the platform follow. So a repeat, a message that comes late, and
//! one that was cut off after the platform did its part all come to the same.

mod links;
mod offers;
mod rewards;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::App;
use crate::connection::{Heard, hear};
use crate::domain::id::{MerchantId, ShopId};
use crate::domain::permission::Permission;
use crate::platform::api::ApiFailure;
use crate::platform::api::Client;
use crate::settle::SettleError;
use crate::store::{Ended, Message, Notice, OutboxRow, OutboxState, Shop, StoreError};

/// What one message may take, so that a platform that hangs can't take all the time of the sweep. What was done by then
/// is found the next time.
const TURN: Duration = Duration::from_secs(20);

/// Waits after the first failure in a row, the second, and so on; the last one for all that follow.
const WAITS: [SignedDuration; 5] = [
    SignedDuration::from_mins(1),
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(30),
    SignedDuration::from_hours(2),
    SignedDuration::from_hours(6),
];
/// Credentials don't come back within minutes.
const NO_ACCESS: SignedDuration = SignedDuration::from_hours(6);
/// How long another worker's turn at a discount may take.
const BUSY: SignedDuration = SignedDuration::from_secs(30);
/// From when on nobody waits for a platform any more.
const GIVEN_UP: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Why a platform does not stand as it should.
#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Api(#[from] ApiFailure),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Settle(#[from] SettleError),
    #[error("another worker is at the discount")]
    Busy,
    #[error("{0} is missing")]
    Missing(&'static str),
    /// The platform will not have it, and that is recorded.
    #[error("refused")]
    Refused,
}

/// Sees to a claimed message about codes.
pub(crate) async fn see_to(app: &App, shops: &Client, row: &OutboxRow) -> Ended {
    let work = async {
        match &row.message {
            Message::RewardCode { reward } => rewards::see_to(app, shops, *reward).await,
            Message::LinkCode { code } => links::see_to(app, shops, code).await,
            Message::Discount { shop, program } => offers::see_to(app, shops, *shop, row.merchant, *program).await,
            Message::Mail { .. } | Message::Notice { .. } | Message::HandOver { .. } | Message::Event { .. } => {
                Err(Trouble::Missing("a platform"))
            }
        }
    };
    match tokio::time::timeout(TURN, Box::pin(work)).await {
        Ok(Ok(ended)) => ended,
        Ok(Err(Trouble::Refused)) => Ended::settled(OutboxState::Dead, Some("refused")),
        Ok(Err(trouble)) => {
            tracing::warn!(outbox = %row.id, kind = row.message.kind(), tries = row.tries(), %trouble, "a code waits");
            later(app, row, &trouble).await
        }
        Err(_) => later(app, row, &Trouble::Api(ApiFailure::TimedOut)).await,
    }
}

/// When a message that failed comes again.
async fn later(app: &App, row: &OutboxRow, trouble: &Trouble) -> Ended {
    let now = app.now();
    let nth = usize::try_from(row.tries()).unwrap_or(usize::MAX).clamp(1, WAITS.len());
    let scheduled = WAITS[nth - 1];
    let (wait, why) = match trouble {
        Trouble::Busy => (BUSY, "busy"),
        Trouble::Api(ApiFailure::Throttled(asked)) => (asked.unwrap_or(scheduled), "throttled"),
        Trouble::Api(ApiFailure::NoAccess | ApiFailure::Unauthorized(_)) => (NO_ACCESS, "no access"),
        Trouble::Api(ApiFailure::TimedOut) => (scheduled, "timeout"),
        Trouble::Api(_) => (scheduled, "platform"),
        Trouble::Store(_) | Trouble::Settle(_) | Trouble::Missing(_) | Trouble::Refused => (scheduled, "storage"),
    };
    if now.duration_since(begun_at(app, row).await) < GIVEN_UP {
        return Ended::again(now, wait, why);
    }
    let given_up = match &row.message {
        Message::RewardCode { reward } => rewards::give_up(app, *reward, why).await,
        Message::LinkCode { code } => links::give_up(app, code, why).await.map_err(SettleError::from),
        _ => Ok(()),
    };
    if let Err(failure) = given_up {
        tracing::error!(outbox = %row.id, %failure, "a code was given up, but that is not recorded");
        return Ended::again(now, wait, why);
    }
    Ended::settled(OutboxState::Dead, Some(why))
}

/// Since when the platform has been asked. A link's message rests until the link ends, and begins anew then.
async fn begun_at(app: &App, row: &OutboxRow) -> Timestamp {
    let Message::LinkCode { code } = &row.message else { return row.created_at };
    let link = app.store.link(code).await.ok().flatten();
    let ended_at = link.and_then(|link| link.expires_at).filter(|end| *end <= app.now());
    ended_at.map_or(row.created_at, |end| end.max(row.created_at))
}

/// Tells the merchant what a platform will not have: once a day for a shop, because one wrong setting refuses all.
async fn tell(app: &App, merchant: MerchantId, shop: &Shop, detail: &str) -> Result<(), StoreError> {
    let now = app.now();
    let notice = Notice::CodeRefused { shop_domain: shop.domain.clone(), detail: detail.to_owned() };
    let id = Notice::code_refused_id(shop.id, now);
    app.store.add_outbox(&OutboxRow::queued(id, merchant, Message::Notice { notice }, now)).await.map(drop)
}

/// The shop whose platform is meant.
async fn shop(app: &App, id: ShopId) -> Result<Shop, Trouble> {
    app.store.shop(id).await?.ok_or(Trouble::Missing("shop"))
}

/// Passes on what a platform answered when it was asked for a code; what that says of the credentials goes on record.
/// `shop`: as it was read before. `proves`: whether it says that codes may be made; not all is asked of the platform.
async fn heard<T>(
    app: &App,
    shop: &Shop,
    answer: Result<T, Trouble>,
    proves: impl FnOnce(&T) -> bool,
) -> Result<T, Trouble> {
    let permission = match &answer {
        Ok(told) if proves(told) => Permission::Ok,
        Err(Trouble::Api(ApiFailure::Unauthorized(_))) => Permission::Missing,
        _ => return answer,
    };
    hear(app, shop, Heard::Codes(permission)).await?;
    answer
}

fn done() -> Ended {
    Ended::settled(OutboxState::Sent, None)
}
