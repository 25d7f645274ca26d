//! What a warm function remembers, so that a click reads nothing. Entries live for some seconds: that is how long a
//! change takes to reach every sandbox. The span varies, so that sandboxes that started together don't read together.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use shared::App;
use shared::app::random;
use shared::domain::code::Code;
use shared::domain::id::{MerchantId, ProgramId, ShopId};
use shared::domain::program::Program;
use shared::store::{Link, Shop, StoreError};

/// An entry lives for this long, and up to as long again.
const FOUND_MS: u16 = 2000;
/// That there is no such link is forgotten sooner: the link may be about to be made.
const ABSENT_MS: u16 = 1000;
/// Entries of one kind. A flood of made-up codes may cost reads, but not memory.
const MOST: usize = 2048;

/// What is known about one key.
#[derive(Debug)]
struct Entry<V> {
    /// `None`: there is nothing behind the key.
    value: Option<Arc<V>>,
    until: Timestamp,
}

/// Values that are known until a time.
#[derive(Debug)]
struct Remembered<K, V>(Mutex<HashMap<K, Entry<V>>>);

/// The key has to be read.
#[derive(Debug, PartialEq, Eq)]
struct Unknown;

impl<K, V> Default for Remembered<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V> Remembered<K, V> {
    /// What is known about the key; an error when nothing is.
    fn get(&self, key: &K, now: Timestamp) -> Result<Option<Arc<V>>, Unknown> {
        // Nothing panics while it holds the lock; should it ever, the map is still whole.
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.get(key).filter(|entry| now < entry.until).map(|entry| entry.value.clone()).ok_or(Unknown)
    }

    fn put(&self, key: K, value: Option<Arc<V>>, now: Timestamp) {
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
        entries.insert(key, Entry { value, until: until.unwrap_or(Timestamp::MAX) });
    }

    async fn get_or<F>(&self, key: K, now: Timestamp, read: impl FnOnce() -> F) -> Result<Option<Arc<V>>, StoreError>
    where
        F: Future<Output = Result<Option<V>, StoreError>>,
    {
        if let Ok(known) = self.get(&key, now) {
            return Ok(known);
        }
        // The SDK's futures are large; boxed here, a warm click does not carry them.
        let value = Box::pin(read()).await?.map(Arc::new);
        self.put(key, value.clone(), now);
        Ok(value)
    }
}

/// Links, programs and shops as the function saw them last.
#[derive(Debug, Default)]
pub struct Cache {
    links: Remembered<Code, Link>,
    programs: Remembered<(MerchantId, ProgramId), Program>,
    shops: Remembered<ShopId, Shop>,
}

impl Cache {
    /// The link behind a code.
    pub(crate) async fn link(&self, app: &App, code: &Code) -> Result<Option<Arc<Link>>, StoreError> {
        let read = async || {
            match app.store.link_eventually(code).await? {
                // A link that was made a moment ago must work: make sure before anybody is told that there is none.
                None => app.store.link(code).await,
                found => Ok(found),
            }
        };
        self.links.get_or(code.clone(), app.now(), read).await
    }

    /// The link's program.
    pub(crate) async fn program(&self, app: &App, link: &Link) -> Result<Option<Arc<Program>>, StoreError> {
        let read = || app.store.program_eventually(link.merchant, link.program);
        self.programs.get_or((link.merchant, link.program), app.now(), read).await
    }

    /// The link's shop.
    pub(crate) async fn shop(&self, app: &App, link: &Link) -> Result<Option<Arc<Shop>>, StoreError> {
        self.shops.get_or(link.shop, app.now(), || app.store.shop_eventually(link.shop)).await
    }

    /// Fills the cache as if all three had been read just now.
    #[cfg(test)]
    pub(crate) fn remember(&self, link: Link, program: Program, shop: Shop, now: Timestamp) {
        self.programs.put((link.merchant, link.program), Some(Arc::new(program)), now);
        self.shops.put(link.shop, Some(Arc::new(shop)), now);
        self.links.put(link.code.clone(), Some(Arc::new(link)), now);
    }

    /// As if the code had just been looked for in vain.
    #[cfg(test)]
    pub(crate) fn remember_absent(&self, code: &Code, now: Timestamp) {
        self.links.put(code.clone(), None, now);
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
            known.put(key, Some(Arc::new("link")), after(0));
            known.put(key + 1000, None, after(0));
        }
        let is_known = |key, ms| known.get(&key, after(ms)).is_ok();
        assert!((0..200).all(|key| is_known(key, 1999) && !is_known(key, 4000)));
        assert!((1000..1200).all(|key| is_known(key, 999) && !is_known(key, 2000)));
        // Not all at once.
        let alive = (0..200).filter(|key| is_known(*key, 3000)).count();
        assert!((20..180).contains(&alive), "{alive} of 200 after 3 seconds");
        assert_eq!(known.get(&1000, after(0)), Ok(None));
        assert_eq!(known.get(&5000, after(0)), Err(Unknown));
    }

    #[test]
    fn a_flood_of_keys_does_not_grow_the_cache() {
        let known: Remembered<usize, ()> = Remembered::default();
        for key in 0..3 * MOST {
            known.put(key, None, after(0));
            assert!(known.0.lock().expect("not poisoned").len() <= MOST);
            assert!(known.get(&key, after(0)).is_ok());
        }
    }
}
