"""A trained model as a file for other programs; the ending of the file's name says which."""

import json
from pathlib import Path

from pellucid.interop import InteropError
from pellucid.train.model import Model, load

__all__ = ["export_file", "export_model"]


def export_file(folder: Path, out: Path, *, preprocessing: bool = True) -> str:
    """Write a run's best network to MODEL.onnx or MODEL.safetensors; return a line that says what was written."""
    summary = folder / "summary.json"
    accuracy = json.loads(summary.read_text())["test_accuracy"] if summary.exists() else None
    return export_model(load(folder), out, preprocessing=preprocessing, test_accuracy=accuracy)


def export_model(model: Model, out: Path, *, preprocessing: bool = True, test_accuracy: float | None = None) -> str:
    """Write MODEL.onnx or MODEL.safetensors; return a line that says what was written."""
    if out.suffix == ".safetensors":
        from pellucid.interop.state_dict import save_safetensors

        save_safetensors(model.net, out)
        return f"{out}: PyTorch's names and layout; inputs must be standardized"
    if out.suffix != ".onnx":
        raise InteropError(f"export: FILE must end in .onnx or .safetensors; got {out}")
    from pellucid.interop.onnx import OPSET, export_onnx

    export_onnx(model, out, preprocessing=preprocessing, test_accuracy=test_accuracy)
    takes = "pixel values as they are" if preprocessing else "standardized inputs"
    return f"{out}: ONNX opset {OPSET}, any batch size; takes {takes}"
