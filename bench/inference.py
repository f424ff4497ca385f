"""Inference with vgg6-bn on 1 and on 64 images, against ONNX Runtime (the same network, exported) and PyTorch.

PyTorch's batch norms are folded into the convolutions (torch.fx fuse), or the module is frozen by TorchScript (`form=script`).
The guard consists of the scores.
"""

from typing import Any

import numpy as np

from bench.case import Case
from bench.side import TEAMS, options_of, side_name
from bench.worker import Timed

CASES = {"vgg6-bn @ 1": 1, "vgg6-bn @ 64": 64}


def cases(section: str = "inference") -> list[Case]:
    """Return the two cases."""
    torch = [
        side_name("torch", memory=memory, form=form, **team)
        for team in TEAMS
        for memory in ("nchw", "nhwc")
        for form in ("eager", "folded", "script")
    ]
    onnx = [side_name("onnxruntime", threads=threads) for threads in (2, 1)]
    goals = {"ONNX Runtime": 1.0, "PyTorch": 1.0}
    return [
        Case(section, name, goals, "native", {"ONNX Runtime": onnx, "PyTorch": torch}, compiled=("model",))
        for name in CASES
    ]


def network() -> Any:
    """Return the network with running statistics unlike those of a new network."""
    from pellucid.nets import build as named

    net = named("vgg6-bn", (3, 32, 32), 10)
    rng = np.random.default_rng(1)
    for name, array in net.state.items():
        array[...] = rng.uniform(0.5, 2, array.shape) if name.endswith("var") else rng.normal(0, 0.1, array.shape)
    return net


def images(case: str) -> np.ndarray:
    """Return the batch, NCHW."""
    return np.random.default_rng(0).standard_normal((CASES[case], 3, 32, 32)).astype(np.float32)


def build(case: str, side: str) -> Timed:
    """Return what a side's process runs."""
    x = images(case)
    predict = {"native": _native, "torch": _torch, "onnxruntime": _onnxruntime}[side.split(" ")[0]](x, side)
    scores = np.asarray(predict(), np.float64)
    return Timed({"predict": predict}, [float(value) for value in scores.reshape(-1)], 1e-3, warm_up=10)


def _native(x: np.ndarray, side: str) -> Any:
    from pellucid.plan import Plan

    plan = Plan.inference(network(), len(x))
    x = np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    return lambda: plan.predict(x)


def _onnxruntime(x: np.ndarray, side: str) -> Any:
    import onnxruntime

    from pellucid.interop.onnx import to_onnx

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(options_of(side)["threads"])
    model = to_onnx(network()).SerializeToString()
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda: session.run(None, {name: x})[0]


def _torch(x: np.ndarray, side: str) -> Any:
    import torch

    from bench.torch_network import from_program
    from bench.torch_sides import set_threads

    options = options_of(side)
    set_threads(options)
    net = network()
    module, inputs = from_program(net).eval(), torch.from_numpy(x)
    if options["memory"] == "nhwc":
        module = module.to(memory_format=torch.channels_last)
        inputs = inputs.contiguous(memory_format=torch.channels_last)
    torch.set_grad_enabled(False)
    if options["form"] == "folded":
        from torch.fx.experimental.optimization import fuse

        module = fuse(module)
    if options["form"] == "script":
        module = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(module, inputs)))
    if options.get("compile"):
        import torch._inductor.config as inductor

        inductor.freezing = True
        module = torch.compile(module)

    def predict() -> Any:
        with torch.inference_mode():
            return module(inputs).numpy()

    return predict
