//! Runs a case: each step does what it says, the way that functions do it, and then everything is checked.

use jiff::SignedDuration;
use proptest::test_runner::TestCaseError;
use shared::domain::act::{Acts, By, Redemption};
use shared::domain::amount::{Amount, Unit};
use shared::domain::doing::Act;
use shared::domain::id::{ReferralId, RewardId};
use shared::domain::order::{Evidence, Facts, OrderEvent, OrderRef};
use shared::domain::program::{Budget, Clawback, Fulfilment, Kind, Limit, Period, Program, RewardRule, Value};
use shared::domain::referral::{Referral, Reward, State};
use shared::settle::{Owner, SettleError, act, settle, settle_due};
use shared::store::OrderRow;
use shared::store::key::SHARDS;

use crate::actions::{Action, Case, Change, Correction, Told};
use crate::books::Books;
use crate::programs::{Taken, sek};
use crate::shop::{Shop, platform_id};
use crate::world::{World, ago, code};

/// A case on its way.
pub(crate) struct Run {
    pub(crate) world: World,
    pub(crate) shop: Shop,
    pub(crate) books: Books,
    /// So many things have been used, granted: each has an id of its own.
    used: u32,
    granted: u32,
    /// What has really been said of orders, by the shop and by people.
    pub(crate) delivered: Vec<OrderEvent>,
}

/// How often due work may make more due work.
const ROUNDS: u32 = 8;

fn failed(why: impl std::fmt::Display) -> TestCaseError {
    TestCaseError::fail(why.to_string())
}

fn settled<T>(result: Result<T, SettleError>) -> Result<(), TestCaseError> {
    result.map(drop).map_err(failed)
}

/// The same for what may be refused: then nothing has changed.
fn unless_refused<T>(result: Result<T, SettleError>) -> Result<(), TestCaseError> {
    match result {
        Err(SettleError::Refused(_)) => Ok(()),
        result => settled(result),
    }
}

impl Run {
    /// Before the first step.
    pub(crate) async fn new(case: &Case) -> Result<Self, TestCaseError> {
        let world = World::new(&case.programs).await;
        let mut books = Books::new(world.theirs.clone());
        books.read(&world.database)?;
        Ok(Self { world, shop: Shop::default(), books, used: 0, granted: 0, delivered: Vec::new() })
    }

    /// All steps, each with its checks. Answers how many there were.
    pub(crate) async fn steps(&mut self, case: &Case) -> Result<(), TestCaseError> {
        for (number, action) in case.actions.iter().enumerate() {
            self.world.pass(SignedDuration::from_secs(1));
            let at = |failure| match failure {
                TestCaseError::Fail(why) => failed(format!("step {number}, {action:?}: {why}")),
                rejected @ TestCaseError::Reject(_) => rejected,
            };
            self.step(action).await.map_err(at)?;
            self.look().await.map_err(at)?;
        }
        Ok(())
    }

    /// Reads everything anew and checks it.
    pub(crate) async fn look(&mut self) -> Result<(), TestCaseError> {
        self.books.read(&self.world.database)?;
        self.books.check(&self.world).await
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each kind of step")]
    async fn step(&mut self, action: &Action) -> Result<(), TestCaseError> {
        let world = &mut self.world;
        let shop = &mut self.shop;
        match action {
            Action::Order { order, buyer, codes, net, paid, told } => {
                let event = shop.order(world, *order, *buyer, codes, i64::from(*net), *paid);
                self.tell(Some(event), *told).await
            }
            Action::Pay { order, told } => {
                let event = shop.pay(world, *order);
                self.tell(event, *told).await
            }
            Action::Edit { order, net, told } => {
                let net = i64::from(*net);
                let event = shop.edit(world, *order, |shot| (shot.net, shot.total) = (net, net * 5 / 4));
                self.tell(event, *told).await
            }
            Action::Recode { order, codes, told } => {
                let event = shop.recode(world, *order, codes);
                self.tell(event, *told).await
            }
            Action::Correct { order, what } => {
                shop.corrected.insert(world.order(*order));
                let event = match what {
                    Correction::Currency => {
                        shop.edit(world, *order, |shot| shot.currency = "EUR".parse().expect("a currency"))
                    }
                    Correction::Earlier => shop.edit(world, *order, |shot| shot.placed_at = ago(shot.placed_at, 20)),
                    Correction::Buyer(by) => shop.correct_buyer(world, *order, *by),
                };
                self.tell(event, Told::AtOnce).await
            }
            Action::Cancel { order, called_off, told } => {
                let at = called_off.then(|| world.now());
                let event = shop.edit(world, *order, |shot| shot.cancelled_at = at);
                self.tell(event, *told).await
            }
            Action::Arrive { order, delivered } => {
                let event = shop.arrive(world, *order, *delivered);
                self.tell(Some(event), Told::AtOnce).await
            }
            Action::Refund { order, refund, percent, effective, told } => {
                let event = shop.refund(world, *order, *refund, *percent, *effective);
                self.tell(Some(event), *told).await
            }
            Action::Chargeback { order, on, told } => {
                let event = shop.chargeback(world, *order, *on);
                self.tell(Some(event), *told).await
            }
            Action::Again { message } => {
                let event = pick(&shop.messages, *message).cloned();
                self.tell(event, Told::AtOnce).await
            }
            Action::Judge { order, credits } => self.judge(*order, *credits).await,
            Action::HandOver { reward, with_coupon } => {
                let id = self.nth(*reward, |reward| reward.state == State::Approved);
                let coupon = with_coupon.then(|| format!("BY-HAND-{}", self.granted).parse().expect("a code"));
                self.act(id.map(|id| (id, Act::HandOver { reward: id, coupon }))).await
            }
            Action::Redeem { reward, percent } => {
                let id = self.nth(*reward, |reward| reward.booked.liability > 0);
                let left = id.and_then(|id| Some(self.books.reward(id)?.booked.liability)).unwrap_or(0);
                // More than is left is refused, and changes nothing.
                let minor = (left * i64::from(*percent) / 100).max(1);
                self.redeem(id, minor).await
            }
            Action::RedeemBlindly { reward, minor } => {
                let id = self.nth(*reward, |_| true);
                self.redeem_blindly(id, i64::from(*minor)).await
            }
            Action::Claim { order, code: number } => {
                let order = self.world.order(*order);
                // As the API does: of an order that is there, by a code of the shop.
                if self.books.order(&order).is_none() || *number > 3 {
                    return Ok(());
                }
                let world = &self.world;
                let claim = Act::Claim { code: code(*number) };
                settled(act(&world.app, world.owner, &order, &claim, &by(world), None).await)?;
                self.heard(&order).await
            }
            Action::Grant { code: number, minor, points, from_pool } => {
                self.granted += 1;
                let world = &self.world;
                let unit: Unit = if *points { "points".parse().expect("a unit") } else { sek().into() };
                let value = Value::Flat { value: Amount::new(i64::from(*minor), unit) };
                let kind = if *points { Kind::Points } else { Kind::Fixed };
                let pool = world.places[0].pool;
                let fulfilment =
                    if *from_pool && !points { Fulfilment::CouponPool { pool } } else { Fulfilment::Manual };
                let rule = RewardRule { hold_days: Some(0), ..RewardRule::plain(kind, value, fulfilment) };
                let order = OrderRef { shop: world.owner.shop, id: platform_id(&format!("grant-{}", self.granted)) };
                let grant = Act::Grant { code: code(*number), rule: Box::new(rule), currency: sek() };
                let given = act(&world.app, world.owner, &order, &grant, &by(world), None).await;
                let is_given = given.is_ok();
                unless_refused(given)?;
                // The same again is no news.
                let again = act(&world.app, world.owner, &order, &grant, &by(world), None).await;
                match again {
                    Ok(done) if done.is_news => Err(failed("a grant was given twice")),
                    again if is_given => settled(again),
                    again => unless_refused(again),
                }
            }
            Action::Wait { hours } => {
                self.world.pass(SignedDuration::from_hours(i64::from(*hours)));
                self.due().await
            }
            Action::Change { program, change } => {
                let number = usize::from(*program);
                if matches!(change, Change::DropRule) && world.programs[number].rewards.advocate.len() < 2 {
                    return Ok(());
                }
                world.change(number, |program| changed(program, change)).await;
                Ok(())
            }
            Action::AddCodes { count } => {
                world.add_codes(*count).await;
                Ok(())
            }
        }
    }

    /// Delivers a message.
    async fn tell(&mut self, event: Option<OrderEvent>, told: Told) -> Result<(), TestCaseError> {
        let Some(event) = event.filter(|_| told == Told::AtOnce) else { return Ok(()) };
        let World { app, owner, .. } = &self.world;
        settled(settle(app, *owner, &event).await)?;
        self.again(&event.order, Some(&event)).await?;
        self.delivered.push(event);
        Ok(())
    }

    /// Says something of an order, without a look at everything.
    pub(crate) async fn say(&self, event: &OrderEvent) -> Result<(), TestCaseError> {
        settled(settle(&self.world.app, self.world.owner, event).await)
    }

    /// What was just said changes nothing when it is said again; another look at the same moment may word the decision
    /// otherwise ("has its place" for "there is enough left"), and moves no money.
    async fn again(&mut self, order: &OrderRef, event: Option<&OrderEvent>) -> Result<(), TestCaseError> {
        // Who made good for a debt that has become less is woken, and gets its own back when the timers come by.
        self.due().await?;
        let World { app, owner, .. } = &self.world;
        let read = async || app.store.order(order).await.map_err(failed)?.ok_or_else(|| failed("no order"));
        let before = read().await?;
        let standing = self.standing(&before).await?;
        if let Some(event) = event {
            settled(settle(app, *owner, event).await)?;
            let after = read().await?;
            if before.version != after.version {
                return Err(failed(format!("order {}: told of the same again, it was written again", order.id)));
            }
        }
        settled(settle_due(app, *owner, order).await)?;
        let after = self.standing(&read().await?).await?;
        if standing == after {
            return Ok(());
        }
        Err(failed(format!("order {}: looked at again, it is another one:\n  {standing}\n  {after}", order.id)))
    }

    /// How the order's referral stands: money, and what it takes of limits.
    async fn standing(&self, row: &OrderRow) -> Result<String, TestCaseError> {
        let Some(id) = row.referral else { return Ok(String::new()) };
        let Some(referral) = self.world.app.store.referral(id).await.map_err(failed)? else { return Ok("gone".into()) };
        let Referral { state, rewards, entries, holds, .. } = &referral;
        let rewards: Vec<_> = rewards.iter().map(|it| (it.id, it.state, &it.value, it.booked, &it.coupon)).collect();
        Ok(format!("{id}: {state:?} {rewards:?}, {entries} entries, {holds:?}"))
    }

    async fn judge(&mut self, order: u8, credits: bool) -> Result<(), TestCaseError> {
        let Some(row) = self.books.order(&self.world.order(order)) else { return Ok(()) };
        let Some(referral) = row.referral.and_then(|id| self.books.referral(id)).cloned() else { return Ok(()) };
        self.done(&referral, &Act::Judge { referral: referral.id, credits }).await
    }

    async fn redeem(&mut self, id: Option<RewardId>, minor: i64) -> Result<(), TestCaseError> {
        let Some(unit) = id.and_then(|id| Some(self.books.reward(id)?.value.unit().clone())) else { return Ok(()) };
        self.used += 1;
        let use_id = platform_id(&format!("use-{}", self.used));
        let amount = Some(Amount::new(minor, unit));
        self.act(id.map(|id| (id, Act::Redeem { reward: id, id: use_id, amount }))).await
    }

    /// A use that nobody judged, as an older version of the engine took it in.
    async fn redeem_blindly(&mut self, id: Option<RewardId>, minor: i64) -> Result<(), TestCaseError> {
        let Some(id) = id else { return Ok(()) };
        self.used += 1;
        let told = Redemption { minor, at: self.world.now() };
        let told = [(platform_id(&format!("use-{}", self.used)), told)].into();
        let acts = Acts { redeemed: [(id, told)].into(), ..Acts::default() };
        let order = self.books.referral(id.referral()).expect("the reward's referral").order.clone();
        self.say(&OrderEvent {
            order: order.clone(),
            facts: Facts { acts, ..Facts::default() },
            contact: None,
            customer_id: None,
        })
        .await?;
        self.heard(&order).await
    }

    async fn act(&mut self, done: Option<(RewardId, Act)>) -> Result<(), TestCaseError> {
        let Some((id, done)) = done else { return Ok(()) };
        let referral = self.books.referral(id.referral()).expect("the reward's referral").clone();
        self.done(&referral, &done).await
    }

    async fn done(&mut self, referral: &Referral, done: &Act) -> Result<(), TestCaseError> {
        let world = &self.world;
        unless_refused(act(&world.app, world.owner, &referral.order, done, &by(world), None).await)?;
        self.heard(&referral.order).await
    }

    /// Notes what people have done to an order so far, as something that can be said again.
    async fn heard(&mut self, order: &OrderRef) -> Result<(), TestCaseError> {
        let row = self.world.app.store.order(order).await.map_err(failed)?.ok_or_else(|| failed("no order"))?;
        let acts = row.facts.acts;
        let evidence = acts.claims.keys().cloned().map(Evidence::Manual).collect();
        let facts = Facts { acts, evidence, ..Facts::default() };
        self.delivered.push(OrderEvent { order: order.clone(), facts, contact: None, customer_id: None });
        self.again(order, None).await
    }

    /// At the end nothing is left to do: looking at every order again comes to rest.
    pub(crate) async fn rest(&mut self) -> Result<(), TestCaseError> {
        let orders: Vec<_> = self.books.orders().map(|row| row.order.clone()).collect();
        for _ in 0..ROUNDS {
            self.due().await?;
            let before = self.versions().await?;
            for order in &orders {
                settled(settle_due(&self.world.app, self.world.owner, order).await)?;
            }
            self.look().await?;
            if self.versions().await? == before {
                return Ok(());
            }
        }
        Err(failed(format!("orders still change after {ROUNDS} rounds")))
    }

    async fn versions(&self) -> Result<Vec<u64>, TestCaseError> {
        let mut versions = Vec::new();
        for row in self.books.orders() {
            let row = self.world.app.store.order(&row.order).await.map_err(failed)?;
            versions.extend(row.map(|row| row.version));
        }
        Ok(versions)
    }

    fn nth(&self, number: u8, wanted: impl Fn(&Reward) -> bool) -> Option<RewardId> {
        let rewards: Vec<_> = self.books.rewards().filter(|reward| wanted(reward)).map(|reward| reward.id).collect();
        pick(&rewards, number).copied()
    }

    /// What the scheduled function does, until nothing is due.
    pub(crate) async fn due(&mut self) -> Result<(), TestCaseError> {
        let world = &self.world;
        for _ in 0..ROUNDS {
            let mut done = 0;
            for shard in 0..SHARDS {
                let due = world.app.store.due(shard, world.now(), 1000).await.map_err(failed)?;
                for item in due.iter().filter_map(|item| item.pk.strip_prefix("REF#")) {
                    let id: ReferralId = item.parse().map_err(failed)?;
                    let referral = world.app.store.referral(id).await.map_err(failed)?.ok_or_else(|| failed("gone"))?;
                    if referral.merchant != world.owner.merchant {
                        continue;
                    }
                    let owner = Owner { merchant: referral.merchant, shop: referral.order.shop, invites: false };
                    settled(settle_due(&world.app, owner, &referral.order).await)?;
                    done += 1;
                }
            }
            if done == 0 {
                return Ok(());
            }
        }
        Err(failed(format!("due work has not come to an end after {ROUNDS} rounds")))
    }
}

fn pick<T>(all: &[T], number: u8) -> Option<&T> {
    all.get(usize::from(number).checked_rem(all.len())?)
}

fn by(world: &World) -> By {
    By { at: world.now(), actor: "Eva".into(), reason: "because".into() }
}

fn changed(program: &mut Program, change: &Change) {
    match change {
        Change::Hold(days) => program.hold_days = *days,
        Change::CapCount(count) => {
            for rule in &mut program.rewards.advocate {
                rule.cap.lifetime = Some(Limit { count: Some(*count), value: None });
            }
        }
        Change::NoCaps => {
            for rule in &mut program.rewards.advocate {
                rule.cap = shared::domain::program::Cap::default();
            }
        }
        Change::Budget(value) => {
            let period = program.budget.as_ref().map_or(Period::Total, |budget| budget.period);
            program.budget = value.map(|minor| Budget { value: Amount::new(minor, sek()), period });
        }
        Change::Clawback(taken) => {
            program.clawback = match taken {
                Taken::Offset => Clawback::Offset,
                Taken::WriteOff => Clawback::WriteOff,
                Taken::Floor(minor) => {
                    Clawback::NegativeBalance { floor: shared::domain::money::Money::new(*minor, sek()) }
                }
            };
        }
        Change::Review(flag_at, reject_at) => {
            (program.review.flag_at, program.review.reject_at) = (*flag_at, *reject_at);
        }
        Change::Minimum(asks) => {
            let least = shared::domain::money::Money::new(30_000, sek());
            program.qualify.when.minimum_order = asks.then_some(least);
        }
        Change::NewCustomers(only) => program.qualify.new_customers_only = *only,
        Change::DropRule => drop(program.rewards.advocate.pop()),
    }
}
