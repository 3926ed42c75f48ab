"""Play a conversation with the bot over the sample articles, and write docs/conversation.{md,html,png} from it."""

import shutil
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from config.settings import load
from index.build import build
from index.encoder.model import DEFAULT_MODEL, prepare
from tests.forked import ROOT
from tests.telegram.bot_process import BotProcess
from tests.telegram.server import BotApiServer
from tests.telegram.transcript import markdown, page
from tests.telegram.transcript.picture import NoBrowserError, draw
from tests.telegram.transcript.scene import Line, Scene
from tests.telegram.transcript.script import play

_DOCS: Final = ROOT / "docs"
_TITLE: Final = "A conversation with Verbatim in Telegram"
_HEAD: Final = (
    "Made by `make transcript`: the bot runs as a process of its own, answers from the sample articles in `seeds/`, "
    "and is spoken to through the strict Bot API server of the tests. Every word of Verbatim's below is what it sent. "
    "Times are counted by the script. What answers stands open; ▾ marks a quotation of which Telegram shows three "
    "lines until it is tapped.\n\n"
    "`[label]` is a button. As a page that looks like Telegram: [conversation.html](conversation.html)."
)
_HEAD_HTML: Final = (
    "Made by <code>make transcript</code> from a real run of the bot over the sample articles. What stands in green "
    "says what people do. A quotation that is folded to three lines opens when it is clicked, as it does in Telegram."
)
_PRIVATE: Final = ("Questions and answers",)
_WAITING: Final = ("Questions that wait for their answer",)
_IN_GROUP: Final = ("In a group", "Inline, in any chat")


def main() -> int:
    """Play the conversation, write both pages, and draw the pictures.

    Returns:
        0 done; 1 where there is no browser for the pictures.
    """
    scenes = _played()
    _DOCS.mkdir(exist_ok=True)
    (_DOCS / "conversation.md").write_text(markdown.page(scenes, f"# {_TITLE}\n\n{_HEAD}"), encoding="utf-8")
    (_DOCS / "conversation.html").write_text(page.whole(scenes, _TITLE, _HEAD_HTML), encoding="utf-8")
    try:
        draw(page.picture(_columns(scenes, _PRIVATE), _TITLE), _DOCS / "conversation.png")
        draw(page.picture(_columns(scenes, _WAITING), _TITLE), _DOCS / "conversation-watch.png")
        draw(page.picture(_columns(scenes, _IN_GROUP), _TITLE), _DOCS / "conversation-group.png")
    except NoBrowserError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _played() -> list[Scene]:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        data.mkdir()
        models = load().data.resolve() / "models"
        prepare(DEFAULT_MODEL, models)
        (data / "models").symlink_to(models)
        seeds = Path(folder) / "seeds"
        shutil.copytree(ROOT / "seeds", seeds)
        build(seeds, data)

        def publish(name: str, text: str) -> None:
            (seeds / name).write_text(text, encoding="utf-8")
            build(seeds, data)

        # Ada asks faster than people do.
        limits = {"questions_a_minute": 100}
        with BotApiServer() as server, BotProcess(server, data, Path(folder) / "bot.log", **limits) as bot:
            scenes = play(server, publish).scenes
            bot.stop()
    return scenes


def _columns(scenes: Iterable[Scene], titles: Sequence[str]) -> list[tuple[tuple[str, str], list[Line]]]:
    """Return the lines of some scenes that are to be in a picture, by columns."""
    chosen = [scene for scene in scenes if scene.title in titles]
    return [
        (scene.place, [line for line in scene.lines if line.picture == column])
        for scene in chosen
        for column in (1, 2)
        if any(line.picture == column for line in scene.lines)
    ]


if __name__ == "__main__":
    sys.exit(main())
