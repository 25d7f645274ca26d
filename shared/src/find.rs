//! Referrals, and the rewards in them, by what is asked of them. Each filter leads to where the few lie that it lets through:
//! an advocate's are in the ledger, a friend's behind the timeline of orders, those of a program or state in the index of
//! states. What more is asked is then looked at row by row.

use std::collections::BTreeSet;

use crate::App;
use crate::clock::has_time_left;
use crate::domain::code::Code;
use crate::domain::email::EmailAddress;
use crate::domain::id::{AdvocateId, MerchantId, ProgramId, ReferralId, ShopId};
use crate::domain::mix::{bare_mixes, mixes, mixes_of_referrals, mixes_to_pay, mixes_with_rewards};
use crate::domain::order::OrderRef;
use crate::domain::person::{CustomerId, PersonKey};
use crate::domain::program::Side;
use crate::domain::referral::{Referral, State};
use crate::http::{ApiError, Call, Fault, Faults, PageRequest, page_body};
use crate::store::key::{Key, Listed, list_position};
use crate::store::{Known, Page, PersonOrder, PersonRow, Stated};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Rows that are read for one page at most. Only filters of merchants whose rows are not all placed yet read so many.
const MOST: usize = 2000;
/// Fewest entries of a ledger or a timeline that are read at a time.
const FEWEST: usize = 25;
/// An account's orders by which the person's addresses are known.
const LOOKED_AT: i32 = 25;
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
    email: Option<EmailAddress>,
    /// The id of an account with that shop.
    customer_id: Option<CustomerId>,
    /// Only what somebody at the merchant's has to hand over.
    pub to_pay: bool,
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
            customer_id: parameter(call, "customer_id", "must be 1 to 128 characters", &mut faults),
            to_pay: call.query("to_pay").is_some(),
        };
        let says_yes = call.query("to_pay").is_none_or(|text| text == "true");
        faults.unless(says_yes, "to_pay", "must be true: without it all rewards are listed");
        let has_shop = wanted.customer_id.is_none() || call.query("shop").is_some();
        faults.unless(has_shop, "shop", "must be given with `customer_id`: an account is known by shop and id");
        let is_one = wanted.customer_id.is_none() || wanted.email.is_none();
        faults.unless(is_one, "customer_id", "must not come with `email`: a person is named by one of them");
        faults.finish().map(|()| wanted)
    }

    /// A person is named.
    pub fn is_person(&self) -> bool {
        self.email.is_some() || self.customer_id.is_some()
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
        // What an address or an account is wrong in is nobody's business but the caller's, and an answer may be logged on the way.
        let fault = Fault::new(name, allowed);
        let is_personal = matches!(name, "email" | "customer_id");
        faults.push(if is_personal { fault } else { fault.with(&text.into()) });
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
    /// A friend's, through the orders of this person.
    Orders(Bought),
    /// In the index of states.
    States(Vec<ProgramId>, Vec<String>),
    All,
}

/// The orders of a person under one key.
#[derive(Debug)]
pub struct Bought {
    person: PersonKey,
    /// Other keys of the person that are looked at before: what is found there is not told again.
    before: Vec<PersonKey>,
    /// When the person was erased: orders of the time before are nobody's.
    erased_at: Option<Timestamp>,
    /// The advocates that the person is: their ledgers are looked at before.
    pub own: Vec<AdvocateId>,
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
    let is_narrow = wanted.advocate.is_some() || wanted.code.is_some() || wanted.is_person();
    let by_state = wanted.state.is_some() || wanted.to_pay || wanted.program.is_some() || wanted.shop.is_some();
    if !is_narrow && !by_state {
        return Ok(vec![Place::All]);
    }
    if !is_narrow {
        if !all_placed(app, call, merchant).await? {
            return Ok(vec![Place::All]);
        }
        let mixes = match (wanted.state, rows) {
            (None | Some(State::Approved), Rows::Rewards) if wanted.to_pay => mixes_to_pay(),
            (Some(state), Rows::Referrals) => mixes_of_referrals(state),
            (Some(state), Rows::Rewards) => mixes_with_rewards(state),
            (None, _) => mixes(),
        };
        return Ok(vec![Place::States(programs(app, merchant, wanted).await?, mixes)]);
    }
    let (advocates, orders) = persons(app, merchant, wanted).await?;
    let mut places: Vec<_> = advocates.iter().copied().map(Place::Ledger).collect();
    // No ledger knows of referrals that nobody earns anything by; they are few.
    if rows == Rows::Referrals && !advocates.is_empty() && all_placed(app, call, merchant).await? {
        let programs = programs(app, merchant, wanted).await?;
        places.extend(advocates.into_iter().map(|advocate| Place::Bare(advocate, programs.clone())));
    }
    places.extend(orders.into_iter().map(Place::Orders));
    Ok(places)
}

/// Whether the index of states has all referrals; else some more are placed there.
async fn all_placed(app: &App, call: &Call, merchant: MerchantId) -> Result<bool, ApiError> {
    let goes_on = || has_time_left(call.deadline_ms(), RESERVE);
    Ok(app.store.all_placed(Stated::Referrals, merchant, app.now(), goes_on).await?)
}

/// Whose referrals are wanted: advocates', and those of a person's own orders.
pub async fn persons(
    app: &App,
    merchant: MerchantId,
    wanted: &Wanted,
) -> Result<(Vec<AdvocateId>, Vec<Bought>), ApiError> {
    let keys = &app.config.keys;
    if let Some(email) = &wanted.email {
        let key = keys.person_by_email(merchant, email);
        let row = app.store.person(merchant, &key).await?.unwrap_or_default();
        let others = row.same.iter().chain(&row.accounts).cloned().collect();
        let own: Vec<_> = advocate_of(app, &row).await?.into_iter().collect();
        let bought = bought(key, others, row.erased_at, &own);
        return Ok((own, bought));
    }
    if let (Some(id), Some(shop)) = (&wanted.customer_id, wanted.shop) {
        let key = keys.person_by_customer_id(merchant, &shop.to_string(), id.expose());
        let Known { profile, orders, .. } = app.store.known(merchant, &key, LOOKED_AT).await?;
        // All orders of an account are one person's, and so are the addresses that were told with it.
        let of_orders = orders.iter().filter(|entry| !profile.erased_since(entry.placed_at)).flat_map(|it| &it.also);
        let addresses: BTreeSet<_> = profile.addresses.iter().chain(of_orders).cloned().collect();
        let mut advocates = BTreeSet::new();
        advocates.extend(advocate_of(app, &profile).await?);
        for address in &addresses {
            let row = app.store.person(merchant, address).await?.unwrap_or_default();
            advocates.extend(advocate_of(app, &row).await?);
        }
        let others = profile.same.iter().cloned().collect();
        let own: Vec<_> = advocates.into_iter().collect();
        let bought = bought(key, others, profile.erased_at, &own);
        return Ok((own, bought));
    }
    if let (None, Some(code)) = (wanted.advocate, &wanted.code) {
        let link = app.store.link(code).await?.filter(|link| link.merchant == merchant);
        return Ok((link.into_iter().map(|link| link.advocate).collect(), Vec::new()));
    }
    Ok((wanted.advocate.into_iter().collect(), Vec::new()))
}

/// The advocate that a person is. One who was erased is nobody any more.
async fn advocate_of(app: &App, row: &PersonRow) -> Result<Option<AdvocateId>, ApiError> {
    match row.advocate {
        Some(id) if row.erased_at.is_some() => {
            let advocate = app.store.advocate(id).await?;
            Ok(advocate.filter(|advocate| advocate.erased_at.is_none()).map(|advocate| advocate.id))
        }
        advocate => Ok(advocate),
    }
}

/// The orders under these keys.
fn bought(key: PersonKey, others: Vec<PersonKey>, erased_at: Option<Timestamp>, own: &[AdvocateId]) -> Vec<Bought> {
    let keys: Vec<_> = std::iter::once(key).chain(others).collect();
    let under =
        |at: usize| Bought { person: keys[at].clone(), before: keys[..at].to_vec(), erased_at, own: own.to_vec() };
    (0..keys.len()).map(under).collect()
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
        Place::Orders(bought) => {
            let Bought { person, before, erased_at, .. } = bought;
            let (entries, next) = app.store.timeline(merchant, person, after, several).await?;
            let mut found = Vec::new();
            let is_gone = |entry: &PersonOrder| erased_at.is_some_and(|at| entry.placed_at <= at);
            for entry in entries.iter().filter(|entry| !entry.remembered && !is_gone(entry)) {
                let position = Key::person_order(merchant, person, entry.placed_at, &entry.order).sk;
                found.extend(of_order(app, &entry.order, before).await?.map(|referral| (position, referral)));
            }
            Ok((found, next))
        }
    }
}

/// The referral of an order that is under none of these keys too.
async fn of_order(app: &App, order: &OrderRef, before: &[PersonKey]) -> Result<Option<Referral>, ApiError> {
    let row = app.store.order(order).await?;
    let row = row.filter(|row| !row.facts.persons().any(|key| before.contains(key)));
    match row.and_then(|row| row.referral) {
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
