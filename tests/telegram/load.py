"""The load test: thousands of questions to a running bot over the strict Bot API server, with and without faults.

    python -m tests.telegram.load [--questions 1000] [--chats 100] [--groups 20] [--rate 8]
        [--faults] [--drop-after 0.01] [--rebuild] [--kills 30] [--webhook] [--flood 2300]
        [--work DIR]

Counts what was lost, answered twice or out of order within a chat, and measures the time from an update to its reply by
the clock of the server. It ends with exit code 1 where something was lost, wrong or out of order.
"""

import argparse
import json
import math
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.corpus import questions as made_questions
from benchmarks.corpus import sample_sentences, write_articles
from index.build import build
from index.generation.generation import current
from index.generation.manifest import read_manifest
from tests.forked import ROOT
from tests.telegram.bad_days import free_port
from tests.telegram.bot_process import BotAnew, BotProcess
from tests.telegram.server import BotApiServer, Chat, Message, Person

_SEED: Final = 20220121
_SENTENCES: Final = 4
# Telegram lets a bot write 20 messages a minute into a group.
_MOST_IN_A_GROUP: Final = 10
_BURST_EVERY: Final = 50
_BURST: Final = 5
# After the last sign of progress.
_GIVEN_UP_AFTER: Final = 90.0
_STARTS_WITHIN: Final = 60.0
# What the bot says instead of an answer.
_NO_ANSWER: Final = ("Something went wrong", "The articles are not ready", "That was a lot", "I found no word")
_GENERATION: Final = re.compile(r'"generation": "(\d{8}T\d{6}Z-[0-9a-f]{6})"')


@dataclass(frozen=True, slots=True)
class Load:
    """The load that is put on the bot.

    Attributes:
        groups: how many of the chats are groups.
        rate: questions a second, over all chats.
        faults: 5 % of calls fail with 502, 2 % are dropped before they are processed, and now and then come five 429.
        drop_after: the share of calls that are processed and never answered.
        rebuild: whether a new generation is published in the middle.
        kills: how often the bot is killed and started again.
        webhook: whether updates are brought to it.
        flood: how often one account has written /help into a group of its own before, 57 times a minute.
        articles: how many the index holds, each about one passage.
        work: where the index is stored between runs.
    """

    questions: int = 1000
    chats: int = 100
    groups: int = 20
    rate: float = 8.0
    faults: bool = False
    drop_after: float = 0.0
    rebuild: bool = False
    kills: int = 0
    webhook: bool = False
    flood: int = 0
    articles: int = 5_100
    work: Path = Path(tempfile.gettempdir()) / "verbatim-load"


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a load.

    Attributes:
        no_answer: questions whose reply says that something went wrong.
        doubled: replies beyond the first, over all questions.
        out_of_order: questions whose reply came before the one to an earlier question of the same chat.
        p50, p95, longest: seconds from an update to the first reply to it.
        memory_before, memory_after: resident, MB.
        generations: how many were served.
        injected: faults by kind.
        refused: calls that the server's own flood limits refused.
        passages: in the index.
    """

    questions: int
    answered: int
    lost: int
    no_answer: int
    doubled: int
    out_of_order: int
    p50: float
    p95: float
    longest: float
    memory_before: float
    memory_after: float
    generations: int
    kills: int
    injected: dict[str, int]
    refused: int
    passages: int
    seconds: float

    @property
    def sound(self) -> bool:
        """True if nothing was lost, wrong or out of order."""
        return not (self.lost or self.no_answer or self.out_of_order)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question, and when it was asked, seconds since 1970."""

    message: Message
    at: float


def corpus(load: Load) -> tuple[Path, Path]:
    """Return the folder of articles and the data folder over them; the first run makes both, later runs update them."""
    folder = load.work / f"{load.articles}-articles"
    seeds, data = folder / "seeds", folder / "data"
    if not (data / "index" / "CURRENT").exists():
        shutil.rmtree(folder, ignore_errors=True)
        data.mkdir(parents=True)
        write_articles(seeds, sample_sentences(ROOT / "seeds"), load.articles, _SENTENCES)
    build(seeds, data)
    return seeds, data


def run(load: Load) -> Report:
    """Put the load on a new bot, and report the outcome."""
    kept_seeds, kept_data = corpus(load)
    # Under the folder of the cache, since it holds an index of its own.
    with tempfile.TemporaryDirectory(dir=load.work) as folder, BotApiServer(seed=_SEED) as server:
        data = Path(folder) / "data"
        data.mkdir()
        (data / "models").symlink_to((kept_data / "models").resolve())
        for part in ("index", "vectors"):
            shutil.copytree(kept_data / part, data / part)
        seeds = kept_seeds
        if load.rebuild:
            seeds = Path(folder) / "seeds"
            shutil.copytree(kept_seeds, seeds)
        passages = read_manifest(current(data / "index")).counts.passages
        with BotAnew(server, data, Path(folder) / "bot.log", **_settings(load)) as bot:
            _warm(server)
            return _measured(load, server, bot, seeds, passages)


def _settings(load: Load) -> dict[str, object]:
    settings: dict[str, object] = dict.fromkeys(
        ("questions_a_minute", "questions_a_day", "chat_questions_a_minute", "chat_questions_a_day"), 1_000_000
    )
    if load.webhook:
        port = free_port()
        settings |= {"telegram_webhook_url": f"http://127.0.0.1:{port}/hook", "telegram_webhook_port": port}
        settings["telegram_webhook_secret"] = "a-secret-of-the-measurement"
    return settings


def _warm(server: BotApiServer) -> None:
    """Ask the first question, so that the index is open."""
    person = server.person("First")
    server.wait_for_reply(person.writes(server.private(person), "What about the weather?"), _STARTS_WITHIN)


def _measured(load: Load, server: BotApiServer, bot: BotProcess, seeds: Path, passages: int) -> Report:
    memory = bot.resident() / 1e6
    started, calls_before = time.monotonic(), len(server.calls)
    _flood(load, server)
    _begin_faults(load, server)
    with _killed(load, bot) as killed:
        asked = _ask_all(load, server, bot, seeds)
    if load.rebuild:
        bot.wait_for_log(current(bot.data / "index").name, _GIVEN_UP_AFTER)
    _drain(server, asked)
    server.faults.clear()
    server.wait(bot.is_idle, _GIVEN_UP_AFTER)
    seconds = time.monotonic() - started
    replies = {question.message: _replies(server, question.message) for question in asked}
    first_sent = _first_sent(server, calls_before)
    times = sorted(
        first_sent[where] - question.at
        for question in asked
        if (where := (question.message.chat.id, question.message.id)) in first_sent
    )
    answered = [found for found in replies.values() if found]
    return Report(
        questions=len(asked),
        answered=len(answered),
        lost=len(asked) - len(answered),
        no_answer=sum(found[0].text.startswith(_NO_ANSWER) for found in answered),
        doubled=sum(len(found) - 1 for found in answered),
        out_of_order=_out_of_order(asked, replies),
        p50=_quantile(times, 0.5),
        p95=_quantile(times, 0.95),
        longest=_quantile(times, 1.0),
        memory_before=memory,
        memory_after=bot.resident() / 1e6,
        generations=len(set(_GENERATION.findall(bot.said))),
        kills=killed[0],
        injected=dict(server.faults.injected),
        refused=sum(call.status == 429 and call.fault is None for call in server.calls),
        passages=passages,
        seconds=seconds,
    )


def _flood(load: Load, server: BotApiServer) -> None:
    """Write from one account more than a group may be answered, and less than a person may send."""
    mallory = server.person("Mallory")
    den = server.group("Den", mallory)
    now = time.time()
    for number in range(load.flood):
        mallory.writes(den, f"/help@{server.bot.username}", date=now - (load.flood - number) * 60 / 57)


def _begin_faults(load: Load, server: BotApiServer) -> None:
    if load.faults:
        server.faults.add(kind="status", status=502, probability=0.05)
        server.faults.add(kind="drop_before", probability=0.02)
    if load.drop_after:
        server.faults.add(kind="drop_after", probability=load.drop_after)


def _ask_all(load: Load, server: BotApiServer, bot: BotProcess, seeds: Path) -> list[_Asked]:
    """Ask every question at its time."""
    chance = random.Random(_SEED)
    places = _places(load, server, chance)
    texts = made_questions(sample_sentences(ROOT / "seeds"), len(places))
    asked: list[_Asked] = []
    begun = time.monotonic()
    rebuilding: subprocess.Popen[bytes] | None = None
    for number, ((person, chat), text) in enumerate(zip(places, texts, strict=True)):
        time.sleep(max(0.0, begun + number / load.rate - time.monotonic()))
        at = time.time()
        asked.append(_Asked(person.writes(chat, _worded(server, chat, text, number)), at))
        if load.faults and number % _BURST_EVERY == _BURST_EVERY - 1:
            server.faults.add(method="sendMessage", kind="retry_after", seconds=1, times=_BURST)
        if load.rebuild and number == len(places) // 2:
            rebuilding = _rebuild(seeds, bot)
    if rebuilding is not None and rebuilding.wait():
        raise RuntimeError("the rebuild in the middle has failed")
    return asked


def _places(load: Load, server: BotApiServer, chance: random.Random) -> list[tuple[Person, Chat]]:
    """Choose who asks where, question by question; each chat has its share, groups at most ten."""
    privates = load.chats - load.groups
    people = [server.person(f"P{number}") for number in range(load.chats)]
    in_groups = min(_MOST_IN_A_GROUP, load.questions // load.chats) if load.groups else 0
    places: list[tuple[Person, Chat]] = []
    for number in range(load.groups):
        pair = people[privates + number], people[number % privates]
        group = server.group(f"Group {number}", *pair)
        places += [(pair[turn % 2], group) for turn in range(in_groups)]
    for turn in range(load.questions - len(places)):
        person = people[turn % privates]
        places.append((person, server.private(person)))
    chance.shuffle(places)
    return places


def _worded(server: BotApiServer, chat: Chat, text: str, number: int) -> str:
    """Word a question as that chat asks it: in groups by the command or by the bot's name."""
    if chat.type == "private":
        return text
    name = server.bot.username
    return f"/ask@{name} {text}" if number % 2 else f"@{name} {text}"


def _rebuild(seeds: Path, bot: BotProcess) -> "subprocess.Popen[bytes]":
    """Publish a new generation, in a process of its own."""
    (seeds / "article-new.txt").write_text("One more article\n\nIt was written in the middle of the day.\n")
    command = [sys.executable, "-m", "index", "build", "--seeds", str(seeds), "--data", str(bot.data)]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, "HF_HUB_OFFLINE": "1"}, stdout=subprocess.DEVNULL)


@contextmanager
def _killed(load: Load, bot: BotProcess) -> Iterator[list[int]]:
    """Kill the bot at random moments meanwhile, and start it again; count the kills in a list of one."""
    done, trouble = [0], list[BaseException]()

    def kill_on() -> None:
        chance = random.Random(_SEED)
        every = load.questions / load.rate / max(1, load.kills)
        try:
            for _ in range(load.kills):
                time.sleep(chance.uniform(0.2, 1.0) * every)
                bot.kill()
                done[0] += 1
                bot.start()
        except BaseException as error:
            trouble.append(error)

    killer = threading.Thread(target=kill_on)
    killer.start()
    try:
        yield done
    finally:
        killer.join()
    if trouble:
        raise trouble[0]


def _drain(server: BotApiServer, asked: Sequence[_Asked]) -> None:
    """Wait until every question has a reply, or nothing comes any more."""
    left, since = len(asked), time.monotonic()
    while left and time.monotonic() - since < _GIVEN_UP_AFTER:
        time.sleep(0.2)
        now = sum(not _replies(server, question.message) for question in asked)
        if now < left:
            left, since = now, time.monotonic()


def _replies(server: BotApiServer, question: Message) -> list[Message]:
    with server.world.lock:
        return [reply for reply in server.world.replies(question) if reply.sender == server.bot]


def _first_sent(server: BotApiServer, since: int) -> dict[tuple[int, int], float]:
    """Return when the first reply to each message was sent, by chat and message."""
    sent: dict[tuple[int, int], float] = {}
    for call in server.calls[since:]:
        if call.method == "sendMessage" and call.status == 200:
            replied = call.params.get("reply_parameters") or {}
            parameters: dict[str, Any] = json.loads(replied) if isinstance(replied, str) else replied
            if "message_id" in parameters:
                sent.setdefault((int(call.params["chat_id"]), int(parameters["message_id"])), call.time)
    return sent


def _out_of_order(asked: Sequence[_Asked], replies: dict[Message, list[Message]]) -> int:
    latest: dict[int, int] = {}
    count = 0
    for question in asked:
        if found := replies[question.message]:
            chat, reply = question.message.chat.id, found[0].id
            count += reply < latest.get(chat, 0)
            latest[chat] = max(latest.get(chat, 0), reply)
    return count


def _quantile(times: Sequence[float], share: float) -> float:
    return times[min(len(times) - 1, math.ceil(share * len(times)) - 1)] if times else math.nan


def _wanted(arguments: Sequence[str] | None) -> Load:
    usual = Load()
    parser = argparse.ArgumentParser(prog="python -m tests.telegram.load", description="Put a load on the bot.")
    for name in ("questions", "chats", "groups", "kills", "flood", "articles"):
        parser.add_argument(f"--{name}", type=int, default=getattr(usual, name), metavar="N")
    parser.add_argument("--rate", type=float, default=usual.rate, help="questions a second", metavar="N")
    parser.add_argument("--drop-after", type=float, default=0.0, help="share of calls never answered", metavar="SHARE")
    for name in ("faults", "rebuild", "webhook"):
        parser.add_argument(f"--{name}", action="store_true")
    parser.add_argument("--work", type=Path, default=usual.work, help="where the index is stored", metavar="DIR")
    given = parser.parse_args(arguments)
    if not 0 <= given.groups < given.chats or given.questions < given.chats or given.rate <= 0:
        parser.error("there must be fewer groups than chats, a question for every chat, and a rate above 0")
    return Load(**vars(given))


def main(arguments: Sequence[str] | None = None) -> int:
    """Put the load on the bot, and print the report line by line and as one JSON object."""
    report = run(_wanted(arguments))
    for name, value in asdict(report).items():
        print(f"{name:<32}{value}")
    print(json.dumps(asdict(report)))
    return 0 if report.sound else 1


if __name__ == "__main__":
    raise SystemExit(main())
