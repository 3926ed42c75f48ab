"""Single values that outlive a restart, by name."""

import sqlite3


def read(db: sqlite3.Connection, name: str) -> str:
    """The value of that name, '' where there is none."""
    row = db.execute("SELECT value FROM notes WHERE name = ?", [name]).fetchone()
    return row[0] if row else ""


def write(db: sqlite3.Connection, name: str, value: str) -> None:
    """Note a value; '' forgets it."""
    if value:
        db.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", [name, value])
    else:
        db.execute("DELETE FROM notes WHERE name = ?", [name])


def count(db: sqlite3.Connection, name: str) -> None:
    """Count something that has happened, as the value of that name."""
    db.execute("INSERT INTO notes VALUES (?, '1') ON CONFLICT DO UPDATE SET value = value + 1", [name])


def forget(db: sqlite3.Connection, name: str, value: str) -> None:
    """Forget a value, unless it has become another meanwhile."""
    db.execute("DELETE FROM notes WHERE name = ? AND value = ?", [name, value])
