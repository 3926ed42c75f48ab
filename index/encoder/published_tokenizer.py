"""The tokenizer of a published model, from tokenizer.json, without transformers.

For some classes of tokenizers transformers takes only the vocabulary and the added tokens from tokenizer.json, and the
rest from the settings in tokenizer_config.json. A file that disagrees with its settings is refused here.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from tokenizers import Tokenizer

from index.errors import ModelError, UnsupportedModelError

Json = dict[str, Any]

_DEFAULT_CLASSES: Final = {"bert": "BertTokenizer", "roberta": "RobertaTokenizer", "xlm-roberta": "XLMRobertaTokenizer"}
# The settings of the tokens around a text, and their defaults.
_ENDS: Final = {
    "BertTokenizer": (("cls_token", "[CLS]"), ("sep_token", "[SEP]")),
    "RobertaTokenizer": (("cls_token", "<s>"), ("sep_token", "</s>")),
    "XLMRobertaTokenizer": (("bos_token", "<s>"), ("eos_token", "</s>")),
}


def _bert(settings: Json, _: Json) -> Json:
    normalizer = {
        "type": "BertNormalizer",
        "clean_text": True,
        "handle_chinese_chars": settings.get("tokenize_chinese_chars", True),
        "strip_accents": settings.get("strip_accents"),
        "lowercase": settings.get("do_lower_case", True),
    }
    model = {"type": "WordPiece", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100}
    return {"normalizer": normalizer, "pre_tokenizer": {"type": "BertPreTokenizer"}, "model": model}


def _roberta(settings: Json, _: Json) -> Json:
    split = {"type": "ByteLevel", "add_prefix_space": settings.get("add_prefix_space", False), "use_regex": True}
    return {"normalizer": None, "pre_tokenizer": split, "model": {"type": "BPE", "byte_fallback": False}}


def _xlm_roberta(settings: Json, found: Json) -> Json:
    # Of the normalizers, only a table of characters is used.
    table = found["normalizer"] if (found["normalizer"] or {}).get("type") == "Precompiled" else None
    scheme = "always" if settings.get("add_prefix_space", True) else "never"
    words = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": scheme, "split": True}
    split = {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, words]}
    return {"normalizer": table, "pre_tokenizer": split, "model": {"type": "Unigram", "byte_fallback": False}}


# The content that a tokenizer.json must have to agree with the settings, by class; the last two take any.
_PARTS: Final[Mapping[str, Callable[[Json, Json], Json]]] = {
    "BertTokenizer": _bert,
    "RobertaTokenizer": _roberta,
    "XLMRobertaTokenizer": _xlm_roberta,
    "PreTrainedTokenizer": lambda *_: {},
    "TokenizersBackend": lambda *_: {},
}


def tokenizer_class(settings: Json, config: Json) -> str:
    """Return the class that transformers takes, for `tokenizer_config.json` and `config.json`."""
    named = settings.get("tokenizer_class") or config.get("tokenizer_class")
    return str(named or _DEFAULT_CLASSES.get(str(config.get("model_type")), "")).removesuffix("Fast")


def takes_types(settings: Json, config: Json) -> bool:
    """Return whether the model takes the type of each token (which text of a pair it belongs to)."""
    names = settings.get("model_input_names")
    return tokenizer_class(settings, config) == "BertTokenizer" if names is None else "token_type_ids" in names


def read_tokenizer(file: Path, settings: Json, config: Json) -> Tokenizer:
    """Return the tokenizer in `file`, without padding and truncation.

    Parameters:
        settings: from tokenizer_config.json.
        config: the model's.

    Raises:
        UnsupportedModelError: if transformers would make another tokenizer of these files.
        ModelError: if the file is damaged.
    """
    if not file.is_file():
        raise UnsupportedModelError(f"there is no {file.name}")
    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception as error:  # the library raises nothing narrower
        reason = " ".join(str(error).split())[:200]
        raise ModelError(f"{file} is damaged ({reason}): fetch the model again") from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    kind = tokenizer_class(settings, config)
    if kind not in _PARTS:
        raise UnsupportedModelError(f"tokenizer_class {kind!r}")
    # Written anew, so that files of older versions compare too.
    found = json.loads(tokenizer.to_str())
    agreed = _holds(found, _PARTS[kind](settings, found)) and found["post_processor"] is not None
    ends = [_text(settings.get(name, token)) for name, token in _ENDS.get(kind, ())]
    agreed &= not ends or tokenizer.encode("").tokens == ends
    agreed &= not {"auto_map", "add_bos_token", "add_eos_token"} & settings.keys()
    agreed &= all(
        tokenizer.token_to_id(_text(token)) is not None
        for name, token in settings.items()
        if name.endswith("_token") and token is not None
    )
    agreed &= all(
        tokenizer.token_to_id(_text(token)) == int(place)
        for place, token in settings.get("added_tokens_decoder", {}).items()
    )
    if not agreed:
        raise UnsupportedModelError("tokenizer.json and tokenizer_config.json disagree")
    return tokenizer


def _text(token: Any) -> str:
    """Return the text of a special token; newer files have its properties as well."""
    return str(token["content"] if isinstance(token, dict) else token)


def _holds(found: Any, wanted: Any) -> bool:
    """Return whether everything wanted is found; dictionaries may hold more."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(key in found and _holds(found[key], wanted[key]) for key in wanted)
    if isinstance(wanted, list):
        same = isinstance(found, list) and len(found) == len(wanted)
        return same and all(map(_holds, found, wanted))
    return bool(found == wanted)
