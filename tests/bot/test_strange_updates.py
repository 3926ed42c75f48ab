"""A question that holds what no text may hold is answered all the same, by the bot as it runs."""

import time
from collections.abc import Callable
from pathlib import Path

from index.build import build
from tests.conftest import write_seeds
from tests.retrieval.articles import HARBOUR
from tests.telegram.bot_process import BotProcess
from tests.telegram.server import BotApiServer
from tests.telegram.server.shown import chat_json, user_json

PATIENCE = 60.0


def test_half_a_surrogate_pair_in_a_question_keeps_nobody_from_an_answer(
    new_data: Callable[[], Path], tmp_path: Path
) -> None:
    data, seeds = new_data(), write_seeds(tmp_path / "seeds", {"harbour.txt": HARBOUR})
    build(seeds, data)
    with BotApiServer() as server, BotProcess(server, data, tmp_path / "log", seeds=seeds) as bot:
        ada = server.person("Ada")
        chat = server.private(ada)
        greeting = server.wait_for_message(chat, ada.writes(chat, "/start"), PATIENCE)
        question = {
            "message_id": 900,
            "date": int(time.time()),
            "chat": chat_json(chat),
            "from": user_json(ada.user),
            "text": "What did the mayor ask \ud83d the ferry companies to do?",
        }
        server.send_update({"message": question})
        answer = server.wait_for_message(chat, greeting, PATIENCE)
        assert "move to the outer quay by May" in answer.text
        assert bot.stop() == 0
