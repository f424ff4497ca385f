"""Several threads in one object: a plan or trainer refuses the second one, a network and the checkers give what one thread gets.

Where calls must overlap, a layer waits in its forward for the other thread; nothing here depends on who is faster.
"""

import contextlib
import copy
import os
import pickle
import subprocess
import sys
import textwrap
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import pellucid
from pellucid import Trainer
from pellucid.gradients import gradcheck
from pellucid.kernels import NATIVE, native_build
from pellucid.layers import REFERENCE
from pellucid.nets import Affine, BatchNorm, Conv, Dropout, Flatten, Function, GlobalAvgPool, MaxPool, Network, ReLU
from pellucid.optim import SGD
from pellucid.plan import InUseError, Plan
from pellucid.train import StepDone

TABLES = [REFERENCE, NATIVE] if native_build().available else [REFERENCE]
by_table = pytest.mark.parametrize("layers", TABLES, ids=lambda table: table.name)
PATIENCE = 120  # seconds for the other thread

X = np.random.default_rng(0).standard_normal((16, 4)).astype(np.float32)
Y = np.arange(16) % 3


class Gate:
    """A layer that passes its input on; in the thread that `holds` it, the forward waits until the block is left."""

    def __init__(self):
        self.thread, self.reached, self.opened = None, threading.Event(), threading.Event()
        self.layer = Function(self.forward, lambda dout, cache: dout, name="gate")

    def forward(self, x):
        if threading.current_thread() is self.thread:
            self.reached.set()
            assert self.opened.wait(PATIENCE)
        return x.copy(), None

    def __deepcopy__(self, memo):
        return self  # a copy of a network that holds the gate passes through the same one

    def holds(self, work):
        """Start the thread that does this work; return once it stands in the gate. `opened.set()` and `join` end it."""
        self.thread = threading.Thread(target=work)
        self.thread.start()
        assert self.reached.wait(PATIENCE)

    def let_go(self):
        self.opened.set()
        self.thread.join(PATIENCE)


@pytest.fixture
def gate():
    gate = Gate()
    yield gate
    if gate.thread is not None:
        gate.let_go()


def gated(gate):
    return Network([Affine(8), gate.layer, BatchNorm(), ReLU(), Affine(3)], (4,), seed=0)


def refusal(call):
    """Return what the error says."""
    with pytest.raises(InUseError) as refused:
        call()
    return str(refused.value)


def in_a_thread(work):
    """Return what the work returns in a thread of its own, or raise what it raises."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result(PATIENCE)


@by_table
@pytest.mark.parametrize("call", ["loss", "profile", "compare"])
def test_a_training_plan_refuses_a_second_thread(gate, layers, call):
    plan = Plan.training(gated(gate), 16, layers=layers)
    alone = copy.copy(plan).loss(X, Y)
    found = []
    gate.holds(lambda: found.append(plan.loss(X, Y)))
    arguments = {"loss": (X, Y), "profile": (X, Y), "compare": (REFERENCE, X, Y)}[call]
    with pytest.raises(InUseError, match=rf"Plan\.{call}: this plan is in use.*copy\.copy\(plan\)"):
        getattr(plan, call)(*arguments)
    gate.let_go()
    assert found == [alone]
    assert plan.loss(X, Y) == alone  # and it is free again


@by_table
@pytest.mark.parametrize("call", ["predict", "refresh"])
def test_an_inference_plan_refuses_a_second_thread(gate, layers, call):
    net = gated(gate)
    plan = Plan.inference(net, 8, layers=layers)
    found = []
    gate.holds(lambda: found.append(plan.predict(X)))
    with pytest.raises(InUseError, match=rf"Plan\.{call}: this plan is in use"):
        plan.predict(X) if call == "predict" else plan.refresh()
    gate.let_go()
    np.testing.assert_array_equal(found[0], Plan.inference(net, 8, layers=layers).predict(X))


def test_a_copy_of_a_plan_in_use_works_meanwhile(gate):
    plan = Plan.training(gated(gate), 16)
    gate.holds(lambda: plan.loss(X, Y))
    alone = Plan.training(plan.net, 16).loss(X, Y)
    assert copy.copy(plan).loss(X, Y) == alone
    assert pickle.loads(pickle.dumps(copy.copy(Plan.training(Network([Affine(3)], (4,)), 16)))).loss(X, Y) > 0


def test_a_plan_refuses_a_call_from_within_its_own_pass():
    def forward(x):
        refused.append(refusal(lambda: plan.loss(X, Y)))
        return x.copy(), None

    refused = []
    net = Network([Function(forward, lambda dout, cache: dout), Affine(3)], (4,))
    plan = Plan.training(net, 16)
    plan.loss(X, Y)
    assert len(refused) == 1


def test_results_that_another_thread_has_overwritten_are_refused():
    plan = Plan.training(Network([Affine(3)], (4,), seed=0), 16, input_gradient=True)
    plan.loss(X, Y)
    plan.grads, plan.scores(16), plan.input_gradient(16)
    in_a_thread(lambda: plan.loss(2 * X, Y))
    for read in (lambda: plan.grads, lambda: plan.scores(16), lambda: plan.input_gradient(16)):
        with pytest.raises(InUseError, match="another thread has run this plan since"):
            read()
    plan.loss(X, Y)
    expected = plan.net.training_pass(X, Y).grads["affine1.weight"]
    np.testing.assert_allclose(plan.grads["affine1.weight"], expected, rtol=1e-4, atol=1e-6)


def test_results_may_be_read_by_a_thread_that_ran_nothing():
    """Such as the one that waited for the thread that ran the pass."""
    plan = Plan.training(Network([Affine(3)], (4,), seed=0), 16)
    in_a_thread(lambda: plan.loss(X, Y))
    assert plan.grads.flat.any()


@by_table
def test_threads_at_one_plan_get_right_answers_or_refusals(layers):
    """Each thread with its own batch, without any order between them."""
    net = Network([Conv(8, 3), BatchNorm(), ReLU(), Flatten(), Affine(3)], (3, 8, 8), seed=0)
    rng = np.random.default_rng(1)
    batches = [(rng.standard_normal((8, 3, 8, 8)).astype(np.float32), rng.integers(0, 3, 8)) for _ in range(3)]
    plan = Plan.training(net, 8, layers=layers)

    def answer(batch):
        loss = plan.loss(*batch)
        return loss, plan.grads["conv1.weight"].tobytes()

    alone = [answer(batch) for batch in batches]
    outcomes = {"right": 0, "refused": 0, "wrong": 0}

    def work(number):
        for _ in range(300):
            try:
                kind = "right" if plan.loss(*batches[number]) == alone[number][0] else "wrong"
            except InUseError:
                kind = "refused"
            with counting:
                outcomes[kind] += 1

    counting = threading.Lock()
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, range(3), timeout=PATIENCE))
    assert sum(outcomes.values()) == 900
    assert outcomes["wrong"] == 0, outcomes
    assert outcomes["right"] > 0
    assert [answer(batch) for batch in batches] == alone


@by_table
def test_a_trainer_refuses_a_step_in_a_second_thread(gate, layers):
    trainer = Trainer(gated(gate), SGD(0.1), batch_size=16, layers=layers)
    alone = copy.deepcopy(trainer)
    expected = [alone.step(X, Y), alone.step(X, Y)]
    losses = []
    gate.holds(lambda: losses.append(trainer.step(X, Y)))
    for call in (
        lambda: trainer.step(X, Y),
        lambda: trainer.fit((X, Y), 1),
        lambda: trainer.evaluate((X, Y)),
        lambda: copy.deepcopy(trainer),
    ):
        with pytest.raises(InUseError, match="Trainer"):
            call()
    gate.let_go()
    losses.append(trainer.step(X, Y))
    assert losses == expected
    np.testing.assert_array_equal(trainer.net.params.flat, alone.net.params.flat)


def test_a_trainer_refuses_everything_but_reading_its_settings_while_another_thread_fits(gate, tmp_path):
    """In the middle of a step, and between two of them, where no lock is held."""
    trainer = Trainer(gated(gate), SGD(0.1), batch_size=4)
    alone = copy.deepcopy(trainer)
    between, go_on, histories = threading.Event(), threading.Event(), []

    def on_event(event):
        if isinstance(event, StepDone) and event.step == 2:
            trainer.evaluate((X, Y))  # by the thread that trains, between two steps
            between.set()
            assert go_on.wait(PATIENCE)

    def refused():
        for call in (
            lambda: trainer.step(X[:4], Y[:4]),
            lambda: trainer.fit((X, Y), 1, folder=tmp_path / "run"),
            lambda: next(trainer.events((X, Y), 1)),
            lambda: trainer.find_learning_rate((X, Y)),
            lambda: trainer.evaluate((X, Y)),
            lambda: pickle.dumps(trainer),
        ):
            with pytest.raises(InUseError, match=r"Trainer.*(after it|after the training|copy\.deepcopy)"):
                call()

    gate.holds(lambda: histories.append(trainer.fit((X, Y), 2, on_event=on_event)))
    refused()
    gate.opened.set()
    assert between.wait(PATIENCE)
    refused()
    go_on.set()
    gate.let_go()
    assert not (tmp_path / "run").exists()
    assert histories[0].step_losses == alone.fit((X, Y), 2).step_losses
    trainer.evaluate((X, Y))  # and it is free again
    trainer.step(X[:4], Y[:4])


def test_an_evaluation_during_which_another_thread_trained_is_refused(gate):
    """It began before the training: part of its scores would be of other parameters than the rest."""
    trainer = Trainer(gated(gate), SGD(0.1), batch_size=16)
    refused = []
    gate.holds(lambda: refused.append(refusal(lambda: trainer.evaluate((X, Y)))))
    trainer.step(X, Y)
    gate.let_go()
    assert "another thread trains" in refused[0]


def test_threads_at_one_trainer_train_it_or_are_refused():
    """The steps that were made are the same as in one thread, whoever made them: the batch is always the same."""
    net = Network([Affine(200), BatchNorm(), ReLU(), Affine(200), ReLU(), Affine(3)], (100,), seed=0)
    trainer = Trainer(net, batch_size=64)
    x, y = np.random.default_rng(1).standard_normal((64, 100)).astype(np.float32), np.arange(64) % 3
    alone = copy.deepcopy(trainer)

    def work(_):
        made = []
        for _ in range(200):
            with contextlib.suppress(InUseError):
                made.append(trainer.step(x, y))
        return made

    with ThreadPoolExecutor(2) as pool:
        losses = [loss for made in pool.map(work, range(2), timeout=PATIENCE) for loss in made]
    assert trainer.steps_done == len(losses) > 0
    assert sorted(losses) == sorted(alone.step(x, y) for _ in losses)
    np.testing.assert_array_equal(trainer.net.params.flat, alone.net.params.flat)


@pytest.mark.parametrize(
    "call",
    [lambda t: t.step(X, Y), lambda t: t.fit((X, Y), 1), lambda t: next(t.events((X, Y), 1))],
    ids=["step", "fit", "events"],
)
def test_no_step_and_no_second_run_while_one_is_under_way(call):
    trainer = Trainer(Network([Affine(3)], (4,), seed=0), SGD(0.1), batch_size=16)
    refused = []

    def on_event(event):
        if isinstance(event, StepDone) and event.step == 1:
            refused.append(refusal(lambda: call(trainer)))

    trainer.fit((X, Y), 2, on_event=on_event)
    assert "a run is under way" in refused[0]
    stream = trainer.events((X, Y), 2)
    call(trainer)  # a stream that nobody has read from is no run yet
    next(stream)
    with pytest.raises(InUseError, match="read to its end nor closed"):
        call(trainer)
    stream.close()
    call(trainer)


def test_a_stream_of_events_may_be_read_by_one_thread_after_another():
    trainer = Trainer(Network([Affine(3)], (4,), seed=0), SGD(0.1), batch_size=4)
    alone = copy.deepcopy(trainer)
    stream = trainer.events((X, Y), 2)
    events = []
    while (event := in_a_thread(lambda: next(stream, None))) is not None:
        events.append(event)
    losses = tuple(event.loss for event in events if isinstance(event, StepDone))
    assert losses == alone.fit((X, Y), 2).step_losses


def test_an_interrupted_step_leaves_the_trainer_free(gate):
    class Stop(BaseException):
        pass

    def forward(x):
        if stop:
            raise Stop
        return x.copy(), None

    stop = [True]
    net = Network([Function(forward, lambda dout, cache: dout), Affine(3)], (4,), seed=0)
    trainer = Trainer(net, SGD(0.1), batch_size=16)
    with pytest.raises(Stop):
        trainer.step(X, Y)
    with pytest.raises(Stop):
        trainer.fit((X, Y), 1)
    stop.clear()
    in_a_thread(lambda: trainer.step(X, Y))
    trainer.fit((X, Y), 1)


PROCESSES = """
    import copy, multiprocessing, os, threading
    import numpy as np
    from pellucid import Trainer
    from pellucid.nets import build
    from pellucid.plan import InUseError, Plan

    def steps(trainer, plan, x, y):
        return [trainer.step(x, y) for _ in range(3)], plan.loss(x, y)

    def put_steps(queue, *given):
        queue.put(steps(*given))

    def child_of_fork(trainer, plan, x, y):
        expected = copy.copy(plan).loss(x, y)
        stop, going = threading.Event(), threading.Event()

        def work():
            while not stop.is_set():
                trainer.step(x, y)
                going.set()

        thread = threading.Thread(target=work)
        thread.start()
        going.wait(60)
        for _ in range(10):
            child = os.fork()
            if not child:
                try:
                    trainer.step(x, y)  # between two steps it may be free
                except InUseError:
                    pass
                os._exit(0 if copy.copy(plan).loss(x, y) >= 0 else 1)
            assert os.waitpid(child, 0)[1] == 0
        stop.set()
        thread.join()

    if __name__ == "__main__":
        net = build("three-layer-convnet", (3, 12, 12), 10)
        trainer, plan = Trainer(net, batch_size=32), Plan.training(build("three-layer-convnet", (3, 12, 12), 10), 32)
        x = np.random.default_rng(0).standard_normal((32, 3, 12, 12)).astype(np.float32)
        given = trainer, plan, x, np.arange(32) % 10
        trainer.step(*given[2:])
        plan.loss(*given[2:])
        expected = steps(copy.deepcopy(trainer), copy.copy(plan), *given[2:])
        for method in ("fork", "spawn", "forkserver"):
            context = multiprocessing.get_context(method)
            queue = context.Queue()
            process = context.Process(target=put_steps, args=(queue, *given))
            process.start()
            assert queue.get(timeout=60) == expected, method
            process.join(60)
            assert process.exitcode == 0, method
        child_of_fork(*given)
        print("done")
"""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_other_processes_continue_a_trainer_bit_for_bit(tmp_path):
    """Copied by fork or pickled, also after the kernels' threads were started and while another thread trains."""
    program = tmp_path / "program.py"
    program.write_text(textwrap.dedent(PROCESSES))
    done = subprocess.run([sys.executable, program], capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr


def everything(net, x, y, layers):
    """Every number that a network computes without changing itself, as bytes."""
    loss, grads = net.loss(x, y, layers=layers)
    training = net.training_pass(x, y, step=3, layers=layers)
    arrays = [net.predict(x, layers=layers), grads.flat, training.scores, training.grads.flat]
    return [loss, training.loss, *(array.tobytes() for array in arrays), str(sorted(training.grads))]


@by_table
def test_a_network_in_many_threads_gives_the_bits_of_one(layers):
    """Each thread with its own batch; they may overlap in any way."""
    body = [Conv(8, 3), BatchNorm(), ReLU(), MaxPool(2), Conv(8, 3), ReLU(), GlobalAvgPool(), Dropout(keep=0.5)]
    net = Network([*body, Affine(5)], (3, 12, 12), seed=0)
    rng = np.random.default_rng(2)
    batches = [(rng.standard_normal((6, 3, 12, 12)).astype(np.float32), rng.integers(0, 5, 6)) for _ in range(6)]
    before = net.params.flat.tobytes(), net.state.flat.tobytes()
    alone = [everything(net, x, y, layers) for x, y in batches]

    def work(number):
        return [everything(net, *batches[number], layers) == alone[number] for _ in range(8)]

    with ThreadPoolExecutor(6) as pool:
        same = list(pool.map(work, range(6), timeout=PATIENCE))
    assert all(all(each) for each in same)
    assert (net.params.flat.tobytes(), net.state.flat.tobytes()) == before


def test_gradient_checks_in_many_threads_say_what_one_says():
    rng = np.random.default_rng(3)
    x, w, b = rng.standard_normal((5, 4)), rng.standard_normal((4, 3)), rng.standard_normal(3)
    for array in (x, w, b):
        array.flags.writeable = False

    def wrong_backward(dout, cache):
        dx, dw, db = REFERENCE.affine.backward(dout, cache)
        return dx, dw, 2 * db

    def report(backward):
        return str(gradcheck(REFERENCE.affine.forward, backward, x, w, b))

    backwards = [REFERENCE.affine.backward, wrong_backward]
    alone = [report(backward) for backward in backwards]
    assert alone[0] != alone[1]
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(report, backwards * 6, timeout=PATIENCE))
    assert found == alone * 6


WRONG = """
def relu_forward(x):
    return np.maximum(x, 0), x

def relu_backward(dout, cache):
    return dout * (cache < 0)
"""


def test_checks_in_many_threads_say_what_one_says(tmp_path):
    """Each starts processes of its own; those of a thread that has ended must not take the others' with them."""
    files = []
    for name, text in (("wrong", WRONG), ("correct", WRONG.replace("cache < 0", "cache > 0"))):
        files.append(tmp_path / f"{name}.py")
        files[-1].write_text("import numpy as np\n" + text)

    def verdicts(path):
        report = pellucid.check(path, timeout=PATIENCE, allow_weak_sandbox=True)
        return [(function.name, function.verdict, [c.id for c in function.causes]) for function in report.functions]

    alone = [verdicts(path) for path in files]
    assert [verdict for _, verdict, _ in alone[0] + alone[1]] == ["correct", "wrong", "correct", "correct"]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(verdicts, files * 3, timeout=4 * PATIENCE))
    assert found == alone * 3
