//! Who opens a link. Only a person's visit is a click: a messenger that draws a preview, a crawler, or a browser that
//! loads ahead must neither count nor get a token that money follows.

mod words;

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash, Hasher};

use words::Words;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visitor {
    /// Somebody who wants to see the shop.
    Person,
    /// A messenger or network that shows its users what a link is about.
    Preview,
    /// Any other machine.
    Crawler,
    /// A browser that loads ahead; the person may never come.
    Prefetch,
}

/// Programs that draw previews, by words of their names that no person's browser carries.
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

const PREVIEWER_WORDS: Words<31> = Words::new(PREVIEWERS);

/// Apps whose previews and whose built-in browsers share a name: the preview names itself first, the browser starts as
/// every browser does. (Signal draws its previews under `WhatsApp`'s name.)
const MESSENGERS: [&str; 6] = ["whatsapp", "viber", "signal", "line/", "snapchat", "tumblr"];

/// What machines call themselves that look like browsers otherwise, beyond the words that the crate knows (`bot`, `crawl`,
/// `spider`, an address, and the like). Each was tried on browsers: `infra/scripts/visitors`.
const MACHINES: [&str; 45] = [
    " agent",
    "-agent",
    "-google",
    "-user/",
    ".com",
    "agent-",
    "appinsights",
    "check",
    "collapsify",
    "compatible; google",
    "criticalcss",
    "dareboost",
    "datanyze",
    "favicon",
    "foregenix",
    "google-",
    "gtmetrix",
    "hardenize",
    "headless",
    "hotjar",
    "imageproxy",
    "inspector",
    "lighthouse",
    "mediapartners",
    "newsai",
    "newsnow",
    "optimizer",
    "pingdom",
    "playwright",
    "puppeteer",
    "rigor",
    "scan",
    "scanning",
    "scrap",
    "securityheaders",
    "selenium",
    "silktide",
    "sitemap",
    "slurp",
    "splash",
    "synthetics",
    "testlocally",
    "verify",
    "watchtowr",
    "xmco.fr",
];

const MACHINE_WORDS: Words<45> = Words::new(MACHINES);

/// Parts of persons' browsers that would be taken for machines: phones of a brand with "bot" in its name, and a browser that
/// writes its version like an address.
const OF_PERSONS: [&str; 3] = ["cubot", "android@", "ios@"];

/// Browsers without the name of an engine that the crate knows. (Facebook's on Android may name nothing but the app.)
const BROWSERS: [&str; 6] = ["chrome/", "ucbrowser", "fban/", "fbav/", "fb_iab/", "metaiab"];

impl Visitor {
    /// `purposes`: the values of the headers with which a browser says that it loads ahead.
    pub fn of<'a>(user_agent: &str, purposes: impl IntoIterator<Item = &'a str>) -> Self {
        let ahead = |purpose: &str| {
            let purpose = purpose.to_ascii_lowercase();
            // `Sec-Purpose: prefetch;prerender` has parameters.
            ["prefetch", "prerender", "preview"].iter().any(|word| purpose.contains(word))
        };
        if purposes.into_iter().any(ahead) {
            return Self::Prefetch;
        }
        let agent = without_build_tags(user_agent.trim());
        let name = agent.to_ascii_lowercase();
        let is_preview = PREVIEWER_WORDS.are_in(&agent) || MESSENGERS.iter().any(|app| name.starts_with(app));
        match () {
            () if is_preview => Self::Preview,
            () if is_crawler(&agent, &name) => Self::Crawler,
            () => Self::Person,
        }
    }
}

/// What the maker of a phone calls its software says nothing of who asks, and may hold anything: what follows `Build/`, and
/// what Snapchat puts between two `#`.
fn without_build_tags(agent: &str) -> Cow<'_, str> {
    let mut agent = Cow::Borrowed(agent);
    if let Some((before, rest)) = agent.split_once('#')
        && let Some((_, after)) = rest.split_once('#')
    {
        agent = format!("{before}#{after}").into();
    }
    if let Some((before, rest)) = agent.split_once(" Build/") {
        let end = rest.find([' ', ';', ')']).unwrap_or(rest.len());
        agent = format!("{before}{}", &rest[end..]).into();
    }
    agent
}

/// Whoever names itself a machine, or has no browser's name, is taken for one; who says nothing is a person. `name` is the
/// agent in lower case.
fn is_crawler(agent: &str, name: &str) -> bool {
    if matches!(name, "" | "mozilla/5.0") {
        return false;
    }
    if MACHINE_WORDS.are_in(agent) {
        return true;
    }
    let name = OF_PERSONS
        .iter()
        .fold(Cow::Borrowed(name), |name, part| if name.contains(part) { name.replace(part, "").into() } else { name });
    let engine = if BROWSERS.iter().any(|browser| name.contains(browser)) { "gecko" } else { "" };
    // The crate remembers its answers by where the text lies and its first and last eight bytes, which an allocator that
    // hands out the same place again defeats: two browsers could share an answer. Digits of a hash around the text keep
    // texts apart.
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    let digits = hasher.finish() % 100_000_000;
    iscrawl::is_crawler(&format!("{digits:08} {name} {engine} {digits:08}"))
}

#[cfg(test)]
mod tests;
