//! The hosts that are a shop's own. Shoppers are only ever sent there: whoever can change a program or a link, or write
//! a query string, must not be able to turn our address into a redirect to anywhere.

use url::Url;

/// A destination's longest form; more would not fit into a response header together with what is added to it.
const MAX_LENGTH: usize = 2048;

/// The address is not one that a shopper may be sent to. Says what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be an absolute URL that starts with https:// on {hosts}, without user name and port, at most {MAX_LENGTH} characters"
)]
pub struct InvalidDestination {
    hosts: String,
}

/// Where a shop is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Storefront {
    site: Option<Url>,
    hosts: Vec<String>,
}

impl Storefront {
    /// From a shop's `site` (a URL) and `domain` (a host, or a URL).
    pub fn new(site: &str, domain: &str) -> Self {
        let url = |text: &str| Url::parse(text).ok().filter(|url| is_web(url) && has_no_user(url));
        let site = url(site);
        let domain = url(domain).or_else(|| url(&format!("https://{domain}")));
        // The url crate compares as browsers do: lower case, punycode.
        let hosts = site.iter().chain(&domain).filter_map(Url::host_str).map(str::to_owned);
        let mut hosts: Vec<_> = hosts.collect();
        hosts.dedup();
        Self { site, hosts }
    }

    /// The shop's front page.
    pub fn site(&self) -> Option<&Url> {
        self.site.as_ref()
    }

    /// Whether the address is on one of the shop's hosts: the exact host, no user name.
    pub fn owns(&self, url: &Url) -> bool {
        is_web(url) && has_no_user(url) && url.host_str().is_some_and(|host| self.hosts.iter().any(|own| own == host))
    }

    /// A destination that somebody asks for, as it is to be stored.
    pub fn destination(&self, text: &str) -> Result<String, InvalidDestination> {
        // The url crate forgives what browsers forgive (spaces, line breaks, missing slashes). A stored address need not.
        let is_plain = text.len() <= MAX_LENGTH
            && text.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"))
            && !text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\');
        let url = Url::parse(text)
            .ok()
            .filter(|url| is_plain && url.scheme() == "https" && url.port().is_none() && self.owns(url));
        url.map(|_| text.to_owned()).ok_or_else(|| InvalidDestination { hosts: self.hosts.join(" or ") })
    }
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "https" | "http")
}

fn has_no_user(url: &Url) -> bool {
    url.username().is_empty() && url.password().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_destination_is_an_https_address_on_the_shops_own_hosts() {
        let shop = Storefront::new("https://nordicshoes.example", "nordicshoes.myshopify.com");
        let allowed = [
            "https://nordicshoes.example",
            "https://nordicshoes.example/boots?colour=r%C3%B6d#size",
            "HTTPS://NordicShoes.example:443/",
            "https://nordicshoes.myshopify.com/",
        ];
        for right in allowed {
            assert_eq!(shop.destination(right).as_deref(), Ok(right));
        }
        let long = format!("https://nordicshoes.example/{}", "a".repeat(2048));
        let refused = [
            "",
            "/boots",
            "//nordicshoes.example/",
            "http://nordicshoes.example/",
            "https:nordicshoes.example/",
            "https:/\\nordicshoes.example/",
            "https://evil.example/",
            "https://nordicshoes.example.evil.example/",
            "https://nordicshoes.example@evil.example/",
            "https://anna@nordicshoes.example/",
            "https://:x@nordicshoes.example/",
            "https://nordicshoes.example:8443/",
            "https://www.nordicshoes.example/",
            "https://nordicshoes.example./",
            "https://nordicshoes.example\\@evil.example/",
            "https://nоrdicshoes.example/",
            "javascript:alert(1)",
            "data:text/html,x",
            "https://nordicshoes.example/\r\nX: y",
            "https://nordicshoes.example/a b",
            " https://nordicshoes.example/",
            &long,
        ];
        for wrong in refused {
            let refusal = shop.destination(wrong).expect_err(wrong).to_string();
            assert!(refusal.contains("nordicshoes.example or nordicshoes.myshopify.com"), "{refusal}");
        }
    }

    #[test]
    fn a_shop_without_a_readable_address_owns_nothing() {
        for (site, domain) in
            [("", ""), ("nordic shoes", "not a host"), ("ftp://a.example", "mailto:x"), ("https://u@a.example", "")]
        {
            let shop = Storefront::new(site, domain);
            assert_eq!(shop.site(), None, "{site}");
            assert!(shop.destination("https://a.example/").is_err(), "{site} {domain}");
        }
        let bare = Storefront::new("https://Bücher.example", "https://shop.example/admin");
        assert!(bare.destination("https://xn--bcher-kva.example/").is_ok());
        assert!(bare.destination("https://shop.example/").is_ok());
    }
}
