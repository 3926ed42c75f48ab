"""The pictures of the page in docs/: the sample articles, served and opened in Chromium (`make transcript`)."""

import io
import sys
import tempfile
from pathlib import Path
from typing import Final

from PIL import Image

from benchmarks.chromium import chromium, program, tab
from config.settings import load
from index.build import build
from index.encoder.model import DEFAULT_MODEL, prepare
from tests.bot.web.serving import served

ROOT: Final = Path(__file__).resolve().parents[3]
_QUESTION: Final = "What did Blinken ask Russia to do?"
_PHONE: Final = {"width": 390, "height": 780}
_DESKTOP: Final = {"width": 1100, "height": 1040}
_COLOURS: Final = 255
# Each by its name, its window and its colours.
_PICTURES: Final = (
    ("reading-page-phone", _PHONE, "light"),
    ("reading-page-dark", _PHONE, "dark"),
    ("reading-page-desktop", _DESKTOP, "light"),
)


def main() -> int:
    """Draw every picture.

    Returns:
        0 done; 1 where there is no browser.
    """
    browser = program()
    if browser is None:
        print("the pictures need Chromium: install it (apt install chromium), and run this again", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        data.mkdir()
        models = load().data.resolve() / "models"
        prepare(DEFAULT_MODEL, models)
        (data / "models").symlink_to(models)
        build(ROOT / "seeds", data)
        with served(data) as site, chromium(browser) as opened:
            for name, window, scheme in _PICTURES:
                with tab(opened, viewport=window, color_scheme=scheme, device_scale_factor=2) as page:
                    page.goto(site.url)
                    page.fill("#q", _QUESTION)
                    page.press("#q", "Enter")
                    page.click(".first .there a")
                    page.wait_for_selector("#quote")
                    if window is _DESKTOP:
                        page.click(".about summary")
                        page.evaluate("scrollTo(0, 0)")
                    (ROOT / "docs" / f"{name}.png").write_bytes(_small(page.screenshot()))
    return 0


def _small(shot: bytes) -> bytes:
    to = io.BytesIO()
    image = Image.open(io.BytesIO(shot)).convert("RGB")
    image.quantize(_COLOURS, dither=Image.Dither.NONE).save(to, "PNG", optimize=True)
    return to.getvalue()


if __name__ == "__main__":
    sys.exit(main())
