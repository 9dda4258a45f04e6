//! Columns of a file as fields of a contact: by their names, or as the operator says.

use imbrace_contacts_client::suggestion::nearest;

use crate::cleanup::ImportKey;
use crate::model::UPDATABLE_FIELDS;

/// Names of columns without case, spaces and signs, and the fields that they mean.
const NAMES: [(&str, &str); 60] = [
    ("id", "id"),
    ("contact", "id"),
    ("contactid", "id"),
    ("imbraceid", "id"),
    ("name", "display_name"),
    ("fullname", "display_name"),
    ("displayname", "display_name"),
    ("contactname", "display_name"),
    ("fn", "display_name"),
    ("firstname", "first_name"),
    ("givenname", "first_name"),
    ("forename", "first_name"),
    ("lastname", "last_name"),
    ("familyname", "last_name"),
    ("surname", "last_name"),
    ("email", "email"),
    ("emailaddress", "email"),
    ("mail", "email"),
    ("emailvalue", "email"),
    ("phone", "phone_number"),
    ("phonenumber", "phone_number"),
    ("phonevalue", "phone_number"),
    ("mobile", "phone_number"),
    ("mobilephone", "phone_number"),
    ("mobilenumber", "phone_number"),
    ("cell", "phone_number"),
    ("tel", "phone_number"),
    ("telephone", "phone_number"),
    ("areacode", "area_code"),
    ("countrycode", "area_code"),
    ("company", "company_name"),
    ("companyname", "company_name"),
    ("organization", "company_name"),
    ("organisation", "company_name"),
    ("organizationname", "company_name"),
    ("org", "company_name"),
    ("employer", "company_name"),
    ("position", "position"),
    ("jobtitle", "position"),
    ("job", "position"),
    ("role", "position"),
    ("organizationtitle", "position"),
    ("title", "title"),
    ("salutation", "title"),
    ("nameprefix", "title"),
    ("birthday", "birthday"),
    ("birthdate", "birthday"),
    ("dateofbirth", "birthday"),
    ("dob", "birthday"),
    ("bday", "birthday"),
    ("gender", "gender"),
    ("sex", "gender"),
    ("language", "language"),
    ("remark", "remark"),
    ("remarks", "remark"),
    ("note", "remark"),
    ("notes", "remark"),
    ("comment", "remark"),
    ("location", "location"),
    ("timezone", "time_zone"),
];

/// The field of each column; none for one that is not taken.
#[derive(Debug)]
pub(super) struct Mapping {
    pub(super) fields: Vec<Option<String>>,
}

/// A name as it is compared: letters only, so that `E-mail 1 - Value` is `emailvalue`.
fn plain(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphabetic()).flat_map(char::to_lowercase).collect()
}

fn field(name: &str) -> Option<&'static str> {
    let written = name.trim().to_lowercase().replace([' ', '-'], "_");
    let known = UPDATABLE_FIELDS.into_iter().find(|field| *field == written);
    known.or_else(|| {
        let plain = plain(name);
        NAMES.iter().find(|(known, _)| *known == plain).map(|(_, field)| *field)
    })
}

impl Mapping {
    /// The fields of columns: as `given` says, `COLUMN=FIELD` or `COLUMN=` for one that is not taken, else by name. Of two columns of one
    /// field the first is taken, one that was given before.
    ///
    /// # Errors
    /// For a column that the file does not have, a field that contacts do not have, and two columns that are given for one field.
    pub(super) fn of(columns: &[String], given: &[(String, String)]) -> Result<Self, String> {
        let mut fields: Vec<Option<String>> = vec![None; columns.len()];
        let mut is_given = vec![false; columns.len()];
        for (column, wanted) in given {
            let column = column.trim().to_lowercase();
            let place = columns.iter().position(|known| known.to_lowercase() == column).ok_or_else(|| {
                let hint = nearest(&column, columns.iter().map(String::as_str));
                let hint = hint.map_or_else(
                    || format!("there are {}", columns.join(", ")),
                    |meant| format!("did you mean `{meant}`?"),
                );
                format!("--map: there is no column `{column}`; {hint}")
            })?;
            let meant = match wanted.trim() {
                "" => None,
                name => Some(field(name).ok_or_else(|| {
                    let fields = || UPDATABLE_FIELDS.into_iter().chain(["id"]);
                    let hint = nearest(name, fields()).map_or_else(
                        || format!("there are {}", fields().collect::<Vec<_>>().join(" ")),
                        |meant| format!("did you mean `{meant}`?"),
                    );
                    format!("--map: no field is called `{name}`; {hint}")
                })?),
            };
            if let Some(name) = meant
                && fields.iter().flatten().any(|known| known == name)
            {
                return Err(format!("--map: two columns are given for `{name}`"));
            }
            if let (Some(slot), Some(given)) = (fields.get_mut(place), is_given.get_mut(place)) {
                *slot = meant.map(str::to_owned);
                *given = true;
            }
        }
        for (place, column) in columns.iter().enumerate() {
            let Some(meant) = field(column).filter(|_| is_given.get(place) == Some(&false)) else { continue };
            let is_taken = fields.iter().flatten().any(|known| known == meant);
            if let Some(slot) = fields.get_mut(place).filter(|_| !is_taken) {
                *slot = Some(meant.to_owned());
            }
        }
        Ok(Self { fields })
    }

    /// Returns true if a column tells which contact a row is about.
    ///
    /// # Errors
    /// What is missing, and how to say it.
    pub(super) fn check_key(&self, key: Option<ImportKey>) -> Result<(), String> {
        let has = |field: &str| self.fields.iter().flatten().any(|known| known == field);
        let (is_there, wanted) = match key {
            None => (has("id") || has("email") || has("phone_number"), "id, e-mail or phone"),
            Some(ImportKey::Id) => (has("id"), "id"),
            Some(ImportKey::Email) => (has("email"), "e-mail"),
            Some(ImportKey::Phone) => (has("phone_number"), "phone"),
        };
        if !is_there {
            return Err(format!(
                "no column is the {wanted} of a contact, so that nobody can tell whose a row is; name one with --map COLUMN=email"
            ));
        }
        if self.fields.iter().flatten().all(|field| field == "id") {
            return Err("no column besides the id is a field that can be set".to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(columns: &[&str], given: &[(&str, &str)]) -> Result<Vec<String>, String> {
        let columns: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
        let given: Vec<(String, String)> =
            given.iter().map(|(column, field)| ((*column).to_owned(), (*field).to_owned())).collect();
        let mapping = Mapping::of(&columns, &given)?;
        Ok(mapping.fields.into_iter().map(Option::unwrap_or_default).collect())
    }

    #[test]
    fn columns_of_usual_names_are_the_fields_that_they_mean() {
        let google = ["Given Name", "Family Name", "E-mail 1 - Value", "Phone 1 - Value", "Organization Name", "Fax"];
        assert_eq!(
            fields(&google, &[]).unwrap(),
            ["first_name", "last_name", "email", "phone_number", "company_name", ""]
        );
        assert_eq!(fields(&["ID", "phone_number", "Date of birth"], &[]).unwrap(), ["id", "phone_number", "birthday"]);
        assert_eq!(fields(&["Phone", "Mobile"], &[]).unwrap(), ["phone_number", ""], "the first of two");
        assert_eq!(fields(&["Phone", "Mobile"], &[("mobile", "phone_number")]).unwrap(), ["", "phone_number"]);
        assert_eq!(fields(&["Name", "Email"], &[("Name", "")]).unwrap(), ["", "email"]);
    }

    #[test]
    fn what_is_given_and_cannot_be_meant_is_refused() {
        assert!(fields(&["Name"], &[("Nmae", "email")]).unwrap_err().contains("did you mean `Name`?"));
        assert!(fields(&["Name"], &[("Name", "emial")]).unwrap_err().contains("did you mean `email`?"));
        assert!(fields(&["a", "b"], &[("a", "email"), ("b", "email")]).unwrap_err().contains("two columns"));
    }
}
