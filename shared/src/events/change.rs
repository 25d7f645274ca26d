//! One change of the table, as its stream tells of it.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_dynamo::Item;

use crate::domain::id::MerchantId;
use crate::store::RowKind;

/// An item before and after a change.
#[derive(Clone, Debug)]
pub struct Change {
    pk: String,
    /// The change's number in the stream: the same however often it is told.
    number: String,
    old: Option<Item>,
    new: Item,
}

#[derive(Deserialize)]
struct Owned {
    merchant: MerchantId,
}

impl Change {
    /// `old`: empty where the item is new.
    pub fn new(pk: String, number: String, old: Item, new: Item) -> Self {
        Self { pk, number, old: Some(old).filter(|item| !item.is_empty()), new }
    }

    /// What kind of item it is.
    pub(super) fn kind(&self) -> Option<RowKind> {
        RowKind::of(&self.pk).map(|(kind, _)| kind)
    }

    pub(super) fn number(&self) -> &str {
        &self.number
    }

    /// Whose item it is; a person's says it in its key.
    pub(super) fn merchant(&self) -> Option<MerchantId> {
        match self.person() {
            Some((merchant, _)) => merchant.parse().ok(),
            None => serde_dynamo::from_item::<_, Owned>(self.new.clone()).ok().map(|owned| owned.merchant),
        }
    }

    /// Of a person: whose, and the pseudonym.
    pub(super) fn person(&self) -> Option<(&str, &str)> {
        match RowKind::of(&self.pk)? {
            (RowKind::Person, rest) => rest.split_once('#'),
            _ => None,
        }
    }

    /// The item before, if it was there, and after.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<(Option<T>, T), serde_dynamo::Error> {
        let old = self.old.clone().map(serde_dynamo::from_item).transpose()?;
        Ok((old, serde_dynamo::from_item(self.new.clone())?))
    }
}
