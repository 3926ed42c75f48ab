"""What Telegram says of a Mini App's user lets in whom it names, for an hour, and nobody else.

The hashes were worked out with openssl, by Telegram's description (https://core.telegram.org/bots/webapps):

    KEY=$(printf %s "$TOKEN" | openssl dgst -sha256 -mac HMAC -macopt key:WebAppData -binary | xxd -p -c 64)
    printf %s "$FIELDS" | openssl dgst -sha256 -mac HMAC -macopt hexkey:$KEY

where FIELDS are `name=value`, sorted, a line each.
"""

import asyncio
import logging
from typing import Final
from urllib.parse import quote

import pytest

from bot.web.initdata import ForgedInitDataError, MiniAppUsers, OldInitDataError

TOKEN: Final = "123456:AAtestTokenForVectors_0123456789abcdef"
MADE: Final = 1_700_000_000
USER: Final = (
    '{"id":279058397,"first_name":"Åda & Co","last_name":"","username":"ada","language_code":"nb","is_premium":true}'
)
HASH: Final = "74f8b0c22a1819b5f45457502f3d645b89396987cfa655a8f25ea289d89a3b69"
DATA: Final = f"query_id=AAHdF6IQAAAAAN0XohDhrOrc&user={quote(USER)}&auth_date={MADE}&hash={HASH}"
SIGNED: Final = (
    f"user=%7B%22id%22%3A42%7D&auth_date={MADE}&signature=abc_-"
    "&hash=60514ff0b4256b9e9f18ddc37acb43148458a6cdaf2ca01357427f7894724a08"
)


def users(age: float = 5.0, token: str = TOKEN) -> MiniAppUsers:
    """Users that come so many seconds after the data was made."""
    return MiniAppUsers(token, lambda: MADE + age)


def test_the_user_whom_telegram_names_is_let_in() -> None:
    assert users().user(DATA) == 279058397


def test_the_newer_field_for_other_programs_is_signed_like_every_other() -> None:
    assert users().user(SIGNED) == 42
    with pytest.raises(ForgedInitDataError):
        users().user(SIGNED.replace("&signature=abc_-", ""))


@pytest.mark.parametrize("age", [-59.0, 0.0, 3600.0])
def test_it_lets_in_for_an_hour_and_clocks_may_differ_by_a_minute(age: float) -> None:
    assert users(age).user(DATA) == 279058397


def test_older_data_is_refused_and_so_is_data_from_the_future() -> None:
    with pytest.raises(OldInitDataError):
        users(3601.0).user(DATA)
    with pytest.raises(ForgedInitDataError, match="future"):
        users(-61.0).user(DATA)


@pytest.mark.parametrize(
    "forged",
    [
        DATA.replace("279058397", "279058398"),
        DATA.replace(str(MADE), str(MADE + 1)),
        DATA.replace(HASH, HASH[:-1] + "8"),
        DATA.replace(HASH, HASH.upper()),
        DATA.replace(HASH, ""),
        DATA.replace(HASH, "å" * 64),
        DATA.replace(f"&hash={HASH}", ""),
        f"{DATA}&hash={HASH}",
        f"{DATA}&auth_date={MADE}",
        f"{DATA}&user={quote(USER)}",
        f"{DATA}&more=1",
        f"{DATA}&more",
        f"{DATA}&more=%ff",
        f"{DATA}&" + "&".join(f"f{n}=1" for n in range(50)),
        DATA + "&more=" + "x" * 10_000,
        DATA.replace("&auth_date=", "%0Aauth_date="),
        "",
        "hash",
        "=&=",
        "\x00",
        "\ud800",
    ],
    ids=lambda forged: forged[-24:].encode("ascii", "backslashreplace").decode(),
)
def test_forged_data_is_refused(forged: str) -> None:
    with pytest.raises(ForgedInitDataError):
        users().user(forged)


def test_data_for_another_bot_is_refused() -> None:
    with pytest.raises(ForgedInitDataError):
        users(token=TOKEN.replace("0123", "0124")).user(DATA)


@pytest.mark.parametrize(
    ("fields", "mac"),
    [
        (f"auth_date={MADE}", "b6cf2b9fb2c1e461fe625aea56471a0b1b070ec4fc8a380e8ca0605f15350d93"),
        (
            f"auth_date={MADE}&user=%7B%22id%22%3Atrue%7D",
            "a759bdfed5af586ef65509067e12e25a1008e5d1627fb43cb44b80a576de50c0",
        ),
        (f"auth_date={MADE}&user=%5B%5D", "fa5e66fb9cac731b57f202f3616d9187958ec70d683366e08c2805751c867878"),
        (
            f"auth_date={MADE}&user=%7B%22id%22%3A%2242%22%7D",
            "d467b713a2326986f25818fe42fe8da7006d42df2ce23f1ff5a348754b897e92",
        ),
        (
            f"auth_date={MADE}&user=%7B%22id%22%3A-1%7D",
            "699dfeeb6239698c48d90fdcc77fe26dc86d71c6023cd99bc95cae7a7a4894e1",
        ),
        (
            f"auth_date={MADE}&user=%7B%22id%22%3A42%2C%22is_bot%22%3Atrue%7D",
            "e9f4d663a9fb13e4fc46180d6c55f0d3a1c17173f146444b8b01d558c5826827",
        ),
        ("auth_date=x&user=%7B%22id%22%3A42%7D", "c3cc89019752d31d93dcc74f9225338abdea283cbe6b732d091f74b009b29326"),
        ("user=%7B%22id%22%3A42%7D", "dfbdcc406d588fa4f109c69e0e174eda76473c8f6f82d36fac4d27566ee58093"),
        (
            f"auth_date={MADE}&user=%7B%22id%22%3A4503599627370496%7D",
            "3ddeaeeac89060783833228d54e760e18fcda52d3254fa2e751204e82020de50",
        ),
        (f"auth_date={MADE}&user=%7B", "05fae132bf35b525af58e5a4f12fbe16f2276eab985738dbf169da4f0ca54526"),
    ],
)
def test_well_signed_data_without_a_person_or_a_time_is_refused(fields: str, mac: str) -> None:
    with pytest.raises(ForgedInitDataError, match=r"user|made"):
        users().user(f"{fields}&hash={mac}")


def test_neither_the_token_nor_the_data_is_shown_or_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "verbatim.bot.web")
    mine = users()
    assert asyncio.run(mine.enter(DATA)) == 279058397
    assert asyncio.run(mine.enter(DATA.replace("ada", "eve"))) is None
    (refused,) = (record for record in caplog.records if record.name == "verbatim.bot.web")
    assert vars(refused)["reason"] == "the hash does not fit"
    shown = caplog.text + repr(mine) + repr(vars(mine)) + str([vars(record) for record in caplog.records])
    for secret in (TOKEN, TOKEN.partition(":")[2], HASH, "ada"):
        assert secret not in shown
