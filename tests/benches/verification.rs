//! What it costs to tell a genuine webhook from a forged one, per kilobyte, beside hashing the same bytes once: the floor,
//! since HMAC-SHA256 has to hash them. Times are of this machine; the ratios hold.
//!
//! `cargo bench -p tests --bench verification`

use std::hint::black_box;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use lambda_http::http::HeaderMap;
use serde_json::json;
use sha2::{Digest, Sha256};
use shared::domain::platform::Platform;
use shared::platform::{Headers, Received, receive};
use shared::store::Shop;
use ulid::Ulid;

const SECRET: &str = "the secret of the bench";
const SIZES: [usize; 4] = [1, 8, 64, 512];
/// The middle of so many rounds.
const ROUNDS: usize = 31;

fn main() {
    println!("| platform | body, KB | hashing alone, ns/KB | verifying, ns/KB | ratio | forged refused, ratio |");
    println!("|---|---|---|---|---|---|");
    for platform in Platform::ALL {
        for size in SIZES {
            row(platform, size);
        }
    }
}

fn row(platform: Platform, size: usize) {
    let body = json!({"id": 1, "note": "x".repeat(size * 1024 - 20)}).to_string().into_bytes();
    let (shop, now) = (shop(platform), Timestamp::UNIX_EPOCH);
    let secrets = [SECRET.to_owned()];
    let judge = |headers: &HeaderMap| receive(&shop, Headers::new(headers), &body, &secrets, now);
    let (genuine, forged) = (headers(platform, SECRET, &body), headers(platform, "another", &body));
    assert!(matches!(judge(&genuine), Ok(Received::Message { .. })), "{platform:?} takes what was signed");
    assert!(judge(&forged).is_err(), "{platform:?} refuses what was not");

    let floor = middle(|| Sha256::digest(black_box(&body)));
    let taken = middle(|| judge(black_box(&genuine)));
    let refused = middle(|| judge(black_box(&forged)));
    let per_kb = |time: Duration| time.as_nanos() / size as u128;
    let ratio = |time: Duration| time.as_secs_f64() / floor.as_secs_f64();
    println!(
        "| {} | {size} | {} | {} | {:.2} | {:.2} |",
        platform.as_str(),
        per_kb(floor),
        per_kb(taken),
        ratio(taken),
        ratio(refused)
    );
}

fn middle<T>(work: impl Fn() -> T) -> Duration {
    // As many as take some milliseconds, so that the clock's grain does not count.
    let started = Instant::now();
    black_box(work());
    let once = started.elapsed().max(Duration::from_nanos(100));
    let times = u32::try_from(Duration::from_millis(4).as_nanos() / once.as_nanos()).unwrap_or(1).max(1);
    let mut rounds: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let started = Instant::now();
            for _ in 0..times {
                black_box(work());
            }
            started.elapsed() / times
        })
        .collect();
    rounds.sort();
    rounds[ROUNDS / 2]
}

fn shop(platform: Platform) -> Shop {
    let id = |prefix: &str, n| format!("{prefix}_{}", Ulid::from_parts(1_790_000_000_000, n));
    let shop = json!({"id": id("shp", 2), "merchant": id("mer", 1), "platform": platform, "domain": "shop.example",
        "site": "https://shop.example", "currency": "SEK", "secrets": null, "created_at": "2026-01-01T00:00:00Z", "version": 1});
    serde_json::from_value(shop).expect("a shop")
}

fn headers(platform: Platform, secret: &str, body: &[u8]) -> HeaderMap {
    let signature = |parts: &[&[u8]]| {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key of any length");
        for part in parts {
            mac.update(part);
        }
        STANDARD.encode(mac.finalize().into_bytes())
    };
    let headers = match platform {
        Platform::Shopify => vec![
            ("x-shopify-topic", "x".to_owned()),
            ("x-shopify-shop-domain", "shop.example".to_owned()),
            ("x-shopify-hmac-sha256", signature(&[body])),
        ],
        Platform::Woocommerce => {
            vec![("x-wc-webhook-topic", "x".to_owned()), ("x-wc-webhook-signature", signature(&[body]))]
        }
        Platform::Bigcommerce | Platform::Custom => {
            let signature = format!("v1,{}", signature(&[b"msg_1.0.", body]));
            vec![
                ("webhook-id", "msg_1".to_owned()),
                ("webhook-timestamp", "0".to_owned()),
                ("webhook-signature", signature),
            ]
        }
    };
    headers.into_iter().map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("a value"))).collect()
}
