//! The headers of a platform's request. Names compare without case; API Gateway joins repeats with commas, so what came
//! twice reads as one odd value.

use lambda_http::http::HeaderMap;

/// A request's headers.
#[derive(Clone, Copy)]
pub struct Headers<'a>(&'a HeaderMap);

impl<'a> Headers<'a> {
    /// These headers.
    pub const fn new(headers: &'a HeaderMap) -> Self {
        Self(headers)
    }

    /// A header that came exactly once and is text, without the white space around it.
    pub fn one(self, name: &str) -> Option<&'a str> {
        let mut values = self.0.get_all(name).iter();
        let value = values.next()?.to_str().ok()?.trim();
        (values.next().is_none() && !value.is_empty()).then_some(value)
    }
}
