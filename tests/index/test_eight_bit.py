"""Weights in 8 bits: near what they were, and only where the processor gains by it."""

from pathlib import Path

import numpy as np
import pytest

from index.encoder.eight_bit import narrowed, pays
from index.encoder.runtime import openvino as ov


@pytest.mark.parametrize(
    ("flags", "gains"),
    [
        ("fpu avx2 avx512f avx512_vnni", True),
        ("fpu avx2 avx_vnni", True),
        ("fpu avx2 avx512f", False),
        ("fpu avx2 avx512f avx512_vnni amx_bf16 amx_tile amx_int8", False),
        ("fpu not_avx512_vnni avx512_vnni2", False),
        ("", False),
    ],
)
def test_it_pays_where_the_processor_adds_up_products_of_bytes(tmp_path: Path, flags: str, gains: bool) -> None:
    told = tmp_path / "cpuinfo"
    told.write_text(f"processor\t: 0\nmodel name\t: One\nflags\t\t: {flags}\nbugs\t\t: avx512_vnni\n")
    assert pays(told) is gains


def test_a_machine_that_says_nothing_of_its_processor_goes_on_as_before(tmp_path: Path) -> None:
    assert pays(tmp_path / "nothing") is False
    (tmp_path / "arm").write_text("Features\t: fp asimd\n")
    assert pays(tmp_path / "arm") is False


def _layer(folder: Path, weights: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> Path:
    """A graph that multiplies by these weights, of shape (outputs, inputs), and nothing else."""
    op = ov.opset13
    given = op.parameter([-1, weights.shape[1]], np.float32, name="given")
    model = ov.Model([op.matmul(given, op.constant(weights), False, True)], [given])
    ov.save_model(model, str(folder / "graph.xml"), compress_to_fp16=False)
    return folder / "graph.xml"


def _weights_of(graph: Path) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """What a narrowed layer multiplies by: its answer to each single input, in full precision."""
    compiled = ov.Core().compile_model(narrowed(graph), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    size = compiled.inputs[0].get_partial_shape()[1].get_length()
    answer: np.ndarray[tuple[int, int], np.dtype[np.float32]] = compiled(np.eye(size, dtype=np.float32))[0].T
    return answer


def test_every_weight_stays_within_half_a_level_of_what_it_was(tmp_path: Path) -> None:
    chance = np.random.default_rng(7)
    weights = chance.normal(0.3, 1.0, (128, 64)).astype(np.float32)
    weights[0] = 0  # of an output that nothing goes into
    weights[1] = 2.5  # all alike
    found = _weights_of(_layer(tmp_path, weights))
    low, high = np.minimum(weights.min(axis=1), 0), np.maximum(weights.max(axis=1), 0)
    level = ((high - low) / 255)[:, np.newaxis]
    # Half a level for the weight, and half for the zero point, which is a whole level too.
    assert (np.abs(found - weights) <= level + 1e-5).all()
    assert np.abs(found - weights).max() > 1e-4  # it was rounded at all


def test_layers_that_give_as_much_as_they_take_are_left_alone(tmp_path: Path) -> None:
    weights = np.random.default_rng(7).normal(size=(64, 64)).astype(np.float32)
    assert _weights_of(_layer(tmp_path, weights)) == pytest.approx(weights, abs=1e-6)


def test_two_thirds_of_the_default_models_weights_are_in_bytes(model_folder: Path) -> None:
    constants = [node for node in narrowed(model_folder / "graph.xml").get_ops() if node.get_type_name() == "Constant"]
    bytes_ = [c for c in constants if c.get_element_type() == ov.Type.u8 and len(c.get_output_shape(0)) == 2]
    sizes = sorted(np.prod(list(c.get_output_shape(0))) for c in bytes_)
    # Six layers, each with one matrix up from 384 to 1,536 and one down; and a zero point for each output.
    assert sizes[-12:] == [384 * 1536] * 12
    assert sizes[:-12] == [384] * 6 + [1536] * 6
