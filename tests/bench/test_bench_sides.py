"""The sides of a case compute the same losses, gradients and scores; a side that does not is detected."""

import numpy as np
import pytest
from bench.compare import agree
from bench.side import Side, SideError
from bench.torch_sides import training_step

from bench import convs, course, inference, onnx_inference, steps
from pellucid.kernels import native_build

needs_native = pytest.mark.skipif(not native_build().available, reason="no compiled module")
SMALL = [f"{step.name} @ 8" for step in steps.STEPS]


def same(ours, theirs):
    return agree(ours.guard, theirs.guard, max(ours.tolerance, theirs.tolerance))


@needs_native
def test_a_side_is_a_process_that_answers_with_times():
    side = Side("steps", "mlp 10-46-46-10", "native", start_seconds=120)
    try:
        assert side.guard[0] > side.guard[-1]  # it learns
        assert side.run(3)["step"] > 0
    finally:
        side.close()


def test_a_side_that_fails_says_why():
    with pytest.raises(SideError, match="StopIteration"):
        Side("steps", "no such case", "native", start_seconds=120)


@needs_native
def test_the_course_convolution_is_the_loops(monkeypatch):
    small = tuple(
        np.random.default_rng(0).standard_normal(s) for s in ((2, 3, 31, 31), (4, 3, 3, 3), (4,), (2, 4, 16, 16))
    )
    monkeypatch.setattr(course, "arrays_of", lambda dtype: small)
    pairs = zip(course.im2col(*small), course.loops(*small), strict=True)
    assert all(np.abs(a - b).max() < 1e-10 for a, b in pairs)
    assert course.elementwise_error() < 1e-9


@needs_native
@pytest.mark.parametrize("case", [shape.name for shape in convs.SHAPES[:2]])
def test_planned_and_eager_convolutions_are_the_same(case):
    assert same(convs.build(case, "native"), convs.build(case, "eager"))


@pytest.mark.peers
@pytest.mark.parametrize("case", SMALL)
@pytest.mark.parametrize("memory", ["nchw", "nhwc"])
def test_torch_makes_the_same_step(case, memory):
    ours = steps.build(case, "native")
    assert same(ours, steps.build(case, f"torch memory={memory} adam=fused threads=1"))


@pytest.mark.peers
@pytest.mark.parametrize("case", SMALL)
def test_other_first_weights_are_noticed(case):
    from bench.torch_network import from_program

    step, side = steps.step_of(case), "torch memory=nchw adam=fused threads=1"
    module = from_program(steps.network(step))
    for parameter in module.parameters():
        parameter.data.mul_(1.05)
    losses = [training_step(module, *steps.batch_of(step), side, rate=steps.RATE)() for _ in range(4)]
    ours = steps.build(case, "native")
    assert not agree(ours.guard[:1] * len(losses), losses, ours.tolerance)


@pytest.mark.peers
def test_torch_computes_the_same_convolution():
    case = convs.SHAPES[0].name
    assert same(convs.build(case, "native"), convs.build(case, "torch memory=nhwc threads=1"))


@pytest.mark.peers
@pytest.mark.parametrize("form", ["eager", "folded", "script"])
def test_torch_infers_the_same_scores(form):
    case = "vgg6-bn @ 1"
    assert same(inference.build(case, "native"), inference.build(case, f"torch memory=nhwc form={form} threads=1"))


@pytest.mark.interop
def test_onnx_runtime_infers_the_same_scores():
    case = "vgg6-bn @ 1"
    assert same(inference.build(case, "native"), inference.build(case, "onnxruntime threads=1"))


@pytest.mark.interop
@pytest.mark.parametrize("file", onnx_inference.FILES)
def test_what_was_read_infers_the_same_scores(file):
    case = f"{file} @ 1, 1 thread"
    assert same(onnx_inference.build(case, "native threads=1"), onnx_inference.build(case, "onnxruntime threads=1"))
