"""`make cgroup2`: the tests of memory control groups on a kernel that has version 2 of them.

Most machines have one version or the other. User-mode Linux is a kernel that runs as a program: it
is fetched from Debian's packages, kept in build/cgroup2/, and sees this machine's files read-only.
The tests run there as root and as an ordinary user to whom a group was handed. Exits with 77 where
that cannot be shown.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile

from tests.conftest import ROOT

FOLDER = ROOT / "build" / "cgroup2"
KERNEL = FOLDER / "usr" / "bin" / "linux.uml"
SECONDS, MEMORY, SKIPPED = 600, "1500M", 77
NOBODY = 65534
INIT = f"""\
#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp PYTHONDONTWRITEBYTECODE=1 PYTHONPATH={ROOT}
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs tmp /tmp
mount -t cgroup2 none /sys/fs/cgroup
echo +memory > /sys/fs/cgroup/cgroup.subtree_control
cd {ROOT}
for user in 0 {NOBODY}; do
    own=/sys/fs/cgroup/own-$user
    mkdir $own
    chown -R $user $own
    sh -c "echo \\$\\$ > $own/cgroup.procs
        exec setpriv --reuid $user --clear-groups {sys.executable} -m pytest \\
            -p no:cacheprovider -q -rs tests/test_resources_memory.py" && echo "user $user: good"
    ls -d $own/*/ 2>/dev/null || echo "user $user: clean"
done
echo o > /proc/sysrq-trigger
sleep 60
"""
WANTED = [f"user {user}: {what}" for user in (0, NOBODY) for what in ("good", "clean")]


def main() -> int:
    """Fetch the kernel if it is not there, run the tests in it, and say whether they passed."""
    if not KERNEL.exists() and (problem := fetch()):
        print(f"cgroup2 is skipped: {problem}", file=sys.stderr)
        return SKIPPED
    init = FOLDER / "init.sh"
    init.write_text(INIT)
    init.chmod(0o755)
    with tempfile.TemporaryDirectory() as memory:
        done = subprocess.run(
            [KERNEL, f"mem={MEMORY}", "root=/dev/root", "rootfstype=hostfs", "ro", f"init={init}",
             "con=null", "con0=fd:0,fd:1", "quiet"],
            env=os.environ | {"TMPDIR": memory}, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, errors="replace", timeout=SECONDS, check=False,
        )
    print(done.stdout)
    return 0 if all(line in done.stdout for line in WANTED) else 1


def fetch() -> str:
    """Unpack Debian's package of the kernel, and say why if that does not work."""
    if sys.platform != "linux" or not shutil.which("apt-get") or not shutil.which("dpkg"):
        return "it takes Debian's packages"
    FOLDER.mkdir(parents=True, exist_ok=True)
    for command in (["apt-get", "-qq", "download", "user-mode-linux"],
                    ["sh", "-c", "dpkg -x user-mode-linux_*.deb ."]):
        done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)
        if done.returncode:
            return f"{command[0]}: {done.stderr.strip()[-200:]}"
    return ""


if __name__ == "__main__":
    sys.exit(main())
