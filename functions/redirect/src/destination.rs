//! Where a shopper is sent. Pure, because it is where an open redirect would hide: the result is always on one of the
//! shop's own hosts, whatever the query string says and whatever is stored.

use shared::domain::channel::Channel;
use shared::domain::code::Code;
use shared::domain::id::ProgramId;
use shared::domain::storefront::Storefront;
use url::{Url, form_urlencoded};

/// A deep link's longest address.
const MAX_LENGTH: usize = 4096;
/// The longest address with all that is added to it, under API Gateway's 10,240 bytes of headers; what of a link's query does
/// not fit is left out.
const MAX_ADDRESS: usize = 8192;

/// The first of the places that is on the shop's own hosts; else the shop's front page. A shop that moved leaves stored
/// addresses behind, which may be somebody else's by now.
pub(crate) fn base<'a>(places: impl IntoIterator<Item = &'a str>, shop: &Storefront) -> Option<Url> {
    let mut places = places.into_iter().filter_map(|place| Url::parse(place).ok());
    places.find(|url| shop.owns(url)).or_else(|| shop.site().cloned())
}

/// The page of the same site that `?to=` names; `None` when it is anything but a path on that site.
pub(crate) fn deep(base: &Url, to: &str) -> Option<Url> {
    // Browsers read "//", "/\" and "/<tab>/" as the start of another host. What is resolved below is compared as well;
    // that no such path gets there is the first of two locks.
    let is_path = to.starts_with('/') && !to.starts_with("//") && !to.contains(|c: char| c == '\\' || c.is_control());
    let url = is_path.then(|| base.join(to).ok()).flatten()?;
    let is_same_site =
        url.origin() == base.origin() && url.username() == base.username() && url.password() == base.password();
    // A path such as "/.//evil" stays on the site; but as "//evil" in a careless page of the shop it would not.
    let is_plain = !url.path().starts_with("//");
    (is_same_site && is_plain && url.as_str().len() <= MAX_LENGTH).then_some(url)
}

/// Parameters that say something to us: where to lead, and which variant of a mail the link was in.
const FOR_US: [&str; 2] = ["to", "v"];
/// Parameters that only we may say to the shop: a shared link must not carry another advocate's.
const OURS: [&str; 2] = ["ref", "ref_click"];

/// What of the link's own query goes on to the shop, as it is written: all but what is for us, or ours to say.
pub(crate) fn passed_on(query: &str) -> Vec<&str> {
    let parts = query.split('&').filter(|part| !part.is_empty());
    parts.filter(|part| !FOR_US.contains(&name(part).as_str()) && !is_ours(part)).collect()
}

/// What the shop is told about the visit.
pub(crate) struct Marks<'a> {
    pub(crate) code: &'a Code,
    /// The signed click token; `None` when the visit is no click.
    pub(crate) click: Option<&'a str>,
    pub(crate) program: ProgramId,
    pub(crate) channel: Option<&'a Channel>,
    /// What of the link's own query is passed on; see [`passed_on`].
    pub(crate) asked: &'a [&'a str],
}

/// The address with the link's query after its own, and our parameters after these. What is there stays as it is written,
/// byte by byte, but for `ref` and `ref_click`, which are ours alone. Who speaks last is heard: the link's `utm_source` goes
/// before the merchant's, and that before our default.
pub(crate) fn marked(mut url: Url, marks: &Marks) -> Url {
    let existing = url.query().unwrap_or_default().to_owned();
    let asked: Vec<_> = marks.asked.iter().map(|part| name(part)).collect();
    let stays = |part: &&str| !is_ours(part) && (part.is_empty() || !asked.contains(&name(part)));
    let existing = Some(existing.as_str()).filter(|query| !query.is_empty());
    let stays: Vec<&str> = existing.into_iter().flat_map(|query| query.split('&')).filter(stays).collect();
    let ours = ours(marks, |key| asked.iter().any(|name| name == key) || stays.iter().any(|part| name(part) == key));
    let mut room = MAX_ADDRESS.saturating_sub(url.as_str().len() + ours.len());
    let fits = |part: &&&str| {
        // As long as it can become when what can't stand in an address is encoded.
        let encoded = |byte: u8| !byte.is_ascii_graphic() || b"\"'<>".contains(&byte);
        let length = 1 + part.bytes().map(|byte| if encoded(byte) { 3 } else { 1 }).sum::<usize>();
        let fits = length <= room;
        room = room.saturating_sub(length);
        fits
    };
    let asked = marks.asked.iter().take_while(fits).copied();
    let parts: Vec<&str> = stays.into_iter().chain(asked).chain([ours.as_str()]).collect();
    url.set_query(Some(&parts.join("&")));
    url
}

/// Our own parameters, but for those that somebody else has said.
fn ours(marks: &Marks, is_said: impl Fn(&str) -> bool) -> String {
    let program = marks.program.to_string();
    let ours = [
        ("ref", Some(marks.code.as_str())),
        ("ref_click", marks.click),
        ("utm_source", Some("referral")),
        ("utm_medium", Some("link")),
        ("utm_campaign", Some(program.as_str())),
        ("utm_content", marks.channel.map(Channel::as_str)),
    ];
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (key, value) in ours {
        if let Some(value) = value.filter(|_| !is_said(key)) {
            query.append_pair(key, value);
        }
    }
    query.finish()
}

/// Whether the shop may read one of our names here: PHP takes `ref.click`, `ref click` and `ref[click` for `ref_click`, and
/// `ref[]` for a list of that name.
fn is_ours(part: &str) -> bool {
    let name = name(part);
    let is_one = |name: &str| OURS.contains(&name.trim_start().replace([' ', '.', '['], "_").as_str());
    is_one(&name) || name.split_once('[').is_some_and(|(list, _)| is_one(list))
}

/// A parameter's name as the shop will read it.
fn name(part: &str) -> String {
    form_urlencoded::parse(part.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
