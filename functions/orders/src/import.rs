//! `POST /v1/import/orders`: the orders of the time before the engine was there, as JSON Lines. They make "new customer"
//! true, and that is all: nobody is paid for them, and nobody is asked. Importing the same lines again changes nothing.

use std::collections::HashMap;

use serde_json::{Value, json};
use shared::App;
use shared::domain::id::{MerchantId, ShopId};
use shared::http::{
    Answer, ApiError, Call, Fault, LineError, MAX_WEBHOOK_BODY, line_faults, read_json_lines, read_line, save,
};
use shared::platform::Context;
use shared::platform::custom::PastOrder;
use shared::settle::remember;
use shared::store::{Claim, Shop};

/// Orders in one call: what can be written well within the function's time.
const MAX_LINES: usize = 500;

/// Imports what is right, and answers what is not, by line.
pub(crate) async fn import(
    app: &App,
    call: &Call,
    merchant: MerchantId,
    claim: Option<Claim>,
) -> Result<Answer, ApiError> {
    if call.body().len() > MAX_WEBHOOK_BODY {
        return Err(ApiError::too_large(MAX_WEBHOOK_BODY));
    }
    let wrong = |allowed: String| ApiError::invalid(vec![Fault::new("", allowed)]);
    let text = std::str::from_utf8(call.body()).map_err(|_| wrong("must be UTF-8 text: JSON Lines".to_owned()))?;
    let lines = read_json_lines(text);
    if lines.is_empty() || lines.len() > MAX_LINES {
        return Err(wrong(format!("must have 1 to {MAX_LINES} orders, one JSON object a line")));
    }
    let mut shops = Shops { app, merchant, known: HashMap::new() };
    let (mut imported, mut skipped, mut failed) = (0_u32, 0_u32, Vec::new());
    for (line, read) in lines {
        match one(&mut shops, read).await {
            Ok(true) => imported += 1,
            Ok(false) => skipped += 1,
            Err(LineError::Line(detail)) => failed.push(json!({"line": line, "detail": detail})),
            Err(LineError::Storage(failure)) => return Err(failure),
        }
    }
    let answer = json!({"imported": imported, "skipped": skipped, "failed": failed});
    save(app, claim.as_ref(), &Answer::ok(answer)).await
}

/// `false`: the order made nobody a customer.
async fn one(shops: &mut Shops<'_>, read: Result<Value, String>) -> Result<bool, LineError> {
    let app = shops.app;
    let value = read.map(PastOrder::without_the_rest).map_err(LineError::Line)?;
    let order: PastOrder = read_line(value).map_err(LineError::Line)?;
    let faults = order.faults(app.now());
    if !faults.all().is_empty() {
        return Err(LineError::Line(line_faults(faults.all())));
    }
    let shop = shops.own(order.shop).await.map_err(LineError::Storage)?;
    let shop = shop.ok_or_else(|| LineError::Line("shop: there is no such shop".to_owned()))?;
    let Some(event) = order.purchase(Context::of(shop, &app.config.keys, app.now())) else { return Ok(false) };
    if event.facts.person().is_none() {
        return Err(LineError::Line("customer: must have an email or an id".to_owned()));
    }
    remember(app, shops.merchant, &event).await.map_err(|failure| LineError::Storage(failure.into()))
}

/// The merchant's shops, each read once.
struct Shops<'a> {
    app: &'a App,
    merchant: MerchantId,
    known: HashMap<ShopId, Option<Shop>>,
}

impl Shops<'_> {
    async fn own(&mut self, id: ShopId) -> Result<Option<&Shop>, ApiError> {
        if !self.known.contains_key(&id) {
            let shop = self.app.store.shop(id).await?.filter(|shop| shop.merchant == self.merchant);
            self.known.insert(id, shop);
        }
        Ok(self.known.get(&id).and_then(Option::as_ref))
    }
}
