//! Who signed it, and for which shop.

use super::*;

const BODY: &[u8] = br#"{"id":727,"status":"processing"}"#;

fn received(of: &[(&'static str, &str)], body: &[u8], secrets: &[&str]) -> Result<Received, u16> {
    let secrets: Vec<_> = secrets.iter().map(|secret| (*secret).to_owned()).collect();
    receive(&shop(), Headers::new(&headers(of)), body, &secrets).map_err(|refused| refused.status())
}

fn signed(signature: &str, secrets: &[&str]) -> Result<Received, u16> {
    received(&[("x-wc-webhook-signature", signature), ("x-wc-webhook-topic", "order.updated")], BODY, secrets)
}

fn message(topic: &str) -> Received {
    Received::Message { topic: topic.to_owned(), triggered_at: None }
}

#[test]
fn only_a_signature_by_one_of_the_secrets_verifies() {
    let good = signature("new", BODY);
    assert_eq!(signed(&good, &["new", "old"]), Ok(message("order.updated")));
    assert_eq!(signed(&signature("old", BODY), &["new", "old"]), Ok(message("order.updated")));
    let cut = STANDARD.encode(&STANDARD.decode(&good).expect("base64")[..31]);
    let broken = [
        signature("other", BODY),
        signature("new", b"{}"),
        good[..good.len() - 1].to_owned(),
        cut,
        format!("{good}{good}"),
        format!("{good},{good}"),
        "ab".repeat(32),
        good.to_lowercase(),
        String::new(),
    ];
    for signature in broken {
        assert_eq!(signed(&signature, &["new", "old"]), Err(401), "{signature:?}");
    }
    assert_eq!(received(&[], BODY, &["new"]), Err(401), "unsigned");
    assert_eq!(signed(&good, &[]), Err(401), "a shop without secrets");
    let mut twice = headers(&[("x-wc-webhook-signature", &good)]);
    twice.append("x-wc-webhook-signature", HeaderValue::from_str(&good).expect("a value"));
    let refused = receive(&shop(), Headers::new(&twice), BODY, &["new".to_owned()]).expect_err("two signatures");
    assert_eq!(refused.status(), 401);
}

#[test]
fn a_secret_signs_as_wordpress_decodes_it() {
    let signs = "a&b\"<>'c";
    for kept in [signs, "a&amp;b&quot;&lt;&gt;&#039;c", "a&#038;b&#34;&#x3C;&#62;&#39;c"] {
        assert_eq!(signed(&signature(signs, BODY), &[kept]), Ok(message("order.updated")), "{kept}");
    }
    // Nobody knows an empty secret, so anybody could have signed with it.
    assert_eq!(signed(&signature("", BODY), &[""]), Err(401));
    assert_eq!(signed(&signature("", BODY), &["x", ""]), Err(401));
}

#[test]
fn the_sender_must_be_this_site_where_it_says_who_it_is() {
    let good = signature("s", BODY);
    let from = |source: &str| {
        let of = [("x-wc-webhook-signature", good.as_str()), ("x-wc-webhook-source", source)];
        received(&of, BODY, &["s"])
    };
    for source in [
        "https://www.nordicshoes.example/shop/",
        "https://nordicshoes.example/",
        "http://NordicShoes.example:8080",
        "https://www.nordicshoes.example",
    ] {
        assert_eq!(from(source), Ok(message("")), "{source}");
    }
    for source in [
        "https://other.example/",
        "https://shop.nordicshoes.example/",
        "https://nordicshoes.example.evil.example/",
        "nordicshoes.example",
        "http://localhost/wordpress/",
        "http://127.0.0.1/",
    ] {
        assert_eq!(from(source), Err(404), "{source}");
    }
    let unsigned = [("x-wc-webhook-signature", "x"), ("x-wc-webhook-source", "https://other.example/")];
    assert_eq!(received(&unsigned, BODY, &["s"]), Err(401), "who did not sign learns nothing");
}

#[test]
fn a_ping_is_a_form_that_nobody_signed() {
    for body in ["webhook_id=4", "webhook_id=12345678901234567890", "webhook_id=4\n"] {
        assert_eq!(received(&[], body.as_bytes(), &["s"]), Ok(Received::Ping), "{body}");
    }
    for body in ["webhook_id=", "webhook_id=x", "webhook_id=4&id=5", "{\"webhook_id\":4}", "", "id=4"] {
        assert_eq!(received(&[], body.as_bytes(), &["s"]), Err(401), "{body}");
    }
    let wrong = [("x-wc-webhook-signature", "x")];
    assert_eq!(received(&wrong, b"webhook_id=4", &["s"]), Err(401), "signed, and wrongly");
}
