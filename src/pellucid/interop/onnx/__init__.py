"""ONNX: networks to files that any runtime reads, and classifiers from files made of the layers there are.

    save(net, "model.onnx", classes=("cat", "dog"))          model = load("model.onnx"); model.net.predict(model.prepared(x))

`export_run` writes a run's best network with what the run knows about it. Needs the extra [onnx].
"""

from pellucid.interop.onnx.reading import LoadedModel, load
from pellucid.interop.onnx.writing import OPSET, export_run, save, to_onnx

__all__ = ["OPSET", "LoadedModel", "export_run", "load", "save", "to_onnx"]
