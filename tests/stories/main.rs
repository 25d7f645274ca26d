//! The stories: what merchants, shops and shoppers do, end to end over real HTTP.

mod capacity;
mod corrections;
mod faults;
mod fixtures;
mod isolation;
mod journey;
mod links;
mod notices;
mod pools;
mod refunds;
mod repeats;
mod template;
mod uploads;
mod webhooks;
mod webhooks_out;
mod webhooks_reach;
