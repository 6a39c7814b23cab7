"""A worker in namespaces, seen from inside and outside: `python -m tests.isolation_facts`.

Prints it as JSON. A process of its own, so that it can be run as an ordinary user.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from autograder.sandbox.client import NAMESPACES, ForkServerClient
from autograder.sandbox.resources import descendants
from tests.worker_talk import talk

INSIDE = '''
import ctypes, os, resource, socket
libc = ctypes.CDLL(None, use_errno=True)

def says(result):
    return result if result >= 0 else os.strerror(ctypes.get_errno())

def tried(action):
    try:
        return str(action())
    except OSError as error:
        return error.strerror

answer = dict(
    user=os.getuid(), effective=os.geteuid(), group=os.getgid(), groups=os.getgroups(),
    process=os.getpid(), parent=os.getppid(), session=os.getsid(0), host=os.getcwd(),
    root=sorted(os.listdir("/")), scratch=sorted(os.listdir(".")), dev=sorted(os.listdir("/dev")),
    interfaces=[name for _, name in socket.if_nameindex()],
    remount=says(libc.mount(None, b"/usr", None, 32 | 4096, None)),
    mount=says(libc.mount(b"tmpfs", b"/tmp", b"tmpfs", 0, None)),
    user_namespace=says(libc.unshare(0x10000000)),
    mount_namespace=says(libc.unshare(0x00020000)),
    become_root=tried(lambda: os.setuid(0)),
    write_root=tried(lambda: open("/x", "w")),
    write_system=tried(lambda: open("/usr/x", "w")),
    write_library=tried(lambda: open(os.__file__, "a")),
    write_scratch=tried(lambda: open("/tmp/x", "w").write("x")),
    processes=resource.getrlimit(resource.RLIMIT_NPROC)[1],
    files=resource.getrlimit(resource.RLIMIT_NOFILE)[1],
    core=resource.getrlimit(resource.RLIMIT_CORE)[1],
    setuid_programs=[int(bool(os.statvfs(path).f_flag & os.ST_NOSUID)) for path in ("/", "/usr")],
)
'''


def facts() -> dict[str, Any]:
    """Everything there is to say about one worker."""
    with ForkServerClient(NAMESPACES) as parent, talk(parent) as notebook:
        inside = notebook.value(INSIDE)
        outer, inner = descendants(parent.process)
        status = Path(f"/proc/{inner}/status").read_text(encoding="utf-8")
        return inside | {
            "outside": dict(re.findall(r"^(\w+):\t(.*)$", status, re.MULTILINE)),
            "oom_score_adj": _text(inner, "oom_score_adj"),
            "uid_map": _text(inner, "uid_map").split(),
            "namespaces_shared": [
                name for name in ("mnt", "pid", "net", "ipc", "uts", "user")
                if _namespace(inner, name) == _namespace("self", name)
            ],
            "outer_session": _session(outer), "inner_session": _session(inner),
        }


def _text(process: int, name: str) -> str:
    return Path(f"/proc/{process}/{name}").read_text(encoding="utf-8").strip()


def _namespace(process: int | str, name: str) -> str:
    return str(Path(f"/proc/{process}/ns/{name}").readlink())


def _session(process: int) -> int:
    return int(_text(process, "stat").rpartition(")")[2].split()[3])


if __name__ == "__main__":
    print(json.dumps(facts()))
