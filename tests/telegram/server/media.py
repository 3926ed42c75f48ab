"""What people send besides texts and documents."""

import io
from typing import Any

from PIL import Image

from tests.telegram.server.entities import Json
from tests.telegram.server.stored_files import FileStore, StoredFile
from tests.telegram.server.world import User


def media(files: FileStore, kind: str, user: User) -> tuple[StoredFile | None, Any]:
    """A file, where the kind has one, and the object that stands for it in a message.

    Raises:
        ValueError: if it is no kind that people send.
    """
    match kind:
        case "voice":
            file = files.add("voice", "voice.oga", b"OggS\0", mime_type="audio/ogg")
            return file, file.identity() | {"duration": 3, "mime_type": "audio/ogg"}
        case "video":
            file = files.add("videos", "video.mp4", b"\0\0\0\x18ftypmp42", mime_type="video/mp4")
            return file, _sized(file, 640, 360) | {"duration": 5, "mime_type": "video/mp4"}
        case "photo":
            file = files.add("photos", "photo.jpg", _picture(320, 200), mime_type="image/jpeg")
            return file, [_sized(file, 320, 200)]
        case "sticker":
            file = files.add("stickers", "sticker.webp", b"RIFF\0\0\0\0WEBP", mime_type="image/webp")
            return file, _sized(file, 512, 512) | {"type": "regular", "is_animated": False, "is_video": False}
        case "location":
            return None, {"latitude": 52.5163, "longitude": 13.3777}
        case "contact":
            return None, {"phone_number": "+15550100", "first_name": user.first_name, "user_id": user.id}
        case "poll":
            return None, _poll()
    raise ValueError(f"{kind!r} is not what people send")


def _sized(file: StoredFile, width: int, height: int) -> Json:
    return file.identity() | {"width": width, "height": height}


def _picture(width: int, height: int) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (width, height), (40, 90, 140)).save(written, "JPEG")
    return written.getvalue()


def _poll() -> Json:
    options = [{"persistent_id": str(n), "text": text, "voter_count": 0} for n, text in enumerate(("Yes", "No"))]
    return {
        "id": "5300000000000000001",
        "question": "Shall we?",
        "options": options,
        "total_voter_count": 0,
        "is_closed": False,
        "is_anonymous": True,
        "type": "regular",
        "allows_multiple_answers": False,
        "allows_revoting": False,
        "members_only": False,
    }
