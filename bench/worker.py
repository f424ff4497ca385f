"""One side of a benchmark: a process that times steps when told to, and waits otherwise.

    python -m bench.worker SIDE CASE        then, on stdin, a number of steps a line; on stdout, milliseconds a step

SIDE is native or reference (Pellucid with that table) or torch:MEMORY:OPTIMIZER (MEMORY nchw or nhwc, OPTIMIZER foreach or fused).
"""

import sys
import time
from collections.abc import Callable

import numpy as np

from bench.cases import CASES, Case, batch_of, pellucid_network, torch_network


def pellucid_step(case: Case, table: str) -> Callable[[], object]:
    """Return a function that makes one training step."""
    from pellucid.kernels import NATIVE
    from pellucid.layers import REFERENCE
    from pellucid.optim import Adam
    from pellucid.train import Trainer

    layers = NATIVE if table == "native" else REFERENCE
    trainer = Trainer(pellucid_network(case), Adam(learning_rate=1e-4), batch_size=case.batch, layers=layers)
    x, y = batch_of(case)
    if x.ndim == 4:
        x = np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    return lambda: trainer.step(x, y)


def torch_step(case: Case, memory: str, optimizer: str) -> Callable[[], object]:
    """Return a function that makes one training step with PyTorch."""
    import torch

    net = torch_network(case)
    x, y = (torch.from_numpy(array) for array in batch_of(case))
    if memory == "nhwc" and x.ndim == 4:
        net, x = net.to(memory_format=torch.channels_last), x.contiguous(memory_format=torch.channels_last)
    adam = torch.optim.Adam(net.parameters(), lr=1e-4, **{optimizer: True})

    def step() -> float:
        adam.zero_grad(set_to_none=True)
        loss = torch.nn.functional.cross_entropy(net(x), y)
        loss.backward()
        adam.step()
        return float(loss.detach())

    return step


def main() -> None:
    """Serve until stdin closes."""
    side, name = sys.argv[1:]
    case = next(case for case in CASES if case.name == name)
    step = torch_step(case, *side.split(":")[1:]) if side.startswith("torch") else pellucid_step(case, side)
    for _ in range(3):
        step()
    print("ready", flush=True)
    for line in sys.stdin:
        steps = int(line)
        start = time.perf_counter()
        for _ in range(steps):
            step()
        print((time.perf_counter() - start) / steps * 1000, flush=True)


if __name__ == "__main__":
    main()
