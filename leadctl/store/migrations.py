"""The schema, as the steps that made it. Steps are only ever appended; `LATEST` counts them.

Plain to read in any SQLite tool: one row a lead, a person or a business, with real columns; times as ISO 8601 in UTC,
days as YYYY-MM-DD. `created_by` is the operation that made a row; every later change of a value is a row of `change`,
written by triggers so that no command can forget it.
"""

from __future__ import annotations

import sqlite3

from leadctl.store.wordings import keys_of

APPLICATION_ID = 0x4C454144  # "LEAD": a file of another program is refused
LATEST = 3

# Tables whose rows have a history. The first column is the row's number.
TRACKED = (
    *("lead", "score", "stage_change", "offer", "follow_up", "activity", "lifecycle_change", "qualification"),
    *("contact", "company", "link", "visits", "spend", "doubt", "distinct_pair"),
)
# Of these a change of any value is noted as the whole row from before (field `*`, as JSON): many of their values change at once.
NOTED_WHOLE = ("score",)
WHOLE = "*"
# Columns that are worked out anew at any time: their changes are no history.
UNTRACKED = {"score": ("next_change_on",), "activity": ("day",)}

# By what leads are known. An import into an empty database makes them at its end, which is twice as fast.
KEY_INDEXES = {
    "lead_by_external_id": "lead (external_id) WHERE external_id IS NOT NULL",
    "lead_by_email": "lead (email) WHERE email IS NOT NULL AND email_state <> 'invalid'",
    "lead_by_phone": "lead (phone) WHERE phone IS NOT NULL AND phone_state = 'valid'",
    "lead_by_fingerprint": "lead (fingerprint) WHERE fingerprint IS NOT NULL",
}

_FIRST = """
CREATE TABLE operation (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,               -- import, score, route, move, …
  command TEXT NOT NULL,            -- as a person would type it
  started_at TEXT NOT NULL,
  finished_at TEXT,                 -- NULL while it runs: what changes then belongs to it
  leads INTEGER NOT NULL DEFAULT 0, -- how many leads it changed
  last_lead INTEGER NOT NULL DEFAULT 0,  -- the highest id of a lead so far
  undoes INTEGER REFERENCES operation,
  undone_at TEXT
) STRICT;

CREATE TABLE change (
  id INTEGER PRIMARY KEY,
  operation INTEGER REFERENCES operation,  -- NULL: changed by another program
  noun TEXT NOT NULL,                      -- the table
  row INTEGER NOT NULL,
  field TEXT,                              -- NULL: the row was deleted, *: it changed; `before` holds it as JSON
  before ANY,
  after ANY
) STRICT;
CREATE INDEX change_of_row ON change (noun, row);
CREATE INDEX change_by_operation ON change (operation);

CREATE TABLE lead (
  id INTEGER PRIMARY KEY,           -- never given twice: operation.last_lead remembers the highest
  external_id TEXT, name TEXT, first_name TEXT, last_name TEXT, email TEXT, phone TEXT, company TEXT, title TEXT,
  industry TEXT, employees REAL, country TEXT, city TEXT, website TEXT, language TEXT, source TEXT, campaign TEXT,
  stage TEXT, stage_on TEXT, stage_reason TEXT, owner TEXT, queue TEXT, value REAL, budget REAL, captured_at TEXT,
  email_state TEXT, email_kind TEXT, phone_state TEXT,
  extra TEXT,                       -- JSON: what no field took
  fingerprint INTEGER,              -- of the content, where the lead has no key to be known by
  created_by INTEGER NOT NULL,     -- an operation; those are never deleted, so nothing checks it row by row
  company_domain TEXT GENERATED ALWAYS AS (   -- a free or disposable mail domain is nobody's company
    CASE WHEN email_kind IN ('business', 'role') AND email NOT LIKE '%@[%' THEN substr(email, instr(email, '@') + 1) END
  ) VIRTUAL
) STRICT;

CREATE TABLE doubt (                -- a lead that may be the same as another one
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  lead INTEGER NOT NULL REFERENCES lead ON DELETE CASCADE,
  other INTEGER REFERENCES lead ON DELETE CASCADE,
  reason TEXT NOT NULL,
  created_by INTEGER NOT NULL REFERENCES operation
) STRICT;
CREATE UNIQUE INDEX doubt_once ON doubt (lead, other);
CREATE INDEX doubt_of_other ON doubt (other);

CREATE TABLE wording (              -- each distinct text of a field once, in the form that rules compare
  field TEXT NOT NULL,
  text TEXT NOT NULL,
  words TEXT,                       -- NULL: still to be worked out
  PRIMARY KEY (field, text)
) STRICT, WITHOUT ROWID;
CREATE INDEX wording_to_do ON wording (field) WHERE words IS NULL;
CREATE TABLE worded (field TEXT PRIMARY KEY) STRICT;   -- the fields whose texts all stand in `wording`

CREATE TABLE ruleset (              -- the rules that ran, by the hash of what they mean
  hash TEXT PRIMARY KEY,
  files TEXT NOT NULL,              -- JSON: file name -> its text
  first_used_at TEXT NOT NULL
) STRICT;
CREATE TABLE run (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  operation INTEGER NOT NULL REFERENCES operation ON DELETE CASCADE,
  ruleset TEXT NOT NULL REFERENCES ruleset,
  today TEXT NOT NULL,
  timezone TEXT NOT NULL,
  engine TEXT NOT NULL,
  git_commit TEXT
) STRICT;
CREATE TABLE score (
  lead INTEGER PRIMARY KEY,         -- goes with its lead by a trigger: a foreign key would look each lead up again
  run INTEGER NOT NULL,
  total INTEGER, letter TEXT, number TEXT, grade TEXT, temperature TEXT,
  created_by INTEGER NOT NULL
) STRICT;
CREATE TRIGGER score_goes_with_lead AFTER DELETE ON lead BEGIN DELETE FROM score WHERE lead = OLD.id; END;

CREATE TABLE stage_change (
  id INTEGER PRIMARY KEY,
  lead INTEGER NOT NULL REFERENCES lead ON DELETE CASCADE,
  from_stage TEXT,
  stage TEXT NOT NULL,
  moved_on TEXT NOT NULL,
  reason TEXT,
  value REAL,
  created_by INTEGER NOT NULL REFERENCES operation
) STRICT;
CREATE INDEX stage_change_of_lead ON stage_change (lead);

CREATE TABLE offer (                -- a lead given to an owner, or to a queue
  id INTEGER PRIMARY KEY,
  lead INTEGER NOT NULL REFERENCES lead ON DELETE CASCADE,
  rule TEXT,
  owner TEXT,
  queue TEXT,
  in_turn INTEGER NOT NULL DEFAULT 0,  -- 1: it was this owner's turn (a colleague's company takes no turn)
  why TEXT NOT NULL,
  tell TEXT,
  offered_at TEXT NOT NULL,
  created_by INTEGER NOT NULL REFERENCES operation
) STRICT;
CREATE INDEX offer_of_lead ON offer (lead);
CREATE INDEX offer_by_rule ON offer (rule, in_turn);

CREATE TABLE follow_up (
  id INTEGER PRIMARY KEY,
  lead INTEGER NOT NULL REFERENCES lead ON DELETE CASCADE,
  due_on TEXT NOT NULL,
  note TEXT,
  done_at TEXT,
  created_by INTEGER NOT NULL REFERENCES operation
) STRICT;
CREATE INDEX follow_up_of_lead ON follow_up (lead);
"""

_ACTIVITIES = """
CREATE TABLE activity (             -- anything that a lead or we did, once each
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  lead INTEGER REFERENCES lead ON DELETE CASCADE,  -- NULL: of somebody who is no lead yet; `who` tells
  who TEXT,                         -- email:…, phone:… or id:…, as the file gave it
  type TEXT NOT NULL,
  occurred_at TEXT NOT NULL,
  day INTEGER NOT NULL,             -- the civil day in the workspace's time zone, in days since 1970-01-01
  topic TEXT, path TEXT, content TEXT, campaign TEXT, channel TEXT, outcome TEXT, note TEXT,
  extra TEXT,                       -- JSON: what no field took
  own_id TEXT, source TEXT,         -- its id in the system that it comes from, and which system that is
  mark INTEGER NOT NULL,            -- a hash of its own id and source, or of its content: what makes it the same activity
  created_by INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX activity_of_lead ON activity (lead, day, type, mark) WHERE lead IS NOT NULL;
CREATE UNIQUE INDEX activity_of_unknown ON activity (who, day, type, mark) WHERE lead IS NULL;
CREATE UNIQUE INDEX activity_by_own_id ON activity (mark) WHERE own_id IS NOT NULL;
CREATE INDEX activity_by_operation ON activity (created_by);
ALTER TABLE worded ADD COLUMN last_row INTEGER NOT NULL DEFAULT 0;  -- activities up to here have been looked at
CREATE TABLE activity_type (type TEXT PRIMARY KEY, by TEXT NOT NULL) STRICT;  -- by lead or by us, as the rules say
CREATE TABLE mail_provider (domain TEXT PRIMARY KEY, kind TEXT NOT NULL) STRICT;  -- your own lists, as last looked at
CREATE TABLE calendar (timezone TEXT NOT NULL) STRICT;  -- one row: the time zone that activity.day is counted in

DROP TABLE score;
CREATE TABLE score (
  lead INTEGER PRIMARY KEY,         -- goes with its lead by a trigger: a foreign key would look each lead up again
  run INTEGER NOT NULL,
  total INTEGER, letter TEXT, number TEXT, grade TEXT, temperature TEXT, window_shopper INTEGER,
  persona TEXT, qualified TEXT, lifecycle TEXT,
  rungs TEXT,                       -- all rungs of the lifecycle that it holds: ,mql,sql,
  next_change_on TEXT,              -- the first day on which it can change by itself; NULL: none. Looking through all of
                                    -- them once a day costs a tenth of what an index would
  created_by INTEGER NOT NULL
) STRICT;

CREATE TABLE to_score (lead INTEGER PRIMARY KEY) STRICT;  -- leads that an undo has changed since the last run

ALTER TABLE run ADD COLUMN last_change INTEGER;    -- up to here the run has seen everything; NULL: the next one is full
ALTER TABLE run ADD COLUMN last_lead INTEGER;
ALTER TABLE run ADD COLUMN last_activity INTEGER;

CREATE TABLE lifecycle_change (
  id INTEGER PRIMARY KEY,
  lead INTEGER NOT NULL REFERENCES lead ON DELETE CASCADE,
  from_lifecycle TEXT,
  lifecycle TEXT,
  changed_on TEXT NOT NULL,
  reason TEXT,
  created_by INTEGER NOT NULL REFERENCES operation
) STRICT;
CREATE INDEX lifecycle_change_of_lead ON lifecycle_change (lead);

CREATE TABLE qualification (        -- what a person decided by the answers
  id INTEGER PRIMARY KEY,
  lead INTEGER NOT NULL REFERENCES lead ON DELETE CASCADE,
  result TEXT NOT NULL,             -- go, no_go or ask
  answers TEXT NOT NULL,            -- JSON: criterion -> yes, no or unknown
  decided_at TEXT NOT NULL,
  created_by INTEGER NOT NULL REFERENCES operation
) STRICT;
CREATE INDEX qualification_of_lead ON qualification (lead);
"""

_CAPTURE = """
ALTER TABLE operation ADD COLUMN file TEXT;         -- the file that it read, for imports and enrichments
ALTER TABLE operation ADD COLUMN columns TEXT;      -- JSON: field -> the columns of the file that fill it, or the constant
ALTER TABLE lead ADD COLUMN created_line INTEGER;   -- the line of that file on which the lead's first row begins
ALTER TABLE lead ADD COLUMN by_default INTEGER;     -- what nobody gave when it was made: 1 its stage, 2 its captured_at, 3 both
ALTER TABLE lead ADD COLUMN id_system TEXT;         -- the system that gave the external id, where it is known
ALTER TABLE lead ADD COLUMN buying_role TEXT;       -- what the person is to a purchase: decision maker, champion, user, …
ALTER TABLE lead ADD COLUMN opted TEXT;             -- in, out or NULL: what the last opt-in or opt-out says
ALTER TABLE lead ADD COLUMN opted_at TEXT;
CREATE INDEX lead_by_opt_out ON lead (email) WHERE opted = 'out';

CREATE TABLE source_row (           -- rows of files that changed a lead which was there before
  operation INTEGER NOT NULL,
  lead INTEGER NOT NULL,
  line INTEGER NOT NULL,
  fields TEXT NOT NULL,             -- what they changed: ,email,phone, and of `extra` the places in operation.columns
  PRIMARY KEY (operation, lead, line)
) STRICT, WITHOUT ROWID;

CREATE TABLE contact (              -- what else a lead is known by, beside the e-mail, phone and external id in its row
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  lead INTEGER NOT NULL REFERENCES lead ON DELETE CASCADE,
  kind TEXT NOT NULL,               -- email, phone, external_id, or visitor: one with several leads is a shared machine
  value TEXT NOT NULL,
  state TEXT NOT NULL,              -- unverified, valid, invalid or confirmed
  label TEXT,                       -- work, home, … as the file says
  created_line INTEGER,             -- the line of the file on which the row that brought it begins
  created_by INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX contact_once ON contact (lead, kind, value);
CREATE INDEX contact_by_value ON contact (kind, value);

CREATE TABLE merge (                -- leads that turned out to be one
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  lead INTEGER NOT NULL,            -- the one that stays
  gone INTEGER NOT NULL,            -- the one that is part of it now
  why TEXT,
  created_by INTEGER NOT NULL
) STRICT;
CREATE INDEX merge_into ON merge (lead);
CREATE INDEX merge_of ON merge (gone);
CREATE TABLE distinct_pair (        -- leads that a person said are not the same; the lower id first
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  lead INTEGER NOT NULL REFERENCES lead ON DELETE CASCADE,
  other INTEGER NOT NULL REFERENCES lead ON DELETE CASCADE,
  created_by INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX distinct_once ON distinct_pair (lead, other);
CREATE INDEX distinct_of_other ON distinct_pair (other);

CREATE TABLE company (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  key TEXT NOT NULL,                -- its name as it is compared
  domain TEXT,
  name TEXT NOT NULL, industry TEXT, employees REAL, country TEXT, city TEXT, website TEXT,
  extra TEXT,
  created_line INTEGER,
  created_by INTEGER NOT NULL
) STRICT;
-- A company is known by its domain; without one, by its name.
CREATE UNIQUE INDEX company_by_domain ON company (domain) WHERE domain IS NOT NULL;
CREATE UNIQUE INDEX company_without_domain ON company (key) WHERE domain IS NULL;
CREATE INDEX company_by_key ON company (key);
DELETE FROM wording WHERE field = 'company_key';    -- its names were compared with their legal forms
DELETE FROM worded WHERE field = 'company_key';

DROP INDEX activity_by_own_id;
ALTER TABLE activity RENAME COLUMN source TO system;
ALTER TABLE activity ADD COLUMN source TEXT;        -- where the person came from, as utm_source or the referrer tells
ALTER TABLE activity ADD COLUMN term TEXT;
ALTER TABLE activity ADD COLUMN referrer TEXT;      -- host and path
CREATE UNIQUE INDEX activity_by_own_id ON activity (mark) WHERE own_id IS NOT NULL;

CREATE INDEX activity_of_consent ON activity (created_by, lead)
  WHERE type IN ('opt_in', 'opt_out', 'unsubscribe', 'bounce', 'reply') AND lead IS NOT NULL;

CREATE TABLE link (                 -- tagged addresses that were handed out
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  token TEXT NOT NULL UNIQUE,
  url TEXT NOT NULL,                -- as it was given
  lead INTEGER REFERENCES lead ON DELETE CASCADE,
  source TEXT, medium TEXT, campaign TEXT, content TEXT, term TEXT,
  created_by INTEGER NOT NULL
) STRICT;
CREATE INDEX link_of_lead ON link (lead);
CREATE TABLE visits (               -- what a visitor who is nobody yet did, packed: most never become leads
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  visitor TEXT NOT NULL,
  seen TEXT NOT NULL,               -- JSON
  created_by INTEGER NOT NULL
) STRICT;
CREATE INDEX visits_of ON visits (visitor);

CREATE TABLE spend (                -- what campaigns cost
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  source TEXT, campaign TEXT,
  from_day TEXT NOT NULL, to_day TEXT NOT NULL,
  amount REAL NOT NULL,
  extra TEXT,
  created_line INTEGER,
  created_by INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX spend_once ON spend (ifnull(source, ''), ifnull(campaign, ''), from_day, to_day);

CREATE TABLE salt (salt BLOB NOT NULL) STRICT;      -- one row: what the hashes of forgotten people are made with
CREATE TABLE forgotten_key (        -- of an e-mail, a phone number, an external id
  hash BLOB PRIMARY KEY,
  person BLOB NOT NULL              -- random, the same for all keys of one person, and for nothing else
) STRICT, WITHOUT ROWID;
CREATE TABLE forgotten (            -- how many people were forgotten, and nothing of who they were
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  forgotten_on TEXT NOT NULL,
  captured_in TEXT,                 -- the month
  source TEXT, campaign TEXT, stage_kind TEXT, grade TEXT,
  proven_at TEXT,                   -- NULL: the file may still hold bytes of it; `leadctl forget` goes on
  created_by INTEGER NOT NULL
) STRICT;
"""


def apply(connection: sqlite3.Connection) -> None:
    """Brings a database to the latest schema, in one transaction of the caller."""
    from sqlite_utils import Database
    from sqlite_utils.migrations import Migrations

    steps = Migrations("leadctl")

    @steps(name="001_the_main_job", transactional=False)
    def the_main_job(database: Database) -> None:
        for statement in _statements(_FIRST):
            database.conn.execute(statement)
        make_key_indexes(database.conn)

    @steps(name="002_what_leads_did", transactional=False)
    def what_leads_did(database: Database) -> None:
        for statement in _statements(_ACTIVITIES):
            database.conn.execute(statement)

    @steps(name="003_capture", transactional=False)
    def capture(database: Database) -> None:
        for statement in _statements(_CAPTURE):
            database.conn.execute(statement)

    steps.apply(Database(connection))
    track_changes(connection)
    connection.execute(f"PRAGMA user_version = {LATEST}")


def make_key_indexes(connection: sqlite3.Connection) -> None:
    for name, columns in KEY_INDEXES.items():
        connection.execute(f"CREATE INDEX {name} ON {columns}")


def drop_key_indexes(connection: sqlite3.Connection) -> None:
    for name in KEY_INDEXES:
        connection.execute(f"DROP INDEX {name}")


def add_columns(connection: sqlite3.Connection, table: str, columns: dict[str, str]) -> bool:
    """Adds the columns (name -> SQLite type) that the table lacks; the history then covers them too."""
    there = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
    missing = {name: kind for name, kind in columns.items() if name not in there}
    for name, kind in missing.items():
        connection.execute(f'ALTER TABLE {table} ADD COLUMN "{name}" {kind}')
    if missing:
        track_changes(connection)
    return bool(missing)


def track_changes(connection: sqlite3.Connection) -> None:
    """Triggers that write every change and deletion of a tracked row into `change`, whoever makes it."""
    current = "(SELECT id FROM operation WHERE id = (SELECT max(id) FROM operation) AND finished_at IS NULL)"
    undoing = "(SELECT undoes FROM operation WHERE id = (SELECT max(id) FROM operation) AND finished_at IS NULL)"
    for table in TRACKED:
        columns = [(row[1], row[2]) for row in connection.execute(f"PRAGMA table_info({table})")]
        key = columns[0][0]
        row = as_json([name for name, _ in columns])
        if table in NOTED_WHOLE:
            _note_whole_rows(connection, table, key, [name for name, _ in columns[1:]], current)
        for name, kind in () if table in NOTED_WHOLE else columns[1:]:
            if name in UNTRACKED.get(table, ()):
                continue
            trigger = f'"{table}_{name}_changed"'
            keys = [*keys_of(name)] if table == "lead" else [f"activity.{name}"] if table == "activity" else []
            remember = (
                f'INSERT OR IGNORE INTO wording (field, text) SELECT field, NEW."{name}" FROM worded '
                f'WHERE NEW."{name}" IS NOT NULL AND field IN ({", ".join(map(repr, keys))});'
                if keys and kind == "TEXT"
                else ""
            )
            connection.execute(f"DROP TRIGGER IF EXISTS {trigger}")
            connection.execute(
                f'CREATE TRIGGER {trigger} AFTER UPDATE OF "{name}" ON {table} WHEN OLD."{name}" IS NOT NEW."{name}" BEGIN '
                f"INSERT INTO change (operation, noun, row, field, before, after) "
                f"VALUES ({current}, '{table}', OLD.{key}, '{name}', OLD.\"{name}\", NEW.\"{name}\"); {remember} END"
            )
        connection.execute(f"DROP TRIGGER IF EXISTS {table}_deleted")
        connection.execute(
            f"CREATE TRIGGER {table}_deleted AFTER DELETE ON {table} WHEN {undoing} IS NULL BEGIN "
            f"INSERT INTO change (operation, noun, row, before) VALUES ({current}, '{table}', OLD.{key}, {row}); END"
        )


def _note_whole_rows(connection: sqlite3.Connection, table: str, key: str, columns: list[str], current: str) -> None:
    watched = [name for name in columns if name not in UNTRACKED.get(table, ())]
    differs = " OR ".join(f'OLD."{name}" IS NOT NEW."{name}"' for name in watched)
    connection.execute(f"DROP TRIGGER IF EXISTS {table}_changed")
    connection.execute(
        f"CREATE TRIGGER {table}_changed AFTER UPDATE ON {table} WHEN {differs} BEGIN "
        f"INSERT INTO change (operation, noun, row, field, before) "
        f"VALUES ({current}, '{table}', OLD.{key}, '{WHOLE}', {as_json([key, *watched])}); END"
    )


def as_json(columns: list[str], row: str = "OLD") -> str:
    """A deleted row as one JSON object. A function of SQLite takes 127 arguments at most, so it is put together."""
    parts = [
        "json_object(" + ", ".join(f"'{name}', {row}.\"{name}\"" for name in columns[at : at + 50]) + ")"
        for at in range(0, len(columns), 50)
    ]
    found = parts[0]
    for part in parts[1:]:
        found = f"json_patch({found}, {part})"  # leaves NULLs of the later parts out, which read the same
    return found


def _statements(script: str) -> list[str]:
    """The statements of a script (executescript would commit the transaction that they belong to)."""
    found, held = [], ""
    for line in script.splitlines():
        held += line + "\n"
        if sqlite3.complete_statement(held):
            found.append(held.strip())
            held = ""
    return found
