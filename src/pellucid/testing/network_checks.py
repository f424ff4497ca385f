"""Checks of a layer inside a network: plans, files, tables and drawings, other frameworks."""

import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.interop.bridges import Bridge, NoCounterpart, OnnxGraph, bridge_for, placed_layers
from pellucid.nets import Network
from pellucid.plan import Plan
from pellucid.testing.subject import ROWS, Skipped, Subject, difference

__all__ = ["CHECKS"]

LABELS = np.arange(ROWS) % 2


def check_plan_of_training(subject: Subject) -> None:
    """A plan computes the loss, the gradients and the running statistics that the eager pass computes."""
    for dtype, tolerance in ((np.float32, 1e-4), (np.float64, 1e-9)):
        net, x = subject.network(dtype), subject.x.astype(dtype)
        eager = net.training_pass(x, LABELS, step=5)
        plan = Plan.training(net, ROWS, input_gradient=True)
        loss = plan.loss(x, LABELS, step=5)
        if abs(loss - eager.loss) > tolerance * max(1.0, abs(eager.loss)):
            raise subject.broken(f"a plan's loss is {loss:.6g}, the eager loss {eager.loss:.6g} ({np.dtype(dtype)})")
        compared: dict[str, Any] = {name: (plan.grads[name], eager.grads[name]) for name in net.params}
        compared["x"] = (plan.input_gradient(ROWS), eager.dx)
        for name, (found, expected) in compared.items():
            if difference(found, expected) > tolerance:
                raise subject.broken(f"a plan's gradient of {name} differs from the eager one ({np.dtype(dtype)})")
        plan.move_running_statistics()
        for name, expected in eager.state.items():
            if difference(net.state[name], expected) > tolerance:
                raise subject.broken(f"a plan moves {name} to other values than the eager pass ({np.dtype(dtype)})")


def check_plan_of_inference(subject: Subject) -> None:
    """A plan of inference gives the scores that `Network.predict` gives."""
    net, x = subject.network(), subject.x.astype(np.float32)
    if difference(Plan.inference(net, ROWS).predict(x), net.predict(x)) > 1e-4:
        raise subject.broken("a plan's scores at inference differ from Network.predict's")


def check_save_and_load(subject: Subject) -> None:
    """A saved network is loaded by the names of its layers, and predicts the same."""
    net, x = subject.network(), subject.x.astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "net.safetensors"
        net.save(path)
        loaded = Network.load(path)
    if loaded.layers[0] != subject.description:
        raise subject.broken(
            f"it is loaded as {loaded.layers[0]!r}: its settings must be numbers, texts, tuples or None"
        )
    if not np.array_equal(loaded.predict(x), net.predict(x)):
        raise subject.broken("the network predicts something else after it was saved and loaded")


def check_tables_and_drawings(subject: Subject) -> None:
    """`describe` and the drawing of a plan show the layer by name."""
    net = subject.network()
    name = net.program.operations[0].name
    plan = Plan.training(net, ROWS)
    shown = {"Network.describe": net.describe()}
    if not subject.layer.reshapes:  # which takes no step of its own
        shown |= {"Plan.describe": plan.describe(), "Plan.svg": plan.svg()}
    for where, text in shown.items():
        if name not in text:
            raise subject.broken(f"{where} does not show {name}")


def check_torch(subject: Subject) -> None:
    """The module that the layer's bridge makes computes what `Network.predict` does, and is read back as the same layer."""
    bridge = _bridge(subject, "torch", "PyTorch")
    if isinstance(bridge.to_torch, NoCounterpart):
        raise Skipped(f"PyTorch has no counterpart: {bridge.to_torch.reason}")
    import torch

    from pellucid.interop.torch import from_torch, to_torch

    net, x = subject.network(), subject.x.astype(np.float32)
    _, placed = next(placed_layers("check_layer", net))
    if not isinstance(made := bridge.to_torch(placed), torch.nn.Module):
        raise subject.broken(f"its bridge's to_torch must return a torch.nn.Module; it returned {type(made).__name__}")
    module = to_torch(net)
    with torch.no_grad():
        scores = module(torch.from_numpy(x)).numpy()
    if difference(scores, net.predict(x)) > 1e-4:
        raise subject.broken("its PyTorch module computes something else")
    if not isinstance(bridge.from_torch, NoCounterpart):
        again = from_torch(torch.nn.Sequential(*module.children()), subject.shape)
        if difference(again.predict(x), net.predict(x)) > 1e-4:
            raise subject.broken("the network read back from PyTorch predicts something else")


def check_onnx(subject: Subject) -> None:
    """The ONNX nodes that the layer's bridge writes compute what `Network.predict` does."""
    bridge = _bridge(subject, "onnxruntime", "onnxruntime")
    if isinstance(bridge.to_onnx, NoCounterpart):
        raise Skipped(f"ONNX has no counterpart: {bridge.to_onnx.reason}")
    import onnxruntime

    from pellucid.interop.onnx import load, to_onnx

    net, x = subject.network(), subject.x.astype(np.float32)
    _, placed = next(placed_layers("check_layer", net))
    if not isinstance(output := bridge.to_onnx(OnnxGraph(), placed, ["x"]), str):
        raise subject.broken(
            f"its bridge's to_onnx must return the name of its last node's output, as graph.node does; it is {output!r}"
        )
    model = to_onnx(net)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    if difference(session.run(None, {session.get_inputs()[0].name: x})[0], net.predict(x)) > 1e-4:
        raise subject.broken("its ONNX nodes compute something else")
    if (
        not isinstance(bridge.from_onnx, NoCounterpart)
        and difference(load(model).net.predict(x), net.predict(x)) > 1e-4
    ):
        raise subject.broken("the network read back from ONNX predicts something else")


def _bridge(subject: Subject, package: str, title: str) -> Bridge:
    """Return the layer's bridge; skip the check where the layer has none, or the package is missing."""
    bridge = bridge_for(subject.layer.name, type(subject.description))
    if bridge is None:
        raise Skipped("the layer has no bridge: pellucid.interop.bridges.register_bridge gives it one")
    if find_spec(package) is None:
        raise Skipped(f"{title} is not installed")
    return bridge


CHECKS = (
    check_plan_of_training,
    check_plan_of_inference,
    check_save_and_load,
    check_tables_and_drawings,
    check_torch,
    check_onnx,
)
