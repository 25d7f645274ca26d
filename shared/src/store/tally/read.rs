//! A record of a stream as what is counted. An item that can't be read, or that nothing is counted of, says nothing: a
//! record must never hold up the others of its shard.

use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde_dynamo::{AttributeValue, Item};

use super::super::{Link, OrderRow};
use crate::domain::code::Code;
use crate::domain::id::{AdvocateId, MerchantId};
use crate::domain::origin::Origin;
use crate::domain::referral::Referral;
use crate::domain::tally::{Clicked, Sent, Sequence};

/// A record as it comes.
#[derive(Clone, Debug)]
pub struct Record {
    pub sequence: Sequence,
    /// When, in seconds since 1970.
    pub at: i64,
    pub old: Item,
    pub new: Item,
}

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

/// Reads a record. `None`: nothing of it is counted.
pub fn read(record: Record) -> Result<Option<Read>, Unreadable> {
    let Some(pk) = text(&record.new, "pk").map(str::to_owned) else { return Ok(None) };
    let is_new = record.old.inner().is_empty();
    match pk.split('#').next().unwrap_or_default() {
        "CLK" => {
            let new = clicked(&record.new).ok_or(Unreadable)?;
            let code = text(&record.new, "code").and_then(|code| code.parse().ok()).ok_or(Unreadable)?;
            // What an earlier version wrote has no last origin, so it can't say what its last click was.
            let old = if is_new { None } else { Some(clicked(&record.old).ok_or(Unreadable)?) };
            Ok(Some(Read::Click { code, old, new }))
        }
        "LNK" if is_new => Ok(Some(Read::Made { link: Box::new(item(record.new)?) })),
        "OUT" => Ok(mail(&record)),
        "ORD" => {
            let old = if is_new { None } else { Some(Box::new(item(record.old)?)) };
            Ok(Some(Read::Order { old, new: Box::new(item(record.new)?) }))
        }
        "REF" => {
            let old = if is_new { None } else { Some(Box::new(item(record.old)?)) };
            Ok(Some(Read::Rewards { old, new: Box::new(item(record.new)?) }))
        }
        _ => Ok(None),
    }
}

fn item<T: DeserializeOwned>(item: Item) -> Result<T, Unreadable> {
    serde_dynamo::from_item(item).map_err(|_| Unreadable)
}

fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    match item.inner().get(name)? {
        AttributeValue::S(text) => Some(text),
        _ => None,
    }
}

fn clicked(item: &Item) -> Option<Clicked> {
    // Rows of earlier versions have neither; their day is that of their first click by UTC.
    let day = text(item, "day").or_else(|| text(item, "first_at")?.get(..10))?;
    let from = text(item, "last_from").map(str::parse::<Origin>).transpose().ok()?;
    Some(Clicked {
        program: text(item, "program")?.parse().ok()?,
        advocate: text(item, "advocate").and_then(|advocate| advocate.parse::<AdvocateId>().ok()),
        day: day.parse::<Date>().ok()?,
        last_click: text(item, "last_click")?.to_owned(),
        last_from: from.unwrap_or_default(),
    })
}

/// Kinds of messages that are no mails to customers.
const NO_MAILS: [&str; 5] = ["notice", "hand_over", "reward_code", "link_code", "discount"];
/// Where a mail may say what it is for.
const NAMED: [&str; 6] = ["mail", "moment", "template", "name", "what", "type"];

/// A mail that went out by this record. Read by name, because kinds of mails come and go.
fn mail(record: &Record) -> Option<Read> {
    if text(&record.old, "state") == Some("sent") || text(&record.new, "state") != Some("sent") {
        return None;
    }
    let Some(AttributeValue::M(message)) = record.new.inner().get("message") else { return None };
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
    let variant = text(&record.new, "variant").filter(is_plain);
    let kind = match own("kind").filter(|kind| !NO_MAILS.contains(kind))? {
        "mail" => NAMED.iter().find_map(|name| own(name)).or_else(|| variant?.split('.').next()).unwrap_or_default(),
        other => other,
    };
    Some(Read::Mail {
        merchant: text(&record.new, "merchant")?.parse().ok()?,
        id: text(&record.new, "id")?.to_owned(),
        mail: Sent {
            program: own("program")?.parse().ok()?,
            kind: kind.to_owned(),
            variant: variant.map(str::to_owned),
            locale: text(&record.new, "locale").filter(is_plain).map(str::to_owned),
            at: text(&record.new, "created_at")?.parse().ok()?,
        },
    })
}
