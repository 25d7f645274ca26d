//! What limits leave for an order, read before the decision; and what the decision then takes of them, to be written
//! with it. What an order holds is kept with its referral, so that it takes a place once and gives back just what it has.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Attempt, SettleError};
use crate::App;
use crate::domain::decide::FoundLink;
use crate::domain::decision::{Basis, Decision, Rule, RuleOutcome};
use crate::domain::id::ReferralId;
use crate::domain::ledger::Booked;
use crate::domain::program::{Budget, Limit, Period, Program};
use crate::domain::referral::{Holds, Referral, Reward, State};
use crate::domain::room::{BudgetRoom, Room, RuleRoom, Today, Used};
use crate::store::limits::{BUDGET_SHARDS, Counter, Counts, Moves, PAUSED_AT_LIMIT, SPENT};

/// How many referrals an advocate has had in a program.
const SEQUENCE: &str = "seq";
/// Referrals of one day; of these, without a click.
const REFERRALS: &str = "n";
const WITHOUT_CLICK: &str = "w";

/// Counts that move with a commit, each item once.
pub(super) type Counters = BTreeMap<Counter, Moves>;

/// What is left for an order, as it was read.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) room: Room,
    /// What each shard of the budget has given, as far as it was looked at.
    shards: BTreeMap<u8, i64>,
    /// All shards were looked at.
    is_whole: bool,
}

/// Reads what is left, as far as the program of the leading link has limits at all.
pub(super) async fn room(attempt: &Attempt<'_>, lead: Option<&FoundLink>) -> Result<Found, SettleError> {
    let Some((link, placed_at)) = lead.and_then(|link| Some((link, placed_at(attempt)?))) else {
        return Ok(Found::default());
    };
    let program = &link.program;
    let holds = attempt.holds_with(link);
    let mut periods = Periods { attempt, link, placed_at: holds.placed_at.unwrap_or(placed_at), read: BTreeMap::new() };
    // A grant is no referral that counts; it only costs money.
    let is_order = attempt.facts.acts.grant.is_none();
    let ordinal = match holds.ordinal {
        None if is_order && program.asks_ordinal() => {
            let counts = periods.counts(Period::Total).await?;
            u32::try_from(count(&counts, SEQUENCE) + 1).ok()
        }
        known => known,
    };
    let mut rules = Vec::new();
    for (number, _, rule) in program.rewards.numbered().filter(|_| is_order) {
        let held = holds.caps.get(&number.to_string()).copied();
        let mut used = Vec::new();
        for (period, _) in rule.cap.limits() {
            let counts = periods.counts(period).await?;
            let others = count(&counts, &format!("c{number}")) - i64::from(held.is_some());
            let minor = count(&counts, &format!("v{number}")) - held.unwrap_or(0);
            used.push(Used { period, count: u32::try_from(others.max(0)).unwrap_or(u32::MAX), minor });
        }
        if !used.is_empty() {
            rules.push(RuleRoom { number, held, used });
        }
    }
    let today = if !is_order || !program.review.asks_today() {
        None
    } else if holds.today.is_some() {
        // Looked at once: what comes later on the day says nothing about an order that was before it.
        attempt.stored.as_ref().and_then(|row| row.inputs.as_ref()?.room.today)
    } else {
        let counts = periods.counts(Period::Day).await?;
        let of = |name| u32::try_from(count(&counts, name)).unwrap_or(0);
        Some(Today { referrals: of(REFERRALS), without_click: of(WITHOUT_CLICK) })
    };
    let room = Room { ordinal, rules, today, ..attempt.known_signs(link) };
    let mut found = Found { room, ..Found::default() };
    if let Some(budget) = &program.budget {
        let period = holds.budget_period.clone();
        let period = period.unwrap_or_else(|| budget.period.name(placed_at, &program.time_zone));
        let home = home_shard(attempt);
        let counts = attempt.app.store.counts(&shard(program, &period, home)).await?;
        found.shards.insert(home, count(&counts, SPENT));
        let held = holds.budget.values().sum();
        let paused = is_paused(&counts, budget);
        let left = (share(budget.value.minor(), home) - count(&counts, SPENT)).max(0);
        found.room.budget = Some(BudgetRoom { period, left, held, paused });
    }
    Ok(found)
}

/// Looks at the whole budget where one shard was not enough. `false`: that was done before, or it is not short.
pub(super) async fn widen(
    attempt: &Attempt<'_>,
    lead: Option<&FoundLink>,
    found: &mut Found,
    decision: &Decision,
) -> Result<bool, SettleError> {
    let (Some(link), Some(room)) = (lead, &mut found.room.budget) else { return Ok(false) };
    // One that is paused has nothing for an order that holds nothing, whatever its other shards have left.
    let is_over = room.paused && room.held == 0;
    let looks_on = is_short(decision) && !found.is_whole && !is_over;
    let Some(budget) = link.program.budget.as_ref().filter(|_| looks_on) else {
        return Ok(false);
    };
    let shards = attempt.app.store.budget(link.program.id, &room.period).await?;
    let spent = |counts: &Counts| count(counts, SPENT);
    found.shards = (0..).zip(shards.iter().map(spent)).collect();
    found.is_whole = true;
    room.left = (0..BUDGET_SHARDS)
        .zip(&shards)
        .map(|(number, counts)| (share(budget.value.minor(), number) - spent(counts)).max(0))
        .sum();
    room.paused = room.paused || shards.iter().any(|counts| is_paused(counts, budget));
    Ok(true)
}

/// The budget refused the order, or did not let it grow.
fn is_short(decision: &Decision) -> bool {
    let budget = decision.rules.iter().find(|line| line.rule == Rule::Budget);
    budget.is_some_and(|line| line.outcome == RuleOutcome::Fail || line.input.ends_with("no more is left"))
}

/// The budget has run out with this very order: nobody was told yet.
pub(super) fn runs_out(found: &Found, decision: &Decision) -> bool {
    let is_open = found.room.budget.as_ref().is_some_and(|room| !room.paused);
    is_open && found.is_whole && is_short(decision)
}

/// Pauses the budget: every shard says so, because an order looks at one of them only.
pub(super) fn pause(counters: &mut Counters, program: &Program, period: &str) {
    let Some(budget) = &program.budget else { return };
    for number in 0..BUDGET_SHARDS {
        counters.entry(shard(program, period, number)).or_default().pause = Some(budget.value.minor());
    }
}

/// What the referral should hold now, and how the counts move for it. `before`: what it held.
pub(super) fn take(
    attempt: &Attempt<'_>,
    program: &Program,
    referral: &mut Referral,
    before: &Holds,
    found: &Found,
    without_click: bool,
    counters: &mut Counters,
) {
    let mut holds = before.clone();
    let Some(placed_at) = holds.placed_at.or_else(|| placed_at(attempt)) else { return };
    let limited = program.budget.is_some() || program.asks_ordinal() || program.review.asks_today();
    if limited || program.rewards.numbered().any(|(_, _, rule)| rule.cap.limits().next().is_some()) {
        holds.placed_at = Some(placed_at);
    }
    let item = |period: Period| Counter::Cap {
        advocate: referral.advocate,
        program: program.id,
        period: period.name(placed_at, &program.time_zone),
    };
    if attempt.facts.acts.grant.is_none() {
        take_places(program, referral, before, &mut holds, found, without_click, &item, counters);
    }
    if let Some(budget) = &program.budget {
        take_budget(attempt, program, budget, referral, &mut holds, found, counters);
    }
    referral.holds = holds;
}

/// Takes a place among the advocate's referrals and in the caps.
#[expect(clippy::too_many_arguments, reason = "one step of `take`, which has them all at hand")]
fn take_places(
    program: &Program,
    referral: &Referral,
    before: &Holds,
    holds: &mut Holds,
    found: &Found,
    without_click: bool,
    item: &impl Fn(Period) -> Counter,
    counters: &mut Counters,
) {
    let stands = referral.state != State::Void;
    if let Some(ordinal) = found.room.ordinal.filter(|_| holds.ordinal.is_none() && stands && program.asks_ordinal()) {
        holds.ordinal = Some(ordinal);
        counters.entry(item(Period::Total)).or_default().next = Some((SEQUENCE.to_owned(), i64::from(ordinal) - 1));
    }
    if program.review.asks_today() && holds.today.is_none() && stands {
        holds.today = Some(without_click);
        let moves = counters.entry(item(Period::Day)).or_default();
        moves.add(REFERRALS, 1, None);
        if without_click {
            moves.add(WITHOUT_CLICK, 1, None);
        }
    }
    for (number, _, rule) in program.rewards.numbered() {
        let name = number.to_string();
        let reward = referral.rewards.iter().find(|reward| reward.number() == number && reward.holds());
        let was = before.caps.get(&name).copied();
        // One that was used and not earned after all keeps the place that it had, and takes none.
        let now = reward.and_then(|reward| if is_earned(reward) { Some(reward.value.minor()) } else { was });
        for (period, limit) in rule.cap.limits() {
            if now != was {
                let moves = counters.entry(item(period)).or_default();
                // What the shop took off was taken: it counts, and no limit keeps it out.
                let taken = reward.is_some_and(|reward| reward.basis == Some(Basis::Told));
                let none = Limit::default();
                let Limit { count, value } = if taken { &none } else { limit };
                moves.add(
                    format!("c{name}"),
                    i64::from(now.is_some()) - i64::from(was.is_some()),
                    count.map(i64::from),
                );
                let most = value.as_ref().map(crate::domain::amount::Amount::minor);
                moves.add(format!("v{name}"), now.unwrap_or(0) - was.unwrap_or(0), most);
            }
            match now {
                Some(minor) => holds.caps.insert(name.clone(), minor),
                None => holds.caps.remove(&name),
            };
        }
    }
}

/// Moves the budget's shards from what the referral holds to what it should hold.
fn take_budget(
    attempt: &Attempt<'_>,
    program: &Program,
    budget: &Budget,
    referral: &Referral,
    holds: &mut Holds,
    found: &Found,
    counters: &mut Counters,
) {
    let in_unit = |reward: &&Reward| reward.value.unit() == budget.value.unit();
    let wanted: i64 = referral.rewards.iter().filter(in_unit).map(held_of_budget).sum();
    let held: i64 = holds.budget.values().sum();
    if wanted == held {
        return;
    }
    let period = found.room.budget.as_ref().map(|room| room.period.clone());
    let Some(period) = holds.budget_period.clone().or(period) else { return };
    let mut more = wanted - held;
    let home = home_shard(attempt);
    let order = (0..BUDGET_SHARDS).map(|step| (home + step) % BUDGET_SHARDS);
    let gives_back = more < 0;
    for number in order.filter(|number| gives_back || found.shards.contains_key(number)) {
        let limit = share(budget.value.minor(), number);
        let mine = holds.budget.get(&number.to_string()).copied().unwrap_or(0);
        let spent = found.shards.get(&number).copied().unwrap_or(0);
        let by = if gives_back { more.max(-mine).min(0) } else { more.min((limit - spent).max(0)) };
        if by != 0 {
            counters.entry(shard(program, &period, number)).or_default().add(SPENT, by, Some(limit));
            holds.budget.insert(number.to_string(), mine + by);
            more -= by;
        }
    }
    if more > 0 {
        // Used after it was taken back, and not to be had back, or taken off by the shop: no grant that could be refused, but
        // a cost that is there.
        counters.entry(shard(program, &period, home)).or_default().force(SPENT, more);
        *holds.budget.entry(home.to_string()).or_default() += more;
    }
    holds.budget.retain(|_, minor| *minor != 0);
    holds.budget_period = Some(period);
}

/// How much of the budget a reward takes up: what it cost, and of one that expired its whole value, so that nothing
/// that was promised is given twice over.
fn held_of_budget(reward: &Reward) -> i64 {
    match reward.state {
        State::Expired => reward.value.minor(),
        _ => Booked::granted(reward.booked).max(0),
    }
}

/// It is worth something to somebody, or was until it expired; not only used.
fn is_earned(reward: &Reward) -> bool {
    reward.state == State::Expired || reward.booked.granted() > reward.booked.written_off
}

/// The counts of an advocate's periods, each read once.
struct Periods<'a> {
    attempt: &'a Attempt<'a>,
    link: &'a FoundLink,
    placed_at: Timestamp,
    read: BTreeMap<Period, Counts>,
}

impl Periods<'_> {
    async fn counts(&mut self, period: Period) -> Result<Counts, SettleError> {
        if let Some(known) = self.read.get(&period) {
            return Ok(known.clone());
        }
        let FoundLink { advocate, program, .. } = self.link;
        let name = period.name(self.placed_at, &program.time_zone);
        let counter = Counter::Cap { advocate: *advocate, program: program.id, period: name };
        let counts = self.attempt.app.store.counts(&counter).await?;
        self.read.insert(period, counts.clone());
        Ok(counts)
    }
}

fn placed_at(attempt: &Attempt<'_>) -> Option<Timestamp> {
    attempt.facts.snapshot.as_ref().map(|snapshot| snapshot.placed_at)
}

fn count(counts: &Counts, name: &str) -> i64 {
    counts.get(name).copied().unwrap_or(0)
}

fn shard(program: &Program, period: &str, number: u8) -> Counter {
    Counter::Budget { program: program.id, period: period.to_owned(), shard: number }
}

/// A shard's share of a budget; the first one has what can't be divided.
fn share(limit: i64, number: u8) -> i64 {
    let shards = i64::from(BUDGET_SHARDS);
    limit / shards + if number == 0 { limit % shards } else { 0 }
}

/// The order's own shard, by its id.
fn home_shard(attempt: &Attempt<'_>) -> u8 {
    let id = attempt.event.order.id.as_str();
    let sum = id.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    u8::try_from(sum % u32::from(BUDGET_SHARDS)).unwrap_or(0)
}

/// It ran out, and the limit has not been raised since.
fn is_paused(counts: &Counts, budget: &Budget) -> bool {
    counts.get(PAUSED_AT_LIMIT).is_some_and(|limit| budget.value.minor() <= *limit)
}

/// How a program's budget stands in a period: what it gave, and whether it is paused.
pub async fn budget_standing(
    app: &App,
    program: &Program,
    at: Timestamp,
) -> Result<Option<(String, i64, bool)>, SettleError> {
    let Some(budget) = &program.budget else { return Ok(None) };
    let period = budget.period.name(at, &program.time_zone);
    let shards = app.store.budget(program.id, &period).await?;
    let spent = shards.iter().map(|counts| count(counts, SPENT)).sum();
    Ok(Some((period, spent, shards.iter().any(|counts| is_paused(counts, budget)))))
}

impl Attempt<'_> {
    /// The order's referral by this link.
    pub(super) fn standing_with(&self, link: &FoundLink) -> Option<&Referral> {
        let standing = self.standing.as_ref();
        standing.filter(|it| it.advocate == link.advocate && it.program == link.program.id)
    }

    /// What the order's referral by this link holds already.
    fn holds_with(&self, link: &FoundLink) -> Holds {
        self.standing_with(link).map(|referral| referral.holds.clone()).unwrap_or_default()
    }

    /// The referral that the order has.
    pub(super) fn standing_id(&self) -> Option<ReferralId> {
        self.standing.as_ref().map(|referral| referral.id)
    }
}
