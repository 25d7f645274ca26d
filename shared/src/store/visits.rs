//! What the redirect needs of the tables: a link with what is behind it, and clicks, in a table of their own. One
//! `UpdateItem` logs a click: the first of a visitor and day makes the row (an INSERT in the stream), a repeat adds to its
//! count (a MODIFY), so unique and total come from one write. It speaks to DynamoDB directly: a shopper waits.

mod json;

use std::collections::HashMap;
use std::fmt::Display;

use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use self::json::{
    BatchGet, Get, Got, GotBatch, ItemKey, LandingNames, Names, Text, Told, Update, Value, Values, Wanted, bytes,
};
use super::key::{self, Key};
use super::row_kind::RowKind;
use super::{Link, Store, StoreError, error, number, text};
use crate::direct::Direct;
use crate::domain::channel::Channel;
use crate::domain::code::Code;
use crate::domain::id::{AdvocateId, ClickId, MerchantId, ProgramId, ShopId};
use crate::domain::origin::{Device, Origin, Variant};
use crate::domain::program::{Country, Program};
use crate::domain::storefront::Storefront;

/// How long a click row is kept; the token alone still attributes after that.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 90);

/// A person opened a link.
#[derive(Clone, Debug)]
pub struct Click {
    pub id: ClickId,
    /// Who clicked, as a hash that is another one tomorrow; the row's key.
    pub visitor: String,
    pub code: Code,
    pub program: ProgramId,
    pub merchant: MerchantId,
    pub advocate: AdvocateId,
    /// The click's day by the program's clock, such as `2026-11-22`.
    pub day: String,
    pub origin: Origin,
    /// The host of the page that the link was on.
    pub referrer: Option<String>,
    pub at: Timestamp,
}

/// Where a link leads: what a visit has to know of its program and shop.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "LandingRow")]
pub struct Landing {
    /// The program's.
    pub name: String,
    /// The program's.
    pub destination: String,
    /// The program's.
    pub time_zone: String,
    /// The program's.
    pub ends_at: Option<Timestamp>,
    /// The shop's.
    pub storefront: Storefront,
}

#[derive(Deserialize)]
struct LandingRow {
    name: String,
    destination: String,
    time_zone: String,
    #[serde(default)]
    ends_at: Option<Timestamp>,
    site: String,
    domain: String,
}

impl From<LandingRow> for Landing {
    fn from(LandingRow { name, destination, time_zone, ends_at, site, domain }: LandingRow) -> Self {
        Self { name, destination, time_zone, ends_at, storefront: Storefront::new(&site, &domain) }
    }
}

/// The program that was made last in the whole installation, which most often is the only one.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct NewestProgram {
    pub merchant: MerchantId,
    pub program: ProgramId,
    pub shop: ShopId,
}

impl NewestProgram {
    pub(super) fn of(program: &Program) -> Self {
        Self { merchant: program.merchant, program: program.id, shop: program.shop }
    }
}

/// The two tables, as the redirect knows them.
pub struct Visits {
    dynamodb: Direct,
    core: String,
    clicks: String,
}

impl Visits {
    pub fn new(dynamodb: Direct, core: &str, clicks: &str) -> Self {
        Self { dynamodb, core: core.to_owned(), clicks: clicks.to_owned() }
    }

    /// The program that was made last, to be ready for its visitors. The cheapest read there is (half a unit), and what
    /// opens the connection.
    pub async fn newest_program(&self) -> Result<Option<NewestProgram>, StoreError> {
        self.get(&Key::newest_program(), false).await
    }

    /// The link behind a code, perhaps some milliseconds old.
    pub async fn link(&self, code: &Code) -> Result<Option<Link>, StoreError> {
        self.get(&Key::link(code), false).await
    }

    /// The link behind a code, as it is now, for a unit instead of a half.
    pub async fn link_now(&self, code: &Code) -> Result<Option<Link>, StoreError> {
        self.get(&Key::link(code), true).await
    }

    /// Where the links of a program lead, perhaps some milliseconds old: half a unit for each item, in one round trip.
    /// `None`: the program or the shop is not there.
    pub async fn landing(
        &self,
        merchant: MerchantId,
        program: ProgramId,
        shop: ShopId,
    ) -> Result<Option<Landing>, StoreError> {
        let (program, shop) = (Key::program(merchant, program), Key::shop(shop));
        let wanted = Wanted {
            keys: [ItemKey::of(&program), ItemKey::of(&shop)],
            projection_expression: "#name, destination, time_zone, ends_at, site, #domain",
            expression_attribute_names: LandingNames { name: "name", domain: "domain" },
        };
        let request = BatchGet { request_items: HashMap::from([(&*self.core, wanted)]) };
        let read = |answer: &[u8]| {
            let unreadable = |reason: &dyn Display| unreadable(&program, reason);
            let answer: GotBatch = serde_json::from_slice(answer).map_err(|e| unreadable(&e))?;
            if !answer.unprocessed_keys.is_empty() {
                return Err(StoreError::Busy("not all keys were processed".into()));
            }
            // The two have no attribute in common.
            let items: Vec<_> = answer.responses.into_values().flatten().collect();
            if items.len() < 2 {
                return Ok(None);
            }
            let both: HashMap<String, serde_dynamo::AttributeValue> = items.into_iter().flatten().collect();
            serde_dynamo::from_item(both).map(Some).map_err(|e| unreadable(&e))
        };
        self.dynamodb.call("BatchGetItem", |_| bytes(&request), read).await
    }

    async fn get<T: DeserializeOwned>(&self, key: &Key, consistent_read: bool) -> Result<Option<T>, StoreError> {
        let request = Get { table_name: &self.core, key: ItemKey::of(key), consistent_read };
        let read = |answer: &[u8]| {
            let unreadable = |reason: &dyn Display| unreadable(key, reason);
            let answer: Got = serde_json::from_slice(answer).map_err(|e| unreadable(&e))?;
            answer.item.map(|item| serde_dynamo::from_item(item).map_err(|e| unreadable(&e))).transpose()
        };
        self.dynamodb.call("GetItem", |_| bytes(&request), read).await
    }

    /// Logs a click: one write unit, nothing read. What the first click of a visitor and day said stays; of a repeat the
    /// row has its id and origin, until the next one. A click whose answer was lost is not counted twice, unless the
    /// same visitor's next one was logged before it was tried again.
    pub async fn log_click(&self, click: &Click) -> Result<(), StoreError> {
        match self.dynamodb.call("UpdateItem", |is_repeat| self.update_of(click, is_repeat), |_| Ok(())).await {
            // It was applied, and the answer was lost: only a repeat has a condition.
            Err(failure) if failure.is_condition() => Ok(()),
            logged => logged,
        }
    }

    fn update_of(&self, click: &Click, is_repeat: bool) -> Vec<u8> {
        let origin = &click.origin;
        let (id, program) = (click.id.to_string(), click.program.to_string());
        let (merchant, advocate) = (click.merchant.to_string(), click.advocate.to_string());
        let (at, from) = (click.at.to_string(), origin.to_string());
        let ttl = click.at.checked_add(KEPT).unwrap_or(Timestamp::MAX).as_second().to_string();
        let pk = RowKind::Click.pk(&click.visitor);
        bytes(&Update {
            table_name: &self.clicks,
            key: ItemKey { pk: Value::S(&pk), sk: None },
            // The row's key has a visitor, a day and a code in it, so what follows from these is the same in each click.
            // What the first click told besides stays together: a repeat must not add what that one did not say.
            expression: "SET code = :code, program = :program, merchant = :merchant, advocate = :advocate, \
                #day = :day, click = if_not_exists(click, :id), first_at = if_not_exists(first_at, :at), \
                origin = if_not_exists(origin, :origin), #ttl = if_not_exists(#ttl, :ttl), last_click = :id, \
                last_from = :from ADD hits :one",
            condition_expression: is_repeat.then_some("attribute_not_exists(last_click) OR last_click <> :id"),
            expression_attribute_names: Names { day: "day", ttl: "ttl" },
            expression_attribute_values: Values {
                id: Value::S(&id),
                code: Value::S(click.code.as_str()),
                program: Value::S(&program),
                merchant: Value::S(&merchant),
                advocate: Value::S(&advocate),
                day: Value::S(&click.day),
                at: Value::S(&at),
                ttl: Value::N(&ttl),
                from: Value::S(&from),
                one: Value::N("1"),
                origin: Value::M(Told {
                    channel: origin.channel.as_ref().map(Channel::as_str).map(Text::S),
                    variant: origin.variant.as_ref().map(Variant::as_str).map(Text::S),
                    country: origin.country.as_ref().map(Country::as_str).map(Text::S),
                    device: origin.device.map(Device::as_str).map(Text::S),
                    referrer: click.referrer.as_deref().map(Text::S),
                }),
            },
        })
    }
}

impl Store {
    /// Notes in the row of a visitor's clicks on a link, in the table `clicks`, that the visitor is the link's own advocate:
    /// what clicks there are of that row from now on are none. One write unit; the redirect knows nothing of it.
    pub async fn note_own_visitor(&self, clicks: &str, visitor: &str, now: Timestamp) -> Result<(), StoreError> {
        let ttl = now.checked_add(KEPT).unwrap_or(Timestamp::MAX).as_second();
        let update = self.client.update_item().table_name(clicks).key("pk", text(RowKind::Click.pk(visitor)));
        let update = update.update_expression("SET own = :own, #ttl = if_not_exists(#ttl, :ttl)");
        let update = update.expression_attribute_names("#ttl", "ttl");
        let update = update.expression_attribute_values(":own", text("1"));
        update.expression_attribute_values(":ttl", number(ttl)).send().await.map(drop).map_err(error)
    }
}

fn unreadable(key: &Key, reason: &dyn Display) -> StoreError {
    StoreError::Unreadable(format!("item {} can't be read: {reason}", key::loggable(&key.pk)))
}
