//! How the state is made and opened.

use imbrace_contacts_store::database::Schema;
#[cfg(feature = "postgres")]
use imbrace_contacts_store::sql::PostgresTables;
use imbrace_contacts_store::sql::{Database, DatabaseLocation, Tables};

use super::contacts;
#[cfg(feature = "postgres")]
use super::lease;
use crate::error::CleanupError;
use crate::location::StateLocation;

/// The version of [`SCHEMA`]; a file of a newer one is not touched.
const VERSION: i64 = 7;

/// `before` and `after` are JSON values; `document` is the gateway's object of a contact, its fields in their order.
const SCHEMA: &str = "
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE contact (id TEXT PRIMARY KEY, created_at TEXT, updated_at TEXT, edition INTEGER NOT NULL, document TEXT NOT NULL);
CREATE INDEX contact_edition ON contact (edition);
CREATE INDEX contact_updated_at ON contact (updated_at);
CREATE INDEX contact_created_at ON contact (created_at);
CREATE TABLE seen (id TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE gone (id TEXT PRIMARY KEY, edition INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE decision (first TEXT, second TEXT, verdict TEXT NOT NULL CHECK (verdict IN ('same', 'different', 'unsure')),
  at TEXT NOT NULL, evidence TEXT, note TEXT NOT NULL DEFAULT '', PRIMARY KEY (first, second)) WITHOUT ROWID;
CREATE TABLE plan (id TEXT PRIMARY KEY, made_at TEXT NOT NULL, fingerprint TEXT NOT NULL, left_out TEXT NOT NULL,
  agreed INTEGER NOT NULL DEFAULT 0);
CREATE TABLE step (plan TEXT, number INTEGER, planned INTEGER NOT NULL, contact TEXT NOT NULL, field TEXT NOT NULL,
  before TEXT NOT NULL, after TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'pending', detail TEXT NOT NULL DEFAULT '',
  other TEXT NOT NULL DEFAULT '', origin TEXT NOT NULL DEFAULT '',
  kind TEXT NOT NULL DEFAULT '', cluster TEXT NOT NULL DEFAULT '', PRIMARY KEY (plan, number)) WITHOUT ROWID;
CREATE INDEX step_state ON step (plan, state, number);
CREATE INDEX step_contact ON step (plan, contact);
CREATE TABLE link (plan TEXT, cluster TEXT, contact TEXT, active INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (plan, cluster, contact)) WITHOUT ROWID;
CREATE INDEX link_contact ON link (contact);
CREATE TABLE journal (number INTEGER PRIMARY KEY AUTOINCREMENT, intent INTEGER, at TEXT NOT NULL, plan TEXT NOT NULL, contact TEXT NOT NULL,
  act TEXT NOT NULL, document TEXT NOT NULL, body TEXT NOT NULL, outcome TEXT NOT NULL);
CREATE UNIQUE INDEX journal_intent ON journal (intent) WHERE intent IS NOT NULL;
CREATE TABLE lease (one INTEGER PRIMARY KEY CHECK (one = 1), fence INTEGER NOT NULL, beat INTEGER NOT NULL DEFAULT 0,
  without_lock INTEGER NOT NULL DEFAULT 0, work TEXT NOT NULL, plan TEXT, since TEXT NOT NULL, cancel INTEGER NOT NULL DEFAULT 0,
  ended INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS automatic (day TEXT PRIMARY KEY, writes INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS told (key INTEGER PRIMARY KEY);
CREATE TABLE IF NOT EXISTS message (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, at TEXT NOT NULL, body TEXT NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0, next_at TEXT NOT NULL DEFAULT '', failing_since TEXT, reason TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS week (week TEXT PRIMARY KEY, at TEXT NOT NULL DEFAULT '', contacts INTEGER, affected INTEGER, findings INTEGER,
  fixed INTEGER NOT NULL DEFAULT 0, undone INTEGER NOT NULL DEFAULT 0, decided INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
";

/// What the second version has more than the first: the evidence on which somebody decided.
const SECOND: &str = "ALTER TABLE decision ADD COLUMN evidence TEXT;";

/// What the third has more: why a step is in a plan. How often a plan was called says nothing that the journal does not.
const THIRD: &str = "ALTER TABLE step ADD COLUMN other TEXT NOT NULL DEFAULT '';
ALTER TABLE step ADD COLUMN origin TEXT NOT NULL DEFAULT '';
ALTER TABLE plan DROP COLUMN calls;";

/// What the fourth has more: who works, with a token that fences off whoever was taken over.
const FOURTH: &str = "CREATE TABLE lease (one INTEGER PRIMARY KEY CHECK (one = 1), fence INTEGER NOT NULL, beat INTEGER NOT NULL DEFAULT 0,
  without_lock INTEGER NOT NULL DEFAULT 0, work TEXT NOT NULL, plan TEXT, since TEXT NOT NULL, cancel INTEGER NOT NULL DEFAULT 0,
  ended INTEGER NOT NULL DEFAULT 0);";

/// What the fifth has more: the kind and group behind a step, how many calls of a plan were agreed to, and notes of decisions.
const FIFTH: &str = "ALTER TABLE step ADD COLUMN kind TEXT NOT NULL DEFAULT '';
ALTER TABLE step ADD COLUMN cluster TEXT NOT NULL DEFAULT '';
ALTER TABLE plan ADD COLUMN agreed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE decision ADD COLUMN note TEXT NOT NULL DEFAULT '';";

/// The sixth version adds the verdict `unsure`, which an older program would take for `different`.
const SIXTH: &str = "ALTER TABLE decision RENAME TO decision_before;
CREATE TABLE decision (first TEXT, second TEXT, verdict TEXT NOT NULL CHECK (verdict IN ('same', 'different', 'unsure')),
  at TEXT NOT NULL, evidence TEXT, note TEXT NOT NULL DEFAULT '', PRIMARY KEY (first, second)) WITHOUT ROWID;
INSERT INTO decision (first, second, verdict, at, evidence, note)
  SELECT first, second, CASE verdict WHEN 'same' THEN 'same' ELSE 'different' END, at, evidence, note FROM decision_before;
DROP TABLE decision_before;";

/// What the seventh has more: the writes of a day that nobody was asked about, what a watch has told, its messages that are not
/// delivered, and the numbers of each week.
const SEVENTH: &str = "CREATE TABLE IF NOT EXISTS automatic (day TEXT PRIMARY KEY, writes INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS told (key INTEGER PRIMARY KEY);
CREATE TABLE IF NOT EXISTS message (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, at TEXT NOT NULL, body TEXT NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0, next_at TEXT NOT NULL DEFAULT '', failing_since TEXT, reason TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS week (week TEXT PRIMARY KEY, at TEXT NOT NULL DEFAULT '', contacts INTEGER, affected INTEGER, findings INTEGER,
  fixed INTEGER NOT NULL DEFAULT 0, undone INTEGER NOT NULL DEFAULT 0, decided INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;";

#[cfg(not(feature = "postgres"))]
const TABLES: Tables = Tables::new(SQLITE);

#[cfg(feature = "postgres")]
const TABLES: Tables = Tables::new(SQLITE).with_postgres(POSTGRES);

const SQLITE: Schema = Schema {
    version: VERSION,
    newest: SCHEMA,
    upgrades: &[(2, SECOND), (3, THIRD), (4, FOURTH), (5, FIFTH), (6, SIXTH), (7, SEVENTH)],
};

/// The same tables for PostgreSQL. Texts are compared byte by byte, whatever language the database sorts by.
#[cfg(feature = "postgres")]
const POSTGRES: PostgresTables = PostgresTables {
    version: 1,
    newest: r#"
CREATE TABLE meta (name text COLLATE "C" PRIMARY KEY, value text NOT NULL);
CREATE TABLE contact (id text COLLATE "C" PRIMARY KEY, created_at text COLLATE "C", updated_at text COLLATE "C",
  edition bigint NOT NULL, document text NOT NULL);
CREATE INDEX contact_edition ON contact (edition);
CREATE INDEX contact_updated_at ON contact (updated_at);
CREATE INDEX contact_created_at ON contact (created_at);
CREATE TABLE seen (id text COLLATE "C" PRIMARY KEY);
CREATE TABLE gone (id text COLLATE "C" PRIMARY KEY, edition bigint NOT NULL);
CREATE TABLE decision (first text COLLATE "C", second text COLLATE "C",
  verdict text NOT NULL CHECK (verdict IN ('same', 'different', 'unsure')),
  at text COLLATE "C" NOT NULL, evidence text, note text NOT NULL DEFAULT '', PRIMARY KEY (first, second));
CREATE TABLE plan (id text COLLATE "C" PRIMARY KEY, made_at text COLLATE "C" NOT NULL, fingerprint text NOT NULL, left_out text NOT NULL,
  agreed bigint NOT NULL DEFAULT 0);
CREATE TABLE step (plan text COLLATE "C", number bigint, planned bigint NOT NULL, contact text COLLATE "C" NOT NULL,
  field text COLLATE "C" NOT NULL, before text NOT NULL, after text NOT NULL, state text NOT NULL DEFAULT 'pending',
  detail text NOT NULL DEFAULT '', other text COLLATE "C" NOT NULL DEFAULT '', origin text NOT NULL DEFAULT '',
  kind text NOT NULL DEFAULT '', cluster text COLLATE "C" NOT NULL DEFAULT '', PRIMARY KEY (plan, number));
CREATE INDEX step_state ON step (plan, state, number);
CREATE INDEX step_contact ON step (plan, contact);
CREATE TABLE link (plan text COLLATE "C", cluster text COLLATE "C", contact text COLLATE "C", active bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (plan, cluster, contact));
CREATE INDEX link_contact ON link (contact);
CREATE TABLE journal (number bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, intent bigint, at text COLLATE "C" NOT NULL,
  plan text COLLATE "C" NOT NULL, contact text COLLATE "C" NOT NULL, act text NOT NULL, document text NOT NULL, body text NOT NULL,
  outcome text NOT NULL);
CREATE UNIQUE INDEX journal_intent ON journal (intent) WHERE intent IS NOT NULL;
CREATE INDEX journal_plan ON journal (plan);
CREATE TABLE lease (one bigint PRIMARY KEY CHECK (one = 1), fence bigint NOT NULL, beat bigint NOT NULL DEFAULT 0,
  without_lock bigint NOT NULL DEFAULT 0, work text NOT NULL, plan text, since text NOT NULL, cancel bigint NOT NULL DEFAULT 0,
  ended bigint NOT NULL DEFAULT 0);
CREATE TABLE automatic (day text COLLATE "C" PRIMARY KEY, writes bigint NOT NULL);
CREATE TABLE told (key bigint PRIMARY KEY);
CREATE TABLE message (number bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, id text NOT NULL, at text NOT NULL, body text NOT NULL,
  tries bigint NOT NULL DEFAULT 0, next_at text NOT NULL DEFAULT '', failing_since text, reason text NOT NULL DEFAULT '');
CREATE TABLE week (week text COLLATE "C" PRIMARY KEY, at text NOT NULL DEFAULT '', contacts bigint, affected bigint, findings bigint,
  fixed bigint NOT NULL DEFAULT 0, undone bigint NOT NULL DEFAULT 0, decided bigint NOT NULL DEFAULT 0);
"#,
    upgrades: &[],
    fenced: &lease::FENCED,
};

/// Opens the state, which may grow to so many bytes, and makes it when there is none.
pub(super) fn open(
    home: &StateLocation,
    place: &DatabaseLocation,
    limit: Option<u64>,
) -> Result<Database, CleanupError> {
    let db = place.open(&TABLES, limit, &[("place", &home.place), ("tenant", &home.tenant)])?;
    let (place, tenant) = (contacts::meta(&db, "place")?, contacts::meta(&db, "tenant")?);
    if place.as_ref() != Some(&home.place) || tenant.as_ref() != Some(&home.tenant) {
        return Err(CleanupError::OtherPlace);
    }
    Ok(db)
}
