"""Small seeds: a folder as it was, and as it is after a day's work on it."""

HARBOUR = """Harbour of Lillehavn reopens after the storm

The harbour of Lillehavn reopened on Monday, nine days after a storm tore away its northern pier. The first ferry left
for Skogøy at noon with forty passengers on board.

Repairs cost the town eleven million kroner. "We have slept little," said the harbour master, Ragnhild Moe.
"""

HARBOUR_LATER = HARBOUR.replace("eleven million", "thirteen million")

BRIDGE = """---
title: Old bridge of Corvenna closes for good
date: 2023-05-04
---
The stone bridge of Corvenna closed to lorries for good on Thursday. Engineers had found cracks in two of its arches.

Drivers will use the tunnel at Pradello, which adds twelve minutes to the journey.
"""

WIRE = """{"id": "wire-1", "title": "Orchard census counts 4,200 pear trees", "text": "Volunteers counted 4,200 pear \
trees in the valley of Ostrec this spring. The last census, in 1987, had found twice as many."}
{"id": "wire-2", "title": "Library lends seeds", "text": "The library of Windmere lends tomato seeds to its readers \
from April. They bring back seeds of their own harvest in October."}
"""

MUSEUM = """Museum of clocks finds a lost pendulum

A pendulum that had been missing since 1931 was found behind a wall of the clock museum in Tarnow on Friday. Masons who
were looking for a water pipe pulled it out, wrapped in newspaper.
"""

FIRST = {"harbour.txt": HARBOUR}
BEFORE = {"harbour.txt": HARBOUR, "bridge.md": BRIDGE, "wire.jsonl": WIRE}
# One file changed, one removed, one added, one as it was.
AFTER = {"harbour.txt": HARBOUR_LATER, "museum.txt": MUSEUM, "wire.jsonl": WIRE}

_PEARS = (
    "Volunteers counted 4,200 pear trees in the valley of Ostrec this spring. The last census, in 1987, had found "
    "twice as many."
)
_SEEDS = (
    "The library of Windmere lends tomato seeds to its readers from April. They bring back seeds of their own harvest "
    "in October."
)
# What the articles of the two folders say, by their ids.
TEXTS_BEFORE = {"harbour.txt": HARBOUR, "bridge.md": BRIDGE, "wire-1": _PEARS, "wire-2": _SEEDS}
TEXTS_AFTER = {"harbour.txt": HARBOUR_LATER, "museum.txt": MUSEUM, "wire-1": _PEARS, "wire-2": _SEEDS}
