"""The database, and all SQL that is not compiled from rules."""
