"""The bot's memory, in one SQLite file: `state.sqlite` in the data folder."""
