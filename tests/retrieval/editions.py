"""A story that is told anew from time to time, among others: what the day of a question is tested on."""

from datetime import date, timedelta
from typing import Final

# A Friday.
DAY: Final = date(2024, 5, 31)
# What else such a folder holds; among three passages alone the least difference of scores would be a large one.
OTHERS: Final = (
    "Frost in Vedal\n\nFrost took the apple blossom in the valley of Vedal, growers said on Tuesday.\n",
    "New conductor\n\nThe orchestra of Askvoll has named a conductor from Finland, who begins in the autumn.\n",
    "Ferry aground\n\nThe ferry to Tolvik ran aground in fog with thirty people on board. Nobody was hurt.\n",
    "Library saved\n\nThe council of Sandnes will keep its library open after all, at a cost of two million crowns.\n",
    "Otters return\n\nOtters have come back to the river below Lindvik for the first time in forty years.\n",
    "Chess title\n\nA schoolgirl from Grimsund won the chess championship of the north in nine rounds.\n",
)


def fare(day: date, price: int) -> str:
    return (
        f"---\ntitle: The fare of the ferry\ndate: {day}\n---\n\n"
        f"A ticket for the ferry from Lindvik to Sandnes costs {price} crowns, the company said.\n"
    )


def editions() -> dict[str, str]:
    """Three editions, of 400, 200 and 10 days before that day, of a fare of 40, 41 and 42 crowns, and the others."""
    told = {f"{number}.md": fare(DAY - timedelta(days), 40 + number) for number, days in enumerate((400, 200, 10))}
    return {**told, **{f"other-{number}.txt": text for number, text in enumerate(OTHERS)}}
