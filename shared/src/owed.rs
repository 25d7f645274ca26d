//! Who is owed: the person behind an advocate or a reward, for the merchant who has to give it. Names and addresses are in
//! profiles only and read when they are asked for, never copied into rewards, outbox or saved answers; so whoever is
//! erased is gone from all of them at once.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::App;
use crate::domain::amount::Amount;
use crate::domain::code::Code;
use crate::domain::email::EmailAddress;
use crate::domain::id::{AdvocateId, MerchantId, RewardId, ShopId};
use crate::domain::order::OrderRef;
use crate::domain::person::{Contact, CustomerAccount, PersonKey, PersonName};
use crate::domain::program::{Kind, Side};
use crate::domain::referral::{Referral, Reward};
use crate::store::{Advocate, OrderRow, PersonRow, StoreError};

/// Which person a reward is for: its side of an order that an advocate is credited for. Reads from a reward as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Share {
    pub side: Side,
    pub advocate: AdvocateId,
    pub order: OrderRef,
}

impl Share {
    /// Of a reward.
    pub fn of(referral: &Referral, reward: &Reward) -> Self {
        Self { side: reward.side, advocate: referral.advocate, order: referral.order.clone() }
    }
}

/// A person as the merchant's systems know one. Empty of a person who was erased, or of whom nothing was told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owner {
    pub name: Option<PersonName>,
    pub email: Option<EmailAddress>,
    /// Accounts with the merchant's shops; those of the reward's own shop first.
    pub accounts: Vec<CustomerAccount>,
}

impl Owner {
    /// What a profile says, its contacts in this order.
    fn of<'a>(
        profile: &PersonRow,
        contacts: impl IntoIterator<Item = Option<&'a Contact>>,
        shop: Option<ShopId>,
    ) -> Self {
        let contacts: Vec<_> = contacts.into_iter().flatten().collect();
        let mut accounts: Vec<_> = profile.known_as.iter().cloned().collect();
        accounts.sort_by_key(|account| Some(account.shop) != shop);
        Self {
            name: contacts.iter().find_map(|contact| contact.name.clone()),
            email: contacts.first().map(|contact| contact.email.clone()),
            accounts,
        }
    }

    fn of_advocate(advocate: &Advocate, profile: &PersonRow, shop: Option<ShopId>) -> Self {
        // The same person may have signed up again since: that is another advocate.
        if advocate.erased_at.is_some() || profile.erased_since(advocate.created_at) {
            return Self::default();
        }
        let (own, bought, told) = contacts(profile);
        Self::of(profile, [own, bought, told], shop)
    }

    fn of_buyer(order: &OrderRow, profile: &PersonRow) -> Self {
        let placed_at = order.entered.as_ref().map(|entered| entered.placed_at);
        if placed_at.is_none_or(|at| profile.erased_since(at)) {
            return Self::default();
        }
        let (own, bought, told) = contacts(profile);
        Self::of(profile, [bought, own, told], Some(order.order.shop))
    }

    /// As callers see it; every field is `null` or empty of a person who was erased.
    pub fn view(&self) -> Value {
        let accounts: Vec<_> = self.accounts.iter().map(account).collect();
        json!({"name": self.name.as_ref().map(PersonName::expose), "email": self.email, "accounts": accounts})
    }
}

/// How a person is reached as an advocate, as a buyer, and as the merchant said.
fn contacts(profile: &PersonRow) -> (Option<&Contact>, Option<&Contact>, Option<&Contact>) {
    let buyer = profile.buyer.as_ref().map(|buyer| &buyer.contact);
    let told = profile.customer.as_ref().and_then(|customer| customer.contact.as_ref());
    (profile.contact.as_ref(), buyer, told)
}

/// An account as callers see it.
pub fn account(account: &CustomerAccount) -> Value {
    json!({"shop": account.shop, "customer_id": account.id.expose()})
}

/// The person behind an advocate.
pub async fn advocate_owner(app: &App, advocate: &Advocate) -> Result<Owner, StoreError> {
    let profile = app.store.person(advocate.merchant, &advocate.person).await?.unwrap_or_default();
    Ok(Owner::of_advocate(advocate, &profile, None))
}

/// The person of each share, in their order. Each advocate, order and profile is read once, many side by side, and may be
/// some milliseconds old.
pub async fn owners(app: &App, merchant: MerchantId, shares: &[Share]) -> Result<Vec<Owner>, StoreError> {
    let of = |side| shares.iter().filter(move |share| share.side == side);
    let ids: BTreeSet<_> = of(Side::Advocate).map(|share| share.advocate).collect();
    let ids: Vec<_> = ids.into_iter().collect();
    let orders: BTreeSet<_> = of(Side::Friend).map(|share| share.order.clone()).collect();
    let orders: Vec<_> = orders.into_iter().collect();
    let (advocates, rows) =
        tokio::try_join!(app.store.advocates_eventually(&ids), app.store.orders_eventually(&orders))?;
    let is_own = |of: MerchantId| of == merchant;
    let advocates = advocates.into_iter().flatten().filter(|advocate| is_own(advocate.merchant));
    let advocates: BTreeMap<_, _> = advocates.map(|advocate| (advocate.id, advocate)).collect();
    let rows = rows.into_iter().flatten().filter(|row| is_own(row.merchant));
    let rows: BTreeMap<_, _> = rows.map(|row| (row.order.clone(), row)).collect();
    let keys = advocates.values().map(|advocate| &advocate.person).chain(rows.values().filter_map(buyer));
    let keys: BTreeSet<PersonKey> = keys.cloned().collect();
    let keys: Vec<_> = keys.into_iter().collect();
    let profiles = app.store.persons_eventually(merchant, &keys).await?;
    let profiles: BTreeMap<_, _> = keys.iter().zip(profiles).filter_map(|(key, row)| Some((key, row?))).collect();
    let owner = |share: &Share| match share.side {
        Side::Advocate => {
            let advocate = advocates.get(&share.advocate)?;
            Some(Owner::of_advocate(advocate, profiles.get(&advocate.person)?, Some(share.order.shop)))
        }
        Side::Friend => {
            let row = rows.get(&share.order)?;
            Some(Owner::of_buyer(row, profiles.get(buyer(row)?)?))
        }
    };
    Ok(shares.iter().map(|share| owner(share).unwrap_or_default()).collect())
}

/// Rewards that a person has to hand over, as a mail to the merchant tells of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unpaid {
    pub rewards: Vec<ToPay>,
    /// How many there are beside these.
    pub more: u32,
    /// The call that lists all.
    pub call: String,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToPay {
    /// The owner's name, as the merchant knows it.
    pub name: Option<PersonName>,
    /// The link's code.
    pub code: Code,
    pub side: Side,
    pub kind: Kind,
    pub value: Amount,
    pub since: Timestamp,
}

/// Which of these rewards are still to be handed over, in their order, and to whom. Those that were meanwhile are left out.
pub async fn to_pay(app: &App, merchant: MerchantId, rewards: &[RewardId]) -> Result<Vec<ToPay>, StoreError> {
    let ids: BTreeSet<_> = rewards.iter().map(|reward| reward.referral()).collect();
    let ids: Vec<_> = ids.into_iter().collect();
    let referrals = app.store.referrals(&ids).await?;
    let own = |id: &RewardId| {
        let referral = referrals.iter().find(|known| known.id == id.referral() && known.merchant == merchant)?;
        let reward = referral.rewards.iter().find(|known| known.id == *id && known.is_to_pay())?;
        Some((referral, reward))
    };
    let standing: Vec<_> = rewards.iter().filter_map(own).collect();
    let shares: Vec<_> = standing.iter().map(|(referral, reward)| Share::of(referral, reward)).collect();
    let owners = owners(app, merchant, &shares).await?;
    let told = |((referral, reward), owner): ((&Referral, &Reward), Owner)| ToPay {
        name: owner.name,
        code: referral.code.clone(),
        side: reward.side,
        kind: reward.kind,
        value: reward.value.clone(),
        since: referral.owed_since(reward),
    };
    Ok(standing.into_iter().zip(owners).map(told).collect())
}

/// The key under which the buyer's contact is kept.
fn buyer(row: &OrderRow) -> Option<&PersonKey> {
    row.entered.as_ref()?.persons.first()
}
