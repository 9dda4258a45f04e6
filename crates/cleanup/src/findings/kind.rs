//! The kinds of findings: names, severity and what may be done about them.

/// How much may be done about a kind of finding without asking a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fixability {
    /// Its fix changes the form and not the meaning.
    Safe,
    /// Its fix is a guess that a person should see.
    Ask,
    /// There is nothing to put in its place.
    None,
}

/// How much a kind of finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Looks bad, or makes comparing harder.
    Low,
    /// Misleads people or programs.
    Medium,
    /// Makes messages go nowhere, or to the wrong person.
    High,
}

macro_rules! kinds {
    ($($kind:ident = $name:literal, $fixability:ident, $severity:ident, $doc:literal;)*) => {
        /// A kind of finding.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Kind {
            $(#[doc = $doc] $kind,)*
        }

        impl Kind {
            /// Every kind, in the order of reports.
            pub const ALL: [Self; 50] = [$(Self::$kind,)*];

            /// The name that tools and reports use.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)*
                }
            }

            /// What may be done about it without asking.
            pub const fn fixability(self) -> Fixability {
                match self {
                    $(Self::$kind => Fixability::$fixability,)*
                }
            }

            /// How much it matters.
            pub const fn severity(self) -> Severity {
                match self {
                    $(Self::$kind => Severity::$severity,)*
                }
            }

            /// What it is, for people.
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$kind => $doc,)*
                }
            }
        }
    };
}

kinds! {
    PlaceholderName = "placeholder_name", None, Low, "A name that a channel made up, such as `UNK#DO1695`.";
    JunkName = "junk_name", None, Medium, "A filler, such as `test` or `WhatsApp User`.";
    NameMojibake = "name_mojibake", Ask, High, "Letters that were read in the wrong encoding.";
    NameSpaces = "name_spaces", Safe, Low, "Spaces around a name, several in a row, or invisible characters.";
    NameDecomposed = "name_decomposed", Safe, Low, "Letters apart from their marks, which compare unlike those that are joined.";
    NameEmoji = "name_emoji", Safe, Low, "Pictures in a name.";
    NameUpper = "name_upper", Safe, Low, "A name in capitals.";
    NameLower = "name_lower", Safe, Low, "A name without capitals.";
    NameGuess = "name_guess", Ask, Low, "A name in one case whose capitals are a guess (particles, initials), or a sign whose removal would change how the name is read.";
    NameTitle = "name_title", Ask, Low, "A form of address in the name.";
    NameCompanyTag = "name_company_tag", Ask, Low, "A company beside the name.";
    NameCompany = "name_company", None, Low, "A company where a person's name belongs: a legal form says so.";
    NameAddress = "name_address", Ask, Medium, "An e-mail address, a phone number or a link where a name belongs; the fix copies it into its own field if that is empty.";
    NameSwapped = "name_swapped", Ask, Medium, "The family name where the given name belongs, and the other way about.";
    PhoneForm = "phone_form", Safe, Low, "A number with separators, without its country, or in any form but the country code and digits; nothing else stands beside it and its country is evident.";
    PhoneSplit = "phone_split", Safe, Low, "A whole number whose country code stands with the number or with a plus, not alone in its own field.";
    PhoneLegacy = "phone_legacy", Ask, Medium, "A number of before its country renumbered (Vietnam 2017 and 2018, Ivory Coast 2021), which reaches nobody; or one with a digit too many or too few.";
    PhoneExtra = "phone_extra", Ask, Low, "An extension, a note or a second number beside a number; the fix moves the text to the remark.";
    PhoneGuess = "phone_guess", Ask, Low, "A number whose country is a guess, or that can be read in two ways.";
    PhoneJunk = "phone_junk", Ask, Medium, "A filler where a number belongs.";
    PhoneInvalid = "phone_invalid", None, Medium, "The country whose code is written has no such number.";
    PhoneNotRead = "phone_not_read", None, Low, "No number of the country that the WhatsApp id, time zone, language or default region says, or a text that cannot be read as a number.";
    PhoneCountryUnknown = "phone_country_unknown", None, Low, "A national number, and nothing says of which country.";
    EmailWrapped = "email_wrapped", Safe, Medium, "Spaces, brackets, `mailto:`, a stop or the contact's name around an address, or letters of full width.";
    EmailExtra = "email_extra", Ask, Medium, "A name, a note or a second address beside an address; the fix moves the text to the remark.";
    EmailCase = "email_case", Safe, Low, "Capitals in an address.";
    EmailDomainTypo = "email_domain_typo", Ask, High, "A domain that is a slip away from a large provider's, or an ending that is a slip away from `com`.";
    EmailSlip = "email_slip", Ask, High, "No address for a blank, a comma, a sign twice or a missing one; the fix is the address that was probably meant.";
    EmailLocalTypo = "email_local_typo", Ask, Medium, "An address one slip away from the contact's name, or from the address of somebody of that name.";
    EmailJunk = "email_junk", Ask, Medium, "A filler where an address belongs.";
    EmailInvalid = "email_invalid", None, Medium, "A text that can be no address.";
    EmailNotRead = "email_not_read", None, Low, "No address that a provider hands out: an IP address or no dot behind the at sign, a comment, or a part that is too long.";
    EmailRole = "email_role", None, Low, "An address of a function, such as `info@`, which several people read.";
    EmailDisposable = "email_disposable", None, Medium, "An address that lives for minutes.";
    BirthdayForm = "birthday_form", Safe, Low, "A day that can be read in one way only, not written year-month-day.";
    BirthdayAmbiguous = "birthday_ambiguous", Ask, Low, "A date with a guess in it: month and day may be the other way about (read as the list or the contact's region writes them), or the century or the time zone is not written.";
    BirthdayImpossible = "birthday_impossible", None, Medium, "A date that no calendar has, one to come, or one more than 120 years ago.";
    BirthdayNotRead = "birthday_not_read", None, Low, "A text that cannot be read as a date.";
    GenderCode = "gender_code", Safe, Low, "A gender in other words than the gateway's.";
    TimeZoneUnknown = "time_zone_unknown", Ask, Low, "No time zone of the IANA list.";
    TimeZoneMissing = "time_zone_missing", Ask, Low, "No time zone at all.";
    LanguageUnknown = "language_unknown", None, Low, "No language code.";
    ChannelIdMismatch = "channel_id_mismatch", None, Medium, "An id of another channel than the one that the contact came by, and none of its own.";
    WhatsappPhoneMismatch = "whatsapp_phone_mismatch", None, Low, "A WhatsApp number that is not the phone number.";
    HubPhone = "hub_phone", None, Medium, "A phone number that more than eight contacts share.";
    HubEmail = "hub_email", None, Medium, "An address that more than eight contacts share.";
    HubId = "hub_id", None, Medium, "An id in Odoo, at a channel or in WhatsApp that more than eight contacts share.";
    AnonymousEmpty = "anonymous_empty", None, Low, "No name, no number, no address, no id: nobody who could be reached.";
    AnonymousFiller = "anonymous_filler", None, Low, "A name that a channel made up and fillers for all the rest; the name is not told besides.";
    Stale = "stale", None, Low, "Neither came in nor was seen for two years before the newest contact was; edits do not count.";
}
