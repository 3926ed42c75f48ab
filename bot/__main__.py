"""The bot's command line: `python -m bot`, and what its operator needs beside it."""

import json
import re
import sqlite3
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import parse_qs, unquote, urlsplit

import typer
from pydantic import SecretStr

from bot.errors import BotError, DamagedError, StartError
from config.cli import CONTEXT, report_error, settings_help
from config.logging import Redactor, configure, install_hooks
from config.settings import BotSettings, SettingsError, described, load_bot

if TYPE_CHECKING:
    from bot.state.connection import Connection

# Any other is logged with its traceback, by the hook that `serve` installs.
_KNOWN: Final = (
    typer.TyperException,
    typer.Abort,
    KeyboardInterrupt,
    BotError,
    SettingsError,
    OSError,
    sqlite3.Error,
    MemoryError,
)

# As BotFather gives it: the bot's id, a colon, and the secret.
_TOKEN: Final = re.compile(r"\d+:[A-Za-z0-9_-]{20,}")
# Bot API, setWebhook: secret_token.
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{1,256}")

_SETTINGS: Final = settings_help(described(BotSettings))

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings=CONTEXT,
)

# `readable`: an unreadable folder is no wrong use, and is reported by the code that reads it.
Data = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", readable=False, help="The folder of the bot's state (VERBATIM_STATE)."),
]


@app.callback(invoke_without_command=True, epilog=_SETTINGS)
def serve(
    context: typer.Context,
    verbosity: Annotated[
        int,
        typer.Option(
            "-v", count=True, show_default=False, help="Give it twice, -vv, to log what the libraries say too."
        ),
    ] = 0,
) -> None:
    """Run the Telegram bot until it is stopped with Ctrl-C or SIGTERM."""
    if context.invoked_subcommand is not None:
        return
    import logging

    settings = load_bot()
    token = _token(settings)
    secret = _secret(settings.telegram_webhook_secret, settings.telegram_webhook_secret_file, "the webhook's secret")
    proxy = _secret(settings.telegram_proxy, None, "the proxy's address")
    passwords = (urlsplit(proxy).password, *_passwords(settings.state_database))
    redactor = Redactor(filter(None, (token, secret, *passwords)))
    configure(2 if verbosity >= 2 else 0, redactor=redactor, level=logging.INFO)
    install_hooks(redactor)
    # These imports take long, and a wrong setting is to be reported at once.
    from bot.app import run
    from bot.updates.webhook import Webhook

    webhook = None
    if settings.telegram_webhook_url is not None:
        if not secret:
            raise StartError(
                "a webhook needs a secret, by which Telegram proves itself: set VERBATIM_TELEGRAM_WEBHOOK_SECRET to "
                "some 40 random letters and digits"
            )
        if not _SECRET.fullmatch(secret):
            raise StartError("VERBATIM_TELEGRAM_WEBHOOK_SECRET may hold 1 to 256 of A-Z a-z 0-9 _ - only")
        listen, port = settings.telegram_webhook_listen, settings.telegram_webhook_port
        webhook = Webhook(settings.telegram_webhook_url, secret, listen, port)
    run(settings, token, webhook)


@app.command(epilog=_SETTINGS)
def web(
    port: Annotated[
        int | None,
        typer.Option("--port", metavar="N", min=0, max=65535, help="The port, 0 for a free one (VERBATIM_WEB_PORT)."),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="DIR", readable=False, help="The folder of the index (VERBATIM_DATA)."),
    ] = None,
) -> None:
    """Ask and read in a browser, without Telegram. On this machine, until it is stopped with Ctrl-C."""
    import logging

    settings = load_bot()
    configure(0, level=logging.WARNING)
    from bot.app import options_of
    from bot.web.local import serve as serve_pages

    options = options_of(settings if data is None else settings.model_copy(update={"data": data}))
    serve_pages(options, settings.web_port if port is None else port, lambda address: print(address, flush=True))


@app.command()
def health() -> None:
    """Ask the running bot whether it is well. Needs VERBATIM_HEALTH_PORT; exits with 1 if it is not."""
    port = load_bot().health_port
    if not port:
        raise StartError("VERBATIM_HEALTH_PORT is not set: set it for the bot and here")
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as response:
            response.read()
    except urllib.error.HTTPError as error:
        raise BotError(f"not ready: {json.loads(error.read()).get('reason', error.reason)}") from error
    except OSError as error:
        raise BotError(f"the bot does not answer on port {port} ({error}): is it running?") from error
    print("ready")


@app.command()
def feedback(
    data: Data = None,
    disapproved: Annotated[
        bool, typer.Option("--disapproved", help="Print the answers that people gave a thumbs-down instead.")
    ] = False,
) -> None:
    """Print the feedback as a question set. One JSON object a line, for `python -m retrieval eval`."""
    from bot.state import feedback as kept

    with _reading(data) as db:
        for row in (kept.disapproved if disapproved else kept.question_set)(db):
            sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The copy; there must be no such file yet.")],
    data: Data = None,
) -> None:
    """Copy the bot's state into one file. The bot may be running."""
    from bot.state.database import check

    if data is None and (address := load_bot().state_database):
        from bot.state.postgres_server import shown

        raise StartError(f"the bot's state is in {shown(address)}: back that up with pg_dump, as docs/postgres.md says")
    with closing(_state(data)) as db:
        try:
            # Created here, so that nothing is written through a link to a file that is not there yet.
            file.touch(0o600, exist_ok=False)
        except FileExistsError:
            raise StartError(f"{file} is there already: name another file") from None
        try:
            with closing(sqlite3.connect(file)) as copy:
                db.backup(copy)
                found = check(copy)
            if found:
                raise DamagedError(f"the bot's state is damaged ({found}): keep the backups you have, restore the last")
        except BaseException:
            file.unlink()
            raise
    print(f"{file}: {file.stat().st_size:,} bytes")


@app.command("copy-state")
def copy_state(
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="DIR", readable=False, help="Copy the state in this folder into the database."),
    ] = None,
    target: Annotated[
        Path | None,
        typer.Option("--to", metavar="DIR", readable=False, help="Copy the database's state into this folder."),
    ] = None,
) -> None:
    """Copy the state into its database, or out of it. VERBATIM_STATE names the database; the bot must be stopped."""
    address = load_bot().state_database
    if not address:
        raise StartError("VERBATIM_STATE names no database: set it to postgresql://user:password@host/database")
    folder = source or target
    if folder is None or (source and target):
        raise StartError("say either --from DIR, to copy into the database, or --to DIR, to copy out of it")
    from bot.state.choice import require_client

    require_client()
    from bot.state.copying import copy_state as copy

    print(f"copied: {copy(folder, address, into_file=source is None):,} rows")


@contextmanager
def _reading(data: Path | None) -> "Iterator[Connection]":
    """Open the bot's state, wherever it is, to be read."""
    address = load_bot().state_database if data is None else ""
    if not address:
        with closing(_state(data)) as db:
            yield db
        return
    from bot.state.choice import require_client

    require_client()
    from bot.state.postgres import reading

    with reading(address) as there:
        yield there


def _state(data: Path | None) -> sqlite3.Connection:
    from bot.state.database import FILE

    folder = load_bot().state_folder if data is None else data
    path = folder / FILE
    if not path.is_file():
        raise StartError(f"there is no {path}: has the bot run with this folder? Name another with --data")
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)


def _passwords(address: str) -> list[str]:
    """Return the passwords in an address, as they are written there and as they are."""
    parts = urlsplit(address)
    written = parts.password or ""
    return [written, unquote(written), *parse_qs(parts.query).get("password", [])]


def _token(settings: BotSettings) -> str:
    token = _secret(settings.telegram_token, settings.telegram_token_file, "the token")
    if not token:
        raise StartError(
            "the bot has no token: write /newbot to @BotFather in Telegram, and set VERBATIM_TELEGRAM_TOKEN to what it "
            "gives you, or VERBATIM_TELEGRAM_TOKEN_FILE to a file that holds it"
        )
    if not _TOKEN.fullmatch(token):
        raise StartError(
            "the token does not look like one (a number, a colon, some 35 letters and digits): copy it again from "
            "@BotFather (/mybots, API Token)"
        )
    return token


def _secret(given: SecretStr | None, file: Path | None, what: str) -> str:
    if given is not None:
        return given.get_secret_value().strip()
    if file is None:
        return ""
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise StartError(f"{file}, which is to hold {what}, cannot be read: {error}") from error


def main(arguments: list[str] | None = None, program: str = "python -m bot") -> int:
    """Run one command.

    Parameters:
        program: how a person calls it, for the messages.

    Returns:
        0 done; 1 the bot cannot go on, or is not well; 2 starting it again would change nothing: wrong use, wrong
        configuration, or a damaged state. With 1 and 2, one line on standard error says what to do.
    """
    try:
        return app(arguments, prog_name=program, standalone_mode=False) or 0
    except _KNOWN as error:
        return report_error(error, program)


if __name__ == "__main__":
    raise SystemExit(main())
