//! What else owners of rewards are told, beside that a reward is there: that it waits, that it will be gone, that it is
//! not owed any more, and that it is after all. Whoever was told last that a reward is gone, and it is not, is told.

use jiff::Timestamp;

use super::days::days;
use super::mail::MailKind;
use super::program::{Fulfilment, Program, Side};
use super::reconcile::is_announced;
use super::referral::{Reward, State};

/// What else of the moment matters to what is told.
#[derive(Clone, Copy, Default)]
pub(super) struct Moment {
    /// There is somebody to write to.
    pub(super) reachable: bool,
    /// The order waits for what a refund is for: what that may change is told when it is known. What is gone stays gone.
    pub(super) waits: bool,
    /// It is told now, for the first time, that the reward is there.
    pub(super) announces: bool,
}

/// The mails that a change of a reward asks for, and that it did not ask for before; notes them with it, and when the next
/// is to be looked at.
pub(super) fn tell(
    reward: &mut Reward,
    old: Option<&Reward>,
    program: &Program,
    moment: Moment,
    now: Timestamp,
) -> Vec<MailKind> {
    reward.expiring_at = warned_at(reward, program).filter(|at| now < *at);
    let mut due = Vec::new();
    if waits(reward) {
        due.push(MailKind::FriendOrdered);
    }
    if is_gone(reward, old) {
        due.push(MailKind::RewardVoid);
    }
    if is_back(reward) {
        due.push(MailKind::RewardBack);
    }
    // Looked at then in any case: a coupon may come, and its mail with it, after this.
    if reward.mailed && warned_at(reward, program).is_some_and(|at| at <= now) {
        due.push(MailKind::RewardExpiring);
    }
    let may = |kind: MailKind| moment.reachable && (!moment.waits || kind == MailKind::RewardVoid);
    due.retain(|kind| may(*kind) && program.mails.sends(*kind) && !reward.told.contains(kind));
    reward.told.extend(due.iter().copied());
    // Each takes the other's place, so that both may come again.
    if due.contains(&MailKind::RewardVoid) {
        reward.told.remove(&MailKind::RewardBack);
        reward.losses += 1;
    }
    if due.contains(&MailKind::RewardBack) {
        reward.told.remove(&MailKind::RewardVoid);
        // What was stored before losses were counted had one.
        reward.losses = reward.losses.max(1);
        // That it is there, or waits, says as much where it is told for the first time.
        let announces = moment.announces || due.contains(&MailKind::FriendOrdered);
        due.retain(|kind| !announces || *kind != MailKind::RewardBack);
    }
    due
}

/// Who was told that a reward is gone has it again, or waits for it again.
fn is_back(reward: &Reward) -> bool {
    let waits = reward.state == State::Pending && reward.hold_until.is_some();
    reward.told.contains(&MailKind::RewardVoid) && (waits || is_announced(reward))
}

/// An advocate hears of a friend's order at once, though the reward waits for returns.
fn waits(reward: &Reward) -> bool {
    reward.side == Side::Advocate && reward.state == State::Pending && reward.hold_until.is_some()
}

/// Who was told of a reward is told that it is gone. A discount that was taken at the checkout went with its order.
fn is_gone(reward: &Reward, old: Option<&Reward>) -> bool {
    let was_told = reward.mailed || reward.told.contains(&MailKind::FriendOrdered);
    reward.state == State::Void
        && old.is_some_and(|old| old.state != State::Void)
        && was_told
        && reward.fulfilment != Fulfilment::CodeAtCheckout
}

/// When the owner of a reward is told that it will be gone soon. Not of one that lasts so short that the first mail said
/// as much.
fn warned_at(reward: &Reward, program: &Program) -> Option<Timestamp> {
    let expires_at = reward.expires_at.filter(|_| !reward.told.contains(&MailKind::RewardExpiring))?;
    let stands = matches!(reward.state, State::Approved | State::Issued);
    let at = expires_at.checked_sub(days(program.mails.expiring_days)).ok()?;
    let since = reward.hold_until?;
    (stands && program.mails.sends(MailKind::RewardExpiring) && since < at).then_some(at)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::amount::Unit;
    use super::super::id::{ReferralId, RewardId};
    use super::super::program::Kind;
    use super::super::samples::{DAY, at, program, ulid};
    use super::*;

    fn reward(side: Side, state: State) -> Reward {
        let unit: Unit = "SEK".parse().expect("a unit");
        let id = RewardId::of(ReferralId::new(ulid(9)), 1);
        let hold_until = Some(at(14 * DAY));
        Reward { state, hold_until, ..Reward::new(id, side, Kind::Fixed, Fulfilment::Manual, unit) }
    }

    const THERE: Moment = Moment { reachable: true, waits: false, announces: false };

    fn told(reward: &mut Reward, old: Option<&Reward>, now: i64) -> Vec<MailKind> {
        tell(reward, old, &program("SEK"), THERE, at(now))
    }

    #[test]
    fn an_advocate_hears_once_that_a_reward_waits_and_a_friend_does_not() {
        let mut pending = reward(Side::Advocate, State::Pending);
        assert_eq!(told(&mut pending, None, 0), [MailKind::FriendOrdered]);
        assert_eq!(told(&mut pending, None, 1), []);
        assert_eq!(told(&mut reward(Side::Friend, State::Pending), None, 0), []);
        let mut unknown = Reward { hold_until: None, ..reward(Side::Advocate, State::Pending) };
        assert_eq!(told(&mut unknown, None, 0), [], "nobody knows until when");
        assert_eq!(told(&mut reward(Side::Advocate, State::Approved), None, 0), []);
    }

    #[test]
    fn whoever_was_told_of_a_reward_is_told_that_it_is_gone() {
        let pending = Reward { told: [MailKind::FriendOrdered].into(), ..reward(Side::Advocate, State::Pending) };
        let mut void = Reward { state: State::Void, ..pending.clone() };
        assert_eq!(told(&mut void, Some(&pending), 0), [MailKind::RewardVoid]);
        assert_eq!(told(&mut void.clone(), Some(&pending), 0), [], "once, while it is gone");

        let ready = Reward { mailed: true, ..reward(Side::Friend, State::Approved) };
        let gone = |fulfilment| Reward { state: State::Void, fulfilment, ..ready.clone() };
        assert_eq!(told(&mut gone(Fulfilment::Manual), Some(&ready), 0), [MailKind::RewardVoid]);
        assert_eq!(told(&mut gone(Fulfilment::CodeAtCheckout), Some(&ready), 0), []);

        let silent = reward(Side::Advocate, State::Flagged);
        assert_eq!(told(&mut Reward { state: State::Void, ..silent.clone() }, Some(&silent), 0), []);
        let born = Reward { mailed: true, ..reward(Side::Advocate, State::Void) };
        assert_eq!(told(&mut born.clone(), None, 0), []);
        assert_eq!(told(&mut born.clone(), Some(&born), 0), []);
    }

    #[test]
    fn whoever_was_told_of_a_loss_is_told_when_it_is_undone_and_when_it_comes_again() {
        let there = Reward { mailed: true, ..reward(Side::Advocate, State::Approved) };
        let into = |reward: &Reward, state| {
            let mut after = Reward { state, ..reward.clone() };
            let kinds = told(&mut after, Some(reward), 0);
            let rows: Vec<_> = kinds.iter().map(|kind| kind.row_of_loss(after.id, after.losses)).collect();
            (after, kinds, rows)
        };
        let (gone, kinds, first) = into(&there, State::Void);
        assert_eq!((kinds.as_slice(), gone.losses), (&[MailKind::RewardVoid][..], 1));
        assert_eq!(first, [MailKind::RewardVoid.row_of(gone.id)], "the row that it always was");
        // A person has to look first; then it is there.
        let (flagged, kinds, _) = into(&gone, State::Flagged);
        assert_eq!(kinds, []);
        let (back, kinds, back_row) = into(&flagged, State::Approved);
        assert_eq!(kinds, [MailKind::RewardBack]);
        assert_eq!(into(&back, State::Issued).1, [], "once");
        let (gone_again, kinds, second) = into(&back, State::Void);
        assert_eq!((kinds.as_slice(), gone_again.losses), (&[MailKind::RewardVoid][..], 2));
        let (_, kinds, back_again) = into(&gone_again, State::Approved);
        assert_eq!(kinds, [MailKind::RewardBack]);
        assert!(first != second && back_again != back_row, "each is a mail of its own");
        assert_eq!(into(&gone_again, State::Pending).1, [MailKind::FriendOrdered], "one mail says it");

        // Who hears for the first time that it is there need not hear that it is back; a later loss is told.
        let mut ready = Reward { state: State::Approved, ..gone.clone() };
        assert_eq!(tell(&mut ready, Some(&gone), &program("SEK"), Moment { announces: true, ..THERE }, at(0)), []);
        assert_eq!(into(&ready, State::Void).1, [MailKind::RewardVoid]);
        // Stored before losses were counted.
        let old = Reward { losses: 0, ..gone };
        assert_eq!(into(&into(&old, State::Approved).0, State::Void).0.losses, 2);
    }

    #[test]
    fn while_a_refund_is_asked_for_only_what_is_certain_is_told() {
        let waits = Moment { waits: true, ..THERE };
        let mut pending = reward(Side::Advocate, State::Pending);
        assert_eq!(tell(&mut pending, None, &program("SEK"), waits, at(0)), []);
        assert_eq!(told(&mut pending, None, 1), [MailKind::FriendOrdered], "once it is known");
        let mut void = Reward { state: State::Void, ..pending.clone() };
        assert_eq!(tell(&mut void, Some(&pending), &program("SEK"), waits, at(2)), [MailKind::RewardVoid]);
    }

    #[test]
    fn a_reward_that_will_be_gone_is_told_of_a_week_before() {
        let mut issued = Reward { mailed: true, expires_at: Some(at(44 * DAY)), ..reward(Side::Friend, State::Issued) };
        assert_eq!(told(&mut issued, None, 36 * DAY), []);
        assert_eq!(issued.expiring_at, Some(at(37 * DAY)), "it is looked at then");
        assert_eq!(told(&mut issued, None, 37 * DAY), [MailKind::RewardExpiring]);
        assert_eq!(issued.expiring_at, None);
        assert_eq!(told(&mut issued, None, 38 * DAY), []);

        let mut short = Reward { expires_at: Some(at(21 * DAY)), told: BTreeSet::new(), ..issued.clone() };
        assert_eq!((told(&mut short, None, 20 * DAY), short.expiring_at), (vec![], None), "seven days after the hold");
        let mut silent = Reward { mailed: false, told: BTreeSet::new(), ..issued };
        assert_eq!(told(&mut silent, None, 38 * DAY), []);
    }

    #[test]
    fn a_kind_that_is_off_is_not_sent_and_nobody_without_an_address_is_written_to() {
        let mut program = program("SEK");
        assert_eq!(tell(&mut reward(Side::Advocate, State::Pending), None, &program, Moment::default(), at(0)), []);
        program.mails.off = [MailKind::FriendOrdered].into();
        assert_eq!(tell(&mut reward(Side::Advocate, State::Pending), None, &program, THERE, at(0)), []);
    }
}
