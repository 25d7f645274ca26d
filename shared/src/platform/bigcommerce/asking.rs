//! Calls of one task, with an eye on how many more the store allows.

use std::sync::atomic::{AtomicI64, Ordering};

use futures_util::future::{try_join, try_join4};
use jiff::SignedDuration;
use serde::de::DeserializeOwned;

use super::super::api::{ApiFailure, Caller, Query};
use super::super::token::TOKEN;
use super::amounts::PRODUCTS;
use super::body::{Answers, CouponBody, Metafield, OrderBody, ProductBody, RefundBody, Wrapped};
use super::order::{NAMESPACE, Parts};
use crate::domain::order::PlatformId;

/// What [`Asking::parts`] takes, in calls.
const CALLS: usize = 4;
/// The longest that a store's window of calls lasts.
const WINDOW_MS: i64 = 30_000;

/// Asks a store.
pub(super) struct Asking<'a> {
    caller: &'a Caller,
    /// Calls that are left in the present window, and how long it lasts, in milliseconds; by the last answer.
    left: AtomicI64,
    reset_ms: AtomicI64,
}

impl<'a> Asking<'a> {
    pub(super) fn new(caller: &'a Caller) -> Self {
        Self { caller, left: AtomicI64::new(i64::MAX), reset_ms: AtomicI64::new(WINDOW_MS) }
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str, query: Query<'_>) -> Result<T, ApiFailure> {
        let answer = self.caller.get(path, query).await?;
        let number = |name: &str| answer.headers.get(name)?.trim().parse::<i64>().ok();
        if let Some(left) = number("x-rate-limit-requests-left") {
            self.left.store(left, Ordering::Relaxed);
        }
        if let Some(reset) = number("x-rate-limit-time-reset-ms") {
            self.reset_ms.store(reset.clamp(1_000, WINDOW_MS), Ordering::Relaxed);
        }
        Ok(answer.body)
    }

    /// How long to wait before so many orders can be asked for; `None`: go on.
    pub(super) fn pause_before(&self, orders: usize) -> Option<SignedDuration> {
        let enough = usize::try_from(self.left.load(Ordering::Relaxed)).is_ok_and(|left| left >= orders * CALLS);
        (!enough).then(|| SignedDuration::from_millis(self.reset_ms.load(Ordering::Relaxed)))
    }

    /// An order with its parts, all asked for at once.
    pub(super) async fn whole(&self, id: &PlatformId) -> Result<Option<(OrderBody, Parts)>, ApiFailure> {
        let path = format!("/v2/orders/{id}");
        let (order, parts) = try_join(self.get::<Option<OrderBody>>(&path, &[]), self.parts(id)).await?;
        Ok(order.map(|order| (order, parts)))
    }

    /// What an order is made of.
    pub(super) async fn parts(&self, id: &PlatformId) -> Result<Parts, ApiFailure> {
        let of = |version: &str, part: &str| format!("/{version}/orders/{id}/{part}");
        let (products, coupons) = (of("v2", "products"), of("v2", "coupons"));
        let (refunds, metafields) = (of("v3", "payment_actions/refunds"), of("v3", "metafields"));
        let limit = PRODUCTS.to_string();
        let (products, coupons, refunds, metafields) = try_join4(
            self.list::<Vec<ProductBody>>(&products, &[("limit", &limit)]),
            self.list::<Vec<CouponBody>>(&coupons, &[]),
            self.list::<Wrapped<Vec<RefundBody>>>(&refunds, &[]),
            self.list::<Wrapped<Vec<Metafield>>>(&metafields, &[("namespace", NAMESPACE), ("key", TOKEN)]),
        )
        .await?;
        Ok(Answers { products, coupons, refunds, metafields }.into())
    }

    /// A list; where there is nothing some say so with an empty body, and some with 404.
    async fn list<T: DeserializeOwned>(&self, path: &str, query: Query<'_>) -> Result<Option<T>, ApiFailure> {
        match self.get(path, query).await {
            Err(ApiFailure::Missing) => Ok(None),
            listed => listed,
        }
    }
}
