"""The modules of the gradebook stand in layers: none leads back to itself."""

from __future__ import annotations

from graphlib import TopologicalSorter

from tests.test_layers import imported, modules


def test_no_import_leads_back() -> None:
    known = {f"gradebook.{path.stem}": path for path in modules("gradebook")}
    below = {name: {used for used, _ in imported(path) if used in known}
             for name, path in known.items()}
    assert set(TopologicalSorter(below).static_order()) == set(known)
