"""How the bot gets its updates. Source: Bot API, "Getting updates". Fetching them is in `polling`."""

import re
from typing import Final

from tests.telegram.server.entities import Json
from tests.telegram.server.errors import BadRequest
from tests.telegram.server.parameters import Parameters
from tests.telegram.server.registry import method
from tests.telegram.server.updates import Webhook
from tests.telegram.server.world import World

# The tests' webhooks listen on loopback and have no certificate.
_ALLOWED: Final = re.compile(r"https://[^/\s]+\S*|http://(127\.0\.0\.1|localhost)(:\d+)?(/\S*)?")
SECRET_LIMIT: Final = 256


@method(
    "setWebhook",
    "url",
    "certificate",
    "ip_address",
    "max_connections",
    "allowed_updates",
    "drop_pending_updates",
    "secret_token",
)
def set_webhook(world: World, parameters: Parameters) -> bool:
    """Have updates posted to an address; an empty one removes the webhook."""
    url, secret = parameters.text("url"), parameters.text("secret_token")
    if url and not _ALLOWED.fullmatch(url):
        raise BadRequest("bad webhook: An HTTPS URL must be provided for webhook")
    if len(secret) > SECRET_LIMIT:
        raise BadRequest("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", secret):
        raise BadRequest("secret token contains unallowed characters")
    allowed = parameters.parsed("allowed_updates", list, "allowed updates")
    connections = parameters.integer("max_connections") or 40
    updates = world.updates
    updates.webhook = Webhook(url, secret or None, max(1, min(connections, 100))) if url else None
    updates.allow(allowed)
    if parameters.flag("drop_pending_updates"):
        updates.clear()
    updates.on_change()
    return True


@method("deleteWebhook", "drop_pending_updates")
def delete_webhook(world: World, parameters: Parameters) -> bool:
    """Go back to fetching updates."""
    world.updates.webhook = None
    if parameters.flag("drop_pending_updates"):
        world.updates.clear()
    world.updates.on_change()
    return True


@method("getWebhookInfo")
def get_webhook_info(world: World, parameters: Parameters) -> Json:
    """A `WebhookInfo`."""
    updates = world.updates
    shown: Json = {
        "url": updates.webhook.url if updates.webhook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(updates.pending),
        "allowed_updates": sorted(updates.allowed),
    }
    if updates.webhook:
        shown["max_connections"] = updates.webhook.max_connections
        if updates.webhook.last_error_date is not None:
            shown["last_error_date"] = updates.webhook.last_error_date
            shown["last_error_message"] = updates.webhook.last_error_message
    return shown
