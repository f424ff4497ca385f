"""What a hostile submission may begin with: system calls by number, past Python's audit hook and past a hidden ctypes.

`_ctypes` stays in memory, so a hostile submission finds its types below `object`. `call` raises OSError where the kernel refuses.
"""

__all__ = ["NATIVE"]

NATIVE = '''
import os

_found = []

def _below(kind):
    for child in type.__subclasses__(kind):
        yield child
        yield from _below(child)

def call(x86_64, aarch64, *arguments):
    """Make a system call by its number."""
    if not _found:
        pointer = next(k for k in _below(object) if k.__name__ == "CFuncPtr" and k.__module__ == "_ctypes")
        long = next(k for k in _below(object) if k.__name__ == "c_long")
        kind = type("Call", (pointer,), {"_flags_": 1 | 8, "_restype_": long})
        _found[:] = long, kind(("syscall", type("Everything", (), {"_handle": 0})()))
    long, function = _found
    number = aarch64 if os.uname().machine == "aarch64" else x86_64
    result = function(long(number), *(a if isinstance(a, (bytes, type(None))) else long(a) for a in arguments))
    if result < 0:
        raise OSError(1, "refused")
    return result
'''
