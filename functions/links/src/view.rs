//! A link as callers see it.

use serde_json::{Map, Value, json};
use shared::domain::channel::Channel;
use shared::domain::share::intent;
use shared::store::Link;

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
