"""Coverage-guided fuzzing of what the grader reads from a worker. Not run by pytest.

    pip install atheris numpy
    python -m tests.fuzz_wire FOLDER -runs=1000000 -max_len=2000 -rss_limit_mb=1024 -timeout=10

FOLDER keeps the inputs that reached something new; seeds are written into it first. An input is
read in one of three ways, by its first byte: as what comes out of the socket; as lines, each of
which becomes a frame (its structure, then, behind a tab, its blob); or as choices by which frames
are grown from the wire's tags. Whatever arrives, a request must end with a value or with one of
the four errors of a conversation; anything else is a crash.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["autograder", "json"]):
    from autograder.rpc.frames import PeerGone, ProtocolError, pack
    from autograder.rpc.peer import Peer
    from autograder.rpc.proxies import RemoteError, RemoteFunction
    from autograder.rpc.shared_state import WireError

import numpy as np

TAGS = ("l", "t", "d", "s", "f", "a", "n", "o", "b", "u", "e", "c", "i", "r", "sl", "g", "=", "it",
        "fn", "h", "np", "yours", "own", "x", "m", "fr", "de", "ns", "nb", "pd", "...")
WORDS = ("ask", "ahead", "ok", "raised", "call", "<f8", "|b1", "<U1", "|S1", "<c16", "F",
         "ValueError", "Cw<f8 1", ",4", "0x1", "Generator", "RandomState", "PCG64", "MT19937",
         "bit_generator", "pos", "null", "true", "NaN", "-1", "1e9", "2305843009213693951", "[0]",
         "[2]", ",[]]")

ATOMS: list[Any] = [None, True, False, 0, 1, 2, -1, 8, 2**61 - 1, 2**70, 0.0, 1.5, float("nan"), "",
                    "x", "<f8", "|b1", "<U1", "|S2", ">c16", "C", "F", "0x1f", "\ud800", [], [0],
                    [1], [2, 1], [2**39, 0], "Cw<f8 1", "Fr|b1 2,4", "Cw<U1 0", "CwO8 1",
                    "Cw<f8 549755813888,0", "Cw<M8[s] 1", "ValueError", '["Generator", {}, null]']


class Bytes:
    """A connection on which these bytes arrive, and then the end."""

    def __init__(self, data: bytes) -> None:
        self._data, self._position = data, 0

    def sendall(self, data: bytes) -> None:
        assert len(data) < 1 << 26

    def recv_into(self, buffer: memoryview) -> int:
        piece = self._data[self._position : self._position + len(buffer)]
        self._position += len(piece)
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        self._position = len(self._data)


def stream(data: bytes) -> bytes:
    """What comes out of the socket for an input."""
    if data[:1] == b"\t":
        return grown(atheris.FuzzedDataProvider(data[1:]))
    if data[:1] != b"\n":
        return data[1:]
    frames = []
    for line in data[1:].split(b"\n"):
        text, _, blob = line.partition(b"\t")
        frames.append(len(text).to_bytes(4, "big") + len(blob).to_bytes(4, "big") + text + blob)
    return b"".join(frames)


def grown(choices: atheris.FuzzedDataProvider) -> bytes:
    """Up to three frames of well-formed messages that hold malformed values."""
    frames = []
    for _ in range(choices.ConsumeIntInRange(1, 3)):
        kind = choices.PickValueInList(["ask", "ahead", "ok", "raised"])
        value = grow(choices, 0)
        if kind in ("ask", "ahead"):
            value = ["t", "call", ["yours", 1], ["t", value], ["d"]]
        changes = [[choices.ConsumeIntInRange(0, 9), grow(choices, 0)]
                   for _ in range(choices.ConsumeIntInRange(0, 2))]
        blob = choices.ConsumeBytes(choices.ConsumeIntInRange(0, 16))
        frames.append(pack([kind, 1, value, changes], [blob]))
    return b"".join(frames)


def grow(choices: atheris.FuzzedDataProvider, depth: int) -> Any:
    """A structure: a scalar, or a tag with structures behind it."""
    if depth > 5 or choices.ConsumeIntInRange(0, 3) == 0:
        return choices.PickValueInList(ATOMS)
    tag = choices.PickValueInList(list(TAGS))
    return [tag, *(grow(choices, depth + 1) for _ in range(choices.ConsumeIntInRange(0, 5)))]


def call_back(_verb: str, values: tuple[Any, ...]) -> Any:
    function, args, _ = values
    return function(*args)


def one_input(data: bytes) -> None:
    """A check's calls of a hostile student's function, one by one and in series."""
    for series in (False, True):
        peer = Peer(Bytes(stream(data)), call_back, references_expire=True)
        for _ in range(3):
            shared: list[Any] = [
                np.zeros((2, 2)), {"a": {1}}, np.random.default_rng(0), bytearray(3)]
            try:
                if series:
                    function = RemoteFunction(peer, 1, "f")
                    result = list(peer.call_each([(function, shared), (function, np.tanh)]))
                else:
                    result = peer.request("call", lambda *args: args, (shared, *shared), {})
                peer.request("call", len, (result,), {})
            except (PeerGone, ProtocolError):
                break
            except (WireError, RemoteError):
                pass
            assert not peer._things
            assert not peer._shared.values


def seeds() -> list[bytes]:
    """Inputs that reach every tag."""
    values: list[Any] = [
        ["t", ["=", 1], ["l", ["=", 2]], ["d", "k", ["l"]], ["s", 1, 2.5], ["f", "x"]],
        ["l", ["c", 1.0, 2.0], ["i", "0x10"], ["r", 0, 5, 1], ["sl", None, 1, None], None, True],
        ["l", ["it", 1, 2], ["fn", 1, "f"], ["h", 2, "x", None], ["h", 3, "y", ["t", 1]]],
        ["own", 1, "Point", ["t", 1, ["l"]], "x", "y"], ["own", 2, "Counter", ["d", "a", 1]],
        ["own", 3, "Level", 2], ["own", 4, "Fraction", ["fr", 1, 3]],
        ["own", 5, "Decimal", ["de", "0.5"]], ["t", ["ns", "a"], ["..."]],
        ["pd", ["t", "index", ["t", "numpy", ["o", [1], True, "a"]], None, None]],
        ["pd", ["t", "range", 0, 2, 1, "r"]], ["yours", 1, ["l", 1]], ["h", 6, "M", ["d", "a", 1]],
        ["o", [2], True, ["l"], ["=", 0]], ["yours", 1], float("nan"), 2**70, "a\ud800",
        ["g", '["Generator", {"bit_generator": "PCG64", "state": {"state": 1, "inc": 3}, '
              '"has_uint32": 0, "uinteger": 0}, [5, [], 4, 0]]'],
    ]
    texts = [pack(["ok", 1, value, []])[8:] for value in values]
    with_blob = [["a", "Cw<f8 1"], ["a", "Fr|b1 2,4"], ["n", "<U2"],
                 ["b", 8], ["u", 8], ["e", 8], ["a", "Cw<M8[s] 1"], ["nb", 8],
                 ["pd", ["t", "frame", ["t", "range", 0, 1, 1, None], ["t", "range", 0, 1, 1, None],
                         ["t", "numpy", ["a", "Cw<f8 1"]]]],
                 ["own", 1, "matrix", ["x", "Cw<f8 1,1"]],
                 ["own", 1, "M", ["m", *[["a", f"Cw|i1 {n}"] for n in (3, 3, 2)]]]]
    texts += [pack(["ok", 1, value, []])[8:] + b"\t12345678" for value in with_blob]
    changes = [[0, ["l", 1]], [2, ["d", "b", ["=", 1]]], [3, ["s"]]]
    texts.append(pack(["ok", 1, None, changes])[8:])
    call = pack(["ask", 5, ["t", "call", ["yours", 1], ["t", ["=", 0]], ["d"]], changes])[8:]
    error = pack(["raised", 1, ["t", ["l", "KeyError", "Exception"], "x", None, "line 1"], []])[8:]
    for value in values:
        texts.append(pack(["ok", 1, ["t", ["t", "ok", value], ["t", "raised", value]], []])[8:])
    lines = [b"\n" + text for text in texts]
    lines += [b"\n" + call + b"\n" + texts[0], b"\n" + call + b"\n" + error, b"\n" + error]
    choices = [b"\t" + bytes(range(start, start + 80)) for start in (0, 60, 120)]
    return lines + [b"\0" + stream(line) for line in lines] + choices


def main() -> None:
    """Fuzz, with libFuzzer's own arguments."""
    folder = Path(next(arg for arg in sys.argv[1:] if not arg.startswith("-")))
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds()):
        (folder / f"seed{number:02}").write_bytes(seed)
    words = [f'[\\"{tag}\\",' for tag in TAGS] + [word.replace('"', '\\"') for word in WORDS]
    with tempfile.NamedTemporaryFile("w", suffix=".dict") as dictionary:
        dictionary.write("".join(f'"{word}"\n' for word in words))
        dictionary.flush()
        atheris.Setup([*sys.argv, f"-dict={dictionary.name}"], one_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
