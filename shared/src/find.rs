//! Referrals, and the rewards in them, by what is asked of them. Each filter leads to where the few lie that it lets through:
//! an advocate's are in the ledger, a friend's behind the timeline of orders, those of a program or state in the index of
//! states. What more is asked is then looked at row by row.

use crate::App;
use crate::app::has_time_left;
use crate::domain::code::Code;
use crate::domain::email::EmailAddress;
use crate::domain::id::{AdvocateId, MerchantId, ProgramId, ReferralId, ShopId};
use crate::domain::mix::{bare_mixes, mixes, mixes_of_referrals, mixes_with_rewards};
use crate::domain::order::OrderRef;
use crate::domain::person::PersonKey;
use crate::domain::program::Side;
use crate::domain::referral::{Referral, State};
use crate::http::{ApiError, Call, Fault, Faults, PageRequest, page_body};
use crate::store::key::{Key, Listed, list_position};
use crate::store::{Page, Stated};
use serde_json::{Value, json};

/// Rows that are read for one page at most. Only filters of merchants whose rows are not all placed yet read so many.
const MOST: usize = 2000;
/// Fewest entries of a ledger or a timeline that are read at a time.
const FEWEST: usize = 25;
/// What is left to answer before the function would be stopped.
const RESERVE: std::time::Duration = std::time::Duration::from_secs(20);

/// What is asked of referrals or rewards.
#[derive(Debug, Default)]
pub struct Wanted {
    pub state: Option<State>,
    pub side: Option<Side>,
    pub advocate: Option<AdvocateId>,
    program: Option<ProgramId>,
    shop: Option<ShopId>,
    referral: Option<ReferralId>,
    code: Option<Code>,
    pub email: Option<EmailAddress>,
}

impl Wanted {
    /// From the query.
    pub fn of(call: &Call) -> Result<Self, ApiError> {
        let mut faults = Faults::default();
        let states = "must be one of pending, flagged, approved, issued, redeemed, void, expired";
        let wanted = Self {
            state: parameter(call, "state", states, &mut faults),
            side: parameter(call, "side", "must be advocate or friend", &mut faults),
            advocate: parameter(call, "advocate", "must be an id of the kind \"advocate\"", &mut faults),
            program: parameter(call, "program", "must be an id of the kind \"program\"", &mut faults),
            shop: parameter(call, "shop", "must be an id of the kind \"shop\"", &mut faults),
            referral: parameter(call, "referral", "must be an id of the kind \"referral\"", &mut faults),
            code: parameter(call, "code", "must be a link's code", &mut faults),
            email: parameter(call, "email", "must be an e-mail address", &mut faults),
        };
        faults.finish().map(|()| wanted)
    }

    /// What is asked of the referral itself, whatever its state.
    fn lets_through(&self, referral: &Referral) -> bool {
        self.advocate.is_none_or(|advocate| advocate == referral.advocate)
            && self.program.is_none_or(|program| program == referral.program)
            && self.shop.is_none_or(|shop| shop == referral.order.shop)
            && self.code.as_ref().is_none_or(|code| *code == referral.code)
            && self.referral.is_none_or(|id| id == referral.id)
    }
}

/// A parameter that is read as its type's words are in JSON; a fault where it can't be.
pub fn parameter<T: serde::de::DeserializeOwned>(
    call: &Call,
    name: &str,
    allowed: &str,
    faults: &mut Faults,
) -> Option<T> {
    let text = call.query(name)?;
    let read = serde_json::from_value(json!(text)).ok();
    if read.is_none() {
        // What an address is wrong in is nobody's business but the caller's, and an answer may be logged on the way.
        let fault = Fault::new(name, allowed);
        faults.push(if name == "email" { fault } else { fault.with(&text.into()) });
    }
    read
}

/// What a list is a list of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rows {
    Referrals,
    Rewards,
}

/// Where referrals are looked for.
#[derive(Debug)]
pub enum Place {
    One(ReferralId),
    /// An advocate's, through the books: every grant has a first entry there.
    Ledger(AdvocateId),
    /// An advocate's that nobody earned anything by: they are in no ledger.
    Bare(AdvocateId, Vec<ProgramId>),
    /// A friend's, through the orders of this person; but for those by the person's own link, which the ledger has.
    Orders(PersonKey, Option<AdvocateId>),
    /// In the index of states.
    States(Vec<ProgramId>, Vec<String>),
    All,
}

/// How far a page went: the place, after what in it, and the last row of the referral that follows.
#[derive(Debug, Default, PartialEq, Eq)]
struct Reached {
    place: usize,
    after: Option<String>,
    within: Option<(ReferralId, u8)>,
}

impl Reached {
    fn to_position(&self) -> String {
        let (referral, row) = self.within.map_or_else(Default::default, |(id, row)| (id.to_string(), row.to_string()));
        format!("{}|{referral}|{row}|{}", self.place, self.after.as_deref().unwrap_or_default())
    }

    fn of_position(position: &str) -> Option<Self> {
        let [place, referral, row, after] = position.splitn(4, '|').collect::<Vec<_>>().try_into().ok()?;
        let within = match referral {
            "" => None,
            id => Some((id.parse().ok()?, row.parse().ok()?)),
        };
        Some(Self { place: place.parse().ok()?, after: (!after.is_empty()).then(|| after.to_owned()), within })
    }
}

/// A page of rows; `view` makes those of a referral, each with a number that grows.
pub async fn page(
    app: &App,
    call: &Call,
    merchant: MerchantId,
    wanted: &Wanted,
    (rows, view): (Rows, impl Fn(&Place, &Referral) -> Vec<(u8, Value)>),
) -> Result<Value, ApiError> {
    let asked = PageRequest::of(call)?;
    let strange = || ApiError::invalid(vec![Fault::new("cursor", "must be a `next` of this list")]);
    let mut reached = match &asked.after {
        None => Reached::default(),
        Some(position) => Reached::of_position(position).ok_or_else(strange)?,
    };
    let places = places(app, call, merchant, wanted, rows).await?;
    let (mut shown, mut read) = (Vec::new(), 0);
    while let Some(place) = places.get(reached.place) {
        let left = asked.limit - shown.len();
        let (referrals, next) = look(app, merchant, place, reached.after.as_deref(), left).await?;
        read += referrals.len();
        for (position, referral) in referrals {
            let mut last = reached.within.take().filter(|(id, _)| *id == referral.id).map(|(_, row)| row);
            let fits = referral.merchant == merchant && wanted.lets_through(&referral);
            let views = if fits { view(place, &referral) } else { Vec::new() };
            for (row, view) in views {
                if last.is_some_and(|last| row <= last) {
                    continue;
                }
                if shown.len() == asked.limit {
                    reached.within = last.map(|row| (referral.id, row));
                    return Ok(page_body(shown, Some(&reached.to_position())));
                }
                shown.push(view);
                last = Some(row);
            }
            reached.after = Some(position);
        }
        reached = match next {
            Some(after) => Reached { after: Some(after), ..reached },
            None => Reached { place: reached.place + 1, ..Reached::default() },
        };
        if reached.place < places.len() && (shown.len() == asked.limit || read >= MOST) {
            return Ok(page_body(shown, Some(&reached.to_position())));
        }
    }
    Ok(page_body(shown, None))
}

/// Where to look for what is wanted.
async fn places(
    app: &App,
    call: &Call,
    merchant: MerchantId,
    wanted: &Wanted,
    rows: Rows,
) -> Result<Vec<Place>, ApiError> {
    if let Some(id) = wanted.referral {
        return Ok(vec![Place::One(id)]);
    }
    let is_narrow = wanted.advocate.is_some() || wanted.code.is_some() || wanted.email.is_some();
    let by_state = wanted.state.is_some() || wanted.program.is_some() || wanted.shop.is_some();
    if !is_narrow && !by_state {
        return Ok(vec![Place::All]);
    }
    if !is_narrow {
        if !all_placed(app, call, merchant).await? {
            return Ok(vec![Place::All]);
        }
        let mixes = match (wanted.state, rows) {
            (Some(state), Rows::Referrals) => mixes_of_referrals(state),
            (Some(state), Rows::Rewards) => mixes_with_rewards(state),
            (None, _) => mixes(),
        };
        return Ok(vec![Place::States(programs(app, merchant, wanted).await?, mixes)]);
    }
    let (advocate, orders) = persons(app, merchant, wanted).await?;
    let mut places: Vec<_> = advocate.into_iter().map(Place::Ledger).collect();
    // No ledger knows of referrals that nobody earns anything by; they are few.
    if let (Rows::Referrals, Some(advocate)) = (rows, advocate)
        && all_placed(app, call, merchant).await?
    {
        places.push(Place::Bare(advocate, programs(app, merchant, wanted).await?));
    }
    places.extend(orders.into_iter().map(|person| Place::Orders(person, advocate)));
    Ok(places)
}

/// Whether the index of states has all referrals; else some more are placed there.
async fn all_placed(app: &App, call: &Call, merchant: MerchantId) -> Result<bool, ApiError> {
    let goes_on = || has_time_left(call.deadline_ms(), RESERVE);
    Ok(app.store.all_placed(Stated::Referrals, merchant, app.now(), goes_on).await?)
}

/// Whose referrals are wanted: an advocate's, and those of a person's own orders.
async fn persons(
    app: &App,
    merchant: MerchantId,
    wanted: &Wanted,
) -> Result<(Option<AdvocateId>, Vec<PersonKey>), ApiError> {
    if let Some(email) = &wanted.email {
        let key = app.config.keys.person_by_email(merchant, email);
        let row = app.store.person(merchant, &key).await?.unwrap_or_default();
        let keys = std::iter::once(key).chain(row.same).collect();
        return Ok((row.advocate, keys));
    }
    if let (None, Some(code)) = (wanted.advocate, &wanted.code) {
        let link = app.store.link(code).await?.filter(|link| link.merchant == merchant);
        return Ok((link.map(|link| link.advocate), Vec::new()));
    }
    Ok((wanted.advocate, Vec::new()))
}

/// The merchant's programs that are wanted.
async fn programs(app: &App, merchant: MerchantId, wanted: &Wanted) -> Result<Vec<ProgramId>, ApiError> {
    let all = app.store.programs(merchant).await?.into_iter();
    let fits = all.filter(|program| {
        wanted.program.is_none_or(|id| id == program.id) && wanted.shop.is_none_or(|id| id == program.shop)
    });
    Ok(fits.map(|program| program.id).collect())
}

type Looked = (Vec<(String, Referral)>, Option<String>);

/// Some referrals of a place, each with its position, and after what there are more. `left`: rows that the page has room for.
async fn look(
    app: &App,
    merchant: MerchantId,
    place: &Place,
    after: Option<&str>,
    left: usize,
) -> Result<Looked, ApiError> {
    let limit = left.max(1);
    let of_list = |page: Page<Referral>| {
        let position = |referral: &Referral| list_position(referral.created_at, &Key::referral(referral.id));
        (page.rows.into_iter().map(|row| (position(&row), row)).collect(), page.next)
    };
    let several = i32::try_from(limit.max(FEWEST)).unwrap_or(i32::MAX);
    match place {
        Place::One(id) => {
            let found = app.store.referral(*id).await?;
            Ok((found.into_iter().map(|referral| (String::new(), referral)).collect(), None))
        }
        Place::All => {
            let page = app.store.list(Listed::Referrals, merchant, after, limit, app.now()).await?;
            Ok(of_list(page))
        }
        Place::States(programs, states) => {
            let page = app.store.in_states(Stated::Referrals, programs, states, after, limit).await?;
            Ok(of_list(page))
        }
        Place::Bare(advocate, programs) => {
            let page = app.store.in_states(Stated::Referrals, programs, &bare_mixes(), after, limit).await?;
            let (mut found, next): Looked = of_list(page);
            found.retain(|(_, referral)| referral.advocate == *advocate);
            Ok((found, next))
        }
        Place::Ledger(advocate) => {
            // The position of a referral is that of its last entry that could be, so that the next page begins with another.
            let (entries, next) = app.store.entries(merchant, *advocate, after, several).await?;
            let ids: Vec<_> = entries.iter().filter(|entry| entry.number == 1).map(|entry| entry.referral).collect();
            let found = app.store.referrals(&ids).await?;
            Ok((found.into_iter().map(|it| (format!("{}#~", it.id), it)).collect(), next))
        }
        Place::Orders(person, _) => {
            let (entries, next) = app.store.timeline(merchant, person, after, several).await?;
            let mut found = Vec::new();
            for entry in entries.iter().filter(|entry| !entry.remembered) {
                let position = Key::person_order(merchant, person, entry.placed_at, &entry.order).sk;
                found.extend(of_order(app, &entry.order).await?.map(|referral| (position, referral)));
            }
            Ok((found, next))
        }
    }
}

async fn of_order(app: &App, order: &OrderRef) -> Result<Option<Referral>, ApiError> {
    let referral = app.store.order(order).await?.and_then(|row| row.referral);
    match referral {
        Some(id) => Ok(app.store.referral(id).await?),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_a_page_went_survives_its_cursor() {
        let id: ReferralId = "ref_01KXH0D4M0000000000000000A".parse().expect("an id");
        let all = [
            Reached::default(),
            Reached { place: 2, after: Some("ORD#2026-11-22#shp#a|b".into()), within: Some((id, 3)) },
            Reached { place: 1, after: None, within: Some((id, 0)) },
        ];
        for reached in all {
            assert_eq!(Reached::of_position(&reached.to_position()).as_ref(), Some(&reached));
        }
        for strange in ["", "x", "1|2|3", "a|||", "0|nobody|1|"] {
            assert_eq!(Reached::of_position(strange), None, "{strange}");
        }
    }
}
