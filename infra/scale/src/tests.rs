//! The model refuses what DynamoDB would, and nothing else.

use super::*;

fn hit(partition: u64, item: u64, write: f64, in_transaction: bool) -> Hit {
    Hit {
        place: "core",
        kind: "LNK",
        partition,
        item,
        units: Units { read: 0.0, write },
        in_transaction,
        is_base: true,
    }
}

/// So many writes in each of two seconds, evenly.
fn writes(of: u64, partitions: usize, key: impl Fn(u64) -> (u64, u64)) -> Report {
    let mut model = Model::new(&[("core", partitions)]);
    for number in 0..2 * of {
        let (partition, item) = key(number);
        model.request(number * 1_000_000 / of, &[hit(partition, item, 1.0, false)]);
    }
    model.finish()
}

#[test]
fn an_item_gives_a_thousand_writes_a_second_and_no_more() {
    let of_one_item = |of| writes(of, 100, |_| (7, 7)).refused();
    assert_eq!((of_one_item(1000), of_one_item(1001), of_one_item(3000)), (0, 2, 4000));
}

#[test]
fn a_partition_gives_no_more_than_an_item() {
    let mut random = Random(1);
    let first = random.number();
    let spread = |partitions| writes(4000, partitions, |number| (random::mixed(first ^ number), number)).refused();
    assert_eq!(spread(1), 6000);
    assert!(spread(4) > 0, "a fourth each, but never quite evenly");
    assert_eq!(spread(8), 0);
}

#[test]
fn transactions_on_one_item_are_in_each_others_way_only_when_they_are_close() {
    let mut model = Model::new(&[("core", 1)]);
    for at in [0, 4_000, 100_000, 200_000] {
        assert!(model.request(at, &[hit(1, 1, 2.0, true)]));
    }
    let report = model.finish();
    assert_eq!((report.conflicts, report.requests, report.most_writes()), (1, 4, 8.0));
}

#[test]
fn what_is_popular_is_drawn_as_often_as_it_should_be() {
    let (zipf, mut random) = (Zipf::new(1000, 1.0), Random(3));
    let mut counts = vec![0_u32; 1000];
    for _ in 0..100_000 {
        counts[usize::try_from(zipf.draw(&mut random)).expect("small")] += 1;
    }
    let times = f64::from(counts[0]) / f64::from(counts[9]);
    assert!((8.0..12.5).contains(&times), "the first is drawn {times} times as often as the tenth");
    let even = Zipf::new(4, 0.0);
    assert!((0..4).all(|thing| (0..1000).any(|_| even.draw(&mut random) == thing)));
}
