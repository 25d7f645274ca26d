//! Pages for people: which mails they want, which needs neither a login nor, to leave, more than one click (RFC 8058), and
//! which no mail scanner that merely opens links must do by itself; what an advocate shares; and whatever no other route
//! takes.

mod page;
mod share;

use lambda_http::{Body, Error, Request, Response};
use shared::App;
use shared::crypto::Leave;
use shared::domain::mail::MailKind;
use shared::http::{ApiError, Call};
use shared::store::{PersonRow, Wish};

use self::page::{Choice, Page};

/// Answers one request.
pub async fn handle(app: &App, request: Request) -> Result<Response<Body>, Error> {
    let call = Call::new(request);
    let result = route(app, &call).await;
    let mut response = call.finish(result);
    if call.is_head() {
        *response.body_mut() = Body::Empty;
    }
    Ok(response)
}

async fn route(app: &App, call: &Call) -> Result<Response<Body>, ApiError> {
    match call.route() {
        "GET /u/{token}" => ask(app, &call.path("token")).await,
        "POST /u/{token}" => leave(app, call, &call.path("token")).await,
        "GET /s/{token}" => share::show(app, call, &call.path("token")).await,
        "$default" => left_over(app, call).await,
        _ => Err(call.no_such_route()),
    }
}

/// Whatever no other route takes. The address of a page of ours with a slash behind it is still that page's.
async fn left_over(app: &App, call: &Call) -> Result<Response<Body>, ApiError> {
    let path = call.raw_path().trim_end_matches('/');
    match (call.method(), path.rsplit_once('/')) {
        ("GET" | "HEAD", Some(("/u", token))) => ask(app, token).await,
        ("POST", Some(("/u", token))) => leave(app, call, token).await,
        ("GET" | "HEAD", Some(("/s", token))) => share::show(app, call, token).await,
        _ if call.wants_page() => page::NOWHERE.into_response(404),
        _ if call.raw_path().ends_with('/') => Err(ApiError::not_found("route; routes have no slash at the end")),
        _ => Err(ApiError::not_found("route")),
    }
}

/// A token as it was made, without what sticks to links that are pasted: no token ends in such a sign.
fn bare(token: &str) -> &str {
    token.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_')
}

/// A page with buttons. It changes nothing.
async fn ask(app: &App, token: &str) -> Result<Response<Body>, ApiError> {
    let Some(leave) = app.config.keys.verify_leave(bare(token)) else {
        return page::UNKNOWN.into_response(404);
    };
    // Whoever wants to leave can, also while we can't tell how things stand.
    let person = app.store.person(leave.merchant, &leave.person).await.unwrap_or_else(|failure| {
        tracing::warn!(%failure, "a person's wishes can't be read");
        None
    });
    let refuses = |kind: MailKind| person.as_ref().is_some_and(|person| person.refuses(kind).is_some());
    let page = match &person {
        Some(person) if is_closed(person) => page::CLOSED,
        _ if MailKind::ALL.into_iter().all(refuses) => Page::ask(&[Choice::AllAgain]),
        _ if MailKind::ALL.into_iter().any(refuses) => Page::ask(&[Choice::AllAgain, Choice::NoMail]),
        _ if leave.kind.is_some_and(|kind| !kind.is_request()) => Page::ask(&Choice::LEAVE),
        _ => Page::ask(&Choice::LEAVE[..2]),
    };
    page.into_response(200)
}

/// No wish of this person's brings mail back: it can't reach them, was called spam, or they had themselves forgotten.
fn is_closed(person: &PersonRow) -> bool {
    person.suppressed.is_some() || person.erased_at.is_some()
}

/// Notes the wish. Which one it is, a button of the page says. Mail programs know of no buttons: they send
/// `List-Unsubscribe=One-Click` as a form of either encoding, and leave what the mail was one of. Repeating it is fine.
async fn leave(app: &App, call: &Call, token: &str) -> Result<Response<Body>, ApiError> {
    let Some(leave) = app.config.keys.verify_leave(bare(token)) else {
        return page::UNKNOWN.into_response(404);
    };
    let choice = Choice::of_form(call.body()).unwrap_or_else(|| one_click(&leave));
    if choice == Choice::AllAgain {
        match app.store.person(leave.merchant, &leave.person).await? {
            Some(person) if is_closed(&person) => return page::CLOSED.into_response(200),
            Some(_) => {}
            None => return Page::done(choice).into_response(200),
        }
    }
    app.store.wish(leave.merchant, &leave.person, &choice.wish(leave.kind), app.now()).await?;
    Page::done(choice).into_response(200)
}

/// What one click leaves: of a mail that asks for something, all that ask. Who does not even want to hear of own rewards
/// wants nothing at all.
fn one_click(leave: &Leave) -> Choice {
    match leave.kind {
        Some(kind) if kind.is_request() => Choice::NoRequests,
        _ => Choice::NoMail,
    }
}

impl Choice {
    /// What it means for a person; `kind`: of the mail that led here.
    fn wish(self, kind: Option<MailKind>) -> Wish {
        match self {
            Self::NoRequests => Wish::Without(MailKind::ALL.into_iter().filter(|kind| kind.is_request()).collect()),
            Self::NotThisKind => kind.map_or(Wish::NoMail, |kind| Wish::Without([kind].into())),
            Self::NoMail => Wish::NoMail,
            Self::AllAgain => Wish::AllAgain,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::sync::{Arc, Mutex};

    use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
    use shared::app::Clock;
    use shared::config::Config;
    use shared::crypto::Keys;
    use shared::domain::endpoint::Reach;
    use shared::domain::id::MerchantId;
    use shared::domain::person::PersonKey;
    use shared::store::Store;

    use super::*;

    const ASK: &str = include_str!("../events/ask.json");
    const BUTTON: &str = include_str!("../events/button.json");
    const FORM: &str = include_str!("../events/one-click.json");
    const MULTIPART: &str = include_str!("../events/one-click-multipart.json");

    /// The writes that storage was asked for.
    type Writes = Arc<Mutex<Vec<String>>>;

    /// An app whose storage takes every write and keeps what it was asked.
    fn app() -> (App, Writes) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let writes = Writes::default();
        let kept = writes.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                kept.lock().expect("a list").push(answer(stream.expect("a connection")));
            }
        });
        let sdk = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-north-1"))
            .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .endpoint_url(endpoint);
        let config = Config {
            core_table: "core".into(),
            clicks_table: String::new(),
            public_url: String::new(),
            country_header: shared::config::COUNTRY_HEADER.into(),
            keys: Keys::new(BTreeMap::from([(1, "k".repeat(40))]), &"p".repeat(40)).expect("keys"),
            operator_key: None,
        };
        let store = Store::new(aws_sdk_dynamodb::Client::from_conf(sdk.build()), "core");
        (App { config, store, clock: Clock::System, reach: Reach::Internet }, writes)
    }

    /// Answers one request with an empty object; its target and body.
    fn answer(mut stream: TcpStream) -> String {
        let mut reader = BufReader::new(stream.try_clone().expect("a stream"));
        let (mut length, mut target) = (0, String::new());
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).expect("a header");
            match line.trim().split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.parse().expect("a length");
                }
                Some((name, value)) if name.eq_ignore_ascii_case("x-amz-target") => target = value.to_owned(),
                _ if line.trim().is_empty() => break,
                _ => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).expect("a body");
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
        stream.write_all(head.as_bytes()).expect("an answer");
        format!("{target} {}", String::from_utf8_lossy(&body))
    }

    fn token(app: &App) -> String {
        token_of(app, MailKind::RewardReady)
    }

    fn token_of(app: &App, kind: MailKind) -> String {
        let merchant: MerchantId = "mer_01HF7YAT00000000000000000B".parse().expect("an id");
        app.config.keys.sign_leave(merchant, &PersonKey::from_hash([7; 16]), kind)
    }

    async fn call(app: &App, event: &str, token: &str) -> Response<Body> {
        let request = shared::http::request(&event.replace("TOKEN", token)).expect("an event");
        handle(app, request).await.expect("a response")
    }

    fn text(response: &Response<Body>) -> String {
        String::from_utf8_lossy(response.body().as_ref()).into_owned()
    }

    #[tokio::test]
    async fn opening_the_link_asks_and_changes_nothing() {
        let (app, writes) = app();
        let response = call(&app, ASK, &token(&app)).await;
        assert_eq!(response.status(), 200);
        assert!(text(&response).contains("<form method=\"post\"><button"), "{}", text(&response));
        for call in writes.lock().expect("a list").iter() {
            assert!(call.starts_with("DynamoDB_20120810.GetItem"), "{call}");
        }
    }

    #[tokio::test]
    async fn one_click_unsubscribes_however_the_form_is_encoded_and_however_often() {
        let (app, writes) = app();
        for event in [FORM, MULTIPART, FORM] {
            let response = call(&app, event, &token(&app)).await;
            assert_eq!(response.status(), 200);
            assert!(text(&response).contains("You are unsubscribed"));
            assert!(!response.headers().contains_key("set-cookie") && !response.headers().contains_key("location"));
        }
        let writes = writes.lock().expect("a list");
        assert_eq!(writes.len(), 3);
        for write in writes.iter() {
            assert!(write.starts_with("DynamoDB_20120810.UpdateItem "), "{write}");
            assert!(write.contains("PER#mer_01HF7YAT00000000000000000B#07070707070707070707070707070707"), "{write}");
            assert!(write.contains("if_not_exists(unsubscribed_at"), "{write}");
        }
    }

    #[tokio::test]
    async fn one_click_in_an_invitation_leaves_invitations_and_reminders() {
        let (app, writes) = app();
        for kind in [MailKind::Invite, MailKind::Reminder] {
            let response = call(&app, FORM, &token_of(&app, kind)).await;
            assert_eq!(response.status(), 200);
            assert!(text(&response).contains("unsubscribed from invitations"), "{}", text(&response));
        }
        for write in writes.lock().expect("a list").iter() {
            assert!(write.contains(r#"{"SS":["invite","reminder"]}"#) && write.contains("ADD muted"), "{write}");
        }
    }

    #[tokio::test]
    async fn each_button_does_what_it_says() {
        for (wish, written) in [
            ("no-mail", "if_not_exists(unsubscribed_at"),
            ("no-requests", r#"{"SS":["invite","reminder"]}"#),
            ("not-this-kind", r#"{"SS":["friend_ordered"]}"#),
        ] {
            let (app, writes) = app();
            let token = token_of(&app, MailKind::FriendOrdered);
            let asked = text(&call(&app, ASK, &token).await);
            assert!(asked.contains(&format!("name=\"wish\" value=\"{wish}\"")), "{asked}");
            let response = call(&app, &BUTTON.replace("WISH", wish), &token).await;
            assert_eq!(response.status(), 200);
            let writes = writes.lock().expect("a list");
            assert!(writes.last().is_some_and(|write| write.contains(written)), "{wish}: {writes:?}");
        }
    }

    #[tokio::test]
    async fn a_token_that_we_did_not_make_is_a_friendly_404_and_writes_nothing() {
        let (app, writes) = app();
        let real = token(&app);
        for forged in [real.replace("07", "08"), format!("{real}A"), real[..real.len() - 1].to_owned(), "x".to_owned()]
        {
            for event in [ASK, FORM, MULTIPART] {
                let response = call(&app, event, &forged).await;
                assert_eq!(response.status(), 404, "{forged}");
                assert!(text(&response).contains("This link does not work"), "{forged}");
            }
        }
        assert!(writes.lock().expect("a list").is_empty());
    }

    #[tokio::test]
    async fn every_page_is_locked_down() {
        let (app, _) = app();
        for (event, token) in [(ASK, token(&app)), (FORM, token(&app)), (ASK, "x".to_owned())] {
            let response = call(&app, event, &token).await;
            let header =
                |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
            let policy = header("content-security-policy");
            for rule in [
                "default-src 'none'",
                "style-src 'unsafe-inline'",
                "form-action 'self'",
                "base-uri 'none'",
                "frame-ancestors 'none'",
            ] {
                assert!(policy.contains(rule), "{policy}");
            }
            assert_eq!(header("content-type"), "text/html; charset=utf-8");
            assert_eq!(header("x-content-type-options"), "nosniff");
            assert_eq!(header("referrer-policy"), "no-referrer");
            assert_eq!(header("cache-control"), "no-store");
            assert!(!text(&response).contains(&token) || token == "x", "the token is in the address only");
        }
    }
}
