"""The Bot API over HTTP: who calls, what goes wrong on the line, and the answer as JSON."""

import asyncio
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http.client import responses
from typing import Any, Final

from tornado.web import RequestHandler

from tests.telegram.server.errors import ApiError, BadRequest, TooManyRequests, Unauthorized, UnknownMethod
from tests.telegram.server.faults import Fault, Faults
from tests.telegram.server.methods import METHODS
from tests.telegram.server.parameters import Parameters, Upload
from tests.telegram.server.polling import PARAMETERS as POLLING_PARAMETERS
from tests.telegram.server.polling import Poller
from tests.telegram.server.world import World

_TOKEN: Final = re.compile(r"\d+:[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the bot and how it was answered.

    `status` is the HTTP status; `fault` is the kind of trouble that was injected. A call dropped before it was
    processed has the status 0; one dropped after it has the status of the answer that nobody got. A poll that whoever
    made it left counts as answered with nothing.
    """

    method: str
    params: dict[str, Any]
    status: int
    description: str
    time: float
    fault: str | None = None


@dataclass(slots=True)
class Service:
    """What the handlers share."""

    token: str
    world: World
    poller: Poller
    faults: Faults
    calls: list[Call] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)
    live: set["ApiHandler"] = field(default_factory=set)


class ApiHandler(RequestHandler):
    """`/bot<token>/<method>`"""

    def initialize(self, service: Service) -> None:
        self._service = service
        self._left = False

    def on_connection_close(self) -> None:
        self._left = True
        self._service.poller.wake()

    async def get(self, token: str, name: str) -> None:
        self._service.live.add(self)
        try:
            await self._answer(token, name)
        finally:
            self._service.live.discard(self)

    post = get

    def drop(self) -> None:
        """Close the connection without an answer."""
        connection: Any = self.request.connection
        if not self._finished and connection is not None and connection.stream is not None:
            self.detach().close()

    async def _answer(self, token: str, name: str) -> None:
        service, started = self._service, time.time()
        unread: BadRequest | None = None
        try:
            parameters = _parameters(self)
        except BadRequest as error:
            parameters, unread = Parameters({}), error
        shown = parameters.shown()
        name = METHODS[name.lower()].name if name.lower() in METHODS else name
        call = Call(name, shown, 0, "dropped", started)
        if service.faults.is_down:
            service.faults.injected["down"] += 1
            self._record(replace(call, fault="down"))
            self.drop()
            return
        trouble = None
        for fault in service.faults.drawn(name):
            if fault.kind == "latency":
                await asyncio.sleep(fault.seconds)
            else:
                trouble = fault
        call = replace(call, fault=trouble.kind if trouble else None)
        if trouble and trouble.kind == "drop_before":
            self._record(call)
            self.drop()
            return
        status, answer = await self._outcome(call, token, parameters, trouble, unread)
        if trouble and trouble.kind == "drop_after":
            self.drop()
        elif not self._left and not self._finished:
            self.set_status(status, responses.get(status, "Unknown"))
            self.set_header("Content-Type", "application/json")
            self.finish(json.dumps(answer))

    async def _outcome(
        self, call: Call, token: str, parameters: Parameters, trouble: Fault | None, unread: BadRequest | None
    ) -> tuple[int, Mapping[str, Any]]:
        """The HTTP status and the body; the call is recorded with them."""
        if trouble and trouble.kind == "status":
            description = responses.get(trouble.status, "Unknown")
            self._record(replace(call, status=trouble.status, description=description))
            return trouble.status, {"ok": False, "error_code": trouble.status, "description": description}
        try:
            if unread:
                raise unread
            if trouble and trouble.kind == "retry_after":
                raise TooManyRequests(int(trouble.seconds))
            self._admit(token)
            done = replace(call, status=200, description="")
            if call.method.lower() == "getupdates":
                result = await self._updates(parameters)
                self._record(done)
            else:
                # Whoever sees what a call has done finds the call among the calls.
                with self._service.world.lock:
                    result = self._result(call.method, parameters)
                    self._record(done)
            return 200, {"ok": True, "result": result}
        except ApiError as error:
            self._record(replace(call, status=error.status, description=error.description))
            answer = {"ok": False, "error_code": error.status, "description": error.description}
            if error.parameters:
                answer["parameters"] = dict(error.parameters)
            return error.status, answer

    def _admit(self, token: str) -> None:
        """Raise what Telegram says to another token, or to a bot that has logged out."""
        if token != self._service.token:
            raise Unauthorized if _TOKEN.fullmatch(token) else UnknownMethod
        if self._service.world.logged_out:
            raise BadRequest("Logged out")

    async def _updates(self, parameters: Parameters) -> Any:
        service = self._service
        service.surprises += [f"getUpdates: {strange}" for strange in parameters.unknown(POLLING_PARAMETERS)]
        return await service.poller.get_updates(parameters, lambda: self._left)

    def _result(self, name: str, parameters: Parameters) -> Any:
        service = self._service
        method = METHODS.get(name.lower())
        if method is None:
            raise UnknownMethod("method not found")
        service.surprises += [f"{method.name}: {strange}" for strange in parameters.unknown(method.parameters)]
        return method.function(service.world, parameters)

    def _record(self, call: Call) -> None:
        with self._service.world.lock:
            self._service.calls.append(call)
            self._service.world.changed()


class FileHandler(RequestHandler):
    """`/file/bot<token>/<path>`"""

    def initialize(self, service: Service) -> None:
        self._service = service

    def get(self, token: str, path: str) -> None:
        file = self._service.world.files.by_path(path) if token == self._service.token else None
        if file is None:
            self.set_status(404)
            self.finish({"ok": False, "error_code": 404, "description": "Not Found"})
            return
        self.set_header("Content-Type", "application/octet-stream")
        self.finish(file.content)


class ElsewhereHandler(RequestHandler):
    """Any other address."""

    def prepare(self) -> None:
        self.set_status(404)
        self.finish({"ok": False, "error_code": 404, "description": "Not Found"})


def _parameters(handler: RequestHandler) -> Parameters:
    """What a call came with: in the address, as a form, in several parts or as JSON.

    Raises:
        BadRequest: if a string is not in UTF-8, or the JSON is none.
    """
    request = handler.request
    try:
        values = {name: found[-1].decode() for name, found in request.arguments.items()}
    except UnicodeDecodeError as error:
        raise BadRequest("strings must be encoded in UTF-8") from error
    if request.headers.get("Content-Type", "").startswith("application/json") and request.body:
        try:
            sent = json.loads(request.body)
        except ValueError as error:
            raise BadRequest("can't parse JSON object") from error
        values |= {name: value if isinstance(value, str) else json.dumps(value) for name, value in sent.items()}
    uploads = {
        name: Upload(files[-1].filename, files[-1].body, files[-1].content_type)
        for name, files in request.files.items()
    }
    return Parameters(values, uploads)
