//! By which click a link was first opened in a channel: nobody tells us that an advocate shared a link, but when somebody
//! comes by it, it was. Asked once per link and channel; a function remembers what it was told.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::super::key::Key;
use super::super::{Store, StoreError, if_held};
use super::Shard;
use crate::domain::code::Code;
use crate::domain::tally::Sequence;

/// The record of the first click.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    pub shard: String,
    pub sequence: String,
}

impl Claim {
    /// A record's claim.
    pub fn new(shard: &Shard, sequence: Sequence) -> Self {
        Self { shard: shard.as_str().to_owned(), sequence: sequence.to_string() }
    }
}

/// Claims that a function remembers.
const MOST: usize = 50_000;

/// Whose the first clicks are, as far as this function has asked.
#[derive(Debug, Default)]
pub struct Claims(Mutex<HashMap<(Code, String), Claim>>);

impl Store {
    /// Whether this record is the first of its link in this channel (empty: at all). The first that asks is, and stays it
    /// however often it is asked for again.
    pub async fn is_first_in(
        &self,
        claims: &Claims,
        code: &Code,
        channel: &str,
        claim: &Claim,
    ) -> Result<bool, StoreError> {
        let name = (code.clone(), channel.to_owned());
        let known = claims.0.lock().unwrap_or_else(PoisonError::into_inner).get(&name).cloned();
        if let Some(known) = known {
            return Ok(known == *claim);
        }
        let key = Key::first_opened(code, channel);
        let held = match self.get_eventually::<Claim>(&key).await? {
            Some(held) => held,
            None => match if_held(self.put_version(&key, claim, &[], None).await)? {
                Some(()) => claim.clone(),
                // Another one was faster by some milliseconds; or this one, and its answer was lost.
                None => self.get(&key).await?.unwrap_or_else(|| claim.clone()),
            },
        };
        let is_first = held == *claim;
        let mut claims = claims.0.lock().unwrap_or_else(PoisonError::into_inner);
        if claims.len() >= MOST {
            claims.clear();
        }
        claims.insert(name, held);
        Ok(is_first)
    }
}
