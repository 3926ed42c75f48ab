"""Notes and posts are read as their programs show them."""

import pytest

from index.parsers.note_markup import rendered
from tests.index.parsers.articles import only

BODY = "The river rose on Monday and flooded the streets of the old town. Nobody was hurt, the mayor said."


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("The [[River Aa|river]] rose.", "The river rose."),
        ("See [[Flood]], [[Flood#Damage]], [[#Damage]], [[a/Old town]].", "See Flood, Flood, Damage, a/Old town."),
        ("| [[River Aa\\|river]] | rose |", "| river | rose |"),
        ("It rose. %% check this %% Nobody was hurt.", "It rose. Nobody was hurt."),
        ("It rose.\n\n%%\nTo do:\ncheck\n%%\n\nIt fell.", "It rose.\n\n\n\nIt fell."),
        ("It rose. ^a1b2c3", "It rose."),
        ("It rose.\n\n![[map.png|300]]\n\nIt fell.", "It rose.\n\n\nIt fell."),
        ("> [!warning]- High water\n> Stay away.", "> High water\n> Stay away."),
        ("It rose ==two metres== that day.", "It rose two metres that day."),
        ("It rose.\n\n#flood #weather/rain", "It rose.\n\n"),
        ('{{< figure src="a.png" >}}\nIt rose.', "It rose."),
        ("{{% notice tip %}}It rose.{{% /notice %}}", "It rose."),
        ("It [rose]({{< ref \"flood.md\" >}}) again.", "It rose again."),
        ("It [rose]({% post_url 2021-03-03-flood %}) again.", "It rose again."),
        ("{% include map.html %}\nIt rose {{ page.when }}, again.", "It rose, again."),
        ("{% comment %}no\nno{% endcomment %}It rose.", "It rose."),
        ("{% quote(author=\"A\") %}\nIt rose.\n{% end %}\n", "It rose.\n"),
        ("## Damage {#damage}\nIt rose.\n{: .lead}", "## Damage\nIt rose.\n"),
        ("::: warning\nIt rose.\n:::\n", "It rose.\n"),
        ("```dataview\nTABLE rain FROM #flood\n```\nIt rose.", "\nIt rose."),
    ],
)  # fmt: skip
def test_what_the_program_shows_is_read(written: str, shown: str) -> None:
    assert rendered(written) == shown


@pytest.mark.parametrize(
    "source",
    [
        "In bash `[[ -f a ]]` and ``%% a %%`` are code.",
        "```sh\nif [[ -f a ]]; then echo '{{ a }} %%'; fi\n```\n",
        "It is 50 %% and a == b, x ^2 is y.",
        "It rose [[1]](https://a.example) and [sic] fell.",
        "One mark alone: %% is nothing, nor is {{ here.",
        "# A heading\n\n#hashtag\n",
    ],
)
def test_code_and_what_is_no_markup_stays(source: str) -> None:
    assert rendered(source) == source


def test_between_raw_tags_everything_stays() -> None:
    assert rendered("{% raw %}{{ a }}{% endraw %} and {{ b }}.") == "{{ a }} and."


@pytest.mark.parametrize("path", ["notes/Old town.md", "notes/flood.md"])
def test_a_note_without_a_heading_is_titled_by_its_file(path: str) -> None:
    one = only(path, f"{BODY} See [[River]]. ^a1\n")
    assert one.title.value == path.removeprefix("notes/").removesuffix(".md")
    assert one.title.where == "file name"


def test_a_note_with_a_heading_is_titled_by_it() -> None:
    assert only("Old town.md", f"# High water\n\n{BODY} [[River]]\n").title.value == "High water"


def test_a_plain_file_with_one_word_for_a_name_is_titled_by_its_lead() -> None:
    assert only("flood.md", f"{BODY}\n").title.where == "lead sentence"


def test_the_name_under_which_the_bot_stores_a_file_is_no_title() -> None:
    assert only("added/2026-11-24-old-town-1a2b3c.md", f"{BODY} [[River]]\n").title.where == "lead sentence"


def test_links_in_front_matter_name_what_they_link_to() -> None:
    assert only("flood.md", f'---\nauthor: "[[Jane Doe]]"\n---\n{BODY}\n').author.value == "Jane Doe"
