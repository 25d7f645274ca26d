//! A link as callers see it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde_json::{Map, Value, json};
use shared::App;
use shared::domain::channel::Channel;
use shared::domain::id::ShopId;
use shared::domain::share::intent;
use shared::store::{CodeState, Link, StoreError};

/// The same of several, each with why its code at the checkout is not made yet, where its shop's access is why.
pub(crate) async fn links(app: &App, links: &[Link], public_url: &str) -> Result<Vec<Value>, StoreError> {
    let mut shops: BTreeMap<ShopId, Option<String>> = BTreeMap::new();
    let mut shown = Vec::with_capacity(links.len());
    for one in links {
        let mut view = link(one, public_url);
        if one.platform_code.as_ref().is_some_and(|code| code.state == CodeState::Pending) {
            if let Entry::Vacant(unknown) = shops.entry(one.shop) {
                let shop = app.store.shop_eventually(one.shop).await?;
                unknown.insert(shop.and_then(|shop| shop.in_the_way_of_codes()));
            }
            view["platform_code"]["detail"] = json!(shops.get(&one.shop));
        }
        shown.push(view);
    }
    Ok(shown)
}

/// The link, with its addresses.
pub(crate) fn link(link: &Link, public_url: &str) -> Value {
    let url = format!("{public_url}/r/{}", link.code);
    let share: Map<_, _> =
        Channel::OFFERED.iter().map(|channel| ((*channel).to_owned(), shared_in(&url, channel))).collect();
    let mut shown = json!({
        "code": link.code,
        "url": url,
        "program": link.program,
        "advocate": link.advocate,
        "state": link.state,
        "share": share,
        "share_intents": intents(&url),
        "qr_url": format!("{url}/qr.svg"),
        "destination": link.destination,
        "expires_at": link.expires_at,
        "platform_code": link.platform_code.as_ref().map(|code| json!({"state": code.state, "detail": code.detail})),
        "created_at": link.created_at,
    });
    if let Some(since) = link.existed_since {
        shown["existed_since"] = json!(since);
    }
    shown
}

/// The same, with an address for one more channel.
pub(crate) fn link_with(shown: &Link, channel: Option<&Channel>, public_url: &str) -> Value {
    let mut body = link(shown, public_url);
    if let Some(channel) = channel {
        let url = format!("{public_url}/r/{}", shown.code);
        body["share"][channel.as_str()] = shared_in(&url, channel.as_str());
    }
    body
}

/// For each channel that opens by an address: that address, with the channel's link ready to be sent.
fn intents(url: &str) -> Map<String, Value> {
    let intent =
        |channel: &'static str| Some((channel.to_owned(), intent(channel, &format!("{url}/{channel}"), None)?.into()));
    Channel::OFFERED.into_iter().filter_map(intent).collect()
}

fn shared_in(url: &str, channel: &str) -> Value {
    format!("{url}/{channel}").into()
}
