"""Peak memory of the resnet9 step, one process per variant: peak resident memory while stepping, minus that of the imports.

python -m bench.memory SIDE        prints the figure as JSON
"""

import gc
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.side import SideError, environment, side_name
from bench.steps import pellucid_step, step_of, torch_step

CASE, STEPS, GOAL = "resnet9", 5, 2.0


def variants(libraries: dict[str, str]) -> list[str]:
    """Return PyTorch's variants: memory formats, both forms of Adam, the available allocators."""
    allocators: list[dict[str, str]] = [{}, {"allocator": "glibc"}, *({"allocator": name} for name in libraries)]
    return [
        side_name("torch", memory=memory, adam=adam, threads=2, **more)
        for more in allocators
        for memory in ("nchw", "nhwc")
        for adam in ("foreach", "fused")
    ]


def resident(field: str) -> int:
    """Return a field of this process's status in bytes: VmRSS is the current value, VmHWM the peak."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(field))
    return int(line.split()[1]) * 1024


def peak_of_this_process(side: str) -> dict[str, Any]:
    """Run the step; return its peak memory in bytes, and its losses."""
    import numpy  # noqa: F401

    import pellucid.train  # noqa: F401

    if side.startswith("torch"):
        import torch
        import torch._dynamo  # noqa: F401  # imported by the optimiser on its first use
    gc.collect()
    before = resident("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # reset the peak
    step = torch_step(step_of(CASE), side) if side.startswith("torch") else pellucid_step(step_of(CASE), side)
    losses = [step() for _ in range(STEPS)]
    return {"bytes": resident("VmHWM") - before, "losses": losses}


def peak(side: str, libraries: dict[str, str]) -> dict[str, Any]:
    """Run a side in a process of its own."""
    command = [sys.executable, "-m", "bench.memory", side]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=600, env=environment(side, libraries)
    )
    if done.returncode:
        raise SideError(f"{side}: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    print(json.dumps(peak_of_this_process(sys.argv[1])))
