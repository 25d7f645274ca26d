//! Asks customers to refer when their moment has come: reads what is known, has the domain decide, and writes what follows
//! in one transaction. The mail itself is the outbox's business.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::App;
use crate::domain::customer::{Bought, Customer};
use crate::domain::id::OutboxId;
use crate::domain::invite::{Progress, Reason, Standing, Verdict, judge, next_after};
use crate::domain::mail::MailKind;
use crate::domain::person::Contact;
use crate::domain::program::Program;
use crate::enrol::{Enrolled, Enrolment};
use crate::store::{
    About, AskCause, AskRow, AskState, Link, Message, OutboxRow, PersonRow, Recipient, StoreError, Writes,
};

/// How often a lost race is run again.
const TRIES: u32 = 8;
/// How many of a customer's orders are looked at.
const LOOKED_AT: i32 = 100;

/// Sees to a customer whose time has come. `false`: there was nothing to do.
pub async fn run(app: &App, pk: &str) -> Result<bool, StoreError> {
    for _ in 0..TRIES {
        let Some(row) = app.store.ask_at(pk).await? else { return Ok(false) };
        let open = matches!(row.state, AskState::Waiting | AskState::Asked) && row.due_at <= app.now();
        if !open {
            return Ok(false);
        }
        // Boxed: the futures are large.
        if Box::pin(once(app, row)).await? {
            return Ok(true);
        }
    }
    Err(StoreError::Busy("others were first each time".to_owned()))
}

/// One try. `false`: somebody else was first with something.
async fn once(app: &App, row: AskRow) -> Result<bool, StoreError> {
    let now = app.now();
    let (program, person, merchant) = tokio::try_join!(
        app.store.program(row.merchant, row.program),
        app.store.person(row.merchant, &row.person),
        app.store.merchant(row.merchant),
    )?;
    let (Some(program), Some(merchant)) = (program, merchant) else {
        return app.store.put_ask(&ended(row, AskState::Declined, Reason::ProgramNotActive)).await;
    };
    let person = person.unwrap_or_default();
    let standing = Box::pin(standing(app, &row, &person)).await?;
    let wall = standing.told.time_zone.as_deref().unwrap_or(&merchant.time_zone);
    let zone = TimeZone::get(wall).unwrap_or(TimeZone::UTC);
    match judge(&program, &standing, Progress { asked: row.asked }, &zone, now) {
        Verdict::Decline(reason) => app.store.put_ask(&ended(row, AskState::Declined, reason)).await,
        Verdict::Stop(reason) => app.store.put_ask(&ended(row, AskState::Done, reason)).await,
        Verdict::Wait(until, reason) => {
            let waiting = AskRow { reason: Some(reason), due_at: until, version: row.version + 1, ..row };
            app.store.put_ask(&waiting).await
        }
        Verdict::Ask => match reach(&person) {
            Some(contact) => Box::pin(ask(app, row, &program, &person, contact.clone(), now)).await,
            None => app.store.put_ask(&ended(row, AskState::Declined, Reason::NoAddress)).await,
        },
    }
}

fn ended(row: AskRow, state: AskState, reason: Reason) -> AskRow {
    AskRow { state, reason: Some(reason), version: row.version + 1, ..row }
}

/// How to write to a customer: as an advocate, as a buyer, or as the merchant said.
pub fn reach(person: &PersonRow) -> Option<&Contact> {
    let buyer = person.buyer.as_ref().map(|buyer| &buyer.contact);
    let told = person.customer.as_ref().and_then(|customer| customer.contact.as_ref());
    person.contact.as_ref().or(buyer).or(told)
}

/// What is known of the customer.
async fn standing(app: &App, row: &AskRow, person: &PersonRow) -> Result<Standing, StoreError> {
    let told = person.customer.clone().unwrap_or_default();
    let (bought, order_gone) = bought(app, row, &told).await?;
    let has_referred = match person.advocate {
        Some(advocate) => !app.store.entries(row.merchant, advocate, None, 1).await?.0.is_empty(),
        None => false,
    };
    Ok(Standing {
        refused: refused(person).or_else(|| {
            let is_unmailable = reach(person).is_some_and(|contact| !contact.email.is_mailable());
            is_unmailable.then_some(Reason::Unmailable)
        }),
        has_address: reach(person).is_some(),
        told,
        bought,
        order_gone,
        has_referred,
        // Reminders have a rest of their own.
        asked_at: person.asked_at.filter(|at| row.asked == 0 || row.asked_at != Some(*at)),
    })
}

/// What the person, the mail system or an erasure says against being asked.
fn refused(person: &PersonRow) -> Option<Reason> {
    person.refuses(MailKind::Invite).map(|_| {
        if person.erased_at.is_some() {
            Reason::Erased
        } else if person.suppressed.is_some() {
            Reason::Suppressed
        } else {
            Reason::Unsubscribed
        }
    })
}

/// What the customer bought, and whether the order that was the cause is gone.
async fn bought(app: &App, row: &AskRow, told: &Customer) -> Result<(Bought, bool), StoreError> {
    let timeline = app.store.first_orders(row.merchant, &row.person, LOOKED_AT).await?;
    let orders: Vec<_> = timeline.iter().map(|entry| entry.order.clone()).collect();
    let rows = app.store.orders(&orders).await?;
    let mut bought = Bought::default();
    for entry in &timeline {
        match rows.iter().find(|row| row.order == entry.order) {
            Some(row) => bought.add(&row.facts),
            // From before the engine was there: that it was, is all that is known.
            None if entry.remembered => bought.remember(entry.placed_at),
            None => {}
        }
    }
    let gone = match &row.cause {
        AskCause::Order(order) => rows.iter().find(|row| row.order == *order).is_none_or(|row| {
            row.facts.is_cancelled() || !row.facts.is_purchase() || row.facts.net().is_none_or(|net| net.minor() <= 0)
        }),
        AskCause::Milestone(_) => false,
    };
    Ok((bought.or_told(told), gone))
}

/// Gives the customer a link, and puts the mail into the outbox.
async fn ask(
    app: &App,
    row: AskRow,
    program: &Program,
    person: &PersonRow,
    contact: Contact,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Some(link) = link(app, &row, program, person, contact).await? else { return Ok(false) };
    let (mails, asked) = (row.mails + 1, row.asked + 1);
    let mail = if row.asked == 0 { MailKind::Invite } else { MailKind::Reminder };
    let next = program.mails.invite.as_ref().and_then(|invite| next_after(invite, asked, now));
    let message = Message::Mail {
        mail,
        program: program.id,
        about: About::Link { code: link.code },
        recipient: Recipient { person: row.person.clone(), purchase: None },
    };
    let id = OutboxId::of_cause(&format!("{mail}#{}#{}#{mails}", program.id, row.person.as_str()));
    let outbox = OutboxRow::queued(id, row.merchant, message, now);
    let next = AskRow {
        state: if next.is_some() { AskState::Asked } else { AskState::Done },
        reason: next.is_none().then_some(Reason::AskedEnough),
        asked,
        asked_at: Some(now),
        mails,
        due_at: next.unwrap_or(now),
        version: row.version + 1,
        ..row
    };
    app.store.send_ask(&next, &outbox, now, person.asked_at).await
}

/// The customer's link in the program. `None`: somebody else was first with something.
async fn link(
    app: &App,
    row: &AskRow,
    program: &Program,
    person: &PersonRow,
    contact: Contact,
) -> Result<Option<Box<Link>>, StoreError> {
    let shop = if Enrolment::needs_shop(program) { app.store.shop(program.shop).await? } else { None };
    let enrolment = Enrolment {
        merchant: row.merchant,
        program: program.clone(),
        shop,
        person: row.person.clone(),
        contact,
        customer: None,
        known_as: None,
        marks: std::collections::BTreeMap::new(),
        tier: person.customer.as_ref().and_then(|customer| customer.tier.clone()),
        code: None,
        destination: None,
        existed_since: None,
    };
    let mut writes = Writes::default();
    match enrolment.prepare(app, &mut writes).await? {
        Enrolled::Found(link) => Ok(Some(link)),
        Enrolled::New { link, .. } => match app.store.transact(writes).await {
            Ok(()) => Ok(Some(link)),
            Err(failure) if failure.is_passing() => Ok(None),
            Err(failure) => Err(failure),
        },
    }
}
