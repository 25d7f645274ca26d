//! Counts what DynamoDB says each flow consumed (`ReturnConsumedCapacity`), so that cost is measured and not guessed.
//! Works from outside: an interceptor on the SDK client asks for the figures, production code knows nothing of it.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::operation::{
    delete_item::{DeleteItemInput, DeleteItemOutput},
    get_item::{GetItemInput, GetItemOutput},
    put_item::{PutItemInput, PutItemOutput},
    query::{QueryInput, QueryOutput},
    transact_write_items::{TransactWriteItemsInput, TransactWriteItemsOutput},
    update_item::{UpdateItemInput, UpdateItemOutput},
};
use aws_sdk_dynamodb::types::{ConsumedCapacity, ReturnConsumedCapacity};
use aws_smithy_runtime_api::client::interceptors::context::{
    AfterDeserializationInterceptorContextRef, BeforeSerializationInterceptorContextMut,
};
use serde::Serialize;

tokio::task_local! {
    static FLOW: Flow;
}

#[derive(Clone)]
struct Flow {
    name: String,
    function: String,
}

/// The function that runs in this task, if one does.
pub(crate) fn calling_function() -> Option<String> {
    FLOW.try_with(|flow| flow.function.clone()).ok()
}

/// What a flow consumed so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Usage {
    /// How often the flow ran.
    pub runs: u64,
    /// Requests to DynamoDB.
    pub requests: u64,
    pub read_units: f64,
    pub write_units: f64,
}

/// The meter: one tally per flow.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<Mutex<BTreeMap<String, Usage>>>);

impl Meter {
    /// Runs a function for a flow: what it consumes is counted under the flow's name.
    pub async fn flow<T>(&self, name: &str, function: &str, run: impl Future<Output = T>) -> T {
        self.add(name, |usage| usage.runs += 1);
        FLOW.scope(Flow { name: name.to_owned(), function: function.to_owned() }, run).await
    }

    /// All tallies.
    pub fn usage(&self) -> BTreeMap<String, Usage> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn add(&self, flow: &str, change: impl FnOnce(&mut Usage)) {
        let mut tallies = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        change(tallies.entry(flow.to_owned()).or_default());
    }
}

impl Intercept for Meter {
    fn name(&self) -> &'static str {
        "Meter"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let input = context.input_mut();
        let wanted = Some(ReturnConsumedCapacity::Indexes);
        macro_rules! ask {
            ($($kind:ty),*) => {$(
                if let Some(input) = input.downcast_mut::<$kind>() {
                    input.return_consumed_capacity = wanted.clone();
                }
            )*};
        }
        ask!(GetItemInput, PutItemInput, UpdateItemInput, DeleteItemInput, QueryInput, TransactWriteItemsInput);
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let flow = FLOW.try_with(|flow| flow.name.clone()).unwrap_or_else(|_| "other".to_owned());
        let mut usage = Usage { requests: 1, ..Usage::default() };
        if let Ok(output) = context.output_or_error() {
            let units = |capacity: Option<&ConsumedCapacity>| capacity.and_then(|c| c.capacity_units).unwrap_or(0.0);
            if let Some(output) = output.downcast_ref::<GetItemOutput>() {
                usage.read_units += units(output.consumed_capacity());
            } else if let Some(output) = output.downcast_ref::<QueryOutput>() {
                usage.read_units += units(output.consumed_capacity());
            } else if let Some(output) = output.downcast_ref::<PutItemOutput>() {
                usage.write_units += units(output.consumed_capacity());
            } else if let Some(output) = output.downcast_ref::<UpdateItemOutput>() {
                usage.write_units += units(output.consumed_capacity());
            } else if let Some(output) = output.downcast_ref::<DeleteItemOutput>() {
                usage.write_units += units(output.consumed_capacity());
            } else if let Some(output) = output.downcast_ref::<TransactWriteItemsOutput>() {
                usage.write_units += output.consumed_capacity().iter().map(|table| units(Some(table))).sum::<f64>();
            }
        }
        self.add(&flow, |tally| {
            tally.requests += usage.requests;
            tally.read_units += usage.read_units;
            tally.write_units += usage.write_units;
        });
        Ok(())
    }
}
