//! Clicks, in a table of their own. One `UpdateItem` logs a click: the first of a visitor and day makes the row (an
//! INSERT in the stream), a repeat adds to its count (a MODIFY), so unique and total come from one write.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};

use super::{Store, StoreError, error, number, text};
use crate::domain::channel::Channel;
use crate::domain::code::Code;
use crate::domain::id::{AdvocateId, ClickId, MerchantId, ProgramId};
use crate::domain::origin::{Device, Origin, Variant};
use crate::domain::program::Country;

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

impl Store {
    /// Logs a click: one write unit, nothing read. What the first click of a visitor and day said stays; of a repeat the
    /// row has its id and origin, until the next one.
    pub async fn log_click(&self, click: &Click) -> Result<(), StoreError> {
        let ttl = click.at.checked_add(KEPT).unwrap_or(Timestamp::MAX).as_second();
        let origin = &click.origin;
        let mut values = HashMap::from([
            (":id".to_owned(), text(click.id.to_string())),
            (":code".into(), text(click.code.as_str())),
            (":program".into(), text(click.program.to_string())),
            (":merchant".into(), text(click.merchant.to_string())),
            (":advocate".into(), text(click.advocate.to_string())),
            (":day".into(), text(&click.day)),
            (":at".into(), text(click.at.to_string())),
            (":ttl".into(), number(ttl)),
            (":from".into(), text(origin.to_string())),
            (":one".into(), number(1)),
        ]);
        // What the first click told stays together: a repeat must not add what that one did not say.
        let told = [
            ("channel", origin.channel.as_ref().map(Channel::as_str)),
            ("variant", origin.variant.as_ref().map(Variant::as_str)),
            ("country", origin.country.as_ref().map(Country::as_str)),
            ("device", origin.device.map(Device::as_str)),
            ("referrer", click.referrer.as_deref()),
        ];
        let told = told.into_iter().filter_map(|(name, value)| Some((name.to_owned(), text(value?)))).collect();
        values.insert(":origin".into(), AttributeValue::M(told));
        let expression = "SET click = if_not_exists(click, :id), code = if_not_exists(code, :code), \
            program = if_not_exists(program, :program), merchant = if_not_exists(merchant, :merchant), \
            advocate = if_not_exists(advocate, :advocate), #day = if_not_exists(#day, :day), \
            first_at = if_not_exists(first_at, :at), origin = if_not_exists(origin, :origin), \
            #ttl = if_not_exists(#ttl, :ttl), last_click = :id, last_from = :from ADD hits :one";
        let update = self.client.update_item().table_name(&self.clicks);
        let update = update.key("pk", text(format!("CLK#{}", click.visitor))).update_expression(expression);
        let update = update.expression_attribute_names("#ttl", "ttl").expression_attribute_names("#day", "day");
        update.set_expression_attribute_values(Some(values)).send().await.map(drop).map_err(error)
    }
}
