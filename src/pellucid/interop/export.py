"""A run's best network as a file for other programs; the ending of the file's name says which."""

from pathlib import Path

from pellucid.interop import InteropError

__all__ = ["export_file"]


def export_file(folder: Path, out: Path, *, preprocessing: bool = True) -> str:
    """Write MODEL.onnx or MODEL.safetensors; return a line that says what was written."""
    if out.suffix == ".safetensors":
        from pellucid.interop.state_dict import save_safetensors
        from pellucid.train.run import load_model

        save_safetensors(load_model(folder).net, out)
        return f"{out}: PyTorch's names and layout; inputs must be standardized"
    if out.suffix != ".onnx":
        raise InteropError(f"export: FILE must end in .onnx or .safetensors; got {out}")
    from pellucid.interop.onnx import OPSET, export_run

    export_run(folder, out, preprocessing=preprocessing)
    takes = "pixel values as they are" if preprocessing else "standardized inputs"
    return f"{out}: ONNX opset {OPSET}, any batch size; takes {takes}"
