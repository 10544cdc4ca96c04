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
