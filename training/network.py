"""The reader in training: BERT's layers with two heads, in torch."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import BertModel

from index.encoder.model import DEFAULT_MODEL, locate

_EMBEDDINGS: Final = "bert.embeddings."


class Network(nn.Module):
    """A network with logits for each window (does it answer?) and each wordpiece (does the answer start or end there?).

    It begins with the weights of the default model, whose embeddings stay as they are: only the layers are stored.
    """

    def __init__(self, layers: int = 6) -> None:
        super().__init__()
        # No dropout: measured on one thread, a step takes 1.15 to 1.28 times as long with it.
        plain: dict[str, Any] = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
        self.bert = BertModel.from_pretrained(
            locate(DEFAULT_MODEL),
            add_pooling_layer=False,
            attn_implementation="eager",
            num_hidden_layers=layers,
            **plain,
        )
        self.bert.embeddings.requires_grad_(False)
        width = self.bert.config.hidden_size
        self.rank, self.span = nn.Linear(width, 1), nn.Linear(width, 2)

    def forward(self, ids: Tensor, mask: Tensor, types: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits, float32 of shapes (windows,) and (windows, wordpieces, 2).

        Parameters:
            ids, mask, types: int64 of shape (windows, wordpieces).
        """
        hidden = self.bert(input_ids=ids, attention_mask=mask, token_type_ids=types).last_hidden_state
        return self.rank(hidden[:, 0]).squeeze(-1).float(), self.span(hidden).float()

    def learned(self) -> list[nn.Parameter]:
        """Return the weights of the layers; see `heads`."""
        return [weight for weight in self.bert.parameters() if weight.requires_grad]

    def heads(self) -> list[nn.Parameter]:
        """Return the weights of both heads."""
        return [*self.rank.parameters(), *self.span.parameters()]

    def load(self, file: Path) -> None:
        """Load weights that `save` wrote, whatever they were trained on since."""
        missing, unknown = self.load_state_dict(
            {name: weight.float() for name, weight in load_file(file).items()}, strict=False
        )
        strange = [*unknown, *(name for name in missing if not name.startswith(_EMBEDDINGS))]
        if strange:
            raise ValueError(f"{file} does not hold the weights of this network: {strange[0]}")

    def save(self, file: Path) -> None:
        """Write everything but the embeddings, in 16 bits."""
        weights = {
            name: weight.half().contiguous()
            for name, weight in self.state_dict().items()
            if not name.startswith(_EMBEDDINGS)
        }
        _write(weights, file)


def mean(files: Sequence[Path], out: Path) -> None:
    """Write the mean of weights that `Network.save` wrote, of runs that went on one from another.

    It reads better than the last of them does (Wortsman et al. 2022, model soups).
    """
    states = [load_file(file) for file in files]
    stacked = {name: torch.stack([state[name].float() for state in states]) for name in states[0]}
    _write({name: values.mean(0).half().contiguous() for name, values in stacked.items()}, out)


def _write(weights: dict[str, Tensor], file: Path) -> None:
    scratch = file.with_suffix(".tmp")
    save_file(weights, scratch)
    scratch.replace(file)
