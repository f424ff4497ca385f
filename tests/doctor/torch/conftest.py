"""PyTorch for the tests marked `peers`, which say so where it is missing, and the digits that they learn."""

import numpy as np
import pytest

import pellucid


@pytest.fixture(scope="session")
def torch():
    return pytest.importorskip("torch", reason="the peers tests need the extra [peers]")


@pytest.fixture(autouse=True)
def one_thread(torch):
    """Small tensors on several threads are slow where others work too."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def digits(torch):
    """Standardized digits: training and validation rows."""
    data = pellucid.data.load("digits")
    parts = [
        torch.tensor((part.images.reshape(-1, 64).astype(np.float32) - 5) / 6) for part in (data.train, data.validation)
    ]
    labels = [torch.tensor(np.asarray(part.labels), dtype=torch.long) for part in (data.train, data.validation)]
    return parts[0][:512], labels[0][:512], parts[1], labels[1]
