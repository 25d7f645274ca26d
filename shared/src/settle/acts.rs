//! What a person, or the merchant's own system, does about an order: it becomes a fact of the order and goes the way of
//! every other fact, so that nobody changes a reward past the rules. What it may be is judged anew with each attempt at
//! the write, see [`crate::domain::doing`].

use super::{Owner, SettleError, Settled, Why, nothing_new, settled};
use crate::App;
use crate::domain::act::By;
use crate::domain::decision::Outcome;
use crate::domain::doing::{Act, Refusal};
use crate::domain::order::OrderRef;
use crate::domain::referral::Referral;
use crate::store::{AuditRow, Claim, OrderRow, SavedAnswer};

/// Makes the answer to a call from what the act leaves, to be saved in the same transaction.
pub type Answering<'a> = dyn Fn(&OrderRow, Option<&Referral>) -> Option<(Claim, SavedAnswer)> + Send + Sync + 'a;

/// An act on its way through a settlement.
pub(super) struct Doing<'a> {
    pub(super) act: &'a Act,
    pub(super) by: &'a By,
    pub(super) answering: Option<&'a Answering<'a>>,
}

/// The order and the referral after an act.
pub struct Done {
    pub row: OrderRow,
    /// The referral that the act is about; of a claim or a grant the one that the order then has.
    pub referral: Option<Referral>,
    /// `false`: it was done before, and nothing was written.
    pub is_news: bool,
}

/// Does something about an order, or finds it done; it goes on record with who did it and why. `answering`: the answer
/// that is saved with it.
pub async fn act(
    app: &App,
    owner: Owner,
    order: &OrderRef,
    act: &Act,
    by: &By,
    answering: Option<&Answering<'_>>,
) -> Result<Done, SettleError> {
    let doing = Doing { act, by, answering };
    let Settled { row, referral, is_news, .. } = settled(app, owner, &nothing_new(order), Why::Act(&doing)).await?;
    Ok(Done { row, referral, is_news })
}

/// The same about a referral's order.
pub(super) async fn act_on(app: &App, referral: &Referral, done: &Act, by: &By) -> Result<(), SettleError> {
    let owner = Owner { merchant: referral.merchant, shop: referral.order.shop, invites: false };
    act(app, owner, &referral.order, done, by, None).await.map(drop)
}

impl Doing<'_> {
    /// The referral that it names, as it stands.
    pub(super) async fn referral(&self, app: &App) -> Result<Option<Referral>, SettleError> {
        match self.act.referral() {
            Some(id) => Ok(app.store.referral(id).await?),
            None => Ok(None),
        }
    }

    /// A grant that the rules refuse leaves nothing behind: it may be asked for again, in other words or later.
    pub(super) fn check(&self, outcome: Outcome, sentence: &str) -> Result<(), SettleError> {
        match (self.act, outcome) {
            (Act::Grant { .. }, Outcome::NotCredited | Outcome::Void) => {
                Err(Refusal::NotGranted(sentence.to_owned()).into())
            }
            _ => Ok(()),
        }
    }

    /// The line in the merchant's record.
    pub(super) fn audit(&self, row: &OrderRow) -> AuditRow {
        let By { at, actor, reason } = self.by.clone();
        let (action, subject) = (self.act.name().to_owned(), self.act.subject());
        let (merchant, order) = (row.merchant, Some(row.order.clone()));
        AuditRow { merchant, order, version: row.version, at, actor, action, subject, reason, changed: Vec::new() }
    }
}
