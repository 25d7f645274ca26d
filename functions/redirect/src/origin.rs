//! Where a click came from, as its request tells. Nothing of it decides anything: it is counted.

use crate::App;
use shared::domain::channel::Channel;
use shared::domain::origin::{Device, Origin, Variant};
use shared::http::Call;
use url::Url;

/// The longest name that a host can have.
const LONGEST_HOST: usize = 253;

/// Country, device, channel and variant. What can't be read is not known.
pub(crate) fn of(app: &App, call: &Call, channel: Option<Channel>) -> Origin {
    // "XX" and "T1" (an exit of Tor) are what networks say when they don't know.
    let country = call.header(&app.config.country_header).and_then(|text| text.trim().parse().ok());
    Origin {
        country: country.filter(|country: &shared::domain::program::Country| country.as_str() != "XX"),
        device: Some(Device::of(&call.user_agent())),
        channel,
        variant: call.query("v").and_then(|text| Variant::pasted(&text)),
    }
}

/// The host of the page that the link was on: the path may tell of a person, the host does not.
pub(crate) fn referrer(call: &Call) -> Option<String> {
    let url = Url::parse(call.header("referer")?).ok()?;
    let host = url.host_str().filter(|_| matches!(url.scheme(), "http" | "https" | "android-app"))?;
    (host.len() <= LONGEST_HOST).then(|| host.to_ascii_lowercase())
}
