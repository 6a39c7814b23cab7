"""pandas values in messages: frames, series, indexes and times, described by plain data.

A description is a tuple of scalars, numpy arrays and further descriptions; whoever receives one
builds a real pandas object of it. pandas is imported only when a description arrives.

    ("frame", columns, index, values, ...)     a DataFrame, column by column
    ("series", values, index, name)
    ("index", values, name, frequency)         any Index whose values are plain
    ("range", start, stop, step, name)         a RangeIndex
    ("multi", levels, codes, names)            a MultiIndex of plain levels
    ("timestamp", datetime64, utc), ("timedelta", timedelta64), ("nat",), ("na",)

Values are plain: numbers, truth values, times (without a time zone, or in UTC), texts, categories,
and objects that are None, texts or numbers:

    ("numpy", array) ("utc", array) ("text", objects, missing) ("masked", array, mask)
    ("category", codes, index, ordered)

A frame with other columns, with attributes, or of a subclass stays with its owner.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

KINDS = {
    "DataFrame", "Series", "Index", "RangeIndex", "DatetimeIndex", "TimedeltaIndex", "MultiIndex",
    "CategoricalIndex", "Timestamp", "Timedelta", "NaTType", "NAType",
}
LONGEST_RANGE = 1 << 26
LONGEST_FREQUENCY = 20
PLAIN_OBJECTS = {str, int, float, bool, type(None)}
MUTABLE = ("frame", "series")


class NotPlain(Exception):
    """The contents of a pandas object cannot cross."""


def is_pandas(value: object) -> bool:
    """Whether `value` is of one of the classes above, not of a class derived from it."""
    kind = type(value)
    if kind.__name__ not in KINDS or "pandas" not in sys.modules:
        return False
    return kind.__module__.startswith("pandas.") or kind.__module__ == "pandas"


def is_mutable(value: object) -> bool:
    """Whether `value` is a frame or a series that crosses: a call may change it."""
    return is_pandas(value) and type(value).__name__ in ("DataFrame", "Series") and (
        describe(value) is not None)


def describe(value: Any) -> tuple[Any, ...] | None:
    """The description of a pandas object; None if it does not cross."""
    try:
        return _described(value)
    except NotPlain:
        return None


def _described(value: Any) -> tuple[Any, ...]:
    name = type(value).__name__
    if name == "DataFrame":
        _no_attributes(value)
        columns = (_values(value.iloc[:, number]) for number in range(value.shape[1]))
        return "frame", _index(value.columns), _index(value.index), *columns
    if name == "Series":
        _no_attributes(value)
        return "series", _values(value), _index(value.index), _name(value.name)
    if name == "Timestamp":
        return "timestamp", value.to_datetime64(), _in_utc(value.tz)
    if name == "Timedelta":
        return "timedelta", value.to_timedelta64()
    if name in ("NaTType", "NAType"):
        return ("nat" if name == "NaTType" else "na",)
    return _index(value)


def _index(index: Any) -> tuple[Any, ...]:
    kind = type(index).__name__
    if kind not in KINDS:
        raise NotPlain
    if kind == "RangeIndex":
        if len(index) > LONGEST_RANGE:
            raise NotPlain
        return "range", index.start, index.stop, index.step, _name(index.name)
    if kind == "MultiIndex":
        levels = tuple(_index(level) for level in index.levels)
        codes = tuple(np.asarray(codes) for codes in index.codes)
        return "multi", levels, codes, tuple(map(_name, index.names))
    return "index", _values(index), _name(index.name), getattr(index, "freqstr", None)


def _values(column: Any) -> tuple[Any, ...]:
    """The values of a series or of an index."""
    dtype, kind = column.dtype, type(column.dtype).__name__
    if isinstance(dtype, np.dtype):
        array = np.asarray(column)
        if dtype.kind == "O" and not {type(item) for item in array.tolist()} <= PLAIN_OBJECTS:
            raise NotPlain
        return "numpy", array
    if kind == "StringDtype":
        items = column.to_numpy(object, na_value=None)
        return "text", items, "NA" if dtype.na_value is not np.nan else "nan"
    if kind == "CategoricalDtype":
        codes = column.codes if hasattr(column, "codes") else column.cat.codes.to_numpy()
        return "category", np.asarray(codes), _index(dtype.categories), bool(dtype.ordered)
    if kind == "DatetimeTZDtype" and _in_utc(dtype.tz):
        return "utc", column.to_numpy(f"M8[{dtype.unit}]")
    if getattr(dtype, "numpy_dtype", None) is not None and kind.endswith(
        ("Int8Dtype", "Int16Dtype", "Int32Dtype", "Int64Dtype", "Float32Dtype", "Float64Dtype",
         "BooleanDtype")
    ):
        return "masked", column.to_numpy(dtype.numpy_dtype, na_value=0), np.asarray(column.isna())
    raise NotPlain


def _no_attributes(value: Any) -> None:
    if value.attrs:
        raise NotPlain


def _in_utc(zone: Any) -> bool:
    if zone is not None and str(zone) != "UTC":
        raise NotPlain
    return zone is not None


def _name(name: Any) -> Any:
    """The name of a series or of an index: a scalar, or a tuple of scalars."""
    parts = name if type(name) is tuple else (name,)
    if not all(type(part) in PLAIN_OBJECTS for part in parts):
        raise NotPlain
    return name


def fingerprint(value: Any) -> Any:
    """A value that differs whenever the description of a frame or series differs; else None."""
    return _flat(describe(value)) if is_pandas(value) else None


def _flat(part: Any) -> Any:
    if isinstance(part, tuple):
        return tuple(map(_flat, part))
    if isinstance(part, np.ndarray):
        content = part.tobytes() if part.dtype.kind != "O" else [
            (type(item), repr(item)) for item in part.tolist()]
        return part.dtype.str, part.shape, content
    return type(part), repr(part)


def overwrite(value: Any, new: Any) -> None:
    """Make a frame or series equal to `new` in place."""
    type(value).__init__(value, new)


def build(description: Any) -> Any:
    """The pandas object of a description; raises an error for anything else that arrives."""
    import pandas as pd

    kind, *parts = description
    if kind == "frame":
        columns, index, *values = parts
        data = {number: _rebuilt(column) for number, column in enumerate(values)}
        frame = pd.DataFrame(data, index=_built_index(index))
        frame.columns = _built_index(columns)
        return frame
    if kind == "series":
        values, index, name = parts
        rebuilt = _rebuilt(values)
        return pd.Series(rebuilt, _built_index(index), rebuilt.dtype, _name(name))
    if kind == "timestamp":
        time, utc = parts
        stamp = pd.Timestamp(_scalar(time, np.datetime64))
        return stamp.tz_localize("UTC") if utc is True else stamp
    if kind == "timedelta":
        return pd.Timedelta(_scalar(parts[0], np.timedelta64))
    if kind in ("nat", "na"):
        return pd.NaT if kind == "nat" else pd.NA
    return _built_index(description)


def _built_index(description: Any) -> Any:
    import pandas as pd

    kind, *parts = description
    if kind == "range":
        start, stop, step, name = parts
        if len(range(start, stop, step)) > LONGEST_RANGE:
            raise ValueError("a RangeIndex of too many items")
        return pd.RangeIndex(start, stop, step, name=_name(name))
    if kind == "multi":
        levels, codes, names = parts
        arrays = [_array(code, "iu") for code in codes]
        return pd.MultiIndex([_built_index(level) for level in levels], arrays,
                             names=list(map(_name, names)), verify_integrity=True)
    if kind != "index":
        raise ValueError("not a description")
    values, name, frequency = parts
    rebuilt = _rebuilt(values)
    index: Any = pd.Index(rebuilt, dtype=rebuilt.dtype, name=_name(name))
    if frequency is not None:
        if not isinstance(frequency, str) or len(frequency) > LONGEST_FREQUENCY:
            raise ValueError("not a frequency")
        index = type(index)(index, freq=frequency, name=index.name)
    return index


def _rebuilt(description: Any) -> Any:
    import pandas as pd

    kind, *parts = description
    if kind == "numpy":
        return _array(parts[0], "biufcmMO").copy()
    if kind == "utc":
        return pd.DatetimeIndex(_array(parts[0], "M")).tz_localize("UTC").array
    if kind == "text":
        items, missing = parts
        texts = _array(items, "O").tolist()
        if not {type(text) for text in texts} <= {str, type(None)}:
            raise ValueError("not texts")
        na: Any = pd.NA if missing == "NA" else np.nan
        return pd.array([na if text is None else text for text in texts],
                        dtype=pd.StringDtype(na_value=na))
    if kind == "masked":
        data, mask = _array(parts[0], "biuf").copy(), _array(parts[1], "b").copy()
        arrays = pd.arrays
        made = {"b": arrays.BooleanArray, "f": arrays.FloatingArray}
        return made.get(data.dtype.kind, arrays.IntegerArray)(data, mask)
    codes, index, ordered = parts
    if kind != "category" or type(ordered) is not bool:
        raise ValueError("not a description")
    return pd.Categorical.from_codes(_array(codes, "i"), _built_index(index), ordered)


def _array(value: Any, kinds: str) -> Any:
    """`value`, if it is a flat array of one of these kinds, and holds only plain objects."""
    if type(value) is not np.ndarray or value.dtype.kind not in kinds or value.ndim != 1:
        raise ValueError("not a column")
    if value.dtype.kind == "O" and not {type(item) for item in value.tolist()} <= PLAIN_OBJECTS:
        raise ValueError("not plain objects")
    return value


def _scalar(value: Any, kind: type[Any]) -> Any:
    if not isinstance(value, kind):
        raise ValueError("not a time")
    return value
