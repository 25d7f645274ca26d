//! `POST /v1/links`. An advocate has one link in a program, however often and at however many places at once it is asked
//! for: whoever comes second finds what the first has made. The conditions of the writes decide who that is; nothing is
//! first checked and then written.

use std::time::Duration;

use serde_json::Value;
use shared::App;
use shared::app::random;
use shared::domain::channel::Channel;
use shared::domain::code::Code;
use shared::domain::id::MerchantId;
use shared::domain::person::{CustomerAccount, CustomerId};
use shared::enrol::{Enrolled, Enrolment};
use shared::http::{Answer, ApiError, Call, Fault, commit, save};
use shared::store::{Claim, Link, StoreError, Writes};

use crate::asked::NewLink;
use crate::{may_lead_to, view};

/// Tries until "busy" is the answer. A try that fails means that another request got something done.
const TRIES: u32 = 8;

/// Makes the link, or finds it.
pub(crate) async fn create(
    app: &App,
    call: &Call,
    merchant: MerchantId,
    claim: Option<Claim>,
) -> Result<Answer, ApiError> {
    let asked: NewLink = call.json()?;
    if let Some(code) = asked.code.as_ref().filter(|code| code.is_junk()) {
        let detail = "must not look like a drawn code with a typing error: choose another length, or use a vowel";
        return Err(ApiError::invalid(vec![Fault::new("/code", detail).with(&code.as_str().into())]));
    }
    if asked.existed_since.is_some_and(|since| asked.code.is_none() || since > app.now()) {
        let detail = "must not be in the future, and only goes with a code that is brought in";
        return Err(ApiError::invalid(vec![Fault::new("/existed_since", detail)]));
    }
    let program = app.store.program(merchant, asked.program).await?.ok_or_else(|| ApiError::not_found("program"))?;
    if let Some(destination) = &asked.destination {
        may_lead_to(app, program.shop, destination).await?;
    }
    let shop = if Enrolment::needs_shop(&program) { app.store.shop(program.shop).await? } else { None };
    let keys = &app.config.keys;
    let shop_of_program = program.shop;
    let account = |id: &CustomerId| keys.person_by_customer_id(merchant, &shop_of_program.to_string(), id.expose());
    let customer_id = asked.advocate.customer_id.clone();
    let enrolment = Enrolment {
        merchant,
        shop,
        person: keys.person_by_email(merchant, &asked.advocate.email),
        contact: asked.advocate.contact(),
        customer: customer_id.as_ref().map(account),
        known_as: customer_id.map(|id| CustomerAccount { shop: shop_of_program, id }),
        marks: keys.fingerprints(merchant, &asked.advocate.told()).into_iter().collect(),
        tier: asked.advocate.loyalty_tier.clone().map(String::from),
        code: asked.code,
        destination: asked.destination,
        existed_since: asked.existed_since,
        program,
    };
    let wish = Wish { enrolment, channel: asked.channel, claim, public_url: call.public_url(app) };
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
    enrolment: Enrolment,
    /// A channel of the merchant's own that the answer shall have an address for.
    channel: Option<Channel>,
    claim: Option<Claim>,
    public_url: String,
}

impl Wish {
    fn body(&self, link: &Link) -> Value {
        view::link_with(link, self.channel.as_ref(), &self.public_url)
    }
}

/// One try. `None`: somebody else was first with something, so look again.
async fn attempt(app: &App, wish: &Wish) -> Result<Option<Answer>, ApiError> {
    let mut writes = Writes::default();
    let (link, code_at) = match wish.enrolment.prepare(app, &mut writes).await? {
        Enrolled::Found(link) => {
            return save(app, wish.claim.as_ref(), &Answer::ok(wish.body(&link))).await.map(Some);
        }
        Enrolled::New { link, code_at } => (link, code_at),
    };
    match commit(app, wish.claim.as_ref(), writes, Answer::created(wish.body(&link))).await? {
        Ok(answer) => Ok(Some(answer)),
        // A drawn code that is in use is drawn again. One that was asked for is taken, unless what has it is this very
        // link: made by another request just now, or by a try of ours whose answer was lost.
        Err(StoreError::Condition(failed)) if failed.contains(&code_at) && wish.enrolment.code.is_some() => {
            let made = wish.enrolment.found(app).await?.is_some();
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
