"""The database that a setting names: SQLite's file in the bot's folder, or a server's by its address."""

from pathlib import Path

from bot.errors import StartError
from bot.state.database import FILE, Database
from bot.state.state import State
from index.errors import MissingExtraError, require


def open_state(folder: Path, address: str, *, alone: bool = True) -> State:
    """Return the opened state.

    Parameters:
        folder: of the bot, where SQLite's file stands.
        address: `postgresql://…` of the database that keeps the state instead; '' for none.
        alone: whether no other bot may work with that database meanwhile.

    Raises:
        BotError: if it cannot be opened, in one line.
    """
    if not address:
        return Database(folder / FILE)
    require_client()
    from bot.state.postgres import Postgres  # it is loaded only where it is used

    return Postgres(address, alone=alone)


def require_client() -> None:
    """Make sure that PostgreSQL's client can be imported.

    Raises:
        StartError: if it cannot be.
    """
    purpose = "a state in a PostgreSQL database"
    try:
        require("postgres", purpose)
        import psycopg  # noqa: F401  # it needs a library of the system where it came without its own
    except MissingExtraError as error:
        raise StartError(str(error)) from None
    except ImportError:
        raise StartError(f"{purpose} needs psycopg with PostgreSQL's own library: install psycopg[binary]") from None
