"""Exports of WordPress (WXR) and Blogger (Atom): feeds with drafts, private posts, pictures, menus and comments.

WordPress's posts and pages are articles, and so are items of other types that have a page of their own. Of shortcodes
the words within stay. What was not published is skipped and reported.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any, Final, Self

from index.parsers.fields import STATES, normal
from index.parsers.fragment import with_paragraphs

WORDPRESS: Final = re.compile(rb"<wp:(?:wxr_version|post_type|status)>")
BLOGGER: Final = re.compile(rb"schemas\.google\.com/blogger/20\d\d|<blogger:type>")
BLOGGER_KIND: Final = "blogger/2008/kind#"

# Types of items of WordPress and its commonest plugins that nobody reads.
NO_ARTICLES: Final = frozenset(
    (
        "attachment nav_menu_item revision custom_css customize_changeset oembed_cache user_request wp_block "
        "wp_template wp_template_part wp_global_styles wp_navigation wp_font_family wp_font_face acf-field "
        "acf-field-group feedback "
        "wpcf7_contact_form flamingo_inbound flamingo_contact nf_sub wpforms mc4wp-form elementor_library shop_order "
        "shop_coupon shop_subscription edd_payment product_variation amp_validated_url jp_pay_order"
    ).split()
)
ARTICLES: Final = frozenset({"post", "page"})
# WordPress's address of an item whose type has no pages.
WITHOUT_PAGE: Final = re.compile(r"[?&]post_type=")

AUTHOR: Final = re.compile(rb"<wp:author>((?s:.{0,4000}?))</wp:author>")
VALUE: Final = rb"<wp:%s>\s{0,99}(?:<!\[CDATA\[)?\s{0,99}([^<>\]]{1,300}?)\s{0,99}(?:\]\]>)?\s{0,99}</wp:%s>"
LOGIN: Final = re.compile(VALUE % (b"author_login", b"author_login"))
DISPLAY_NAME: Final = re.compile(VALUE % (b"author_display_name", b"author_display_name"))

BLOCK_COMMENT: Final = re.compile(r"<!--(?s:.{0,20000}?)-->")
# Shortcodes for a picture, a film or a form, with what they wrap.
SHOWN_OTHERWISE: Final = re.compile(
    r"\[(?P<name>caption|wp_caption|embed|audio|video|playlist|gallery|youtube|vimeo|googlemaps)\b[^\[\]]{0,2000}+\]"
    r"(?:[^\[]{0,4000}+\[/(?P=name)\])?",
    re.IGNORECASE,
)
# Not '[sic]' or '[re-elected]': only a tag with attributes or a program's kind of name, or one of a pair.
SHORTCODE: Final = re.compile(
    r"\[/?[A-Za-z][A-Za-z0-9]{0,30}_\w{1,50}(?:\s[^\[\]]{0,2000}+)?/?\]"
    r"|\[[A-Za-z][\w-]{1,50}\s{1,9}[\w-]{1,60}\s?=[^\[\]]{0,2000}+\]|\[(?:toc|more)\]"
)
TAG: Final = re.compile(r"\[/?([A-Za-z][\w-]{1,50})\]")
PAIRED: Final = re.compile(r"\[/([A-Za-z][\w-]{1,50})\]")


@dataclass(slots=True)
class Export:
    """An export of WordPress or Blogger.

    Attributes:
        names: of WordPress's authors, by their logins.
        others: the number of items of each type that is no article.
    """

    names: dict[str, str] = field(default_factory=dict)
    others: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, document: bytes) -> Self | None:
        """Recognise an export; return None for any other feed."""
        if WORDPRESS.search(document):
            return cls(dict(_authors(document)))
        return cls() if BLOGGER.search(document) else None

    def is_article(self, entry: Any) -> bool:
        """Return whether an item is of a type that people read; count it if not."""
        kind = _kind(entry)
        read = kind in ARTICLES or (
            kind not in NO_ARTICLES and "wp_post_type" in entry and not WITHOUT_PAGE.search(string_in(entry, "link"))
        )
        if not read:
            self.others[kind] += 1
        return read

    def left_out(self) -> Iterator[str]:
        """Yield a line of the report for each type of items that are no articles."""
        for kind, count in self.others.most_common(20):
            yield f"{count:,} of the type '{kind[:60]}', which are no articles"

    def unpublished(self, entry: Any) -> str:
        """Return why an item was not published; '' for one that was."""
        if string_in(entry, "wp_post_password").strip():
            return "protected by a password"
        if string_in(entry, "app_draft").strip().lower() == "yes":
            return "a draft"
        status = string_in(entry, "wp_status") or string_in(entry, "blogger_status")
        if normal(status) in ("", "publish", "live"):
            return ""
        return f"{STATES.get(normal(status), 'not published')} (status: {status.strip()[:40].lower()})"

    def author(self, written: str) -> str:
        """Return the name of an author, '' if only the name of a login is known."""
        if written in self.names:
            return self.names[written]
        return "" if self.names and " " not in written else written

    def rendered(self, content: str) -> str:
        """Return an item's HTML as its page shows it."""
        content = BLOCK_COMMENT.sub("", content)
        if "[" in content:
            content = SHOWN_OTHERWISE.sub("", content)
            content = SHORTCODE.sub("", content)
            names = set(PAIRED.findall(content))
            content = TAG.sub(lambda match: "" if match[1] in names else match[0], content)
        return with_paragraphs(content)


def _authors(document: bytes) -> Iterator[tuple[str, str]]:
    for match in AUTHOR.finditer(document):
        login, name = LOGIN.search(match[1]), DISPLAY_NAME.search(match[1])
        if login:
            known = unescape(name[1].decode(errors="replace")) if name else ""
            written = unescape(login[1].decode(errors="replace"))
            yield written, "" if known == written and " " not in known else known


def _kind(entry: Any) -> str:
    if kind := string_in(entry, "wp_post_type"):
        return kind.strip()
    if kind := string_in(entry, "blogger_type"):
        return kind.strip().lower()
    terms = (string_in(tag, "term") for tag in dict.get(entry, "tags") or [])
    return next((term.rpartition("#")[2] for term in terms if BLOGGER_KIND in term), "post")


def string_in(node: Any, name: str) -> str:
    """Return a value of a feed's entry if it is a string, else ''; not by feedparser's own look-up, which warns."""
    value = dict.get(node, name)
    return value if isinstance(value, str) else ""
