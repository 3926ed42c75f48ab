"""Markup of note and site programs in Markdown: Obsidian, Hugo, Zola, Jekyll, Pandoc, MkDocs.

What only the program understands (comments, embeds, shortcodes, the marks of links) is removed. What it shows (the
words of a link, the text within a shortcode) stays. Code is not changed.
"""

import re
from typing import Final

from index.parsers.lines import split_at_marks

# Most files have no such markup, which one search tells.
ANY: Final = re.compile(
    r"\[\[|%%|\{\{|\{%|\{[:#.]|==|\^[\w-]{1,60}[ \t]{0,9}$|\[!|:::|\$toc|\[TOC|(?:```|~~~)[ \t]?[a-z]"
    r"|#[^\s#]{1,80}[ \t,]{1,9}#",
    re.MULTILINE,
)
# Markup of Obsidian alone.
OBSIDIAN: Final = re.compile(
    r"\[\[[^\[\]\n]{1,300}\]\](?![(\[])|%%[^%\n]{1,300}%%|^%%[ \t]*+$|(?<=\S)[ \t]\^[\w-]{1,60}[ \t]*+$"
    r"|^>[ \t]{0,9}\[![\w-]{1,40}\]",
    re.MULTILINE,
)
# A fenced block, or a stretch between backticks in a line.
CODE: Final = re.compile(
    r"^[ \t>]*+(?P<fence>(?:`{3}|~{3}))[^\n]*+\n(?P<inside>(?s:.*?))(?:^[ \t>]*+(?P=fence)[^\n]*+$|\Z)"
    r"|(?<!`)(?P<ticks>`++)[^`\n]{1,1000}+(?P=ticks)(?!`)",
    re.MULTILINE,
)
# Blocks that a plugin replaces by results or drawings.
DRAWN: Final = re.compile(
    r"[ \t>]*+(?:`{3,}|~{3,})[ \t]{0,9}\{?(?:dataview|dataviewjs|query|tasks|mermaid|plantuml|button|chart)\b"
)
# Pairs of marks: the text between is removed (COMMENTS) or kept as it is (RAW).
COMMENTS: Final = (
    (re.compile(r"^[ \t]*+%%(?=[^%\n]*+$)", re.MULTILINE), re.compile(r"%%")),
    (re.compile(r"\{%-?\s{0,9}comment\s{0,9}-?%\}"), re.compile(r"\{%-?\s{0,9}endcomment\s{0,9}-?%\}")),
    (re.compile(r"\{\{[<%]/\*"), re.compile(r"\*/[>%]\}\}")),
)
RAW: Final = (re.compile(r"\{%-?\s{0,9}raw\s{0,9}-?%\}"), re.compile(r"\{%-?\s{0,9}endraw\s{0,9}-?%\}"))

_TEMPLATE: Final = r"(?:\{\{[^{}\n]{0,1000}+\}\}|\{%[^%\n]{0,1000}+%\}|\{#[^#\n]{0,1000}+#\})"
_EMBED: Final = r"!\[\[[^\[\]\n]{1,500}+\]\]"
_ADDRESS: Final = rf"\([^()\n{{]{{0,500}}+{_TEMPLATE}[^()\n]{{0,500}}+\)"
_RULES: Final[tuple[tuple[re.Pattern[str], str], ...]] = tuple(
    (re.compile(pattern, re.MULTILINE), shown)
    for pattern, shown in (
        (r"(?<![ \t])[ \t]{0,9}%%[^\n]{1,2000}?%%", ""),
        # A link whose address a template makes shows its words.
        (rf"(?<!!)\[([^\[\]\n]{{1,500}}+)\]{_ADDRESS}", r"\1"),
        (rf"!\[[^\[\]\n]{{0,500}}+\]{_ADDRESS}", ""),
        # The tags of Hugo, Zola and Liquid, not the text between an opening and a closing one.
        (rf"^[ \t]*+{_TEMPLATE}[ \t]*+(?:\n|\Z)", ""),
        (rf"(?<=\S)[ \t]{_TEMPLATE}(?=[\s.,;:!?])", ""),
        (_TEMPLATE, ""),
        # Embeds show another file.
        (rf"^[ \t]*+{_EMBED}[ \t]*+(?:\n|\Z)", ""),
        (rf"(?<![ \t])[ \t]{{0,9}}{_EMBED}", ""),
        (r"^[ \t]*+(?:\[\[?_?TOC_?\]\]?|\$toc)[ \t]*+$", ""),
        # [[note|shown]], [[note#heading]], [[note^block]], [[#heading]]; in a table the bar has a backslash.
        (r"\[\[[^\[\]\n|]{1,300}+\|([^\[\]\n]{1,300}+)\]\](?![(\[])", r"\1"),
        (r"\[\[#?([^\s\[\]\n|#^][^\[\]\n|#^]{0,300}+)(?:[#^][^\[\]\n|]{0,300}+)?\]\](?![(\[])", r"\1"),
        # The name by which another note refers to this paragraph.
        (r"(?:(?<=\S)[ \t]{1,9}|^)\^[A-Za-z0-9-]{1,60}+[ \t]*+$", ""),
        # The kind of a callout, whose title and text stay.
        (r"^((?:[ \t]{0,3}>){1,9})[ \t]{0,9}\[![\w/|-]{1,60}+\][+-]?[ \t]{0,9}", r"\1 "),
        # Docusaurus, MkDocs, Pandoc: the fences of a block, and the attributes of one.
        (r"^[ \t]*+:{3,}+[^\n]{0,200}+(?:\n|\Z)", ""),
        (r"(?<![ \t])[ \t]{0,9}\{:?[ \t]?[.#:][\w.:=\"' #-]{0,300}+\}[ \t]*+$", ""),
        (r"==(?=[^\s=])([^=\n]{1,1000}+)(?<=[^\s=])==", r"\1"),
        # A line of tags and nothing else.
        (r"^[ \t]*+#[^\s#]{1,80}+(?:[ \t,]{1,9}#[^\s#]{1,80}+){1,50}+[ \t]*+$", ""),
    )
)


def rendered(text: str) -> str:
    """Return Markdown without front matter as the program shows it."""
    if not ANY.search(text):
        return text
    pieces: list[str] = []
    position = 0
    for code in CODE.finditer(text):
        pieces += [_prose(text[position : code.start()]), "" if DRAWN.match(code[0]) else code[0]]
        position = code.end()
    return "".join([*pieces, _prose(text[position:])])


def is_obsidian(text: str) -> bool:
    """Return whether `text` has markup that an Obsidian vault has and other folders of Markdown do not."""
    return OBSIDIAN.search(CODE.sub("", text)) is not None


def _prose(text: str) -> str:
    if not ANY.search(text):
        return text
    for opening, closing in COMMENTS:
        text = "".join(split_at_marks(text, opening, closing)[::2])
    pieces = split_at_marks(text, *RAW)
    pieces[::2] = map(_ruled, pieces[::2])
    return "".join(pieces)


def _ruled(text: str) -> str:
    for pattern, shown in _RULES:
        text = pattern.sub(shown, text)
    return text
