"""A trained model as a file for other programs; the ending of the file's name says which."""

from pathlib import Path

import msgspec

from pellucid.data import Pipeline
from pellucid.data.targets import Numbers
from pellucid.files import read_plain
from pellucid.interop import InteropError
from pellucid.train.model import Model, load

__all__ = ["export_file", "export_model"]


def export_file(folder: Path, out: Path, *, preprocessing: bool = True) -> str:
    """Write a run's best network to MODEL.onnx, MODEL.keras or MODEL.safetensors; return a line that says what was written."""
    accuracy = _test_accuracy(folder / "summary.json")
    return export_model(load(folder), out, preprocessing=preprocessing, test_accuracy=accuracy)


class _Summary(msgspec.Struct):
    test_accuracy: float | None


def _test_accuracy(summary: Path) -> float | None:
    """Return what a run's summary says of its test accuracy; None where the file is missing or damaged."""
    try:
        return msgspec.json.decode(read_plain(summary, limit=2**20), type=_Summary).test_accuracy
    except (OSError, msgspec.DecodeError):
        return None


def export_model(model: Model, out: Path, *, preprocessing: bool = True, test_accuracy: float | None = None) -> str:
    """Write MODEL.onnx, MODEL.keras or MODEL.safetensors; return a line that says what was written."""
    if out.suffix == ".safetensors":
        from pellucid.interop.state_dict import save_safetensors

        save_safetensors(model.net, out)
        return f"{out}: PyTorch's names and layout; inputs must be standardized"
    raw = "pixel values as they are" if model.origin.pixels else "inputs as they are"
    takes = raw if preprocessing else "standardized inputs"
    if out.suffix == ".keras":
        _export_keras(model, out, preprocessing=preprocessing)
        return f"{out}: a model of Keras, images (N, H, W, C); takes {takes}"
    if out.suffix != ".onnx":
        raise InteropError(f"export: FILE must end in .onnx, .keras or .safetensors; got {out}")
    from pellucid.interop.onnx import OPSET, export_onnx

    export_onnx(model, out, preprocessing=preprocessing, test_accuracy=test_accuracy)
    return f"{out}: ONNX opset {OPSET}, any batch size; takes {takes}"


def _export_keras(model: Model, out: Path, *, preprocessing: bool) -> None:
    from pellucid.interop.keras import save

    preparation = model.preparation
    if preprocessing and not isinstance(preparation, Pipeline | None):
        raise InteropError(
            "export: the preparation of a table's columns has no counterpart in Keras; export with preprocessing=False "
            "(--no-preprocessing), and prepare the rows with model.preparation.prepare"
        )
    standardization = preparation.standardization if preprocessing and isinstance(preparation, Pipeline) else None
    save(model.net, out, standardization, model.target if isinstance(model.target, Numbers) else None)
