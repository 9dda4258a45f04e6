//! The address of a database: `postgres://USER:PASSWORD@HOST:PORT/DATABASE`, checked without saying what it holds.

use std::fmt;
use std::net::IpAddr;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

/// The reason why a text is no address of a database. No message repeats the text: it may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// Something else than a PostgreSQL address.
    #[error("must be a PostgreSQL address such as postgres://USER@HOST:5432/DATABASE")]
    Scheme,
    /// A letter of the password that has a meaning in addresses.
    #[error("cannot be read; in a user or password write @ as %40, / as %2F, ? as %3F, # as %23 and % as %25")]
    Escape,
    /// A part is missing.
    #[error("names no {0}; it must be a PostgreSQL address such as postgres://USER@HOST:5432/DATABASE")]
    Missing(&'static str),
    /// The password where logs and reports would show it.
    #[error("has the password behind the question mark; give it before the @, or by its own setting")]
    Password,
    /// A way of TLS that does not check whom it talks to, or that does not exist.
    #[error(
        "has an sslmode that is not known here: disable, require or verify-full. The last two are one: a certificate is always checked"
    )]
    SslMode,
    /// The driver's reason for the rest.
    #[error("cannot be read: {0}")]
    Other(String),
}

/// The address of a database, with the credential.
///
/// TLS is on, and the server's certificate checked, unless the server is on this machine (a loopback address, `localhost`, a Unix socket) or
/// the address says `sslmode=disable`.
#[derive(Clone)]
pub struct PostgresAddress {
    config: Config,
    place: String,
}

impl PostgresAddress {
    /// Reads an address.
    ///
    /// # Errors
    /// [`AddressError`].
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        let rest = ["postgres://", "postgresql://"].into_iter().find_map(|scheme| text.strip_prefix(scheme));
        let rest = rest.ok_or(AddressError::Scheme)?;
        let (before, query) = rest.split_once('?').map_or((rest, None), |(before, query)| (before, Some(query)));
        let (authority, database) = before.split_once('/').unwrap_or((before, ""));
        // The driver would take what stands behind the first of them for a host, and say so.
        let is_odd = |part: &str, marks: &[char]| part.contains(marks);
        if authority.matches('@').count() > 1 || is_odd(database, &['@', '/', '#']) || is_odd(authority, &['#']) {
            return Err(AddressError::Escape);
        }
        let (mut mode, mut parameters) = (None, Vec::new());
        for parameter in query.unwrap_or_default().split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            match name {
                "sslmode" => mode = Some(value),
                "password" => return Err(AddressError::Password),
                _ if parameter.contains('@') => return Err(AddressError::Escape),
                _ => parameters.push(parameter),
            }
        }
        let plain = format!("postgres://{before}?{}", parameters.join("&"));
        let mut config: Config = plain.parse().map_err(|error: tokio_postgres::Error| {
            // `unknown option`, `invalid value for option`: the names of parameters, and no values.
            AddressError::Other(std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default())
        })?;
        if config.get_hosts().is_empty() {
            return Err(AddressError::Missing("host"));
        }
        if config.get_user().is_none_or(str::is_empty) {
            return Err(AddressError::Missing("user"));
        }
        let Some(database) = config.get_dbname().filter(|name| !name.is_empty()).map(str::to_owned) else {
            return Err(AddressError::Missing("database"));
        };
        let is_near = config.get_hosts().iter().all(is_this_machine);
        config.ssl_mode(match mode {
            None if is_near => SslMode::Disable,
            None | Some("require" | "verify-full") => SslMode::Require,
            Some("disable") => SslMode::Disable,
            Some(_) => return Err(AddressError::SslMode),
        });
        let place = format!("{}/{database}", servers(&config));
        Ok(Self { config, place })
    }

    /// Servers and database, without user and password.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Returns true if the address itself has a password.
    pub fn has_password(&self) -> bool {
        self.config.get_password().is_some()
    }

    /// The password of the address, for what keeps secrets out of texts.
    pub fn password(&self) -> Option<&str> {
        self.config.get_password().and_then(|password| std::str::from_utf8(password).ok())
    }

    /// The same with this password.
    #[must_use]
    pub fn with_password(mut self, password: &str) -> Self {
        self.config.password(password);
        self
    }

    /// Returns true if the connection is encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.config.get_ssl_mode() == SslMode::Require
    }

    pub(super) fn config(&self) -> Config {
        self.config.clone()
    }
}

/// Shows the place; neither user nor password.
impl fmt::Debug for PostgresAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PostgresAddress").field("place", &self.place).finish_non_exhaustive()
    }
}

fn is_this_machine(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            let name = name.trim_matches(['[', ']']);
            name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

/// `one.example:5432,other.example:5432`, or the directory of a socket.
fn servers(config: &Config) -> String {
    let port = |at: usize| config.get_ports().get(at).or(config.get_ports().first()).copied().unwrap_or(5432);
    let shown = config.get_hosts().iter().enumerate().map(|(at, host)| match host {
        Host::Tcp(name) => format!("{name}:{}", port(at)),
        #[cfg(unix)]
        Host::Unix(directory) => directory.display().to_string(),
    });
    shown.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::{AddressError, PostgresAddress};

    fn refused(text: &str) -> AddressError {
        PostgresAddress::parse(text).unwrap_err()
    }

    #[test]
    fn an_address_is_shown_without_user_and_password() {
        let address = PostgresAddress::parse("postgres://app:s3cret@db.example.com:6432/contacts").unwrap();
        assert_eq!(address.place(), "db.example.com:6432/contacts");
        assert_eq!(address.password(), Some("s3cret"));
        assert_eq!(format!("{address:?}"), r#"PostgresAddress { place: "db.example.com:6432/contacts", .. }"#);
        let two = PostgresAddress::parse("postgresql://app@one.example.com,two.example.com/contacts").unwrap();
        assert_eq!(two.place(), "one.example.com:5432,two.example.com:5432/contacts");
        assert!(!two.has_password() && two.with_password("s3cret").has_password());
    }

    #[test]
    fn tls_is_on_where_the_server_is_on_another_machine() {
        let is_encrypted = |text: &str| PostgresAddress::parse(text).unwrap().is_encrypted();
        assert!(is_encrypted("postgres://app@db.example.com/contacts"));
        assert!(is_encrypted("postgres://app@localhost,db.example.com/contacts"));
        assert!(is_encrypted("postgres://app@127.0.0.1/contacts?sslmode=verify-full"));
        assert!(is_encrypted("postgres://app@127.0.0.1/contacts?connect_timeout=5&sslmode=require"));
        assert!(!is_encrypted("postgres://app@localhost/contacts"));
        assert!(!is_encrypted("postgres://app@[::1]/contacts"));
        assert!(!is_encrypted("postgres://app@%2Frun%2Fpostgresql/contacts"));
        assert!(!is_encrypted("postgres://app@db.example.com/contacts?sslmode=disable"));
        for mode in ["prefer", "allow", "verify-ca", "", "REQUIRE"] {
            assert_eq!(refused(&format!("postgres://app@h/d?sslmode={mode}")), AddressError::SslMode, "{mode}");
        }
    }

    /// Whatever is wrong with it, what it holds is not repeated.
    #[test]
    fn an_address_that_cannot_be_used_is_not_repeated() {
        let texts = [
            ("/var/lib/s3cret", AddressError::Scheme),
            ("mysql://app:s3cret@h/d", AddressError::Scheme),
            ("postgres://app:s3c@ret@h/d", AddressError::Escape),
            ("postgres://app:s3c/ret@h/d", AddressError::Escape),
            ("postgres://app:s3c?ret@h/d", AddressError::Escape),
            ("postgres://app:s3c#ret@h/d", AddressError::Escape),
            ("postgres://app@h/d?password=s3cret", AddressError::Password),
            ("postgres://app:s3cret@/d", AddressError::Missing("host")),
            ("postgres://h/d", AddressError::Missing("user")),
            ("postgres://app@h", AddressError::Missing("database")),
        ];
        for (text, reason) in texts {
            let found = refused(text);
            assert_eq!(found, reason, "{text}");
            assert!(!found.to_string().contains("s3c"), "{found}");
        }
        let unknown = refused("postgres://app:s3cret@h/d?colour=blue");
        assert!(unknown.to_string().contains("colour") && !unknown.to_string().contains("s3c"), "{unknown}");
        let port = refused("postgres://app:s3cret@h:many/d");
        assert!(!port.to_string().contains("s3c"), "{port}");
    }
}
