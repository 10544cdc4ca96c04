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
