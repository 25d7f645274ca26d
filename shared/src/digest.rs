//! The digest: what waits for a person at the merchant's, once a day or a week. Nothing waits, nothing is sent.

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::App;
use crate::domain::id::MerchantId;
use crate::domain::privacy::Progress;
use crate::domain::referral::{Referral, Reward, State};
use crate::store::key::Listed;
use crate::store::{
    DigestRow, Every, Merchant, Message, Notice, OutboxRow, ParkedRow, PrivacyRow, StoreError, Waiting, Writes,
};

/// When it comes, by the merchant's clock.
const HOUR: i8 = 8;
/// How far back is looked: so many pages of the newest.
const PAGES: usize = 10;
const PAGE: usize = 100;
/// Rewards to hand over that are told of one by one.
const TOLD: usize = 10;

/// Sends a merchant's digest, and says when the next one is due. `false`: there was nothing to do.
pub async fn run(app: &App, pk: &str) -> Result<bool, StoreError> {
    let Some(row) = app.store.digest_at(pk).await?.filter(|row| row.due_at <= app.now()) else { return Ok(false) };
    let Some(merchant) = app.store.merchant(row.merchant).await? else { return Ok(false) };
    let waiting = waiting(app, row.merchant).await?;
    if !waiting.is_empty() {
        let notice = Notice::Digest { waiting };
        let id = Notice::digest_id(row.merchant, row.due_at);
        app.store.add_outbox(&OutboxRow::queued(id, row.merchant, Message::Notice { notice }, app.now())).await?;
    }
    let due_at = next(row.every, app.now(), &merchant.time_zone);
    app.store.put_digest(&DigestRow { due_at, version: row.version + 1, ..row }).await
}

/// Has a merchant's digest come so often.
pub async fn set(app: &App, merchant: &Merchant, every: Every) -> Result<(), StoreError> {
    loop {
        let due_at = next(every, app.now(), &merchant.time_zone);
        let done = match app.store.digest(merchant.id).await? {
            Some(row) if row.every == every => return Ok(()),
            Some(row) => app.store.put_digest(&DigestRow { every, due_at, version: row.version + 1, ..row }).await?,
            None => {
                let row = DigestRow { merchant: merchant.id, every, due_at, version: 1 };
                let mut writes = Writes::default();
                app.store.add_digest(&mut writes, &row)?;
                match app.store.transact(writes).await {
                    Ok(()) => true,
                    Err(failure) if failure.is_condition() => false,
                    Err(failure) => return Err(failure),
                }
            }
        };
        if done {
            return Ok(());
        }
    }
}

/// The next time after now.
pub fn next(every: Every, now: Timestamp, time_zone: &str) -> Timestamp {
    let zone = TimeZone::get(time_zone).unwrap_or(TimeZone::UTC);
    let today = now.to_zoned(zone.clone()).date();
    let days = (0..=8).map(|days| today.saturating_add(i64::from(days).days()));
    let fits = |date: &jiff::civil::Date| every == Every::Day || date.weekday() == Weekday::Monday;
    let at = |date: jiff::civil::Date| date.at(HOUR, 0, 0, 0).to_zoned(zone.clone()).ok().map(|at| at.timestamp());
    days.filter(fits).filter_map(at).find(|at| now < *at).unwrap_or(Timestamp::MAX)
}

async fn waiting(app: &App, merchant: MerchantId) -> Result<Waiting, StoreError> {
    let mut waiting = Waiting::default();
    let mut to_pay = Vec::new();
    each(app, merchant, Listed::Referrals, |referral: &Referral| {
        waiting.flagged += u32::from(referral.state == State::Flagged);
        for reward in &referral.rewards {
            waiting.stuck_rewards += u32::from(is_stuck(reward));
            if reward.is_to_pay() {
                to_pay.push((referral.owed_since(reward), reward.id));
            }
        }
    })
    .await?;
    to_pay.sort_unstable();
    waiting.to_pay = u32::try_from(to_pay.len()).unwrap_or(u32::MAX);
    waiting.longest = to_pay.into_iter().take(TOLD).map(|(_, reward)| reward).collect();
    each(app, merchant, Listed::Parked, |_: &ParkedRow| waiting.parked += 1).await?;
    each(app, merchant, Listed::Privacy, |request: &PrivacyRow| {
        waiting.privacy_requests += u32::from(request.state != Progress::Done);
    })
    .await?;
    Ok(waiting)
}

/// It is owed, and waits for a person to mend what keeps it, or to add codes to its pool.
fn is_stuck(reward: &Reward) -> bool {
    let is_kept = reward.problem.is_some() || reward.retry_at.is_some();
    reward.state == State::Approved && is_kept && !reward.is_to_pay()
}

async fn each<T: serde::de::DeserializeOwned>(
    app: &App,
    merchant: MerchantId,
    what: Listed,
    mut count: impl FnMut(&T),
) -> Result<(), StoreError> {
    let mut after = None;
    for _ in 0..PAGES {
        let page = app.store.list::<T>(what, merchant, after.as_deref(), PAGE, app.now()).await?;
        page.rows.iter().for_each(&mut count);
        if page.next.is_none() {
            break;
        }
        after = page.next;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_comes_at_eight_by_the_merchants_clock() {
        let next = |every, now: &str| next(every, now.parse().expect("a time"), "Europe/Stockholm").to_string();
        // 2026-11-22 is a Sunday.
        for (every, now, expected) in [
            (Every::Day, "2026-11-22T06:59:59Z", "2026-11-22T07:00:00Z"),
            (Every::Day, "2026-11-22T07:00:00Z", "2026-11-23T07:00:00Z"),
            (Every::Week, "2026-11-22T07:00:00Z", "2026-11-23T07:00:00Z"),
            (Every::Week, "2026-11-23T07:00:00Z", "2026-11-30T07:00:00Z"),
            (Every::Day, "2026-03-28T12:00:00Z", "2026-03-29T06:00:00Z"),
        ] {
            assert_eq!(next(every, now), expected, "{now}");
        }
    }
}
