"""pandas objects cross exactly, and what arrives in their place is refused or harmless."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.rpc.decoder import Decoder
from autograder.rpc.pandas_values import describe
from autograder.rpc.proxies import RemoteObject
from autograder.rpc.shared_state import Shared, WireError
from tests.test_codec_decoder import Table
from tests.two_sides import TwoSides

EXACT: list[Any] = [
    pd.DataFrame({"a": [1.0, 2.0], "b": ["x", None], "c": [True, False],
                  "d": pd.to_datetime(["2024-01-01", None])}),
    pd.DataFrame(), pd.DataFrame(np.zeros((2, 3))), pd.DataFrame([[1, 2]], columns=["a", "a"]),
    pd.DataFrame({"a": [1]}, index=["q"]).rename_axis("n"),
    pd.DataFrame({"a": [1, 2]}).assign(k=pd.Categorical(["u", "v"], ordered=True)),
    pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)],
                                                             names=["x", None])),
    pd.Series([1, 2], name="s"), pd.Series(["x", "y"]),
    pd.Series(["x", None, np.nan], dtype=object),
    pd.Series([1, None], dtype="Int64"), pd.Series([True, None], dtype="boolean"),
    pd.Series([1.5, None], dtype="Float64"), pd.Series(["a", None], dtype="string"),
    pd.Series([], dtype=float), pd.Series(pd.to_timedelta([1, 2], unit="h")), pd.Series([1j]),
    pd.Series(pd.date_range("2024", periods=3, tz="UTC")), pd.Series(np.array([1], dtype=">i4")),
    pd.Series([1, 2], name=("a", 1)),
    pd.Index([1, 2]), pd.RangeIndex(3, name="r"), pd.Index(["a", "b"]),
    pd.Index(["a", 1], dtype=object), pd.CategoricalIndex(["a", "b"]),
    pd.date_range("2024-01-01", periods=4, freq="D"), pd.timedelta_range("1h", periods=3),
    pd.date_range("2024-01-01", periods=4, freq="h", tz="UTC"), pd.DatetimeIndex([]),
    pd.MultiIndex.from_product([[1, 2], ["a", "b"]], names=["p", "q"]),
    pd.Timestamp("2024-01-01 10:00"), pd.Timestamp("2024", tz="UTC"), pd.Timedelta("3h"), pd.NaT,
    pd.NA,
]

returned: Any = None


@pytest.fixture(scope="module")
def sides() -> Iterator[TwoSides]:
    with TwoSides(
        give=lambda: returned, take=lambda value: value is returned, same=lambda value: value
    ) as both:
        yield both


def assert_same(got: Any, value: Any) -> None:
    assert type(got) is type(value)
    if isinstance(value, pd.DataFrame):
        pd.testing.assert_frame_equal(got, value, check_column_type="exact",
                                      check_index_type="exact")
    elif isinstance(value, pd.Series):
        pd.testing.assert_series_equal(got, value, check_index_type="exact")
    elif isinstance(value, pd.Index):
        pd.testing.assert_index_equal(got, value, exact=True)
        assert getattr(got, "freq", None) == getattr(value, "freq", None)
    else:
        assert repr(got) == repr(value)


@pytest.mark.parametrize("value", EXACT, ids=lambda value: type(value).__name__)
def test_pandas_objects_arrive_as_they_are_in_both_directions(sides: TwoSides, value: Any) -> None:
    global returned
    returned = value
    assert_same(sides["give"](), value)
    back = sides["same"]((value, [value]))
    assert_same(back[0], value)
    if isinstance(value, pd.DataFrame | pd.Series):
        assert back[0] is back[1][0] is value


@pytest.mark.parametrize("value", [
    pd.Series([[1]]), pd.DataFrame({"a": [object()]}), pd.Timestamp("2024", tz="Asia/Shanghai"),
    pd.Series(pd.period_range("2024", periods=2)), pd.RangeIndex(1 << 30),
    pd.Series([1], name=frozenset()), pd.IntervalIndex.from_breaks([0, 1]),
    type("Frame", (pd.DataFrame,), {})({"a": [1]}),
], ids=lambda value: type(value).__name__)
def test_what_is_not_plain_stays_with_its_owner(sides: TwoSides, value: Any) -> None:
    global returned
    returned = value
    got = sides["give"]()
    assert isinstance(got, RemoteObject)
    assert sides["take"](got)
    with pytest.raises(AttributeError, match=f"'mean' of '{type(value).__name__}' stays"):
        _ = got.mean


def test_changes_of_frames_and_series_are_seen() -> None:
    def spoil(frame: Any, series: Any, hook: Any) -> Any:
        frame["new"] = frame["a"] * 2
        frame.loc[0, "a"] = 9
        del frame["b"]
        hook()
        series.iloc[0] = 7.0
        return frame

    frame, series = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}), pd.Series([1.0, 2.0])
    seen: list[Any] = []
    with TwoSides(spoil=spoil) as both:
        assert both["spoil"](frame, series, lambda: seen.append(list(frame))) is frame
    assert seen == [["a", "new"]]
    assert frame.to_dict("list") == {"a": [9, 2], "new": [2, 4]}
    assert series.tolist() == [7, 2]


def test_a_frame_that_becomes_what_does_not_cross_is_an_error() -> None:
    def spoil(frame: Any) -> None:
        frame["a"] = [[1], [2]]

    with TwoSides(spoil=spoil) as both, pytest.raises(Exception, match="a DataFrame that was chan"):
        both["spoil"](pd.DataFrame({"a": [1, 2]}))


def decode(description: Any, blob: bytes = b"") -> Any:
    return Decoder(Table(), Shared(), blob).decode(["pd", description])


COLUMN = ["t", "numpy", ["a", "Cw|i1 2"]]
INDEX = ["t", "range", 0, 2, 1, None]


@pytest.mark.parametrize(("description", "blob"), [
    (None, b""), ([], b""), (["t"], b""), (["t", "frame"], b""), (["t", "x"], b""),
    (["t", "frame", INDEX, INDEX, COLUMN], b"ab"),  # one column, two names
    (["t", "frame", ["t", "range", 0, 1, 1, None], ["t", "range", 0, 9, 1, None], COLUMN], b"ab"),
    (["t", "series", COLUMN, INDEX, ["l"]], b"ab"), (["t", "series", COLUMN, ["t"], None], b"ab"),
    (["t", "series", ["t", "numpy", ["o", [1], True, ["l"]]], INDEX, None], b""),
    (["t", "series", ["t", "numpy", ["o", [1], True, ["fn", 1, "f"]]], INDEX, None], b""),
    (["t", "series", ["t", "numpy", 5], INDEX, None], b""),
    (["t", "series", ["t", "numpy", ["a", "Cw|i1 1,2"]], INDEX, None], b"ab"),
    (["t", "range", 0, 1 << 60, 1, None], b""), (["t", "range", 0, 1, 0, None], b""),
    (["t", "range", 0, 1.5, 1, None], b""), (["t", "range", 0, 1, 1, ["l"]], b""),
    (["t", "index", COLUMN, None, "D"], b"ab"), (["t", "index", COLUMN, None, "x" * 99], b"ab"),
    (["t", "index", COLUMN, None, ["l"]], b"ab"),
    (["t", "index", COLUMN, ["fn", 1, "f"], None], b""),
    (["t", "multi", ["t", INDEX], ["t", ["a", "Cw|i1 1"]], ["t", None]], b"\x05"),
    (["t", "multi", ["t", INDEX], ["t"], ["t", None]], b""),
    (["t", "series", ["t", "category", ["a", "Cw|i1 1"], INDEX, True], INDEX, None],
     b"\x05"),
    (["t", "series", ["t", "text", ["o", [1], True, 5], "NA"], INDEX, None], b""),
    (["t", "series", ["t", "masked", ["a", "Cw|i1 1"], ["a", "Cw|b1 0"]],
      INDEX, None], b"a"),
    (["t", "series", ["t", "utc", ["a", "Cw|i1 1"]], INDEX, None], b"a"),
    (["t", "timestamp", 5, True], b""), (["t", "timestamp", "2024", False], b""),
    (["t", "timedelta", 5], b""), (["t", "frame", ["d"], ["d"]], b""),
])
def test_malformed_descriptions_are_refused(description: Any, blob: bytes) -> None:
    with pytest.raises(WireError):
        decode(description, blob)


words = st.one_of(
    st.sampled_from(["frame", "series", "index", "range", "multi", "timestamp", "numpy", "utc",
                     "text", "masked", "category", "nat", "NA", "D", None, 0, 1, 2, 1 << 40, True]),
    st.sampled_from([["a", "Cw|i1 2"], ["a", "Cw<M8[s] 1"], ["n", "<m8[s]"],
                     ["o", [1], True, "x"], ["a", "Cw|b1 2"], ["l"], INDEX, COLUMN]),
)
descriptions = st.recursive(words, lambda inner: st.lists(inner, max_size=5).map(
    lambda parts: ["t", *parts]), max_leaves=12)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck),
          derandomize=True)
@given(description=descriptions, blob=st.binary(min_size=20, max_size=20))
def test_any_description_is_a_pandas_object_or_an_error(description: Any, blob: bytes) -> None:
    try:
        value = decode(description, blob)
    except WireError:
        return
    assert type(value).__module__.startswith("pandas")
    assert describe(value) is not None


def test_pandas_is_not_imported_before_it_is_needed() -> None:
    code = ("import sys, autograder.sandbox.fork_server, autograder.rpc.peer\n"
            "sys.exit('pandas' in sys.modules)")
    subprocess.run([sys.executable, "-c", code], check=True)


def test_where_pandas_is_missing_a_frame_can_be_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    got = decode(["t", "frame", INDEX, INDEX, COLUMN], b"ab")
    with pytest.raises(AttributeError, match="'mean' of 'pandas object' stays in the other proc"):
        _ = got.mean
