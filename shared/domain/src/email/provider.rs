//! Which addresses are one mailbox. Persons are found by this form for ever, so a rule here is never changed, only added;
//! and two people taken for one can't refer each other, so a rule needs the provider's own word for it.
//!
//! * Everywhere: case does not count, and what follows a "+" is a tag. (RFC 5321 leaves both to the receiver; no provider
//!   of note gives mailboxes that differ in them alone.)
//! * Gmail: dots don't count, and googlemail.com is gmail.com.
//! * iCloud: me.com and mac.com are older names of icloud.com; who has one has the others.
//! * Proton: one name is one account's at proton.me, protonmail.com, protonmail.ch and pm.me; dots, hyphens and underscores
//!   in it don't count.
//! * Yandex: one name is one mailbox in all its countries, and a dot is a hyphen.
//! * Fastmail: anything@name.fastmail.com is name+anything@fastmail.com.
//!
//! Left alone, because a provider gives the same shape to different people: the hyphen at Yahoo (its throw-away addresses,
//! but also names), outlook.com beside hotmail.com, dots anywhere else, sub-domains anywhere else.

use std::borrow::Cow;

const PROTON: [&str; 4] = ["proton.me", "protonmail.com", "protonmail.ch", "pm.me"];
const ICLOUD: [&str; 3] = ["icloud.com", "me.com", "mac.com"];
const YANDEX: [&str; 6] = ["yandex.ru", "ya.ru", "yandex.com", "yandex.by", "yandex.kz", "yandex.ua"];
const FASTMAIL: [&str; 2] = ["fastmail.com", "fastmail.fm"];

/// The mailbox behind an address, whose local part and domain are in lower case.
pub(super) fn mailbox<'a>(local: &'a str, domain: &'a str) -> (Cow<'a, str>, &'a str) {
    let below = |provider: &&str| domain.strip_suffix(*provider).and_then(|rest| rest.strip_suffix('.'));
    if let Some((name, provider)) = FASTMAIL.iter().find_map(|provider| Some((below(provider)?, provider)))
        && !name.contains('.')
    {
        return (Cow::Borrowed(name), provider);
    }
    // A lone tag is a name.
    let local = local.split('+').next().filter(|untagged| !untagged.is_empty()).unwrap_or(local);
    match domain {
        "gmail.com" | "googlemail.com" => (without(local, &['.']), "gmail.com"),
        domain if ICLOUD.contains(&domain) => (Cow::Borrowed(local), ICLOUD[0]),
        domain if PROTON.contains(&domain) => (without(local, &['.', '-', '_']), PROTON[0]),
        domain if YANDEX.contains(&domain) => (Cow::Owned(local.replace('.', "-")), YANDEX[0]),
        domain => (Cow::Borrowed(local), domain),
    }
}

/// The name without signs that don't count; a name of nothing else stays.
fn without<'a>(name: &'a str, signs: &[char]) -> Cow<'a, str> {
    let rest = name.replace(signs, "");
    if rest.is_empty() { Cow::Borrowed(name) } else { Cow::Owned(rest) }
}

#[cfg(test)]
mod tests {
    use super::super::EmailAddress;

    fn canonical(text: &str) -> String {
        text.parse::<EmailAddress>().expect(text).canonical()
    }

    /// Addresses, and the form that each has had from the first day.
    const KEPT: [(&str, &str); 22] = [
        ("anna@example.com", "anna@example.com"),
        ("Anna@Example.com", "anna@example.com"),
        ("ANNA@EXAMPLE.COM", "anna@example.com"),
        (" anna@example.com ", "anna@example.com"),
        ("anna+shop@example.com", "anna@example.com"),
        ("anna+a+b@example.com", "anna@example.com"),
        ("anna+@example.com", "anna@example.com"),
        ("Anna+Shop@Example.Com", "anna@example.com"),
        ("+tag@example.com", "+tag@example.com"),
        ("a.nna@example.com", "a.nna@example.com"),
        ("anna-b_c@example.com", "anna-b_c@example.com"),
        ("anna@gmail.com", "anna@gmail.com"),
        ("a.n.n.a@gmail.com", "anna@gmail.com"),
        ("a.n.n.a+x@googlemail.com", "anna@gmail.com"),
        ("ANNA+x.y@GoogleMail.com", "anna@gmail.com"),
        ("anna_b-c@gmail.com", "anna_b-c@gmail.com"),
        ("anna@BÜCHER.example", "anna@xn--bcher-kva.example"),
        ("anna@bücher.example", "anna@xn--bcher-kva.example"),
        ("anna@xn--bcher-kva.example", "anna@xn--bcher-kva.example"),
        ("anna@XN--BCHER-KVA.example", "anna@xn--bcher-kva.example"),
        ("anna+x@outlook.com", "anna@outlook.com"),
        ("Anna+x@Hotmail.com", "anna@hotmail.com"),
    ];

    /// One mailbox each.
    const SAME: [(&str, &str); 24] = [
        ("anna@straße.example", "anna@STRAßE.example"),
        ("anna@b\u{fc}cher.example", "anna@bu\u{308}cher.example"),
        ("anna@почта.example", "anna@xn--80a1acny.example"),
        ("anna@ｅｘａｍｐｌｅ.com", "anna@example.com"),
        ("anna@me.com", "anna@icloud.com"),
        ("anna@mac.com", "anna@icloud.com"),
        ("Anna+x@me.com", "anna@mac.com"),
        ("anna@protonmail.com", "anna@proton.me"),
        ("anna@pm.me", "anna@proton.me"),
        ("anna@protonmail.ch", "anna@pm.me"),
        ("an.na@proton.me", "anna@proton.me"),
        ("an-na@proton.me", "an_na@proton.me"),
        ("An.Na+x@ProtonMail.com", "anna@proton.me"),
        ("anna@ya.ru", "anna@yandex.ru"),
        ("anna@yandex.com", "anna@yandex.ru"),
        ("anna.b@yandex.kz", "anna-b@yandex.by"),
        ("anna+x@yandex.com", "anna@ya.ru"),
        ("shop@anna.fastmail.com", "anna@fastmail.com"),
        ("other+x@Anna.FastMail.com", "anna+shop@fastmail.com"),
        ("shop@anna.fastmail.fm", "anna@fastmail.fm"),
        ("anna+x@yahoo.com", "anna@yahoo.com"),
        ("anna+x@gmx.de", "anna@gmx.de"),
        ("anna+x@live.se", "anna@live.se"),
        ("a.nna+1@gmail.com", "ann.a+2@gmail.com"),
    ];

    /// Two mailboxes each.
    const OTHER: [(&str, &str); 24] = [
        ("anna@example.com", "bo@example.com"),
        ("anna@example.com", "anna@example.org"),
        ("anna@example.com", "anna@mail.example.com"),
        ("a.nna@example.com", "anna@example.com"),
        ("an.na@outlook.com", "anna@outlook.com"),
        ("anna@outlook.com", "anna@hotmail.com"),
        ("anna@live.com", "anna@outlook.com"),
        ("anna@hotmail.com", "anna@hotmail.se"),
        ("an.na@icloud.com", "anna@icloud.com"),
        ("an-na@gmail.com", "anna@gmail.com"),
        ("an_na@gmail.com", "anna@gmail.com"),
        ("anna@gmail.com", "anna@gmail.co"),
        ("anna@mail.gmail.com", "anna@gmail.com"),
        ("anna-shop@yahoo.com", "anna@yahoo.com"),
        ("anna@yahoo.com", "anna@ymail.com"),
        ("anna@yahoo.com", "anna@yahoo.co.uk"),
        ("annab@yandex.ru", "anna.b@yandex.ru"),
        ("anna_b@yandex.ru", "anna-b@yandex.ru"),
        ("anna@fastmail.com", "anna@fastmail.fm"),
        ("a@b.c.fastmail.com", "a@c.fastmail.com"),
        ("shop@anna.example.com", "anna@example.com"),
        ("anna@notfastmail.com", "anna@fastmail.com"),
        ("+anna@example.com", "anna@example.com"),
        ("-@proton.me", "_@proton.me"),
    ];

    #[test]
    fn addresses_keep_the_form_that_they_have_had() {
        for (address, form) in KEPT {
            assert_eq!(canonical(address), form, "{address}");
        }
    }

    #[test]
    fn spellings_of_one_mailbox_share_a_form() {
        for (one, other) in SAME {
            assert_eq!(canonical(one), canonical(other), "{one}");
        }
    }

    #[test]
    fn other_mailboxes_have_other_forms() {
        for (one, other) in OTHER {
            assert_ne!(canonical(one), canonical(other), "{one}");
        }
    }

    #[test]
    fn the_form_of_a_form_is_itself() {
        for (address, _) in KEPT.iter().chain(&SAME).chain(&OTHER) {
            assert_eq!(canonical(&canonical(address)), canonical(address), "{address}");
        }
    }
}
