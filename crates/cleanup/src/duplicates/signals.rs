//! Signals: the comparison levels of a pair of contacts. Each is set or not, has a weight, and can be told in words.

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
    PhoneLocal = "phone_local", "One number that is written without its area code, by one or both.";
    LocalNot = "phone_local-name", "One number without its area code, and names that do not agree.";
    PhoneFew = "phone_few", "One number that three or four contacts share.";
    PhoneMany = "phone_many", "One number that five to eight contacts share.";
    PhoneHub = "phone_hub", "One number that so many contacts share that it is nobody's own.";
    PhoneFixed = "phone_fixed", "One number, and it is no mobile one.";
    PhoneSlip = "phone_slip", "Two numbers one digit apart.";
    PhoneOther = "phone_other", "Two numbers.";
    Email = "email", "One address.";
    EmailFew = "email_few", "One address that three or four contacts share.";
    EmailMany = "email_many", "One address that five to eight contacts share.";
    EmailHub = "email_hub", "One address that so many contacts share that it is nobody's own.";
    EmailTypo = "email_typo", "Two addresses one letter apart.";
    EmailDigit = "email_digit", "Two addresses one digit apart, which are often two people's.";
    EmailUser = "email_user", "One mailbox name at two providers.";
    EmailOther = "email_other", "Two addresses.";
    EmailSpells = "email_spells", "The address of one spells the name of the other.";
    Role = "role_email", "One mailbox of a role.";
    Domain = "domain", "Addresses at one domain that is no large provider's.";
    Birthday = "birthday", "One birthday.";
    BirthdaySlip = "birthday_slip", "Two birthdays one digit apart.";
    BirthdaySwap = "birthday_swap", "Two birthdays, day and month the other way about.";
    BirthdayPart = "birthday_part", "Two birthdays that share two of year, month and day.";
    BirthdayHalf = "birthday_half", "What is known of both birthdays is the same, and one is not whole.";
    BirthdayOther = "birthday_other", "Two birthdays.";
    NameEqual = "name_equal", "The same name.";
    NameReading = "name_reading", "One name in two scripts.";
    NameLike = "name_like", "A name and its short form or misspelling.";
    NamePart = "name_part", "A name and a part of it.";
    NameUnknown = "name_unknown", "Two names that cannot be compared.";
    NameMissing = "name_missing", "One has no name.";
    NameAlias = "name_alias", "One family name, an English and a native given name.";
    NameRelated = "name_related", "One word of the name the same, another not.";
    NameNear = "name_near", "One word of the name the same, the others much alike.";
    NameOther = "name_other", "Two names.";
    Rarity0 = "rarity_0", "Words of the name in common that one of 1,000 lists of this size would have twice by chance.";
    Rarity1 = "rarity_1", "Words of the name in common that one of 60 such lists would have twice.";
    Rarity2 = "rarity_2", "Words of the name in common that one of 8 such lists would have twice.";
    Rarity3 = "rarity_3", "Words of the name in common that are one person's in a list of this size, if the parts of names are independent.";
    Rarity4 = "rarity_4", "Words of the name in common that up to eight people have.";
    Rarity5 = "rarity_5", "Words of the name in common that more people have.";
    Place = "place", "One place.";
    PlaceLike = "place_like", "Two places that are much alike.";
    PlaceCommon = "place_common", "One place where many are, such as a city.";
    PlaceOther = "place_other", "Two places.";
    Company = "company", "One company.";
    CompanyOther = "company_other", "Two companies.";
    Gender = "gender", "One gender.";
    GenderOther = "gender_other", "Two genders.";
    TwoKeys = "two_keys", "Two of ids, number, address, birthday and place are one.";
    ThreeKeys = "three_keys", "Three or more of ids, number, address, birthday and place are one.";
    NoKey = "no_key", "None of ids, number, address, birthday and place is one.";
    PhoneEmail = "phone+email", "Number and address are one.";
    NameCompany = "name+company", "The same name at one company.";
    NamePlace = "name+place", "The same name at one place.";
    NameBirthday = "name+birthday", "One birthday, and names that agree.";
    NameBirthdayNear = "name+birthday_near", "Birthdays that nearly agree, and names that do.";
    TypoName = "email_typo+name", "Addresses one letter apart, and names that agree.";
    TypoNot = "email_typo-name", "Addresses one letter apart, and names that do not agree.";
    SlipName = "phone_slip+name", "Numbers one digit apart, and names that agree.";
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
    BirthdayNot = "birthday-name", "One birthday, and names that do not agree.";
    PlaceNot = "place-name", "One place, and names that do not agree.";
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
pub(super) struct Signals(u128);

impl Signals {
    /// Adds one if it is so.
    pub(super) fn set(&mut self, signal: Signal, so: bool) {
        self.0 |= u128::from(so) << signal as u8;
    }

    pub(super) fn has(self, signal: Signal) -> bool {
        self.0 >> signal as u8 & 1 == 1
    }

    pub(super) fn any(self, signals: &[Signal]) -> bool {
        signals.iter().any(|signal| self.has(*signal))
    }

    pub(super) fn count(self, signals: &[Signal]) -> usize {
        signals.iter().filter(|signal| self.has(**signal)).count()
    }

    /// All that are so.
    pub(super) fn iter(self) -> impl Iterator<Item = Signal> {
        Signal::ALL.iter().copied().filter(move |signal| self.has(*signal))
    }
}
