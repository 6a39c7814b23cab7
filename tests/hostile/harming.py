"""Tries to cost something: memory, time, processes, disk, the grader's life, a neighbour's points.

What could hurt a machine on which the isolation is broken first looks whether it is the first
process of a namespace.
"""
# ruff: noqa: F821, F841, SIM105, SIM115

from tests.hostile.corpus import (
    CELL_ERROR,
    EXITED,
    HONEST,
    TIMED_OUT,
    cells,
    code,
)


@code("PPPP PP E")
def takes_all_memory() -> None:
    """More memory than allowed is a MemoryError of the student's function."""
    def treasure(clue):
        return np.ones(1 << 34)


@code(HONEST, EXITED, found="GiB of memory", namespaces=True)
def takes_all_memory_in_many_processes() -> None:
    """The limit holds for a submission's processes together, not for each."""
    import mmap
    import os
    import time
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | mmap.MAP_POPULATE
    for _ in range(8):
        if os.fork() == 0:
            kept = mmap.mmap(-1, 128 << 20, flags=flags)
            time.sleep(60)
    time.sleep(60)


@code(namespaces=True)
def hides_memory_outside_of_its_processes() -> None:
    """Memory that belongs to no process (memfd, System V, shared mappings) cannot be had.

    What /dev/shm gives is bounded.
    """
    import ctypes
    import mmap
    import os
    libc = ctypes.CDLL(None, use_errno=True)
    for attempt in (
        lambda: os.memfd_create("x"),
        lambda: mmap.mmap(-1, 1 << 20),
        lambda: open("/dev/zero"),
        lambda: [open(f"/dev/shm/{n}", "wb").write(bytes(8 << 20)) for n in range(9)],
    ):
        try:
            attempt()
        except OSError:
            continue
        raise LookupError("found a hiding place")
    if libc.shmget(0, 1 << 20, 0o1600) >= 0 or libc.msgget(0, 0o1600) >= 0:
        raise LookupError("found System V memory")


@code(namespaces=True)
def forks_without_end() -> None:
    """A fork bomb ends at the limit on processes; the notebook goes on."""
    import os
    import time
    if os.getpid() == 1:
        children = 0
        try:
            while children < 10_000:
                if os.fork() == 0:
                    time.sleep(60)
                    os._exit(0)
                children += 1
        except BlockingIOError:
            pass
        if children > 100:
            raise LookupError(f"found room for {children} processes")


@code(namespaces=True)
def starts_threads_without_end() -> None:
    """Threads count as processes do."""
    import os
    import threading
    import time
    threads = 0
    try:
        while threads < 5_000 and os.getpid() == 1:
            threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
            threads += 1
    except RuntimeError:
        pass
    if threads > 100:
        raise LookupError(f"found room for {threads} threads")


@code(namespaces=True)
def fills_the_disk() -> None:
    """The scratch folder is small and in memory; a full one is an OSError of the student's."""
    written = 0
    try:
        for number in range(100):
            with open(f"f{number}", "wb") as file:
                written += file.write(bytes(8 << 20))
    except OSError:
        pass
    if written > 100 << 20:
        raise LookupError(f"found room for {written} bytes")


@code(namespaces=True)
def makes_files_without_end() -> None:
    """The number of files is bounded too; each costs the kernel memory."""
    import os
    made = 0
    try:
        for number in range(60_000):
            os.mkdir(f"d{number}")
            made += 1
    except OSError:
        pass
    if made > 50_000:
        raise LookupError(f"found room for {made} files")


@code()
def writes_a_huge_file() -> None:
    """The size of a file is bounded, without a signal that would end the process."""
    written = 0
    try:
        with open("large", "wb") as file:
            while written < 1 << 30:
                written += file.write(bytes(16 << 20))
    except OSError:
        pass
    if written > 200 << 20:
        raise LookupError(f"found room for {written} bytes")


@code()
def floods_its_output() -> None:
    """Output goes nowhere at full speed, and nobody keeps it."""
    import os
    import sys
    line = "CANARY " * 10_000
    for _ in range(300):
        print(line)
        print(line, file=sys.stderr)
        os.write(1, line.encode())
    from IPython.display import HTML, display
    for _ in range(300):
        display(HTML(line))
    line * 100


@code(namespaces=True)
def signals_everybody() -> None:
    """Signals reach the student's own processes only, and not the first of them."""
    import os
    import signal
    if os.getpid() == 1:
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGSTOP, signal.SIGKILL):
            for process in (-1, 0, 1, os.getppid(), *range(2, 500)):
                try:
                    os.kill(process, number)
                except OSError:
                    pass


@code("PPPP PP E", EXITED, found="signal 11")
def segfaults() -> None:
    """A crash costs the check at hand."""
    import ctypes

    def treasure(clue):
        return ctypes.string_at(0)


@code("PPPP PP E", EXITED)
def aborts() -> None:
    """So does abort()."""
    import ctypes

    def treasure(clue):
        ctypes.CDLL(None).abort()


@code("PPPP PP E", EXITED, found="exit code 0")
def exits_at_once() -> None:
    """`os._exit(0)` is no success."""
    import os

    def treasure(clue):
        os._exit(0)


@code("PPPP PP E", EXITED)
def exits_politely() -> None:
    """sys.exit in a function is an error of that function; nothing needs a fresh worker."""
    import sys

    def treasure(clue):
        sys.exit(0)


@code(HONEST, CELL_ERROR, found="SystemExit")
def exits_in_a_cell() -> None:
    """sys.exit in a cell ends that cell; what was defined stays."""
    import sys
    sys.exit(0)
    # %%
    def treasure(clue):
        return ""


@code(HONEST, EXITED)
def ends_its_process_in_a_cell() -> None:
    """The cell that ended the process is left out, the other cells run again."""
    import os
    os._exit(3)
    # %%
    def treasure(clue):
        return "still defined"


@code("EEEE EE F", EXITED)
def ends_its_process_in_the_cell_of_answers() -> None:
    """What only the deadly cell defines is missing, and its end is named as the cause."""
    del double, descend
    # %%
    import os

    def double(x):
        return x + x

    descend = double
    os._exit(0)


@code(HONEST, CELL_ERROR)
def interrupts_itself() -> None:
    """KeyboardInterrupt and its like are errors of a cell."""
    raise KeyboardInterrupt
    # %%
    raise BaseException("odd")
    # %%
    raise GeneratorExit


@code("PPPP PP E")
def interrupts_itself_in_a_check() -> None:
    """KeyboardInterrupt of a function is an error of that function."""
    def treasure(clue):
        raise KeyboardInterrupt("odd")


@code(HONEST, TIMED_OUT)
def loops_in_a_cell() -> None:
    """An endless cell costs its limit once; the rest of the notebook runs."""
    while True:
        pass


@code("PPPP PP T", TIMED_OUT)
def loops_in_a_function() -> None:
    """An endless function costs its check's limit."""
    def treasure(clue):
        while True:
            pass


@code("TTTT PP F", TIMED_OUT)
def loops_in_every_check() -> None:
    """After two endless checks of a question the others are not tried."""
    def double(x):
        while True:
            pass


@code("PPPP PP T", TIMED_OUT)
def loops_where_no_signal_reaches() -> None:
    """A single call in C that takes hours, with all signals blocked, is ended from outside."""
    import signal
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))

    def treasure(clue):
        return 7 ** (10**9)


@code("PPPP PP T", TIMED_OUT)
def loops_in_a_property_of_its_answer() -> None:
    """What the answer does while it is being read counts as the function's time."""
    class Slow:
        def __iter__(self):
            while True:
                pass

    def treasure(clue):
        return Slow()


@code("FPPP PP F")
def loops_in_what_is_not_called() -> None:
    """`__eq__`, `__del__`, `__repr__`, `__bool__` and atexit functions get no chance to hang."""
    import atexit

    class Slow:
        def hang(self, *a):
            while True:
                pass

        __eq__ = __del__ = __repr__ = __str__ = __bool__ = __len__ = hang

    kept = Slow()

    def double(x):
        return kept if isinstance(x, int) else x + x

    atexit.register(Slow.hang, None)


@code("PTPP PP F", TIMED_OUT)
def loops_in_the_graders_own_comparison() -> None:
    """An answer that is small but takes ages to compare ends with its checker."""
    def double(x):
        if getattr(x, "size", 0) != 3:
            return x + x
        answer = [0.0]
        for _ in range(50):
            answer = [answer, answer]
        return answer


@code(namespaces=True)
def leaves_a_daemon() -> None:
    """A process that left its session and its parent is ended with the namespace."""
    import os
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            os.execv("/bin/sleep", ["sleep", "98765"])
        os._exit(0)


@code("PPPP PP E", EXITED, namespaces=True)
def turns_into_another_program() -> None:
    """exec closes the connection, and the new program does not outlive it."""
    import os

    def treasure(clue):
        os.execv("/bin/sleep", ["sleep", "98765"])


@code("PPPP PP T", TIMED_OUT, namespaces=True)
def turns_a_thread_into_another_program() -> None:
    """A program begun by a thread has lost its parent-death signal; it is ended all the same."""
    import ctypes
    import os
    import threading
    import time

    def treasure(clue):
        ctypes.CDLL(None).prctl(1, 0, 0, 0, 0)
        for number in range(3, 99):
            if is_open(number):
                os.set_inheritable(number, True)
        threading.Thread(
            target=os.execv, args=("/bin/sleep", ["sleep", "98765"])).start()
        time.sleep(60)

    def is_open(number):
        try:
            os.fstat(number)
        except OSError:
            return False
        return True


@code(namespaces=True)
def leaves_files_behind() -> None:
    """Files in any writable place are gone with the worker (see finds_files_left_behind)."""
    import os
    for folder in (".", "/tmp", "/var/tmp", "/dev/shm", os.path.expanduser("~"), "/"):
        try:
            with open(os.path.join(folder, "left-behind"), "w") as file:
                file.write("CANARY")
        except OSError:
            pass


@code(namespaces=True)
def finds_files_left_behind() -> None:
    """Nothing of an earlier submission is there."""
    import glob
    import os
    import sys
    places = ("./left*", "/tmp/*/left*", "/tmp/left*", "/var/tmp/left*", "/dev/shm/*", "/left*")
    if found := [name for place in places for name in glob.glob(place)]:
        raise LookupError(f"found {found}")
    libraries = [path for path in sys.path if path.startswith("/tmp/")]
    shown = {path.split("/")[2] for path in libraries}  # the interpreter itself may stand there
    if sorted(n for n in set(os.listdir(".")) - shown if n[0] != ".") != ["handed_out.csv"]:
        raise LookupError(f"found {os.listdir('.')}")


@code("PPPP PP E")
def recurses_without_end() -> None:
    """A RecursionError is an error like any other."""
    def treasure(clue):
        return treasure(clue)


@code()
def raises_its_limits() -> None:
    """Limits can be lowered, not raised."""
    import resource
    for limit in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE):
        try:
            resource.setrlimit(limit, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        except (ValueError, PermissionError):
            continue
        raise LookupError("found no limit")


@code("PPPP PP E", EXITED)
def lowers_its_limits() -> None:
    """Whoever takes processor time from itself ends itself."""
    import resource

    def treasure(clue):
        resource.setrlimit(resource.RLIMIT_CPU, (0, 0))
        while True:
            pass


@code()
def opens_files_without_end() -> None:
    """Open files are bounded; the student's own trouble."""
    import os
    kept = []
    try:
        for _ in range(5_000):
            kept.append(open(os.devnull))
    except OSError:
        kept.clear()
    if kept:
        raise LookupError("found no limit")


@code(HONEST, CELL_ERROR, found="'NoneType' object has no attribute 'write'")
def breaks_the_interpreter_around_it() -> None:
    """Streams closed, path empty, hooks set, collector off: the checks still run."""
    import gc
    import os
    import sys
    gc.disable()
    sys.stdout.close()
    sys.stderr = sys.stdout = None
    sys.path.clear()
    sys.excepthook = sys.displayhook = lambda *a: 1 / 0
    sys.setprofile(lambda *a: None)
    os.environ.clear()
    os.chdir("/")
    os.umask(0o777)


@code(HONEST, namespaces=True)
def burns_every_processor() -> None:
    """Busy children do not outlast their submission, nor slow its end."""
    import os
    if os.getpid() == 1:
        for _ in range(8):
            if os.fork() == 0:
                while True:
                    pass


@code()
def draws_without_a_display() -> None:
    """matplotlib, where it is installed, draws nowhere and opens nothing."""
    try:
        import matplotlib.pyplot as plt
        plt.plot([1, 2, 3])
        plt.show()
        plt.savefig("figure.png")
    except ImportError:
        pass


@cells()
def asks_for_input_and_a_debugger() -> list[str]:
    """There is nobody to answer: input() and breakpoint() fail or pass, and do not wait."""
    return ["try:\n    input('name? ')\nexcept NotImplementedError:\n    pass",
            "import getpass\ntry:\n    getpass.getpass()\nexcept BaseException:\n    pass",
            "import webbrowser\nwebbrowser.open('http://127.0.0.1/')"]
