//! Programs: `/v1/programs`. A change makes a new version; versions are never changed, so that every decision can be
//! explained by the rules it was made under.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use shared::App;
use shared::domain::id::{MerchantId, ProgramId, ShopId};
use shared::domain::program::{Fulfilment, Program, ProgramState, Qualify, RewardRule, Rewards, Side};
use shared::domain::storefront::Storefront;
use shared::http::{Answer, ApiError, Begun, Call, Faults, Patch, begin, commit};
use shared::store::{Shop, Writes};

use crate::shops;
use crate::validate::name;

/// More rules than a side sensibly has; rewards are numbered in one byte.
const MAX_RULES: usize = 10;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProgramBody {
    name: String,
    shop: ShopId,
    destination: String,
    #[serde(default = "default_window")]
    window_days: u32,
    #[serde(default = "default_hold")]
    hold_days: u32,
    #[serde(default = "active")]
    state: ProgramState,
    starts_at: Option<Timestamp>,
    ends_at: Option<Timestamp>,
    #[serde(default)]
    qualify: Qualify,
    rewards: Rewards,
}

/// What most shops use.
const fn default_window() -> u32 {
    30
}

/// Two weeks to send something back, as the law gives in Europe.
const fn default_hold() -> u32 {
    14
}

const fn active() -> ProgramState {
    ProgramState::Active
}

/// A change; what is left out stays. `null` is a value only where it makes sense.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProgramPatch {
    name: Option<String>,
    destination: Option<String>,
    window_days: Option<u32>,
    hold_days: Option<u32>,
    state: Option<ProgramState>,
    #[serde(default)]
    starts_at: Patch<Timestamp>,
    #[serde(default)]
    ends_at: Patch<Timestamp>,
    qualify: Option<Qualify>,
    rewards: Option<Rewards>,
}

/// `POST /v1/programs`.
pub(crate) async fn create(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let claim = match begin(app, call, &merchant.to_string()).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(claim) => claim,
    };
    let body: ProgramBody = call.json()?;
    let shop = shops::own(app, merchant, &body.shop.to_string()).await?;
    let now = app.now();
    let program = Program {
        id: ProgramId::new(app.ulid()),
        version: 1,
        version_at: now,
        merchant,
        shop: body.shop,
        name: body.name.trim().to_owned(),
        destination: body.destination,
        window_days: body.window_days,
        hold_days: body.hold_days,
        state: body.state,
        starts_at: body.starts_at,
        ends_at: body.ends_at,
        qualify: body.qualify,
        rewards: body.rewards,
        created_at: now,
    };
    check(&program, &shop)?;
    let mut writes = Writes::default();
    app.store.put_program(&mut writes, &program)?;
    let answer = Answer::created(view(&program));
    Ok(commit(app, claim.as_ref(), writes, answer).await??)
}

/// `PATCH /v1/programs/{id}`.
pub(crate) async fn change(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let body: ProgramPatch = call.json()?;
    let current = own(app, merchant, &call.path("id")).await?;
    let shop = shops::own(app, merchant, &current.shop.to_string()).await?;
    let program = Program {
        version: current.version + 1,
        version_at: app.now(),
        name: body.name.map_or(current.name, |name| name.trim().to_owned()),
        destination: body.destination.unwrap_or(current.destination),
        window_days: body.window_days.unwrap_or(current.window_days),
        hold_days: body.hold_days.unwrap_or(current.hold_days),
        state: body.state.unwrap_or(current.state),
        starts_at: body.starts_at.applied_to(current.starts_at.as_ref()),
        ends_at: body.ends_at.applied_to(current.ends_at.as_ref()),
        qualify: body.qualify.unwrap_or(current.qualify),
        rewards: body.rewards.unwrap_or(current.rewards),
        ..current
    };
    check(&program, &shop)?;
    let mut writes = Writes::default();
    app.store.put_program(&mut writes, &program)?;
    match app.store.transact(writes).await {
        Ok(()) => Ok(Answer::ok(view(&program))),
        Err(failure) if failure.is_condition() => {
            Err(ApiError::conflict("version_conflict", "the program was changed at the same time; read it again"))
        }
        Err(failure) => Err(failure.into()),
    }
}

/// `GET /v1/programs/{id}`.
pub(crate) async fn get(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    Ok(Answer::ok(view(&own(app, merchant, &call.path("id")).await?)))
}

/// `GET /v1/programs`. All of them: a merchant has a handful.
pub(crate) async fn list(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let programs = app.store.programs(merchant).await?;
    let data: Vec<_> = programs.iter().map(view).collect();
    Ok(Answer::ok(json!({"data": data, "next": null})))
}

async fn own(app: &App, merchant: MerchantId, id: &str) -> Result<Program, ApiError> {
    let missing = || ApiError::not_found("program");
    let id: ProgramId = id.parse().map_err(|_| missing())?;
    app.store.program(merchant, id).await?.ok_or_else(missing)
}

fn check(program: &Program, shop: &Shop) -> Result<(), ApiError> {
    let mut faults = Faults::default();
    name(&mut faults, "/name", &program.name);
    if let Err(refused) = Storefront::new(&shop.site, &shop.domain).destination(&program.destination) {
        faults.unless(false, "/destination", refused.to_string());
    }
    faults.unless((1..=365).contains(&program.window_days), "/window_days", "must be 1 to 365 days");
    faults.unless(program.hold_days <= 365, "/hold_days", "must be 0 to 365 days");
    let in_order = program.starts_at.is_none_or(|start| program.ends_at.is_none_or(|end| start < end));
    faults.unless(in_order, "/ends_at", "must be after starts_at");
    let minimum_fits = program.qualify.minimum_order.is_none_or(|least| least.minor() > 0);
    faults.unless(minimum_fits, "/qualify/minimum_order", "must be more than 0, or null for no minimum");
    let count = program.rewards.advocate.len() + program.rewards.friend.len();
    faults.unless(count > 0, "/rewards", "must reward at least one side");
    for side in Side::BOTH {
        let rules = program.rewards.of(side);
        let pointer = format!("/rewards/{}", side.as_str());
        faults.unless(rules.len() <= MAX_RULES, pointer.clone(), format!("must be at most {MAX_RULES} rules"));
        for (index, rule) in rules.iter().enumerate() {
            check_rule(&mut faults, &format!("{pointer}/{index}"), side, rule);
        }
    }
    check_currency(&mut faults, program);
    faults.finish()
}

fn check_rule(faults: &mut Faults, pointer: &str, side: Side, rule: &RewardRule) {
    match rule {
        RewardRule::Fixed { value, .. } => {
            faults.unless(value.minor() > 0, format!("{pointer}/value"), "must be more than 0");
        }
        RewardRule::Percent { floor, ceiling, .. } => {
            for (name, limit) in rule.limits() {
                faults.unless(
                    limit.minor() > 0,
                    format!("{pointer}/{name}"),
                    "must be more than 0, or null for no limit",
                );
            }
            let in_order = floor.is_none_or(|floor| ceiling.is_none_or(|ceiling| floor.minor() <= ceiling.minor()));
            faults.unless(in_order, format!("{pointer}/ceiling"), "must not be less than the floor");
        }
    }
    let usable = side == Side::Friend || rule.fulfilment() != Fulfilment::CodeAtCheckout;
    faults.unless(usable, format!("{pointer}/fulfilment"), "must be \"manual\": the code at checkout is the friend's");
}

/// Orders are compared with the limits, so the limits must be in one currency.
fn check_currency(faults: &mut Faults, program: &Program) {
    let Some(currency) = program.limit_currency() else { return };
    for side in Side::BOTH {
        for (index, rule) in program.rewards.of(side).iter().enumerate() {
            for (name, limit) in rule.limits() {
                let pointer = format!("/rewards/{}/{index}/{name}", side.as_str());
                faults.unless(
                    limit.currency() == currency,
                    pointer,
                    format!("must be in {currency} like the program's other limits"),
                );
            }
        }
    }
}

fn view(program: &Program) -> Value {
    json!({
        "id": program.id,
        "version": program.version,
        "version_at": program.version_at,
        "name": program.name,
        "shop": program.shop,
        "destination": program.destination,
        "window_days": program.window_days,
        "hold_days": program.hold_days,
        "state": program.state,
        "starts_at": program.starts_at,
        "ends_at": program.ends_at,
        "qualify": program.qualify,
        "rewards": program.rewards,
        "created_at": program.created_at,
    })
}
