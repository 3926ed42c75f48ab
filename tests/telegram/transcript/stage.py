"""The stage of the conversation: people over the strict Bot API server, and the bot as a process of its own.

Times are counted by the script, one minute for whatever somebody does, so that the same conversation reads the same.
"""

from html import escape
from typing import Final

from tests.telegram.server import BotApiServer, Chat, Message, Person
from tests.telegram.server.person import Inline
from tests.telegram.transcript.scene import Button, Line, Noted, Offered, Said, Scene

_BEGINS: Final = 9 * 60 + 40
_ANSWERS_WITHIN: Final = 60.0
_SNIPPET: Final = 60


class Stage:
    """The player of a script: it acts for people, waits for the bot, and writes both down.

    Parameters:
        server: with the bot already at work.
    """

    def __init__(self, server: BotApiServer) -> None:
        self._server = server
        self._minutes = _BEGINS
        self._me: Person | None = None
        self.scenes: list[Scene] = []
        self._first: dict[Message, str] = {}
        self._shown: dict[Message, str] = {}

    def begins(self, title: str, place: tuple[str, str], me: Person | None) -> None:
        """Open a scene, seen from the side of a person."""
        self._me = me
        self.scenes.append(Scene(title, place))

    def shows_description(self, picture: int = 0) -> None:
        """Write down the description that an app shows before anybody has written."""
        profile = self._server.world.profile
        told = self._server.wait(lambda: profile.get(("description", "")), _ANSWERS_WITHIN)
        html = f"<b>What can this bot do?</b>\n\n{escape(str(told), quote=False)}"
        self._keep(Said(self._server.bot.first_name, html, time="", picture=picture))

    def asks(
        self,
        person: Person,
        chat: Chat,
        text: str,
        reply_to: Message | None = None,
        thread: int | None = None,
        shown: str = "",
        picture: int = 0,
    ) -> tuple[Message, Message]:
        """Write, and wait for the bot's reply.

        Parameters:
            shown: what is written down instead, where the words hold something drawn by lot.

        Returns:
            the person's message, and the bot's.
        """
        asked = self.writes(person, chat, text, reply_to, thread, shown, picture)
        answer = self._server.wait_for_message(chat, asked, _ANSWERS_WITHIN)
        self._keep(self._said(answer, picture=picture))
        return asked, answer

    def writes(
        self,
        person: Person,
        chat: Chat,
        text: str,
        reply_to: Message | None = None,
        thread: int | None = None,
        shown: str = "",
        picture: int = 0,
    ) -> Message:
        """Write, without waiting for a reply."""
        self._minutes += 1
        written = person.writes(chat, text, reply_to, thread)
        self._keep(self._said(written, shown=shown, picture=picture))
        return written

    def presses(self, person: Person, message: Message, label: str, picture: int = 0) -> Message:
        """Press a button; write down the bot's reply, and what the message or the chat has become.

        Returns:
            the bot's newest message, if there is a new one, else the message with the button.
        """
        self._minutes += 1
        chat, before = message.chat, self._said(message)
        newest = self.newest(chat)
        answer = person.presses(message, label).answer(_ANSWERS_WITHIN) or {}
        told = str(answer.get("text") or "")
        what = f"{person.first_name} presses <code>[{escape(label)}]</code>"
        if told and answer.get("show_alert"):
            self._keep(Noted(f"{what}, and a window says: {escape(told)}", told, picture))
        else:
            self._keep(Noted(f"{what}; shown for a moment: {escape(told)}" if told else f"{what}."))
        after = self._said(message)
        if (after.html, after.rows) != (before.html, before.rows):
            self._keep(self._said(message, picture=picture))
        new = [one for one in self._server.messages(chat) if one.id > newest.id]
        for one in new:
            self._keep(self._said(one))
        return new[-1] if new else message

    def edits(self, person: Person, message: Message, text: str, answer: Message) -> None:
        """Put a question into other words, and wait until its answer follows."""
        self._minutes += 1
        before = answer.html
        person.edits(message, text)
        self._keep(Noted(f"{person.first_name} edits the question:"))
        self._keep(self._said(message))
        self._server.wait(lambda: answer.html != before, _ANSWERS_WITHIN)
        self._keep(Noted("The same answer becomes:"))
        self._keep(self._said(answer))

    def types(self, person: Person, query: str, picture: int = 0) -> Inline:
        """Type the bot's name and some words anywhere, and write down what is offered."""
        self._minutes += 1
        asked = person.asks_inline(query)
        results = asked.answer(_ANSWERS_WITHIN)["results"]
        offered = tuple((result["title"], result.get("description", "")) for result in results)
        self._keep(Offered(f"@{self._server.bot.username} {query}", offered, picture))
        return asked

    def picks(self, person: Person, inline: Inline, number: int, chat: Chat, picture: int = 0) -> Message:
        """Send one of the offered passages into a chat; `number` counts from 1."""
        result = inline.answer()["results"][number - 1]
        picked = person.picks(inline, result["id"], chat)
        self._keep(self._said(picked, picture=picture))
        return picked

    def waits_for(self, chat: Chat, after: Message, picture: int = 0) -> Message:
        """Wait for the bot's next message in a chat."""
        message = self._server.wait_for_message(chat, after, _ANSWERS_WITHIN)
        self._keep(self._said(message, picture=picture))
        return message

    def newest(self, chat: Chat) -> Message:
        """Return the newest message of a chat."""
        return max(self._server.messages(chat), key=lambda one: one.id)

    def notes(self, html: str) -> None:
        """Write down something that no message shows."""
        self._keep(Noted(html))

    def _keep(self, line: Line) -> None:
        self.scenes[-1].lines.append(line)

    def _said(self, message: Message, shown: str = "", picture: int = 0) -> Said:
        mine = self._me is not None and message.sender == self._me.user
        name = self._server.bot.first_name if message.sender.is_bot else message.sender.first_name
        if shown:
            self._shown[message] = shown
        replied = message.reply_to
        reply = None
        if replied is not None:
            reply = (replied.sender.first_name, " ".join(self._shown.get(replied, replied.text).split())[:_SNIPPET])
        return Said(
            who=name,
            html=escape(shown, quote=False) or message.html,
            time=f"{self._minutes // 60}:{self._minutes % 60:02}",
            mine=mine,
            rows=tuple(tuple(_button(button) for button in row) for row in message.keyboard),
            reply=reply,
            # Telegram does not call a message edited whose buttons alone have changed.
            edited=self._first.setdefault(message, message.html) != message.html,
            via=message.via_bot.username or "" if message.via_bot else "",
            file=str(message.extra["file_name"]) if message.kind == "document" else "",
            picture=picture,
        )


def _button(button: dict[str, object]) -> Button:
    does = {"url": "link", "copy_text": "copy"}
    kind = next((kind for key, kind in does.items() if key in button), "press")
    return Button(str(button["text"]), kind)  # type: ignore[arg-type]  # one of the three
