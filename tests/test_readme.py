"""The README names every setting and only commands that exist."""

import re
from pathlib import Path

from config.settings import described

README = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")


def test_every_setting_stands_in_the_readme_as_it_is() -> None:
    for name, default, description in described():
        shown = f"`{default}`" if default else ""
        assert f"| `{name}` | {shown} | {description} |" in README


def test_every_make_command_of_the_readme_is_there() -> None:
    makefile = (Path(__file__).resolve().parents[1] / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):.*## ", makefile, re.MULTILINE))
    assert {"ask", "chat", "index", "test", "check", "clean", "bench"} <= targets
    assert set(re.findall(r"\bmake ([a-z]+)", README)) <= targets
