"""Surviving processes: start something that outlives the worker, or does not let it end."""

__all__ = ["SURVIVAL"]

SURVIVAL = {
    "forks": "if os.fork() == 0:\n    time.sleep(600)",
    "forks by number": "if call(57, 220, 17, 0, 0, 0, 0) == 0:\n    time.sleep(600)",
    "forks without a copy": "call(58, 220, 0x4111, 0, 0, 0, 0)",
    "forks in a session of its own": "if os.fork() == 0:\n    os.setsid()\n    time.sleep(600)",
    "forks twice": "if os.fork() == 0:\n    if os.fork() == 0:\n        time.sleep(600)\n    os._exit(0)",
    "forks without an end": "while True: os.fork()",
    "forks in threads": "for _ in range(8):\n    threading.Thread(target=os.fork).start()\ncall(57, 220, 17, 0, 0, 0, 0)",
    "forks with a terminal": "import pty\npty.fork()",
    "clones": "call(56, 220, 17, 0, 0, 0, 0)",
    "clones as a sibling": "call(56, 220, 0x8011, 0, 0, 0, 0)",
    "clones with its memory": "call(56, 220, 0x100 | 17, 0, 0, 0, 0)",
    "clones with a descriptor": "call(56, 220, 0x1000 | 17, 0, bytes(4), 0, 0)",
    "clones into namespaces": "call(56, 220, 0x7C020000 | 17, 0, 0, 0, 0)",
    "clones as a thread outside its namespace": "call(56, 220, 0x10000 | 0x900 | 0x20000000, 0, 0, 0, 0)",
    "clones in the third way": "call(435, 435, (17).to_bytes(8, 'little') * 1 + bytes(80), 88)",
    "clones into a group of controls": "call(435, 435, (0x200000000).to_bytes(8, 'little') + bytes(80), 88)",
    "runs a program": "import subprocess\nsubprocess.Popen(['sleep', '600'])",
    "runs a program detached": "import subprocess\nsubprocess.Popen(['sleep', '600'], start_new_session=True)",
    "runs a program in another way": "import _posixsubprocess, subprocess\nsubprocess._USE_VFORK = False\nsubprocess.run(['/bin/true'])",
    "runs a shell": "if os.system('sleep 600 &') != 0: raise PermissionError('refused')",
    "runs a shell for its output": "os.popen('sleep 600 &').read()",
    "spawns": "os.spawnv(os.P_NOWAIT, '/bin/sleep', ['sleep', '600'])",
    "spawns as POSIX does": "os.posix_spawn('/bin/sleep', ['sleep', '600'], {})",
    "becomes another program": "os.execv('/bin/sleep', ['sleep', '600'])",
    "becomes Python again": "os.execv(sys.executable, [sys.executable, '-c', 'import time; time.sleep(600)'])",
    "becomes a program by number": "call(59, 221, b'/bin/sleep', None, None)",
    "becomes a program from a descriptor": "call(322, 281, call(257, 56, -100, os.__file__.encode(), 0, 0), b'', None, None, 0x1000)",
    "uses processes": "from multiprocessing import Process\nProcess(target=time.sleep, args=(600,)).start()",
    "uses a pool of processes": "from concurrent.futures import ProcessPoolExecutor\nProcessPoolExecutor().submit(abs, 1).result()",
    "uses a loop's processes": "import asyncio\nasyncio.run(asyncio.create_subprocess_exec('sleep', '600'))",
    "opens a browser": "import webbrowser\nif not webbrowser.open('http://127.0.0.1'): raise PermissionError('refused')",
    "asks for later": "any_of(*(lambda p=p: open(p, 'w') for p in ('/var/spool/cron/crontabs/root', '/etc/cron.d/x', '/run/at/x')))",
    "loses its parent's signal": "call(157, 167, 1, 0, 0, 0, 0)",
    "adopts orphans": "call(157, 167, 36, 1, 0, 0, 0)",
    "leaves its session": "os.setsid()\ncall(112, 157)",
    "leaves its group": "os.setpgid(0, 0)",
    "joins another namespace": "any_of(*(lambda n=n: call(308, 268, n, 0) for n in range(64)))",
    "makes a namespace": "call(272, 97, 0x20000000)",
    "traces the grader": "call(101, 117, 16, @grader@, 0, 0)",
    "lets itself be traced": "call(101, 117, 0, 0, 0, 0)",
    "waits for ever at its end": "import atexit\natexit.register(time.sleep, 600)\nraise ValueError('ended')",
    "waits for ever in its destruction": (
        "class Stays:\n    def __del__(self): time.sleep(600)\nkept = Stays()\ndef relu_forward(x):\n    raise ValueError('ended')\n"
    ),
    "leaves a thread": """
        threading.Thread(target=time.sleep, args=(600,)).start()
        raise ValueError("ended")
        """,
    "leaves many threads": """
        for _ in range(200):
            threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
        raise ValueError("ended")
        """,
    "leaves a thread of machine code": """
        import _thread
        _thread.start_new_thread(call, (34, 73, None, 0, None, None, 0))
        raise ValueError("ended")
        """,
    "waits for a lock that nobody gives": "lock = threading.Lock()\nlock.acquire()\nlock.acquire()",
    "never returns from its import": "while True: pass\ndef relu_forward(x):\n    return np.maximum(1, x), x\n",
}
