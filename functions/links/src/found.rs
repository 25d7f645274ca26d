//! `GET /v1/links`, by what is asked: each filter leads to where the few links lie that it lets through.

use serde_json::json;
use shared::App;
use shared::app::has_time_left;
use shared::domain::code::Code;
use shared::domain::email::EmailAddress;
use shared::domain::id::{AdvocateId, MerchantId, ProgramId, ShopId};
use shared::http::{ApiError, Call, Faults, PageRequest};
use shared::store::key::Listed;
use shared::store::{Link, LinkState, Page, Stated, StoreError, link_state};

/// What is left to answer before the function would be stopped.
const RESERVE: std::time::Duration = std::time::Duration::from_secs(5);

/// What is asked of links.
struct Wanted {
    state: Option<LinkState>,
    program: Option<ProgramId>,
    shop: Option<ShopId>,
    advocate: Option<AdvocateId>,
    email: Option<EmailAddress>,
    code: Option<Code>,
}

impl Wanted {
    fn of(call: &Call) -> Result<Self, ApiError> {
        let mut faults = Faults::default();
        let wanted = Self {
            state: parameter(call, "state", "must be active or disabled", &mut faults),
            program: parameter(call, "program", "must be an id of the kind \"program\"", &mut faults),
            shop: parameter(call, "shop", "must be an id of the kind \"shop\"", &mut faults),
            advocate: parameter(call, "advocate", "must be an id of the kind \"advocate\"", &mut faults),
            email: parameter(call, "email", "must be an e-mail address", &mut faults),
            code: parameter(call, "code", "must be a link's code", &mut faults),
        };
        faults.finish().map(|()| wanted)
    }

    fn lets_through(&self, link: &Link) -> bool {
        self.state.is_none_or(|state| state == link.state)
            && self.program.is_none_or(|program| program == link.program)
            && self.shop.is_none_or(|shop| shop == link.shop)
            && self.advocate.is_none_or(|advocate| advocate == link.advocate)
            && self.code.as_ref().is_none_or(|code| *code == link.code)
    }
}

fn parameter<T: serde::de::DeserializeOwned>(call: &Call, name: &str, allowed: &str, faults: &mut Faults) -> Option<T> {
    let read = serde_json::from_value(json!(call.query(name)?)).ok();
    faults.unless(read.is_some(), name, allowed);
    read
}

/// The page that is asked for, newest first.
pub(crate) async fn page(app: &App, call: &Call, merchant: MerchantId) -> Result<Page<Link>, ApiError> {
    let asked = PageRequest::of(call)?;
    let wanted = Wanted::of(call)?;
    let keep = |link: &Link| link.merchant == merchant && wanted.lets_through(link);
    if wanted.code.is_some() || wanted.advocate.is_some() || wanted.email.is_some() {
        let mut links = few(app, merchant, &wanted).await?;
        links.retain(keep);
        links.sort_by(|one, other| (other.created_at, &other.code).cmp(&(one.created_at, &one.code)));
        return Ok(paged(links, &asked));
    }
    let by_state = wanted.state.is_some() || wanted.program.is_some() || wanted.shop.is_some();
    let goes_on = || has_time_left(call.deadline_ms(), RESERVE);
    if by_state && app.store.all_placed(Stated::Links, merchant, app.now(), goes_on).await? {
        let programs = app.store.programs(merchant).await?.into_iter().filter(|program| {
            wanted.program.is_none_or(|id| id == program.id) && wanted.shop.is_none_or(|id| id == program.shop)
        });
        let programs: Vec<_> = programs.map(|program| program.id).collect();
        let states = wanted.state.map_or_else(|| vec![LinkState::Active, LinkState::Disabled], |state| vec![state]);
        let states: Vec<_> = states.into_iter().map(|state| link_state(state).to_owned()).collect();
        let (after, limit) = asked.place();
        let mut page: Page<Link> = app.store.in_states(Stated::Links, &programs, &states, after, limit).await?;
        // The index may lag behind a change.
        page.rows.retain(keep);
        return Ok(page);
    }
    Ok(app.store.list_of(Listed::Links, merchant, asked.place(), app.now(), keep).await?)
}

/// The one link of a code, or those of an advocate: one per program.
async fn few(app: &App, merchant: MerchantId, wanted: &Wanted) -> Result<Vec<Link>, StoreError> {
    let mut advocate = wanted.advocate;
    if let Some(email) = &wanted.email {
        let person = app.store.person(merchant, &app.config.keys.person_by_email(merchant, email)).await?;
        match person.and_then(|person| person.advocate) {
            Some(known) if advocate.is_none_or(|asked| asked == known) => advocate = Some(known),
            _ => return Ok(Vec::new()),
        }
    }
    if let Some(code) = &wanted.code {
        let link = app.store.link(code).await?;
        return Ok(link.into_iter().filter(|link| advocate.is_none_or(|known| known == link.advocate)).collect());
    }
    let Some(advocate) = advocate else { return Ok(Vec::new()) };
    let mut links = Vec::new();
    for known in app.store.advocate_links(advocate).await? {
        links.extend(app.store.link(&known.code).await?);
    }
    Ok(links)
}

/// A page of what is all there; the position of a link is its code.
fn paged(links: Vec<Link>, asked: &PageRequest) -> Page<Link> {
    let start = match &asked.after {
        None => 0,
        Some(after) => links.iter().position(|link| link.code.as_str() == after).map_or(links.len(), |at| at + 1),
    };
    let more = links.len() > start + asked.limit;
    let rows: Vec<_> = links.into_iter().skip(start).take(asked.limit).collect();
    let next = rows.last().filter(|_| more).map(|link| link.code.as_str().to_owned());
    Page { rows, next }
}
