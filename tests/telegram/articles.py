"""The articles that the conversations are about: a dozen short ones, one long one, one that means harm, one twice."""

import json
from typing import Final

HARBOUR_PARAGRAPHS: Final = (
    "The council of Lindvik voted on Tuesday to build a tidal barrier at the mouth of the harbour. Work is to begin in "
    "the autumn, when the herring fleet has left.",
    "Mayor Runa Aasheim asked the ferry companies to move to the outer quay by May. She said on Monday evening that "
    "nobody would lose a berth.",
    "The barrier will cost 48 million euros, of which the state pays half. Fishermen fear that the narrow gate will "
    "hold up their boats in heavy weather.",
)
HARBOUR_TITLE: Final = "Harbour of Lindvik gets a tidal barrier"
HARBOUR_URL: Final = "https://wire.example.com/harbour"
HARBOUR: Final = json.dumps(
    {
        "id": "harbour",
        "title": HARBOUR_TITLE,
        "source": "Example Wire",
        "published": "2023-03-14",
        "url": HARBOUR_URL,
        "text": "\n\n".join(HARBOUR_PARAGRAPHS),
    }
)
HARBOUR_QUESTION: Final = "What did Mayor Runa Aasheim ask the ferry companies to do?"
# The passage as a message shows it: the answer with the sentences that 400 characters hold around it, and what is left.
HARBOUR_OPEN: Final = "\n\n".join(
    ("… Work is to begin in the autumn, when the herring fleet has left.", *HARBOUR_PARAGRAPHS[1:])
)
HARBOUR_FOLDED: Final = "The council of Lindvik voted on Tuesday to build a tidal barrier at the mouth of the harbour."
HARBOUR_ANSWER: Final = "Mayor Runa Aasheim asked the ferry companies to move to the outer quay by May."

ORCHARD: Final = """---
title: Late frost ruins the apple blossom
source: Valley Gazette
date: 2022-04-27
---

Night frost destroyed two thirds of the apple blossom in the Melder valley on 26 April 2022. Growers lit some 9,000 \
paraffin candles between the rows, but the air stayed below minus four degrees until sunrise.

The cooperative expects 1,100 tonnes of apples this year instead of 3,400.
"""
ORCHARD_QUESTION: Final = "Who lit some 9,000 paraffin candles between the rows?"
ORCHARD_ANSWER: Final = (
    "Growers lit some 9,000 paraffin candles between the rows, but the air stayed below minus four degrees until "
    "sunrise."
)

COMET: Final = """---
title: Schoolteacher finds a comet
source: Northern Sky
date: 2024-02-09
url: https://sky.example.org/comet?from=front&lang=en
---

Elin Varga discovered a comet from a garden in Tolna. It is the first comet found by an amateur in that country since \
1963.

The comet passes the Sun in July and will then be as bright as the Pole Star.
"""
COMET_QUESTION: Final = "Who discovered a comet from a garden in Tolna?"
COMET_ANSWER: Final = "Elin Varga discovered a comet from a garden in Tolna."

BRIDGE: Final = """---
title: Old stone bridge reopens to cyclists
source: Example Wire
date: 2021-09-03
url: https://wire.example.com/bridge
---

The stone bridge at Ostmark reopened to cyclists on Friday. Repairs had taken eleven months and used 640 blocks of \
granite from the quarry at Hult.
"""

LIGHTHOUSE: Final = """---
title: Fyret på Skarvøya får ny vokter
source: Kystposten
date: 2023-11-20
url: https://kystposten.example.no/fyret
---

Fyret på Skarvøya får en ny fyrvokter etter tolv år uten folk på øya. Ingrid Solbakken flytter inn i mars sammen med \
to hunder.

Fyrvokteren skal måle vind og bølger fire ganger i døgnet og vise gjester rundt om sommeren.
"""
LIGHTHOUSE_QUESTION: Final = "Hvem flytter inn i fyret på Skarvøya sammen med to hunder?"

CLOCK: Final = """---
title: Museum of clocks finds a lost pendulum
date: 2020-06-12
---

A pendulum that had been missing since 1931 was found behind a wall of the clock museum in Tarnow on Friday. Masons \
who were looking for a water pipe pulled it out, wrapped in newspaper.
"""

# What an article must not be able to do: markup, a script, a link of its own, letters that turn a line around.
LANTERN: Final = """---
title: "<b>The lantern</b> & </blockquote><a href='https://evil.example'>of Zubrin</a> _*`[x](tg://user?id=1)"
source: "<i>Gazette</i> & Sons"
date: 2019-01-05
url: "javascript:alert(1)"
---

The lantern of Zubrin </blockquote><script>alert("lit")</script> was lit by Ottilie Krag \u202egnorw si siht\u202c in \
the year 1911 &amp; <b>never & put out *since* _then_.
"""
LANTERN_TITLE: Final = (
    "<b>The lantern</b> & </blockquote><a href='https://evil.example'>of Zubrin</a> _*`[x](tg://user?id=1)"
)
LANTERN_QUESTION: Final = "Who lit the lantern of Zubrin?"

_RESCUE: Final = """\
The crew of the trawler Havlyn rescued nineteen sailors from the freighter Corvina on Sunday night. The freighter had \
lost its rudder forty miles west of Cape Sorrel, and waves of nine metres broke over its deck.

Skipper Tove Lindqvist said that the last sailor jumped a minute before the freighter turned over."""
RESCUE: Final = f"""---
title: Trawler rescues nineteen sailors
source: Example Wire
date: 2022-11-07
url: https://wire.example.com/rescue
---

{_RESCUE}
"""
RESCUE_COPY: Final = f"""---
title: Nineteen saved off Cape Sorrel
source: Valley Gazette
date: 2022-11-08
url: https://gazette.example.org/saved
---

{_RESCUE}
"""
RESCUE_QUESTION: Final = "How many sailors did the trawler Havlyn rescue?"

TRAIN: Final = """Night train to Marlow returns

A night train runs between Pell and Marlow again from Saturday, after nine years without one. Passengers pay 39 euros \
for a couchette, and breakfast is included.
"""
TRAIN_QUESTION: Final = "What do passengers of the night train to Marlow pay for a couchette?"

LIBRARY: Final = """---
title: Library of Windmere lends seeds
source: Windmere Post
date: 2021-04-02
---

The library of Windmere lends tomato seeds to its readers from April. They bring back seeds of their own harvest in \
October.
"""

GLACIER: Final = """---
title: Glacier gives back a mountain hut
source: Northern Sky
date: 2018-08-30
url: https://sky.example.org/hut
---

A wooden hut that the Vessel glacier buried in 1944 has come to light again. Hikers found two bunks, a stove and a tin \
of sardines in it.
"""

ORGAN: Final = """---
title: Organ of Saint Brannoc is tuned after fifty years
source: Parish Letter
date: 2017-05-01
---

The organ builder Marta Quill tuned all 2,318 pipes of the organ of Saint Brannoc in six weeks. It had last been tuned \
in 1967.
"""

_KEEPERS: Final = ("Halvard Sten", "Greta Lund", "Piet Osterman", "Ida Falk", "Jon Brekke", "Sara Vinter")
_CARGOES: Final = ("timber", "salt herring", "roof slate", "barley", "bog iron", "glass bottles", "wool", "lime")
_WEATHER: Final = (
    "Ice closed the upper lock from New Year until the middle of March, and the barges lay in two rows at the basin.",
    "A dry summer left the summit pond so low that no barge with more than half its load could pass before the rains.",
    "Storms in October felled the poplars along the towpath, and horses had to be led around them for three weeks.",
    "The spring was mild, and the first barge of the year went through the gates on the second day of February.",
    "Heavy rain washed out the bank below the mill, and forty men with carts filled the breach in nine days.",
)


def _year(number: int) -> str:
    keeper, cargo = _KEEPERS[number % len(_KEEPERS)], _CARGOES[number % len(_CARGOES)]
    weather = _WEATHER[number % len(_WEATHER)]
    return (
        f"In {1850 + number} the lock keeper {keeper} counted {400 + 37 * number} barges on the Ravnsund canal, most "
        f"of them with {cargo}. {weather}"
    )


CANAL_YEARS: Final = tuple(map(_year, range(44)))
CANAL: Final = "\n\n".join(
    (
        "---\ntitle: Chronicle of the Ravnsund canal\nsource: Canal Society\ndate: 2016-10-10\n"
        "url: https://canal.example.org/chronicle\n---",
        *CANAL_YEARS,
    )
)
CANAL_TITLE: Final = "Chronicle of the Ravnsund canal"
CANAL_QUESTION: Final = "How many barges did the lock keeper count on the Ravnsund canal in 1871?"

SEEDS: Final = {
    "harbour.jsonl": HARBOUR,
    "orchard.md": ORCHARD,
    "sky/comet.md": COMET,
    "bridge.md": BRIDGE,
    "norsk/fyret.md": LIGHTHOUSE,
    "clock.md": CLOCK,
    "strange/lantern.md": LANTERN,
    "rescue.md": RESCUE,
    "rescue-copy.md": RESCUE_COPY,
    "train.txt": TRAIN,
    "library.md": LIBRARY,
    "glacier.md": GLACIER,
    "organ.md": ORGAN,
    "canal.md": CANAL,
}

UNANSWERABLE: Final = "Who won the chess championship in Buenos Aires?"
UNANSWERABLE_OF_THE_CANAL: Final = "How many horses drowned in the Ravnsund canal in 1871?"
# Nothing says so, but a sentence comes near.
UNSURE_QUESTION: Final = "What colour is the new comet?"
UNSURE_SENTENCE: Final = "The comet passes the Sun in July and will then be as bright as the Pole Star."

# An article that is in none of the seeds at first.
WELL: Final = """---
title: Village of Orrin digs its well again
source: Valley Gazette
date: 2024-05-06
---

Bertil Nyman paid for the new well of Orrin with the prize of a lottery. The old one had run dry in 1998.
"""
WELL_QUESTION: Final = "Who paid for the new well of Orrin?"
WELL_ANSWER: Final = "Bertil Nyman paid for the new well of Orrin with the prize of a lottery."
