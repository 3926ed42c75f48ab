"""The picture of /stats shows what the days hold, and costs the bot no memory."""

import asyncio
import os
import subprocess
import sys
import time
from datetime import date, timedelta
from io import BytesIO
from itertools import groupby
from pathlib import Path

import psutil
import pytest
from PIL import Image

from bot.handlers.admin import why_no_picture
from bot.language.phrases import ENGLISH, NORWEGIAN
from bot.stats_chart import ChartError, ChartLabels, Day, draw, ticks
from index import errors
from index.errors import MissingExtraError

ROOT = Path(__file__).resolve().parents[2]
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MONDAY = date(2026, 3, 2)
ANSWERED, UNSURE, UNANSWERED = (0x00, 0x72, 0xB2), (0x56, 0xB4, 0xE9), (0xE6, 0x9F, 0x00)
UP, DOWN = (0x00, 0x9E, 0x73), (0xD5, 0x5E, 0x00)
LATENCY = (0x7B, 0x41, 0x73)


def a_day(
    number: int = 0,
    answered: int = 0,
    unsure: int = 0,
    unanswered: int = 0,
    people: int = 0,
    up: int = 0,
    down: int = 0,
    p50_ms: float | None = None,
) -> Day:
    return Day(MONDAY + timedelta(number), answered, unsure, unanswered, people, up, down, p50_ms)


def picture(*days: Day, labels: ChartLabels = ChartLabels()) -> Image.Image:  # noqa: B008 - a value, never changed
    drawn = Image.open(BytesIO(asyncio.run(draw(days, labels))))
    assert drawn.format == "PNG"
    assert drawn.size == (1200, 900)
    return drawn.convert("RGB")


def bars(drawn: Image.Image, color: tuple[int, int, int]) -> list[int]:
    """How high each bar of a colour is, in pixels, from left to right. What is drawn over a bar leaves its edges."""
    # Below the words of the panel, in which the colour stands as well.
    top = 150 if color in (ANSWERED, UNSURE, UNANSWERED) else 505
    columns = [sum(drawn.getpixel((x, y)) == color for y in range(top, 700)) for x in range(140, 1190)]
    return [max(bar) for there, bar in groupby(columns, bool) if there]


def test_bars_are_as_high_as_the_numbers_they_stand_for() -> None:
    drawn = picture(
        a_day(0, answered=30, unsure=5, unanswered=10, up=8, down=4),
        a_day(1, answered=15, unsure=10, unanswered=20, up=2),
    )
    answered, unsure, unanswered = bars(drawn, ANSWERED), bars(drawn, UNSURE), bars(drawn, UNANSWERED)
    pixels_a_question = answered[0] / 30
    assert pixels_a_question > 3
    assert answered == pytest.approx([30 * pixels_a_question, 15 * pixels_a_question], abs=3)
    assert unsure == pytest.approx([5 * pixels_a_question, 10 * pixels_a_question], abs=3)
    assert unanswered == pytest.approx([10 * pixels_a_question, 20 * pixels_a_question], abs=3)
    up, down = bars(drawn, UP), bars(drawn, DOWN)
    assert up == pytest.approx([up[0], up[0] / 4], abs=3)
    assert down == pytest.approx([up[0] / 2], abs=3)


def test_all_zeros_are_drawn_without_a_bar() -> None:
    drawn = picture(*(a_day(number) for number in range(7)))
    for color in (ANSWERED, UNSURE, UNANSWERED, UP, DOWN):
        assert bars(drawn, color) == []


def test_speed_is_a_line_that_is_there_only_where_it_was_measured() -> None:
    def drawn_pixels(*speeds: float | None) -> int:
        drawn = picture(*(a_day(number, p50_ms=speed) for number, speed in enumerate(speeds)))
        return sum(
            count for count, color in drawn.crop((140, 720, 1190, 900)).getcolors(1 << 20) or [] if color == LATENCY
        )

    nothing = drawn_pixels(None, None, None)
    broken = drawn_pixels(300.0, None, 300.0)
    whole = drawn_pixels(300.0, 300.0, 300.0)
    assert nothing == 0
    assert 0 < broken < whole / 5


@pytest.mark.parametrize(
    "days",
    [
        [a_day(number, number % 9 * 1000, 40, 7, 3, 1, 1, 100.0 * number) for number in range(30)],
        [a_day(0, 1, p50_ms=0.0), a_day(1, 1, p50_ms=90_000.0)],
        [a_day()],
        [a_day(0, people=5, down=3), a_day(1)],
    ],
)
def test_any_days_can_be_drawn(days: list[Day]) -> None:
    picture(*days)


def test_the_words_are_the_ones_given_and_are_no_formulas() -> None:
    plain = picture(a_day(0, 1))
    months = ("янв.", "февр.", "март", "апр.", "май", "июнь", "июль", "авг.", "сент.", "окт.", "нояб.", "дек.")
    labels = ChartLabels("Вопросы $x_{", "да $", "вряд ли", "нет {", "люди", "за\\frac", "против", "время", months)
    assert picture(a_day(0, 1), labels=labels).tobytes() != plain.tobytes()


@pytest.fixture
def _drawing_takes_a_minute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "matplotlib.py").write_text("import time\ntime.sleep(60)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))


@pytest.mark.usefixtures("_drawing_takes_a_minute")
def test_a_drawing_that_takes_too_long_is_given_up_and_leaves_no_process() -> None:
    before, started = psutil.Process().children(), time.monotonic()
    with pytest.raises(ChartError, match=r"not drawn within 0\.5 s"):
        asyncio.run(draw([a_day()], ChartLabels(), time_limit=0.5))
    assert time.monotonic() - started < 30
    assert set(psutil.Process().children()) <= set(before)


@pytest.mark.usefixtures("_drawing_takes_a_minute")
def test_a_drawing_nobody_waits_for_any_more_is_ended() -> None:
    before = set(psutil.Process().children())

    async def run() -> None:
        drawing = asyncio.create_task(draw([a_day()], ChartLabels()))
        while set(psutil.Process().children()) <= before:
            await asyncio.sleep(0.01)
        started = time.monotonic()
        drawing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await drawing
        assert time.monotonic() - started < 30
        assert set(psutil.Process().children()) <= before

    asyncio.run(run())


def test_a_drawing_that_fails_says_why_in_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "matplotlib.py").write_text("raise ImportError('no such picture')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(ChartError) as failed:
        asyncio.run(draw([a_day()], ChartLabels()))
    assert str(failed.value) == "the picture could not be drawn: ImportError: no such picture"


def test_without_matplotlib_no_process_is_started_and_an_admin_reads_the_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(errors, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError) as missing:
        asyncio.run(draw([a_day()], ChartLabels()))
    assert why_no_picture(missing.value, ENGLISH) == (
        "The picture needs packages that are not installed: pip install matplotlib"
    )
    assert why_no_picture(missing.value, NORWEGIAN) == (
        "Bildet trenger pakker som ikke er installert: pip install matplotlib"
    )
    assert why_no_picture(ChartError("the disk is full"), ENGLISH) == "the disk is full"


def test_the_process_that_draws_knows_none_of_the_bots_settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "matplotlib.py").write_text(
        "import os\nraise ImportError([name for name in os.environ if name.startswith('VERBATIM_')])"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("VERBATIM_TELEGRAM_TOKEN", "secret")
    with pytest.raises(ChartError, match=r"ImportError: \[\]$"):
        asyncio.run(draw([a_day()], ChartLabels()))


def test_the_bot_itself_never_loads_matplotlib() -> None:
    script = (
        "import asyncio, sys, datetime\nfrom bot.stats_chart import *\n"
        "day = Day(datetime.date(2026, 3, 2), 1, 1, 1, 1, 1, 1, 1.0)\n"
        "picture = asyncio.run(draw([day], ChartLabels()))\n"
        "sys.exit(picture[:4] != b'\\x89PNG' or 'matplotlib' in sys.modules or 'numpy' in sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    assert subprocess.run([sys.executable, "-c", script], cwd="/", env=environment, check=False).returncode == 0


@pytest.mark.parametrize(
    ("first", "days", "labels"),
    [
        (date(2026, 3, 2), 1, ["2 Mar"]),
        (date(2026, 3, 2), 3, ["2 Mar", "3 Mar", "4 Mar"]),
        (date(2026, 2, 27), 7, ["27 Feb", "1 Mar", "3 Mar", "5 Mar"]),
        (date(2026, 1, 1), 30, ["1 Jan", "6 Jan", "11 Jan", "16 Jan", "21 Jan", "26 Jan"]),
    ],
)
def test_the_days_axis_names_up_to_six_days(first: date, days: int, labels: list[str]) -> None:
    assert [label for _, label in ticks([first + timedelta(n) for n in range(days)], MONTHS)] == labels
