"""What can go wrong with something that a person adds. Every message is one line, fit to be shown to that person.

AddingError
├── FetchError
│   ├── AddressError    the link, or one it redirects to, is not one that is followed
│   ├── ResponseError   the site did not answer with something that can be an article
│   ├── TooLargeError   the answer is larger than the limit, as sent or unpacked
│   └── TooSlowError    the answer was not there in time
├── ArchiveError        the archive as a whole cannot be taken
└── StoreError          the file cannot be kept: no format that is read, or no room
"""


class AddingError(Exception):
    """The base of every error of this package."""


class FetchError(AddingError):
    """A link could not be fetched."""


class AddressError(FetchError):
    """The link, or one it redirects to, is not one that is followed."""


class ResponseError(FetchError):
    """The site did not answer with something that can be an article."""


class TooLargeError(FetchError):
    """The answer is larger than the limit, as sent or unpacked."""


class TooSlowError(FetchError):
    """The answer was not there in time."""


class ArchiveError(AddingError):
    """The archive as a whole cannot be taken."""


class StoreError(AddingError):
    """The file cannot be kept: no format that is read, or no room."""
