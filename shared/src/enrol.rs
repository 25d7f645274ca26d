//! Makes a customer an advocate with a link in a program, or finds the one there is. Whoever asks second, by the API or by
//! an invitation, finds what the first has made: the conditions of the writes decide who that is.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::App;
use crate::crypto::random;
use crate::domain::code::Code;
use crate::domain::id::{AdvocateId, MerchantId};
use crate::domain::person::{Contact, CustomerAccount, Fingerprint, Mark, PersonKey};
use crate::domain::program::Program;
use crate::settle::note_account;
use crate::store::{Account, Advocate, Link, LinkCode, LinkState, PersonRow, Shop, StoreError, Writes};

/// Who is to have a link, and which.
pub struct Enrolment {
    pub merchant: MerchantId,
    pub program: Program,
    /// The program's, where its platform may need the link's code.
    pub shop: Option<Shop>,
    pub person: PersonKey,
    pub contact: Contact,
    /// The customer account on the platform, if it was told.
    pub customer: Option<PersonKey>,
    /// The same account as whoever gives something to it names it.
    pub known_as: Option<CustomerAccount>,
    pub marks: BTreeMap<Mark, Fingerprint>,
    pub tier: Option<String>,
    /// The code that was asked for; `None`: one is drawn.
    pub code: Option<Code>,
    /// Where the link leads, if not where the program says.
    pub destination: Option<String>,
    /// Since when the code has existed elsewhere, if it is brought in.
    pub existed_since: Option<Timestamp>,
}

/// What a look found, and what is to be written.
pub enum Enrolled {
    /// The link is there.
    Found(Box<Link>),
    /// The link is new once the writes are done. `code_at`: the position of the write that fails when the code is taken.
    New { link: Box<Link>, code_at: usize },
}

impl Enrolment {
    /// Whether the platform may need the link's code, so that the shop has to be known.
    pub fn needs_shop(program: &Program) -> bool {
        program.friend_code().is_some()
    }

    /// Adds what has to be written, if anything has.
    pub async fn prepare(&self, app: &App, writes: &mut Writes) -> Result<Enrolled, StoreError> {
        let advocate = match self.standing(app).await? {
            Standing::Linked(link) => return Ok(Enrolled::Found(link)),
            Standing::Advocate(advocate) => {
                app.store.unless_erased(writes, advocate)?;
                advocate
            }
            Standing::Nobody { before } => self.add_advocate(app, before, writes)?,
        };
        let link = self.link(app, advocate);
        let code_at = app.store.put_link(writes, &link)?;
        if link.platform_code.is_some() {
            app.store.put_code_message(writes, &link, app.now())?;
        }
        Ok(Enrolled::New { link: Box::new(link), code_at })
    }

    /// The link that this customer has in the program, if there is one.
    pub async fn found(&self, app: &App) -> Result<Option<Box<Link>>, StoreError> {
        Ok(match self.standing(app).await? {
            Standing::Linked(link) => Some(link),
            Standing::Advocate(_) | Standing::Nobody { .. } => None,
        })
    }

    /// Notes the account that was told of somebody who is an advocate already. A new one's is written with the advocate.
    async fn note_account(&self, app: &App, person: &PersonRow, since: Timestamp) -> Result<(), StoreError> {
        if let Some(account) = &self.customer {
            note_account(app, self.merchant, (&self.person, person), account).await?;
        }
        match person.news_of(self.known_as.clone()) {
            Some(account) => app.store.note_known_as(self.merchant, &self.person, &account, since).await,
            None => Ok(()),
        }
    }

    async fn standing(&self, app: &App) -> Result<Standing, StoreError> {
        let person = app.store.person(self.merchant, &self.person).await?.unwrap_or_default();
        let Some(advocate) = person.advocate else {
            return Ok(Standing::Nobody { before: None });
        };
        let known = app.store.advocate(advocate).await?;
        if known.as_ref().is_some_and(|known| known.erased_at.is_some()) {
            return Ok(Standing::Nobody { before: Some(advocate) });
        }
        let since = known.map_or(Timestamp::UNIX_EPOCH, |known| known.created_at);
        self.note_account(app, &person, since).await?;
        let Some(found) = app.store.advocate_link(advocate, self.program.id).await? else {
            return Ok(Standing::Advocate(advocate));
        };
        let link = app.store.link(&found.code).await?;
        let missing = || StoreError::Refused(format!("{advocate} has a link {} that is missing", found.code));
        Ok(Standing::Linked(Box::new(link.ok_or_else(missing)?)))
    }

    fn add_advocate(
        &self,
        app: &App,
        before: Option<AdvocateId>,
        writes: &mut Writes,
    ) -> Result<AdvocateId, StoreError> {
        let advocate = Advocate {
            id: AdvocateId::new(app.ulid()),
            merchant: self.merchant,
            person: self.person.clone(),
            customer: self.customer.clone(),
            marks: self.marks.clone(),
            tier: self.tier.clone(),
            account: Account::default(),
            erased_at: None,
            before,
            created_at: app.now(),
        };
        app.store.put_advocate(writes, &advocate, (&self.contact, self.known_as.as_ref()))?;
        Ok(advocate.id)
    }

    fn link(&self, app: &App, advocate: AdvocateId) -> Link {
        let mut link = Link {
            code: self.code.clone().unwrap_or_else(|| Code::generated(u128::from_be_bytes(random()))),
            merchant: self.merchant,
            program: self.program.id,
            shop: self.program.shop,
            advocate,
            destination: self.destination.clone(),
            state: LinkState::Active,
            disabled_at: None,
            erased_at: None,
            expires_at: None,
            platform_code: None,
            existed_since: self.existed_since,
            created_at: app.now(),
            version: 1,
        };
        let wants = |shop: &Shop| link.wants_code(shop, &self.program, app.now());
        link.platform_code = self.shop.as_ref().is_some_and(wants).then_some(LinkCode::PENDING);
        link
    }
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
