"""PyTorch's Dataset and DataLoader go in as they are."""

import numpy as np
import pytest

from pellucid import Trainer
from pellucid.nets import Affine, Network, ReLU
from pellucid.optim import Adam

pytestmark = pytest.mark.peers


@pytest.fixture
def dataset():
    torch = pytest.importorskip("torch")
    x = torch.from_numpy(np.random.default_rng(0).standard_normal((640, 5)).astype(np.float32))
    return torch.utils.data.TensorDataset(x, (x[:, 0] > 0).long())


def small_trainer():
    return Trainer(Network([Affine(8), ReLU(), Affine(2)], (5,)), Adam(learning_rate=0.01), batch_size=32)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_data_loader(dataset, workers):
    import torch

    loader = torch.utils.data.DataLoader(dataset, batch_size=32, shuffle=True, num_workers=workers)
    trainer = small_trainer()
    history = trainer.fit(loader, epochs=5, validation=loader, progress=False)
    assert history.val_accuracy[-1] > 0.9
    assert trainer.steps_done == 5 * 20
    assert trainer.evaluate(loader).accuracy > 0.9
    assert trainer.predict(loader).shape == (640,)


def test_a_dataset(dataset):
    trainer = small_trainer()
    assert trainer.fit(dataset, epochs=5, validation=0.2, progress=False).val_accuracy[-1] > 0.9
