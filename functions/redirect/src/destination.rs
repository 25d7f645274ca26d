//! Where a shopper is sent. Pure, because it is where an open redirect would hide: the result is always on one of the
//! shop's own hosts, whatever the query string says and whatever is stored.

use shared::domain::channel::Channel;
use shared::domain::code::Code;
use shared::domain::id::ProgramId;
use shared::domain::storefront::Storefront;
use url::{Url, form_urlencoded};

/// A deep link's longest address; together with what is added it stays under API Gateway's 10,240 bytes of headers.
const MAX_LENGTH: usize = 4096;

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

/// What the shop is told about the visit.
pub(crate) struct Marks<'a> {
    pub(crate) code: &'a Code,
    /// The signed click token; `None` when the visit is no click.
    pub(crate) click: Option<&'a str>,
    pub(crate) program: ProgramId,
    pub(crate) channel: Option<&'a Channel>,
}

/// The address with our parameters after its own. What is there stays as it is written, byte by byte, but for `ref` and
/// `ref_click`: those must be ours alone, or a shared link could carry another advocate's. The merchant's own `utm_*`
/// win: they asked for them.
pub(crate) fn marked(mut url: Url, marks: &Marks) -> Url {
    let existing = url.query().unwrap_or_default().to_owned();
    let kept: Vec<&str> =
        existing.split('&').filter(|part| !matches!(name(part).as_str(), "ref" | "ref_click")).collect();
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
        let is_theirs = kept.iter().any(|part| name(part) == key);
        if let Some(value) = value.filter(|_| !is_theirs) {
            query.append_pair(key, value);
        }
    }
    let ours = query.finish();
    let kept = kept.join("&");
    url.set_query(Some(&if kept.is_empty() { ours } else { format!("{kept}&{ours}") }));
    url
}

/// A parameter's name as the shop will read it.
fn name(part: &str) -> String {
    form_urlencoded::parse(part.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
