//! A merchant with a shop, two programs, two advocates with a link in each, and a pool; and another merchant, whose data
//! nothing may touch.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use dynoxide::Database;
use jiff::{SignedDuration, Timestamp};
use shared::App;
use shared::app::Clock;
use shared::config::Config;
use shared::crypto::Keys;
use shared::domain::code::Code;
use shared::domain::coupon::CouponCode;
use shared::domain::endpoint::Reach;
use shared::domain::id::{AdvocateId, MerchantId, PoolId, ProgramId, ShopId};
use shared::domain::order::{Evidence, Facts, Learnt, OrderEvent, OrderRef, Snapshot};
use shared::domain::person::{Contact, Fingerprint, Mark, PersonKey};
use shared::domain::program::Program;
use shared::settle::{Owner, settle};
use shared::store::{Account, Advocate, CouponPool, Link, LinkState, Upload, Writes};
use ulid::Ulid;

use crate::database::{Items, everything, fresh};
use crate::programs::{Place, Rules, sek};

/// Codes by number: Anna's and Ben's in the first and second program, another merchant's, nobody's.
pub(crate) const CODE_NAMES: [&str; 6] = ["ANNA-ONE", "BEN-ONE", "ANNA-TWO", "BEN-TWO", "THEIRS", "NOBODYS"];

/// All that a case has.
pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) database: Database,
    clock: Arc<AtomicI64>,
    pub(crate) owner: Owner,
    /// Current versions.
    pub(crate) programs: [Program; 2],
    pub(crate) places: [Place; 2],
    /// What is in the database and none of ours.
    pub(crate) theirs: Items,
    codes_added: u32,
}

fn ulid(n: u128) -> Ulid {
    Ulid::from_parts(1_790_000_000_000, n << 16)
}

/// The case's first moment: some days before the end of a month.
pub(crate) fn start() -> Timestamp {
    "2027-01-27T10:00:00Z".parse().expect("a time")
}

pub(crate) fn code(number: u8) -> Code {
    CODE_NAMES[usize::from(number)].parse().expect("a code")
}

/// A buyer's keys and marks: by address; by account as well (two addresses, one account); with Anna's phone; Anna, whose
/// account has another address.
pub(crate) fn buyer(number: u8) -> (PersonKey, Option<PersonKey>, Option<Fingerprint>) {
    let key = |n: u8| PersonKey::from_hash([n; 16]);
    let phone = |n: u8| Fingerprint::from_hash([n; 8]);
    match number {
        0 => (key(10), None, None),
        1 => (key(11), Some(key(21)), Some(phone(11))),
        2 => (key(12), Some(key(21)), Some(phone(12))),
        3 => (key(13), None, Some(phone(1))),
        4 => (key(1), None, None),
        // Anna with an account, the account with another address, and that address as a guest.
        5 => (key(1), Some(key(26)), None),
        6 => (key(16), Some(key(26)), None),
        7 => (key(16), None, None),
        _ => (key(15), Some(key(25)), None),
    }
}

pub(crate) fn contact(number: u8) -> Contact {
    Contact { email: format!("buyer{number}@example.com").parse().expect("an address"), name: None, locale: None }
}

impl World {
    /// A database with all that is there before the first order.
    pub(crate) async fn new(rules: &[Rules; 2]) -> Self {
        let (database, store) = fresh().await;
        let clock = Arc::new(AtomicI64::new(start().as_millisecond()));
        let secret = "0123456789abcdef0123456789abcdef".to_owned();
        let config = Config {
            core_table: "core".into(),
            clicks_table: "clicks".into(),
            public_url: "https://goodword.example".into(),
            keys: Keys::new([(1, secret.clone())].into(), &secret).expect("keys"),
            operator_key: None,
            country_header: shared::config::COUNTRY_HEADER.into(),
        };
        let app = App { config, store, clock: Clock::Still(clock.clone()), reach: Reach::Internet };
        let place = |n: u128, program: u128| Place {
            merchant: MerchantId::new(ulid(n)),
            shop: ShopId::new(ulid(n + 1)),
            program: ProgramId::new(ulid(program)),
            pool: PoolId::new(ulid(n + 2)),
        };
        let (ours, theirs) = ([place(0x10, 0x20), place(0x10, 0x30)], place(0x50, 0x60));
        others(&app, &theirs, &rules[0]).await;
        let theirs = everything(&database);

        let owner = Owner { merchant: ours[0].merchant, shop: ours[0].shop, invites: false };
        let at = ago(start(), 24 * 400);
        let programs = [rules[0].made(&ours[0], 1, at), rules[1].made(&ours[1], 1, at)];
        let (anna, ben) = (AdvocateId::new(ulid(0x70)), AdvocateId::new(ulid(0x80)));
        let mut writes = Writes::default();
        put_advocate(&app, &mut writes, ours[0].merchant, anna, 1);
        put_advocate(&app, &mut writes, ours[0].merchant, ben, 2);
        for (number, (advocate, place)) in
            (0_u8..).zip([(anna, &ours[0]), (ben, &ours[0]), (anna, &ours[1]), (ben, &ours[1])])
        {
            put_link(&app, &mut writes, place, advocate, code(number));
        }
        for program in &programs {
            app.store.put_program(&mut writes, program).expect("a program");
        }
        app.store.put_pool(&mut writes, &pool(&ours[0])).expect("a pool");
        app.store.transact(writes).await.expect("written");
        let mut world = Self { app, database, clock, owner, programs, places: ours, theirs, codes_added: 0 };
        world.add_codes(2).await;
        world
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.app.now()
    }

    /// Moves the clock.
    pub(crate) fn pass(&self, time: SignedDuration) {
        let ms = i64::try_from(time.as_millis()).expect("in range");
        self.clock.fetch_add(ms, Ordering::SeqCst);
    }

    pub(crate) fn order(&self, number: u8) -> OrderRef {
        OrderRef { shop: self.owner.shop, id: format!("100{number}").parse().expect("an id") }
    }

    /// Puts new codes into the pool.
    pub(crate) async fn add_codes(&mut self, count: u8) {
        let Place { merchant, pool, .. } = self.places[0];
        let codes: Vec<CouponCode> = (0..u32::from(count))
            .map(|n| format!("POOL-{:04}", self.codes_added + n).parse().expect("a code"))
            .collect();
        let upload = Upload { id: format!("u{}", self.codes_added), merchant, pool, at: self.now(), deadline_ms: 0 };
        self.codes_added += u32::from(count);
        self.app.store.add_codes(&upload, &codes).await.expect("added");
    }

    /// Brings a new version of a program into force.
    pub(crate) async fn change(&mut self, number: usize, change: impl FnOnce(&mut Program)) {
        let mut program = self.programs[number].clone();
        change(&mut program);
        program.version += 1;
        program.version_at = self.now();
        let mut writes = Writes::default();
        self.app.store.put_program(&mut writes, &program).expect("a program");
        self.app.store.transact(writes).await.expect("written");
        self.programs[number] = program;
    }
}

pub(crate) fn ago(at: Timestamp, hours: i64) -> Timestamp {
    at.checked_sub(SignedDuration::from_hours(hours)).expect("in range")
}

fn pool(place: &Place) -> CouponPool {
    CouponPool {
        id: place.pool,
        merchant: place.merchant,
        name: "Hundred off".into(),
        low_at: 1,
        low_since: None,
        created_at: start(),
    }
}

fn put_advocate(app: &App, writes: &mut Writes, merchant: MerchantId, id: AdvocateId, number: u8) {
    let advocate = Advocate {
        id,
        merchant,
        person: PersonKey::from_hash([number; 16]),
        customer: None,
        marks: [(Mark::Phone, Fingerprint::from_hash([number; 8]))].into(),
        tier: None,
        account: Account::default(),
        erased_at: None,
        before: None,
        created_at: start(),
    };
    app.store.put_advocate(writes, &advocate, (&contact(100 + number), None)).expect("an advocate");
}

fn put_link(app: &App, writes: &mut Writes, place: &Place, advocate: AdvocateId, code: Code) {
    let link = Link {
        code,
        merchant: place.merchant,
        program: place.program,
        shop: place.shop,
        advocate,
        destination: None,
        state: LinkState::Active,
        disabled_at: None,
        erased_at: None,
        expires_at: None,
        platform_code: None,
        existed_since: None,
        // Before any order that is told.
        created_at: ago(start(), 24 * 400),
        version: 1,
    };
    app.store.put_link(writes, &link).expect("a link");
}

/// Another merchant with the same rules, a link, and an order by a buyer that both have.
async fn others(app: &App, place: &Place, rules: &Rules) {
    let advocate = AdvocateId::new(ulid(0x90));
    let mut writes = Writes::default();
    put_advocate(app, &mut writes, place.merchant, advocate, 1);
    put_link(app, &mut writes, place, advocate, code(4));
    let program = rules.made(place, 1, ago(start(), 24 * 400));
    app.store.put_program(&mut writes, &program).expect("a program");
    app.store.transact(writes).await.expect("written");
    let order = OrderRef { shop: place.shop, id: "1000".parse().expect("an id") };
    let event = OrderEvent { order, facts: facts_of_theirs(), contact: Some(contact(0)), customer_id: None };
    settle(app, Owner { merchant: place.merchant, shop: place.shop, invites: false }, &event).await.expect("settled");
}

fn facts_of_theirs() -> Facts {
    let at = ago(start(), 30);
    Facts {
        snapshot: Some(snapshot(at, at, 50_000)),
        by_email: Some(Learnt { as_of: at, value: buyer(0).0 }),
        evidence: [Evidence::Coupon(code(4))].into(),
        paid_at: Some(at),
        ..Facts::default()
    }
}

/// An order of so much.
pub(crate) fn snapshot(updated_at: Timestamp, placed_at: Timestamp, net: i64) -> Snapshot {
    Snapshot { updated_at, net, total: net * 5 / 4, ..Snapshot::bare(placed_at, sek()) }
}
