//! What is seen when two contacts are laid side by side. Every signal is yes or no, has a weight, and can be told in words.

macro_rules! signals {
    ($($name:ident = $word:literal, $doc:literal;)*) => {
        /// One thing that is so of a pair, or is not.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) enum Signal {
            $(#[doc = $doc] $name,)*
        }

        impl Signal {
            /// All signals, in the order of their weights.
            pub(super) const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its name in the table of weights.
            pub(super) const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }
        }
    };
}

signals! {
    Odoo = "odoo", "One id in Odoo.";
    OdooOther = "odoo_other", "Two ids in Odoo.";
    Channel = "channel_id", "One id at a channel.";
    ChannelOther = "channel_other", "Two ids at one channel.";
    Phone = "phone", "One number, typed or of the WhatsApp account.";
    PhoneOther = "phone_other", "Two numbers.";
    PhoneFixed = "phone_fixed", "One number, and it is no mobile one.";
    Email = "email", "One address.";
    EmailTypo = "email_typo", "Two addresses one letter apart.";
    EmailDigit = "email_digit", "Two addresses one digit apart, which are often two people's.";
    EmailOther = "email_other", "Two addresses.";
    EmailSpells = "email_spells", "The address of one spells the name of the other.";
    Role = "role_email", "One mailbox of a role.";
    PhoneEmail = "phone+email", "Number and address are one.";
    TwoKeys = "two_keys", "Two or more of ids, number and address are one.";
    Birthday = "birthday", "One birthday.";
    BirthdayOther = "birthday_other", "Two birthdays.";
    NameEqual = "name_equal", "The same name.";
    NameReading = "name_reading", "One name in two scripts.";
    NameLike = "name_like", "A name and its short form or misspelling.";
    NamePart = "name_part", "A name and a part of it.";
    NameUnknown = "name_unknown", "Two names that cannot be compared.";
    NameMissing = "name_missing", "One has no name.";
    NameAlias = "name_alias", "One family name, an English and a native given name.";
    NameRelated = "name_related", "One word of the name the same, another not.";
    NameOther = "name_other", "Two names.";
    Company = "company", "One company.";
    CompanyOther = "company_other", "Two companies.";
    Gender = "gender", "One gender.";
    GenderOther = "gender_other", "Two genders.";
    NameCompany = "name+company", "The same name at one company.";
    NameBirthday = "name+birthday", "One birthday, and names that agree.";
    TypoName = "email_typo+name", "Addresses one letter apart, and names that agree.";
    TypoNot = "email_typo-name", "Addresses one letter apart, and names that do not agree.";
    PhonePart = "phone+part", "One number, and a part of the name.";
    PhoneUnknown = "phone+unknown", "One number, and names that say nothing.";
    PhoneAlias = "phone+alias", "One number, one family name, an English given name.";
    PhoneRelated = "phone+related", "One number, and names as in a family.";
    PhoneNot = "phone-name", "One number, and two names.";
    PhoneRival = "phone-email", "One number, and two addresses.";
    EmailPart = "email+part", "One address, and a part of the name.";
    EmailUnknown = "email+unknown", "One address, and names that say nothing.";
    EmailAlias = "email+alias", "One address, one family name, an English given name.";
    EmailRelated = "email+related", "One address, and names as in a family.";
    EmailNot = "email-name", "One address, and two names.";
    EmailRival = "email-phone", "One address, and two numbers.";
    IdNot = "id-name", "One id, and names that conflict.";
    KeyBirthdayOther = "key-birthday", "One number or address, and two birthdays.";
    KeyBirthday = "key+birthday", "One number or address, and one birthday.";
    ExtensionOther = "extension_other", "Two extensions of a switchboard.";
    Kin = "kin", "A word of kinship or possession in one name only.";
    SuffixOther = "suffix_other", "Two generations: Jr, Sr, II, III, or none.";
    ToneOther = "tone_other", "Other marks on the same letters of both names.";
}

/// A set of signals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Signals(u64);

impl Signals {
    /// Adds one if it is so.
    pub(super) fn set(&mut self, signal: Signal, so: bool) {
        self.0 |= u64::from(so) << signal as u8;
    }

    pub(super) fn has(self, signal: Signal) -> bool {
        self.0 >> signal as u8 & 1 == 1
    }

    pub(super) fn any(self, signals: &[Signal]) -> bool {
        signals.iter().any(|signal| self.has(*signal))
    }

    /// All that are so.
    pub(super) fn iter(self) -> impl Iterator<Item = Signal> {
        Signal::ALL.iter().copied().filter(move |signal| self.has(*signal))
    }
}
