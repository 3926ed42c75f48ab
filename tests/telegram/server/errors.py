"""What the Bot API answers instead of a result.

ApiError
├── BadRequest        400
├── Unauthorized      401
├── Forbidden         403
├── UnknownMethod     404
├── Conflict          409
├── EntityTooLarge    413
└── TooManyRequests   429
"""

from collections.abc import Mapping
from typing import ClassVar


class ApiError(Exception):
    """An answer with `"ok": false`.

    Args:
        description: what went wrong, without the prefix that names the class of errors.
        parameters: the field `parameters` of the answer, such as `{"retry_after": 3}`.
    """

    status: ClassVar[int]
    prefix: ClassVar[str]

    def __init__(self, description: str = "", parameters: Mapping[str, int] | None = None) -> None:
        self.description = f"{self.prefix}: {description}" if description else self.prefix
        self.parameters = parameters
        super().__init__(self.description)


class BadRequest(ApiError):  # noqa: N818 (the protocol's own names)
    """The call is wrong as it stands."""

    status = 400
    prefix = "Bad Request"


class Unauthorized(ApiError):  # noqa: N818
    """The token belongs to no bot."""

    status = 401
    prefix = "Unauthorized"


class Forbidden(ApiError):  # noqa: N818
    """The bot may not write there."""

    status = 403
    prefix = "Forbidden"


class UnknownMethod(ApiError):  # noqa: N818
    """There is no such method."""

    status = 404
    prefix = "Not Found"


class Conflict(ApiError):  # noqa: N818
    """Updates are fetched in two ways at once."""

    status = 409
    prefix = "Conflict"


class EntityTooLarge(ApiError):  # noqa: N818
    """The upload is over the limit."""

    status = 413
    prefix = "Request Entity Too Large"


class TooManyRequests(ApiError):  # noqa: N818
    """A flood limit was hit.

    Args:
        seconds: how long to wait.
    """

    status = 429
    prefix = "Too Many Requests"

    def __init__(self, seconds: int) -> None:
        super().__init__(f"retry after {seconds}", {"retry_after": seconds})
