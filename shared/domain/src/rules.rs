//! Judges an order by a program's rules, one line each. Rules are independent: each is judged, whatever the others say,
//! so that the trail shows all that stands in the way.

use super::code::Code;
use super::decide::{Candidate, FoundLink, History, in_window, was_made};
use super::decision::{Outcome, RewardLine, Rule, RuleLine, RuleOutcome, SignalLine};
use super::money::Money;
use super::order::{Facts, Snapshot};
use super::program::{Country, Program, ProgramState, Stacking};
use super::rewards::rewards;
use super::room::Room;
use super::signals::signals;
use super::till::{self, is_taken};

/// An order with all that it is judged by.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    pub(super) order: &'a Facts,
    pub(super) snapshot: &'a Snapshot,
    pub(super) candidates: &'a [Candidate],
    /// Which candidate leads.
    pub(super) index: usize,
    pub(super) link: &'a FoundLink,
    pub(super) history: &'a History,
    pub(super) room: &'a Room,
}

/// How an order came out.
pub(super) struct Judged {
    pub(super) outcome: Outcome,
    pub(super) rules: Vec<RuleLine>,
    pub(super) rewards: Vec<RewardLine>,
    pub(super) signals: Vec<SignalLine>,
}

impl Default for Judged {
    fn default() -> Self {
        Self { outcome: Outcome::NotCredited, rules: Vec::new(), rewards: Vec::new(), signals: Vec::new() }
    }
}

/// Judges all rules, and says what each reward comes to.
pub(super) fn judge(case: &Case<'_>) -> Judged {
    let left = what_is_left(case);
    // An order of which nothing is left takes no place from others; it gave its own back. Of a grant there never was one.
    let takes = case.order.acts.grant.is_some() || left.iter().all(|line| line.outcome != RuleOutcome::Fail);
    let empty = Room { ordinal: case.room.ordinal, ..Room::default() };
    let case = &Case { room: if takes { case.room } else { &empty }, ..*case };
    let mut rewards = rewards(case);
    let budget = budget(case, &mut rewards);
    let signals = signals(case);
    let review = review(case, &signals);
    let flagged = review.as_ref().is_some_and(|(_, waits)| *waits);
    let mut rules = if case.order.acts.grant.is_some() { Vec::new() } else { order_rules(case) };
    rules.extend(review.map(|(line, _)| line));
    rules.extend([cap(&rewards), budget]);
    if case.order.acts.grant.is_none() {
        rules.extend(left);
    }
    let outcome = match outcome(case, &rules) {
        Outcome::Credited if flagged => Outcome::Flagged,
        outcome => outcome,
    };
    Judged { outcome, rules, rewards, signals }
}

fn check(rule: Rule, input: impl Into<String>, expected: impl Into<String>, passes: bool) -> RuleLine {
    let outcome = if passes { RuleOutcome::Pass } else { RuleOutcome::Fail };
    RuleLine { rule, input: input.into(), expected: expected.into(), outcome }
}

fn skip(rule: Rule, why: &str) -> RuleLine {
    RuleLine { rule, input: "none".into(), expected: why.into(), outcome: RuleOutcome::Skip }
}

/// The rules on the order itself, in the order in which they are told.
fn order_rules(case: &Case<'_>) -> Vec<RuleLine> {
    let Case { order, snapshot, link, .. } = case;
    let program = &link.program;
    let placed_at = snapshot.placed_at;
    let mut rules = vec![
        check(Rule::TestOrder, yes_no(snapshot.test), "no", !snapshot.test),
        check(
            Rule::Paid,
            order.paid_at.map_or_else(|| "not paid".to_owned(), |at| format!("paid {at:.0}")),
            "paid",
            order.paid_at.is_some(),
        ),
        check(
            Rule::ProgramActive,
            format!("ordered {placed_at:.0}"),
            active_text(program),
            program.is_active_at(placed_at),
        ),
        link_active(case),
        window(case),
        check(
            Rule::SelfReferral,
            if order.person().is_none() {
                "the order names no customer".to_owned()
            } else {
                yes_no(is_self(case)).to_owned()
            },
            "buyer and advocate differ",
            !is_self(case),
        ),
        new_customer(case),
    ];
    rules.extend(asked_for(case));
    rules.push(match program.limit_currency() {
        Some(expected) => {
            check(Rule::Currency, snapshot.currency.code(), expected.code(), snapshot.currency == expected)
        }
        None => skip(Rule::Currency, "the program names no limits in money"),
    });
    rules
}

/// What a code is to be that was typed at the checkout.
pub(super) const MADE_BEFORE: &str = "made before the order";

fn link_active(case: &Case<'_>) -> RuleLine {
    let Case { order, snapshot, link, .. } = case;
    let placed_at = snapshot.placed_at;
    if let Some(made_at) = link.made_at.filter(|_| was_made(order, link) == Some(false)) {
        let input = format!("ordered {placed_at:.0}, the code was made {made_at:.0}");
        return check(Rule::LinkActive, input, MADE_BEFORE, false);
    }
    check(
        Rule::LinkActive,
        format!("ordered {placed_at:.0}"),
        link.dead_from.map_or_else(|| "active".to_owned(), |end| format!("before {end:.0}")),
        link.dead_from.is_none_or(|end| placed_at < end),
    )
}

fn window(case: &Case<'_>) -> RuleLine {
    let Case { order, snapshot, link, .. } = case;
    let (Some(passes), Some(clicked_at)) = (in_window(order, link), link.clicked_at) else {
        return skip(Rule::Window, "a code has no window");
    };
    let placed_at = snapshot.placed_at;
    if clicked_at > placed_at && snapshot.open_hours > 0 {
        // The checkout was begun before the click.
        let paid = order.paid_at.map_or_else(|| "not paid".to_owned(), |at| format!("paid {at:.0}"));
        let input = format!("checkout begun {placed_at:.0}, clicked {clicked_at:.0}, {paid}");
        let expected = format!("clicked before it was paid, within {} hours of its beginning", snapshot.open_hours);
        return check(Rule::Window, input, expected, passes);
    }
    let input = format!("clicked {clicked_at:.0}, ordered {placed_at:.0}");
    check(Rule::Window, input, format!("ordered within {} days of the click", link.program.window_days), passes)
}

fn new_customer(case: &Case<'_>) -> RuleLine {
    let Case { order, link, history, .. } = case;
    if !link.program.qualify.new_customers_only {
        return skip(Rule::NewCustomer, "the program takes returning customers");
    }
    let brought = |advocate| link.program.is_recurring() && advocate == Some(link.advocate);
    let (input, passes) = match (order.person(), &history.earlier_order) {
        (None, _) => ("the order names no customer".to_owned(), false),
        (Some(_), None) if history.told_orders.is_some() => {
            let orders = history.told_orders.unwrap_or_default();
            (format!("ordered before: the shop's own systems count {orders} orders of the customer"), false)
        }
        (Some(_), Some(earlier)) => {
            let (id, at) = (&earlier.order.id, earlier.placed_at);
            (format!("ordered before: order {id} of {at:.0}"), brought(earlier.advocate))
        }
        (Some(_), None) => ("no earlier order".to_owned(), true),
    };
    let expected =
        if link.program.is_recurring() { "no earlier order, or one by this advocate" } else { "no earlier order" };
    check(Rule::NewCustomer, input, expected, passes)
}

/// Rules that have a line only where the program asks for something.
fn asked_for(case: &Case<'_>) -> Vec<RuleLine> {
    let Case { order, snapshot, link, candidates, index, .. } = case;
    let when = &link.program.qualify.when;
    let mut rules = Vec::new();
    if !when.countries.is_empty() {
        let input = snapshot.country.map_or_else(|| "the order names no country".to_owned(), |it| it.to_string());
        let allowed: Vec<_> = when.countries.iter().map(Country::as_str).collect();
        let passes = snapshot.country.is_some_and(|country| when.countries.contains(&country));
        rules.push(check(Rule::Country, input, format!("one of {}", allowed.join(", ")), passes));
    }
    if !when.markets.is_empty() {
        let input = snapshot.market.clone().unwrap_or_else(|| "the order names no market".to_owned());
        let passes = snapshot.market.as_ref().is_some_and(|market| when.markets.contains(market));
        rules.push(check(Rule::Market, input, format!("one of {}", when.markets.join(", ")), passes));
    }
    if when.asks_products() {
        let input = match order.net_before_refunds_of(&[when]) {
            _ if snapshot.lines.is_empty() => "the order names no products".to_owned(),
            Some(net) => format!("products for {net} count"),
            None => "unknown".to_owned(),
        };
        let passes = order.net_before_refunds_of(&[when]).is_some_and(|net| net.minor() > 0);
        rules.push(check(Rule::Products, input, "products that the program takes", passes));
    }
    if link.program.stacking == Stacking::Exclusive {
        let leading = candidates[*index].code.as_ref().map(Code::as_str);
        let others = order.coupons().iter().filter(|coupon| Some(coupon.code.as_str()) != leading).count();
        let input = if others == 0 { "no other coupon".to_owned() } else { format!("{others} other coupons") };
        rules.push(check(Rule::Stacking, input, "no other coupon", others == 0));
    }
    rules.extend(till::rule(case));
    rules
}

/// The line on signals and verdict, and whether a person has to look. None where there is nothing to say.
fn review(case: &Case<'_>, signals: &[SignalLine]) -> Option<(RuleLine, bool)> {
    let review = &case.link.program.review;
    if is_self(case) && case.order.acts.verdict.is_none() {
        // Proven; there is nothing to weigh.
        return None;
    }
    let score: u32 = signals.iter().map(|line| line.points).sum();
    let input = format!("score {score}");
    let below = format!("below {}", review.flag_at);
    match &case.order.acts.verdict {
        Some(verdict) if verdict.credits => Some((check(Rule::Review, input, "approved by a person", true), false)),
        Some(_) => Some((check(Rule::Review, "rejected by a person", below, false), false)),
        None if score == 0 => None,
        None if score >= review.reject_at => Some((check(Rule::Review, input, below, false), false)),
        None if score >= review.flag_at => {
            let line = RuleLine { rule: Rule::Review, input, expected: below, outcome: RuleOutcome::Skip };
            Some((line, true))
        }
        None => Some((check(Rule::Review, input, below, true), false)),
    }
}

/// The advocate's caps. One that leaves no reward at all refuses the order; otherwise the rewards say what it refuses.
fn cap(rewards: &[RewardLine]) -> RuleLine {
    let refused = rewards.iter().find(|line| line.outcome == RuleOutcome::Fail);
    let given = rewards.iter().any(|line| line.outcome == RuleOutcome::Pass);
    match refused {
        Some(line) if !given => check(Rule::Cap, line.reason.clone(), "below the cap", false),
        Some(line) => check(Rule::Cap, format!("{}: {}", line.side.as_str(), line.reason), "below the cap", true),
        None => skip(Rule::Cap, "no cap stands in the way"),
    }
}

/// The program's budget, for all rewards in its unit together: all of it or nothing. What is granted already stays, and so
/// does what a credited order's shop took off at the till.
fn budget(case: &Case<'_>, rewards: &mut [RewardLine]) -> RuleLine {
    let (Some(budget), Some(room)) = (&case.link.program.budget, &case.room.budget) else {
        return skip(Rule::Budget, "no budget stands in the way");
    };
    let in_unit = |line: &&mut RewardLine| line.value.unit() == budget.value.unit();
    let given = |line: &&mut RewardLine| line.outcome == RuleOutcome::Pass;
    let wanted: i64 = rewards.iter_mut().filter(in_unit).filter(given).map(|line| line.value.minor()).sum();
    let taken = rewards.iter_mut().filter(in_unit).filter(given).filter(|line| is_taken(line));
    let taken: i64 = taken.map(|line| line.value.minor()).sum();
    let expected = format!("within {} ({})", budget.value, room.period);
    if wanted <= room.held {
        return check(Rule::Budget, "has its place in the budget", expected, true);
    }
    let more = wanted - room.held;
    if more <= room.left && !room.paused {
        return check(Rule::Budget, "there is enough left", expected, true);
    }
    if room.held == 0 && taken < wanted {
        return check(Rule::Budget, "spent", expected, false);
    }
    // It has grown beyond what is left: what was granted stands, and no more. What was taken at the till was taken.
    let mut left = (room.held - taken).max(0);
    for line in rewards.iter_mut().filter(in_unit).filter(given).filter(|line| !is_taken(line)) {
        let minor = line.value.minor().min(left);
        if minor < line.value.minor() {
            "the budget has no more".clone_into(&mut line.reason);
            line.value = line.value.with_minor(minor);
            line.before_refunds = None;
        }
        left -= minor;
    }
    let place = if room.held == 0 { "was taken at the till" } else { "has its place in the budget" };
    check(Rule::Budget, format!("{place}, and no more is left"), expected, true)
}

/// The rules that an order can come to fail by refunds and cancellation.
fn what_is_left(case: &Case<'_>) -> [RuleLine; 2] {
    let Case { order, snapshot, link, .. } = case;
    let when = &link.program.qualify.when;
    let net = order.net_of(&[when]);
    let called_off = match snapshot.cancelled_at {
        Some(at) => format!("cancelled {at:.0}"),
        None if order.is_charged_back() => "charged back".to_owned(),
        None => "not cancelled".to_owned(),
    };
    [
        check(Rule::NotCancelled, called_off, "not cancelled", !order.is_cancelled()),
        check(
            Rule::MinimumOrder,
            net.map_or_else(|| "unknown".to_owned(), |net| net.to_string()),
            when.minimum_order.map_or_else(|| "more than 0".to_owned(), |least| format!("at least {least}")),
            net.is_some_and(|net| reaches_minimum(net, when.minimum_order)),
        ),
    ]
}

fn is_self(case: &Case<'_>) -> bool {
    // By any identity: an order with another e-mail may still carry the advocate's customer account, or one that the
    // advocate has ordered with.
    let mut keys = case.order.persons().chain(&case.history.known_as);
    keys.any(|person| case.link.advocate_keys.contains(person))
}

/// An order of which nothing is left earns nothing, whatever the program says.
pub(super) fn reaches_minimum(net: Money, minimum: Option<Money>) -> bool {
    net.minor() > 0 && minimum.is_none_or(|least| net.minor() >= least.minor())
}

/// Void is for orders that had counted and no longer do: only a cancellation or refunds stand against them.
fn outcome(case: &Case<'_>, rules: &[RuleLine]) -> Outcome {
    let when = &case.link.program.qualify.when;
    let failed = |line: &&RuleLine| line.outcome == RuleOutcome::Fail;
    let passing = |line: &RuleLine| matches!(line.rule, Rule::NotCancelled | Rule::MinimumOrder);
    if !rules.iter().any(|line| failed(&line)) {
        return Outcome::Credited;
    }
    let had_counted = rules.iter().filter(failed).all(passing)
        && case.order.net_before_refunds_of(&[when]).is_some_and(|net| reaches_minimum(net, when.minimum_order));
    if had_counted { Outcome::Void } else { Outcome::NotCredited }
}

const fn yes_no(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

fn active_text(program: &Program) -> String {
    match (program.state, program.starts_at, program.ends_at) {
        (ProgramState::Paused, ..) => "the program is paused".to_owned(),
        (_, None, None) => "active".to_owned(),
        (_, Some(start), None) => format!("from {start:.0}"),
        (_, None, Some(end)) => format!("before {end:.0}"),
        (_, Some(start), Some(end)) => format!("from {start:.0}, before {end:.0}"),
    }
}
