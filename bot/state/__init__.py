"""The bot's memory: in one SQLite file, `state.sqlite`, or in a PostgreSQL database."""
