//! Merchants' own texts for mails, in the merchant's partition. None is no row.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::key::Key;
use super::{Store, StoreError, Writes};
use crate::domain::id::{MerchantId, ProgramId};
use crate::domain::mail::MailKind;
use crate::domain::variant::Variant;

#[derive(Serialize, Deserialize)]
struct Row<'a> {
    variants: Cow<'a, [Variant]>,
}

impl Store {
    /// The merchant's own variants of a kind of mail; empty: there is only the standard text.
    pub async fn mail_texts(
        &self,
        merchant: MerchantId,
        program: ProgramId,
        kind: MailKind,
    ) -> Result<Vec<Variant>, StoreError> {
        let row: Option<Row<'static>> = self.get(&Key::mail_texts(merchant, program, kind)).await?;
        Ok(row.map(|row| row.variants.into_owned()).unwrap_or_default())
    }

    /// The same at half the price, perhaps some milliseconds old: for mails, which are written all the time.
    pub async fn mail_texts_eventually(
        &self,
        merchant: MerchantId,
        program: ProgramId,
        kind: MailKind,
    ) -> Result<Vec<Variant>, StoreError> {
        let row: Option<Row<'static>> = self.get_eventually(&Key::mail_texts(merchant, program, kind)).await?;
        Ok(row.map(|row| row.variants.into_owned()).unwrap_or_default())
    }

    /// Adds these to the writes, in the place of whatever was there.
    pub fn put_mail_texts(
        &self,
        writes: &mut Writes,
        (merchant, program, kind): (MerchantId, ProgramId, MailKind),
        variants: &[Variant],
    ) -> Result<(), StoreError> {
        let row = Row { variants: variants.into() };
        writes.put_any(self, &Key::mail_texts(merchant, program, kind), &row, &[]).map(drop)
    }

    /// Adds the return to the standard text.
    pub fn delete_mail_texts(
        &self,
        writes: &mut Writes,
        (merchant, program, kind): (MerchantId, ProgramId, MailKind),
    ) -> Result<(), StoreError> {
        writes.delete(self, &Key::mail_texts(merchant, program, kind)).map(drop)
    }
}
