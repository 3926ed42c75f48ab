"""Counts of wordpieces, each word counted once where a tokenizer looks at words one by one.

BERT's tokenizer cuts at white space first, so the wordpieces of a text are those of its words, and words repeat: adding
up a sentence takes a tenth of the time of tokenizing it.
"""

from collections.abc import Sequence
from typing import Final

from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

# Some 10 MB; then the cache is emptied, and common words are soon there again.
_CACHED: Final = 60_000
_LONGEST_CACHED: Final = 40


class WordpieceCounter:
    """A counter of the tokens of texts, special ones left out; safe to use from several threads."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        # True where a text has as many tokens as its parts between spaces or line ends have together.
        bert = isinstance(tokenizer.normalizer, BertNormalizer | None)
        self._word_by_word = (
            bert and isinstance(tokenizer.pre_tokenizer, BertPreTokenizer) and isinstance(tokenizer.model, WordPiece)
        )
        self._known: dict[str, int] = {}

    def __call__(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of each text."""
        return self._summed(texts) if self._word_by_word else self._counted(texts)

    def _counted(self, texts: Sequence[str]) -> list[int]:
        return [len(encoding.ids) for encoding in self._tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    def _summed(self, texts: Sequence[str]) -> list[int]:
        # Only the white space that the tokenizer recognizes whatever its settings.
        words = [text.replace("\n", " ").split(" ") for text in texts]
        known = self._known
        if len(known) > _CACHED:
            known.clear()
        # A copy of its own, since another thread may empty the cache meanwhile.
        counts = {word: known.get(word) for each in words for word in each}
        new = [word for word, count in counts.items() if count is None]
        learned = dict(zip(new, self._counted(new), strict=True))
        counts.update(learned)
        known.update((word, count) for word, count in learned.items() if len(word) <= _LONGEST_CACHED)
        return [sum(map(counts.__getitem__, each)) for each in words]  # type: ignore[arg-type]  # none is None any more
