//! Plays a number of mails through workers that meet faults, until all is at rest, and counts what became of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use dynoxide::Database;
use jiff::Timestamp;
use lambda_runtime::{Context, LambdaEvent};
use local::ses_events::in_sns;
use local::template::Template;
use proptest::prelude::Rng as _;
use proptest::test_runner::{RngAlgorithm, TestRng};
use serde_json::json;
use shared::App;
use shared::app::Clock;
use shared::config::Config;
use shared::crypto::Keys;
use shared::delivery::{Courier, deliver};
use shared::domain::endpoint::Reach;
use shared::domain::id::{MerchantId, OutboxId};
use shared::domain::mail::Copies;
use shared::mail::Mailer;
use shared::platform;
use shared::store::key::SHARDS;
use shared::store::{Merchant, Message, Notice, OutboxRow, OutboxState, Store, Waiting, Writes};
use shared::webhook::Client;
use ulid::Ulid;

use crate::faulty::{Fault, Ses, Storage, World};

const TEMPLATE: &str = include_str!("../../template.yaml");
/// Sweeps in which workers meet faults; then all is well.
const FAULTY_SWEEPS: u32 = 4;
/// Sweeps until all must be at rest.
const SWEEPS: u32 = 40;

/// What became of mails. Refused for good is not lost: it is known, and an alarm.
#[derive(Default)]
pub(crate) struct Figures {
    pub(crate) mails: u64,
    pub(crate) faults: u64,
    pub(crate) kinds: BTreeMap<String, u64>,
    pub(crate) lost: u64,
    pub(crate) extra: u64,
    /// The most extra copies of one mail.
    pub(crate) most: u64,
    pub(crate) refused: u64,
    pub(crate) once_extra: u64,
    pub(crate) uncertain: u64,
    /// Still on its way at the end, or noted as something else than it is.
    pub(crate) unsettled: u64,
}

impl Figures {
    pub(crate) fn add(&mut self, other: &Self) {
        self.mails += other.mails;
        self.faults += other.faults;
        for (kind, count) in &other.kinds {
            *self.kinds.entry(kind.clone()).or_default() += count;
        }
        self.lost += other.lost;
        self.extra += other.extra;
        self.most = self.most.max(other.most);
        self.refused += other.refused;
        self.once_extra += other.once_extra;
        self.uncertain += other.uncertain;
        self.unsettled += other.unsettled;
    }
}

struct Campaign {
    app: App,
    courier: Courier,
    ses: aws_sdk_ses::Client,
    world: World,
    clock: Arc<AtomicI64>,
    random: TestRng,
    /// SES tells what it took.
    evidence: bool,
    /// Mails of which an attempt was cut off before anything was sent. A second such attempt is beyond what is promised:
    /// nobody can tell it from a second copy.
    cut_off: BTreeMap<OutboxId, u32>,
}

/// Plays so many mails.
pub(crate) async fn play(seed: u64, mails: u64, evidence: bool, broken: &'static str) -> Figures {
    let mut campaign = Campaign::new(seed, evidence, broken).await;
    let rows = campaign.rows(mails).await;
    for row in &rows {
        campaign.work(row.id, true).await;
    }
    for sweep in 0..SWEEPS {
        campaign.hear(sweep < FAULTY_SWEEPS).await;
        campaign.pass(11);
        if !campaign.sweep(sweep < FAULTY_SWEEPS).await && sweep > FAULTY_SWEEPS {
            break;
        }
    }
    campaign.hear(false).await;
    campaign.figures(&rows).await
}

impl Campaign {
    async fn new(seed: u64, evidence: bool, broken: &'static str) -> Self {
        let database = Database::memory().expect("a database in memory");
        let world = World::new(database, broken);
        let credentials = || Credentials::new("local", "local", None, None, "test");
        // As deployed, a call that failed is tried once more by itself; faster, because nobody is there to wait for.
        let retry = RetryConfig::standard().with_max_attempts(2).with_initial_backoff(Duration::from_micros(10));
        let dynamo = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("local"))
            .credentials_provider(credentials())
            .retry_config(retry)
            .endpoint_url("http://localhost")
            .http_client(world.storage());
        let dynamo = aws_sdk_dynamodb::Client::from_conf(dynamo.build());
        let ses = aws_sdk_ses::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("local"))
            .credentials_provider(credentials())
            .retry_config(RetryConfig::disabled())
            .endpoint_url("http://localhost")
            .http_client(world.ses());
        let template = Template::parse(TEMPLATE).expect("the template parses");
        let mut table = template.table("CoreTable").expect("the table").clone();
        table.definition.stream_specification = None;
        table.definition.time_to_live_specification = None;
        table.create(&dynamo, "core").await.expect("the table is made");

        let clock = Arc::new(AtomicI64::new(1_795_255_200_000));
        let config = Config {
            core_table: "core".into(),
            clicks_table: String::new(),
            public_url: "https://go.example".into(),
            keys: Keys::new([(1, "k".repeat(40))].into(), &"p".repeat(40)).expect("keys"),
            operator_key: None,
            country_header: shared::config::COUNTRY_HEADER.into(),
        };
        let reach = Reach::ThisMachine;
        let store = Store::new(dynamo, "core");
        let app = App { config, store, clock: Clock::Still(clock.clone()), reach };
        let ses = aws_sdk_ses::Client::from_conf(ses.build());
        let courier = Courier {
            mailer: Mailer::new(ses.clone(), Some("settings".into())),
            webhooks: Client::new(reach),
            shops: platform::api::Client::new(reach),
        };
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_be_bytes());
        let random = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        Self { app, courier, ses, world, clock, random, evidence, cut_off: BTreeMap::new() }
    }

    fn draw(&mut self, below: usize) -> usize {
        usize::try_from(self.random.next_u64() % below as u64).expect("small")
    }

    fn pass(&self, minutes: i64) {
        self.clock.fetch_add(minutes * 60_000, Ordering::SeqCst);
    }

    /// A merchant's mails in the outbox: two of three must arrive, one may go out only once.
    async fn rows(&mut self, mails: u64) -> Vec<OutboxRow> {
        let merchant: Merchant = serde_json::from_value(json!({
            "id": MerchantId::new(Ulid::from_parts(1_795_255_200_000, 1)), "name": "Nordic Shoes", "currency": "SEK",
            "time_zone": "UTC", "locale": "en", "mail_from": "hej@nordicshoes.example", "created_at": self.app.now(),
        }))
        .expect("a merchant");
        let mut writes = Writes::default();
        self.app.store.put_merchant(&mut writes, &merchant, "0").expect("writes");
        self.app.store.transact(writes).await.expect("a merchant");
        let mut rows = Vec::new();
        for n in 0..mails {
            let notice = match n % 3 {
                0 => Notice::Digest { waiting: Waiting { flagged: 1, ..Waiting::default() } },
                _ => Notice::PoolLow { pool_name: "Summer".into(), left: 3 },
            };
            let id = OutboxId::of_cause(&n.to_string());
            let row = OutboxRow::queued(id, merchant.id, Message::Notice { notice }, self.app.now());
            assert!(self.app.store.add_outbox(&row).await.expect("writes"));
            rows.push(row);
        }
        rows
    }

    /// What the next worker at this mail meets.
    fn fault(&mut self, id: OutboxId) -> Fault {
        let certain = self.cut_off.contains_key(&id);
        if self.draw(2) == 0 {
            let how = Storage::ALL[self.draw(Storage::ALL.len())];
            let at = self.draw(if certain { 2 } else { 4 });
            return Fault::Storage { at, reads: certain, lasts: self.draw(2) == 0, how };
        }
        let known: &[Ses] = if certain { &Ses::CERTAIN } else { &Ses::ALL };
        Fault::Ses(known[self.draw(known.len())])
    }

    /// A worker sees to a mail, and perhaps does not survive it. Answers whether there was anything to do.
    async fn work(&mut self, id: OutboxId, faulty: bool) {
        let fault = faulty.then(|| self.fault(id));
        let unsent = matches!(fault, Some(Fault::Ses(Ses::TimeoutNotTaken | Ses::ErrorNotTaken | Ses::DiesBefore)));
        self.world.begin(fault);
        // Each worker is a process of its own: what SES told another one, it does not know.
        let mailer = Mailer::new(self.ses.clone(), Some("settings".into()));
        let courier = Courier { mailer, ..self.courier.clone() };
        let (app, world) = (self.app.clone(), self.world.clone());
        let mut worker = Box::pin(deliver(&app, &courier, id));
        tokio::select! {
            biased;
            () = world.died.notified() => {}
            // It may well fail: then the next one sees to it.
            _ = &mut worker => {}
            () = world.asleep.notified() => {
                // Others go on, and SES tells what it has.
                let minutes = [3, 20][self.draw(2)];
                self.pass(minutes);
                self.hear(false).await;
                let _ = deliver(&self.app, &self.courier, id).await;
                world.wake.notify_one();
                let _ = worker.await;
            }
        }
        if unsent || self.world.claimed_in_vain() {
            *self.cut_off.entry(id).or_default() += 1;
        }
        self.world.plan(None);
    }

    /// The schedule's function: what is due. Answers whether anything is.
    async fn sweep(&mut self, faulty: bool) -> bool {
        let mut due = Vec::new();
        for shard in 0..SHARDS {
            due.extend(self.app.store.due(shard, Timestamp::MAX, 1000).await.expect("reads"));
        }
        let now = format!("{:.3}", self.app.now());
        for item in due.iter().filter(|item| item.at <= now) {
            let id = item.pk.strip_prefix("OUT#").and_then(|id| id.parse().ok()).expect("a mail");
            self.work(id, faulty).await;
        }
        !due.is_empty()
    }

    /// SES tells what it took, perhaps twice; what storage does not take comes again.
    async fn hear(&mut self, faulty: bool) {
        let untold = self.world.untold();
        if !self.evidence {
            return;
        }
        for (outbox, attempt, number) in untold {
            let send = json!({"eventType": "Send", "send": {}, "mail": {"timestamp": self.app.now(), "messageId": format!("m{number}"),
                "tags": {"outbox": [outbox], "attempt": [attempt]}}});
            let event = serde_json::from_value::<feedback::Event>(in_sns(&[send])).expect("an event");
            let mut times = 1 + usize::from(faulty && self.draw(4) == 0);
            if faulty {
                let how = [Storage::Throttled, Storage::Fails, Storage::LosesAnswer][self.draw(3)];
                let fault = Fault::Storage { at: self.draw(4), reads: false, lasts: self.draw(2) == 0, how };
                self.world.plan(Some(fault));
            }
            while times > 0 {
                let call = LambdaEvent::new(event.clone(), Context::default());
                times -= usize::from(feedback::handle(&self.app, call).await.is_ok());
                self.world.plan(None);
            }
        }
    }

    async fn figures(&self, rows: &[OutboxRow]) -> Figures {
        let kinds = self.world.happened();
        let mut figures =
            Figures { mails: rows.len() as u64, faults: kinds.values().sum(), kinds, ..Figures::default() };
        for row in rows {
            let copies = self.world.copies(&row.id.to_string()) as u64;
            let row = self.app.store.outbox(row.id).await.expect("reads").expect("a mail");
            let extra = copies.saturating_sub(1);
            match (row.message.copies(), row.state) {
                (_, OutboxState::Dead) => figures.refused += 1,
                (Copies::AtLeastOnce, _) if copies == 0 => figures.lost += 1,
                (Copies::AtLeastOnce, _) => {
                    figures.extra += extra;
                    figures.most = figures.most.max(extra);
                }
                (Copies::AtMostOnce, state) => {
                    figures.once_extra += extra;
                    figures.uncertain += u64::from(state == OutboxState::Uncertain);
                }
            }
            let settled = match row.state {
                OutboxState::Sent => copies > 0,
                // What SES told of is certain.
                OutboxState::Uncertain => copies == 0 || !self.evidence,
                OutboxState::Dead => true,
                _ => false,
            };
            figures.unsettled += u64::from(!settled);
        }
        figures
    }
}
