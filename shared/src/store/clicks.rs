//! Clicks, in a table of their own. One `UpdateItem` logs a click: the first of a visitor and day makes the row (an
//! INSERT in the stream), a repeat adds to its count (a MODIFY), so unique and total come from one write.

use jiff::{SignedDuration, Timestamp};

use super::{Store, StoreError, error, number, text};
use crate::domain::code::Code;
use crate::domain::id::{ClickId, MerchantId, ProgramId};

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
    pub channel: Option<String>,
    pub at: Timestamp,
}

impl Store {
    /// Logs a click: one write unit, nothing read.
    pub async fn log_click(&self, click: &Click) -> Result<(), StoreError> {
        let ttl = click.at.checked_add(KEPT).unwrap_or(Timestamp::MAX).as_second();
        let update =
            self.client.update_item().table_name(&self.clicks).key("pk", text(format!("CLK#{}", click.visitor)));
        let first = "click = if_not_exists(click, :id), code = if_not_exists(code, :code), program = if_not_exists(program, :program), \
                     merchant = if_not_exists(merchant, :merchant), first_at = if_not_exists(first_at, :at), #ttl = if_not_exists(#ttl, :ttl)";
        let (expression, update) = match &click.channel {
            Some(channel) => (
                format!("SET {first}, channel = if_not_exists(channel, :channel), last_click = :id ADD hits :one"),
                update.expression_attribute_values(":channel", text(channel)),
            ),
            None => (format!("SET {first}, last_click = :id ADD hits :one"), update),
        };
        update
            .update_expression(expression)
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":id", text(click.id.to_string()))
            .expression_attribute_values(":code", text(click.code.as_str()))
            .expression_attribute_values(":program", text(click.program.to_string()))
            .expression_attribute_values(":merchant", text(click.merchant.to_string()))
            .expression_attribute_values(":at", text(click.at.to_string()))
            .expression_attribute_values(":ttl", number(ttl))
            .expression_attribute_values(":one", number(1))
            .send()
            .await
            .map(drop)
            .map_err(error)
    }
}
