//! Years of a merchant's orders in seconds: what the engine itself wrote for one order, copied under other names straight
//! into the embedded database, past functions, meter and stream. A copy lies where its original lies: in the same
//! partition of the ledger, of the lists, of what is due.

use std::sync::mpsc::sync_channel;

use dynoxide::actions::get_item::GetItemRequest;
use dynoxide::actions::query::QueryRequest;
use dynoxide::actions::scan::ScanRequest;
use dynoxide::types::AttributeValue::{self, L, M, N, S};
use dynoxide::types::Item;
use shared::domain::id::MerchantId;
use shared::domain::mail::MailKind;
use shared::domain::order::OrderRef;
use shared::domain::person::PersonKey;
use shared::store::OrderRow;
use shared::store::key::{BY_STATE, DUE, Key};

use crate::TestMerchant;

/// Copies that go to the database at a time.
const BATCH: usize = 4000;

/// A shop's tables from the inside.
pub struct History {
    database: dynoxide::Database,
    table: String,
    merchant: TestMerchant,
    /// The merchant behind the shop.
    pub id: MerchantId,
}

/// All items of one order, and the names that its copies have others for.
pub struct Sample {
    items: Vec<Item>,
    names: Vec<String>,
}

/// Whose a sample's copies are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Buyer {
    /// Of the same buyer.
    Same,
    /// Each of another buyer.
    Others,
}

impl History {
    /// The history of this merchant.
    pub async fn of(merchant: &TestMerchant) -> Self {
        let engine = &merchant.app.engine;
        let shop = engine.app.store.shop(merchant.shop.id.parse().expect("an id")).await.expect("reads");
        Self {
            database: engine.database.clone().expect("an embedded database"),
            table: engine.app.config.core_table.clone(),
            merchant: merchant.clone(),
            id: shop.expect("a shop").merchant,
        }
    }

    async fn order(&self, id: &str) -> (OrderRef, OrderRow) {
        let order = OrderRef { shop: self.merchant.shop.id.parse().expect("an id"), id: id.parse().expect("an id") };
        let row = self.merchant.app.engine.app.store.order(&order).await.expect("reads").expect("an order");
        (order, row)
    }

    /// Whose order it is.
    pub async fn buyer(&self, order: &str) -> PersonKey {
        let (_, row) = self.order(order).await;
        row.facts.person().expect("a buyer").clone()
    }

    /// Everything that the engine has written for this order.
    pub async fn sample(&self, order: &str, buyer: Buyer) -> Sample {
        let store = &self.merchant.app.engine.app.store;
        let (order, row) = self.order(order).await;
        let entered = row.entered.expect("a timeline");
        let (mut keys, mut names) = (vec![Key::order(&order)], vec![order.id.as_str().to_owned()]);
        keys.extend(entered.persons.iter().map(|it| Key::person_order(self.id, it, entered.placed_at, &order)));
        if buyer == Buyer::Others {
            names.extend(entered.persons.iter().map(|person| person.as_str().to_owned()));
        }
        if let Some(id) = row.referral {
            let referral = store.referral(id).await.expect("reads").expect("a referral");
            keys.push(Key::referral(id));
            keys.extend((1..=referral.entries).map(|number| Key::entry(self.id, referral.advocate, id, number)));
            // Rewards are numbered in the last two letters.
            let ulid = id.ulid().to_string();
            names.push(ulid[..24].to_owned());
            for reward in referral.rewards.iter().filter(|reward| reward.mailed) {
                let mail = MailKind::RewardReady.row_of(reward.id);
                keys.push(Key::outbox(mail));
                names.push(mail.ulid().to_string());
            }
        }
        let item = |key: &Key| self.find(key).unwrap_or_else(|| panic!("{key:?} is not there"));
        Sample { items: keys.iter().map(item).collect(), names }
    }

    /// Copies the samples in turn until there are so many rows. Copying and writing take about as long, so they go side by
    /// side.
    pub fn grow(&self, samples: &[Sample], rows: usize) {
        let all = (1_u32..).flat_map(|number| samples.iter().flat_map(move |sample| sample.copy(number)));
        let mut all = all.take(rows).peekable();
        std::thread::scope(|scope| {
            let (copied, to_write) = sync_channel(1);
            scope.spawn(move || to_write.into_iter().for_each(|items| self.put(items)));
            while all.peek().is_some() {
                copied.send(all.by_ref().take(BATCH).collect()).expect("the writer waits for more");
            }
        });
    }

    /// Sets numbers of an item, also of one that is not there yet.
    pub fn set(&self, key: &Key, numbers: &[(&str, i64)]) {
        let mut item = self.find(key).unwrap_or_else(|| key_of(key));
        item.extend(numbers.iter().map(|(name, number)| ((*name).to_owned(), N(number.to_string()))));
        self.put(vec![item]);
    }

    /// How many items lie in a partition of the table or of an index. Reads them all.
    pub fn count(&self, index: Option<&str>, partition: &str) -> usize {
        let name = match index {
            None => "pk",
            Some(DUE) => "dpk",
            Some(BY_STATE) => "spk",
            Some(_) => "mpk",
        };
        let (mut count, mut start) = (0, None);
        loop {
            let page = self.database.query(QueryRequest {
                table_name: self.table.clone(),
                index_name: index.map(str::to_owned),
                key_condition_expression: Some(format!("{name} = :partition")),
                expression_attribute_values: Some([(":partition".to_owned(), S(partition.to_owned()))].into()),
                select: Some("COUNT".to_owned()),
                exclusive_start_key: start,
                ..QueryRequest::default()
            });
            let page = page.expect("counts");
            count += page.count;
            start = page.last_evaluated_key;
            if start.is_none() {
                return count;
            }
        }
    }

    /// Makes everything look as if it was written before there was an index of states.
    pub fn before_states(&self) {
        let (mut items, mut start) = (Vec::new(), None);
        loop {
            let request =
                ScanRequest { table_name: self.table.clone(), exclusive_start_key: start, ..ScanRequest::default() };
            let page = self.database.scan(request).expect("reads");
            items.extend(page.items.unwrap_or_default());
            start = page.last_evaluated_key;
            if start.is_none() {
                break;
            }
        }
        items.retain_mut(|item| {
            let is_mark = matches!(item.get("pk"), Some(S(pk)) if pk.starts_with("LST#"));
            if is_mark {
                item.retain(|name, _| matches!(name.as_str(), "pk" | "sk"));
            }
            item.remove("spk").is_some() || is_mark
        });
        self.put(items);
    }

    fn find(&self, key: &Key) -> Option<Item> {
        let request = GetItemRequest { table_name: self.table.clone(), key: key_of(key), ..GetItemRequest::default() };
        self.database.get_item(request).expect("reads").item
    }

    fn put(&self, items: Vec<Item>) {
        self.database.import_items(&self.table, items, dynoxide::ImportOptions::default()).expect("writes");
    }
}

impl Sample {
    /// The same items under names of their own. Names keep their length, so that items keep their size.
    fn copy(&self, number: u32) -> impl Iterator<Item = Item> {
        let renamed = |name: &String| (name.clone(), format!("{}{number:08}", &name[..name.len() - 8]));
        let names: Vec<_> = self.names.iter().map(renamed).collect();
        self.items.iter().map(move |item| {
            let mut item: Item =
                item.iter().map(|(name, value)| (rename(name, &names), copied(value, &names))).collect();
            let text = |item: &Item, name: &str| match item.get(name) {
                Some(S(text)) => text.clone(),
                _ => String::new(),
            };
            // Which shard of an index an item is in follows from its key.
            let key = Key { pk: text(&item, "pk"), sk: text(&item, "sk") };
            for (index, shard) in [("mpk", key.list_shard()), ("dpk", key.shard()), ("spk", key.state_shard())] {
                if let Some(S(partition)) = item.get_mut(index) {
                    let start = partition.rsplit_once('#').expect("a shard at its end").0;
                    *partition = format!("{start}#{shard}");
                }
            }
            item
        })
    }
}

fn key_of(key: &Key) -> Item {
    [("pk", &key.pk), ("sk", &key.sk)].into_iter().map(|(name, value)| (name.to_owned(), S(value.clone()))).collect()
}

fn copied(value: &AttributeValue, names: &[(String, String)]) -> AttributeValue {
    match value {
        S(text) => S(rename(text, names)),
        L(values) => L(values.iter().map(|value| copied(value, names)).collect()),
        M(values) => M(values.iter().map(|(name, value)| (rename(name, names), copied(value, names))).collect()),
        other => other.clone(),
    }
}

fn rename(text: &str, names: &[(String, String)]) -> String {
    let mut text = text.to_owned();
    for (from, to) in names {
        // Most texts are shorter than any name.
        if text.len() >= from.len() && text.contains(from) {
            text = text.replace(from, to);
        }
    }
    text
}
