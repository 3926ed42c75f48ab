"""Mini Apps: the address that Telegram's apps open, with what they say of the person who opens it.

Source: https://core.telegram.org/bots/webapps, "Validating data received via the Mini App", and
https://core.telegram.org/api/web-events for the parameters behind the '#'.
"""

import hashlib
import hmac
import json
import time
from urllib.parse import urlencode

from tests.telegram.server.entities import Json

_THEME = {"bg_color": "#17212b", "text_color": "#f5f5f5", "button_color": "#5288c1"}


def init_data(token: str, user: Json, made: float | None = None, **more: str) -> str:
    """What Telegram says of a user who opens a Mini App, signed for the bot of this token.

    Args:
        made: seconds since 1970; None for now.
    """
    fields = {
        "query_id": "AAHdF6IQAAAAAN0XohDhrOrc",
        "user": json.dumps(user, separators=(",", ":"), ensure_ascii=False),
        "auth_date": str(int(time.time() if made is None else made)),
        **more,
    }
    lines = "\n".join(f"{name}={fields[name]}" for name in sorted(fields))
    secret = hmac.new(b"WebAppData", token.encode(), hashlib.sha256).digest()
    return urlencode({**fields, "hash": hmac.new(secret, lines.encode(), hashlib.sha256).hexdigest()})


def opened_at(url: str, token: str, user: Json, made: float | None = None) -> str:
    """The address of a Mini App as an app opens it: its parameters stand behind the '#' of the address's own."""
    given = {
        "tgWebAppData": init_data(token, user, made),
        "tgWebAppVersion": "9.0",
        "tgWebAppPlatform": "android",
        "tgWebAppThemeParams": json.dumps(_THEME),
    }
    return f"{url}{'&' if '#' in url else '#'}{urlencode(given)}"
