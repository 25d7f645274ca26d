//! What else owners of rewards are told, beside that a reward is there: that it waits, that it will be gone, that it is
//! not owed any more. Each of it once for a reward, whatever becomes of it after that.

use jiff::Timestamp;

use super::days::days;
use super::mail::MailKind;
use super::program::{Fulfilment, Program, Side};
use super::referral::{Reward, State};

/// The mails that a change of a reward asks for, and that it did not ask for before; notes them with it, and when the next
/// is to be looked at. `reachable`: there is somebody to write to.
pub(super) fn tell(
    reward: &mut Reward,
    old: Option<&Reward>,
    program: &Program,
    reachable: bool,
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
    // Looked at then in any case: a coupon may come, and its mail with it, after this.
    if reward.mailed && warned_at(reward, program).is_some_and(|at| at <= now) {
        due.push(MailKind::RewardExpiring);
    }
    due.retain(|kind| reachable && program.mails.sends(*kind) && !reward.told.contains(kind));
    reward.told.extend(due.iter().copied());
    due
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

    fn told(reward: &mut Reward, old: Option<&Reward>, now: i64) -> Vec<MailKind> {
        tell(reward, old, &program("SEK"), true, at(now))
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
        assert_eq!(told(&mut void.clone(), Some(&pending), 0), [], "once, though it comes and goes");

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
        assert_eq!(tell(&mut reward(Side::Advocate, State::Pending), None, &program, false, at(0)), []);
        program.mails.off = [MailKind::FriendOrdered].into();
        assert_eq!(tell(&mut reward(Side::Advocate, State::Pending), None, &program, true, at(0)), []);
    }
}
