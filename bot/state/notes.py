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
