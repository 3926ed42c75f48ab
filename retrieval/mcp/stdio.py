"""Messages of the protocol as lines on two file descriptors.

The transport of the `mcp` package reads lines of any length, blocks a thread on each read, and drops what is no message
without a word. This one bounds a line, ends on a signal, and answers each bad line with the error of JSON-RPC 2.0.
"""

import os
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final

import anyio
from mcp.shared.message import SessionMessage
from mcp_types import INVALID_REQUEST, PARSE_ERROR, ErrorData, JSONRPCError, JSONRPCMessage, jsonrpc_message_adapter
from pydantic import ValidationError

# Bytes of a line: a question has 2,000 characters at most.
LONGEST_LINE: Final = 4 * 1024 * 1024
_READ: Final = 65_536
# What POSIX lets a pipe that is writable take without blocking (PIPE_BUF, on Linux).
_WRITTEN: Final = 4_096


class BadLineError(Exception):
    """Raised for a line that is no message.

    Attributes:
        code: of JSON-RPC 2.0.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code

    def reply(self) -> SessionMessage:
        """Return the answer to a line of which nobody knows the request."""
        return SessionMessage(JSONRPCError(jsonrpc="2.0", id=None, error=ErrorData(code=self.code, message=str(self))))


async def read_lines(descriptor: int) -> AsyncIterator[bytes | BadLineError]:
    """Yield the lines of a stream without their ends, the last one too if its end is missing; no blank ones.

    A line that is too long is read over, and an error is yielded in its place.
    """
    held = bytearray()
    too_long = False
    while chunk := await _read(descriptor):
        *ended, rest = chunk.split(b"\n")
        for part in ended:
            held += part
            if too_long or len(held) > LONGEST_LINE:
                yield BadLineError(
                    INVALID_REQUEST, f"the line is too long: a message has at most {LONGEST_LINE:,} bytes"
                )
            elif held.strip():
                yield bytes(held)
            held.clear()
            too_long = False
        held += rest
        if len(held) > LONGEST_LINE:
            too_long = True
            held.clear()
    if too_long:
        yield BadLineError(INVALID_REQUEST, f"the line is too long: a message has at most {LONGEST_LINE:,} bytes")
    elif held.strip():
        yield bytes(held)


def message_of(line: bytes) -> JSONRPCMessage:
    """Return the message that stands on a line.

    Raises:
        BadLineError: if it is none.
    """
    try:
        return jsonrpc_message_adapter.validate_json(line, by_name=False)
    except ValidationError as error:
        if any(fault["type"] == "json_invalid" for fault in error.errors(include_url=False, include_input=False)):
            raise BadLineError(PARSE_ERROR, "the line is not JSON in UTF-8") from None
        raise BadLineError(INVALID_REQUEST, "the line is no message of JSON-RPC 2.0") from None


async def write_message(descriptor: int, message: SessionMessage) -> None:
    """Write a message as one line, as fast as the reader takes it.

    Raises:
        OSError: if the reader has gone.
    """
    text = message.message.model_dump_json(by_alias=True, exclude_unset=True)
    line = memoryview(f"{text}\n".encode())
    while line:
        # A file, unlike a pipe, is always ready and cannot be waited for.
        with suppress(PermissionError):
            await anyio.wait_writable(descriptor)
        line = line[os.write(descriptor, line[:_WRITTEN]) :]


async def _read(descriptor: int) -> bytes:
    with suppress(PermissionError):
        await anyio.wait_readable(descriptor)
    try:
        return os.read(descriptor, _READ)
    except OSError:
        # The terminal or the socket is gone, which ends the stream as well.
        return b""
