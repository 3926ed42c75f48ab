"""A page as a picture, by a browser without a window."""

import io
from pathlib import Path
from typing import Final

from PIL import Image, ImageChops

from benchmarks.chromium import chromium, program, tab

_WINDOW: Final = {"width": 960, "height": 800}
_SCALE: Final = 2
_MARGIN: Final = 24
_COLOURS: Final = 255


class NoBrowserError(Exception):
    """There is no browser to draw with; the text says what to install."""


def draw(html: str, to: Path) -> None:
    """Draw a page with a white background, cut to what is on it, as a PNG.

    Raises:
        NoBrowserError: if there is no Chromium.
    """
    browser = program()
    if browser is None:
        raise NoBrowserError(
            "the pictures need Chromium: install it (Debian, Ubuntu: apt install chromium), and run this again"
        )
    with (
        chromium(browser) as opened,
        tab(opened, viewport=_WINDOW, device_scale_factor=_SCALE) as shown,
    ):
        shown.set_content(html)
        to.write_bytes(_cut(shown.screenshot(full_page=True)))


def _cut(shot: bytes) -> bytes:
    image = Image.open(io.BytesIO(shot)).convert("RGB")
    box = ImageChops.difference(image, Image.new("RGB", image.size, "white")).getbbox()
    assert box is not None  # a page shows something
    left, top, right, bottom = box
    inside = image.crop(
        (
            max(0, left - _MARGIN),
            max(0, top - _MARGIN),
            min(image.width, right + _MARGIN),
            min(image.height, bottom + _MARGIN),
        )
    )
    cut = io.BytesIO()
    inside.quantize(_COLOURS, dither=Image.Dither.NONE).save(cut, "PNG", optimize=True)
    return cut.getvalue()
