"""A plan computes what the reference computes, in memory that is shared over time."""

import copy
import math
import pickle
import re
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from tests.plan.networks import NETWORKS, batch, with_every_light_layer

from pellucid.kernels import NATIVE, NATIVE_RULES, native_build
from pellucid.kernels.declaration import PLANNED
from pellucid.layers import REFERENCE, Pair
from pellucid.nets import (
    Affine,
    BatchNorm,
    Conv,
    Flatten,
    Function,
    GroupNorm,
    LayerNorm,
    MaxPool,
    Network,
    ReLU,
    build,
)
from pellucid.optim import OPTIMIZERS, Adam
from pellucid.plan import Plan, PlanTooLargeError, Step, design, recompute
from pellucid.plan.update import bound_update
from pellucid.shapes import ShapeError

TABLES = [REFERENCE, NATIVE] if native_build().available else [REFERENCE]
needs_native = pytest.mark.skipif(not native_build().available, reason="the compiled module is not built")


def close(found, expected, scale=0.0):
    largest = max(scale, float(np.abs(expected).max(initial=0)), 1e-300)
    assert found.shape == expected.shape
    assert float(np.abs(found - expected).max(initial=0)) <= 1e-11 * largest


def assert_same_as_reference(plan, x, y, **settings):
    """Loss, scores, every gradient and the running statistics; a layer's gradients are measured against its largest."""
    net = plan.net
    expected = net.training_pass(x, y, step=3, **settings)
    loss = plan.loss(x, y, step=3, **settings)
    assert loss == pytest.approx(expected.loss, rel=1e-12)
    close(plan.scores(len(x)), expected.scores)
    close(plan.input_gradient(len(x)), expected.dx)
    scale = max((float(np.abs(g).max()) for g in expected.grads.values()), default=0)
    for name, gradient in expected.grads.items():
        close(plan.grads[name], gradient, scale)
    return expected


def kinds_of_steps(kind):
    """Return the kinds below one that have none below themselves."""
    below = kind.__subclasses__()
    return {kind}.union(*map(kinds_of_steps, below)) - ({kind} if below else set())


@needs_native
def test_the_networks_have_every_kind_of_step(monkeypatch):
    monkeypatch.setattr(recompute, "MINIMUM_BYTES", 0)
    monkeypatch.setattr(design, "RECOMPUTE_BELOW", math.inf)
    plans = [Plan.training(make(), 4, layers=table) for make in NETWORKS.values() for table in TABLES]
    assert {type(step) for plan in plans for step in plan.steps} == kinds_of_steps(Step)


@pytest.mark.parametrize("layers", TABLES, ids=lambda table: table.name)
@pytest.mark.parametrize("name", NETWORKS)
def test_no_rows_have_no_scores_and_no_loss(name, layers):
    net = NETWORKS[name]()
    x = np.zeros((0, *net.input_shape), net.dtype)
    nothing = (0, *net.output_shape)
    assert net.predict(x, layers=layers).shape == Plan.inference(net, 5, layers=layers).predict(x).shape == nothing
    y = np.zeros(0, np.int64)
    with pytest.raises(ShapeError, match=r"must hold at least one|is empty|got \(0,"):
        net.loss(x, y, layers=layers)
    with pytest.raises(ShapeError, match="a batch must hold 1 to 5 rows; got 0"):
        Plan.training(net, 5, layers=layers).loss(x, y)


@pytest.mark.parametrize("layers", TABLES, ids=lambda table: table.name)
@pytest.mark.parametrize("name", NETWORKS)
def test_a_training_plan_is_the_reference(name, layers):
    net = NETWORKS[name]()
    plan = Plan.training(net, 5, layers=layers, input_gradient=True)
    for n, seed in ((5, 0), (5, 1), (1, 2), (3, 3), (5, 4)):  # smaller batches and single rows in the same buffers
        if n == 1 and any(o.kind == "batchnorm" for o in net.program.operations):
            n = 2  # of one row a batch norm is a constant, and its gradients are rounding
        x, y = batch(net, n, seed)
        expected = assert_same_as_reference(plan, x, y)
        before = {name: array.copy() for name, array in net.state.items()}
        plan.move_running_statistics()
        for name_, array in expected.state.items():
            close(net.state[name_], array)
            assert not np.array_equal(before[name_], net.state[name_])


@pytest.mark.parametrize("layers", TABLES, ids=lambda table: table.name)
@pytest.mark.parametrize("name", NETWORKS)
def test_an_inference_plan_is_the_reference(name, layers):
    net = NETWORKS[name]()
    for array in net.state.values():
        array[...] = np.random.default_rng(0).uniform(0.5, 2, array.shape)
    plan = Plan.inference(net, 4, layers=layers)
    for n in (4, 1, 9, 0):
        x, _ = batch(net, n, n)
        close(plan.predict(x), net.predict(x))


@pytest.mark.parametrize("name", NETWORKS)
def test_nothing_is_read_before_it_is_written(name):
    net = NETWORKS[name]()
    x, y = batch(net, 4)
    plan = Plan.training(net, 4, input_gradient=True)
    for _ in range(2):
        plan.bound.binding.grads.flat[...] = np.nan
        plan.bound.binding.batch_state.flat[...] = np.nan
        for buffer in plan.design.arena.buffers:
            array = plan.bound.binding.array(buffer)
            array[...] = 255 if array.dtype == np.uint8 else np.nan
        assert_same_as_reference(plan, x, y)


@pytest.mark.parametrize("loss", ["softmax", "svm", "mse"])
@pytest.mark.parametrize("layers", TABLES, ids=lambda table: table.name)
def test_losses_and_weights(loss, layers):
    net = NETWORKS["mlp"]()
    x, y = batch(net, 6)
    plan = Plan.training(net, 6, layers=layers, loss=loss, input_gradient=True)
    for weights in (None, np.array([1.0, 2, 0, 1, 0.5, 3]), None):
        expected = net.training_pass(x, y, loss=loss, weights=weights)
        assert plan.loss(x, y, weights=weights) == pytest.approx(expected.loss, rel=1e-12)
        close(plan.grads["affine1.weight"], expected.grads["affine1.weight"])
    smoothed = Plan.training(net, 6, layers=layers, label_smoothing=0.2)
    assert smoothed.loss(x, y) == pytest.approx(net.training_pass(x, y, label_smoothing=0.2).loss, rel=1e-12)


@needs_native
def test_a_step_allocates_nothing():
    net = build("vgg6-bn", (3, 32, 32), 10)
    x, y = batch(net, 8)
    plan = Plan.training(net, 8)
    plan.loss(x, y)
    tracemalloc.start()
    try:
        plan.loss(x, y)
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        plan.loss(x, y)
        grown = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert grown < 10_000, grown  # one activation of this network holds over a million bytes


@needs_native
@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if name != "muon"])  # Muon's products are NumPy's
def test_a_step_of_light_layers_is_bare_calls_and_allocates_nothing(name):
    net = with_every_light_layer()
    plan = Plan.training(net, 32)
    assert all(step.native for step in plan.steps)
    assert [step.name for step in plan.steps][1] == "groupnorm1+relu1"
    assert sum(step.copied for step in plan.steps) == 0
    optimizer = OPTIMIZERS[name]()
    rule = optimizer.rule(NATIVE_RULES)
    update = bound_update(net, optimizer, rule, plan.grads.flat, rule.init(net.params.flat))
    x, y = batch(net, 32)
    for step in range(3):
        if step == 2:
            tracemalloc.start()
            before = tracemalloc.get_traced_memory()[0]
        plan.loss(x, y, step=step)
        update(plan.grads.flat, step + 1, 1e-4)
    grown = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    assert grown < 10_000, grown  # one mask of this network holds over half a million bytes


@needs_native
def test_every_step_has_dropout_masks_of_its_own():
    net = with_every_light_layer()
    plan = Plan.training(net, 6)
    x, y = batch(net, 6)
    losses = [plan.loss(x, y, step=step) for step in (0, 1, 2**40, 0)]
    expected = [net.training_pass(x, y, step=step, layers=REFERENCE).loss for step in (0, 1, 2**40, 0)]
    assert losses == pytest.approx(expected, rel=1e-4)
    assert losses[0] == losses[3]
    assert len(set(losses)) == 3


@needs_native
def test_inference_drops_nothing_and_scales_what_vanilla_dropout_left_out():
    net = with_every_light_layer()
    x, _ = batch(net, 6)
    plan = Plan.inference(net, 6)
    assert [step.kind for step in plan.steps if not step.native] == ["vanilla_dropout"]
    np.testing.assert_allclose(plan.predict(x), net.predict(x, layers=REFERENCE), rtol=1e-4, atol=1e-5)


@needs_native
def test_what_is_fused_and_what_is_left_out():
    net = build("vgg6-bn", (3, 16, 16), 5)
    plan = Plan.training(net, 4)
    names = [step.name for step in plan.steps]
    assert "batchnorm1+relu1" in names
    assert "relu1" not in names
    assert "flatten1" not in names  # the affine weight's rows are read in the image's order instead
    first = next(step for step in plan.steps if step.name == "d conv1")
    assert first.input_gradients == (None,)  # nobody needs the gradient of the image
    assert sum(step.copied for step in plan.steps) == 0
    with pytest.raises(ShapeError, match="input_gradient=True"):
        plan.input_gradient(1)
    folded = [step.name for step in Plan.inference(net, 4).steps]
    assert "conv1+batchnorm1+relu1" in folded


@needs_native
def test_a_depthwise_network_is_bare_calls_and_its_relu6_is_fused():
    net = build("mobilenet-small", (3, 8, 8), 5, dtype=np.float64, width=0.5)
    for name, gamma in net.params.items():
        if name.endswith(".gamma"):
            gamma[:] = 4  # so that some numbers reach the ceiling of 6
    plan = Plan.training(net, 4)
    assert all(step.native for step in plan.steps)
    assert sum(step.copied for step in plan.steps) == 0
    assert {"batchnorm1+relu61", "batchnorm2+relu62"} < {step.name for step in plan.steps}
    x, y = batch(net, 4)
    done = net.training_pass(x, y, layers=REFERENCE)
    assert plan.loss(x, y) == pytest.approx(done.loss, rel=1e-9)
    for name, expected in done.grads.items():
        np.testing.assert_allclose(
            plan.grads[name], expected, rtol=0, atol=1e-9 * np.abs(done.grads.flat).max(), err_msg=name
        )
    inference = Plan.inference(net, 4)
    assert all(step.native for step in inference.steps)
    assert "conv2+batchnorm2" in {step.name for step in inference.steps}  # depthwise
    np.testing.assert_allclose(inference.predict(x), net.predict(x, layers=REFERENCE), rtol=1e-9, atol=1e-9)


@needs_native
def test_a_flatten_before_a_norm_is_a_copy_that_is_counted():
    plan = Plan.training(NETWORKS["norm behind a flatten"](), 4)
    copies = [(step.name, step.copied) for step in plan.steps if step.kind == "copy"]
    size = 4 * 4 * 3 * 8  # bytes of one sample
    assert copies == [("flatten1", 2 * size), ("d flatten1", 2 * size)]


@needs_native
def test_the_arena_is_smaller_than_its_buffers():
    memory = Plan.training(build("resnet9", (3, 32, 32), 10), 8, optimizer=Adam()).memory()
    assert memory.arena < 0.6 * memory.activations
    assert memory.optimizer == 2 * memory.parameters
    assert memory.total == memory.arena + 4 * memory.parameters


def test_a_plan_that_does_not_fit_is_refused_with_the_batch_that_would(monkeypatch):
    net = build("vgg6-bn", (3, 32, 32), 10)
    room = 60_000_000
    monkeypatch.setattr(design, "available_memory", lambda: room)
    x, y = batch(net, 2)
    plan = Plan.training(net, 512)
    with pytest.raises(
        PlanTooLargeError, match=r"batch_size 512 needs .* only 60.0 MB are available; a batch of (\d+) would fit"
    ) as caught:
        plan.loss(x, y)
    fits = int(str(caught.value).split("a batch of ")[1].split()[0])
    assert 1 < fits < 512
    Plan.training(net, fits).check_memory()
    with pytest.raises(PlanTooLargeError):
        Plan.training(net, fits + 1).check_memory()
    monkeypatch.setattr(design, "available_memory", lambda: 1000)
    with pytest.raises(MemoryError, match="not even a batch of 1"):
        plan.loss(x, y)


def test_a_function_that_misbehaves_is_named():
    def forward(x):
        return x[:, :1], None

    net = Network([Affine(4), Function(forward, lambda dout, cache: dout), Affine(2)], (3,))
    with pytest.raises(ShapeError, match="function1: its forward must return out"):
        Plan.training(net, 2).loss(*batch(net, 2))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p, x, y: p.loss(x[:0], y[:0]), "1 to 4 rows; got 0"),
        (lambda p, x, y: p.loss(np.repeat(x, 2, 0), np.repeat(y, 2)), "1 to 4 rows; got 8"),
        (lambda p, x, y: p.loss(x[:, :3], y), r"x must have shape \(N, 10\)"),
        (lambda p, x, y: p.loss(x, y[:3]), "labels"),
        (lambda p, x, y: p.loss(x, y.astype(float)), "labels"),
        (lambda p, x, y: p.loss(x, y + 10), "labels"),
        (lambda p, x, y: p.loss(x, y - 10), "labels"),
        (lambda p, x, y: p.loss(x, y, weights=np.ones(3)), "weights"),
        (lambda p, x, y: p.predict(x), "Plan.inference"),
    ],
)
def test_bad_batches(call, message):
    net = NETWORKS["mlp"]()
    plan = Plan.training(net, 4)
    x, y = batch(net, 4)
    good = plan.loss(x, y)
    with pytest.raises(ShapeError, match=message):
        call(plan, x, y)
    assert plan.loss(x, y) == good


@pytest.mark.parametrize("settings", [{"batch_size": 0}, {"batch_size": 2.5}, {"threads": 0}, {"loss": "hingy"}])
def test_bad_settings(settings):
    with pytest.raises(ShapeError, match=next(iter(settings))):
        Plan.training(NETWORKS["mlp"](), **{"batch_size": 4} | settings)


@needs_native
def test_refresh_folds_the_present_parameters():
    net = NETWORKS["vgg"]()
    plan = Plan.inference(net, 4)
    x, _ = batch(net, 4)
    plan.predict(x)
    net.params["batchnorm2.gamma"] = np.full(32, 3.0)
    net.state["batchnorm1.mean"] = np.full(32, 0.5)
    plan.refresh()
    close(plan.predict(x), net.predict(x))


@needs_native
def test_inference_keeps_its_prepared_weights_from_pass_to_pass():
    net = build("vgg6-bn", (3, 16, 16), 5, seed=1)
    plan = Plan.inference(net, 4)
    x = np.random.default_rng(0).standard_normal((4, 3, 16, 16)).astype(np.float32)
    first = plan.predict(x)
    for _ in range(2):
        np.testing.assert_array_equal(plan.predict(x), first)
    workspaces = [b for b in plan.design.arena.buffers if b.name.startswith("conv") and b.name.endswith(".workspace")]
    assert len(workspaces) == 6
    assert all(
        a is b or a.offset + a.bytes <= b.offset or b.offset + b.bytes <= a.offset
        for a in workspaces
        for b in workspaces
    )


@needs_native
def test_a_convolution_takes_the_algorithm_that_is_asked_for():
    net = build("vgg6-bn", (3, 16, 16), 5, seed=1)
    x = np.random.default_rng(0).standard_normal((4, 3, 16, 16)).astype(np.float32)
    y = np.array([0, 1, 2, 3])
    chosen = Plan.training(net, 4)
    direct = Plan.training(net, 4, algorithms={f"conv{i}": "direct" for i in range(1, 7)})
    assert direct.memory().arena != chosen.memory().arena
    assert abs(chosen.loss(x, y) - direct.loss(x, y)) < 1e-4
    assert not np.array_equal(chosen.grads["conv3.weight"], direct.grads["conv3.weight"])  # another order of sums
    np.testing.assert_allclose(chosen.grads["conv3.weight"], direct.grads["conv3.weight"], atol=1e-4)
    inferred = Plan.inference(net, 4, algorithms={"conv3": "direct"})
    np.testing.assert_allclose(inferred.predict(x), net.predict(x), atol=1e-4)


@pytest.mark.parametrize(
    ("algorithms", "says"),
    [
        ({"conv9": "direct"}, "algorithms must name convolutions of the network (conv1); it names 'conv9'"),
        ({"conv1": "fft"}, "algorithms['conv1'] must be one of direct, winograd; got 'fft'"),
        ({"conv1": "winograd"}, "conv1 cannot use Winograd"),
    ],
)
def test_an_algorithm_that_cannot_be_is_refused(algorithms, says):
    net = build("three-layer-convnet", (3, 9, 12), 5)
    with pytest.raises(ShapeError, match=re.escape(says)):
        Plan.training(net, 4, algorithms=algorithms)


def test_frozen_parameters_have_no_gradient():
    net = NETWORKS["mlp"]()
    net.freeze("affine1.*")
    plan = Plan.training(net, 4)
    plan.loss(*batch(net, 4))
    assert not plan.grads["affine1.weight"].any()
    assert plan.grads["affine2.weight"].any()


def test_copies_and_pickles():
    net = NETWORKS["vgg"]()
    x, y = batch(net, 3)
    plan = Plan.training(net, 3)
    loss = plan.loss(x, y)
    assert copy.deepcopy(plan).loss(x, y) == loss
    assert pickle.loads(pickle.dumps(plan)).loss(x, y) == loss


@needs_native
def test_one_entry_of_the_table_replaced_is_the_one_that_runs():
    calls = []

    def forward(x, w, b):
        calls.append(x.shape)
        return REFERENCE.affine.forward(x, w, b)

    table = replace(NATIVE, name="spied", affine=Pair(forward, REFERENCE.affine.backward))
    net = NETWORKS["convnet"]()
    plan = Plan.training(net, 4, layers=table, input_gradient=True)
    assert_same_as_reference(plan, *batch(net, 4))
    assert len(calls) == 2


@needs_native
def test_a_thread_count_changes_no_more_than_rounding():
    net = build("vgg6-bn", (3, 16, 16), 5)
    x, y = batch(net, 6)
    losses = [Plan.training(net, 6, threads=threads).loss(x, y) for threads in (1, 2, 3)]
    assert losses == pytest.approx([losses[0]] * 3, rel=1e-5)


def test_flatten_then_affine_uses_rows_in_the_images_order():
    """A weight that tells its rows apart: rows in the wrong order would give another sum."""
    net = Network([Conv(3, 1), Flatten(), Affine(2)], (2, 4, 5), dtype=np.float64)
    net.params["affine1.weight"] = np.arange(120, dtype=np.float64).reshape(60, 2)
    x, _ = batch(net, 2)
    close(Plan.inference(net, 2).predict(x), net.predict(x))


def test_batchnorm_first():
    net = Network([BatchNorm(), ReLU(), Affine(2)], (6,), dtype=np.float64)
    plan = Plan.training(net, 4, input_gradient=True)
    assert_same_as_reference(plan, *batch(net, 4))


def wide():
    return Network([Flatten(), Affine(20), ReLU(), Affine(5)], (3, 30, 31), seed=0)


def deep():
    return Network([Conv(6, 3), ReLU(), Flatten(), Affine(5)], (3, 30, 31), seed=0)


def images_for(net, seed=0, count=40):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((count, *net.input_shape)).astype(np.float32), rng.integers(0, 5, count)


def laid_out(x, layout):
    """The same numbers in another memory layout."""
    if layout == "last":
        return np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    if layout == "unaligned":
        room = np.empty(x.nbytes + 1, np.uint8)[1:].view(x.dtype).reshape(x.shape)
        room[...] = x
        return room
    if layout == "strided":
        return np.repeat(x, 2, axis=3)[..., ::2]
    if layout == "read-only":
        x = x.copy()
        x.flags.writeable = False
    return x


@needs_native
@pytest.mark.parametrize("layout", ["first", "last", "unaligned", "strided", "read-only", "float64"])
@pytest.mark.parametrize("make", [wide, deep])
def test_a_large_batch_is_read_in_any_layout(make, layout):
    net = make()
    plan, other = (Plan.training(net, 40, layers=NATIVE) for _ in range(2))
    for seed in (0, 1, 0):
        x, y = images_for(net, seed)
        loss = plan.loss(laid_out(x, layout) if layout != "float64" else x.astype(np.float64), y)
        parts = [other.bound.fill(x), other.bound.loss.prepare(y, None, len(x))]  # from a copy
        for call in other.bound.calls.forward:
            call(parts[0])
        assert loss == other.bound.loss(parts[0])
        for call in other.bound.calls.backward:
            call(parts[0])
        for name, gradient in other.grads.items():
            assert np.array_equal(plan.grads[name], gradient), name


@needs_native
def test_a_batch_that_changes_in_place_is_read_anew():
    net = wide()
    plan = Plan.training(net, 40, layers=NATIVE)
    x, y = images_for(net)
    first = plan.loss(x, y)
    x *= 0.5
    assert plan.loss(x, y) != first
    x *= 2
    assert plan.loss(x, y) == first
    assert plan.loss(x[:7].copy(), y[:7]) == pytest.approx(plan.loss(x[:7], y[:7]), rel=1e-6)


@needs_native
def test_a_large_batch_is_not_copied():
    net = wide()
    plan = Plan.training(net, 40, layers=NATIVE)
    x, y = images_for(net)
    plan.bound.inputs[0][...] = 7
    plan.loss(x, y)
    assert (plan.bound.inputs[0] == 7).all()
    assert np.array_equal(x, images_for(net)[0])


@needs_native
def test_a_batch_in_the_plans_own_memory_is_copied_first():
    net = Network([Flatten(), Affine(2500), ReLU(), Affine(5)], (3, 30, 31), seed=0)
    plan = Plan.training(net, 40, layers=NATIVE)
    x, y = images_for(net)
    expected = plan.loss(x, y)
    plan.bound.inputs[0][...] = x
    assert plan.loss(plan.bound.inputs[0], y) == expected


@needs_native
def test_a_batch_in_the_memory_of_the_gradients_is_copied_first():
    """The backward writes its gradients there while it reads the batch."""
    net = Network([Flatten(), Affine(50), ReLU(), Affine(5)], (3, 30, 31), seed=0)
    plan = Plan.training(net, 40, layers=NATIVE)
    x, y = images_for(net)
    expected, gradients = plan.loss(x, y), plan.grads.flat.copy()
    inside = plan.grads.flat[: x.size].reshape(x.shape)
    inside[...] = x
    assert np.shares_memory(inside, plan.grads.flat)
    assert plan.loss(inside, y) == expected
    assert np.array_equal(plan.grads.flat, gradients)


@needs_native
def test_an_error_in_binding_is_raised(monkeypatch):
    """It must not be taken for a batch that has to be copied."""
    net = wide()
    plan = Plan.training(net, 40, layers=NATIVE)
    x, y = images_for(net)
    assert plan.bound.calls  # bound to the plan's own input

    def refuse(*arguments):
        raise ValueError("x has the wrong shape")

    monkeypatch.setattr(type(PLANNED["affine"]), "forward", refuse)
    with pytest.raises(ValueError, match="x has the wrong shape"):
        plan.loss(x, y)
    plan.loss(x[:-1], y[:-1])  # part of a batch is copied, so nothing is bound to it


@pytest.mark.parametrize("layers", TABLES, ids=lambda table: table.name)
@pytest.mark.parametrize("size", [5, 20])
@pytest.mark.parametrize(
    "make",
    [
        lambda c: [Flatten(), Affine(c), ReLU()],
        lambda c: [Flatten(), Affine(c), BatchNorm(), ReLU()],
        lambda c: [Flatten(), Affine(c), LayerNorm(), ReLU()],
        lambda c: [Conv(c, 2), ReLU(), Flatten()],
        lambda c: [Conv(c, 3, pad=1), ReLU(), MaxPool(2), Flatten()],
        lambda c: [Conv(c, 3, pad=1), BatchNorm(), ReLU(), Flatten()],
        lambda c: [Conv(c, 3, pad=1), GroupNorm(5), ReLU(), Flatten()],
        lambda c: [ReLU(), Flatten()],
    ],
)
def test_a_fused_relu_keeps_what_is_not_a_number(make, size, layers):
    """A NaN that became 0 would hide itself: the loss would stay finite."""
    net = Network([*make(size), Affine(3)], (size, 6, 6))
    x, y = batch(net, 4)
    x[2, 1, 3, 3] = np.nan
    for plan in (Plan.training(net, 4, layers=layers), Plan.training(net, 4, layers=layers, threads=1)):
        assert math.isnan(plan.loss(x, y))
    assert np.isnan(Plan.inference(net, 4, layers=layers).predict(x)[2]).all()
