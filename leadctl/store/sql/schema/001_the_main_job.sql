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
