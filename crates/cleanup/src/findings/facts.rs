//! One contact and what is read of it. A value is read when something first asks for it, and once.

use std::cell::OnceCell;

use super::super::Subject;
use super::super::normalize::email;
use super::super::normalize::ids;
use super::super::normalize::phone::{self, Evidence, Phone, Reading, Region};
use super::names;

/// A contact whose values are being counted or checked.
pub(super) struct Facts<'a> {
    pub(super) subject: &'a Subject<'a>,
    default_region: Option<Region>,
    phone: OnceCell<Reading>,
    whatsapp: OnceCell<Option<Phone>>,
    email: OnceCell<email::Reading>,
    name_words: OnceCell<Vec<String>>,
}

impl<'a> Facts<'a> {
    /// The contact; its number is of `default_region` where it says nothing else.
    pub(super) fn of(subject: &'a Subject<'a>, default_region: Option<Region>) -> Self {
        Self {
            subject,
            default_region,
            phone: OnceCell::new(),
            whatsapp: OnceCell::new(),
            email: OnceCell::new(),
            name_words: OnceCell::new(),
        }
    }

    /// The evidence for the country of the contact's number.
    pub(super) fn evidence(&self) -> Evidence {
        Evidence::beside(self.whatsapp().cloned(), self.subject, self.default_region)
    }

    /// The reading of `phone_number`.
    pub(super) fn phone_reading(&self) -> &Reading {
        self.phone.get_or_init(|| {
            let Subject { area_code, phone_number, .. } = self.subject;
            if phone_number.is_empty() {
                Reading::Empty
            } else {
                phone::read(area_code, phone_number, &self.evidence())
            }
        })
    }

    /// The contact's phone number, where it is read as one.
    pub(super) fn phone(&self) -> Option<&Phone> {
        match self.phone_reading() {
            Reading::Number { phone, .. } => Some(phone),
            _ => None,
        }
    }

    /// The number of the contact's WhatsApp account.
    pub(super) fn whatsapp(&self) -> Option<&Phone> {
        self.whatsapp.get_or_init(|| ids::whatsapp(&self.subject.whatsapp_id)).as_ref()
    }

    /// The reading of `email`.
    pub(super) fn email(&self) -> &email::Reading {
        self.email.get_or_init(|| email::read(&self.subject.email))
    }

    /// The parts of the contact's name, as [`names::tokens`] gives them.
    pub(super) fn name_words(&self) -> &[String] {
        self.name_words.get_or_init(|| names::tokens(self.subject))
    }
}
