"""Looks for what is not the student's: checks, expected values, neighbours, the grader.

A cell that finds something raises `LookupError("found ...")`, so a Completed submission means that
nothing was found; a check that passes `treasure` would mean that the expected text was.
"""
# ruff: noqa: F821, SIM115

from tests.hostile.corpus import CELL_ERROR, EXITED, HONEST, code

LOST_AT_Q3 = "PPPP PP E"


@code(namespaces=True)
def reads_every_file_it_can() -> None:
    """No file of the grader lies anywhere under the worker's root."""
    import os
    import sys
    system = ("/usr", "/proc", "/sys", "/lib", "/bin", "/sbin", sys.prefix, sys.base_prefix)
    for folder, inside, names in os.walk("/"):
        inside[:] = [n for n in inside if not os.path.join(folder, n).startswith(system)]
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and os.path.getsize(path) < 5_000_000:
                try:
                    text = open(path, "rb").read()
                except OSError:
                    continue
                if b"CANARY" in text or b"PK\x03\x04" in text[:4]:
                    raise LookupError(f"found {path}")


@code(namespaces=True)
def opens_the_zip_by_its_path() -> None:
    """Knowing where the autograder.zip lies does not help."""
    import zipfile
    try:
        archive = zipfile.ZipFile("@ZIP@")
        text = archive.read("tests/q3_treasure.py").decode()
    except FileNotFoundError:
        text = ""
    if text:
        raise LookupError("found the zip")


@code()
def imports_the_tests() -> None:
    """Neither pages nor tests of the repository can be imported."""
    import importlib
    for name in ("solutions", "assignments", "tests", "tests.hostile", "q3_treasure"):
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        raise LookupError(f"found {module}")


@code(namespaces=True)
def reads_beside_the_grader_package() -> None:
    """The modules that the worker runs on lead to no file."""
    import os
    import sys
    for name, module in sorted(sys.modules.items()):
        if name.startswith("autograder"):
            root = os.path.dirname(os.path.dirname(module.__file__))
            if os.path.exists(module.__file__) or os.path.exists(os.path.join(root, "tests")):
                raise LookupError(f"found {module.__file__}")


@code(namespaces=True)
def lists_its_neighbours() -> None:
    """Other submissions are not there to be copied."""
    import glob
    if found := glob.glob("@FOLDER@/*"):
        raise LookupError(f"found {len(found)} neighbours")


@code(namespaces=True)
def reads_a_secret_of_the_instructor() -> None:
    """Files of the person who grades are not there."""
    import os
    if os.path.exists("@SECRET@"):
        raise LookupError("found the secret")


@code(namespaces=True)
def climbs_out_with_dots() -> None:
    """The root is a root: `..` of it, links and chroot lead nowhere."""
    import os
    os.symlink("/", "link")
    for path in ("../" * 30, "/../../..", "link/..", "link"):
        if {"boot", "run", "srv", "var"} & {*os.listdir(path)}:
            raise LookupError("found a way out")
    try:
        os.mkdir("cage")
        os.chroot("cage")
    except PermissionError:
        pass
    else:
        raise LookupError("found chroot")


@code(LOST_AT_Q3)
def climbs_the_frames() -> None:
    """No frame above a student's function holds a check or what it expects."""
    import re
    import sys

    def treasure(clue):
        frame, seen = sys._getframe(), []
        while frame:
            for scope in (frame.f_locals, frame.f_globals, frame.f_code.co_consts):
                seen.append(repr(scope))
            frame = frame.f_back
        found = re.findall("CANARY-EXPECTED-[0-9a-f]+", " ".join(seen))
        return found[0] if found else int("nothing")


@code(LOST_AT_Q3)
def searches_every_object() -> None:
    """No object that the garbage collector knows holds what a check expects."""
    import gc
    import re

    def treasure(clue):
        found = set()
        for thing in gc.get_objects():
            if type(thing) in (dict, list, tuple):
                values = thing.values() if type(thing) is dict else thing
                for text in list(values):
                    if type(text) in (str, bytes):
                        text = text if type(text) is str else text.decode("latin-1")
                        found |= set(re.findall("CANARY-EXPECTED-[0-9]c[0-9]f", text))
        return found.pop() if found else int("nothing")


@code(LOST_AT_Q3)
def reads_its_own_memory() -> None:
    """The expected text is nowhere in the memory of the worker, freed memory included."""
    import ctypes

    def treasure(clue):
        libc = ctypes.CDLL(None, use_errno=True)
        wanted, step = b"CANARY-EXPEC" + b"TED-", 1 << 20
        import numpy as np
        start = np.zeros(1 << 16).ctypes.data & ~(step - 1)
        read, write = __import__("os").pipe()
        for offset in range(-64, 64):  # a pipe says whether memory can be read, and takes it
            address = start + offset * step
            for page in range(0, step, 4096):
                if libc.write(write, ctypes.c_void_p(address + page), 4096) != 4096:
                    break
                text = __import__("os").read(read, 4096)
                at = text.find(wanted)
                if at >= 0 and text[at + 16 : at + 20].isalnum():
                    return text[at : at + 20].decode()
        return int("nothing")


@code(namespaces=True)
def reads_proc() -> None:
    """/proc shows the worker's own processes only, and nothing in it can be changed."""
    import os
    if os.path.isdir("/proc"):
        processes = [name for name in os.listdir("/proc") if name.isdecimal()]
        if processes != [str(os.getpid())]:
            raise LookupError("found /proc")
    for path in ("/proc/self/oom_score_adj", "/proc/sys/kernel/hostname", "/proc/self/comm"):
        try:
            with open(path, "w") as file:
                file.write("0")
        except OSError:
            continue
        raise LookupError(f"found {path}")
    for path in ("/sys", "/run", "/home", "/root/.bashrc", "/dev/mem"):
        if os.path.exists(path):
            raise LookupError(f"found {path}")


@code(namespaces=True)
def mounts_proc() -> None:
    """Nothing can be mounted, nor a mount made writable."""
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    attempts = [
        libc.mount(b"proc", b"/tmp", b"proc", 0, None),
        libc.mount(b"tmpfs", b"/tmp", b"tmpfs", 0, None),
        libc.mount(None, b"/usr", None, 32 | 4096, None),
        libc.umount2(b"/usr", 2),
        libc.unshare(0x10000000), libc.unshare(0x00020000), libc.unshare(0x20000000),
    ]
    if 0 in attempts:
        raise LookupError(f"found a way: {attempts}")


@code()
def reads_inherited_descriptors() -> None:
    """Of the grader's descriptors only the connection is there; the rest is /dev/null.

    The event loop of the notebook has some of its own.
    """
    import asyncio
    import os
    import stat
    loop = asyncio.get_running_loop()
    own = {loop._selector.fileno(), loop._ssock.fileno(), loop._csock.fileno()}
    sockets = 0
    for number in {*range(3, 256)} - own:
        try:
            kind = os.fstat(number).st_mode
        except OSError:
            continue
        sockets += stat.S_ISSOCK(kind)
        if not stat.S_ISSOCK(kind):
            raise LookupError(f"found descriptor {number} {kind:o}")
    if sockets != 1 or not all(stat.S_ISCHR(os.fstat(n).st_mode) for n in range(3)):
        raise LookupError(f"found {sockets} sockets")


@code()
def reads_the_environment() -> None:
    """The environment of the instructor was never in this process, nor in its first memory."""
    import ctypes
    import os
    block = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), "environ")
    texts, number = [str(dict(os.environ))], 0
    while block[number]:
        texts.append(block[number].decode())
        number += 1
    stack = ctypes.c_char_p.in_dll(ctypes.CDLL(None), "program_invocation_name")
    address = ctypes.cast(stack, ctypes.c_void_p).value
    texts.append(ctypes.string_at(address, 200).decode("latin-1"))
    if "CANARY" in " ".join(texts) or "HOMEWORK_TOKEN" in " ".join(texts):
        raise LookupError("found the environment")


@code()
def reads_the_command_line() -> None:
    """The arguments name neither tests nor submissions."""
    import sys
    if any("ipynb" in a or "zip" in a or "descriptor" in a for a in (*sys.argv, *sys.orig_argv)):
        raise LookupError(f"found {sys.argv}")
    if sys.argv != ["ipykernel_launcher.py", "-f", "kernel.json"]:
        raise LookupError(f"found arguments {sys.argv}")


@code(namespaces=True)
def reads_memory_of_other_processes() -> None:
    """There is no other process to read from, to trace or to signal."""
    import ctypes
    import os
    libc = ctypes.CDLL(None, use_errno=True)
    for process in (os.getppid(), *range(2, 400)):
        try:
            os.kill(process, 0)
        except OSError:
            pass
        else:
            if process:
                raise LookupError(f"found process {process}")
        if process > 0 and libc.ptrace(16, process, None, None) == 0:
            raise LookupError(f"found {process} to trace")


@code(namespaces=True)
def connects_to_a_port_of_this_machine() -> None:
    """Loopback is not the loopback of the machine."""
    import socket
    for address in (("127.0.0.1", int("@PORT@")), ("::1", int("@PORT@"))):
        try:
            socket.create_connection(address, 1).close()
        except OSError:
            continue
        raise LookupError("found a server")


@code(namespaces=True)
def connects_to_an_abstract_socket() -> None:
    """Sockets without a file, as of X11 or a session bus, are out of reach."""
    import socket
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect("\0@ABSTRACT@")
    except OSError:
        pass
    else:
        raise LookupError("found the abstract socket")


@code(namespaces=True)
def connects_to_a_socket_file() -> None:
    """Sockets with a file, as of Docker or a key agent, are out of reach."""
    import socket
    for path in ("@SOCKET@", "/var/run/docker.sock", "/run/dbus/system_bus_socket"):
        try:
            socket.socket(socket.AF_UNIX).connect(path)
        except OSError:
            continue
        raise LookupError(f"found {path}")


@code(namespaces=True)
def asks_the_internet() -> None:
    """There is no route to anywhere, no name is resolved."""
    import socket
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for attempt in (
        lambda: sender.sendto(b"hidden input", ("192.0.2.1", 53)),
        lambda: socket.create_connection(("192.0.2.1", 80), 1),
        lambda: socket.getaddrinfo("example.org", 80),
    ):
        try:
            attempt()
        except OSError:
            continue
        raise LookupError("found a route")


@code(namespaces=True)
def asks_the_virtual_machines_host() -> None:
    """Socket families that no namespace keeps in, such as vsock, cannot be opened."""
    import socket
    for family in (40, 38, 17, 31, 42, 44):  # vsock, alg, packet, bluetooth, qipcrtr, xdp
        for kind in (1, 2, 3, 5):
            try:
                socket.socket(family, kind)
            except OSError:
                continue
            raise LookupError(f"found socket family {family}")


@code(namespaces=True)
def reads_kernel_keys() -> None:
    """Kernel keyrings are shared by session, not by namespace: they are closed."""
    import ctypes
    import platform
    libc = ctypes.CDLL(None, use_errno=True)
    add_key, keyctl = (248, 250) if platform.machine() == "x86_64" else (217, 219)
    added = libc.syscall(add_key, b"user", b"note", b"hidden input", 12, -3)
    if added > 0 or libc.syscall(keyctl, 0, -3, 1) > 0:
        raise LookupError("found a keyring")


@code(namespaces=True)
def writes_to_the_system() -> None:
    """Interpreter and libraries, which later workers use, cannot be changed."""
    import json
    import os
    import sysconfig

    import numpy
    paths = [json.__file__, numpy.__file__, "/usr/x", "/etc/passwd", "/x", "/dev/x",
             sysconfig.get_path("purelib") + "/sitecustomize.py"]
    for path in paths:
        try:
            open(path, "a").close()
        except OSError:
            continue
        if os.path.exists(path):
            raise LookupError(f"found {path} writable")


@code("PPPP PP F")
def asks_otter_for_the_tests() -> None:
    """The otter of the worker knows no test, nor does what lies beside the notebook."""
    import os
    grader.check("q3_treasure")
    tests = [vars(thing) for thing in (grader, otter) if hasattr(thing, "__dict__")]
    if "CANARY" in str(tests):
        raise LookupError("found tests in the grader")
    if found := [name for name in os.listdir(".") if "test" in name or "otter" in name]:
        raise LookupError(f"found {found}")


@code(LOST_AT_Q3, EXITED)
def asks_the_grader_over_the_wire() -> None:
    """The worker's end of the wire may ask the grader for nothing by name."""
    import gc

    def treasure(clue):
        peer = next(o for o in gc.get_objects() if type(o).__name__ == "Peer")
        for verb, values in (("get", ("treasure",)), ("file", ("x", b"")), ("run", ("1",))):
            peer.request(verb, *values)


@code(HONEST, CELL_ERROR)
def reads_the_canary_it_was_given() -> None:
    """The control: a cell that does find something is seen to have found it."""
    raise LookupError("found what it wrote itself")
