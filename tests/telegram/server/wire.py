"""Calls to the server in plain HTTP, as any bot makes them."""

import json
from collections.abc import Mapping
from typing import Any

import httpx

from tests.telegram.server.bot_api import BotApiServer


class Wire:
    """Calls methods and hands back the answers as they are.

    Args:
        server: the server to call.
        token: another token than the server's bot has.
    """

    def __init__(self, server: BotApiServer, token: str | None = None) -> None:
        self._address = f"{server.url}/bot{token or server.token}"

    def answer(
        self, method: str, files: Mapping[str, tuple[str, bytes, str]] | None = None, **parameters: Any
    ) -> dict[str, Any]:
        """The whole answer, with its HTTP status as `status`."""
        form = {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in parameters.items()
            if value is not None
        }
        response = httpx.post(f"{self._address}/{method}", data=form, files=files, timeout=20)
        answer: dict[str, Any] = response.json() | {"status": response.status_code}
        return answer

    def result(self, method: str, **parameters: Any) -> Any:
        """The result of a call that is accepted."""
        answer = self.answer(method, **parameters)
        assert answer["ok"], answer
        assert answer["status"] == 200
        return answer["result"]

    def refusal(self, method: str, **parameters: Any) -> str:
        """Why a call is refused."""
        answer = self.answer(method, **parameters)
        assert answer["ok"] is False, answer
        assert answer["error_code"] == answer["status"]
        return str(answer["description"])
