"""Posting updates to the bot's webhook: one after another, each until it is taken. Source: Bot API, "setWebhook"."""

import asyncio
import json
import time
from http.client import responses
from typing import Final

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest, HTTPResponse

from tests.telegram.server.entities import Json
from tests.telegram.server.faults import Faults
from tests.telegram.server.updates import Webhook
from tests.telegram.server.world import World

_FIRST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 1.0
_SECRET: Final = "X-Telegram-Bot-Api-Secret-Token"


class Delivery:
    """Posts what is pending while there is a webhook. Runs on the server's loop."""

    def __init__(self, world: World, faults: Faults) -> None:
        self._world = world
        self._faults = faults
        self._changed = asyncio.Event()

    def wake(self) -> None:
        """Look again at what is pending."""
        self._changed.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        client = AsyncHTTPClient(force_instance=True)
        pause = _FIRST_PAUSE
        try:
            while True:
                webhook, pending = self._world.updates.webhook, self._world.updates.pending
                if webhook is None or not pending:
                    self._changed.clear()
                    await self._changed.wait()
                elif not self._faults.is_down and await self._delivered(client, webhook, pending[0]):
                    pause = _FIRST_PAUSE
                else:
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, _LONGEST_PAUSE)
        finally:
            client.close()

    async def _delivered(self, client: AsyncHTTPClient, webhook: Webhook, update: Json) -> bool:
        headers = {"Content-Type": "application/json"}
        if webhook.secret is not None:
            headers[_SECRET] = webhook.secret
        request = HTTPRequest(webhook.url, "POST", headers, json.dumps(update), follow_redirects=False)
        try:
            response: HTTPResponse = await client.fetch(request, raise_error=False)
        except (OSError, HTTPClientError) as error:
            # The bot closed the connection, or was killed, before it answered.
            return self._failed(webhook, str(error))
        if response.code == 599:
            return self._failed(webhook, str(response.error))
        if not 200 <= response.code < 300:
            reason = responses.get(response.code, "")
            return self._failed(webhook, f"Wrong response from the webhook: {response.code} {reason}")
        with self._world.lock:
            self._world.updates.confirm_first(update)
            self._world.changed()
        return True

    def _failed(self, webhook: Webhook, why: str) -> bool:
        with self._world.lock:
            webhook.last_error_date, webhook.last_error_message = int(time.time()), why
            self._world.changed()
        return False
