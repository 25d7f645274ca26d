//! Reading a program's body: every fault at once, so that a merchant who sets up a program is not sent back and forth.

use std::cell::RefCell;

use jiff::Timestamp;
use serde_json::{Map, Value};
use shared::domain::id::{MerchantId, ProgramId, ShopId};
use shared::domain::program::{
    Budget, Clawback, HoldFrom, Mails, Program, ProgramState, Qualify, Review, RewardRule, Rewards, Side, Stacking,
};
use shared::domain::storefront::Storefront;
use shared::http::{Faults, Field, Fields};
use shared::store::Shop;

use super::limits::{budget, clawback, review};
use super::mails::mails;
use super::noted::{Noted, Wanted};
use super::rule::{HOLDS_FROM, rule};
use super::when::qualify;

/// More rules than a side sensibly has; rewards are numbered in one byte.
const MAX_RULES: usize = 10;
/// What most shops use.
const DEFAULT_WINDOW: u32 = 30;
/// Two weeks to send something back, as the law gives in Europe.
const DEFAULT_HOLD: u32 = 14;

/// All that a merchant sets. The order is the one in which faults are told.
pub(super) const SETTINGS: &[&str] = &[
    "name",
    "shop",
    "destination",
    "window_days",
    "hold_days",
    "hold_from",
    "state",
    "starts_at",
    "ends_at",
    "qualify",
    "rewards",
    "stacking",
    "budget",
    "clawback",
    "review",
    "mails",
    "codes_on_subscriptions",
];

/// What a body says. Where there are faults, some of it is made up.
pub(super) struct Settings {
    pub(super) name: String,
    pub(super) destination: String,
    pub(super) window_days: u32,
    pub(super) hold_days: u32,
    pub(super) hold_from: HoldFrom,
    pub(super) state: ProgramState,
    pub(super) starts_at: Option<Timestamp>,
    pub(super) ends_at: Option<Timestamp>,
    pub(super) qualify: Qualify,
    pub(super) rewards: Rewards,
    pub(super) stacking: Stacking,
    pub(super) budget: Option<Budget>,
    pub(super) clawback: Clawback,
    pub(super) review: Review,
    pub(super) mails: Mails,
    pub(super) codes_on_subscriptions: bool,
}

/// What the engine adds to what a merchant sets.
pub(super) struct Made {
    pub(super) id: ProgramId,
    pub(super) version: u32,
    pub(super) version_at: Timestamp,
    pub(super) merchant: MerchantId,
    pub(super) shop: ShopId,
    pub(super) time_zone: String,
    pub(super) created_at: Timestamp,
}

impl Settings {
    /// The program that these settings make.
    pub(super) fn program(self, made: Made) -> Program {
        Program {
            id: made.id,
            version: made.version,
            version_at: made.version_at,
            merchant: made.merchant,
            shop: made.shop,
            time_zone: made.time_zone,
            created_at: made.created_at,
            name: self.name,
            destination: self.destination,
            window_days: self.window_days,
            hold_days: self.hold_days,
            hold_from: self.hold_from,
            state: self.state,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            qualify: self.qualify,
            rewards: self.rewards,
            stacking: self.stacking,
            budget: self.budget,
            clawback: self.clawback,
            review: self.review,
            mails: self.mails,
            codes_on_subscriptions: self.codes_on_subscriptions,
        }
    }
}

/// Reads a body. `shop`: the program's, if that could be told.
pub(super) fn read(body: &Map<String, Value>, shop: Option<&Shop>) -> (Settings, Wanted, Faults) {
    let faults = RefCell::default();
    let mut noted = Noted::of(shop.map(|shop| shop.platform));
    let settings = settings(&Fields::of(body, SETTINGS, &faults), shop, &mut noted);
    let wanted = noted.wanted;
    (settings, wanted, faults.into_inner())
}

fn settings<'a>(body: &Fields<'a>, shop: Option<&Shop>, noted: &mut Noted<'a>) -> Settings {
    let name = body.required("name").and_then(|name| name.line(100)).unwrap_or_default();
    if let Some(field) = body.required("shop")
        && let Some(named) = field.parse::<ShopId>()
    {
        let same = shop.is_none_or(|shop| shop.id == named);
        field.unless(same, "can't be changed: make another program for another shop");
    }
    let destination = body.required("destination").and_then(|field| destination(&field, shop)).unwrap_or_default();
    let days = |name, least, default| body.get(name).and_then(|days| days.whole(least..=365)).unwrap_or(default);
    let (window_days, hold_days) = (days("window_days", 1, DEFAULT_WINDOW), days("hold_days", 0, DEFAULT_HOLD));
    let hold_from = body.get("hold_from").and_then(|from| from.choice(&HOLDS_FROM)).unwrap_or_default();
    let states = [("active", ProgramState::Active), ("paused", ProgramState::Paused)];
    let state = body.get("state").and_then(|state| state.choice(&states)).unwrap_or(ProgramState::Active);
    let time = |name| body.get(name).and_then(|at| at.parse_as("must be a time such as \"2026-11-21T10:00:00Z\""));
    let (starts_at, ends_at): (Option<Timestamp>, Option<Timestamp>) = (time("starts_at"), time("ends_at"));
    let in_order = starts_at.is_none_or(|start| ends_at.is_none_or(|end| start < end));
    body.unless(in_order, "ends_at", "must be after starts_at");

    let qualify = body.get("qualify").map_or_else(Qualify::default, |field| qualify(&field, noted));
    let rewards = body.required("rewards").map_or_else(Rewards::default, |field| rewards(&field, noted));
    let stackings =
        [("combinable", Stacking::Combinable), ("exclusive", Stacking::Exclusive), ("best_of", Stacking::BestOf)];
    let stacking = body.get("stacking").and_then(|stacking| stacking.choice(&stackings)).unwrap_or_default();
    let budget = body.get("budget").and_then(|field| budget(&field, noted));
    let clawback = body.get("clawback").and_then(|field| clawback(&field, noted)).unwrap_or(Clawback::Offset);
    let review = body.get("review").map_or_else(Review::default, |field| review(&field));
    let mails = body.get("mails").map_or_else(Mails::default, |field| mails(&field));
    let codes_on_subscriptions = body.get("codes_on_subscriptions").and_then(|field| field.flag()).unwrap_or(true);
    noted.check_currency();
    Settings {
        name: name.trim().to_owned(),
        destination,
        window_days,
        hold_days,
        hold_from,
        state,
        starts_at,
        ends_at,
        qualify,
        rewards,
        stacking,
        budget,
        clawback,
        review,
        mails,
        codes_on_subscriptions,
    }
}

/// Shoppers are only ever sent to the shop's own hosts.
fn destination(field: &Field<'_>, shop: Option<&Shop>) -> Option<String> {
    let text = field.text()?;
    match Storefront::new(&shop?.site, &shop?.domain).destination(text) {
        Ok(destination) => Some(destination),
        Err(refused) => {
            field.unless(false, refused.to_string());
            None
        }
    }
}

fn rewards<'a>(field: &Field<'a>, noted: &mut Noted<'a>) -> Rewards {
    let Some(fields) = field.fields(&["friend", "advocate"]) else { return Rewards::default() };
    let mut side = |side: Side| match fields.get(side.as_str()) {
        None => Some(Vec::new()),
        Some(list) => Some(list.list(MAX_RULES)?.iter().map(|field| rule(field, side, noted)).collect()),
    };
    let (friend, advocate): (Option<Vec<_>>, Option<Vec<_>>) = (side(Side::Friend), side(Side::Advocate));
    let is_empty = |rules: &Option<Vec<Option<RewardRule>>>| rules.as_ref().is_some_and(Vec::is_empty);
    field.unless(!(is_empty(&friend) && is_empty(&advocate)), "must reward at least one side");
    let read = |rules: Option<Vec<Option<RewardRule>>>| rules.into_iter().flatten().flatten().collect();
    Rewards { friend: read(friend), advocate: read(advocate) }
}
