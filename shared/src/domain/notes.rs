//! What a trail says beside its rules: how the order was read, where that is not as it was told.

use super::money::Money;
use super::order::Facts;

/// One sentence each, without personal data.
pub(super) fn notes(order: &Facts) -> Vec<String> {
    let Some(snapshot) = &order.snapshot else { return Vec::new() };
    let money = |minor| Money::new(minor, snapshot.currency);
    let cut = snapshot.cut_from.map(|said| {
        let net = money(snapshot.net);
        format!(
            "The lines come to {}, but the order's own total leaves {net} for goods: only that counts.",
            money(said)
        )
    });
    let waits = order.awaits_refund().then(|| {
        "The platform told of a refund without saying what it is for. It is asked for that; until then nothing is taken back or given."
            .to_owned()
    });
    cut.into_iter().chain(waits).collect()
}
