//! No `?to=` and no stored address leads anywhere but to the shop.

use proptest::prelude::*;
use url::Host;

use super::*;

const SITE: &str = "https://nordicshoes.example";

fn shop() -> Storefront {
    Storefront::new(SITE, "nordicshoes.myshopify.com")
}

fn program() -> ProgramId {
    "prg_01KFZZZZZZZZZZZZZZZZZZZZZZ".parse().expect("an id")
}

fn location(destination: &str, to: Option<&str>, click: Option<&str>, channel: Option<&str>) -> Option<Url> {
    location_of(destination, to, click, channel, "")
}

/// The same for a link with a query of its own.
fn location_of(
    destination: &str,
    to: Option<&str>,
    click: Option<&str>,
    channel: Option<&str>,
    query: &str,
) -> Option<Url> {
    let code = "ANNA10".parse().expect("a code");
    let channel = channel.map(|channel| channel.parse().expect("a channel"));
    let base = base([destination], &shop())?;
    let url = to.and_then(|to| deep(&base, to)).unwrap_or(base);
    let asked = passed_on(query);
    Some(marked(url, &Marks { code: &code, click, program: program(), channel: channel.as_ref(), asked: &asked }))
}

fn located(destination: &str, to: Option<&str>) -> String {
    location(destination, to, Some("1.A.ANNA10.x-_y"), None).expect("a location").into()
}

const OURS: &str = "ref=ANNA10&ref_click=1.A.ANNA10.x-_y&utm_source=referral&utm_medium=link&utm_campaign=prg_01KFZZZZZZZZZZZZZZZZZZZZZZ";

#[test]
fn our_parameters_follow_the_destinations_own_which_stay_as_they_are() {
    let cases = [
        ("https://nordicshoes.example", format!("https://nordicshoes.example/?{OURS}")),
        ("https://nordicshoes.example/boots?", format!("https://nordicshoes.example/boots?{OURS}")),
        ("https://nordicshoes.example/boots#size", format!("https://nordicshoes.example/boots?{OURS}#size")),
        (
            "https://nordicshoes.example/?a=%7E+b&&c=%2f#x?y",
            format!("https://nordicshoes.example/?a=%7E+b&&c=%2f&{OURS}#x?y"),
        ),
        ("https://nordicshoes.example/?r%C3%B6d=1&b", format!("https://nordicshoes.example/?r%C3%B6d=1&b&{OURS}")),
        (
            "https://nordicshoes.example/?pref=1&xref_click=2",
            format!("https://nordicshoes.example/?pref=1&xref_click=2&{OURS}"),
        ),
        // Ours are the only ones, however the others are spelled.
        ("https://nordicshoes.example/?ref=EVA&a=1&ref_click=x", format!("https://nordicshoes.example/?a=1&{OURS}")),
        ("https://nordicshoes.example/?%72ef=EVA&ref%5Fclick=x&ref", format!("https://nordicshoes.example/?{OURS}")),
    ];
    for (destination, expected) in cases {
        assert_eq!(located(destination, None), expected, "{destination}");
    }
}

#[test]
fn the_merchants_own_utm_parameters_win() {
    let at = located("https://nordicshoes.example/?utm_source=x&utm%5Fcampaign=spring", None);
    assert_eq!(
        at,
        "https://nordicshoes.example/?utm_source=x&utm%5Fcampaign=spring&ref=ANNA10&ref_click=1.A.ANNA10.x-_y&utm_medium=link"
    );
}

#[test]
fn repair_14_the_links_own_query_goes_on_to_the_shop_but_for_ours() {
    let ours = |said: &str| {
        let is_said = |part: &&str| part.starts_with("utm_") && said.split('&').any(|said| name(said) == name(part));
        let kept = OURS.split('&').filter(|part| !is_said(part));
        kept.collect::<Vec<_>>().join("&")
    };
    let cases = [
        ("gclid=Cj0K_x-1&fbclid=IwAR0%7E&a", "gclid=Cj0K_x-1&fbclid=IwAR0%7E&a"),
        ("utm_source=news&utm_medium=mail&utm_term=x&utm_id=7", "utm_source=news&utm_medium=mail&utm_term=x&utm_id=7"),
        ("to=/boots&v=invite.b&size=38", "size=38"),
        (
            "a=1&ref=EVA&ref_click=x&%72ef=EVA&ref.click=x&ref%20click=x&ref+click=x&ref[click=x&ref[]=x&ref_click[a]=x&+ref=x",
            "a=1",
        ),
        ("&&a=1&&b=2&", "a=1&b=2"),
        ("a=1&a=2&b[]=3&b[]=4", "a=1&a=2&b[]=3&b[]=4"),
        ("prefer=1&refs=2&tos=3&ver=4", "prefer=1&refs=2&tos=3&ver=4"),
        ("q=r%C3%B6d+sko&n=%26", "q=r%C3%B6d+sko&n=%26"),
        ("q=röd sko\"<>", "q=r%C3%B6d%20sko%22%3C%3E"),
        ("", ""),
    ];
    for (query, passed) in cases {
        let at = location_of(SITE, None, Some("1.A.ANNA10.x-_y"), None, query).expect("a location");
        let passed = if passed.is_empty() { String::new() } else { format!("{passed}&") };
        assert_eq!(at.as_str(), format!("{SITE}/?{passed}{}", ours(query)), "{query}");
    }
}

#[test]
fn repair_14_who_speaks_last_is_heard() {
    let at = |destination: &str, query: &str| {
        String::from(location_of(destination, None, None, Some("qr"), query).expect("a location"))
    };
    let campaign = "utm_campaign=prg_01KFZZZZZZZZZZZZZZZZZZZZZZ";
    assert_eq!(
        at(&format!("{SITE}/?utm_source=merchant&size=38"), "utm_source=caller&utm_content=poster"),
        format!("{SITE}/?size=38&utm_source=caller&utm_content=poster&ref=ANNA10&utm_medium=link&{campaign}")
    );
    assert_eq!(
        at(&format!("{SITE}/?utm_source=merchant&size=38"), "colour=red"),
        format!("{SITE}/?utm_source=merchant&size=38&colour=red&ref=ANNA10&utm_medium=link&{campaign}&utm_content=qr")
    );
}

#[test]
fn repair_14_what_a_header_can_not_hold_is_left_out() {
    let (long, wide) = (format!("a=1&b={}&c=3", "x".repeat(9000)), format!("a=1&b={}", "å".repeat(4000)));
    for query in [long, wide, "a=1&".repeat(4000)] {
        let to = format!("/{}", "y".repeat(4000));
        let at = location_of(SITE, Some(&to), Some("token"), None, &query).expect("a location");
        assert!(at.as_str().len() <= MAX_ADDRESS && at.query().is_some_and(|query| query.starts_with("a=1&")), "{at}");
        assert_harmless(&at, "a long query");
    }
}

#[test]
fn a_channel_is_told_and_a_visit_that_is_no_click_has_no_token() {
    let at = location("https://nordicshoes.example/", None, None, Some("whatsapp")).expect("a location");
    let expected = "https://nordicshoes.example/?ref=ANNA10&utm_source=referral&utm_medium=link&utm_campaign=prg_01KFZZZZZZZZZZZZZZZZZZZZZZ&utm_content=whatsapp";
    assert_eq!(at.as_str(), expected);
}

#[test]
fn a_deep_link_keeps_its_path_query_and_fragment() {
    let cases = [
        ("/boots", format!("{SITE}/boots?{OURS}")),
        ("/", format!("{SITE}/?{OURS}")),
        ("/boots?colour=r%C3%B6d&size=38#top", format!("{SITE}/boots?colour=r%C3%B6d&size=38&{OURS}#top")),
        ("/röda skor", format!("{SITE}/r%C3%B6da%20skor?{OURS}")),
        ("/boots?ref=EVA", format!("{SITE}/boots?{OURS}")),
        ("/a/../boots", format!("{SITE}/boots?{OURS}")),
        ("/boots?next=//evil.example", format!("{SITE}/boots?next=//evil.example&{OURS}")),
    ];
    for (to, expected) in cases {
        assert_eq!(located("https://nordicshoes.example/start?x=1#y", Some(to)), expected, "{to}");
    }
}

#[test]
fn a_destination_that_is_not_the_shops_gives_way() {
    let at = |places: &[&str]| base(places.iter().copied(), &shop()).map(String::from);
    let program = "https://nordicshoes.myshopify.com/offer";
    assert_eq!(at(&["https://evil.example/", program]).as_deref(), Some(program));
    assert_eq!(
        at(&["https://nordicshoes.example@evil.example/", "javascript:alert(1)"]).as_deref(),
        Some("https://nordicshoes.example/")
    );
    assert_eq!(at(&[]).as_deref(), Some("https://nordicshoes.example/"));
    assert_eq!(base([program], &Storefront::new("", "")), None);
}

/// What people send who want a link of ours to lead elsewhere. Each is tried as it is, and behind a slash.
const HOSTILE: &[&str] = &[
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "//evil.example/%2f..",
    "//evil.example@nordicshoes.example",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "//\\evil.example",
    "\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r/evil.example",
    "/\r\n/evil.example",
    "\t//evil.example",
    "\n//evil.example",
    " //evil.example",
    "\u{0}//evil.example",
    "/\u{0}/evil.example",
    "/\u{b}/evil.example",
    "/\u{c}/evil.example",
    "/\u{85}/evil.example",
    "/\u{a0}/evil.example",
    "/\u{2028}/evil.example",
    "/\u{200b}/evil.example",
    "/\u{feff}/evil.example",
    "/\u{ff0f}evil.example",
    "\u{ff0f}\u{ff0f}evil.example",
    "/\u{2215}evil.example",
    "/\u{2044}evil.example",
    "\u{3002}evil.example",
    "%2f%2fevil.example",
    "/%2fevil.example",
    "%2F%2Fevil.example",
    "/%5cevil.example",
    "%5c%5cevil.example",
    "/%09/evil.example",
    "/%0d%0aLocation:%20https://evil.example",
    "/\r\nLocation: https://evil.example",
    "/\nSet-Cookie: a=b",
    "/%0d%0aSet-Cookie:a=b",
    "%0d%0aLocation:https://evil.example",
    "/a\r\n\r\n<script>alert(1)</script>",
    "/%250d%250aX:y",
    "/%E5%98%8A%E5%98%8DLocation:x",
    "https://evil.example",
    "http://evil.example",
    "HTTPS://evil.example",
    "https:evil.example",
    "https:/evil.example",
    "https:///evil.example",
    "https:\\\\evil.example",
    "https:/\\evil.example",
    "http:evil.example",
    "ht\ntps://evil.example",
    "h\tttps://evil.example",
    " https://evil.example",
    "https://evil.example#",
    "https://nordicshoes.example@evil.example",
    "https://nordicshoes.example:443@evil.example",
    "https://nordicshoes.example%40evil.example",
    "https://nordicshoes.example\\@evil.example",
    "https://nordicshoes.example#@evil.example",
    "https://nordicshoes.example?@evil.example",
    "https://nordicshoes.example.evil.example",
    "https://evilnordicshoes.example",
    "https://evil.example/nordicshoes.example",
    "https://evil.example?nordicshoes.example",
    "https://evil.example\\nordicshoes.example",
    "https://nоrdicshoes.example",
    "https://xn--nrdicshoes-j8g.example",
    "https://nordicshoes。example",
    "https://nordicshoes.example。evil.example",
    "https://ⓔvil.example",
    "https://①②⑦.0.0.1",
    "https://[::1]/",
    "https://127.0.0.1/",
    "https://0x7f000001/",
    "https://2130706433/",
    "https://169.254.169.254/latest/meta-data",
    "@evil.example",
    "/@evil.example",
    ":@evil.example",
    "user@evil.example",
    ":443@evil.example",
    ".evil.example",
    "-evil.example",
    ":8443/",
    "/:8443",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "javascript://nordicshoes.example/%0aalert(1)",
    "\u{1}javascript:alert(1)",
    "vbscript:msgbox(1)",
    "data:text/html,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD4=",
    "file:///etc/passwd",
    "ftp://evil.example",
    "blob:https://evil.example/x",
    "mailto:eva@evil.example",
    "tel:+4670",
    "intent://evil.example#Intent;scheme=https;end",
    "about:blank",
    "view-source:https://evil.example",
    "wss://evil.example",
    "",
    " ",
    ".",
    "..",
    "./evil.example",
    "../../evil.example",
    "/../../evil.example",
    "/..//evil.example",
    "/.//evil.example",
    "/a/..//evil.example",
    "/%2e%2e//evil.example",
    "/./\\evil.example",
    "?to=//evil.example",
    "#//evil.example",
    ";//evil.example",
    "?//evil.example",
    "/<script>alert(1)</script>",
    "/\"onmouseover=alert(1)",
    "/%00",
    "/%",
    "/%zz",
    "/\u{202e}elpmaxe.live//",
    "/🎉//evil.example",
];

/// The destinations that hostile paths are tried on.
const BASES: [&str; 3] =
    ["https://nordicshoes.example/", "https://nordicshoes.myshopify.com/a/b?c=d#e", "https://evil.example/"];

fn assert_harmless(url: &Url, because: &str) {
    let hosts = [Host::Domain("nordicshoes.example"), Host::Domain("nordicshoes.myshopify.com")];
    assert!(url.host().is_some_and(|host| hosts.contains(&host)), "{because} leads to {url}");
    assert_eq!((url.scheme(), url.port(), url.username(), url.password()), ("https", None, "", None), "{because}");
    assert!(!url.path().starts_with("//") && url.as_str().bytes().all(|b| b.is_ascii_graphic()), "{because}: {url}");
    let refs: Vec<_> =
        url.query_pairs().filter(|(name, _)| name == "ref" || name == "ref_click").map(|(_, value)| value).collect();
    assert_eq!(refs, ["ANNA10", "token"], "{because}: {url}");
    // What a browser makes of the header is what was meant.
    assert_eq!(Url::parse(url.as_str()).as_ref(), Ok(url), "{because}");
}

#[test]
fn no_hostile_path_leads_off_the_shop() {
    assert!(HOSTILE.len() >= 100, "{}", HOSTILE.len());
    let long = ["/".repeat(100_000), format!("/{}", "a".repeat(100_000)), format!("/{}", "å".repeat(2_000))];
    for hostile in HOSTILE.iter().copied().chain(long.iter().map(String::as_str)) {
        for destination in BASES {
            for to in
                [hostile.to_owned(), format!("/{hostile}"), format!("/boots?{hostile}"), format!("/boots{hostile}")]
            {
                let url = location(destination, Some(&to), Some("token"), None).expect("a location");
                assert_harmless(&url, &to.escape_debug().to_string());
                assert!(url.as_str().len() < 5_000);
            }
        }
    }
}

proptest! {
    #[test]
    fn repair_14_no_query_whatever_leads_off_the_shop_or_to_another_advocate(
        query in r"([?&=#%+.\[\] /\\:@a-z\PC]|ref|ref_click|%72ef){0,40}", base in 0..3_usize,
    ) {
        let url = location_of(BASES[base], Some("/boots?a=b"), Some("token"), None, &query).expect("a location");
        assert_harmless(&url, &query);
    }

    #[test]
    fn no_path_whatever_leads_off_the_shop(to in r"\PC*", lead in r"[/\\\t\r\n.@:?#%a-z]{0,6}", base in 0..3_usize) {
        for to in [format!("{lead}{to}"), format!("/{lead}{to}")] {
            let url = location(BASES[base], Some(&to), Some("token"), None).expect("a location");
            assert_harmless(&url, &to);
        }
    }

    #[test]
    fn no_stored_destination_leads_off_the_shop(destination in r"(https?:)?[/\\@:.a-z?#&=%-]{0,40}", to in r"[/\\@:.a-z\t]{0,12}") {
        let url = location(&destination, Some(&to), Some("token"), None).expect("a location");
        let on_http = url.scheme() == "http" && destination.starts_with("http:");
        prop_assert!(on_http || url.scheme() == "https");
        prop_assert!(shop().owns(&url));
    }

    #[test]
    fn what_the_destination_had_is_still_there(parts in proptest::collection::vec("[a-z]{4,6}(=[a-zA-Z0-9%+._~-]{0,8})?", 1..6)) {
        let query = parts.join("&");
        let at = located(&format!("{SITE}/?{query}"), None);
        prop_assert_eq!(at, format!("{SITE}/?{query}&{OURS}"));
    }
}
