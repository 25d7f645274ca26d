//! What a warm function remembers, so that a click reads nothing. Entries live for some seconds: that is how long a
//! change takes to reach every sandbox. The span varies, so that sandboxes that started together don't read together.
//! What is older serves while storage is slow or refuses: a shopper is sent on by what was true a moment ago.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::App;
use jiff::{SignedDuration, Timestamp};
use shared::app::random;
use shared::domain::code::Code;
use shared::domain::id::{MerchantId, ProgramId, ShopId};
use shared::store::{Landing, Link, StoreError};
use tokio::time::timeout;

/// An entry lives for this long, and up to as long again.
const FOUND_MS: u16 = 2000;
/// That there is no such link is forgotten sooner: the link may be about to be made.
const ABSENT_MS: u16 = 1000;
/// Entries of one kind. A flood of made-up codes may cost reads, but not memory.
const MOST: usize = 2048;

/// For so long after it was read an entry serves if storage does not: about as long as a bad spell of a service lasts, and
/// not so long that links that were switched off live on.
const STALE: SignedDuration = SignedDuration::from_mins(5);
/// How long storage may take where something older is at hand. Link and landing: twice that, and the time to log the click,
/// are well within the function's timeout.
const PATIENCE: Duration = Duration::from_millis(400);

/// What is known about one key.
#[derive(Debug)]
struct Entry<V> {
    /// `None`: there is nothing behind the key.
    value: Option<Arc<V>>,
    /// When it was read.
    at: Timestamp,
    until: Timestamp,
}

/// What can be said of a key without reading.
#[derive(Debug, PartialEq, Eq)]
enum Known<V> {
    Fresh(Option<Arc<V>>),
    /// To be read again; if that fails, this is still good. With when it was read.
    Stale(Arc<V>, Timestamp),
    Nothing,
}

/// Values that are known until a time.
#[derive(Debug)]
struct Remembered<K, V>(Mutex<HashMap<K, Entry<V>>>);

impl<K, V> Default for Remembered<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V> Remembered<K, V> {
    fn get(&self, key: &K, now: Timestamp) -> Known<V> {
        // Nothing panics while it holds the lock; should it ever, the map is still whole.
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match entries.get(key) {
            Some(entry) if now < entry.until => Known::Fresh(entry.value.clone()),
            Some(Entry { value: Some(value), at, .. }) if now.duration_since(*at) < STALE => {
                Known::Stale(value.clone(), *at)
            }
            _ => Known::Nothing,
        }
    }

    fn put(&self, key: K, value: Option<Arc<V>>, at: Timestamp, now: Timestamp) {
        let least = if value.is_some() { FOUND_MS } else { ABSENT_MS };
        let jitter = u16::from_be_bytes(random()) % least;
        let until = now.saturating_add(SignedDuration::from_millis(i64::from(least) + i64::from(jitter)));
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MOST {
            entries.retain(|_, entry| now < entry.until);
        }
        if entries.len() >= MOST {
            entries.clear();
        }
        entries.insert(key, Entry { value, at, until: until.unwrap_or(Timestamp::MAX) });
    }

    async fn get_or<F>(&self, key: K, now: Timestamp, read: impl FnOnce() -> F) -> Result<Option<Arc<V>>, StoreError>
    where
        F: Future<Output = Result<Option<V>, StoreError>>,
    {
        let stale = match self.get(&key, now) {
            Known::Fresh(known) => return Ok(known),
            Known::Stale(value, at) => Some((value, at)),
            Known::Nothing => None,
        };
        // The SDK's futures are large; boxed here, a warm click does not carry them.
        let read = Box::pin(read());
        let Some((value, at)) = stale else {
            let value = read.await?.map(Arc::new);
            self.put(key, value.clone(), now, now);
            return Ok(value);
        };
        let failure = match timeout(PATIENCE, read).await {
            Ok(Ok(value)) => {
                let value = value.map(Arc::new);
                self.put(key, value.clone(), now, now);
                return Ok(value);
            }
            Ok(Err(failure)) => failure.to_string(),
            Err(late) => late.to_string(),
        };
        tracing::warn!(error = failure, "storage does not answer; what it said before serves");
        // The next visitors don't wait for it again.
        self.put(key, Some(value.clone()), at, now);
        Ok(Some(value))
    }
}

/// Links, and where they lead, as the function saw them last.
#[derive(Debug, Default)]
pub struct Cache {
    links: Remembered<Code, Link>,
    landings: Remembered<ProgramId, Landing>,
}

impl Cache {
    /// The link behind a code.
    pub(crate) async fn link(&self, app: &App, code: &Code) -> Result<Option<Arc<Link>>, StoreError> {
        let read = async || {
            match app.store.link(code).await? {
                // A link that was made a moment ago must work: make sure before anybody is told that there is none.
                None => app.store.link_now(code).await,
                found => Ok(found),
            }
        };
        self.links.get_or(code.clone(), app.now(), read).await
    }

    /// Where the links of a program lead. All of them lead to the program's one shop.
    pub(crate) async fn landing(
        &self,
        app: &App,
        (merchant, program, shop): (MerchantId, ProgramId, ShopId),
    ) -> Result<Option<Arc<Landing>>, StoreError> {
        self.landings.get_or(program, app.now(), || app.store.landing(merchant, program, shop)).await
    }

    /// Fills the cache as if both had been read just now.
    #[cfg(test)]
    pub(crate) fn remember(&self, link: Link, landing: Landing, now: Timestamp) {
        self.landings.put(link.program, Some(Arc::new(landing)), now, now);
        self.links.put(link.code.clone(), Some(Arc::new(link)), now, now);
    }

    /// As if the code had just been looked for in vain.
    #[cfg(test)]
    pub(crate) fn remember_absent(&self, code: &Code, now: Timestamp) {
        self.links.put(code.clone(), None, now, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000 + ms).expect("in range")
    }

    #[test]
    fn an_entry_lives_for_some_seconds_and_absence_for_less() {
        let known: Remembered<u32, &str> = Remembered::default();
        for key in 0..200 {
            known.put(key, Some(Arc::new("link")), after(0), after(0));
            known.put(key + 1000, None, after(0), after(0));
        }
        let is_known = |key, ms| matches!(known.get(&key, after(ms)), Known::Fresh(_));
        assert!((0..200).all(|key| is_known(key, 1999) && !is_known(key, 4000)));
        assert!((1000..1200).all(|key| is_known(key, 999) && !is_known(key, 2000)));
        // Not all at once.
        let alive = (0..200).filter(|key| is_known(*key, 3000)).count();
        assert!((20..180).contains(&alive), "{alive} of 200 after 3 seconds");
        assert_eq!(known.get(&1000, after(0)), Known::Fresh(None));
        assert_eq!(known.get(&5000, after(0)), Known::Nothing);
    }

    #[tokio::test]
    async fn what_was_read_before_serves_for_some_minutes_while_storage_fails() {
        let known: Remembered<u32, &str> = Remembered::default();
        known.put(1, Some(Arc::new("link")), after(0), after(0));
        known.put(2, None, after(0), after(0));
        let fails = || async { Err(StoreError::Unavailable("down".into())) };
        let silent = || std::future::pending();
        let minutes = |minutes: i64| after(minutes * 60_000);
        assert_eq!(known.get_or(1, minutes(1), fails).await.ok(), Some(Some(Arc::new("link"))));
        // Nobody waits for it twice in the same second, and it does not live on for that.
        assert!(matches!(known.get(&1, minutes(1)), Known::Fresh(Some(_))));
        assert_eq!(known.get_or(1, minutes(4), silent).await.ok(), Some(Some(Arc::new("link"))));
        assert!(known.get_or(1, minutes(6), fails).await.is_err());
        // That there is no link is not believed for long: it may have been made since.
        assert!(known.get_or(2, minutes(1), fails).await.is_err());
        let answers = || async { Ok(None) };
        known.put(3, Some(Arc::new("link")), after(0), after(0));
        assert_eq!(known.get_or(3, minutes(1), answers).await.ok(), Some(None), "a link that is gone is gone");
    }

    #[test]
    fn a_flood_of_keys_does_not_grow_the_cache() {
        let known: Remembered<usize, ()> = Remembered::default();
        for key in 0..3 * MOST {
            known.put(key, None, after(0), after(0));
            assert!(known.0.lock().expect("not poisoned").len() <= MOST);
            assert_eq!(known.get(&key, after(0)), Known::Fresh(None));
        }
    }
}
