"""What the E5 models want that their files do not say (Wang et al. 2024, "Multilingual E5 Text Embeddings").

They were trained with a word in front of every text, and with a low temperature, so that cosines of any two texts lie
in a narrow band, of some .7 to .9.
"""

import re
from typing import Any, Final

MULTILINGUAL: Final = "multilingual-e5-small"
FAMILY: Final = "e5"
_NAME: Final = re.compile(r"(multilingual-)?e5-(small|base|large)(-v2)?")
_QUESTION: Final = "query: "
_PASSAGE: Final = "passage: "


def told(name: str, facts: dict[str, Any]) -> dict[str, Any]:
    """The facts of a converted model, with what is known of it by its name; as they are where it is no E5.

    Parameters:
        facts: by the names of `ModelCard`'s fields.
    """
    found = _NAME.fullmatch(name.lower())
    if not found:
        return facts
    prompts = {"question_prompt": _QUESTION, "passage_prompt": _PASSAGE}
    said = facts["question_prompt"] or facts["passage_prompt"]
    known = {"family": FAMILY, **({} if said else prompts)}
    return {**facts, **known, **({"languages": ("*",)} if found[1] else {})}


def is_multilingual(model: str) -> bool:
    """Whether that is the name of `multilingual-e5-small`, as such or as the hub has it."""
    return model.removeprefix("intfloat/") == MULTILINGUAL
