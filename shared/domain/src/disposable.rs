//! Providers of throw-away mailboxes: a weak sign, because some people value their privacy.

use std::sync::LazyLock;

use super::email::EmailAddress;

/// Some 56,000 domains in their order, so that a look-up is a search by halves.
static DOMAINS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let mut domains = mailchecker::blacklist();
    // They come sorted; a release that does not must not break the search.
    domains.sort_unstable();
    domains
});

/// Who forwards mail for as long as its reader likes: people hide behind these for years, so an address there says as
/// little against them as one of Apple's. The list has them all the same.
const LASTING: [&str; 23] = [
    // Firefox Relay
    "mozmail.com",
    "relay.firefox.com",
    // DuckDuckGo Email Protection
    "duck.com",
    // SimpleLogin
    "8alias.com",
    "8shield.net",
    "aleeas.com",
    "dralias.com",
    "silomails.com",
    "simplelogin.co",
    "simplelogin.com",
    "simplelogin.fr",
    "simplelogin.io",
    "slmail.me",
    "slmails.com",
    // Proton Pass
    "passfwd.com",
    "passinbox.com",
    "passmail.com",
    "passmail.net",
    // addy.io
    "addy.io",
    "anonaddy.com",
    "anonaddy.me",
    // Apple
    "icloud.com",
    "privaterelay.appleid.com",
];

/// Whether the address is of a provider of throw-away mailboxes: by its domain, or one that this is below.
pub fn is_disposable(address: &EmailAddress) -> bool {
    let mut domain = address.domain();
    while domain.contains('.') {
        if LASTING.contains(&domain) {
            return false;
        }
        if DOMAINS.binary_search(&domain).is_ok() {
            return true;
        }
        domain = domain.split_once('.').map_or("", |(_, parent)| parent);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throw_away_mailboxes_are_told_from_others() {
        let disposable = |text: &str| is_disposable(&text.parse().expect(text));
        for throw_away in [
            "a@mailinator.com",
            "A@MAILINATOR.COM",
            "a+b@guerrillamail.com",
            "a@yopmail.com",
            "a@anything.mailinator.com",
            "a@x.y.temp-mail.org",
        ] {
            assert!(disposable(throw_away), "{throw_away}");
        }
        for lasting in [
            "a@gmail.com",
            "a@outlook.com",
            "a@icloud.com",
            "a@proton.me",
            "a@telia.com",
            "a@gmx.de",
            "a@yahoo.co.uk",
            "a@example.com",
            "a@zzmailinator.com",
            "a@mailinator.com.example.com",
            "a@bücher.example",
            "a@mozmail.com",
            "a@anna.mozmail.com",
            "a@relay.firefox.com",
            "a@duck.com",
            "a@simplelogin.com",
            "a@aleeas.com",
            "a@anna.aleeas.com",
            "a@slmails.com",
            "a@8shield.net",
            "a@passmail.net",
            "a@passinbox.com",
            "a@passfwd.com",
            "a@anna.anonaddy.com",
            "a@privaterelay.appleid.com",
        ] {
            assert!(!disposable(lasting), "{lasting}");
        }
    }
}
