//! The inbox as pages: a list that can be searched, newest first, and each mail at an address of its own, as HTML, text,
//! headers and source. Nothing runs here; links and forms are all there is, so a keyboard is enough.

use std::fmt::Write as _;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;

use super::{Inbox, Mail};

/// A mail's own HTML may show pictures; nothing else is loaded, and nothing runs.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; frame-src 'self'; \
                      form-action 'self'; base-uri 'self'; frame-ancestors 'none'";

const STYLE: &str = "
:root{color-scheme:light dark;--line:#8884;--dim:#6b6b6b;--mark:#0a5c36}
@media(prefers-color-scheme:dark){:root{--dim:#a8a8a8;--mark:#6fd3a2}}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem;margin:0 0 .25rem;overflow-wrap:anywhere}
a{color:var(--mark)}a:focus-visible,input:focus-visible,select:focus-visible,button:focus-visible{outline:3px solid var(--mark);outline-offset:2px}
form{display:flex;flex-wrap:wrap;gap:.75rem;align-items:end;margin:1rem 0}label{display:grid;font-size:.85rem;color:var(--dim)}
input,select,button{font:inherit;padding:.35rem .6rem;border:1px solid var(--line);border-radius:.4rem}
ol{list-style:none;padding:0;margin:0}li{border-top:1px solid var(--line)}
li a{display:block;padding:.7rem .25rem;text-decoration:none;color:inherit}li a:hover strong{text-decoration:underline}
strong{display:block;overflow-wrap:anywhere}small,.dim{color:var(--dim)}
nav{display:flex;flex-wrap:wrap;gap:1rem;margin:1rem 0}nav [aria-current]{font-weight:bold;color:inherit;text-decoration:none}
iframe{width:100%;height:46rem;border:1px solid var(--line);border-radius:.5rem}
pre{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid var(--line);border-radius:.5rem;padding:1rem}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:.5rem 0}dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere}";

/// What is looked for.
#[derive(Debug, Default, Deserialize)]
pub struct Search {
    /// A part of the recipient or the subject, in any case.
    #[serde(default)]
    q: String,
    #[serde(default)]
    kind: String,
}

impl Search {
    fn finds(&self, mail: &Mail) -> bool {
        let wanted = self.q.trim().to_lowercase();
        let has = |text: &str| text.to_lowercase().contains(&wanted);
        (self.kind.is_empty() || self.kind == mail.kind) && (has(&mail.to) || has(&mail.subject))
    }
}

/// `GET /inbox?q=&kind=`: the mails, newest first.
pub async fn list(State(inbox): State<Inbox>, Query(search): Query<Search>) -> Response {
    let mails = inbox.mails();
    let mut kinds: Vec<_> = mails.iter().map(|mail| mail.kind.as_str()).filter(|kind| !kind.is_empty()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let mut options = String::from("<option value=\"\">all</option>");
    for kind in kinds {
        let selected = if kind == search.kind { " selected" } else { "" };
        // Writing to a String does not fail.
        let _ = write!(options, "<option value=\"{0}\"{selected}>{0}</option>", escape(kind));
    }
    let mut rows = String::new();
    let found: Vec<_> = mails.iter().enumerate().rev().filter(|(_, mail)| search.finds(mail)).collect();
    for (n, mail) in &found {
        let [subject, to, about] = [mail.subject.clone(), mail.to.clone(), about(mail)].map(|text| escape(&text));
        let _ = write!(
            rows,
            "<li><a href=\"/inbox/{}\"><strong dir=\"auto\">{subject}</strong><small>to {to} &middot; {about} &middot; {:.0}</small></a></li>",
            n + 1,
            mail.at
        );
    }
    if rows.is_empty() {
        rows.push_str(if mails.is_empty() {
            "<li>No mails yet.</li>"
        } else {
            "<li>None of the mails is like that.</li>"
        });
    }
    let body = format!(
        "<h1>Inbox</h1><p class=\"dim\">Mails that a deployment would have sent. {} of {} shown, newest first.</p>\
         <form action=\"/inbox\"><label>Recipient or subject<input type=\"search\" name=\"q\" value=\"{}\" autofocus></label>\
         <label>Kind<select name=\"kind\">{options}</select></label><button>Search</button></form><ol>{rows}</ol>",
        found.len(),
        mails.len(),
        escape(&search.q)
    );
    page(StatusCode::OK, "Inbox", &body)
}

/// Which face of a mail is looked at.
#[derive(Debug, Default, Deserialize)]
pub struct View {
    #[serde(default)]
    view: String,
}

/// `GET /inbox/{number}?view=html|text|headers|source`: one mail, counted from 1 in the order in which they came.
pub async fn one(State(inbox): State<Inbox>, Path(number): Path<String>, Query(view): Query<View>) -> Response {
    let mails = inbox.mails();
    let number = number.parse::<usize>().ok().filter(|number| (1..=mails.len()).contains(number));
    let Some(number) = number else {
        return page(StatusCode::NOT_FOUND, "No such mail", "<h1>No such mail</h1><p><a href=\"/inbox\">Inbox</a></p>");
    };
    let mail = &mails[number - 1];
    let shown = match view.view.as_str() {
        known @ ("text" | "headers" | "source") => known,
        _ => "html",
    };
    let face = match shown {
        "text" => format!("<pre dir=\"auto\">{}</pre>", escape(&mail.text)),
        "headers" => {
            let mut lines = String::new();
            for (name, value) in &mail.headers {
                let _ = writeln!(lines, "{name}: {}", value.as_str().unwrap_or_default());
            }
            format!("<pre>{}</pre>", escape(&lines))
        }
        "source" if mail.raw.is_empty() => "<p>It was received before sources were kept.</p>".to_owned(),
        "source" => format!("<pre>{}</pre>", escape(&mail.raw)),
        // In a sandbox, so that a mail can't touch this page; its links open elsewhere.
        _ => format!(
            "<iframe sandbox=\"allow-popups allow-popups-to-escape-sandbox\" title=\"The mail as HTML\" srcdoc=\"{}\"></iframe>",
            escape(&mail.html.replacen("<head>", "<head><base target=\"_blank\">", 1))
        ),
    };
    let mut views = String::new();
    for (name, label) in [("html", "HTML"), ("text", "Text"), ("headers", "Headers"), ("source", "Source")] {
        let current = if name == shown { " aria-current=\"page\"" } else { "" };
        let _ = write!(views, "<a href=\"/inbox/{number}?view={name}\"{current}>{label}</a>");
    }
    let step = |to: usize, rel: &str, label: &str| {
        if (1..=mails.len()).contains(&to) {
            format!("<a rel=\"{rel}\" href=\"/inbox/{to}?view={shown}\">{label}</a>")
        } else {
            String::new()
        }
    };
    let [subject, to, from, about] =
        [mail.subject.clone(), mail.to.clone(), mail.from.clone(), about(mail)].map(|text| escape(&text));
    let body = format!(
        "<nav aria-label=\"Mails\"><a href=\"/inbox\">Inbox</a>{newer}{older}</nav><h1 dir=\"auto\">{subject}</h1>\
         <dl><dt>To</dt><dd><a href=\"/inbox?q={query}\">{to}</a></dd><dt>From</dt><dd>{from}</dd><dt>Kind</dt><dd>{about}</dd>\
         <dt>Sent</dt><dd>{at:.0}</dd></dl><nav aria-label=\"Views\">{views}</nav>{face}",
        newer = step(number + 1, "prev", "Newer"),
        older = step(number - 1, "next", "Older"),
        query = escape(&query_value(&mail.to)),
        at = mail.at,
    );
    page(StatusCode::OK, &subject, &body)
}

/// What kind of mail, in which words.
fn about(mail: &Mail) -> String {
    let kind = if mail.kind.is_empty() { "unknown kind" } else { &mail.kind };
    let variant = mail.variant.as_ref().map(|variant| format!(", variant {variant}")).unwrap_or_default();
    let locale = mail.locale.as_ref().map(|locale| format!(", {locale}")).unwrap_or_default();
    format!("{kind}{variant}{locale}")
}

/// `title`: escaped already.
fn page(status: StatusCode, title: &str, body: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>{STYLE}</style><main>{body}</main></html>"
    );
    (status, [(CONTENT_SECURITY_POLICY, POLICY), (CONTENT_TYPE, "text/html; charset=utf-8")], Html(html))
        .into_response()
}

fn query_value(text: &str) -> String {
    text.bytes().fold(String::new(), |mut query, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            query.push(byte.into());
        } else {
            let _ = write!(query, "%{byte:02X}");
        }
        query
    })
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}
