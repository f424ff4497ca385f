"""Data that never lie in memory at once, as a user would write it in ten lines."""

import subprocess
import sys
import threading

import numpy as np
import pytest

import pellucid
from pellucid import Trainer
from pellucid.data import DataError
from pellucid.nets import Affine, Network, ReLU


def batches(count=60, size=32):
    """Yield a batch at a time: two classes, told apart by the sign of the first number."""
    rng = np.random.default_rng(0)
    for _ in range(count):
        x = rng.standard_normal((size, 5)).astype(np.float32)
        yield x, (x[:, 0] > 0).astype(int)


def small_trainer(outputs=2, **options):
    net = Network([Affine(8), ReLU(), Affine(outputs)], (5,))
    return Trainer(net, pellucid.optim.Adam(learning_rate=0.01), **options)


def test_a_function_that_makes_a_generator_is_read_in_every_epoch():
    trainer = small_trainer()
    history = trainer.fit(batches, epochs=3, validation=batches, progress=False)
    assert history.val_accuracy[-1] > 0.9
    assert trainer.steps_done == 3 * 60
    assert len(trainer.evaluate(batches).scores) == 60 * 32
    assert trainer.predict(batches).shape == (60 * 32,)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("pellucid-prefetch")]


def test_a_stream_trains_like_the_same_batches_in_memory():
    """In the order of the stream; rows of different batches are never mixed."""
    streamed, stepped = small_trainer(batch_size=32), small_trainer(batch_size=32)
    streamed.fit(batches, epochs=1, progress=False)
    for x, y in batches():
        stepped.step(x, y)
    assert streamed.net.params.flat.tobytes() == stepped.net.params.flat.tobytes()


def test_a_generator_is_enough_for_one_epoch():
    trainer = small_trainer()
    trainer.fit(batches(), epochs=1, progress=False)
    assert trainer.steps_done == 60
    with pytest.raises(DataError, match="a generator can be read once only, and there are 2 epochs; give the function"):
        trainer.fit(batches(), epochs=2, progress=False)


def test_the_schedule_of_a_stream_without_length_goes_on_after_the_first_epoch():
    trainer = small_trainer(schedule=pellucid.optim.Cosine())
    rates = trainer.fit(batches, epochs=3, progress=False).step_learning_rates
    assert set(rates[:60]) == {0.01}
    assert rates[60] == pytest.approx(0.01 * (1 + np.cos(np.pi / 3)) / 2)
    assert 0 < rates[-1] < 1e-4


def test_a_stream_cannot_be_resumed(tmp_path):
    trainer = small_trainer()
    trainer.fit(batches, epochs=1, folder=tmp_path, progress=False)
    with pytest.raises(DataError, match="resume=True needs data that can be indexed"):
        trainer.fit(batches, epochs=2, folder=tmp_path, resume=True, progress=False)


def test_weights_that_need_every_row_are_refused():
    with pytest.raises(DataError, match="sample_weight must be left out for a stream"):
        small_trainer().fit(batches, epochs=1, sample_weight=np.ones(32), progress=False)
    with pytest.raises(DataError, match="class_weight='balanced' needs all labels"):
        small_trainer(class_weight="balanced").fit(batches, epochs=1, progress=False)
    with pytest.raises(DataError, match="validation must be data of its own"):
        small_trainer().fit(batches, epochs=1, validation=0.1, progress=False)


def test_an_error_in_a_generator_names_the_batch_and_leaves_no_thread():
    def broken():
        yield from batches(3)
        raise OSError("the disk is gone")

    with pytest.raises(DataError, match=r"^broken: batch 3: OSError: the disk is gone"):
        small_trainer().fit(broken, epochs=1, progress=False)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("pellucid-prefetch")]


class Numbers:
    """A data set in the manner of PyTorch: a length, and a sample for each index."""

    def __len__(self):
        return 200

    def __getitem__(self, n):
        x = np.random.default_rng(n).standard_normal(5).astype(np.float32)
        return x, 3.0 * float(x[0]) + 100


def test_samples_by_index_train_as_the_same_samples_in_memory(tmp_path):
    pairs = [Numbers()[n] for n in range(200)]
    in_memory = np.stack([x for x, _ in pairs]), np.array([y for _, y in pairs])
    nets = []
    for data in (Numbers(), in_memory):
        trainer = small_trainer(1, loss="mse")
        trainer.fit(data, epochs=2, validation=0.2, progress=False)
        nets.append(trainer.net.params.flat.tobytes())
    assert nets[0] == nets[1]
    assert trainer.predict(Numbers()).tolist() == trainer.predict(in_memory[0]).tolist()


def test_samples_by_index_resume_bit_for_bit(tmp_path):
    whole, halves = small_trainer(1, loss="mse"), small_trainer(1, loss="mse")
    whole.fit(Numbers(), epochs=2, folder=tmp_path / "whole", progress=False)
    events = halves.events(Numbers(), epochs=2, folder=tmp_path / "halves", checkpoint_every=3)
    for event in events:
        if isinstance(event, pellucid.train.CheckpointSaved):
            break
    events.close()
    resumed = small_trainer(1, loss="mse")
    resumed.fit(Numbers(), epochs=2, folder=tmp_path / "halves", resume=True, progress=False)
    assert resumed.net.params.flat.tobytes() == whole.net.params.flat.tobytes()


LARGE = """
import resource
import numpy as np, pellucid
from pellucid.nets import Affine, Network, ReLU

ROWS, COLUMNS = 4096, 1024  # a batch: 16 MiB

def large():
    for seed in range(25):  # 400 MiB in all
        x = np.random.default_rng(seed).standard_normal((ROWS, COLUMNS), dtype=np.float32)
        yield x, (x[:, 0] > 0).astype(int)

trainer = pellucid.Trainer(Network([Affine(4), ReLU(), Affine(2)], (COLUMNS,)), batch_size=1024)
trainer.fit(lambda: (batch for n, batch in zip(range(4), large())), epochs=1, progress=False)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
trainer.fit(large, epochs=1, progress=False)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


@pytest.mark.slow
def test_a_generator_larger_than_what_memory_grows_by():
    done = subprocess.run([sys.executable, "-c", LARGE], capture_output=True, text=True, timeout=250, check=False)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 128, "MiB more than for the first batches"
