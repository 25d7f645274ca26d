//! Columns of CSV files with customers: our own fields by their names, and those of the exports that Shopify, WooCommerce and
//! BigCommerce make. What a platform's export has and we have no use for (addresses, phones, notes) is left out and named; a
//! column that nobody knows is named too, and left out only if that is asked for.

use serde_json::{Map, Value, json};
use shared::domain::money::{Currency, Money};

/// Our own fields; each cell of theirs says what the field says in JSON.
const OWN: [&str; 14] = [
    "email",
    "name",
    "locale",
    "time_zone",
    "orders",
    "spend",
    "last_order_at",
    "refunded_at",
    "tags",
    "loyalty_tier",
    "do_not_ask",
    "open_ticket",
    "opted_in",
    "suppressed",
];
/// What separates the tags in a cell of ours, and in one of a platform's.
const BETWEEN_TAGS: (char, char) = ('|', ',');

/// What a column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Column {
    /// A field of ours, as we write it.
    Own(String),
    Email,
    FirstName,
    Name,
    Orders,
    /// An amount in the merchant's currency.
    Spend,
    Tags,
    OptedIn,
    /// A platform's that we have no use for.
    Unused,
}

/// Columns of platforms' exports by their names without case, spaces and signs. Shopify: customers, with the headers since
/// 2023 ("Default Address …") and before. WooCommerce: the customers' report. BigCommerce: the templates "Default" and "Bulk
/// edit".
fn known(name: &str) -> Option<Column> {
    if OWN.contains(&name) {
        return Some(Column::Own(name.to_owned()));
    }
    let plain: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let address = plain.strip_prefix("defaultaddress").unwrap_or(&plain);
    let column = match plain.as_str() {
        "email" | "emailaddress" => Column::Email,
        "firstname" => Column::FirstName,
        "name" | "customername" => Column::Name,
        "totalorders" | "orders" | "orderscount" => Column::Orders,
        "totalspent" | "totalspend" => Column::Spend,
        "tags" => Column::Tags,
        "acceptsemailmarketing" | "acceptsmarketing" => Column::OptedIn,
        // Of persons and accounts.
        "customerid"
        | "id"
        | "lastname"
        | "username"
        | "phone"
        | "company"
        | "note"
        | "notes"
        | "taxexempt"
        | "taxexemptcategory"
        | "taxexemptions"
        | "acceptssmsmarketing"
        | "acceptswhatsappmarketing"
        | "lastactive"
        | "signup"
        | "dateregistered"
        | "datejoined"
        | "aov"
        | "storecredit"
        | "customergroup"
        | "customergroupid"
        | "receivereviewabandonedcartemails"
        | "receiveacsreviewemails"
        | "addresses"
        | "loginattempts" => Column::Unused,
        _ => match address {
            "company" | "address1" | "address2" | "city" | "province" | "provincecode" | "region" | "country"
            | "countrycode" | "countryregion" | "zip" | "postalcode" | "phone" | "firstname" | "lastname" => {
                Column::Unused
            }
            _ if is_numbered_address(address) => Column::Unused,
            _ => return None,
        },
    };
    Some(column)
}

/// BigCommerce numbers what belongs to an address: `Address Line 1 - 2`, `Address City - 1`.
fn is_numbered_address(plain: &str) -> bool {
    let Some(rest) = plain.strip_prefix("address") else { return false };
    let what = rest.trim_end_matches(|c: char| c.is_ascii_digit());
    let parts = [
        "id",
        "firstname",
        "lastname",
        "company",
        "line",
        "line1",
        "line2",
        "city",
        "suburb",
        "state",
        "stateprovince",
        "stateabbreviation",
        "zip",
        "zippostcode",
        "postcode",
        "country",
        "countryabbreviation",
        "phone",
        "buildingtype",
        "",
    ];
    rest.len() > what.len() && parts.contains(&what)
}

/// The columns of a file.
#[derive(Debug)]
pub(super) struct Columns {
    columns: Vec<(String, Option<Column>)>,
    currency: Currency,
}

impl Columns {
    /// Of a header.
    pub(super) fn of<'a>(header: impl IntoIterator<Item = &'a str>, currency: Currency) -> Self {
        Self { columns: header.into_iter().map(|name| (name.to_owned(), known(name))).collect(), currency }
    }

    /// Names of columns that nobody knows.
    pub(super) fn strange(&self) -> Vec<&str> {
        self.named(Option::is_none)
    }

    /// Names of a platform's columns that we have no use for.
    pub(super) fn unused(&self) -> Vec<&str> {
        self.named(|column| *column == Some(Column::Unused))
    }

    fn named(&self, is_meant: impl Fn(&Option<Column>) -> bool) -> Vec<&str> {
        self.columns.iter().filter(|(_, column)| is_meant(column)).map(|(name, _)| name.as_str()).collect()
    }

    /// A row as JSON has it; an empty cell leaves its field as it is.
    pub(super) fn row<'a>(&self, cells: impl IntoIterator<Item = &'a str>) -> Value {
        let mut row = Map::new();
        for ((_, column), cell) in self.columns.iter().zip(cells).filter(|(_, cell)| !cell.is_empty()) {
            let (name, value) = match column {
                Some(Column::Own(name)) => (name.as_str(), own(name, cell)),
                Some(Column::Email) => ("email", json!(cell)),
                // People are greeted by the first name.
                Some(Column::Name) if row.contains_key("name") => continue,
                Some(Column::FirstName | Column::Name) => ("name", json!(cell)),
                Some(Column::Orders) => ("orders", count(cell)),
                Some(Column::Spend) => ("spend", amount(cell, self.currency)),
                Some(Column::Tags) => ("tags", tags(cell, BETWEEN_TAGS.1)),
                Some(Column::OptedIn) => ("opted_in", yes_or_no(cell)),
                Some(Column::Unused) | None => continue,
            };
            row.insert(name.to_owned(), value);
        }
        Value::Object(row)
    }
}

/// A cell of ours as JSON has it.
fn own(name: &str, cell: &str) -> Value {
    match name {
        "tags" => tags(cell, BETWEEN_TAGS.0),
        "orders" => count(cell),
        "do_not_ask" | "open_ticket" | "opted_in" => match cell {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            other => json!(other),
        },
        // An amount and its currency: `1200.00 SEK`.
        "spend" => match cell.split_once(' ') {
            Some((amount, currency)) => json!({"amount": amount, "currency": currency.trim()}),
            None => json!(cell),
        },
        _ => json!(cell),
    }
}

fn count(cell: &str) -> Value {
    cell.parse::<u32>().map_or_else(|_| json!(cell), Value::from)
}

fn tags(cell: &str, between: char) -> Value {
    cell.split(between).map(str::trim).filter(|tag| !tag.is_empty()).collect()
}

fn yes_or_no(cell: &str) -> Value {
    match cell.to_ascii_lowercase().as_str() {
        "yes" | "true" | "1" | "subscribed" => Value::Bool(true),
        "no" | "false" | "0" | "not_subscribed" => Value::Bool(false),
        _ => json!(cell),
    }
}

/// A bare number as money, with exactly the currency's decimals: exports write `864`, `864.5` and `1,864.50`.
fn amount(cell: &str, currency: Currency) -> Value {
    let plain = if cell.contains('.') { cell.replace(',', "") } else { cell.to_owned() };
    match Money::parse_rounding(&plain, currency) {
        Ok(money) => json!({"amount": money.amount(), "currency": currency.code()}),
        Err(_) => json!(cell),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::customers::change::Change;

    fn read(header: &str, row: &str) -> (Columns, Value) {
        let cells = |line: &str| line.split(';').map(str::to_owned).collect::<Vec<_>>();
        let columns = Columns::of(cells(header).iter().map(String::as_str), "SEK".parse().expect("a currency"));
        let value = columns.row(cells(row).iter().map(String::as_str));
        (columns, value)
    }

    #[test]
    fn the_exports_of_three_platforms_are_understood() {
        let shopify = "Customer ID;First Name;Last Name;Email;Accepts Email Marketing;Default Address Company;\
            Default Address Address1;Default Address Address2;Default Address City;Default Address Province Code;\
            Default Address Country Code;Default Address Zip;Default Address Phone;Phone;Accepts SMS Marketing;Total Spent;\
            Total Orders;Note;Tax Exempt;Tags";
        let row = "'694;Anna;Öberg;anna@example.com;yes;;Storgatan 1;;Stockholm;;SE;'111 22;;'+46701234567;no;1864.5;3;;no;vip, press";
        let (columns, anna) = read(shopify, row);
        assert_eq!(columns.strange(), Vec::<&str>::new());
        assert!(columns.unused().contains(&"Default Address Zip") && !columns.unused().contains(&"Tags"));
        let expected = json!({"email": "anna@example.com", "name": "Anna", "opted_in": true, "orders": 3,
            "spend": {"amount": "1864.50", "currency": "SEK"}, "tags": ["vip", "press"]});
        assert_eq!(anna, expected);

        let older = "First Name;Last Name;Email;Company;Address1;Address2;City;Province;Province Code;Country;Country Code;Zip;\
            Phone;Accepts Marketing;Total Spent;Total Orders;Tags;Note;Tax Exempt";
        let (columns, bo) = read(older, "Bo;;bo@example.com;;;;;;;;;;;no;0.00;0;;;no");
        assert_eq!((columns.strange().len(), &bo["opted_in"], &bo["orders"]), (0, &json!(false), &json!(0)));

        let woo =
            "Name;Username;Last Active;Sign Up;Email;Orders;Total Spend;AOV;Country / Region;City;Region;Postal Code";
        let (columns, cy) = read(woo, "Cy Berg;cy;2026-11-01;2025-01-01;cy@example.com;2;1,864;932;SE;Lund;;222 22");
        assert_eq!(columns.strange(), Vec::<&str>::new());
        assert_eq!((&cy["name"], &cy["orders"]), (&json!("Cy Berg"), &json!(2)));

        let big = "Customer ID;Customer Name;First Name;Last Name;Company;Email;Phone;Notes;Store Credit;Customer Group;Date Joined;\
            Receive Review/Abandoned Cart Emails;Tax Exempt Category;Address ID - 1;Address Line 1 - 1;Address City - 1;\
            Address State/Province - 1;Address Zip/Postcode - 1;Address Country - 1";
        let (columns, dee) = read(big, "7;Dee Ek;Dee;Ek;;dee@example.com;;;0.00;Wholesale;2025-01-01;1;;1;;;;;");
        assert_eq!((columns.strange(), dee), (Vec::new(), json!({"email": "dee@example.com", "name": "Dee"})));
    }

    #[test]
    fn a_column_that_nobody_knows_is_named_and_our_own_mean_what_they_meant() {
        let (columns, row) =
            read("email;Shoe Size;tags;spend;Address;Default Address", "a@b.example;44;x, y|z;12.00 SEK;q;q");
        assert_eq!(columns.strange(), ["Shoe Size", "Address", "Default Address"]);
        let expected =
            json!({"email": "a@b.example", "tags": ["x, y", "z"], "spend": {"amount": "12.00", "currency": "SEK"}});
        assert_eq!(row, expected);
        serde_json::from_value::<Change>(row).expect("a change");
    }

    #[test]
    fn amounts_get_the_currencys_decimals_and_what_is_none_is_told_by_its_line() {
        let money = |cell: &str, code: &str| amount(cell, code.parse().expect("a currency"));
        assert_eq!(money("864", "SEK"), json!({"amount": "864.00", "currency": "SEK"}));
        assert_eq!(money("1,864.504", "EUR"), json!({"amount": "1864.50", "currency": "EUR"}));
        assert_eq!(money("864", "JPY"), json!({"amount": "864", "currency": "JPY"}));
        assert_eq!(money("1,864", "SEK"), json!("1,864"), "thousands or a fraction? Nobody knows");
    }
}
