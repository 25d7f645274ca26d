//! Names as they come, and what they are.

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
    // Libraries: apps that fetch a page to show what it is about, scripts, feed readers.
    "curl/8.5.0",
    "python-requests/2.31.0",
    "Python-urllib/3.12",
    "Go-http-client/2.0",
    "okhttp/4.12.0",
    "node",
    // Browsers that nobody sits in front of.
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/128.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Linux; Android 11; moto g power) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Mobile Safari/537.36 Chrome-Lighthouse",
    "Mozilla/5.0 (compatible; Yahoo! Slurp; http://help.yahoo.com/help/us/ysearch/slurp)",
    // Words inside names that are written together, and addresses.
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36 SiteCheck/2.0",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36 (uptime.example.com)",
    // An app's name makes no person of what names itself a machine.
    "Mozilla/5.0 (compatible; Googlebot/2.1) [FBAN/FB4A;FBAV/467.0.0.48.85;]",
];

const PERSONS: &[&str] = &[
    // Whoever does not say.
    "",
    "  ",
    "Mozilla/5.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36 Edg/128.0.0.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
    // A part of a word is no word.
    "Mozilla/5.0 (Linux; Android 13; Scanfrost Watchman Build/eng.compiler.20240304) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 12; CUBOT P60) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
];

/// Browsers inside apps, one a line.
const IN_APP: &str = include_str!("in_app.txt");

#[test]
fn previews_crawlers_and_persons_are_told_apart() {
    let in_app: Vec<_> = IN_APP.lines().collect();
    let persons = [PERSONS, &in_app].concat();
    for (names, expected) in [(PREVIEWS, Visitor::Preview), (CRAWLERS, Visitor::Crawler), (&persons, Visitor::Person)] {
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
