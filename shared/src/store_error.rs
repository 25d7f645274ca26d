//! Why storage did not do as asked, whoever spoke to it.

/// Why storage did not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A condition did not hold: somebody (perhaps an earlier try of our own) was first. The positions of the actions
    /// whose conditions failed; of a single write, `[0]`.
    #[error("a condition failed at {0:?}")]
    Condition(Vec<usize>),
    /// Throttled, or in the way of another transaction: later is better.
    #[error("storage is busy: {0}")]
    Busy(String),
    /// The request itself is wrong: trying again won't help.
    #[error("storage refused: {0}")]
    Refused(String),
    /// An item is not as this version knows it: trying again won't help.
    #[error("unreadable: {0}")]
    Unreadable(String),
    /// No answer, or a fault on the other side.
    #[error("storage is unavailable: {0}")]
    Unavailable(String),
}

impl StoreError {
    /// Somebody else was first.
    pub fn is_condition(&self) -> bool {
        matches!(self, Self::Condition(_))
    }

    /// Trying the same again soon may work.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Condition(_) | Self::Busy(_))
    }

    /// What DynamoDB's name for an error means. The one place that looks at such names.
    pub(crate) fn told(code: &str, message: Option<&str>) -> Self {
        // Short, and without what was asked for: it is stored with parked events and shown to the merchant.
        let message = || format!("{code}: {}", message.unwrap_or("no reason given"));
        match code {
            "ConditionalCheckFailedException" => Self::Condition(vec![0]),
            "ProvisionedThroughputExceededException"
            | "ThrottlingException"
            | "RequestLimitExceeded"
            | "TransactionConflictException"
            | "TransactionInProgressException" => Self::Busy(message()),
            "InternalServerError" | "ServiceUnavailable" => Self::Unavailable(message()),
            _ => Self::Refused(message()),
        }
    }
}
