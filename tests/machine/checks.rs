//! What must hold after every step, whatever happened.

use std::collections::{BTreeMap, BTreeSet};

use proptest::test_runner::TestCaseError;
use shared::domain::amount::{Amount, Unit};
use shared::domain::decide::{Candidate, EarlierOrder, Finding, History, decide};
use shared::domain::decision::{Basis, Outcome, RewardLine, RuleOutcome};
use shared::domain::id::{AdvocateId, MerchantId, OutboxId, ProgramId, RewardId};
use shared::domain::ledger::problems;
use shared::domain::mail::MailKind;
use shared::domain::money::{MAX_MINOR, Money};
use shared::domain::order::Learnt;
use shared::domain::person::PersonKey;
use shared::domain::program::{Fulfilment, Program};
use shared::domain::reconcile::is_announced;
use shared::domain::referral::{Referral, Reward, State};
use shared::settle::{decision_of, replay};
use shared::store::limits::SPENT;
use shared::store::{About, Message, OrderRow, ProgramName};

use crate::books::{Books, Row, json};
use crate::world::World;

/// What is wrong, each in plain words.
struct Problems<'a> {
    found: Vec<String>,
    checks: &'a mut u64,
}

impl Problems<'_> {
    fn unless(&mut self, holds: bool, why: impl FnOnce() -> String) {
        *self.checks += 1;
        if !holds {
            self.found.push(why());
        }
    }
}

impl Books {
    /// All of it.
    pub(crate) async fn check(&mut self, world: &World) -> Result<(), TestCaseError> {
        self.look_at_values();
        let mut checks = self.checks;
        let mut found = Problems { found: Vec::new(), checks: &mut checks };
        self.others(&mut found, world);
        self.ledger(&mut found);
        self.each_reward(&mut found, world);
        self.each_order(&mut found);
        self.limits(&mut found);
        self.coupons(&mut found);
        self.messages(&mut found);
        self.accounts(&mut found);
        self.histories(&mut found);
        self.replays(&mut found, world).await;
        let found = found.found;
        self.checks = checks;
        self.remember();
        if found.is_empty() { Ok(()) } else { Err(TestCaseError::fail(found.join("\n  "))) }
    }

    /// Nothing of another merchant's is touched, nothing new is theirs.
    fn others(&self, found: &mut Problems<'_>, world: &World) {
        for (key, item) in &self.theirs {
            found.unless(self.items.get(key) == Some(item), || format!("{key:?} of another merchant has changed"));
        }
        let ours = world.owner.merchant;
        for row in self.ours() {
            let merchant = match row {
                Row::Order(row) => row.merchant,
                Row::Referral(row) => row.merchant,
                Row::Entry(row) => row.merchant,
                Row::Outbox(row) => row.merchant,
                Row::Audit(row) => row.merchant,
                Row::Advocate(row) => row.merchant,
                _ => continue,
            };
            found.unless(merchant == ours, || format!("{row:?} is another merchant's"));
        }
    }

    /// Every entry and every account sums to zero; the books say what the rewards say.
    fn ledger(&self, found: &mut Problems<'_>) {
        let mut sums: BTreeMap<&Unit, i64> = BTreeMap::new();
        let mut entries = 0;
        for row in self.ours() {
            let Row::Entry(entry) = row else { continue };
            entries += 1;
            for line in &entry.lines {
                *sums.entry(&line.unit).or_default() += line.minor;
                found.unless(line.minor != 0 && line.minor.abs() <= MAX_MINOR, || format!("{line:?} is out of range"));
            }
        }
        for (unit, sum) in sums {
            found.unless(sum == 0, || format!("all accounts in {unit} come to {sum}"));
        }
        let mut of_referrals = 0;
        for referral in self.referrals() {
            let entries = self.entries(referral);
            of_referrals += entries.len();
            let problems = problems(referral, &entries);
            found.unless(problems.is_empty(), || format!("{}: {}", referral.id, problems.join("; ")));
        }
        found.unless(entries == of_referrals, || format!("{entries} entries, {of_referrals} of referrals"));
    }

    fn each_reward(&self, found: &mut Problems<'_>, world: &World) {
        for referral in self.referrals() {
            let ids: BTreeSet<_> = referral.rewards.iter().map(|reward| reward.id).collect();
            found.unless(ids.len() == referral.rewards.len(), || format!("{}: a reward twice", referral.id));
            for reward in &referral.rewards {
                let wrong = standing(reward, self.highest.get(&reward.id).copied().unwrap_or(i64::MAX));
                found.unless(wrong.is_none(), || format!("{}: {}: {reward:?}", reward.id, wrong.unwrap_or_default()));
                found
                    .unless(reward.id.referral() == referral.id, || format!("{} is not of {}", reward.id, referral.id));
            }
            // What has a time is in the due index, at that time or before.
            let key = (format!("REF#{}", referral.id), "#".to_owned());
            let due = self.attribute(&key, "dsk").map(|at| at.parse::<jiff::Timestamp>().expect("a time"));
            let due_at = referral.due_at();
            found.unless(due_at.is_none_or(|at| due.is_some_and(|due| due <= at)), || {
                format!("{} is due at {due_at:?} and stands at {due:?} (now {})", referral.id, world.now())
            });
        }
    }

    /// One order has one referral that stands, and its rewards are what the decision says.
    fn each_order(&self, found: &mut Problems<'_>) {
        for row in self.orders() {
            let decision = decision_of(row);
            for referral in self.referrals().filter(|referral| referral.order == row.order) {
                let stands = row.referral == Some(referral.id);
                let credited = stands && matches!(decision.outcome, Outcome::Credited | Outcome::Flagged);
                for reward in &referral.rewards {
                    let line = decision.rewards.iter().find(|line| line.number == reward.number());
                    let passes = |line: &&_| {
                        credited && {
                            let line: &shared::domain::decision::RewardLine = line;
                            line.outcome == RuleOutcome::Pass
                        }
                    };
                    let earned = line.filter(passes).map_or(0, |line| line.value.minor());
                    let booked = reward.booked;
                    found.unless(!credited || line.is_none_or(|line| is_as_told(row, referral, reward, line)), || {
                        format!("order {}: {} is not what the shop took off: {line:?}", row.order.id, reward.id)
                    });
                    // What is not the merchant's loss is what was earned; of an expired one, what was used of it.
                    let given = booked.granted() - booked.written_off;
                    let right = if reward.state == State::Expired { given <= earned } else { given == earned };
                    found.unless(right, || {
                        format!(
                            "order {}: {} gives {given} of {earned} (stands: {stands}): {reward:?}",
                            row.order.id, reward.id
                        )
                    });
                    found.unless(stands || (booked.reserved, booked.liability) == (0, 0), || {
                        format!("order {}: {} does not stand and owes", row.order.id, reward.id)
                    });
                }
            }
            let standing = row.referral.map(|id| self.referral(id).map(|referral| referral.order == row.order));
            found.unless(standing != Some(None) && standing != Some(Some(false)), || {
                format!("{:?} is not there", row.referral)
            });
        }
        for referral in self.referrals() {
            found.unless(self.order(&referral.order).is_some(), || format!("{} has no order", referral.id));
        }
    }

    /// Caps and budgets count what referrals hold, and no more than they may.
    fn limits(&self, found: &mut Problems<'_>) {
        let mut caps: BTreeMap<String, BTreeMap<String, i64>> = BTreeMap::new();
        let mut budgets: BTreeMap<String, i64> = BTreeMap::new();
        for referral in self.referrals() {
            let Some(program) = self.program(referral) else {
                found.unless(false, || format!("{} has no program", referral.id));
                continue;
            };
            let holds = &referral.holds;
            for (number, _, rule) in program.rewards.numbered() {
                let Some(minor) = holds.caps.get(&number.to_string()) else { continue };
                for (period, _) in rule.cap.limits() {
                    let at = holds.placed_at.expect("a time");
                    let item =
                        format!("CAP#{}#{}/{}", referral.advocate, program.id, period.name(at, &program.time_zone));
                    *caps.entry(item.clone()).or_default().entry(format!("c{number}")).or_default() += 1;
                    *caps.entry(item).or_default().entry(format!("v{number}")).or_default() += minor;
                }
            }
            let by_name =
                |number: u8| referral.rewards.iter().find(|reward| reward.number() == number && reward.holds());
            for (number, _, rule) in
                program.rewards.numbered().filter(|(_, _, rule)| rule.cap.limits().next().is_some())
            {
                let is_grant = referral.order.id.as_str().starts_with("grant-");
                let held = holds.caps.get(&number.to_string()).copied();
                let takes = by_name(number).filter(|_| !is_grant).and_then(|reward| {
                    let earned = reward.state == State::Expired || reward.booked.granted() > reward.booked.written_off;
                    if earned { Some(reward.value.minor()) } else { held }
                });
                found.unless(held == takes, || {
                    format!("{}: rule {number} {:?} holds {held:?}, takes {takes:?}", referral.id, rule.cap)
                });
            }
            if let Some(budget) = &program.budget {
                let in_unit = |reward: &&Reward| reward.value.unit() == budget.value.unit();
                let takes: i64 = referral.rewards.iter().filter(in_unit).map(of_budget).sum();
                let held: i64 = holds.budget.values().sum();
                found.unless(held == takes, || format!("{} holds {held} of the budget and takes {takes}", referral.id));
            }
            for (shard, minor) in &holds.budget {
                let period = holds.budget_period.clone().unwrap_or_default();
                *budgets.entry(format!("BUD#{}#{period}#{shard}", referral.program)).or_default() += minor;
                found.unless(*minor > 0, || format!("{} holds {minor} of shard {shard}", referral.id));
            }
        }
        for (key, row) in &self.rows {
            let Row::Counts(counts) = row else { continue };
            if self.theirs.contains_key(key) {
                continue;
            }
            if key.0.starts_with("BUD#") {
                let spent = counts.get(SPENT).copied().unwrap_or(0);
                let held = budgets.remove(&key.0).unwrap_or(0);
                found.unless(spent == held, || format!("{} says {spent}, referrals hold {held}", key.0));
            } else {
                let recount = caps.remove(&format!("{}/{}", key.0, key.1)).unwrap_or_default();
                for (name, minor) in counts.iter().filter(|(name, _)| name.starts_with('c') || name.starts_with('v')) {
                    let held = recount.get(name).copied().unwrap_or(0);
                    found.unless(held == *minor, || format!("{key:?} {name} says {minor}, referrals hold {held}"));
                }
            }
        }
        let zero = |counts: &BTreeMap<String, i64>| counts.values().all(|count| *count == 0);
        caps.retain(|_, counts| !zero(counts));
        found.unless(caps.is_empty(), || format!("not counted: {caps:?}"));
        found.unless(budgets.values().all(|minor| *minor == 0), || format!("not counted: {budgets:?}"));
        self.within_limits(found);
    }

    /// What was just granted is within the limits of the version that it was granted under.
    fn within_limits(&self, found: &mut Problems<'_>) {
        let spent = self.spent();
        for key in &self.changed {
            let Some(Row::Referral(referral)) = self.rows.get(key) else { continue };
            let Some(program) = self.program(referral) else { continue };
            // What a shop took off was taken, whatever limits say.
            if referral.rewards.iter().any(|reward| reward.basis == Some(Basis::Told)) {
                continue;
            }
            if let (Some(budget), Some(period)) = (&program.budget, &referral.holds.budget_period) {
                let name = format!("BUD#{}#{period}", program.id);
                let (before, now) =
                    (self.spent_before.get(&name).copied().unwrap_or(0), spent.get(&name).copied().unwrap_or(0));
                // What was used and is not to be had back is a loss that no limit keeps out.
                let is_lost = referral.rewards.iter().any(|reward| reward.booked.written_off > 0);
                found.unless(is_lost || now <= before || now <= budget.value.minor(), || {
                    format!("{name} went from {before} to {now}, over {}", budget.value)
                });
            }
            for (number, _, rule) in program.rewards.numbered() {
                let Some(at) =
                    referral.holds.placed_at.filter(|_| referral.holds.caps.contains_key(&number.to_string()))
                else {
                    continue;
                };
                for (period, limit) in rule.cap.limits() {
                    let pk = format!("CAP#{}#{}", referral.advocate, program.id);
                    let sk = period.name(at, &program.time_zone);
                    let Some(Row::Counts(counts)) = self.rows.get(&(pk, sk)) else { continue };
                    let of = |name: char| counts.get(&format!("{name}{number}")).copied().unwrap_or(0);
                    // A cap that was lowered since says nothing about what has its place already.
                    if self.caps_before(referral, number) {
                        continue;
                    }
                    found.unless(limit.count.is_none_or(|most| of('c') <= i64::from(most)), || {
                        format!("{}: {} rewards, cap {:?}", referral.id, of('c'), rule.cap)
                    });
                    let most = limit.value.as_ref().map(Amount::minor);
                    found.unless(most.is_none_or(|most| of('v') <= most), || {
                        format!("{}: rewards of {}, cap {:?}", referral.id, of('v'), rule.cap)
                    });
                }
            }
        }
    }

    /// The referral had a place in the rule's cap before the last step.
    fn caps_before(&self, referral: &Referral, number: u8) -> bool {
        self.held_before.get(&(referral.id, number)).copied().unwrap_or(false)
    }

    /// A code is given to one reward, and a reward has one code.
    fn coupons(&self, found: &mut Problems<'_>) {
        let mut given: BTreeMap<String, RewardId> = BTreeMap::new();
        let pools = |reward: &&Reward| matches!(reward.fulfilment, Fulfilment::CouponPool { .. });
        for reward in self.rewards() {
            let Some(code) = &reward.coupon else { continue };
            if !pools(&reward) || code.as_str().starts_with("BY-HAND") {
                continue;
            }
            let before = given.insert(code.canonical(), reward.id);
            found.unless(before.is_none(), || format!("{} and {before:?} have one code", reward.id));
        }
        for (key, row) in &self.rows {
            let Row::Coupon(coupon) = row else { continue };
            let holder = given.remove(&coupon.code.canonical());
            // A code that was given stays given, also when its reward's owner is another one now.
            found.unless(holder.is_none() || coupon.reward == holder, || {
                format!("{key:?}: {:?}, held by {holder:?}", coupon.reward)
            });
        }
        let free = self.rows.values().filter(|row| matches!(row, Row::Free)).count();
        let of_nobody = |row: &&Row| matches!(row, Row::Coupon(coupon) if coupon.reward.is_none());
        let unused = self.rows.values().filter(of_nobody).count();
        found.unless(free == unused, || format!("{free} codes are free, {unused} have no owner"));
        found.unless(given.is_empty(), || format!("codes from nowhere: {given:?}"));
    }

    /// What is announced is in the outbox, once.
    fn messages(&self, found: &mut Problems<'_>) {
        let mut rows: BTreeMap<RewardId, Vec<OutboxId>> = BTreeMap::new();
        for row in self.ours() {
            if let Row::Outbox(row) = row
                && let Message::Mail { mail: MailKind::RewardReady, about: About::Reward { reward, .. }, .. } =
                    &row.message
            {
                rows.entry(*reward).or_default().push(row.id);
            }
        }
        for reward in self.rewards() {
            let rows = rows.remove(&reward.id).unwrap_or_default();
            let expected = if reward.mailed { vec![MailKind::RewardReady.row_of(reward.id)] } else { Vec::new() };
            found.unless(rows == expected, || format!("{}: mailed {}, {} mails", reward.id, reward.mailed, rows.len()));
            found.unless(reward.mailed || !is_announced(reward), || format!("{} is not announced", reward.id));
        }
        found.unless(rows.is_empty(), || format!("mails of nothing: {rows:?}"));
    }

    /// An advocate's clawback account is the sum of what the rewards say.
    fn accounts(&self, found: &mut Problems<'_>) {
        let mut sums: BTreeMap<AdvocateId, BTreeMap<Unit, i64>> = BTreeMap::new();
        let mut made_good: BTreeMap<AdvocateId, BTreeSet<_>> = BTreeMap::new();
        for referral in self.referrals() {
            for reward in &referral.rewards {
                let sum = sums.entry(referral.advocate).or_default().entry(reward.value.unit().clone()).or_default();
                *sum += reward.booked.clawback;
                if reward.booked.clawback > 0 {
                    made_good.entry(referral.advocate).or_default().insert(referral.id);
                }
            }
        }
        for row in self.ours() {
            let Row::Advocate(advocate) = row else { continue };
            let mut sum = sums.remove(&advocate.id).unwrap_or_default();
            sum.retain(|_, minor| *minor != 0);
            let account = &advocate.account;
            found.unless(account.clawback == sum, || {
                format!("{}: account {:?}, rewards {sum:?}", advocate.id, account.clawback)
            });
            let by = made_good.remove(&advocate.id).unwrap_or_default();
            found.unless(account.made_good_by == by, || {
                format!("{}: made good by {:?}, really {by:?}", advocate.id, account.made_good_by)
            });
        }
    }

    /// Whether a buyer is new is judged by what is stored now, whichever order was told of first.
    fn histories(&self, found: &mut Problems<'_>) {
        for row in self.orders() {
            found.unless(row.reopen.is_empty(), || {
                format!("order {}: later orders are still to be looked at", row.order.id)
            });
            let Some(inputs) = row.inputs.as_ref() else { continue };
            let asks = inputs.candidates.iter().any(|candidate| match &candidate.finding {
                Finding::Link(link) => {
                    self.version(row.merchant, link.program.id, link.program.version).is_some_and(Program::asks_history)
                }
                _ => false,
            });
            let Some(snapshot) = row.facts.snapshot.as_ref() else { continue };
            let persons = self.keys_of(row);
            let others = self.orders().filter(|other| asks && other.order != row.order);
            let earlier = others.filter_map(|other| {
                let entered = other.entered.as_ref()?;
                let counts = other.facts.is_purchase() && !other.facts.is_cancelled();
                let same = entered.persons.iter().any(|person| persons.contains(person));
                let before = (entered.placed_at, &other.order) < (snapshot.placed_at, &row.order);
                (counts && same && before).then_some((entered.placed_at, &other.order, other))
            });
            let earlier = earlier.min_by(|one, other| (one.0, one.1).cmp(&(other.0, other.1)));
            let earlier_order = earlier.map(|(placed_at, order, other)| {
                let decision = decision_of(other);
                let credit = decision.credit.filter(|_| decision.outcome == Outcome::Credited);
                EarlierOrder { order: order.clone(), placed_at, advocate: credit.map(|credit| credit.advocate) }
            });
            let program = |name: ProgramName| self.version(row.merchant, name.id, name.version).cloned().ok_or(());
            let candidates = inputs.candidates.iter().map(|one| one.clone().try_map_program(program));
            let candidates: Vec<Candidate> = candidates.collect::<Result<_, _>>().expect("programs");
            let advocates = candidates.iter().flat_map(|candidate| match &candidate.finding {
                Finding::Link(link) => link.advocate_keys.clone(),
                _ => Vec::new(),
            });
            let known_as: BTreeSet<_> =
                advocates.filter(|key| persons.contains(key) && !row.facts.persons().any(|own| own == key)).collect();
            let history = History { earlier_order, known_as: known_as.into_iter().collect(), ..History::default() };
            let decision = decide(&row.facts, &candidates, &history, &inputs.room, row.decided_at);
            found.unless(decision == decision_of(row), || {
                format!("order {}: with {history:?} and not with {:?} it is {decision:?}", row.order.id, inputs.history)
            });
        }
    }

    /// Every key of an order's buyer: the accounts that were used with its address, and the addresses that were used with
    /// these.
    fn keys_of(&self, row: &OrderRow) -> BTreeSet<PersonKey> {
        let value = |learnt: &Option<Learnt<PersonKey>>| learnt.as_ref().map(|learnt| learnt.value.clone());
        let pairs = || {
            let entered = self.orders().filter(|other| other.entered.is_some());
            entered.filter_map(|other| Some((value(&other.facts.by_email)?, value(&other.facts.by_customer_id)?)))
        };
        let address = value(&row.facts.by_email);
        let mut accounts: BTreeSet<_> = value(&row.facts.by_customer_id).into_iter().collect();
        accounts.extend(pairs().filter(|(other, _)| Some(other) == address.as_ref()).map(|(_, account)| account));
        let addresses = pairs().filter(|(_, account)| accounts.contains(account)).map(|(address, _)| address);
        addresses.chain(address).collect::<BTreeSet<_>>().union(&accounts).cloned().collect()
    }

    /// A stored decision comes out the same from its stored inputs.
    async fn replays(&self, found: &mut Problems<'_>, world: &World) {
        for key in &self.changed {
            let Some(Row::Order(row)) = self.rows.get(key) else { continue };
            let stored = json(&decision_of(row));
            let again = replay(&world.app, row).await.map(|decision| json(&decision));
            found.unless(again.as_ref().is_ok_and(|again| *again == stored), || {
                format!("replay of {}: {stored} became {again:?}", row.order.id)
            });
        }
    }

    fn program(&self, referral: &Referral) -> Option<&Program> {
        self.version(referral.merchant, referral.program, referral.program_version)
    }

    fn version(&self, merchant: MerchantId, program: ProgramId, version: u32) -> Option<&Program> {
        let key = (format!("MER#{merchant}"), format!("PRV#{program}#{version:06}"));
        match self.rows.get(&key)? {
            Row::Program(program) => Some(program),
            _ => None,
        }
    }

    fn spent(&self) -> BTreeMap<String, i64> {
        let mut spent: BTreeMap<String, i64> = BTreeMap::new();
        for (key, row) in &self.rows {
            if let (Row::Counts(counts), Some((name, _))) = (row, key.0.rsplit_once('#'))
                && key.0.starts_with("BUD#")
            {
                *spent.entry(name.to_owned()).or_default() += counts.get(SPENT).copied().unwrap_or(0);
            }
        }
        spent
    }

    /// What the next step's checks compare with.
    fn remember(&mut self) {
        self.spent_before = self.spent();
        let mut held = BTreeMap::new();
        for referral in self.referrals() {
            for number in referral.holds.caps.keys() {
                held.insert((referral.id, number.parse().expect("a number")), true);
            }
        }
        self.held_before = held;
    }

    /// What each reward is worth, or would be without refunds: nobody can use more of it.
    fn look_at_values(&mut self) {
        let mut worth = Vec::new();
        for row in self.orders() {
            let decision = decision_of(row);
            let Some(referral) = row.referral else { continue };
            worth
                .extend(decision.rewards.iter().map(|line| (RewardId::of(referral, line.number), line.face().minor())));
        }
        for (id, minor) in worth {
            let highest = self.highest.entry(id).or_insert(0);
            *highest = minor.max(*highest);
        }
    }
}

/// A discount by code is what the order's newest description says of it: nothing without the code, what the shop took off
/// where it told that, less the share that went back.
fn is_as_told(row: &OrderRow, referral: &Referral, reward: &Reward, line: &RewardLine) -> bool {
    if reward.fulfilment != Fulfilment::CodeAtCheckout {
        return line.basis.is_none();
    }
    let used = row.facts.snapshot.iter().flat_map(|order| &order.coupons);
    let used =
        used.filter(|coupon| coupon.code == referral.code.as_str()).map(|coupon| (coupon.untold, coupon.discount));
    match (used.max(), line.basis) {
        (None, basis) => basis.is_none() && line.value.minor() == 0,
        (Some((true, _)), basis) => basis == Some(Basis::Estimate) || line.value.minor() == 0,
        (Some((false, took)), _) => {
            let minor = |money: Option<Money>| money.map_or(0, Money::minor);
            let (left, before) = (minor(row.facts.net()), minor(row.facts.net_before_refunds()));
            let share = if before == 0 { 0 } else { (2 * i128::from(took) * i128::from(left)) / i128::from(before) };
            // In whole minor units, whichever way halves are rounded.
            (2 * i128::from(line.value.minor()) - share).abs() <= 2 && line.face().minor() == took
        }
    }
}

/// How much of the budget a reward takes.
fn of_budget(reward: &Reward) -> i64 {
    if reward.state == State::Expired { reward.value.minor() } else { reward.booked.granted().max(0) }
}

/// What is wrong with how one reward stands.
fn standing(reward: &Reward, highest: i64) -> Option<&'static str> {
    let booked = reward.booked;
    let used = booked.redeemed + booked.written_off;
    let value = reward.value.minor();
    let any_below_zero =
        [booked.reserved, booked.liability, booked.redeemed, booked.written_off].iter().any(|it| *it < 0);
    if any_below_zero {
        return Some("below zero");
    }
    if used > highest {
        return Some("used more than it ever was worth");
    }
    if !(0..=MAX_MINOR).contains(&value) {
        return Some("out of range");
    }
    let fits = match reward.state {
        State::Flagged | State::Pending => booked.liability == 0 && booked.clawback == 0 && booked.reserved > 0,
        State::Approved | State::Issued => {
            booked.reserved == 0 && booked.liability + booked.clawback > 0 && booked.clawback >= 0
        }
        State::Redeemed => booked.reserved == 0 && booked.liability == 0 && (used > 0 || booked.clawback != 0),
        State::Void => booked == shared::domain::ledger::Booked::default(),
        State::Expired => booked.reserved == 0 && booked.liability == 0,
    };
    (!fits).then_some("its state is not what its books say")
}
