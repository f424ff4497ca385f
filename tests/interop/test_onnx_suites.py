"""The suites that come with the package onnx: what PyTorch's first exporters wrote, with inputs and outputs.

Every file is read, and gives the file's outputs, or it is refused by the words below. What is read stays read.
"""

import warnings
from pathlib import Path

import numpy as np
import pytest

from pellucid.interop import InteropError

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
from pellucid.interop.onnx import load  # noqa: E402 (after the skip)

pytestmark = pytest.mark.interop

LEAST = 86  # files that are read
ONE_AXIS = "has one axis"
VOLUMES = "only convolutions of images"
REFUSED = {
    "Conv3d": VOLUMES,
    "Conv3d_dilated": VOLUMES,
    "Conv3d_dilated_strided": VOLUMES,
    "Conv3d_groups": VOLUMES,
    "Conv3d_no_bias": VOLUMES,
    "Conv3d_stride": VOLUMES,
    "Conv3d_stride_padding": VOLUMES,
    "Embedding": "it chooses by a value, or among samples",
    "Embedding_sparse": "it chooses by a value, or among samples",
    "MaxPool1d_stride_padding_dilation": "dilations must be",
    "MaxPool2d_stride_padding_dilation": "dilations must be",
    "PoissonNLLLLoss_no_reduce": "operator Exp",
    "Softsign": "a division by a value",
    "operator_add_broadcast": ONE_AXIS,
    "operator_add_size1_right_broadcast": ONE_AXIS,
    "operator_add_size1_singleton_broadcast": "as many samples; the file fixes them as '0' 2, '1' 1",
    "operator_addmm": ONE_AXIS,
    "operator_basic": ONE_AXIS,
    "operator_chunk": ONE_AXIS,
    "operator_exp": "operator Exp",
    "operator_max": "the larger or the smaller of two values",
    "operator_min": "the larger or the smaller of two values",
    "operator_mm": "as many samples",
    "operator_non_float_params": "does not belong to samples of shape (2,)",
    "operator_params": "does not belong to samples of shape (2,)",
    "operator_pow": "a power other than the square",
    "operator_repeat": "operator Tile",
    "operator_repeat_dim_overflow": "operator Tile",
    "operator_sqrt": "operator Sqrt",
    "operator_symbolic_override_nested": ONE_AXIS,
    "operator_view": ONE_AXIS,
}


def cases():
    """(name, folder) of every file."""
    from onnx.backend.test.loader import load_model_tests

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = [case for kind in ("pytorch-converted", "pytorch-operator") for case in load_model_tests(kind=kind)]
    return [(case.name.removeprefix("test_"), Path(case.model_dir)) for case in found]


def arrays(folder, what):
    """The inputs or outputs that come with a file."""
    files = sorted((folder / "test_data_set_0").glob(f"{what}_*.pb"), key=lambda file: int(file.stem.split("_")[1]))
    return [onnx.numpy_helper.to_array(onnx.TensorProto.FromString(file.read_bytes())) for file in files]


def outcome(folder):
    """'read' where the network gives the file's outputs, else the words of the refusal. Other outputs fail."""
    try:
        loaded = load(folder / "model.onnx")
    except InteropError as refused:
        return str(refused)
    inputs = arrays(folder, "input")
    found = loaded.results(inputs[0] if len(inputs) == 1 else tuple(inputs))
    for ours, theirs in zip(found.values(), arrays(folder, "output"), strict=True):
        largest = np.abs(theirs).max(initial=0)
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-5 * largest, err_msg=folder.name)
    return "read"


def test_every_file_is_read_or_refused_in_words(capsys):
    table = {name: outcome(folder) for name, folder in cases()}
    read = {name for name, words in table.items() if words == "read"}
    with capsys.disabled():
        print(f"\nPyTorch's suites in the package onnx: {len(read)} of {len(table)} files are read; the others:")
        for name in sorted(table.keys() - read):
            print(f"  {name:<45} {table[name][:150]}")
    assert len(read) >= LEAST
    assert not read & REFUSED.keys(), "read now; raise LEAST, and take them from the list"
    unexpected = {name: table[name] for name in table.keys() - read if REFUSED.get(name, "?") not in table[name]}
    assert not unexpected
    assert not any("\n" in words for words in table.values())
