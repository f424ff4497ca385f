"""Checks of a layer inside a network: plans, files, tables and drawings, other frameworks."""

import tempfile
from pathlib import Path

import numpy as np

from pellucid.nets import Network
from pellucid.plan import Plan
from pellucid.testing.subject import ROWS, Subject, difference

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
        compared = {name: (plan.grads[name], eager.grads[name]) for name in net.params}
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


CHECKS = (check_plan_of_training, check_plan_of_inference, check_save_and_load, check_tables_and_drawings)
