//! What text may be: length and kind.

use shared::domain::person::Locale;
use shared::http::Faults;
use shared::mail::Language;
use url::Url;

/// The longest name that people read, in characters.
const MAX_NAME: usize = 100;

/// A name that people read.
pub(crate) fn name(faults: &mut Faults, pointer: &str, name: &str) {
    faults.unless_line(pointer, name, MAX_NAME);
}

/// Whom mails are from, as people read it. An address there looks to mail programs like a sender that pretends to be
/// another one.
pub(crate) fn sender(faults: &mut Faults, pointer: &str, text: &str, most: usize) {
    faults.unless_line(pointer, text, most);
    faults.unless(!text.split_whitespace().any(is_address), pointer, "must be a name, not an e-mail address");
}

/// Whether mail programs may read the word as an address, whatever signs stand around it.
fn is_address(word: &str) -> bool {
    let Some((local, domain)) = word.split_once(['@', '＠']) else { return false };
    let names = |part: &str| part.chars().any(char::is_alphanumeric);
    names(local) && domain.split_once('.').is_some_and(|(host, zone)| names(host) && names(zone))
}

/// A language that the merchant's mails and notices can be in.
pub(crate) fn language(faults: &mut Faults, pointer: &str, locale: &Locale) {
    let tags = Language::ALL.map(Language::tag).join(", ");
    let allowed = format!("must be a language that mails are written in: {tags} (with a country, if you like: sv-FI)");
    faults.unless(Language::of_tag(locale.as_str()).is_some(), pointer, allowed);
}

/// A host name such as `nordicshoes.myshopify.com`, in lower case.
pub(crate) fn host(text: &str) -> Option<String> {
    let url = Url::parse(&format!("https://{text}/")).ok()?;
    let host = url.host_str()?;
    let plain = url.as_str() == format!("https://{host}/") && host.contains('.') && text.len() <= 253;
    (plain && host.eq_ignore_ascii_case(text)).then(|| host.to_owned())
}

/// An absolute `https` URL without user info or a port.
pub(crate) fn https_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok().filter(|_| text.len() <= 2000)?;
    let plain =
        url.scheme() == "https" && url.username().is_empty() && url.password().is_none() && url.port().is_none();
    (plain && url.host_str().is_some_and(|host| host.contains('.'))).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repair_36_a_sender_is_a_name_and_no_address() {
        let refused = |text: &str| {
            let mut faults = Faults::default();
            sender(&mut faults, "/name", text, 64);
            faults.all().iter().map(|fault| fault.detail.clone()).collect::<Vec<_>>()
        };
        for right in
            ["Nordic Shoes", "nordicshoes.example", "@home", "Shoes @ Home", "A@B", "Café@Oslo", "Dr. Öberg & Co."]
        {
            assert_eq!(refused(right), Vec::<String>::new(), "{right}");
        }
        for wrong in [
            "hej@nordicshoes.example",
            "<hej@nordicshoes.example>",
            "Nordic Shoes (hej@nordicshoes.example)",
            "hej＠nordicshoes.example",
        ] {
            assert_eq!(refused(wrong), ["must be a name, not an e-mail address"], "{wrong}");
        }
    }

    #[test]
    fn hosts_and_urls_are_what_they_should_be() {
        assert_eq!(host("nordicshoes.myshopify.com").as_deref(), Some("nordicshoes.myshopify.com"));
        for wrong in ["", "localhost", "a.b/c", "a.b:80", "u@a.b", "https://a.b", "a b.c"] {
            assert_eq!(host(wrong), None, "{wrong}");
        }
        assert!(https_url("https://nordicshoes.example/boots?x=1#top").is_some());
        for wrong in
            ["http://a.example/", "https://u@a.example/", "https://a.example:8443/", "/boots", "javascript:alert(1)"]
        {
            assert!(https_url(wrong).is_none(), "{wrong}");
        }
    }
}
