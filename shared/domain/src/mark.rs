//! What tells two customers apart beside mailbox and account: phone, address, device. Each has one form that its usual
//! spellings share; only a keyed hash of that form is ever stored. All three are weak signs, so a spelling that is missed
//! does little harm, and so would a match that is none.

mod address;
mod phone;

use super::person::Mark;
use super::program::Country;
use super::text::{Text, is_filler};
pub use address::StreetAddress;
pub use phone::{InvalidPhone, Phone};

/// An opaque name of a browser or device, as the shop knows it.
pub type Device = Text<200>;

/// What was told of a person. Personal data, never stored.
#[derive(Clone, Debug, Default)]
pub struct Told {
    pub phone: Option<Phone>,
    pub address: Option<StreetAddress>,
    pub device: Option<Device>,
    /// Where a phone number without a country's code belongs, if no address says so.
    pub country: Option<Country>,
}

impl Told {
    /// Each mark in the form that its spellings share. What is typed for want of anything better is none.
    pub fn marks(&self) -> Vec<(Mark, String)> {
        let country = self.address.as_ref().and_then(StreetAddress::country).or(self.country);
        let marks = [
            (Mark::Phone, self.phone.as_ref().filter(|phone| !phone.is_filler()).map(|phone| phone.canonical(country))),
            (Mark::Address, self.address.as_ref().map(StreetAddress::canonical)),
            (Mark::Device, self.device.as_ref().filter(|device| !is_filler(device)).map(|device| device.to_string())),
        ];
        marks.into_iter().filter_map(|(mark, form)| Some((mark, form?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phone_number_is_of_the_country_of_its_address() {
        let told = Told {
            phone: "070-123 45 67".parse().ok(),
            address: StreetAddress::new("Storgatan 1", "111 22", "SE".parse().ok()),
            device: None,
            country: "DK".parse().ok(),
        };
        let expected = [(Mark::Phone, "46701234567".to_owned()), (Mark::Address, "storgatan1|11122|SE".to_owned())];
        assert_eq!(told.marks(), expected);
        let nowhere = Told { phone: "070-123 45 67".parse().ok(), ..Told::default() };
        assert_eq!(nowhere.marks(), [(Mark::Phone, "0701234567".to_owned())]);
    }

    #[test]
    fn what_was_told_never_shows_itself_in_debug_output() {
        let told = Told {
            phone: "+46 70 123 45 67".parse().ok(),
            address: StreetAddress::new("Storgatan 1", "111 22", None),
            device: Device::try_from("d-1".to_owned()).ok(),
            country: None,
        };
        let shown = format!("{told:?}");
        assert!(!shown.contains("70") && !shown.contains("torgatan") && !shown.contains("d-1"), "{shown}");
    }
}
