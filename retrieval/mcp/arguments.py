"""Arguments of the tools, as JSON schemas tell a model of them and as they are checked."""

from typing import Annotated, Any, Final, TypedDict

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

# Passages that one call returns at most.
MOST_PASSAGES: Final = 20
# Code points of an article's text that one call returns, and may return at most.
PAGE: Final = 8_000
MOST_OF_A_PAGE: Final = 20_000


def _nothing_if_blank(value: Any) -> Any:
    # Models fill in arguments that they do not mean.
    return None if isinstance(value, str) and not value.strip() else value


_DAY: Final = "A year, month or day: 2022, 2022-01 or 2022-01-21. Articles without a date fit no date filter."

Source = Annotated[
    str | None,
    BeforeValidator(_nothing_if_blank),
    Field(description="Only articles whose source holds these words, such as `reuters`. Leave it out for all."),
]
After = Annotated[
    str | None,
    BeforeValidator(_nothing_if_blank),
    Field(description=f"Only articles published on this day or later. {_DAY}"),
]
Before = Annotated[
    str | None,
    BeforeValidator(_nothing_if_blank),
    Field(description=f"Only articles published on this day or earlier. {_DAY}"),
]
Title = Annotated[
    str | None,
    BeforeValidator(_nothing_if_blank),
    Field(description="Only articles whose title holds all of these words. Leave it out for all."),
]


class Conditions(TypedDict):
    """Conditions on articles as arguments of `Retriever.ask`."""

    source: str | None
    after: str | None
    before: str | None
    title: str | None


class _Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Ask(_Arguments):
    """Arguments of `ask`."""

    question: str = Field(
        description="One question in plain words that can be understood alone: names in place of 'he' or 'it'. "
        "At most 2,000 characters."
    )
    k: int = Field(5, ge=1, le=MOST_PASSAGES, description="How many passages to return, the best first.")
    asked: Annotated[str | None, BeforeValidator(_nothing_if_blank)] = Field(
        None,
        description="The day of the question, such as 2024-05-31, from which 'yesterday' is reckoned. "
        "Leave it out for today.",
    )
    source: Source = None
    after: After = None
    before: Before = None
    title: Title = None


class Search(_Arguments):
    """Arguments of `search`."""

    query: str = Field(description="A subject, names, or a question, in plain words.")
    k: int = Field(10, ge=1, le=MOST_PASSAGES, description="How many passages to return, the best first.")
    source: Source = None
    after: After = None
    before: Before = None
    title: Title = None


class CheckQuote(_Arguments):
    """Arguments of `check_quote`."""

    quote: str = Field(
        description="The words as they were quoted, without a speaker's name and without quotation marks."
    )
    speaker: Annotated[str | None, BeforeValidator(_nothing_if_blank)] = Field(
        None, description="Who is said to have said it: a full name or a surname. Leave it out if nobody is named."
    )


class ReadArticle(_Arguments):
    """Arguments of `article`."""

    article_id: str = Field(description="The id of an article, letter for letter as another tool returned it.")
    start: int = Field(
        0, ge=0, description="The character to begin at; for the next page the `next_start` of this one."
    )
    length: int = Field(PAGE, ge=1, le=MOST_OF_A_PAGE, description="How many characters to return at most.")


def conditions(given: Ask | Search) -> Conditions:
    """Return the conditions on articles that were given with a question."""
    return {"source": given.source, "after": given.after, "before": given.before, "title": given.title}
