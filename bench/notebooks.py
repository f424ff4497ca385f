"""The course's notebooks on CIFAR-10: every cell of `tests/interop/cells` on all 49,000 training images.

    python -m bench --only notebooks [--case convolution]

A cell whose number or accuracy is not what the notebooks state fails. Copies of the data set may have the images in a different
order from the official batches, so the printed losses of trainings are not compared digit by digit. Small versions run in
`tests/interop/test_course_cells.py` (digits) and `test_course_cifar.py`.
"""

import time
from typing import Any

from tests.interop.cells import TOPICS, run

__all__ = ["TOPICS", "measure"]

SETTINGS: dict[str, dict[str, Any]] = {
    "fully_connected": {"two_layer_rate": 1e-3, "overfits": [([100, 100], 4e-2, 1e-3), ([100] * 4, 9e-2, 1e-3)]},
    "batch_normalization": {},
    "dropout": {},
    "convolution": {"small_convnet": {}, "overfit_rate": 1e-3, "convnet_epochs": 1},
}
HALF = 25_000  # training images are enough for the accuracy that the notebook states for all 49,000


def measure(topic: str) -> dict[str, Any]:
    """Run the cells of a topic; return the accuracies at the end of its last training, and the seconds."""
    from pellucid.interop import cs231n
    from pellucid.interop.cs231n.data_utils import get_CIFAR10_data

    cs231n.install()
    start = time.monotonic()
    try:
        names = run(topic, {"data": get_CIFAR10_data(HALF if topic == "convolution" else 49_000), **SETTINGS[topic]})
    finally:
        cs231n.uninstall()
    solver = names["solver"]
    accuracy = {"training": solver.train_acc_history[-1], "validation": solver.val_acc_history[-1]}
    return {"accuracy": accuracy, "seconds": time.monotonic() - start}
