//! Everything keyed: the click token, the pseudonyms of persons and visitors, unsubscribe tokens, and the sealing of
//! secrets at rest. Each purpose has its own key, derived from a ring of master keys; the highest id signs and seals,
//! every id in the ring verifies and opens, so that a key can be rotated without a gap.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::OnceLock;

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use ulid::Ulid;

use crate::domain::code::Code;
use crate::domain::coupon::CouponCode;
use crate::domain::email::EmailAddress;
use crate::domain::id::{AdvocateId, ClickId, MerchantId, ProgramId, RewardId};
use crate::domain::mail::MailKind;
use crate::domain::mark::Told;
use crate::domain::origin::Origin;
use crate::domain::person::{Fingerprint, Mark, PersonKey};

/// What rewards' codes begin with.
pub const REWARD_CODE: &str = "GW-";

/// What the keys are for; keys of different purposes are unrelated.
#[derive(Clone, Copy)]
enum Purpose {
    Click,
    Unsubscribe,
    Share,
    Seal,
    Visitor,
    Person,
    Mark,
    RewardCode,
}

impl Purpose {
    const COUNT: usize = Self::RewardCode as usize + 1;

    const fn label(self) -> &'static [u8] {
        match self {
            Self::Click => b"goodword click token",
            Self::Unsubscribe => b"goodword unsubscribe token",
            Self::Share => b"goodword share page token",
            Self::Seal => b"goodword seal",
            Self::Visitor => b"goodword visitor",
            Self::Person => b"goodword person",
            Self::Mark => b"goodword mark",
            Self::RewardCode => b"goodword reward code",
        }
    }
}

/// Encrypted bytes as they are stored; on the wire base64.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Sealed(Vec<u8>);

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sealed")
    }
}

impl From<Sealed> for String {
    fn from(sealed: Sealed) -> Self {
        STANDARD.encode(sealed.0)
    }
}

impl TryFrom<String> for Sealed {
    type Error = base64::DecodeError;

    fn try_from(text: String) -> Result<Self, base64::DecodeError> {
        STANDARD.decode(text).map(Self)
    }
}

/// The sealed bytes can't be opened: another key, another context, or they were changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sealed value can't be opened with the keys at hand")]
pub struct CannotOpen;

/// The ring of master keys and the pepper, as far as a function is lent them: `template.yaml` says which. Holds secrets, so it
/// has no `Debug`.
///
/// # Panics
///
/// Using a key that is not lent panics: any other one would make what nobody can ever verify, open or find again.
#[derive(Clone)]
pub struct Keys {
    /// Empty: not lent.
    ring: BTreeMap<u32, Master>,
    /// Pseudonyms are looked up for ever, so their key never rotates. `None`: not lent.
    pepper: Option<Master>,
}

/// Bytes that a master secret has at least.
const LONG_ENOUGH: usize = 32;

/// A key that is ready to sign.
type Key = Hmac<Sha256>;

/// A secret that keys follow from.
#[derive(Clone)]
struct Master {
    secret: Vec<u8>,
    /// By purpose, each made when it is first needed: each click signs twice.
    keys: [OnceLock<Key>; Purpose::COUNT],
}

impl Master {
    fn new(secret: &str) -> Self {
        Self { secret: secret.into(), keys: Default::default() }
    }

    fn derived(&self, purpose: Purpose) -> [u8; 32] {
        tag(&mac(&self.secret), &[purpose.label()])
    }

    fn key(&self, purpose: Purpose) -> &Key {
        self.keys[purpose as usize].get_or_init(|| mac(&self.derived(purpose)))
    }
}

/// HMAC-SHA256 with this key, to be fed.
pub(crate) fn mac(key: &[u8]) -> Key {
    // HMAC takes keys of any length: hashing a long one to the block size is what it does itself.
    let mut block = [0; 64];
    match key.len() {
        0..=64 => block[..key.len()].copy_from_slice(key),
        _ => block[..32].copy_from_slice(&Sha256::digest(key)),
    }
    Hmac::new(&block.into())
}

/// HMAC-SHA256 over the parts, each preceded by its length so that parts can't run into each other.
fn tag(key: &Key, parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = key.clone();
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// A MAC that proves something.
type Mac128 = [u8; 16];

/// A MAC cut short. To 128 bits where it proves something: nobody tries 2^127 tokens against a web shop.
fn truncated<const BYTES: usize>(key: &Key, parts: &[&[u8]]) -> [u8; BYTES] {
    let mut short = [0; BYTES];
    short.copy_from_slice(&tag(key, parts)[..BYTES]);
    short
}

fn equal(one: &[u8], other: &[u8]) -> bool {
    subtle::ConstantTimeEq::ct_eq(one, other).into()
}

/// Whether two secrets are the same, in constant time and without telling their lengths.
pub fn same_secret(one: &str, other: &str) -> bool {
    equal(&Sha256::digest(one), &Sha256::digest(other))
}

/// HMAC-SHA256 over the parts as if they were one text.
pub fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = mac(key);
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// Whether `signature` is the HMAC-SHA256 of the parts, as if they were one text, in constant time.
pub fn verify_hmac(key: &[u8], parts: &[&[u8]], signature: &[u8]) -> bool {
    let mut mac = mac(key);
    for part in parts {
        mac.update(part);
    }
    mac.verify_slice(signature).is_ok()
}

/// SHA-256 as 64 hexadecimal digits, for natural keys.
pub fn sha256_hex(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hex(&hash.finalize())
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// What proves a click. Parts are preceded by their lengths, so none reads as another.
fn click_mac(key: &Key, click: Ulid, code: &Code, origin: Option<&str>) -> Mac128 {
    let (click, code) = (click.to_bytes(), code.as_str().as_bytes());
    match origin {
        Some(origin) => truncated(key, &[&click, code, origin.as_bytes()]),
        None => truncated(key, &[&click, code]),
    }
}

/// What proves that a share page is an advocate's.
fn share_mac(key: &Key, advocate: AdvocateId, program: ProgramId) -> Mac128 {
    truncated(key, &[&advocate.ulid().to_bytes(), &program.ulid().to_bytes()])
}

/// A click token that verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClickToken {
    pub click: ClickId,
    pub code: Code,
    /// Where the click came from; unknown in tokens from before it was told.
    pub origin: Origin,
}

/// Whose mails a token is about, that verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leave {
    pub merchant: MerchantId,
    pub person: PersonKey,
    /// Of the mail that it came in; `None`: not known any more.
    pub kind: Option<MailKind>,
}

impl Keys {
    /// `ring` maps key ids to master secrets; `None` when it is empty or a secret is shorter than 32 bytes.
    pub fn new(ring: BTreeMap<u32, String>, pepper: &str) -> Option<Self> {
        let keys = Self::ring(ring)?;
        (pepper.len() >= LONG_ENOUGH).then(|| Self { pepper: Some(Master::new(pepper)), ..keys })
    }

    /// The ring alone, for who finds nobody by an address; `None` as for [`Keys::new`].
    pub fn ring(ring: BTreeMap<u32, String>) -> Option<Self> {
        let valid = !ring.is_empty() && ring.values().all(|secret| secret.len() >= LONG_ENOUGH);
        let ring = ring.into_iter().map(|(id, secret)| (id, Master::new(&secret))).collect();
        valid.then_some(Self { ring, pepper: None })
    }

    /// No keys at all, for who needs none.
    pub fn none() -> Self {
        Self { ring: BTreeMap::new(), pepper: None }
    }

    /// These without the pepper.
    #[must_use]
    pub fn without_pepper(self) -> Self {
        Self { pepper: None, ..self }
    }

    fn pepper(&self) -> &Master {
        self.pepper.as_ref().expect("the template lends this function the pepper")
    }

    fn key(&self, id: u32, purpose: Purpose) -> Option<&Key> {
        self.ring.get(&id).map(|master| master.key(purpose))
    }

    /// The id and secret that sign and seal now.
    fn current(&self) -> (u32, &Master) {
        let (id, master) = self.ring.last_key_value().expect("the template lends this function the ring");
        (*id, master)
    }

    /// A token that proves this click: `key id . click's ULID . code . MAC . origin`. Time, code and origin are in the
    /// token, so it attributes, and is counted, even if the click row was lost. Without anything known of the origin it is
    /// left out, as in all tokens of earlier versions.
    pub fn sign_click(&self, click: ClickId, code: &Code, origin: &Origin) -> String {
        let (id, master) = self.current();
        let origin = (!origin.is_unknown()).then(|| origin.to_string());
        let mac = click_mac(master.key(Purpose::Click), click.ulid(), code, origin.as_deref());
        let tail = origin.map(|origin| format!(".{origin}")).unwrap_or_default();
        format!("{id}.{}.{code}.{}{tail}", click.ulid(), URL_SAFE_NO_PAD.encode(mac))
    }

    /// The click behind a token; `None` when we did not sign it.
    pub fn verify_click(&self, token: &str) -> Option<ClickToken> {
        let mut parts = token.splitn(5, '.');
        let key = self.key(parts.next()?.parse().ok()?, Purpose::Click)?;
        let ulid = Ulid::from_string(parts.next()?).ok()?;
        let code: Code = parts.next()?.parse().ok()?;
        let mac = URL_SAFE_NO_PAD.decode(parts.next()?).ok()?;
        let tail = parts.next();
        let expected = click_mac(key, ulid, &code, tail);
        let origin = tail.map(str::parse).transpose().ok()?.unwrap_or_default();
        equal(&mac, &expected).then(|| ClickToken { click: ClickId::new(ulid), code, origin })
    }

    /// A token that lets its holder say which mails one person wants of one merchant, and nothing else:
    /// `key id . merchant's ULID . person . kind of the mail . MAC`.
    pub fn sign_leave(&self, merchant: MerchantId, person: &PersonKey, kind: MailKind) -> String {
        let (id, master) = self.current();
        let parts = [&merchant.ulid().to_bytes()[..], person.as_str().as_bytes(), kind.as_str().as_bytes()];
        let mac: Mac128 = truncated(master.key(Purpose::Unsubscribe), &parts);
        format!("{id}.{}.{}.{kind}.{}", merchant.ulid(), person.as_str(), URL_SAFE_NO_PAD.encode(mac))
    }

    /// Whom such a token is for; `None` when we did not sign it. Tokens without a kind are in old mails.
    pub fn verify_leave(&self, token: &str) -> Option<Leave> {
        let parts: Vec<&str> = token.split('.').collect();
        let (id, merchant, person, kind, mac) = match parts.as_slice() {
            [id, merchant, person, mac] => (id, merchant, person, None, mac),
            [id, merchant, person, kind, mac] => (id, merchant, person, Some(*kind), mac),
            _ => return None,
        };
        let key = self.key(id.parse().ok()?, Purpose::Unsubscribe)?;
        let merchant = Ulid::from_string(merchant).ok()?;
        let person = PersonKey::from_hash(u128::from_str_radix(person, 16).ok()?.to_be_bytes());
        let bytes = merchant.to_bytes();
        let signed = [&bytes[..], person.as_str().as_bytes()].into_iter().chain(kind.map(str::as_bytes));
        let expected: Mac128 = truncated(key, &signed.collect::<Vec<_>>());
        let genuine = equal(&URL_SAFE_NO_PAD.decode(mac).ok()?, &expected);
        let kind = kind.and_then(|kind| kind.parse().ok());
        genuine.then(|| Leave { merchant: MerchantId::new(merchant), person, kind })
    }

    /// A token that opens an advocate's share page in one program, and nothing else: `key id . advocate's ULID . program's
    /// ULID . MAC`. It names nobody.
    pub fn sign_share(&self, advocate: AdvocateId, program: ProgramId) -> String {
        let (id, master) = self.current();
        let mac = share_mac(master.key(Purpose::Share), advocate, program);
        format!("{id}.{}.{}.{}", advocate.ulid(), program.ulid(), URL_SAFE_NO_PAD.encode(mac))
    }

    /// Whose page such a token opens; `None` when we did not sign it.
    pub fn verify_share(&self, token: &str) -> Option<(AdvocateId, ProgramId)> {
        let parts: Vec<&str> = token.split('.').collect();
        let [id, advocate, program, mac] = parts.as_slice() else { return None };
        let key = self.key(id.parse().ok()?, Purpose::Share)?;
        let ulid = |text: &str| Ulid::from_string(text).ok();
        let (advocate, program) = (AdvocateId::new(ulid(advocate)?), ProgramId::new(ulid(program)?));
        let expected = share_mac(key, advocate, program);
        equal(&URL_SAFE_NO_PAD.decode(mac).ok()?, &expected).then_some((advocate, program))
    }

    /// The pseudonym of whoever owns this mailbox, for one merchant.
    pub fn person_by_email(&self, merchant: MerchantId, email: &EmailAddress) -> PersonKey {
        self.person(merchant, b"email", email.canonical().as_bytes())
    }

    /// The pseudonym of a platform's customer account, for one merchant.
    pub fn person_by_customer_id(&self, merchant: MerchantId, scope: &str, customer_id: &str) -> PersonKey {
        self.person(merchant, format!("customer of {scope}").as_bytes(), customer_id.as_bytes())
    }

    fn person(&self, merchant: MerchantId, kind: &[u8], identity: &[u8]) -> PersonKey {
        let key = self.pepper().key(Purpose::Person);
        PersonKey::from_hash(truncated(key, &[&merchant.ulid().to_bytes(), kind, identity]))
    }

    /// The hash of a mark, in the form that its spellings share, for one merchant.
    pub fn fingerprint(&self, merchant: MerchantId, mark: Mark, canonical: &str) -> Fingerprint {
        let key = self.pepper().key(Purpose::Mark);
        let parts = [&merchant.ulid().to_bytes()[..], mark.as_str().as_bytes(), canonical.as_bytes()];
        Fingerprint::from_hash(truncated(key, &parts))
    }

    /// The hashes of all that was told of a person.
    pub fn fingerprints(&self, merchant: MerchantId, told: &Told) -> Vec<(Mark, Fingerprint)> {
        let marks = told.marks().into_iter();
        marks.map(|(mark, canonical)| (mark, self.fingerprint(merchant, mark, &canonical))).collect()
    }

    /// A code that always is the same for the same thing, and that nobody can guess who knows its id.
    pub fn secret_code(&self, of: &str) -> Code {
        let hash: Mac128 = truncated(self.pepper().key(Purpose::RewardCode), &[of.as_bytes()]);
        Code::from_random(u128::from_be_bytes(hash))
    }

    /// The code that a reward is given by at the checkout of the shop's platform.
    pub fn reward_code(&self, reward: RewardId) -> Option<CouponCode> {
        format!("{REWARD_CODE}{}", self.secret_code(&reward.to_string())).parse().ok()
    }

    /// Who clicked, for counting one visitor once a day: an address and a browser that can't be had back from it, and
    /// that is another one tomorrow.
    pub fn visitor(&self, day: &str, code: &Code, address: &str, user_agent: &str) -> String {
        let key = self.current().1.key(Purpose::Visitor);
        let hash: Mac128 =
            truncated(key, &[day.as_bytes(), code.as_str().as_bytes(), address.as_bytes(), user_agent.as_bytes()]);
        URL_SAFE_NO_PAD.encode(hash)
    }

    /// Encrypts for storage (AES-256-GCM). Opens only under the same context, so that a value copied to another row
    /// is useless. `random` must never repeat.
    pub fn seal(&self, context: &str, plain: &[u8], random: [u8; 12]) -> Sealed {
        let (id, master) = self.current();
        let payload = Payload { msg: plain, aad: context.as_bytes() };
        // AES-GCM fails only above 64 GiB.
        let sealed = Aes256Gcm::new(&master.derived(Purpose::Seal).into())
            .encrypt(&Nonce::from(random), payload)
            .unwrap_or_default();
        Sealed([&id.to_be_bytes()[..], &random, &sealed].concat())
    }

    /// Decrypts what [`Keys::seal`] made under the same context.
    pub fn open(&self, context: &str, sealed: &Sealed) -> Result<Vec<u8>, CannotOpen> {
        let (id, rest) = sealed.0.split_first_chunk::<4>().ok_or(CannotOpen)?;
        let (nonce, sealed) = rest.split_first_chunk::<12>().ok_or(CannotOpen)?;
        let key = self.ring.get(&u32::from_be_bytes(*id)).ok_or(CannotOpen)?.derived(Purpose::Seal);
        let payload = Payload { msg: sealed, aad: context.as_bytes() };
        Aes256Gcm::new(&key.into()).decrypt(&Nonce::from(*nonce), payload).map_err(|_| CannotOpen)
    }
}

/// Random bytes from the operating system.
///
/// # Panics
///
/// Without a random source every key and id would be guessable: stopping is the only safe answer.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(ids: &[u32]) -> Keys {
        let ring = ids.iter().map(|id| (*id, format!("{id}{}", "k".repeat(40)))).collect();
        Keys::new(ring, &"p".repeat(32)).expect("keys are long enough")
    }

    fn click() -> (ClickId, Code, Origin) {
        let origin = "SEm.email.invite.b".parse().expect("an origin");
        (ClickId::new(Ulid::from_parts(1_800_000_000_000, 9)), "ANNA10".parse().expect("a code"), origin)
    }

    #[test]
    fn who_is_lent_the_ring_alone_signs_and_verifies_as_with_all() {
        let (click, code, origin) = click();
        let alone = keys(&[1]).without_pepper();
        let token = alone.sign_click(click, &code, &origin);
        assert_eq!(token, keys(&[1]).sign_click(click, &code, &origin));
        assert!(keys(&[1]).verify_click(&token).is_some() && alone.verify_click(&token).is_some());
        assert_eq!(Keys::none().verify_click(&token), None);
        let ring = |secret: &str| Keys::ring([(1, secret.to_owned())].into());
        assert!(ring(&"k".repeat(32)).is_some() && ring(&"k".repeat(31)).is_none() && Keys::ring([].into()).is_none());
    }

    #[test]
    #[should_panic(expected = "lends this function the pepper")]
    fn nobody_is_named_without_the_pepper() {
        keys(&[1]).without_pepper().person_by_customer_id(MerchantId::new(Ulid::nil()), "shp_1", "5");
    }

    #[test]
    #[should_panic(expected = "lends this function the ring")]
    fn nothing_is_sealed_without_a_ring() {
        Keys::none().seal("context", b"plain", [0; 12]);
    }

    #[test]
    fn a_click_token_verifies_until_its_key_leaves_the_ring() {
        let (click, code, origin) = click();
        let token = keys(&[1]).sign_click(click, &code, &origin);
        let expected = Some(ClickToken { click, code, origin });
        assert_eq!(keys(&[1]).verify_click(&token), expected);
        assert_eq!(keys(&[1, 2]).verify_click(&token), expected);
        assert_eq!(keys(&[2]).verify_click(&token), None);
    }

    #[test]
    fn no_changed_click_token_verifies() {
        let (click, code, origin) = click();
        for token in
            [keys(&[1]).sign_click(click, &code, &origin), keys(&[1]).sign_click(click, &code, &Origin::default())]
        {
            no_change_verifies(&token);
        }
        for junk in ["", ".", "1...", "1.01.ANNA10.", "x.y.z.w", "x.y.z.w.v"] {
            assert_eq!(keys(&[1]).verify_click(junk), None, "{junk}");
        }
    }

    #[test]
    fn a_click_token_of_an_earlier_version_is_as_good() {
        // As it was signed before origins were told: the MAC over click and code alone.
        let (click, code, _) = click();
        let signed = keys(&[1]).sign_click(click, &code, &Origin::default());
        let mac = truncated::<16>(
            &mac(&tag(&mac(&keys(&[1]).ring[&1].secret), &[Purpose::Click.label()])),
            &[&click.ulid().to_bytes(), b"ANNA10"],
        );
        assert_eq!(signed.rsplit_once('.').map(|(_, it)| it.to_owned()), Some(URL_SAFE_NO_PAD.encode(mac)));
        assert_eq!(signed.matches('.').count(), 3);
        assert_eq!(keys(&[1]).verify_click(&signed).map(|it| it.origin), Some(Origin::default()));
    }

    #[test]
    fn repair_36_a_click_token_ends_in_no_dot_and_those_that_did_are_as_good() {
        let (click, code, _) = click();
        let plain: Origin = "SEm".parse().expect("an origin");
        let signed = keys(&[1]).sign_click(click, &code, &plain);
        assert!(signed.ends_with(".SEm"), "{signed}");
        let mac = click_mac(keys(&[1]).ring[&1].key(Purpose::Click), click.ulid(), &code, Some("SEm.."));
        let before = format!("1.{}.{code}.{}.SEm..", click.ulid(), URL_SAFE_NO_PAD.encode(mac));
        assert_eq!(keys(&[1]).verify_click(&before), keys(&[1]).verify_click(&signed));
        assert_eq!(keys(&[1]).verify_click(&signed).map(|token| token.origin), Some(plain));
        // Neither is the other with a dot more or less.
        for token in [format!("{signed}.."), before.trim_end_matches('.').to_owned(), format!("{signed}.")] {
            assert_eq!(keys(&[1]).verify_click(&token), None, "{token}");
        }
    }

    #[test]
    fn the_longest_click_token_is_taken_by_orders() {
        let origin = Origin {
            channel: Some("c".repeat(32).parse().expect("a channel")),
            variant: Some("v".repeat(40).parse().expect("a variant")),
            ..click().2
        };
        let token = keys(&[999]).sign_click(click().0, &"C".repeat(32).parse().expect("a code"), &origin);
        assert!(crate::domain::order::may_be_token(&token), "{} bytes", token.len());
        assert_eq!(keys(&[999]).verify_click(&token).map(|it| it.origin), Some(origin));
    }

    fn no_change_verifies(token: &str) {
        for (at, original) in token.char_indices() {
            for other in ['A', 'B', '.', '0', '-', '!'] {
                // The code part reads without case, and ULIDs leniently: compare what was understood, not its spelling.
                let mut changed = token.to_owned();
                changed.replace_range(at..=at, &other.to_string());
                if other != original {
                    assert_eq!(keys(&[1]).verify_click(&changed), None, "{changed}");
                }
            }
        }
    }

    #[test]
    fn a_sealed_value_opens_only_in_its_place() {
        let sealed = keys(&[1]).seal("shop a", b"secret", [3; 12]);
        assert_eq!(keys(&[1, 2]).open("shop a", &sealed).as_deref(), Ok(&b"secret"[..]));
        assert_eq!(keys(&[1]).open("shop b", &sealed), Err(CannotOpen));
        assert_eq!(keys(&[2]).open("shop a", &sealed), Err(CannotOpen));
        assert_eq!(keys(&[1]).open("shop a", &Sealed(sealed.0[..10].to_vec())), Err(CannotOpen));
        assert!(!sealed.0.windows(6).any(|window| window == b"secret"));
    }

    #[test]
    fn a_person_is_one_to_a_merchant_and_a_stranger_to_the_next() {
        let keys = keys(&[1]);
        let email = |text: &str| text.parse().expect(text);
        let (one, other) = (MerchantId::new(Ulid::from_parts(1, 1)), MerchantId::new(Ulid::from_parts(2, 2)));
        let anna = keys.person_by_email(one, &email("Anna+x@example.com"));
        assert_eq!(anna, keys.person_by_email(one, &email("anna@example.com")));
        assert_ne!(anna, keys.person_by_email(other, &email("anna@example.com")));
        assert_ne!(anna, keys.person_by_customer_id(one, "shp", "anna@example.com"));
    }

    #[test]
    fn a_token_to_leave_names_one_person_one_merchant_and_a_kind_of_mail() {
        let (keys, one) = (keys(&[1]), MerchantId::new(Ulid::from_parts(1, 1)));
        let anna = keys.person_by_email(one, &"anna@example.com".parse().expect("an address"));
        let token = keys.sign_leave(one, &anna, MailKind::Invite);
        assert!(!token.contains('@'));
        let leave = |kind| Some(Leave { merchant: one, person: anna.clone(), kind });
        assert_eq!(keys.verify_leave(&token), leave(Some(MailKind::Invite)));
        for (this, that) in [("1.", "2."), ("invite", "reminder"), (".invite", ""), ("invite", "invite.")] {
            assert_eq!(keys.verify_leave(&token.replacen(this, that, 1)), None, "{this} {that}");
        }
        for junk in ["", ".", "1...", "1....", "1.01.00.invite.", "x.y.z.w", "1.2.3.4.5.6"] {
            assert_eq!(keys.verify_leave(junk), None, "{junk}");
        }
    }

    #[test]
    fn repair_16_a_token_of_a_share_page_opens_one_advocates_page_in_one_program() {
        let [one, other] = [1, 2].map(|n| AdvocateId::new(Ulid::from_parts(n, 7)));
        let program = ProgramId::new(Ulid::from_parts(3, 7));
        let token = keys(&[1]).sign_share(one, program);
        assert_eq!(keys(&[1, 2]).verify_share(&token), Some((one, program)));
        assert_eq!(keys(&[2]).verify_share(&token), None);
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
            let changed = String::from_utf8(changed).expect("text");
            assert_ne!(keys(&[1]).verify_share(&changed), Some((one, program)), "{changed}");
        }
        let exchanged = token.replace(&one.ulid().to_string(), &other.ulid().to_string());
        for junk in [exchanged.as_str(), "", ".", "1...", "1.01.02.x", &format!("{token}.x")] {
            assert_eq!(keys(&[1]).verify_share(junk), None, "{junk}");
        }
        // One purpose's token is no other's.
        let leave = keys(&[1]).sign_leave(
            MerchantId::new(Ulid::from_parts(1, 7)),
            &PersonKey::from_hash([7; 16]),
            MailKind::Invite,
        );
        assert_eq!((keys(&[1]).verify_share(&leave), keys(&[1]).verify_leave(&token)), (None, None));
    }

    #[test]
    fn a_token_in_an_old_mail_keeps_working() {
        // As the first version made them.
        let (keys, one) = (keys(&[1]), MerchantId::new(Ulid::from_parts(1, 1)));
        let anna = keys.person_by_email(one, &"anna@example.com".parse().expect("an address"));
        let (id, master) = keys.current();
        let mac: Mac128 =
            truncated(master.key(Purpose::Unsubscribe), &[&one.ulid().to_bytes(), anna.as_str().as_bytes()]);
        let token = format!("{id}.{}.{}.{}", one.ulid(), anna.as_str(), URL_SAFE_NO_PAD.encode(mac));
        assert_eq!(keys.verify_leave(&token), Some(Leave { merchant: one, person: anna, kind: None }));
        assert_eq!(self::keys(&[2]).verify_leave(&token), None);
    }

    #[test]
    fn a_mark_is_one_to_a_merchant_and_its_kind() {
        let keys = keys(&[1]);
        let (one, other) = (MerchantId::new(Ulid::from_parts(1, 1)), MerchantId::new(Ulid::from_parts(2, 2)));
        let phone = keys.fingerprint(one, Mark::Phone, "46701234567");
        assert_eq!(phone, self::keys(&[2, 3]).fingerprint(one, Mark::Phone, "46701234567"), "signing keys don't count");
        assert_ne!(phone, keys.fingerprint(other, Mark::Phone, "46701234567"));
        assert_ne!(phone, keys.fingerprint(one, Mark::Device, "46701234567"));
        let told = Told { phone: "+46 70 123 45 67".parse().ok(), ..Told::default() };
        assert_eq!(keys.fingerprints(one, &told), [(Mark::Phone, phone)]);
        // Nobody can tell that an account's id is a phone number by comparing the two.
        let by_id = serde_json::to_value(keys.person_by_customer_id(one, "shp", "46701234567")).expect("a value");
        assert_ne!(by_id, serde_json::to_value(keys.fingerprint(one, Mark::Phone, "46701234567")).expect("a value"));
    }

    #[test]
    fn short_secrets_are_refused() {
        assert!(Keys::new(BTreeMap::from([(1, "short".into())]), &"p".repeat(32)).is_none());
        assert!(Keys::new(BTreeMap::new(), &"p".repeat(32)).is_none());
    }
}
