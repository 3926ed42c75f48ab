"""How many wordpieces texts have: counted for each word once where a tokenizer looks at words one by one.

BERT's cuts at white space before anything else, so the wordpieces of a text are those of its words, and words come
again and again: a sentence is added up in a tenth of the time that it takes to be tokenized.
"""

from collections.abc import Sequence
from typing import Final

from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

# Some 10 MB; then all are forgotten, and the common ones are soon there again.
_KEPT: Final = 60_000
_LONGEST_KEPT: Final = 40


class WordpieceCounter:
    """Counts the tokens of texts, special ones left out, from several threads."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        # Whether a text has as many as its parts between spaces or line ends have together.
        bert = isinstance(tokenizer.normalizer, BertNormalizer | None)
        self._word_by_word = (
            bert and isinstance(tokenizer.pre_tokenizer, BertPreTokenizer) and isinstance(tokenizer.model, WordPiece)
        )
        self._known: dict[str, int] = {}

    def __call__(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each text has."""
        return self._summed(texts) if self._word_by_word else self._counted(texts)

    def _counted(self, texts: Sequence[str]) -> list[int]:
        return [len(encoding.ids) for encoding in self._tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    def _summed(self, texts: Sequence[str]) -> list[int]:
        # Of the many kinds of white space only those that the tokenizer takes for it whatever its settings.
        words = [text.replace("\n", " ").split(" ") for text in texts]
        known = self._known
        if len(known) > _KEPT:
            known.clear()
        # Of its own: another thread may forget what is known meanwhile.
        counts = {word: known.get(word) for each in words for word in each}
        new = [word for word, count in counts.items() if count is None]
        learned = dict(zip(new, self._counted(new), strict=True))
        counts.update(learned)
        known.update((word, count) for word, count in learned.items() if len(word) <= _LONGEST_KEPT)
        return [sum(map(counts.__getitem__, each)) for each in words]  # type: ignore[arg-type]  # none is None any more
