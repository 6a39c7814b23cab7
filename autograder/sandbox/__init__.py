"""The sandbox: the processes that run student code, and how they are isolated.

THEORY OF OPERATION

    caller                    `homework grade`: hands out submissions, writes results.sqlite
      |
      +-- grading process     one per job; holds the hidden checks; runs no student code
            |
            +-- checker       a fork of it, one per attempt: calls student functions, judges
            |      ^
            |      |  plain data (rpc.codec) over a socket pair, one per worker
            |      v
            +-- fork server   one per grading process; holds numpy and IPython, nothing secret
                  |
                  +-- outer   one per worker: waits, and ends the inner process
                        |
                        +-- inner (the worker)   runs the student's notebook, one per attempt

Caller (grading.local). It starts the grading processes (`--jobs`) and gives each one submission at
a time. Only the caller writes results. A grading process that ends is replaced, and its submission
is reported as not graded.

Grading process (grading.supervisor). It has read the autograder.zip. For each attempt at a
submission it has the fork server make a worker, forks a checker, and listens to the checker on a
pipe. It measures clock time, processor time and memory of the attempt, and kills both the checker
and the worker when a limit is reached. It never reads from a worker itself.

Checker (grading.check_runner). A fork of the grading process, so it starts within milliseconds with
all checks loaded. It is disposable: data from a worker may make a check crash or hang, and then
only the checker is lost. It reports on its pipe, one JSON line for each cell and check.

Fork server (sandbox.fork_server). A fresh interpreter (exec, not fork), so that nothing of the
grading process's memory is in it. It imports what notebooks import, and forks a worker in
milliseconds. It obeys two commands on a socket, `spawn` and `end`, and reads nothing from workers.

Outer and inner process (sandbox.namespaces). A process namespace begins with a child, so a worker
takes two processes. The outer one leaves the host's namespaces and forks. The inner one is process
1 of the new process namespace: it enters a root of its own, drops its privileges, installs the
system call filter, and then runs the notebook (sandbox.notebook_shell). The kernel ends all that it
has started when it ends. The outer process shares no process namespace with it, and cannot be
reached from it.

Memory (sandbox.resources). Where the kernel allows it, each grading process enters a memory control
group, which all its children inherit: one job is one group. The kernel ends the worker first, then
the checker, when the group is full. In any case the grading process adds up the memory of worker
and checker, and looks at what the machine has left.

Who can kill whom: the caller kills grading processes. A grading process kills its checker, and,
through the fork server, its worker. The fork server kills the outer process, which kills the inner
one. The kernel kills each process when its parent ends (PR_SET_PDEATHSIG), so no process survives
the caller. No process in the drawing can signal a process above it.

What crosses: between caller and grading process, pickled submissions and results (both are
trusted). From the worker to the checker, only plain data of bounded size (rpc.codec, rpc.frames);
no pickle. From the checker to the grading process, JSON lines in which student text is bounded. The
fork server gets the worker's end of the socket pair and no other data.

With `--isolation=process` there is no outer process and no namespace: the worker is a plain child
of the fork server. With `--container` the fork server is process 1 of a container without network,
and its commands and its workers' data go through the stream of `docker run -i`
(sandbox.client on the host, sandbox.container_stream at both ends of the stream). With
`--cluster` a Dask worker is the caller (grading.cluster).
"""
