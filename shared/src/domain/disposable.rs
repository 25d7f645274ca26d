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

/// Whether the address is of a provider of throw-away mailboxes: by its domain, or one that this is below.
pub fn is_disposable(address: &EmailAddress) -> bool {
    let mut domain = address.domain();
    while domain.contains('.') {
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
        ] {
            assert!(!disposable(lasting), "{lasting}");
        }
    }
}
