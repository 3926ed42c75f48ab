"""The photos and documents a bot sends: uploaded, or known already. Source: Bot API, "Sending files"."""

import io
from typing import Any, Final

from PIL import Image, UnidentifiedImageError

from tests.telegram.server.entities import Json
from tests.telegram.server.errors import BadRequest, EntityTooLarge
from tests.telegram.server.parameters import Parameters, Upload
from tests.telegram.server.stored_files import StoredFile
from tests.telegram.server.world import World

UPLOAD_LIMIT: Final = 50 * 1024 * 1024
PHOTO_LIMIT: Final = 10 * 1024 * 1024
_SIDES_LIMIT: Final = 10_000
_RATIO_LIMIT: Final = 20


def sent_file(world: World, parameters: Parameters, kind: str, value: str) -> tuple[StoredFile, Any]:
    """The file that a call sends and the object that stands for it in the message.

    Args:
        kind: `photo` or `document`.
        value: a `file_id`, `attach://…`, or empty if the upload is named after the kind.

    Raises:
        BadRequest, EntityTooLarge
    """
    upload = parameters.uploads.get(value.removeprefix("attach://") or kind)
    if upload is None:
        file = world.files.by_id(value)
        if not value:
            raise BadRequest(f"there is no {kind} in the request")
        if file is None:
            raise BadRequest("wrong file identifier/HTTP URL specified")
        if (file.folder == "photos") != (kind == "photo"):
            raise BadRequest(f"can't use file of type {file.folder.capitalize()[:-1]} as {kind.capitalize()}")
    else:
        file = _stored(world, kind, upload)
    return file, photo_json(file) if kind == "photo" else document_json(file)


def _stored(world: World, kind: str, upload: Upload) -> StoredFile:
    if len(upload.content) > UPLOAD_LIMIT:
        raise EntityTooLarge
    if not upload.content:
        raise BadRequest("file must be non-empty")
    if kind == "photo":
        if len(upload.content) > PHOTO_LIMIT:
            raise BadRequest(f"file is too big for a photo; the maximum size is {PHOTO_LIMIT} bytes")
        width, height = _sides(upload.content)
        if width + height > _SIDES_LIMIT or max(width, height) > _RATIO_LIMIT * min(width, height):
            raise BadRequest("PHOTO_INVALID_DIMENSIONS")
    return world.files.add(f"{kind}s", upload.name, upload.content, mime_type=upload.mime_type)


def _sides(content: bytes) -> tuple[int, int]:
    try:
        with Image.open(io.BytesIO(content)) as image:
            return image.size
    except (UnidentifiedImageError, OSError) as error:
        raise BadRequest("IMAGE_PROCESS_FAILED") from error


def photo_json(file: StoredFile) -> list[Json]:
    """A photo in its one size."""
    width, height = _sides(file.content)
    return [file.identity() | {"width": width, "height": height}]


def document_json(file: StoredFile) -> Json:
    """A `Document`."""
    shown = file.identity() | {"file_name": file.name}
    return shown | ({"mime_type": file.mime_type} if file.mime_type else {})
