"""The classifier's trees, what it is told of a line, and the forms beside it."""

import numpy as np
import pytest

from index.clutter import forms
from index.clutter.characters import count_kinds
from index.clutter.features import FEATURES, features
from index.clutter.marking import judge, parts_of
from index.clutter.model import BLOCK, Trees, classifier

STORY = [
    "The hill railway opened again on Monday after four months of repairs to its upper viaduct.",
    "Some 300 people rode to the top in the first hour, and the queue reached as far as the fountain.",
    "The operator expects 40,000 passengers by the autumn, a third more than in the year before.",
]


def left(page: list[str]) -> list[str]:
    text = "\n\n".join(page)
    gone = {one.span.of(text) for one in parts_of(text).clutter}
    return [line for line in page if line not in gone]


@pytest.mark.parametrize(
    "lines",
    [
        ["FacebookXWhatsAppPrint"],
        ["Del på FacebookDel på XDel på LinkedIn"],
        ["Telegram", "Reddit", "LinkedIn", "WhatsApp"],
        ["12 shares", "Facebook", "Pinterest", "Email"],
        ["Mest lest", "1", "Brann i gammelt naust", "2", "Rådmannen går av nå", "3", "Her er byens beste boller"],
        ["1", "Storm closes three bridges", "2", "Why the ferry was late", "3", "Chess club wins at last"],
        ["The viaduct seen from the valley on a clear day. Foto: Kari Moe / NTB"],
        ["Passengers wait at the lower station, May 2, 2022. © Hill Wire / Jon Lie"],
        ["Tags: railway, viaduct, spring"],
        ["#railway #viaduct #spring2021"],
        ["4.1K followers · Writer for The Upper Line"],
        ["> Related: [Who builds viaducts?](https://hill.example/viaducts)"],
    ],
)  # fmt: skip
def test_clutter_between_paragraphs_is_left_out_and_the_story_stays(lines: list[str]) -> None:
    assert left([*STORY[:2], *lines, STORY[2]]) == STORY
    assert left([*STORY, *lines]) == STORY


def test_a_table_of_contents_is_left_out_and_the_headings_it_names_stay() -> None:
    contents = ["1. The repairs", "2. The opening", "3. What comes next"]
    sections = [
        line for pair in zip(("The repairs", "The opening", "What comes next"), STORY, strict=True) for line in pair
    ]
    assert left(["Contents", *contents, *sections]) == sections


def test_a_refrain_is_no_table_of_contents() -> None:
    refrain = ["Up the hill, up the hill,", "with the wheels in the fog,", "up the hill we go"]
    song = [*refrain, "The guard has lost his whistle, the driver lost his hat.", *refrain, STORY[0]]
    assert forms.tables_of_contents(song) == set()


@pytest.mark.parametrize(
    "lines",
    [
        ["Melt the butter in a pan.", "Stir in the flour and the milk.", "Season it with nutmeg."],
        ["- Lower station, with the new lift", "- Halfway halt", "- Upper station"],
        ["Ane Moe / Labour came first."],
    ],
)
def test_lists_of_an_article_stay(lines: list[str]) -> None:
    page = [*STORY[:2], *lines, STORY[2]]
    assert left(page) == page


@pytest.mark.parametrize(
    "lines",
    [
        ["June 24 – Bristow @ Lube Hall of the Hills", "June 26 – Allen @ The Long Pier Centre of Arts",
         "July 2 – Camden @ The Blue Tent by the River", "July 19 – Holm @ The Old Mill of the Bank"],
        ["1a etapa: 10 de março – Interlagos", "2a etapa: 8 de abril – Curitiba", "3a etapa: 22 de abril – Velo"],
    ],
)  # fmt: skip
def test_dates_of_a_tour_or_a_race_stay(lines: list[str]) -> None:
    assert forms.numbered_lists([STORY[0], *lines, STORY[1]]) == set(range(1, len(lines) + 1))
    page = [*STORY[:2], *lines, STORY[2]]
    assert left(page) == page


def test_a_list_that_begins_alike_must_be_surer_clutter_than_other_lines() -> None:
    series = ["June 24 – Bristow at the Hall", "June 26 – Allen at the Pier", "July 2 – Camden at the Tent"]
    other = ["Bristow at the Hall", "Allen at the Pier", "Camden at the Tent"]
    margins = np.array([-9, 1, 1, 1, -9], np.float32)
    assert judge([STORY[0], *series, STORY[1]], margins, classifier())[0] == [""] * 5
    assert judge([STORY[0], *other, STORY[1]], margins, classifier())[0] == ["", "other", "other", "other", ""]


def test_a_link_to_a_place_below_is_clutter_and_one_to_another_page_is_not() -> None:
    assert forms.is_stamp("- [The repairs](#the-repairs)")
    assert not forms.is_stamp("- [The repairs](repairs.md#costs)")


def test_a_caption_may_end_in_the_name_of_an_agency_alone() -> None:
    assert forms.ends_in_credit("The viaduct seen from the valley on a clear day.Reuters")
    assert not forms.ends_in_credit("The viaduct was closed on Monday, says Reuters")


def test_a_link_within_a_sentence_stays_on_a_line_of_its_own() -> None:
    page = [
        STORY[0],
        "The minister answered in an interview with",
        "Reuters",
        "that the line will stay open.",
        STORY[1],
    ]
    text = "\n".join(page)
    assert not [one.span.of(text) for one in parts_of(text).clutter]
    assert forms.within_sentences(page) == {2}
    # A label below a whole sentence, and headlines in capitals below one another, are within none.
    assert forms.within_sentences([STORY[0], "Reuters", "the rest"]) == set()
    assert forms.within_sentences(["Four words of it", "Facebook", "Twitter"]) == set()


def test_trees_give_what_following_them_by_hand_gives() -> None:
    trees = Trees.of([["words", 5.5, ["ends", 0.5, 1.0, 2.0], 4.0], ["digits", 0.25, -8.0, 16.0]])
    rows = np.zeros((4, len(FEATURES)), np.float32)
    rows[:, FEATURES.index("words")] = [3, 3, 9, 5.5]
    rows[:, FEATURES.index("ends")] = [0, 1, 1, 0]
    rows[:, FEATURES.index("digits")] = [0.0, 0.5, 0.25, 1.0]
    assert trees.sums(rows).tolist() == [1.0 - 8.0, 2.0 + 16.0, 4.0 - 8.0, 1.0 + 16.0]


def test_characters_and_words_of_lines_are_counted() -> None:
    kinds, words, _ = count_kinds(["Ny bro, 12 år (NTB)", "FacebookTwitter", "渡船は、正午"])
    # Capitals, lower case, digits, spaces, characters without spaces around them; then quotes, bars, handles, commas.
    assert kinds[:, :5].tolist() == [[4, 6, 2, 4, 0], [2, 13, 0, 0, 0], [0, 0, 0, 0, 5]]
    assert kinds[:, 8].tolist() == [1, 0, 1]
    # Words, with a capital, all capitals, short in lower case, glued. A bracket is part of its word.
    assert words.tolist() == [[5, 1, 0, 1, 0], [1, 1, 0, 0, 1], [1, 0, 0, 0, 0]]


def test_a_line_has_the_features_that_its_words_give() -> None:
    rows = features(["Share this", STORY[0], "Share this"], {"share": 1.5, "this$": -0.25})
    of = {name: rows[:, place].tolist() for place, name in enumerate(FEATURES)}
    assert of["repeated"] == [2, 1, 2]
    assert of["weight"] == [1.25, 0, 1.25]
    assert of["heaviest"] == [1.5, 0, 1.5]
    assert of["weight +1"] == [0, 1.25, 0]
    assert of["words"] == [2, 16, 2]
    assert of["ends"] == [0, 1, 0]


def test_pages_of_more_lines_than_a_block_are_judged_whole() -> None:
    assert classifier().margins(["One more line of it."] * (BLOCK + 7)).shape == (BLOCK + 7,)
    assert classifier().margins([]).shape == (0,)


def test_a_report_about_networks_is_no_share_bar() -> None:
    assert not forms.is_share_bar("Facebook and Twitter fell by 4 %.")
    assert not forms.is_share_bar("Twitter loses its chief")
