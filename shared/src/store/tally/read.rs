//! A record of a stream as what is counted. An item that can't be read, or that nothing is counted of, says nothing: a
//! record must never hold up the others of its shard.

use std::borrow::Cow;

use jiff::civil::Date;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_dynamo::{AttributeValue, Item};
use serde_json::value::RawValue;

use super::super::{Link, OrderRow, RowKind};
use crate::domain::code::Code;
use crate::domain::id::{AdvocateId, MerchantId};
use crate::domain::origin::Origin;
use crate::domain::referral::Referral;
use crate::domain::tally::{Clicked, Sent};

/// What a record is about, before and after. Boxed, because most records are clicks and clicks are small.
#[derive(Debug)]
pub enum Read {
    Click { code: Code, old: Option<Clicked>, new: Clicked },
    Made { link: Box<Link> },
    Mail { merchant: MerchantId, id: String, mail: Sent },
    Order { old: Option<Box<OrderRow>>, new: Box<OrderRow> },
    Rewards { old: Option<Box<Referral>>, new: Box<Referral> },
}

/// What a record's item can be read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a record can't be read")]
pub struct Unreadable;

/// Reads a record by its item as it was and as it is. `None`: nothing of it is counted.
pub fn read(old: Option<&RawValue>, new: Option<&RawValue>) -> Result<Option<Read>, Unreadable> {
    let Some(new) = new else { return Ok(None) };
    let about: About = parsed(new)?;
    let Some(pk) = about.pk.text() else { return Ok(None) };
    // An item that was not there before comes without, or as an empty one.
    let old = old.filter(|old| old.get() != "{}");
    let Some((kind, _)) = RowKind::of(pk) else { return Ok(None) };
    match kind {
        // The advocate's own visits are nobody's click.
        RowKind::Click if about.own.text().is_some() => Ok(None),
        RowKind::Click => {
            let code = about.code.text().and_then(|code| code.parse().ok()).ok_or(Unreadable)?;
            let new = clicked(&about).ok_or(Unreadable)?;
            // What an earlier version wrote has no last origin, so it can't say what its last click was.
            let old = old.map(|old| clicked(&parsed(old)?).ok_or(Unreadable)).transpose()?;
            Ok(Some(Read::Click { code, old, new }))
        }
        RowKind::Link if old.is_none() => Ok(Some(Read::Made { link: row(new)? })),
        RowKind::Outbox => Ok(mail(&old.map(parsed).transpose()?.unwrap_or_default(), &parsed(new)?)),
        RowKind::Order => Ok(Some(Read::Order { old: old.map(row).transpose()?, new: row(new)? })),
        RowKind::Referral => Ok(Some(Read::Rewards { old: old.map(row).transpose()?, new: row(new)? })),
        _ => Ok(None),
    }
}

fn parsed<'a, T: Deserialize<'a>>(image: &'a RawValue) -> Result<T, Unreadable> {
    serde_json::from_str(image.get()).map_err(|_| Unreadable)
}

fn row<T: DeserializeOwned>(image: &RawValue) -> Result<Box<T>, Unreadable> {
    serde_dynamo::from_item(parsed::<Item>(image)?).map(Box::new).map_err(|_| Unreadable)
}

/// The attributes of clicks that are counted by; of other items the key.
#[derive(Default, Deserialize)]
#[serde(default)]
struct About<'a> {
    #[serde(borrow)]
    pk: Attribute<'a>,
    #[serde(borrow)]
    own: Attribute<'a>,
    #[serde(borrow)]
    code: Attribute<'a>,
    #[serde(borrow)]
    program: Attribute<'a>,
    #[serde(borrow)]
    advocate: Attribute<'a>,
    #[serde(borrow)]
    day: Attribute<'a>,
    #[serde(borrow)]
    first_at: Attribute<'a>,
    #[serde(borrow)]
    last_click: Attribute<'a>,
    #[serde(borrow)]
    last_from: Attribute<'a>,
}

/// An attribute that may be a text.
#[derive(Default, Deserialize)]
struct Attribute<'a> {
    #[serde(rename = "S", borrow, default)]
    text: Option<Cow<'a, str>>,
}

impl Attribute<'_> {
    fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }
}

fn clicked(about: &About) -> Option<Clicked> {
    // Rows of earlier versions have neither; their day is that of their first click by UTC.
    let day = about.day.text().or_else(|| about.first_at.text()?.get(..10))?;
    let from = about.last_from.text().map(str::parse::<Origin>).transpose().ok()?;
    Some(Clicked {
        program: about.program.text()?.parse().ok()?,
        advocate: about.advocate.text().and_then(|advocate| advocate.parse::<AdvocateId>().ok()),
        day: day.parse::<Date>().ok()?,
        last_click: about.last_click.text()?.to_owned(),
        last_from: from.unwrap_or_default(),
    })
}

fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    match item.inner().get(name)? {
        AttributeValue::S(text) => Some(text),
        _ => None,
    }
}

/// Kinds of messages that are no mails to customers.
const NO_MAILS: [&str; 5] = ["notice", "hand_over", "reward_code", "link_code", "discount"];
/// Where a mail may say what it is for.
const NAMED: [&str; 6] = ["mail", "moment", "template", "name", "what", "type"];

/// A mail that went out by this record. Read by name, because kinds of mails come and go.
fn mail(old: &Item, new: &Item) -> Option<Read> {
    if text(old, "state") == Some("sent") || text(new, "state") != Some("sent") {
        return None;
    }
    let Some(AttributeValue::M(message)) = new.inner().get("message") else { return None };
    let own = |name: &str| match message.get(name)? {
        AttributeValue::S(text) => Some(text.as_str()),
        AttributeValue::M(map) => match map.get("kind")? {
            AttributeValue::S(text) => Some(text.as_str()),
            _ => None,
        },
        _ => None,
    };
    let is_plain =
        |text: &&str| text.len() <= 40 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    let variant = text(new, "variant").filter(is_plain);
    let kind = match own("kind").filter(|kind| !NO_MAILS.contains(kind))? {
        "mail" => NAMED.iter().find_map(|name| own(name)).or_else(|| variant?.split('.').next()).unwrap_or_default(),
        other => other,
    };
    Some(Read::Mail {
        merchant: text(new, "merchant")?.parse().ok()?,
        id: text(new, "id")?.to_owned(),
        mail: Sent {
            program: own("program")?.parse().ok()?,
            kind: kind.to_owned(),
            variant: variant.map(str::to_owned),
            locale: text(new, "locale").filter(is_plain).map(str::to_owned),
            at: text(new, "created_at")?.parse().ok()?,
        },
    })
}
