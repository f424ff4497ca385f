"""Inference on what was read from ONNX files, against ONNX Runtime on the same files, on one and on two threads.

The files are those of named models, of depthwise blocks, and of a network that another framework wrote with channels last.
Each side reads the bytes; the guard consists of the scores, which must agree to 1e-5 of the largest.
"""

from typing import Any

import numpy as np

from bench.case import Case
from bench.side import options_of, side_name
from bench.worker import Timed

FILES = ("vgg6-bn", "resnet9", "depthwise blocks", "channels last")
BATCHES = (1, 32)
THREADS = (1, 2)
CASES = {
    f"{file} @ {batch}, {threads} thread{'s' * (threads > 1)}": (file, batch, threads)
    for file in FILES
    for batch in BATCHES
    for threads in THREADS
}
SIZE, CLASSES = 32, 10  # of images and scores
TOLERANCE = 1e-5


def cases() -> list[Case]:
    """Return one case for each file, batch and number of threads."""
    made = []
    for name, (_, _, threads) in CASES.items():
        ours, peer = (side_name(side, threads=threads) for side in ("native", "onnxruntime"))
        made.append(Case("onnx", name, {"ONNX Runtime": 1.0}, ours, {"ONNX Runtime": [peer]}))
    return made


def content(file: str) -> bytes:
    """Return a file's bytes, the same for every side."""
    from pellucid.interop.onnx import to_onnx

    made = _channels_last() if file == "channels last" else to_onnx(_network(file))
    return bytes(made.SerializeToString())


def build(case: str, side: str) -> Timed:
    """Return what a side's process runs."""
    file, batch, _ = CASES[case]
    shape = (batch, SIZE, SIZE, 3) if file == "channels last" else (batch, 3, SIZE, SIZE)
    x = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    predict = (_native if side.startswith("native") else _onnxruntime)(content(file), x, side)
    scores = np.asarray(predict(), np.float64)
    return Timed({"predict": predict}, [float(value) for value in scores.reshape(-1)], TOLERANCE, warm_up=10)


def _network(file: str) -> Any:
    """Return a network whose running statistics are unlike those of a new one."""
    from pellucid import nets

    if file == "depthwise blocks":
        layers: list[Any] = [nets.Conv(16, 3, 2, "same"), nets.BatchNorm(), nets.HardSwish()]
        for channels in (24, 32, 48):
            layers += [nets.Conv(72, 1), nets.BatchNorm(), nets.ReLU6()]
            layers += [nets.Conv(72, 3, pad=1, groups=72), nets.BatchNorm(), nets.ReLU6()]
            layers += [nets.Conv(channels, 1), nets.BatchNorm()]
        net = nets.Network([*layers, nets.GlobalAvgPool(), nets.Affine(CLASSES)], (3, SIZE, SIZE))
    else:
        net = nets.build(file, (3, SIZE, SIZE), CLASSES)
    rng = np.random.default_rng(1)
    for name, array in net.state.items():
        array[...] = rng.uniform(0.5, 2, array.shape) if name.endswith("var") else rng.normal(0, 0.1, array.shape)
    return net


def _channels_last() -> Any:
    """Return a model as converters from frameworks with channels last write it: each convolution between turned axes."""
    import onnx
    from onnx import helper, numpy_helper

    rng, nodes, constants, last = np.random.default_rng(2), [], {}, "x"
    for number, (before, after) in enumerate(((3, 16), (16, 32), (32, 64))):
        kernel = rng.standard_normal((after, before, 3, 3)) * np.sqrt(2 / (9 * before))
        constants |= {f"k{number}": kernel, f"b{number}": rng.standard_normal(after) * 0.1}
        names = [last, *(f"{kind}{number}" for kind in ("first", "conv", "last", "sum", "relu"))]
        settings = {"strides": [2, 2], "auto_pad": "SAME_UPPER"}
        nodes += [
            helper.make_node("Transpose", names[0:1], names[1:2], perm=[0, 3, 1, 2]),
            helper.make_node("Conv", [names[1], f"k{number}"], names[2:3], **settings),
            helper.make_node("Transpose", names[2:3], names[3:4], perm=[0, 2, 3, 1]),
            helper.make_node("Add", [names[3], f"b{number}"], names[4:5]),
            helper.make_node("Relu", names[4:5], names[5:6]),
        ]
        last = names[-1]
    constants["w"] = rng.standard_normal((64, CLASSES)) * 0.1
    nodes += [
        helper.make_node("ReduceMean", [last], ["mean"], axes=[1, 2], keepdims=0),
        helper.make_node("MatMul", ["mean", "w"], ["y"]),
    ]
    kind = onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        "channels_last",
        [helper.make_tensor_value_info("x", kind, ["N", SIZE, SIZE, 3])],
        [helper.make_tensor_value_info("y", kind, ["N", CLASSES])],
        [numpy_helper.from_array(array.astype(np.float32), name) for name, array in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def _native(file: bytes, x: np.ndarray, side: str) -> Any:
    import onnx

    from pellucid.interop.onnx import load
    from pellucid.plan import Plan

    loaded = load(onnx.load_from_string(file))
    plan = Plan.inference(loaded.net, len(x))
    x = loaded.prepared(x)
    if not loaded.order:  # channels last in memory, as the kernels read them
        x = np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    return lambda: plan.predict(x)


def _onnxruntime(file: bytes, x: np.ndarray, side: str) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(options_of(side)["threads"])
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda: session.run(None, {name: x})[0]
