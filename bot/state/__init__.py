"""What the bot remembers, in one SQLite file: `state.sqlite` in the data folder."""
