"""The salt of a database: random bytes that make hashes of what must not be kept readable worthless elsewhere."""

from __future__ import annotations

import sqlite3


def salt(connection: sqlite3.Connection) -> bytes:
    """The database's own 32 bytes, made when they are first needed (within a transaction that writes)."""
    row = connection.execute("SELECT salt FROM salt").fetchone()
    if row is None:
        row = connection.execute("INSERT INTO salt (salt) VALUES (randomblob(32)) RETURNING salt").fetchone()
    return bytes(row[0])
