//! Processes end at any moment, without a word. A click whose shopper was sent on is in the table all the same; one whose
//! shopper got no answer is opened again by them.

use tests::lambda::Outcome;

use super::{Stage, answered, visit};

/// The calls of a start and a first visit, each with the item that it is on: what the start reads, with a program and its
/// shop, then the link, and the click.
const CALLS: [(&str, &str, &str); 4] = [
    ("GetItem", "NEW#", ""),
    ("BatchGetItem", "SHP#", ""),
    ("GetItem", "LNK#", "LNK#ANNA10"),
    ("UpdateItem", "CLK#", ""),
];

#[tokio::test]
async fn no_click_is_lost_whichever_call_the_process_is_killed_at() {
    let stage = Stage::new().await;
    let wire = &stage.app.engine.wire;
    let (mut number, mut sent_on) = (0, Vec::new());
    for (operation, item, text) in CALLS {
        for is_applied in [false, true] {
            number += 1;
            let gate =
                if is_applied { wire.hold_answer(operation, item, text) } else { wire.hold(operation, item, text) };
            let sandbox = stage.starting().await;
            let visit = visit(number);
            let kill = async {
                gate.caught().await.expect("the call is made");
                sandbox.kill();
                gate.open();
            };
            let (outcome, ()) = tokio::join!(sandbox.invoke(&visit), kill);
            match outcome {
                Outcome::Gone => {}
                // Slow machines: the write's time was over before the process was. Then the loss is on record.
                outcome => {
                    assert!(answered(&outcome).is_some() && sandbox.counted("ClickLost") == 1, "{item}: {outcome:?}");
                    continue;
                }
            }
            // The shopper, who got nothing, opens the link once more.
            let sandbox = stage.sandbox().await;
            let outcome = sandbox.invoke(&visit).await;
            sent_on.push(answered(&outcome).unwrap_or_else(|| panic!("{item}: {outcome:?}")));
            assert_eq!(sandbox.counted("ClickLost"), 0);
        }
    }
    assert!(sent_on.len() >= CALLS.len(), "{sent_on:?}");
    let logged = stage.logged();
    let lost: Vec<_> = sent_on.iter().filter(|click| !logged.contains(*click)).collect();
    assert!(lost.is_empty(), "{} of {} clicks are lost: {lost:?}", lost.len(), sent_on.len());
}

#[tokio::test]
async fn no_click_is_lost_when_the_process_is_killed_right_after_its_answer() {
    let stage = Stage::new().await;
    let mut sent_on = Vec::new();
    for number in 0..12 {
        let sandbox = stage.starting().await;
        // Cold and warm: some processes have answered somebody before.
        for visitor in 0..=number % 3 {
            let outcome = sandbox.invoke(&visit(number * 3 + visitor)).await;
            sent_on.push(answered(&outcome).unwrap_or_else(|| panic!("{outcome:?}")));
        }
        // The answer has arrived; the process has not been told so, nor asked for the next event.
        sandbox.kill();
        assert_eq!(sandbox.counted("ClickLost"), 0);
    }
    let logged = stage.logged();
    let lost: Vec<_> = sent_on.iter().filter(|click| !logged.contains(*click)).collect();
    assert!(lost.is_empty(), "{} of {} clicks are lost: {lost:?}", lost.len(), sent_on.len());
}
