"""What can go wrong in this room. Every message is one line: what was wrong, where, and what to do.

IndexingError
├── DataFolderError     this user may not write to the data folder
├── SeedsError          the seeds folder is missing or holds no article that can be read
├── BuildLockedError    another build is running on the same data folder
├── ModelError          the encoder's model cannot be had, or is not what it should be
│   └── UnsupportedModelError   it is to be converted by sentence-transformers
├── NoIndexError        nothing has been built yet
├── TrialError          a file could not be read within its limits (in trial.py)
├── ReadingError        the process that reads files for a build cannot be started (in read_ahead.py)
└── GenerationError     a generation is damaged, or was made for something else
"""


class IndexingError(Exception):
    """The base of every error of this room; its text is fit to be shown to a person."""


class DataFolderError(IndexingError):
    """This user may not write to the data folder."""


class SeedsError(IndexingError):
    """The seeds folder is missing, or holds no article that can be read."""


class BuildLockedError(IndexingError):
    """Another build is running on the same data folder."""


class ModelError(IndexingError):
    """The encoder's model cannot be had, or is not what it should be."""


class UnsupportedModelError(ModelError):
    """A model that is not converted without sentence-transformers; the message says what about it is not understood."""


class NoIndexError(IndexingError):
    """Nothing has been built yet in this data folder."""


class GenerationError(IndexingError):
    """A generation is damaged, or does not fit this program or this model."""
