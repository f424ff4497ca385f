"""Files: read, change or delete what is not the submission's own."""

__all__ = ["FILES"]

FILES = {
    "reads": "open('@canary@').read()",
    "reads by number": "call(257, 56, -100, b'@canary@', 0, 0)",
    "reads bytes": "np.fromfile('@canary@', np.uint8)",
    "reads a table": "np.genfromtxt('@canary@', dtype=str)",
    "reads an array": "np.load('@canary@', allow_pickle=True)",
    "maps": "np.memmap('@canary@', np.uint8, 'r')",
    "reads lines": "import linecache\nif not linecache.getlines('@canary@'): raise PermissionError('nothing')",
    "reads as source": "import tokenize\ntokenize.open('@canary@').read()",
    "runs": "import runpy\nrunpy.run_path('@canary@')",
    "loads as a module": "from importlib.machinery import SourceFileLoader\nSourceFileLoader('canary', '@canary@').load_module()",
    "loads as a library": "import _imp\nfrom importlib.machinery import ModuleSpec\n_imp.create_dynamic(ModuleSpec('canary', None, origin='@canary@'))",
    "reads through its root": "call(257, 56, -100, b'/proc/self/root@canary@', 0, 0)",
    "reads through the grader's root": "call(257, 56, -100, b'/proc/@grader@/root@canary@', 0, 0)",
    "reads with dots": "call(257, 56, -100, b'/usr/..//./@canary@', 0, 0)",
    "reads beside its folder": "call(257, 56, -100, b'../sandbox.py', 0, 0)",
    "reads from above its folder": "os.chdir('..')\ncall(257, 56, -100, b'processes.py', 0, 0)",
    "lists": "os.listdir('@beside@')",
    "walks": "if not [name for place in os.walk('@beside@') for name in place]: raise PermissionError('nothing')",
    "finds": "import glob\nif not glob.glob('@beside@/*'): raise PermissionError('nothing')",
    "lists the root": "call(257, 56, -100, b'/', 0o200000, 0)",
    "reads the grader's memory": "call(257, 56, -100, b'/proc/@grader@/mem', 0, 0)",
    "reads the grader's environment": "call(257, 56, -100, b'/proc/@grader@/environ', 0, 0)",
    "reads the grader's command": "open('/proc/@grader@/cmdline').read()",
    "finds the grader's folder": "os.readlink('/proc/@grader@/cwd')",
    "finds the grader's open files": "any_of(*(lambda n=n: os.readlink(f'/proc/@grader@/fd/{n}') for n in range(20)))",
    "reads a classmate's file": "call(257, 56, -100, b'@neighbour@', 0, 0)",
    "reads its own file in the class": "call(257, 56, -100, b'@class@', 0o200000, 0)",
    "reads passwords": "any_of(*(lambda p=p: call(257, 56, -100, p, 0, 0) for p in (b'/etc/shadow', b'/etc/passwd', b'/root/.bashrc')))",
    "reads the disk": "any_of(*(lambda p=p: call(257, 56, -100, p, 0, 0) for p in (b'/dev/sda', b'/dev/vda', b'/dev/mem', b'/dev/kmsg')))",
    "looks for folders that were left open": """
        import stat
        for number in range(256):
            try:
                if stat.S_ISDIR(os.fstat(number).st_mode):
                    break
            except OSError:
                continue
        else:
            raise PermissionError("none")
        """,
    "looks for files that were left open": """
        import stat
        found = []
        for number in range(2, 256):
            try:
                found += [number] * stat.S_ISREG(os.fstat(number).st_mode)
            except OSError:
                continue
        if len(found) < 2:  # what it prints into
            raise PermissionError("none")
        """,
    "writes": "open('@canary@', 'w').write('hostile')",
    "appends": "open('@canary@', 'a').write('hostile')",
    "cuts": "os.truncate('@canary@', 0)",
    "cuts while reading": "call(257, 56, -100, b'@canary@', 0o1000, 0)",
    "deletes": "os.remove('@canary@')",
    "deletes the folder": "import shutil\nshutil.rmtree('@beside@')",
    "deletes a folder by number": "call(263, 35, -100, b'@beside@/empty', 0x200)",
    "moves": "os.rename('@canary@', '@canary@.moved')",
    "moves into its own folder": "call(264, 38, -100, b'@canary@', -100, b'canary')",
    "replaces": "open('mine', 'w').close()\nos.replace('mine', '@canary@')",
    "exchanges": "open('mine', 'w').close()\ncall(316, 276, -100, b'mine', -100, b'@canary@', 2)",
    "makes a folder": "call(258, 34, -100, b'@beside@/made', 0o777)",
    "makes a file": "call(257, 56, -100, b'@beside@/made', 0o101, 0o666)",
    "changes the mode": "os.chmod('@canary@', 0o777)",
    "changes the mode of the folder": "call(268, 53, -100, b'@beside@', 0o777)",
    "changes the owner": "os.chown('@canary@', 1, 1)",
    "changes the time": "os.utime('@canary@', (1, 1))",
    "changes an attribute": "os.setxattr('@canary@', 'user.x', b'y')",
    "changes a classmate's file": "open('@neighbour@', 'a').write('x')",
    "changes a library": "open(np.__file__, 'a').write('x')",
    "changes the checker": "call(257, 56, -100, b'../sandbox.py', 1, 0)",
    "changes what starts a shell": "any_of(*(lambda p=p: open(p, 'a') for p in ('/etc/profile', '/root/.bashrc', '@beside@/../.bashrc')))",
    "changes the kernel's settings": "any_of(*(lambda p=p: call(257, 56, -100, p, 1, 0) for p in (b'/proc/sys/kernel/core_pattern', b'/sys/power/state', b'/proc/sysrq-trigger')))",
    "changes its own name table": "any_of(lambda: open('/proc/self/uid_map', 'w').write('0 0 1'), lambda: open('/proc/self/setgroups', 'w'))",
    "unlinks the world": "import shutil\nshutil.rmtree('/', ignore_errors=True)\nif os.path.exists('@canary@'): raise PermissionError('kept')",
}
