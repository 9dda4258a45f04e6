//! The keys of the configuration: the one list behind flags, variables, the file, the documentation and "did you mean".

/// What a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// A whole number, 0 or more.
    Number,
    /// `true` or `false`.
    Switch,
    /// Texts: comma-separated in a variable, repeated as a flag, an array in the file.
    List,
    /// A path. In the file, a relative one starts at the file's own directory.
    Path,
    /// Paths: separated as in `PATH` in a variable, repeated as a flag, an array in the file.
    Paths,
    /// A text that is never shown.
    Secret,
}

/// One thing that can be configured.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its name in the file; flag and variable follow from it.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// Whether there is a flag. Credentials have none: command lines are seen by every process of the machine.
    pub has_flag: bool,
    /// What holds without it, in words.
    pub default: &'static str,
    /// What it is for, in one line.
    pub meaning: &'static str,
}

impl Key {
    /// The environment variable: `base_url` is `IMBRACE_BASE_URL`.
    pub fn variable(&self) -> String {
        format!("IMBRACE_{}", self.name.to_ascii_uppercase())
    }

    /// The flag: `base_url` is `--base-url`.
    pub fn flag(&self) -> Option<String> {
        self.has_flag.then(|| format!("--{}", self.name.replace('_', "-")))
    }

    /// The key of that name.
    pub fn named(name: &str) -> Option<&'static Self> {
        KEYS.iter().find(|key| key.name == name)
    }
}

const fn key(name: &'static str, kind: Kind, default: &'static str, meaning: &'static str) -> Key {
    Key { name, kind, has_flag: true, default, meaning }
}

const fn secret(name: &'static str, kind: Kind, meaning: &'static str) -> Key {
    Key { name, kind, has_flag: false, default: "none", meaning }
}

/// Every key, in the order in which the documentation shows them.
pub const KEYS: [Key; 53] = [
    key("env", Kind::Text, "product", "which gateway: product, demo, dev, sandbox, productv2, local or custom"),
    key("base_url", Kind::Text, "of the environment", "address of a gateway of your own; means env = custom"),
    key("api_prefix", Kind::Text, "auto", "path before every route: auto, channel-service/v1 or v1/backend"),
    key(
        "ca_file",
        Kind::Path,
        "the system's alone",
        "PEM file with certificate authorities to trust beside the system's, such as that of a company's proxy",
    ),
    secret("access_token", Kind::Secret, "access token, acc_…"),
    secret("access_token_file", Kind::Path, "file that holds the access token"),
    secret("api_key", Kind::Secret, "API key, api_…"),
    secret("api_key_file", Kind::Path, "file that holds the API key"),
    secret("jwt", Kind::Secret, "JWT; needs organization_id"),
    secret("jwt_file", Kind::Path, "file that holds the JWT"),
    key("organization_id", Kind::Text, "none", "organisation, org_…; mandatory beside a JWT"),
    key("read_only", Kind::Switch, "false", "offer only the tools that read"),
    key("tools", Kind::List, "all", "offer only these tools"),
    key(
        "confirm",
        Kind::Text,
        "destructive",
        "which calls need a confirmation: all writes, destructive ones, or never",
    ),
    key(
        "max_writes_per_day",
        Kind::Number,
        "no limit",
        "writes that one caller may do in a day of UTC, counted by all processes of a state directory together",
    ),
    key("output", Kind::Text, "text", "answers as text (tables) or structured (JSON with an output schema)"),
    key(
        "ids",
        Kind::Text,
        "short",
        "ids in answers: short or whole (where replicas without a common state_dir serve one client)",
    ),
    key("upload_dir", Kind::Paths, "none: uploads are off", "directory that files may be uploaded from"),
    key("upload_limit", Kind::Number, "10485760", "largest upload in bytes"),
    key("upload_hidden", Kind::Switch, "false", "also upload files whose name, or directory, begins with a dot"),
    key(
        "default_region",
        Kind::Text,
        "none",
        "country of phone numbers without one, where the contact says nothing else of it: two letters, such as VN",
    ),
    key(
        "time_zone",
        Kind::Text,
        "UTC",
        "time zone of dates in filters and of contacts counted by a date: a name of the IANA database, such as Asia/Hong_Kong",
    ),
    key(
        "state_dir",
        Kind::Path,
        "the user's state directory",
        "directory for short ids, confirmations, the cleanup snapshot, plans and journal",
    ),
    Key {
        name: "state_url",
        kind: Kind::Secret,
        has_flag: true,
        default: "none: files of state_dir",
        meaning: "PostgreSQL database for short ids, confirmations and writes of a day, which servers of several machines share; cleanup stays in state_dir",
    },
    secret("state_password", Kind::Secret, "password of that database, where its address has none"),
    secret("state_password_file", Kind::Path, "file that holds that password"),
    key(
        "state",
        Kind::Text,
        "on",
        "what is kept there: on (all), no-snapshot (no contacts, so no cleanup) or off (nothing; ids are whole)",
    ),
    key("state_limit", Kind::Number, "no limit", "largest file in state_dir in bytes"),
    key(
        "keep_plans",
        Kind::Number,
        "for good",
        "days that a plan and its journal are kept after it was last worked on; what it wrote cannot be undone later",
    ),
    key("local_contacts", Kind::Number, "2000", "how many contacts the local gateway makes up"),
    key("local_seed", Kind::Number, "20251015", "which people it makes up; the same seed, the same people"),
    key("local_people", Kind::Path, "none: made up", "JSON Lines file with its contacts, one of the gateway's a line"),
    key("local_data", Kind::Path, "none: in memory", "SQLite file that keeps its data"),
    key("local_faults", Kind::Text, "none", "how it misbehaves"),
    key("http", Kind::Text, "none: stdio", "serve Streamable HTTP at this address and port"),
    key("sse", Kind::Switch, "false", "also serve the older pair GET /sse and POST /messages; needs http"),
    key("http_token_file", Kind::Path, "none", "file with the bearer tokens of HTTP clients, one a line"),
    key("oauth_issuer", Kind::Text, "none", "issuer of access tokens for HTTP clients; needs the next two"),
    key("oauth_audience", Kind::Text, "none", "address by which clients reach this server; tokens must name it"),
    key("oauth_jwks", Kind::Text, "none", "https address or file of the issuer's keys (JWKS)"),
    key("oauth_scopes", Kind::List, "none", "scopes that an access token must have, all of them"),
    key(
        "gateway_credential_header",
        Kind::Text,
        "none",
        "header in which each request brings its own gateway credential",
    ),
    key(
        "auth",
        Kind::Text,
        "by the keys above",
        "gateway-key: the bearer token of each request is its own gateway key, and its authentication",
    ),
    key("calls_per_minute", Kind::Number, "no limit", "requests that one HTTP caller may send in a minute"),
    key("allow_host", Kind::List, "loopback names", "Host header that HTTP clients may use"),
    key("allow_origin", Kind::List, "none", "Origin that browsers may call from"),
    key(
        "metrics_address",
        Kind::Text,
        "none: /metrics at the address of http, behind its authentication",
        "serve /metrics for Prometheus at this address and port instead, without authentication; needs http",
    ),
    key(
        "otlp_endpoint",
        Kind::Text,
        "none: nothing is traced",
        "address of a collector of OpenTelemetry, such as http://127.0.0.1:4318, that serve sends traces to",
    ),
    key(
        "send_traceparent",
        Kind::Switch,
        "false",
        "send the gateway the traceparent of each request; needs otlp_endpoint",
    ),
    key("audit", Kind::Path, "none", "file that every call is recorded in: ids and digests, no personal data"),
    key("log", Kind::Text, "info for serve, else warn", "what to log on stderr: a level or a tracing filter"),
    key("log_format", Kind::Text, "text", "text or json"),
    key("config", Kind::Path, "see below", "the configuration file; not allowed inside it"),
];
