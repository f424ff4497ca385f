"""The machine's peak in float32: a compiled loop of multiply-adds in registers, in as many threads as there are cores."""

import ctypes
import os
import threading
import time

from bench.compiled import compiled

ROUNDS = 20_000_000


def machine_peak(threads: int | None = None, *, tries: int = 5) -> float:
    """Return GFLOP/s, the best of several tries: on a shared machine, an average would measure the neighbours."""
    library = compiled("peak")
    library.fma_loop.argtypes, library.fma_loop.restype = [ctypes.c_long], ctypes.c_float
    library.flops_a_round.restype = ctypes.c_long
    count = len(os.sched_getaffinity(0)) if threads is None else threads
    best = 0.0
    for _ in range(tries):
        workers = [threading.Thread(target=library.fma_loop, args=(ROUNDS,)) for _ in range(count)]
        start = time.perf_counter()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        best = max(best, count * ROUNDS * library.flops_a_round() / (time.perf_counter() - start) / 1e9)
    return best
