//! The table: what, goal, result, met or missed.

/// Rows as they are printed.
#[derive(Default)]
pub(crate) struct Table(Vec<[String; 4]>);

impl Table {
    /// A result with its goal; `is_met`: `None` for what is told without a goal.
    pub(crate) fn row(&mut self, what: &str, goal: &str, result: impl Into<String>, is_met: Option<bool>) {
        let verdict = match is_met {
            Some(true) => "met",
            Some(false) => "MISSED",
            None => "",
        };
        self.0.push([what.into(), goal.into(), result.into(), verdict.into()]);
        eprintln!("{}", self.0.last().expect("a row").join(" | "));
    }

    /// A number that may be at most so much.
    pub(crate) fn at_most(&mut self, what: &str, goal: f64, unit: &str, value: f64, digits: usize) {
        self.row(what, &format!("≤ {goal}{unit}"), format!("{value:.digits$}{unit}"), Some(value <= goal));
    }

    /// What could not be measured here, and why.
    pub(crate) fn absent(&mut self, what: &str, goal: &str, why: &str) {
        self.row(what, goal, format!("not measured: {why}"), None);
    }

    pub(crate) fn print(&self) {
        println!("\n| What | Goal | Result | |\n|---|---|---|---|");
        for row in &self.0 {
            println!("| {} |", row.join(" | "));
        }
    }
}

/// The one in the middle.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
