//! DynamoDB is slow, refuses, or is not there. The shopper gets to the shop, and what is lost is counted under the name
//! that an alarm watches.

use local::wire::{Fault, Trouble};
use serde_json::Value;
use tests::lambda::{Outcome, Sandbox};

use super::{Stage, answered, visit};

const TEMPLATE: &str = include_str!("../../../../template.yaml");

fn fault(operation: &'static str, trouble: Trouble) -> Fault {
    Fault { operation, body_contains: "", trouble, times: u32::MAX }
}

/// A process that knows Anna's link.
async fn warm(stage: &Stage) -> Sandbox {
    let sandbox = stage.sandbox().await;
    assert!(answered(&sandbox.invoke(&visit(1)).await).is_some());
    sandbox
}

#[tokio::test]
async fn who_comes_while_the_table_does_not_answer_is_sent_on_and_the_loss_is_counted() {
    let stage = Stage::new().await;
    let sandbox = warm(&stage).await;
    // Longer than the test: the answer does not wait for it, however long it takes.
    stage.app.engine.wire.inject(fault("UpdateItem", Trouble::Delay(600_000)));
    let click = answered(&sandbox.invoke(&visit(2)).await).expect("an answer");
    assert!(!stage.logged().contains(&click));
    assert_eq!(sandbox.counted("ClickLost"), 1);
    stage.app.engine.wire.heal();
    assert!(answered(&sandbox.invoke(&visit(3)).await).is_some_and(|click| stage.logged().contains(&click)));
    assert_eq!(sandbox.counted("ClickLost"), 1);
}

#[tokio::test]
async fn who_comes_while_the_table_refuses_is_sent_on_and_the_loss_is_counted() {
    for trouble in [Trouble::Throttle, Trouble::Fail] {
        let stage = Stage::new().await;
        let sandbox = warm(&stage).await;
        stage.app.engine.wire.inject(fault("UpdateItem", trouble));
        let click = answered(&sandbox.invoke(&visit(2)).await).expect("an answer");
        assert_eq!((sandbox.counted("ClickLost"), stage.logged().contains(&click)), (1, false), "{trouble:?}");
        stage.app.engine.wire.heal();
        assert!(answered(&sandbox.invoke(&visit(3)).await).is_some_and(|click| stage.logged().contains(&click)));
    }
}

#[tokio::test]
async fn a_click_that_was_logged_without_an_answer_is_tried_again_and_counted_once() {
    let stage = Stage::new().await;
    let sandbox = warm(&stage).await;
    for (number, trouble) in [(2, Trouble::LoseAnswer), (3, Trouble::Throttle), (4, Trouble::Fail)] {
        stage.app.engine.wire.inject(Fault { times: 1, ..fault("UpdateItem", trouble) });
        let click = answered(&sandbox.invoke(&visit(number)).await).expect("an answer");
        assert_eq!(stage.hits(&click), 1, "{trouble:?}");
    }
    // A connection that broke while the sandbox slept: the first attempt gets no answer at all.
    let gate = stage.app.engine.wire.hold("UpdateItem", "CLK#", "");
    let click = answered(&sandbox.invoke(&visit(5)).await).expect("an answer");
    assert_eq!(stage.hits(&click), 1);
    drop(gate);
    assert_eq!(sandbox.counted("ClickLost"), 0);
}

#[tokio::test]
async fn a_link_that_was_known_a_moment_ago_works_while_nothing_can_be_read() {
    let stage = Stage::new().await;
    let sandbox = warm(&stage).await;
    for trouble in [Trouble::Fail, Trouble::Delay(60_000)] {
        // What it remembers is out of date, and nothing answers any more.
        tokio::time::sleep(std::time::Duration::from_millis(4100)).await;
        stage.app.engine.wire.inject(fault("", trouble));
        let outcome = sandbox.invoke(&visit(2)).await;
        assert!(answered(&outcome).is_some(), "{trouble:?}: {outcome:?}");
        stage.app.engine.wire.heal();
    }
    assert_eq!(sandbox.counted("ClickLost"), 2);
}

#[tokio::test]
async fn a_link_that_nobody_here_knows_gets_a_page_and_the_start_waits_for_nobody() {
    let stage = Stage::new().await;
    stage.app.engine.wire.inject(fault("", Trouble::Delay(60_000)));
    let sandbox = stage.sandbox().await;
    let Outcome::Answer(answer) = sandbox.invoke(&visit(1)).await else { panic!("an answer") };
    assert_eq!((&answer["statusCode"], &answer["headers"]["retry-after"]), (&503.into(), &"5".into()));
}

/// The alarm has the very names that the process prints: with others it would watch nothing.
#[tokio::test]
async fn the_loss_of_a_click_raises_an_alarm() {
    let stage = Stage::new().await;
    let sandbox = warm(&stage).await;
    stage.app.engine.wire.inject(fault("UpdateItem", Trouble::Fail));
    sandbox.invoke(&visit(2)).await;
    let printed = sandbox.printed();
    let mut lines = printed.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let line = lines.find(|line| line["ClickLost"] == 1).expect("a metric");
    let metric = &line["_aws"]["CloudWatchMetrics"][0];
    assert_eq!((&metric["Namespace"], &metric["Metrics"][0]["Name"]), (&"Goodword".into(), &"ClickLost".into()));
    let dimension = metric["Dimensions"][0][0].as_str().expect("a dimension");

    let text = TEMPLATE.split("  ClickLost:\n").nth(1).expect("the alarm");
    let alarm: String = text.lines().take_while(|line| line.is_empty() || line.starts_with("    ")).collect();
    for part in [
        "Type: AWS::CloudWatch::Alarm".to_owned(),
        "Namespace: Goodword".to_owned(),
        "MetricName: ClickLost".to_owned(),
        format!("Name: {dimension}, Value: {}", line[dimension].as_str().expect("a value")),
        "AlarmActions: !If [HasAlarmEmail, [!Ref AlarmTopic]".to_owned(),
    ] {
        assert!(alarm.contains(&part), "{part} is not in {alarm}");
    }
}
