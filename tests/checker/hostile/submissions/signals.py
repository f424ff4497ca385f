"""Signals and limits: end, stop or slow the grader; lift the worker's own limits; never end."""

__all__ = ["SIGNALS"]

SIGNALS = {
    "kills its parent": "os.kill(os.getppid() or @grader@, 9)",
    "kills the first process of its namespace": "os.kill(1, 9)",
    "stops the grader": "os.kill(@grader@, signal.SIGSTOP)",
    "interrupts the grader": "os.kill(@grader@, signal.SIGINT)",
    "terminates everyone": "os.kill(-1, signal.SIGTERM)",
    "kills its group": "os.killpg(0, 9)",
    "kills the grader's group": "os.killpg(@grader@, 9)",
    "hangs the grader up, as machine code": "call(62, 129, @grader@, 1)",
    "kills every process in turn": """
        reached = 0
        for number in [*range(1, 400), *range(@grader@ - 200, @grader@ + 200)]:
            if number != os.getpid():
                try:
                    call(62, 129, number, 9)
                    reached += 1
                except OSError:
                    pass
        if not reached:
            raise PermissionError("nobody was reached")
        """,
    "kills every thread of the grader": "any_of(*(lambda n=n: call(234, 131, @grader@, @grader@ + n, 9) for n in range(20)))",
    "kills with a queued signal": "call(129, 138, @grader@, 9, (9).to_bytes(4, 'little') + bytes(124))",
    "kills through a process descriptor": "signal.pidfd_send_signal(os.pidfd_open(@grader@), 9)",
    "kills through a descriptor it makes up": "any_of(*(lambda n=n: call(424, 424, n, 9, None, 0) for n in range(64)))",
    "has the kernel signal the grader on input": """
        import fcntl
        fcntl.fcntl(1, fcntl.F_SETOWN, @grader@)
        fcntl.fcntl(1, 10, 9)
        fcntl.fcntl(1, fcntl.F_SETFL, os.O_ASYNC)
        """,
    "chooses a signal for a pipe": "any_of(*(lambda n=n: call(72, 25, n, 10, 9) for n in range(64)))",
    "sends an alarm to the grader through a timer": "call(222, 107, 0, bytes(8) + (9).to_bytes(4, 'little') + bytes(52), bytes(8))",
    "limits the grader's memory": "resource.prlimit(@grader@, resource.RLIMIT_AS, (1, 1))",
    "limits the grader's files": "resource.prlimit(@grader@, resource.RLIMIT_NOFILE, (3, 3))",
    "limits the first process": "resource.prlimit(1, resource.RLIMIT_CPU, (1, 1))",
    "reads the grader's limits": "resource.prlimit(@grader@, resource.RLIMIT_CPU)",
    "lifts its limit of memory": "resource.setrlimit(resource.RLIMIT_AS, (-1, -1))",
    "lifts its limit of time": "resource.setrlimit(resource.RLIMIT_CPU, (10**6, 10**6))",
    "lifts its limit of output": "resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 40, 1 << 40))",
    "lifts its limit of open files": "resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))",
    "lifts its limit of core files": "resource.setrlimit(resource.RLIMIT_CORE, (-1, -1))",
    "pins the grader to a core": "os.sched_setaffinity(@grader@, [0])",
    "slows the grader": "os.setpriority(os.PRIO_PROCESS, @grader@, 19)",
    "slows its whole user": "os.setpriority(os.PRIO_USER, os.getuid(), 19)",
    "runs before everyone else": "os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))",
    "is nicer to itself": "os.nice(-20)",
    "makes the grader the first to die of memory": "open('/proc/@grader@/oom_score_adj', 'w').write('1000')",
    "makes itself the last to die of memory": "open('/proc/self/oom_score_adj', 'w').write('-1000')",
    "ignores every signal and never ends": """
        for number in range(1, 65):
            try:
                signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError):
                pass
        while True:
            pass
        """,
    "blocks every signal and sleeps": """
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        time.sleep(10**6)
        """,
    "stops itself": "os.kill(os.getpid(), signal.SIGSTOP)\nraise PermissionError('went on')",
    "kills itself": "os.kill(os.getpid(), 9)\nraise PermissionError('went on')",
    "aborts": "os.abort()",
    "storms itself with alarms": """
        count = []
        signal.signal(signal.SIGALRM, lambda *a: count.append(1))
        signal.setitimer(signal.ITIMER_REAL, 1e-6, 1e-6)
        end = time.monotonic() + 0.2
        while time.monotonic() < end:
            pass
        signal.setitimer(signal.ITIMER_REAL, 0)
        raise PermissionError(len(count) > 0)
        """,
    "crashes again in the handler of its crash": """
        import faulthandler
        faulthandler.enable()
        signal.signal(signal.SIGABRT, lambda *a: os.abort())
        os.abort()
        """,
    "nests until the stack ends": "sys.setrecursionlimit(10**9)\nx = ()\nwhile True: x = (x,)",
}
