//! The stories: what merchants, shops and shoppers do, end to end over real HTTP.

mod by_hand;
mod capacity;
mod corrections;
mod faults;
mod fixtures;
mod fulfilment;
mod guards;
mod isolation;
mod journey;
mod limits;
mod links;
mod named_faults;
mod notices;
mod order_facts;
mod platform_codes;
mod pools;
mod presets;
mod programs;
mod refunds;
mod repeats;
mod signals;
mod template;
mod uploads;
mod webhooks;
mod webhooks_out;
mod webhooks_reach;
