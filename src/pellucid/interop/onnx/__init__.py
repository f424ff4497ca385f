"""ONNX: networks to files that any runtime reads, and classifiers from files made of the layers there are.

    save(net, "model.onnx", classes=("cat", "dog"))          model = load("model.onnx"); model.net.predict(model.prepared(x))

`export_onnx` writes a trained model (`pellucid.load`) with what it knows about itself. What each layer is in ONNX stands in its
bridge (`interop/bridges/`). Needs the extra [onnx].
"""

from pellucid.interop import MissingPackage

try:
    import onnx as _onnx  # noqa: F401 (only to say what to install)
except ModuleNotFoundError as error:
    if error.name != "onnx":
        raise
    raise MissingPackage("pellucid.interop.onnx", "onnx", "onnx") from None

from pellucid.interop.onnx.reading import LoadedModel, load
from pellucid.interop.onnx.writing import OPSET, export_onnx, save, to_onnx

__all__ = ["OPSET", "LoadedModel", "export_onnx", "load", "save", "to_onnx"]
