//! Looks at all links of a shop, and leaves a message for each whose code at the checkout is not what it should be: the
//! shop has new access to its platform, a program has new terms, or its discount was lost.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::{Step, StepError};
use crate::App;
use crate::domain::id::ProgramId;
use crate::domain::program::Program;
use crate::store::key::Listed;
use crate::store::{CodeState, JobRow, Link, LinkCode, Shop, StoreError};

/// Links of all the merchant's shops per step.
const PAGE: usize = 100;
/// Tries at a link that others change at the same time.
const TRIES: usize = 3;

pub(super) async fn step(app: &App, shop: &Shop, row: &JobRow) -> Result<Step, StepError> {
    let (merchant, after) = (row.merchant, row.cursor.as_deref());
    let page = app.store.list::<Link>(Listed::Links, merchant, after, PAGE, app.now()).await?;
    let mut programs: HashMap<ProgramId, (Option<Program>, u32)> = HashMap::new();
    let (mut seen, mut entered) = (0, 0);
    for link in page.rows.iter().filter(|link| link.shop == shop.id) {
        let (program, generation) = match programs.entry(link.program) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let known = app.store.discount(shop.id, link.program).await?;
                let program = app.store.program(merchant, link.program).await?;
                unknown.insert((program, known.map_or(0, |known| known.generation)))
            }
        };
        let Some(program) = program else { continue };
        seen += 1;
        entered += u64::from(follow(app, shop, program, *generation, link).await?);
    }
    Ok(Step { next: page.next, seen, entered, checks: false })
}

/// Leaves a message about a link's code, if it is needed.
async fn follow(app: &App, shop: &Shop, program: &Program, generation: u32, listed: &Link) -> Result<bool, StoreError> {
    for _ in 0..TRIES {
        // The list may lag behind.
        let Some(link) = app.store.link(&listed.code).await? else { return Ok(false) };
        let now = app.now();
        let wanted = link.wants_code(shop, program, now);
        let is_so = match &link.platform_code {
            None => !wanted,
            Some(code) => wanted && code.state == CodeState::Made && code.generation == generation,
        };
        // Without access nothing can be taken away either.
        if is_so || shop.access.is_none() {
            return Ok(false);
        }
        let platform_code = if wanted { Some(LinkCode::PENDING) } else { link.platform_code.clone() };
        let changed = Link { platform_code, version: link.version + 1, ..link };
        match app.store.replace_link_and_code(&changed, now).await {
            Err(failure) if failure.is_condition() => {}
            followed => return followed.map(|()| true),
        }
    }
    Ok(false)
}
