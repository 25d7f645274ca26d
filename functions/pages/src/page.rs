//! What the pages say. They name nobody, and tell no other site where the reader came from: the address that they stand
//! under is a key.

use askama::Template;
use lambda_http::{Body, Response};
use shared::http::{ApiError, Forms, html};

/// What a reader can choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// No invitations and no reminders.
    NoRequests,
    /// No mails of the kind that led here.
    NotThisKind,
    /// No mails at all.
    NoMail,
    /// All mails again.
    AllAgain,
}

impl Choice {
    /// What who gets all mails is offered; the last one only where the kind is known.
    pub(crate) const LEAVE: [Self; 3] = [Self::NoMail, Self::NoRequests, Self::NotThisKind];

    /// As the form says it.
    const fn name(self) -> &'static str {
        match self {
            Self::NoRequests => "no-requests",
            Self::NotThisKind => "not-this-kind",
            Self::NoMail => "no-mail",
            Self::AllAgain => "all-again",
        }
    }

    /// What the button says.
    const fn label(self) -> &'static str {
        match self {
            Self::NoRequests => "No more invitations and reminders",
            Self::NotThisKind => "No more mails like this one",
            Self::NoMail => "No more mail at all",
            Self::AllAgain => "Get all mails again",
        }
    }

    /// The one whose button sent this body; `None`: none of them did.
    pub(crate) fn of_form(body: &[u8]) -> Option<Self> {
        let all = [Self::NoRequests, Self::NotThisKind, Self::NoMail, Self::AllAgain];
        all.into_iter().find(|choice| body == format!("wish={}", choice.name()).as_bytes())
    }
}

/// One page: a heading, a sentence, and perhaps buttons that post to the page's own address.
#[derive(Clone, Copy, Template)]
#[template(path = "page.html")]
pub(crate) struct Page {
    title: &'static str,
    text: &'static str,
    choices: &'static [Choice],
}

/// For an address that we did not make.
pub(crate) const UNKNOWN: Page = Page {
    title: "This link does not work",
    text: "Perhaps it was cut off on its way. Please open the link in the mail again, or copy all of it.",
    choices: &[],
};

/// For an address that is nobody's.
pub(crate) const NOWHERE: Page = Page {
    title: "There is nothing here",
    text: "Please check the address: a letter may be missing or be another one.",
    choices: &[],
};

/// For a link that is no more.
pub(crate) const ENDED: Page = Page {
    title: "This link has ended",
    text: "The offer behind it is over, or the link was switched off. What you have earned stays yours.",
    choices: &[],
};

/// For a person to whom no button brings mail back.
pub(crate) const CLOSED: Page = Page {
    title: "You get no mail",
    text: "This shop writes to you no more about referrals and rewards. If that should change, ask the shop.",
    choices: &[],
};

impl Page {
    /// The question.
    pub(crate) fn ask(choices: &'static [Choice]) -> Self {
        let (title, text) = match choices {
            [Choice::AllAgain] => ("You get no mail", "This shop writes to you no more about referrals and rewards."),
            [Choice::AllAgain, ..] => {
                ("You get fewer mails", "This shop writes to you about referrals and rewards, but not everything.")
            }
            _ => ("No more mail?", "Choose which mails about referrals and rewards you want no more from this shop."),
        };
        Self { title, text, choices }
    }

    /// The answer.
    pub(crate) const fn done(choice: Choice) -> Self {
        let (title, text): (_, _) = match choice {
            Choice::NoMail => (
                "You are unsubscribed",
                "You get no more mail about referrals and rewards from this shop. What you have earned stays yours.",
            ),
            Choice::NoRequests => (
                "You are unsubscribed from invitations",
                "You get no more invitations and reminders from this shop. It still tells you of rewards that you earn.",
            ),
            Choice::NotThisKind => (
                "You are unsubscribed",
                "You get no more mails like this one from this shop. What you have earned stays yours.",
            ),
            Choice::AllAgain => ("Welcome back", "You get all mails about referrals and rewards from this shop again."),
        };
        let choices: &[Choice] = match choice {
            Choice::AllAgain => &[],
            Choice::NoMail => &[Choice::AllAgain],
            _ => &[Choice::AllAgain, Choice::NoMail],
        };
        Self { title, text, choices }
    }

    /// As a response.
    pub(crate) fn into_response(self, status: u16) -> Result<Response<Body>, ApiError> {
        html(status, self.render().map_err(ApiError::internal)?, Forms::Here)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_button_is_told_from_a_mail_programs_click() {
        for choice in [Choice::NoRequests, Choice::NotThisKind, Choice::NoMail, Choice::AllAgain] {
            assert_eq!(Choice::of_form(format!("wish={}", choice.name()).as_bytes()), Some(choice));
        }
        for other in ["", "List-Unsubscribe=One-Click", "wish=", "wish=everything", "wish=all-again&x=1", "all-again"] {
            assert_eq!(Choice::of_form(other.as_bytes()), None, "{other}");
        }
    }
}
