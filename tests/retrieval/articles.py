"""Seed files that the tests of the command line and of the REPL ask about."""

from typing import Final

HARBOUR: Final = """Harbour of Lindvik gets a tidal barrier

LINDVIK, 14 March 2023 - The council voted on Tuesday to build a tidal barrier. Work is to begin in the autumn.

The barrier will cost 48 million euros. Mayor Runa Aasheim asked the ferry companies to move to the outer quay by May.

Fishermen fear that the narrow gate will hold up their boats in heavy weather.
"""
ASKED: Final = "Mayor Runa Aasheim asked the ferry companies to move to the outer quay by May."

ORCHARD: Final = """---
title: Late frost ruins the apple blossom
source: Valley Gazette
date: 2022-04-27
url: https://gazette.example.org/frost
---

Night frost destroyed two thirds of the apple blossom in the valley on 26 April 2022.

Growers lit some 9,000 paraffin candles between the rows, but the air stayed below minus four degrees until sunrise.
"""

# Sets the window's title, clears the screen, turns the text around, and would be markup.
HOSTILE: Final = """---
title: "The [red]lantern[/red] of Zubrin"
---

The lantern of Zubrin \x1b[2J\x1b]0;owned\x07 was lit by Ottilie Krag\u202e gnorw si siht\u202c in the year 1911 \
[bold]and never[/bold] put out :smile: since.
"""

SEEDS: Final = {
    "harbour.txt": HARBOUR,
    "orchard.md": ORCHARD,
    "strange/lantern.md": HOSTILE,
    "bridge.jsonl": (
        '{"id": "bridge-1", "title": "Old stone bridge reopens to cyclists", "published": "2021-09-03", '
        '"source": "Example Wire", "url": "https://wire.example.com/bridge", '
        '"text": "The stone bridge at Ostmark reopened to cyclists on Friday. Repairs had taken eleven months."}\n'
        '{"id": "bridge-2", "title": "Bridge toll is dropped", '
        '"text": "The toll on the stone bridge at Ostmark is dropped from January. It had been two crowns."}\n'
    ),
}

QUESTION: Final = "What did the mayor ask the ferry companies to do?"
UNANSWERABLE: Final = "Who won the chess championship in Buenos Aires?"
