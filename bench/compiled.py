"""C files of this folder, compiled on first use with the best settings for this machine."""

import ctypes
import functools
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from bench.side import SideError

FLAGS = ["-O3", "-march=native", "-funroll-loops", "-shared", "-fPIC"]


@functools.cache
def compiled(name: str) -> ctypes.CDLL:
    """Return the library compiled from bench/NAME.c. Raises SideError without a compiler."""
    source = Path(__file__).with_name(f"{name}.c")
    compiler = os.environ.get("CC") or shutil.which("gcc") or shutil.which("cc")
    if not compiler:
        raise SideError(f"{name}: no C compiler found; install one or set CC")
    digest = hashlib.sha256(source.read_bytes()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"pellucid-bench-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    library = folder / f"{name}-{digest}.so"
    if not library.exists():
        made = library.with_suffix(f".{os.getpid()}")
        done = subprocess.run(
            [compiler, *FLAGS, str(source), "-o", str(made)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SideError(f"{name}: {done.stderr.strip().splitlines()[-1]}")
        made.rename(library)
    return ctypes.CDLL(str(library))
