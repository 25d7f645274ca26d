//! Who opens a link. Only a person's visit is a click: a messenger that draws a preview, a crawler, or a browser that
//! loads ahead must neither count nor get a token that money follows.

use std::hash::{DefaultHasher, Hash, Hasher};

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visitor {
    /// Somebody who wants to see the shop.
    Person,
    /// A messenger or network that shows its users what a link is about.
    Preview,
    /// Any other machine.
    Crawler,
    /// A browser that loads ahead; the person may never come.
    Prefetch,
}

/// Programs that draw previews, by a part of their name that no person's browser carries.
const PREVIEWERS: [&str; 31] = [
    "bitlybot",
    "cardyb",
    "chatwork",
    "discordbot",
    "embedly",
    "facebookcatalog",
    "facebookexternalhit",
    "facebot",
    "flipboardproxy",
    "iframely",
    "kakaotalk-scrap",
    "line-poker",
    "linkedinbot",
    "mastodon/",
    "microsoftpreview",
    "mattermost-bot",
    "nextcloud server",
    "pinterestbot",
    "pinterest.com/bot",
    "pleroma",
    "quora link preview",
    "redditbot",
    "skypeuripreview",
    "slackbot",
    "slack-imgproxy",
    "snap url preview",
    "synapse (bot",
    "telegrambot",
    "twitterbot",
    "vkshare",
    "xing-contenttabreceiver",
];

/// Apps whose previews and whose built-in browsers share a name: the preview names itself first, the browser starts as
/// every browser does. (Signal draws its previews under `WhatsApp`'s name.)
const MESSENGERS: [&str; 6] = ["whatsapp", "viber", "signal", "line/", "snapchat", "tumblr"];

/// Libraries that apps and scripts fetch with. Some have "http" in their name, which elsewhere is a crawler's address.
const LIBRARIES: [&str; 14] = [
    "aiohttp",
    "apache-httpclient",
    "axios",
    "curl",
    "dart",
    "go-http-client",
    "guzzlehttp",
    "httpie",
    "java",
    "node",
    "okhttp",
    "python",
    "undici",
    "wget",
];

/// Machines that none of the words give away by which machines usually name themselves.
const MACHINES: [&str; 3] = ["imageproxy", "scrap", "slurp"];

impl Visitor {
    /// `purposes`: the values of the headers with which a browser says that it loads ahead.
    pub(crate) fn of<'a>(user_agent: &str, purposes: impl IntoIterator<Item = &'a str>) -> Self {
        let ahead = |purpose: &str| {
            let purpose = purpose.to_ascii_lowercase();
            // `Sec-Purpose: prefetch;prerender` has parameters.
            ["prefetch", "prerender", "preview"].iter().any(|word| purpose.contains(word))
        };
        if purposes.into_iter().any(ahead) {
            return Self::Prefetch;
        }
        let name = user_agent.trim().to_ascii_lowercase();
        let is_preview =
            PREVIEWERS.iter().any(|part| name.contains(part)) || MESSENGERS.iter().any(|app| name.starts_with(app));
        match () {
            () if is_preview => Self::Preview,
            () if is_crawler(&name) => Self::Crawler,
            () => Self::Person,
        }
    }
}

/// Only what names itself a machine is taken for one: a person taken for a crawler costs an advocate the reward, a
/// crawler taken for a person costs one count. So no name at all, or a programming library's, is a person's: apps open
/// links that way. `name` is in lower case.
fn is_crawler(name: &str) -> bool {
    if LIBRARIES.iter().any(|library| name.starts_with(library)) {
        return false;
    }
    // Phones of this brand have "bot" in their name and people in front of them.
    let name = name.replace("cubot", "");
    // The crate remembers its answers by where the text lies and its first and last eight bytes, which an allocator that
    // hands out the same place again defeats: two browsers could share an answer. Digits of a hash around the text keep
    // texts apart. The engine at the end is for names without one, which the crate would take for crawlers.
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    let digits = hasher.finish() % 100_000_000;
    MACHINES.iter().any(|part| name.contains(part))
        || iscrawl::is_crawler(&format!("{digits:08} {name} gecko {digits:08}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PREVIEWS: &[&str] = &[
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        "facebookexternalhit/1.1",
        // Messages on iPhone and Mac.
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0",
        "facebookexternalhit/1.1;line-poker/1.0",
        "facebookexternalhit/1.1; kakaotalk-scrap/1.0; +https://devtalk.kakao.com/t/scrap/33984",
        "WhatsApp/2.23.20.0 A",
        "WhatsApp/2.2412.54 W",
        "WhatsApp/2.21.12.21 i",
        "WhatsApp",
        "Twitterbot/1.0",
        "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
        "Slackbot 1.0 (+https://api.slack.com/robots)",
        "Slack-ImgProxy (+https://api.slack.com/robots)",
        "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
        "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
        "TelegramBot (like TwitterBot)",
        "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com",
        "Mozilla/5.0 (compatible; MicrosoftPreview/2.0; +https://aka.ms/MicrosoftPreview)",
        "Pinterest/0.2 (+https://www.pinterest.com/bot.html)",
        "Mozilla/5.0 (compatible; Pinterestbot/1.0; +https://www.pinterest.com/bot.html)",
        "Mozilla/5.0 (compatible; redditbot/1.0; +http://www.reddit.com/feedback)",
        "Mastodon/4.2.1 (http.rb/5.1.1; +https://mastodon.social/)",
        "http.rb/5.1.1 (Mastodon/4.2.1; +https://mastodon.social/) Bot",
        "Mozilla/5.0 (compatible; vkShare; +http://vk.com/dev/Share)",
        "Viber/13.3.0.4 CFNetwork/1128.0.1 Darwin/19.6.0",
        "Mozilla/5.0 (compatible; Bluesky Cardyb/1.1; +mailto:support@bsky.app)",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0.0.0 Safari/537.36 (compatible; Snap URL Preview Service; bot; snapchat; https://developers.snap.com/robots)",
        "Iframely/1.3.1 (+https://iframely.com/docs/about)",
        "Mozilla/5.0 (compatible; Embedly/0.2; +http://support.embed.ly/)",
        "Synapse (bot; +https://github.com/matrix-org/synapse)",
        "Tumblr/14.0.835.186",
    ];

    const CRAWLERS: &[&str] = &[
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/13.1.1 Safari/605.1.15 (Applebot/0.1; +http://www.apple.com/go/applebot)",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
        "meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing/webmasters/crawler)",
        "GoogleImageProxy",
        "Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)",
    ];

    const PERSONS: &[&str] = &[
        // Whoever does not say: apps, privacy browsers, a merchant's own script.
        "",
        "  ",
        "Mozilla/5.0",
        "CUBOT",
        "curl/8.5.0",
        "python-requests/2.31.0",
        "Python-urllib/3.12",
        "Go-http-client/2.0",
        "okhttp/4.12.0",
        "node",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36 Edg/128.0.0.0",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
        "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
        "Mozilla/5.0 (Linux; Android 12; CUBOT P60) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
        // Browsers inside apps.
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/470.0.0.43.105;FBBV/612345678;FBDV/iPhone15,2;FBMD/iPhone;FBSN/iOS;FBSV/17.5;FBSS/3;FBID/phone;FBLC/sv_SE;FBOP/5]",
        "Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/AP2A.240605.024; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/125.0.6422.165 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/467.0.0.48.85;]",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 334.0.4.32.98 (iPhone15,2; iOS 17_5; sv_SE; sv; scale=3.00; 1179x2556; 613155012)",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Safari Line/14.7.0",
        "Mozilla/5.0 (Linux; Android 13; SM-A536B; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/124.0.0.0 Mobile Safari/537.36 Line/14.5.1/IAB",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [Pinterest/iOS]",
        "Mozilla/5.0 (Linux; Android 13; 2201117TY; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/124.0.0.0 Mobile Safari/537.36 [Pinterest/Android]",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Twitter for iPhone/10.44",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Snapchat/12.91.0.40 (like Safari/8618.2.12.10.9, panda)",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 musical_ly_35.0.0 JsSdk/2.0 NetType/WIFI Channel/App Store",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 WhatsApp/2.24.12",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 LinkedInApp/9.29.6748",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) GSA/321.0.643208123 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (Linux; Android 10; 知乎) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36",
    ];

    #[test]
    fn previews_crawlers_and_persons_are_told_apart() {
        for (names, expected) in
            [(PREVIEWS, Visitor::Preview), (CRAWLERS, Visitor::Crawler), (PERSONS, Visitor::Person)]
        {
            for name in names {
                assert_eq!(Visitor::of(name, []), expected, "{name}");
            }
        }
    }

    #[test]
    fn a_browser_that_loads_ahead_is_nobody_yet() {
        for purpose in
            ["prefetch", "Prefetch", "prefetch;prerender", "prefetch;anonymous-client-ip", "preview", "prerender"]
        {
            assert_eq!(Visitor::of(PERSONS[0], [purpose]), Visitor::Prefetch, "{purpose}");
        }
        assert_eq!(Visitor::of(PERSONS[0], ["", "navigate"]), Visitor::Person);
    }

    #[test]
    fn an_answer_is_never_another_browsers() {
        // Same length, same ends, and (by one buffer) the same place in memory.
        let mut buffer = String::with_capacity(100);
        for (middle, expected) in
            [("chromium", Visitor::Person), ("crawlers", Visitor::Crawler), ("chromium", Visitor::Person)]
        {
            buffer.clear();
            buffer.push_str("Mozilla/5.0 AppleWebKit ");
            buffer.push_str(middle);
            buffer.push_str(" Safari/537.36");
            assert_eq!(Visitor::of(&buffer, []), expected, "{buffer}");
        }
    }
}
