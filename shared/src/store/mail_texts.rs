//! Merchants' own texts for mails, in the merchant's partition. None is no row.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::key::Key;
use super::{Store, StoreError, error, text, to_item};
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

    /// Puts these in the place of whatever was there.
    pub async fn put_mail_texts(
        &self,
        merchant: MerchantId,
        program: ProgramId,
        kind: MailKind,
        variants: &[Variant],
    ) -> Result<(), StoreError> {
        let item = to_item(&Key::mail_texts(merchant, program, kind), &Row { variants: variants.into() })?;
        let put = self.client.put_item().table_name(&self.core).set_item(Some(item));
        put.send().await.map(drop).map_err(error)
    }

    /// Returns to the standard text.
    pub async fn delete_mail_texts(
        &self,
        merchant: MerchantId,
        program: ProgramId,
        kind: MailKind,
    ) -> Result<(), StoreError> {
        let key = Key::mail_texts(merchant, program, kind);
        let delete = self.client.delete_item().table_name(&self.core);
        let delete = delete.key("pk", text(key.pk)).key("sk", text(key.sk));
        delete.send().await.map(drop).map_err(error)
    }
}
