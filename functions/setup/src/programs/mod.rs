//! Programs: `/v1/programs`. A change makes a new version; versions are never changed, so that every decision can be
//! explained by the rules it was made under.

mod amounts;
mod costs;
mod limits;
mod mails;
mod noted;
mod read;
mod rule;
mod values;
mod view;
mod warn;
mod when;
mod worth;

use serde_json::{Map, Value, json};
use shared::App;
use shared::domain::id::{MerchantId, ProgramId, ShopId};
use shared::domain::program::{Invite, Program};
use shared::http::{Answer, ApiError, Call, Faults, commit, own_shop, save};
use shared::settle::budget_standing;
use shared::store::{Claim, Message, OutboxRow, Shop, Writes};

use self::noted::Wanted;
use self::read::{Made, Settings, read};
use self::warn::warnings;

/// More entries than a list sensibly has; a version must fit into one item.
const MAX_ENTRIES: usize = 100;

/// `POST /v1/programs`.
pub(crate) async fn create(
    app: &App,
    call: &Call,
    merchant: MerchantId,
    claim: Option<Claim>,
) -> Result<Answer, ApiError> {
    let (body, told) = call.act_object()?;
    let (program, shop) = new(app, merchant, &body).await?;
    let mut writes = Writes::default();
    app.store.put_program(&mut writes, &program)?;
    told.record(app, &mut writes, merchant, ("create_program", &program.id.to_string()))?;
    note_invites(app, &mut writes, &shop, &program)?;
    let answer = Answer::created(view::saved(&program, &warnings(&program, &shop)));
    let answer = commit(app, claim.as_ref(), writes, answer).await?.map_err(|failure| match failure {
        failure if failure.is_condition() => {
            ApiError::conflict("version_conflict", "the shop was changed at the same time; try again")
        }
        failure => failure.into(),
    })?;
    // Without it the first visitors of a sandbox wait for one more round trip, and that is all.
    if let Err(failure) = app.store.put_newest_program(&program).await {
        tracing::warn!(error = %failure, program = %program.id, "redirects don't know the newest program");
    }
    Ok(answer)
}

/// Has the shop know whether the program asks its buyers.
fn note_invites(app: &App, writes: &mut Writes, shop: &Shop, program: &Program) -> Result<(), ApiError> {
    let timing = program.mails.invite.as_ref().and_then(Invite::timing);
    if shop.invites.get(&program.id) == timing.as_ref() {
        return Ok(());
    }
    let mut shop = Shop { version: shop.version + 1, ..shop.clone() };
    match timing {
        Some(timing) => shop.invites.insert(program.id, timing),
        None => shop.invites.remove(&program.id),
    };
    Ok(app.store.put_shop_version(writes, &shop)?)
}

/// `POST /v1/programs/validate`: all of the above but saving.
pub(crate) async fn validate(
    app: &App,
    call: &Call,
    merchant: MerchantId,
    claim: Option<Claim>,
) -> Result<Answer, ApiError> {
    let (program, shop) = new(app, merchant, &call.object()?).await?;
    let warnings = view::warnings(&warnings(&program, &shop));
    save(app, claim.as_ref(), &Answer::ok(json!({"valid": true, "warnings": warnings}))).await
}

/// The program that a body asks for, and its shop.
async fn new(app: &App, merchant: MerchantId, body: &Map<String, Value>) -> Result<(Program, Shop), ApiError> {
    let named = body.get("shop").and_then(Value::as_str).filter(|id| id.parse::<ShopId>().is_ok());
    let shop = match named {
        Some(id) => Some(own_shop(app, merchant, id).await?),
        None => None,
    };
    let settings = checked(app, merchant, body, shop.as_ref()).await?;
    let shop = shop.ok_or_else(|| ApiError::not_found("shop"))?;
    let time_zone = time_zone(app, merchant).await?;
    let (id, now) = (ProgramId::new(app.ulid()), app.now());
    let made = Made { id, version: 1, version_at: now, merchant, shop: shop.id, time_zone, created_at: now };
    Ok((settings.program(made), shop))
}

/// `PATCH /v1/programs/{id}`. What is left out stays; `null` is as if it had been left out at the beginning.
pub(crate) async fn change(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let (changes, told) = call.act_object()?;
    let current = own(app, merchant, &call.path("id")).await?;
    let shop = own_shop(app, merchant, &current.shop.to_string()).await?;
    let mut body = view::settings(&current);
    body.extend(changes);
    let settings = checked(app, merchant, &body, Some(&shop)).await?;
    let made = Made {
        id: current.id,
        version: current.version + 1,
        version_at: app.now(),
        merchant,
        shop: shop.id,
        time_zone: time_zone(app, merchant).await?,
        created_at: current.created_at,
    };
    let program = settings.program(made);
    let mut writes = Writes::default();
    app.store.put_program(&mut writes, &program)?;
    told.record_change(app, &mut writes, merchant, ("change_program", &program.id.to_string()))?;
    note_invites(app, &mut writes, &shop, &program)?;
    if follows(&current, &program, &shop) {
        let message = Message::Discount { shop: shop.id, program: program.id };
        let id = Message::discount_id(program.id, program.version);
        app.store.put_outbox(&mut writes, &OutboxRow::queued(id, merchant, message, app.now()))?;
    }
    match app.store.transact(writes).await {
        Ok(()) => Ok(Answer::ok(view::saved(&program, &warnings(&program, &shop)))),
        Err(failure) if failure.is_condition() => Err(ApiError::conflict(
            "version_conflict",
            "the program or its shop was changed at the same time; read it again",
        )),
        Err(failure) => Err(failure.into()),
    }
}

/// Whether the discount at the shop's checkout has to follow the change.
fn follows(before: &Program, after: &Program, shop: &Shop) -> bool {
    shop.platform.makes_codes() && shop.access.is_some() && !before.has_same_code(after)
}

/// What a body says, if nothing is wrong with it.
async fn checked(
    app: &App,
    merchant: MerchantId,
    body: &Map<String, Value>,
    shop: Option<&Shop>,
) -> Result<Settings, ApiError> {
    let (settings, wanted, mut faults) = read(body, shop);
    look_up(app, merchant, wanted, &mut faults).await?;
    faults.finish()?;
    Ok(settings)
}

/// Pools and endpoints must be this merchant's own.
async fn look_up(app: &App, merchant: MerchantId, wanted: Wanted, faults: &mut Faults) -> Result<(), ApiError> {
    for (pool, fault) in wanted.pools {
        if app.store.pool(merchant, pool).await?.is_none() {
            faults.push(fault);
        }
    }
    for (endpoint, fault) in wanted.endpoints {
        if app.store.endpoint(merchant, endpoint).await?.is_none() {
            faults.push(fault);
        }
    }
    Ok(())
}

/// The clock that seasons, days and months of this version go by.
async fn time_zone(app: &App, merchant: MerchantId) -> Result<String, ApiError> {
    let profile = app.store.merchant(merchant).await?.ok_or_else(|| ApiError::not_found("merchant"))?;
    Ok(profile.time_zone)
}

/// `GET /v1/programs/{id}`.
pub(crate) async fn get(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let program = own(app, merchant, &call.path("id")).await?;
    let mut body = view::program(&program);
    // Of this moment, so not among what can be set.
    if let (Some(budget), Some((period, spent, paused))) =
        (&program.budget, budget_standing(app, &program, app.now()).await?)
    {
        let left = (budget.value.minor() - spent).max(0);
        body["budget_standing"] = json!({
            "period": period,
            "spent": budget.value.with_minor(spent),
            "left": budget.value.with_minor(left),
            "paused": paused,
        });
    }
    Ok(Answer::ok(body))
}

/// `GET /v1/programs`. All of them: a merchant has a handful.
pub(crate) async fn list(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let programs = app.store.programs(merchant).await?;
    let data: Vec<_> = programs.iter().map(view::program).collect();
    Ok(Answer::ok(json!({"data": data, "next": null})))
}

pub(crate) async fn own(app: &App, merchant: MerchantId, id: &str) -> Result<Program, ApiError> {
    let missing = || ApiError::not_found("program");
    let id: ProgramId = id.parse().map_err(|_| missing())?;
    app.store.program(merchant, id).await?.ok_or_else(missing)
}
