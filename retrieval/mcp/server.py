"""The server: tools for one client, on the standard streams of this process.

Nothing but messages may reach standard output. While the server runs, descriptor 1 leads to standard error, so that
what a library prints, in Python or not, goes there, and messages are written to a duplicate of what it was.
"""

import fcntl
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp.shared.message import SessionMessage
from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    JSONRPCError,
    JSONRPCNotification,
    JSONRPCRequest,
    JSONRPCResponse,
    ListToolsResult,
    TextContent,
    ToolAnnotations,
)
from mcp_types import Tool as ToolSchema

from retrieval.mcp.stdio import BadLineError, message_of, read_lines, write_message
from retrieval.mcp.tools import INSTRUCTIONS, TOOLS, Library, Tool, ToolError
from retrieval.retriever import Retriever

# Requests that are open at a time; further lines are not read until one of them is answered.
_OPEN: Final = 16

log = logging.getLogger("verbatim.retrieval")


def serve(open_retriever: Callable[[], Retriever], version: str) -> None:
    """Serve one client on standard input and output until it closes them, or SIGTERM comes."""
    if sys.stdin.isatty():
        sys.stderr.write(
            "This waits for messages of the Model Context Protocol: a client starts it, see docs/mcp.md.\n"
        )
    library = Library(open_retriever)
    # A client that has gone is the end of a session and no fault.
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    try:
        with _standard_streams() as (reading, writing):
            anyio.run(_Session(library, version).run, reading, writing)
    finally:
        library.close()


@contextmanager
def _standard_streams() -> Iterator[tuple[int, int]]:
    """Yield duplicates of standard input and output, and lead these elsewhere meanwhile."""
    private = [fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 3) for descriptor in (0, 1)]
    nothing = os.open(os.devnull, os.O_RDWR)
    try:
        os.dup2(nothing, 0)
        try:
            os.dup2(2, 1)
        except OSError:
            # Standard error is closed.
            os.dup2(nothing, 1)
        yield private[0], private[1]
    finally:
        for descriptor, original in enumerate(private):
            os.dup2(original, descriptor)
        for descriptor in (*private, nothing):
            os.close(descriptor)


class _Session:
    """One client."""

    def __init__(self, library: Library, version: str) -> None:
        self._library = library
        self._by_name = {tool.name: tool for tool in TOOLS}
        # Requests that have no answer yet. Their ids are numbers or strings, and "7" cancels 7.
        self._open: set[str] = set()
        self._closed_one = anyio.Event()
        self._server: Server[dict[str, Any]] = Server(
            "verbatim",
            version=version,
            title="Verbatim",
            instructions=INSTRUCTIONS,
            on_list_tools=self._list_tools,
            on_call_tool=self._call_tool,
        )
        # Spans of OpenTelemetry are for servers that somebody traces.
        self._server.middleware.clear()

    async def run(self, reading: int, writing: int) -> None:
        """Serve on two descriptors until the first ends, the second is closed, or SIGTERM comes."""
        incoming, received = anyio.create_memory_object_stream[SessionMessage | Exception]()
        replies, sent = anyio.create_memory_object_stream[SessionMessage]()
        async with anyio.create_task_group() as session:
            session.start_soon(_end_on_sigterm, session.cancel_scope)
            # Ends when the last reply is written.
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._receive, reading, incoming, replies.clone())
                tasks.start_soon(self._send, writing, sent, session.cancel_scope)
                await self._server.run(received, replies, self._server.create_initialization_options())
            session.cancel_scope.cancel()

    async def _receive(
        self,
        reading: int,
        incoming: MemoryObjectSendStream[SessionMessage | Exception],
        replies: MemoryObjectSendStream[SessionMessage],
    ) -> None:
        async with incoming, replies:
            async for line in read_lines(reading):
                try:
                    if isinstance(line, BadLineError):
                        raise line
                    message = message_of(line)
                except BadLineError as error:
                    await replies.send(error.reply())
                    continue
                if isinstance(message, JSONRPCRequest):
                    self._open.add(str(message.id))
                elif isinstance(message, JSONRPCNotification) and message.method == "notifications/cancelled":
                    # A cancelled request is never answered.
                    self._close((message.params or {}).get("requestId"))
                await incoming.send(SessionMessage(message))
                await self._until(_OPEN - 1)
            # The end of the input would cancel what is not answered yet.
            await self._until(0)

    async def _send(
        self, writing: int, sent: MemoryObjectReceiveStream[SessionMessage], session: anyio.CancelScope
    ) -> None:
        async with sent:
            async for message in sent:
                try:
                    await write_message(writing, message)
                except OSError:
                    # Nobody reads any more.
                    session.cancel()
                    return
                if isinstance(message.message, JSONRPCResponse | JSONRPCError):
                    self._close(message.message.id)

    def _close(self, request: object) -> None:
        self._open.discard(str(request))
        self._closed_one.set()

    async def _until(self, most: int) -> None:
        """Wait until no more requests than these are open."""
        while len(self._open) > most:
            self._closed_one = anyio.Event()
            await self._closed_one.wait()

    async def _list_tools(self, *_: object) -> ListToolsResult:
        return ListToolsResult(tools=[_schema(tool) for tool in TOOLS])

    async def _call_tool(self, _: object, params: CallToolRequestParams) -> CallToolResult:
        tool = self._by_name.get(params.name)
        if tool is None:
            known = ", ".join(self._by_name)
            raise MCPError(INVALID_PARAMS, f"there is no tool {params.name[:60]!r}: the tools are {known}")
        try:
            result = await anyio.to_thread.run_sync(tool.call, self._library, params.arguments or {})
        except ToolError as error:
            return _failed(str(error))
        except Exception:
            log.exception("a tool failed", extra={"tool": tool.name})
            return _failed("this should not happen: the log of the server says more; try again")
        # Clients that know nothing of structured content show the text to their model.
        return CallToolResult(
            content=[TextContent(type="text", text=result.model_dump_json())],
            structured_content=result.model_dump(mode="json"),
        )


async def _end_on_sigterm(session: anyio.CancelScope) -> None:
    with anyio.open_signal_receiver(signal.SIGTERM) as signals:
        async for _ in signals:
            session.cancel()


def _schema(tool: Tool) -> ToolSchema:
    return ToolSchema(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=_untitled(tool.arguments.model_json_schema()),
        output_schema=_untitled(tool.result.model_json_schema(mode="serialization")),
        annotations=ToolAnnotations(
            title=tool.title, read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
        ),
    )


def _untitled(schema: Any) -> Any:
    """Return a schema without the titles that pydantic makes of names: they cost a model tokens and tell it nothing."""
    if isinstance(schema, dict):
        # A property that is called "title" has a schema and no string.
        return {key: _untitled(value) for key, value in schema.items() if key != "title" or isinstance(value, dict)}
    return [_untitled(value) for value in schema] if isinstance(schema, list) else schema


def _failed(reason: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(type="text", text=reason)], is_error=True)
