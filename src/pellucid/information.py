"""What `pellucid info` prints: versions, the table of layers in use and why, the instruction set, threads, the sandbox, folders."""

import os
import platform

import numpy as np

import pellucid
from pellucid.checker.running.sandbox import layers_of_protection
from pellucid.data.cifar10 import cache_folder
from pellucid.kernels import default_threads, fastest_layers, native_build

__all__ = ["information"]

BLAS_VARIABLES = {"openblas": "OPENBLAS_NUM_THREADS", "mkl": "MKL_NUM_THREADS", "accelerate": "VECLIB_MAXIMUM_THREADS"}


def information() -> dict[str, str]:
    """Return the facts about this installation, one line each: name -> value."""
    build = native_build()
    table = fastest_layers()
    return {
        "pellucid": pellucid.__version__,
        "python": f"{platform.python_version()} on {platform.system()} {platform.machine()}",
        "numpy": f"{np.__version__} ({_blas()})",
        "layers": f"{table.name}: {'the compiled kernels' if build.available else 'NumPy alone'}",
        "native module": f"built by {build.compiler}" if build.available else build.reason,
        "instruction set": build.instruction_set or "unknown (no native module)",
        "threads": str(default_threads()),
        "BLAS threads": _blas_threads(),
        **_sandbox(),
        "data": os.environ.get("PELLUCID_DATA") or "PELLUCID_DATA is not set",
        "cache": str(cache_folder()),
    }


def _sandbox() -> dict[str, str]:
    """Return what confines checked code on this system, as a worker finds out, and which layers are missing."""
    try:
        layers = layers_of_protection()
    except OSError as error:
        return {"sandbox": f"no worker starts: {error}"}
    facts = [f"{name}: {layers[name]}" for name in ("memory", "network", "files", "processes") if name in layers]
    missing = layers.get("missing") or "nothing"
    refuses = f"; check refuses files: it needs {layers['lacks']}" if layers.get("lacks") else ""
    return {"sandbox": "; ".join(facts), "sandbox lacks": missing + refuses}


def _blas_threads() -> str:
    """Return the setting of NumPy's own threads, which compete with the kernels' where both compute at the same time."""
    name = next((variable for blas, variable in BLAS_VARIABLES.items() if blas in _blas().lower()), "OMP_NUM_THREADS")
    value = os.environ.get(name)
    return f"{name} is {value or 'not set; 1 is faster where NumPy computes beside the kernels (docs/threads.md)'}"


def _blas() -> str:
    config = np.show_config(mode="dicts")
    blas = config["Build Dependencies"]["blas"] if isinstance(config, dict) else {}
    return f"{blas.get('name', 'unknown BLAS')} {blas.get('version', '')}".strip()
