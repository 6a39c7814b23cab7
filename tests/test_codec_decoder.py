"""A hostile structure is a WireError, never anything else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.rpc.decoder import Decoder
from autograder.rpc.proxies import Expired
from autograder.rpc.shared_state import Shared, WireError, is_plain


class Table:
    """Lends nothing, borrows everything."""

    def number_of(self, _thing: object) -> int:
        return 1

    def owned(self, _thing: object) -> int | None:
        return None

    def own(self, number: Any) -> Any:
        return {1: LENT, 2: len}.get(number) or Expired()

    def borrow(self, number: Any, _kind: Any, proxy: type[Any]) -> Any:
        return proxy(None, number, "thing")

    def numpy_name(self, _function: object) -> str | None:
        return None

    def numpy_function(self, name: Any) -> Any:
        return {"tanh": np.tanh}[name]

    def adopt(self, value: Any, _number: Any, _kind: Any, _fields: tuple[str, ...]) -> Any:
        return value


LENT = {"a": 1}


def decode(structure: Any, blob: bytes = b"", shared: Shared | None = None) -> Any:
    decoder = Decoder(Table(), shared or Shared(), blob)
    value = decoder.decode(structure)
    decoder.finish()
    return value


MALFORMED: list[tuple[Any, bytes]] = [
    (["np"], b""), (["np", "save"], b""), (["np", ["l"]], b""), (["np", "tanh", 1], b""),
    ([], b""), ([1], b""), ([["l"]], b""), ([None], b""), (["?"], b""), ({}, b""),
    (["d", 1], b""), (["d", ["l"], 1], b""), (["s", ["s"]], b""), (["f", ["d"]], b""),
    (["s", ["a", "Cr<f8 0"]], b""), (["l", *[["l"]] * 3, []], b""),
    (["=", 0], b""), (["=", -1], b""), (["=", True], b""), (["=", "0"], b""), (["="], b""),
    (["=", 2**70], b""), (["l", ["=", 1]], b""), (["s", ["=", 0]], b""),
    (["a", "Cw<f8 1"], b"1234567"), (["a", "Cw<f8 2"], b"12345678"),
    (["a", "Cw<f8 -1"], b""), (["a", "Cw<f8 4611686018427387904,0"], b""),
    (["a", "Cw<f8 0,549755813888,549755813888"], b""), (["a", f"Cw{'U' * 9999} 0"], b""),
    (["a", "Cw<f8 1.0"], b"12345678"), (["a", "Cw<f8 True"], b"12345678"),
    (["a", 1], b"12345678"), (["a", ["C"]], b""), (["a", "Cw<f8 1", 1], b"12345678"),
    (["a", "Cw<f8 1,"], b"12345678"), (["a", "Xw<f8 1"], b"12345678"),
    (["a", "Cx<f8 1"], b"12345678"),
    (["a", "Cw<f8 1\n"], b"12345678"), (["a", "Cw<f8 \u0661"], b"12345678"),
    (["a", "Cw<f8 " + "1," * 64 + "1"], b"12345678"), (["a", "Cw<f3 1"], b"123"),
    (["a", "Cw|O 1"], b"12345678"), (["a", "CwO8 1"], b"12345678"),
    (["a", "Cw<V8 1"], b"12345678"), (["a", "Cw<M8[xx] 1"], b"12345678"),
    (["a", "Cw<M8[99999s] 1"], b"12345678"),
    (["a", "Cw<i4,<f8 1"], b"1" * 12), (["a", "Cw<U0 549755813888"], b""),
    (["a", None], b""), (["a", "Cw<f8\n 0"], b""), (["a"], b""),
    (["a", "Cw<U1 1"], b"\0\0\x11\0"),
    (["a", "Cw>U1 1"], b"\x7f\xff\xff\xff"),
    (["n", "<U1"], b"\0\0\x11\0"), (["n", "<f8"], b""), (["n", []], b""), (["n"], b""),
    (["o", [2**40], True], b""), (["o", [2], True, 1], b""), (["o", [1], True, 1, 2], b""),
    (["o", "x", True], b""), (["o"], b""),
    (["b", 1], b""), (["b", -1], b""), (["b", "1"], b""), (["b", 0.0], b""), (["b", 2**41], b""),
    (["u", 1], b""), (["e", 1], b"\xff"), (["e", 2], b"\xed\xa0"),
    (["c", 1], b""), (["c", "x", 1], b""), (["c", 10**400, 1], b""), (["c", [], 1], b""),
    (["i", "0xg"], b""), (["i", 5], b""), (["i"], b""),
    (["r", 1.0], b""), (["r"], b""), (["r", 1, 2, 0], b""), (["r", ["l"], 2, 1], b""),
    (["sl", 1, 2, 3, 4], b""), (["sl"], b""),
    (["g", 5], b""), (["g", "{}"], b""), (["g", "[" * 100_000], b""), (["g", "[1, [], []]"], b""),
    (["g", '["Generator", {}, null]'], b""),
    (["g", '["Generator", {"bit_generator": "SeedSequence"}, null]'], b""),
    (["h", 1, "x", 5], b""), (["h", 1, "x", ["l"]], b""), (["h", 1, "x", []], b""), (["h"], b""),
    (["h", 1, "x", ["=", 0]], b""), (["fn", 1], b""),
    (["own", 1, "x"], b""), (["own", 1, "x", None], b""), (["own", 1, "x", ["fn", 1, "f"]], b""),
    (["own", 1, "x", ["t"], 5], b""), (["own", 1, "x", ["t"], *["n"] * 300], b""),
    (["own", 1, "x", ["own", 1, "x", 5]], b""), (["own", 1, "x", ["g", "{}"]], b""),
    (["own", 1, "x", ["=", 0]], b""), (["own", 1, "x", ["l", ["l"], *[["s", ["l"]]]]], b""),
    (["own", 1, "x", ["x", "<f8", [2, 2, 2], "C", True]], b"12345678" * 8),
    (["own", 1, "x", ["x", "|O", [1], "C", True]], b"12345678"),
    (["x", "<f8", [0], "C", True], b""),
    (["own", 1, "x", ["m", ["l"], ["l"], ["l"]]], b""), (["own", 1, "x", ["m"]], b""),
    (["own", 1, "x", ["m", *[["a", f"Cw<f8 {n}"] for n in (0, 2, 0)]]], b"1" * 16),
    (["own", 1, "x", ["m", *[["a", "Cw<f8 0"]] * 2, ["l"]]], b""),
    (["fr", 1, 0], b""), (["fr", 1.5, 1], b""), (["fr", 1, -(10**1000)], b""), (["fr", "1"], b""),
    (["de", "1e999999"], b""), (["de", "9" * 1000], b""), (["de", "x"], b""), (["de", 5], b""),
    (["ns", 5], b""), (["ns", ["l"]], b""), (["nb", 5], b"1"),
    (["yours"], b""), (["yours", 1, ["l"], 1], b""), (["yours", 2, ["l"]], b""),
    (["yours", 1, []], b""), (["yours", 1, ["d", 1]], b""),
    (1, b"left over"), (["t", ["b", 1]], b"ab"),
]


@pytest.mark.parametrize(("structure", "blob"), MALFORMED)
def test_malformed_values_are_refused(structure: Any, blob: bytes) -> None:
    with pytest.raises(WireError):
        decode(structure, blob)


def test_nesting_is_bounded_and_long_before_the_stack_is() -> None:
    structure: list[Any] = ["l"]
    for _ in range(60):
        structure = ["t", structure]
    with pytest.raises(WireError, match="a value nested too deep"):
        decode(structure)
    assert decode(structure[1])


def test_colliding_keys_are_refused() -> None:
    keys = [n * (2**61 - 1) for n in range(100)]
    for structure in (["s", *keys], ["f", *keys], ["d", *[x for key in keys for x in (key, 0)]],
                      ["s", *(["t", key, 1] for key in keys)], ["f", *map(float, keys[:1]), *keys]):
        with pytest.raises(WireError, match="more than 64 keys of one hash"):
            decode(structure)


def test_no_hostile_name_of_a_dtype_is_kept() -> None:
    before = is_plain.cache_info()
    with pytest.raises(WireError, match="not the header of an array"):
        decode(["a", f"Cw<f{'8' * 100_000} 0"])
    with pytest.raises(WireError, match="an array of a kind that does not cross"):
        decode(["n", "<f" + "8" * 100_000])
    assert is_plain.cache_info() == before


def test_truth_values_are_zero_or_one() -> None:
    lie = decode(["a", "Cw|b1 3"], b"\xff\x02\x00")
    assert lie.view(np.uint8).tolist() == [1, 1, 0]
    assert decode(["n", "|b1"], b"\x80").tobytes() == b"\x01"


def test_unfinished_values_can_only_be_held() -> None:
    circle = decode(["l", ["d", 1, ["=", 0]], ["o", [1], True, ["=", 2]]])
    assert circle[0][1] is circle
    assert circle[1][0] is circle[1]


def shared() -> Shared:
    values = Shared()
    values.add([[1], {1: 2}, {1}, bytearray(b"a"), np.zeros(2), np.random.default_rng(0)])
    return values


@pytest.mark.parametrize("changes", [
    None, 5, "ab", {"a": 1}, [1], [[]], [[0]], [[0, 5]], [[0, []]], [[0, ["l"], 1]], [["l"]],
    [[[0], ["l"]]], [[-1, ["l"]]], [[True, ["d"]]], [[6, ["l"]]], [[2**70, ["l"]]], [[None, ["l"]]],
    [[0, ["l"]], [0, ["l"]]], [[1, ["d"]], [0, ["l"]]], [[0, ["d"]]], [[1, ["l"]]], [[0, ["t"]]],
    [[0, ["=", 1]]], [[0, ["h", 1, "x", None]]], [[0, [["l"]]]], [[2, ["s", ["l"]]]],
    [[3, ["b", 0]]], [[4, ["a", "Cw<f8 0"]]], [[4, ["o", [0], True]]],
    [[4, ["a", "Cw<f4 0"]]], [[5, ["g", "null"]]],
])
def test_malformed_changes_are_refused(changes: Any) -> None:
    with pytest.raises(WireError):
        Decoder(Table(), shared()).repeat(changes)


def test_changes_are_repeated_in_place() -> None:
    known = shared()
    decoder = Decoder(Table(), known, b"xyz")
    assert decoder.repeat([[0, ["l", ["=", 1], ["l"]]], [1, ["d"]], [3, ["u", 3]]]) == [0, 1, 3]
    assert known.values[0] == [{}, []]
    assert known.values[0][0] is known.values[1]
    assert known.values[3] == b"xyz"
    assert decoder.new == [[]]


tags = st.sampled_from(["l", "t", "d", "s", "f", "a", "n", "o", "b", "c", "i", "r", "sl", "g", "u",
                        "e", "=", "it", "fn", "h", "yours", "own", "x", "m",
                        "fr", "de", "ns", "nb", "pd", "...", "?"])
atoms = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 4), st.integers(), st.floats(), st.text(max_size=3),
    st.sampled_from([["<f8"], "|b1", "<U1", "|S2", "<c16", "Cw<f8 2", "Fr|b1 2,1",
                     "Cw|S2 1", "CwO8 1", "Cw<f8 549755813888,0", [0], [1], [2, 1], []]),
)
structures = st.recursive(
    atoms,
    lambda inner: st.builds(lambda tag, rest: [tag, *rest], tags, st.lists(inner, max_size=5)),
    max_leaves=20,
)


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck),
          derandomize=True)
@given(structure=structures, changes=st.lists(st.lists(structures, max_size=3), max_size=3),
       blob=st.binary(max_size=20))
def test_any_structure_is_a_value_or_an_error(structure: Any, changes: Any, blob: bytes) -> None:
    decoder = Decoder(Table(), shared(), blob)
    try:
        decoder.decode(structure)
        decoder.repeat(changes)
    except WireError:
        return
