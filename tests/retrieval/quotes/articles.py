"""News made up for the tests of quotes: who says what, and how the article says so."""

from typing import Final

FERRY: Final = """Ferry to Tarn island stops in March

The ferry to Tarn island will stop in March, the county of Ostmark said on Monday. It carried 212 people a day in 2025.

“We lose 3,400 crowns on every trip, and nobody has shown me a way out,” said Mayor Runa Aasheim, who asked for the \
vote. “I would rather close a line than a school.”

Runa Aasheim's spokesman, Odd Vik, said the county had no choice. “The money is not there,” Vik told reporters.

Residents were angry. “My son takes that boat to school,” said Grete Holm, a nurse. “If it goes, we will have to drive \
60 kilometres every day.”

“I understand the anger,” Aasheim said, “but I cannot print money.”

Per Strand, who leads the opposition, came late. He said: “This vote was rushed. We don't accept it.” He left \
before the end.

According to the ferry company, “the ship is old and the crew is older”.

“Tarn has been promised a bridge since 1974.

“It has been promised a tunnel since 1991,” added Professor Alma Rye of the University of Ostmark.
"""

HARVEST: Final = """A poor year for apples

Growers in the Lower Valley picked 40 per cent fewer apples than last year.

"It was the frost in April, not the rain," said Hanna Moe. "We lit 9,000 candles and it did not help [...] at all."

"Nobody could have known," her neighbour, Karl Lie, wrote in a letter to the Gazette.

She disagreed. "The forecast was right and we were wrong," she said.

Strand, the minister, visited on Friday. "We will help [the growers], but not every year," he said.
"""

NORWEGIAN: Final = """Fergen til Tarn stanses

– Vi taper penger på hver eneste tur, sier ordfører Runa Aasheim.

Innbyggerne er sinte. «Gutten min tar den båten til skolen», fortalte sykepleier Grete Holm til avisen.

Hun tror ikke på en bro. «Vi har ventet i femti år», sa hun.

Ifølge Per Strand er «avstemningen et hastverk uten like».
"""

GERMAN: Final = """Die Fähre fährt nicht mehr

„Wir verlieren bei jeder Fahrt Geld“, sagte Bürgermeisterin Runa Aasheim am Montag. „Das geht so nicht weiter.“
"""

JAPANESE: Final = """フェリーは三月に終わる

市長は「毎回三千円の赤字です。もう続けられません」と述べた。
"""

SEEDS: Final = {
    "ferry.txt": FERRY,
    "harvest.txt": HARVEST,
    "fergen.txt": NORWEGIAN,
    "faehre.txt": GERMAN,
    "ferry-ja.txt": JAPANESE,
}
