//! Stored decisions: read back, and made again from their stored inputs.

use std::collections::HashMap;

use super::SettleError;
use crate::App;
use crate::domain::decide::{Candidate, Finding, History, decide};
use crate::domain::decision::Decision;
use crate::domain::room::Room;
use crate::store::{OrderRow, ProgramName};

/// The decision of a stored order. Where nothing on it is ours the trail is not stored, since it follows from facts and
/// evidence alone: most orders of a shop are so, and should cost one write unit.
pub fn decision_of(row: &OrderRow) -> Decision {
    let without_program = |candidate: &Candidate<ProgramName>| candidate.clone().try_map_program(|_| Err(())).ok();
    row.decision.clone().unwrap_or_else(|| {
        let inputs = row.inputs.iter().flat_map(|inputs| &inputs.candidates);
        let candidates: Vec<Candidate> = inputs.filter_map(without_program).collect();
        decide(&row.facts, &candidates, &History::default(), &Room::default(), row.decided_at)
    })
}

/// Decides a stored order again from its stored inputs; what comes out must equal what was stored.
pub async fn replay(app: &App, row: &OrderRow) -> Result<Decision, SettleError> {
    let Some(inputs) = &row.inputs else { return Ok(decision_of(row)) };
    let mut programs = HashMap::new();
    for candidate in &inputs.candidates {
        if let Finding::Link(link) = &candidate.finding {
            let ProgramName { id, version } = link.program;
            let program = app.store.program_version(row.merchant, id, version).await?;
            programs.insert(
                (id, version),
                program.ok_or_else(|| SettleError::Missing(format!("version {version} of program {id}")))?,
            );
        }
    }
    let program = |name: ProgramName| {
        programs
            .get(&(name.id, name.version))
            .cloned()
            .ok_or_else(|| SettleError::Missing(format!("program {}", name.id)))
    };
    let candidates =
        inputs.candidates.iter().map(|c| c.clone().try_map_program(program)).collect::<Result<Vec<_>, _>>()?;
    Ok(decide(&row.facts, &candidates, &inputs.history, &inputs.room, row.decided_at))
}
