//! What a program's mails say: `/v1/programs/{id}/mails/{kind}`. A preview shows the merchant's real program and brand to
//! a reader who is plainly a sample; a merchant's own texts are tried on samples in every language before they are kept.

use lambda_http::{Body, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::App;
use shared::domain::mail::MailKind;
use shared::domain::person::Locale;
use shared::domain::program::Program;
use shared::domain::variant::{MAX_WEIGHT, STANDARD, Variant};
use shared::http::{Answer, ApiError, Call, Fault, Faults, mail_page};
use shared::mail::samples::Sample;
use shared::mail::{Block, Language, Letter, check, variables};
use shared::store::{Merchant, Writes};

use crate::endpoints::Nothing;
use crate::programs;
use crate::settings;

/// More than a test has the readers for.
const MAX_VARIANTS: usize = 10;

/// Whose mails, of which program, of which kind.
struct Place {
    merchant: Merchant,
    program: Program,
    kind: MailKind,
}

async fn place(app: &App, call: &Call) -> Result<Place, ApiError> {
    let merchant = settings::own(app, call).await?;
    let program = programs::own(app, merchant.id, &call.path("id")).await?;
    let kind = call.path("kind").parse().map_err(|_| ApiError::not_found("kind of mail"))?;
    Ok(Place { merchant, program, kind })
}

fn sample(app: &App, call: &Call, place: &Place) -> Result<Sample, ApiError> {
    let sample = Sample::of(&place.program, place.merchant.currency, &call.public_url(app), app.now());
    sample.ok_or_else(|| ApiError::internal("the sample code is none"))
}

/// `GET /v1/programs/{id}/mails/{kind}?locale=&variant=`: as JSON, or as a page for who asks for `text/html`.
pub(crate) async fn preview(app: &App, call: &Call) -> Result<Response<Body>, ApiError> {
    let place = place(app, call).await?;
    let Place { merchant, program, kind } = &place;
    let reader = call.query("locale").map(|tag| tag.parse::<Locale>()).transpose();
    let reader = reader.map_err(|fault| ApiError::invalid(vec![Fault::new("locale", fault.to_string())]))?;
    let variants = app.store.mail_texts(merchant.id, program.id, *kind).await?;
    let variant = match call.query("variant") {
        None => variants.first(),
        Some(name) => {
            let known = variants.iter().find(|variant| variant.name == name);
            if known.is_none() && name != STANDARD {
                let names: Vec<_> = variants.iter().map(|variant| variant.name.as_str()).collect();
                let names = if names.is_empty() { STANDARD.to_owned() } else { names.join(", ") };
                return Err(ApiError::invalid(vec![Fault::new("variant", format!("must be one of: {names}"))]));
            }
            known
        }
    };
    let sample = sample(app, call, &place)?;
    let draft = sample.draft(*kind, merchant, program, reader.as_ref(), variant);
    let letter = Letter::write(&draft).map_err(ApiError::internal)?;
    if call.header("accept").is_some_and(|accept| accept.contains("text/html")) {
        return mail_page(letter.html);
    }
    Answer::ok(json!({
        "kind": kind,
        "locale": letter.locale,
        "variant": letter.variant,
        "subject": letter.subject,
        "text": letter.text,
        "html": letter.html,
        "values": variables(*kind),
        "variants": variants,
    }))
    .into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TextsBody {
    variants: Vec<Variant>,
}

/// `PUT /v1/programs/{id}/mails/{kind}`: these texts and no others.
pub(crate) async fn put(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let place = place(app, call).await?;
    let (body, told): (TextsBody, _) = call.act()?;
    let mut faults = Faults::default();
    let count = (1..=MAX_VARIANTS).contains(&body.variants.len());
    faults.unless(
        count,
        "/variants",
        format!("must be 1 to {MAX_VARIANTS} variants; DELETE returns to the standard text"),
    );
    let heavy = body.variants.iter().any(|variant| variant.weight > 0);
    faults.unless(!count || heavy, "/variants", "must have a variant with a weight above 0");
    let samples = sample(app, call, &place)?;
    let samples = [samples.clone(), samples.without_names()];
    for (n, variant) in body.variants.iter().take(MAX_VARIANTS).enumerate() {
        let earlier = &body.variants[..n];
        faults.unless(is_name(&variant.name), format!("/variants/{n}/name"), NAME);
        let is_new = earlier.iter().all(|other| other.name != variant.name);
        faults.unless(is_new, format!("/variants/{n}/name"), "must be another name than the other variants have");
        let fits = variant.weight <= MAX_WEIGHT;
        faults.unless(fits, format!("/variants/{n}/weight"), format!("must be 0 to {MAX_WEIGHT}"));
        texts(&place, variant, n, &samples, &mut faults);
    }
    faults.finish()?;
    let Place { merchant, program, kind } = &place;
    let mut writes = Writes::default();
    app.store.put_mail_texts(&mut writes, (merchant.id, program.id, *kind), &body.variants)?;
    told.record(app, &mut writes, merchant.id, ("change_texts", &format!("{}/{kind}", program.id)))?;
    app.store.transact(writes).await?;
    Ok(Answer::ok(view(*kind, &body.variants)))
}

const NAME: &str = "must be 1 to 20 lower-case letters, digits, \"_\" or \"-\"";

fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-');
    (1..=20).contains(&text.len()) && text.bytes().all(plain)
}

/// Tries every text of a variant on samples: with all that there can be to say, and with as little.
fn texts(place: &Place, variant: &Variant, n: usize, samples: &[Sample], faults: &mut Faults) {
    for (tag, texts) in &variant.texts {
        let pointer = format!("/variants/{n}/texts/{}", tag.replace('~', "~0").replace('/', "~1"));
        let Some(language) = Language::ALL.into_iter().find(|language| language.tag() == tag) else {
            let known = Language::ALL.map(Language::tag).join(", ");
            faults.push(Fault::new(pointer, format!("must be one of the languages {known}")));
            continue;
        };
        let value =
            |sample: &Sample| sample.draft(place.kind, &place.merchant, &place.program, None, None).values(language);
        let values: Vec<_> = samples.iter().map(value).collect();
        for (block, text) in blocks(texts) {
            if let Err(fault) = check(block, place.kind, text, &values) {
                faults.push(Fault::new(format!("{pointer}/{}", block.as_str()), fault.to_string()));
            }
        }
    }
}

fn blocks(texts: &shared::domain::variant::Texts) -> impl Iterator<Item = (Block, &str)> {
    texts.set().filter_map(|(field, text)| Some((Block::ALL.into_iter().find(|block| block.as_str() == field)?, text)))
}

/// `DELETE /v1/programs/{id}/mails/{kind}`: the standard text again.
pub(crate) async fn delete(app: &App, call: &Call) -> Result<Answer, ApiError> {
    let Place { merchant, program, kind } = place(app, call).await?;
    let (Nothing {}, told) = call.act()?;
    let mut writes = Writes::default();
    app.store.delete_mail_texts(&mut writes, (merchant.id, program.id, kind))?;
    told.record(app, &mut writes, merchant.id, ("reset_texts", &format!("{}/{kind}", program.id)))?;
    app.store.transact(writes).await?;
    Ok(Answer::ok(view(kind, &[])))
}

fn view(kind: MailKind, variants: &[Variant]) -> Value {
    json!({"kind": kind, "variants": variants})
}
