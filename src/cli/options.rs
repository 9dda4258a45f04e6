//! The options that several subcommands share, and how they become the topmost layer of the configuration.
//!
//! Credentials are not among them: every process of a machine can read the command lines of the others.

use clap::Args;
use clap::builder::PossibleValue;
use clap::builder::PossibleValuesParser;

use crate::config::Layer;
use crate::model::Environment;

/// Which gateway to talk to, and how. Unset ones come from the environment, the file or the default.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Gateway")]
pub struct GatewayOptions {
    /// Which gateway; `local` is the one made up in this process [env: IMBRACE_ENV] [default: product]
    #[arg(long, value_name = "NAME", value_parser = environments())]
    pub env: Option<String>,
    /// Address of a gateway of your own [env: IMBRACE_BASE_URL]
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,
    /// Path before every route; auto asks once [env: IMBRACE_API_PREFIX] [default: auto]
    #[arg(long, value_name = "PREFIX", value_parser = ["auto", "channel-service/v1", "v1/backend"])]
    pub api_prefix: Option<String>,
    /// Organisation, mandatory beside a JWT [env: IMBRACE_ORGANIZATION_ID]
    #[arg(long, value_name = "ID")]
    pub organization_id: Option<String>,
    /// PEM file with certificate authorities to trust beside the system's [env: IMBRACE_CA_FILE]
    #[arg(long, value_name = "FILE")]
    pub ca_file: Option<String>,
    /// Configuration file [env: IMBRACE_CONFIG]
    #[arg(long, value_name = "FILE")]
    pub config: Option<String>,
    /// With --env local: how many contacts to make up [env: IMBRACE_LOCAL_CONTACTS] [default: 2000]
    #[arg(long, value_name = "N")]
    pub local_contacts: Option<u64>,
    /// With --env local: which people to make up [env: IMBRACE_LOCAL_SEED]
    #[arg(long, value_name = "N")]
    pub local_seed: Option<u64>,
    /// With --env local: list to take instead, JSON Lines, a contact a line [env: IMBRACE_LOCAL_PEOPLE]
    #[arg(long, value_name = "FILE")]
    pub local_people: Option<String>,
    /// With --env local: SQLite file that keeps the data [env: IMBRACE_LOCAL_DATA] [default: in memory]
    #[arg(long, value_name = "FILE")]
    pub local_data: Option<String>,
    /// With --env local: how to misbehave [env: IMBRACE_LOCAL_FAULTS]
    #[arg(long, value_name = "TEXT")]
    pub local_faults: Option<String>,
    /// What to log on stderr: error, warn, info, debug, trace or a tracing filter [env: IMBRACE_LOG]
    #[arg(long, value_name = "FILTER")]
    pub log: Option<String>,
    /// How log lines look [env: IMBRACE_LOG_FORMAT] [default: text]
    #[arg(long, value_name = "FORMAT", value_parser = ["text", "json"])]
    pub log_format: Option<String>,
}

/// Which tools are offered and what they may touch.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Tools")]
pub struct ToolOptions {
    /// Offer only the tools that read [env: IMBRACE_READ_ONLY]
    #[arg(long)]
    pub read_only: bool,
    /// Offer only these tools, separated by commas [env: IMBRACE_TOOLS]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub tools: Vec<String>,
    /// Which calls need a confirmation: all writes, those that remove what was not named one by one, or none
    /// [env: IMBRACE_CONFIRM] [default: destructive]
    #[arg(long, value_name = "WHICH", value_parser = ["all", "destructive", "never"])]
    pub confirm: Option<String>,
    /// Writes that one caller may do in a day of UTC [env: IMBRACE_MAX_WRITES_PER_DAY] [default: no limit]
    #[arg(long, value_name = "N")]
    pub max_writes_per_day: Option<u64>,
    /// Answers as tables, or as JSON with an output schema [env: IMBRACE_OUTPUT] [default: text]
    #[arg(long, value_name = "FORM", value_parser = ["text", "structured"])]
    pub output: Option<String>,
    /// Ids in answers: short, or whole where replicas without a common state directory serve one client [env: IMBRACE_IDS] [default: short]
    #[arg(long, value_name = "STYLE", value_parser = ["short", "whole"])]
    pub ids: Option<String>,
    /// Country of phone numbers without one in cleanup, where the contact says nothing else of it: two letters, such as VN
    /// [env: IMBRACE_DEFAULT_REGION]
    #[arg(long, value_name = "COUNTRY")]
    pub default_region: Option<String>,
    /// Time zone of dates in filters and of contacts counted by a date, such as Asia/Hong_Kong [env: IMBRACE_TIME_ZONE] [default: UTC]
    #[arg(long, value_name = "NAME")]
    pub time_zone: Option<String>,
    /// Directory that files may be uploaded from; repeat for more [env: IMBRACE_UPLOAD_DIR] [default: uploads are off]
    #[arg(long, value_name = "DIRECTORY")]
    pub upload_dir: Vec<String>,
    /// Largest upload in bytes [env: IMBRACE_UPLOAD_LIMIT] [default: 10485760]
    #[arg(long, value_name = "BYTES")]
    pub upload_limit: Option<u64>,
    /// Also upload files whose name, or directory, begins with a dot [env: IMBRACE_UPLOAD_HIDDEN]
    #[arg(long)]
    pub upload_hidden: bool,
    /// Directory for short ids, confirmations, the cleanup snapshot, plans and journal [env: IMBRACE_STATE_DIR] [default: the user's state directory]
    #[arg(long, value_name = "DIRECTORY")]
    pub state_dir: Option<String>,
    /// PostgreSQL database, postgres://USER@HOST/DATABASE, for short ids, confirmations and writes of a day, which servers of several machines
    /// share [env: IMBRACE_STATE_URL] [default: files of the state directory]
    #[arg(long, value_name = "URL")]
    pub state_url: Option<String>,
    /// What is kept there: on (all), no-snapshot (no contacts, so no cleanup) or off (nothing; ids are whole) [env: IMBRACE_STATE] [default: on]
    #[arg(long, value_name = "WHAT", value_parser = ["on", "no-snapshot", "off"])]
    pub state: Option<String>,
    /// Largest file there in bytes [env: IMBRACE_STATE_LIMIT] [default: no limit]
    #[arg(long, value_name = "BYTES")]
    pub state_limit: Option<u64>,
    /// Days that a plan and its journal are kept after it was last worked on; what it wrote cannot be undone later [env: IMBRACE_KEEP_PLANS] [default: for good]
    #[arg(long, value_name = "DAYS")]
    pub keep_plans: Option<u32>,
    /// File that every call is recorded in, without personal data [env: IMBRACE_AUDIT]
    #[arg(long, value_name = "FILE")]
    pub audit: Option<String>,
}

/// How HTTP is served.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Transport")]
pub struct HttpOptions {
    /// Serve Streamable HTTP at http://ADDRESS/mcp instead of stdio [env: IMBRACE_HTTP]
    #[arg(long, value_name = "ADDRESS")]
    pub http: Option<String>,
    /// Also serve the older HTTP+SSE pair, GET /sse and POST /messages; needs --http [env: IMBRACE_SSE]
    #[arg(long)]
    pub sse: bool,
    /// File with the bearer tokens of clients, one a line; this or OAuth off this machine [env: IMBRACE_HTTP_TOKEN_FILE]
    #[arg(long, value_name = "FILE")]
    pub http_token_file: Option<String>,
    /// Issuer of access tokens that clients may show; needs the next two [env: IMBRACE_OAUTH_ISSUER]
    #[arg(long, value_name = "URL")]
    pub oauth_issuer: Option<String>,
    /// Address by which clients reach this server; tokens must name it [env: IMBRACE_OAUTH_AUDIENCE]
    #[arg(long, value_name = "URL")]
    pub oauth_audience: Option<String>,
    /// The issuer's keys (JWKS), by https address or file [env: IMBRACE_OAUTH_JWKS]
    #[arg(long, value_name = "URL")]
    pub oauth_jwks: Option<String>,
    /// Scope that an access token must have; repeat for more [env: IMBRACE_OAUTH_SCOPES]
    #[arg(long, value_name = "SCOPE")]
    pub oauth_scopes: Vec<String>,
    /// Header in which each request brings its own gateway credential [env: IMBRACE_GATEWAY_CREDENTIAL_HEADER]
    #[arg(long, value_name = "NAME")]
    pub gateway_credential_header: Option<String>,
    /// gateway-key: the bearer token of each request is its own gateway key, and its authentication [env: IMBRACE_AUTH]
    #[arg(long, value_name = "MODE")]
    pub auth: Option<String>,
    /// Requests that one caller may send in a minute [env: IMBRACE_CALLS_PER_MINUTE] [default: no limit]
    #[arg(long, value_name = "N")]
    pub calls_per_minute: Option<u64>,
    /// Serve /metrics for Prometheus at ADDRESS without authentication, instead of at --http behind it; needs --http
    /// [env: IMBRACE_METRICS_ADDRESS]
    #[arg(long, value_name = "ADDRESS")]
    pub metrics_address: Option<String>,
    /// Address of a collector of OpenTelemetry that traces are sent to, such as http://127.0.0.1:4318 [env: IMBRACE_OTLP_ENDPOINT]
    #[arg(long, value_name = "URL")]
    pub otlp_endpoint: Option<String>,
    /// Send the gateway the traceparent of each request; needs --otlp-endpoint [env: IMBRACE_SEND_TRACEPARENT]
    #[arg(long)]
    pub send_traceparent: bool,
    /// Host header to accept beside the loopback names; repeat for more [env: IMBRACE_ALLOW_HOST]
    #[arg(long, value_name = "HOST")]
    pub allow_host: Vec<String>,
    /// Origin to accept from browsers; repeat for more [env: IMBRACE_ALLOW_ORIGIN]
    #[arg(long, value_name = "ORIGIN")]
    pub allow_origin: Vec<String>,
}

/// The names of the environments, with the aliases that iMBRACE's SDK knows.
pub(super) fn environments() -> PossibleValuesParser {
    let aliases = |environment| -> &[&str] {
        match environment {
            Environment::Product => &["prod", "production"],
            Environment::Dev => &["develop"],
            Environment::ProductV2 => &["stable", "prodv2"],
            _ => &[],
        }
    };
    let value =
        |environment: Environment| PossibleValue::new(environment.name()).aliases(aliases(environment).iter().copied());
    PossibleValuesParser::new(Environment::ALL.map(value))
}

impl GatewayOptions {
    /// Adds what was given to the layer of the flags.
    pub fn add_to(self, flags: &mut Layer) {
        flags.flag("env", self.env);
        flags.flag("base_url", self.base_url);
        flags.flag("api_prefix", self.api_prefix);
        flags.flag("organization_id", self.organization_id);
        flags.flag("ca_file", self.ca_file);
        flags.flag("config", self.config);
        flags.flag("local_contacts", self.local_contacts.map(|number| number.to_string()));
        flags.flag("local_seed", self.local_seed.map(|number| number.to_string()));
        flags.flag("local_people", self.local_people);
        flags.flag("local_data", self.local_data);
        flags.flag("local_faults", self.local_faults);
        flags.flag("log", self.log);
        flags.flag("log_format", self.log_format);
    }
}

impl ToolOptions {
    /// Adds what was given to the layer of the flags.
    pub fn add_to(self, flags: &mut Layer) {
        flags.flag("read_only", self.read_only.then(|| true.to_string()));
        flags.flag("tools", self.tools);
        flags.flag("confirm", self.confirm);
        flags.flag("max_writes_per_day", self.max_writes_per_day.map(|number| number.to_string()));
        flags.flag("output", self.output);
        flags.flag("ids", self.ids);
        flags.flag("upload_dir", self.upload_dir);
        flags.flag("upload_limit", self.upload_limit.map(|number| number.to_string()));
        flags.flag("upload_hidden", self.upload_hidden.then(|| true.to_string()));
        flags.flag("default_region", self.default_region);
        flags.flag("time_zone", self.time_zone);
        flags.flag("state_dir", self.state_dir);
        flags.flag("state_url", self.state_url);
        flags.flag("state", self.state);
        flags.flag("state_limit", self.state_limit.map(|bytes| bytes.to_string()));
        flags.flag("keep_plans", self.keep_plans.map(|days| days.to_string()));
        flags.flag("audit", self.audit);
    }
}

impl HttpOptions {
    /// Adds what was given to the layer of the flags.
    pub fn add_to(self, flags: &mut Layer) {
        flags.flag("http", self.http);
        flags.flag("sse", self.sse.then(|| true.to_string()));
        flags.flag("http_token_file", self.http_token_file);
        flags.flag("oauth_issuer", self.oauth_issuer);
        flags.flag("oauth_audience", self.oauth_audience);
        flags.flag("oauth_jwks", self.oauth_jwks);
        flags.flag("oauth_scopes", self.oauth_scopes);
        flags.flag("gateway_credential_header", self.gateway_credential_header);
        flags.flag("auth", self.auth);
        flags.flag("calls_per_minute", self.calls_per_minute.map(|number| number.to_string()));
        flags.flag("metrics_address", self.metrics_address);
        flags.flag("otlp_endpoint", self.otlp_endpoint);
        flags.flag("send_traceparent", self.send_traceparent.then(|| true.to_string()));
        flags.flag("allow_host", self.allow_host);
        flags.flag("allow_origin", self.allow_origin);
    }
}
