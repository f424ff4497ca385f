"""Disk: fill it, or leave files on it."""

__all__ = ["DISK"]

DISK = {
    "one file": "with open('a', 'wb') as f:\n    for _ in range(80): f.write(bytes(1 << 20))",
    "many files": "for n in range(20):\n    open(str(n), 'wb').write(bytes(8 << 20))",
    "many empty files": "for n in range(3_000): open(str(n), 'w').close()",
    "many folders": "for n in range(3_000): os.mkdir(str(n))",
    "folders in folders": "for n in range(3_000):\n    os.mkdir('d')\n    os.chdir('d')",
    "long names": "for n in range(3_000): open('x' * 240 + str(n), 'w').close()",
    "a hole": "open('a', 'wb').truncate(1 << 40)",
    "a hole with an end": "f = open('a', 'wb')\nf.seek(1 << 40)\nf.write(b'x')\nf.flush()",
    "space without bytes": "os.posix_fallocate(os.open('a', os.O_CREAT | os.O_RDWR), 0, 1 << 33)",
    "deleted files that stay open": """
        kept = []
        for n in range(20):
            kept.append(open("a", "wb", buffering=0))
            os.remove("a")
            kept[-1].write(bytes(8 << 20))
        """,
    "renamed files": "for n in range(20):\n    open('a', 'wb').write(bytes(8 << 20))\n    os.rename('a', str(n))",
    "a mapped file": "a = np.memmap('a', np.uint8, 'w+', shape=(80 << 20,))\na[:] = 1",
    "copies": "import shutil\nopen('a', 'wb').write(bytes(8 << 20))\nfor n in range(20): shutil.copy('a', str(n))",
    "copies within the kernel": """
        open("a", "wb").write(bytes(8 << 20))
        source = os.open("a", os.O_RDONLY)
        for n in range(20):
            os.sendfile(os.open(str(n), os.O_CREAT | os.O_WRONLY), source, 0, 8 << 20)
        if sum(os.stat(str(n)).st_size for n in range(20)) <= 64 << 20:
            raise PermissionError("cut")
        """,
    "saved arrays": "for n in range(20): np.save(str(n), np.ones(1 << 20))",
    "a database": "import sqlite3\nsqlite3.connect('/tmp/pellucid-hostile.db').execute('create table t (x)')",
    "a log": "import logging\nlogging.FileHandler('/var/tmp/pellucid-hostile.log').emit(logging.makeLogRecord({}))",
    "a temporary file": "import tempfile\ntempfile.mkstemp(prefix='pellucid-hostile', dir='/tmp')",
    "a temporary file without a name": "os.open('/tmp', os.O_TMPFILE | os.O_RDWR)",
    "a temporary file beside the canary, without a name": "call(257, 56, -100, b'@beside@', 0o20200002, 0o600)",
    "a file in shared memory": "open('/dev/shm/pellucid-hostile', 'w').write('x')",
    "a file in /run": "any_of(*(lambda p=p: call(257, 56, -100, p, 0o101, 0o666) for p in (b'/run/pellucid-hostile', b'/run/lock/pellucid-hostile')))",
    "a file at the root": "call(257, 56, -100, b'/pellucid-hostile', 0o101, 0o666)",
    "a file in its home": "any_of(*(lambda p=p: open(os.path.join(p, 'pellucid-hostile'), 'w') for p in ('@beside@', '/root', '/home')))",
    "a file above its folder": "call(257, 56, -100, b'../pellucid-hostile', 0o101, 0o666)",
    "a file among the libraries": "open(os.path.join(os.path.dirname(np.__file__), 'pellucid_hostile.py'), 'w')",
    "compiled files among the libraries": "import py_compile\npy_compile.compile(os.__file__, os.path.join(os.path.dirname(np.__file__), '__pycache__/pellucid-hostile.pyc'), doraise=True)",
    "a flood of printed text": "while True: print('x' * (1 << 20))",
    "a flood of errors": "while True: sys.stderr.write('x' * (1 << 20))",
    "a flood past Python": "while True: os.write(1, bytes(1 << 20))",
    "a flood of warnings": "import warnings\nwarnings.simplefilter('always')\nfor n in range(10**9): warnings.warn('x' * (1 << 16) + str(n))",
    "printed text with a hole": "os.lseek(1, 1 << 40, 0)\nos.write(1, b'x')",
    "printed text made longer": "os.ftruncate(1, 1 << 40)",
    "printed text, opened again": "any_of(lambda: open('/proc/self/fd/1', 'w'), lambda: call(257, 56, -100, b'/dev/fd/1', 1, 0))",
    "a core file": "resource.setrlimit(resource.RLIMIT_CORE, (1 << 30, 1 << 30))",
    "a trace of its crashes": "import faulthandler\nfaulthandler.enable(open('/tmp/pellucid-hostile', 'w'))",
}
