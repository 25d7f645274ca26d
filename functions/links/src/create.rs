//! `POST /v1/links`. An advocate has one link in a program, however often and at however many places at once it is asked
//! for: whoever comes second finds what the first has made. The conditions of the writes decide who that is; nothing is
//! first checked and then written.

use std::time::Duration;

use shared::App;
use shared::app::random;
use shared::domain::code::Code;
use shared::domain::id::{AdvocateId, MerchantId};
use shared::domain::person::PersonKey;
use shared::domain::program::Program;
use shared::http::{Answer, ApiError, Begun, Call, Fault, begin, commit, save};
use shared::store::{Account, Advocate, Claim, Link, LinkCode, LinkState, Shop, StoreError, Writes};

use crate::asked::NewLink;
use crate::{may_lead_to, view};

/// Tries until "busy" is the answer. A try that fails means that another request got something done.
const TRIES: u32 = 8;

/// Makes the link, or finds it.
pub(crate) async fn create(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let merchant = call.merchant(app).await?;
    let claim = match begin(app, call, &merchant.to_string()).await? {
        Begun::Replayed(answer) => return Ok(answer),
        Begun::Fresh(claim) => claim,
    };
    let asked: NewLink = call.json()?;
    if let Some(code) = asked.code.as_ref().filter(|code| code.is_junk()) {
        let detail = "must not look like a drawn code with a typing error: choose another length, or use a vowel";
        return Err(ApiError::invalid(vec![Fault::new("/code", detail).with(&code.as_str().into())]));
    }
    let program = app.store.program(merchant, asked.program).await?.ok_or_else(|| ApiError::not_found("program"))?;
    if let Some(destination) = &asked.destination {
        may_lead_to(app, program.shop, destination).await?;
    }
    let shop = match program.friend_code() {
        Some(_) => app.store.shop(program.shop).await?,
        None => None,
    };
    let person = app.config.keys.person_by_email(merchant, &asked.advocate.email);
    let wish = Wish { merchant, program, shop, person, asked, claim, public_url: call.public_url(app) };
    let mut tries = 0;
    loop {
        match attempt(app, &wish).await {
            Err(error) if error.status() == 503 && tries < TRIES => pause(tries).await,
            Ok(None) if tries < TRIES => {}
            Ok(None) => return Err(ApiError::busy("the link could not be made: others were first each time")),
            Ok(Some(answer)) => return Ok(answer),
            Err(error) => return Err(error),
        }
        tries += 1;
    }
}

/// Two transactions that met must not meet again.
async fn pause(tries: u32) {
    let most = 20_u64 << tries.min(5);
    let jitter = u64::from(u16::from_be_bytes(random())) % most;
    tokio::time::sleep(Duration::from_millis(most / 2 + jitter)).await;
}

/// All that is known about what is asked for.
struct Wish {
    merchant: MerchantId,
    program: Program,
    /// Read where its platform may need the link's code.
    shop: Option<Shop>,
    person: PersonKey,
    asked: NewLink,
    claim: Option<Claim>,
    public_url: String,
}

impl Wish {
    fn body(&self, link: &Link) -> serde_json::Value {
        view::link_with(link, self.asked.channel.as_ref(), &self.public_url)
    }
}

/// One try. `None`: somebody else was first with something, so look again.
async fn attempt(app: &App, wish: &Wish) -> Result<Option<Answer>, ApiError> {
    let mut writes = Writes::default();
    let advocate = match standing(app, wish).await? {
        Standing::Linked(link) => {
            return save(app, wish.claim.as_ref(), &Answer::ok(wish.body(&link))).await.map(Some);
        }
        Standing::Advocate(advocate) => {
            app.store.unless_erased(&mut writes, advocate)?;
            advocate
        }
        Standing::Nobody { before } => add_advocate(app, wish, before, &mut writes)?,
    };
    let link = new_link(app, wish, advocate);
    let code_at = app.store.put_link(&mut writes, &link)?;
    if link.platform_code.is_some() {
        app.store.put_code_message(&mut writes, &link, app.now())?;
    }
    match commit(app, wish.claim.as_ref(), writes, Answer::created(wish.body(&link))).await? {
        Ok(answer) => Ok(Some(answer)),
        // A drawn code that is in use is drawn again. One that was asked for is taken, unless what has it is this very
        // link: made by another request just now, or by a try of ours whose answer was lost.
        Err(StoreError::Condition(failed)) if failed.contains(&code_at) && wish.asked.code.is_some() => {
            let made = matches!(standing(app, wish).await?, Standing::Linked(_));
            made.then_some(None).ok_or_else(|| code_taken(&link.code))
        }
        Err(_) => Ok(None),
    }
}

fn code_taken(code: &Code) -> ApiError {
    ApiError::conflict(
        "code_taken",
        format!("the code {code} belongs to another link; ask for another code, or for none and get one"),
    )
}

/// What there is of the advocate and the link.
enum Standing {
    Linked(Box<Link>),
    Advocate(AdvocateId),
    /// No advocate, or one who was erased: signing up anew is a new matter.
    Nobody {
        before: Option<AdvocateId>,
    },
}

async fn standing(app: &App, wish: &Wish) -> Result<Standing, ApiError> {
    let person = app.store.person(wish.merchant, &wish.person).await?;
    let Some(advocate) = person.and_then(|person| person.advocate) else {
        return Ok(Standing::Nobody { before: None });
    };
    let known = app.store.advocate(advocate).await?;
    if known.is_some_and(|known| known.erased_at.is_some()) {
        return Ok(Standing::Nobody { before: Some(advocate) });
    }
    let Some(found) = app.store.advocate_link(advocate, wish.program.id).await? else {
        return Ok(Standing::Advocate(advocate));
    };
    let link = app.store.link(&found.code).await?;
    let link =
        link.ok_or_else(|| ApiError::internal(format!("{advocate} has a link {} that is missing", found.code)))?;
    Ok(Standing::Linked(Box::new(link)))
}

fn add_advocate(
    app: &App,
    wish: &Wish,
    before: Option<AdvocateId>,
    writes: &mut Writes,
) -> Result<AdvocateId, ApiError> {
    let customer = wish.asked.advocate.customer_id.as_ref();
    let customer_key =
        |id: &str| app.config.keys.person_by_customer_id(wish.merchant, &wish.program.shop.to_string(), id);
    let advocate = Advocate {
        id: AdvocateId::new(app.ulid()),
        merchant: wish.merchant,
        person: wish.person.clone(),
        customer: customer.map(|id| customer_key(id.expose())),
        marks: app.config.keys.fingerprints(wish.merchant, &wish.asked.advocate.told()).into_iter().collect(),
        tier: wish.asked.advocate.loyalty_tier.clone().map(String::from),
        account: Account::default(),
        erased_at: None,
        before,
        created_at: app.now(),
    };
    app.store.put_advocate(writes, &advocate, &wish.asked.advocate.contact())?;
    Ok(advocate.id)
}

fn new_link(app: &App, wish: &Wish, advocate: AdvocateId) -> Link {
    let mut link = Link {
        code: wish.asked.code.clone().unwrap_or_else(|| Code::generated(u128::from_be_bytes(random()))),
        merchant: wish.merchant,
        program: wish.program.id,
        shop: wish.program.shop,
        advocate,
        destination: wish.asked.destination.clone(),
        state: LinkState::Active,
        disabled_at: None,
        erased_at: None,
        expires_at: None,
        platform_code: None,
        created_at: app.now(),
        version: 1,
    };
    let wants = |shop: &Shop| link.wants_code(shop, &wish.program, app.now());
    link.platform_code = wish.shop.as_ref().is_some_and(wants).then_some(LinkCode::PENDING);
    link
}
