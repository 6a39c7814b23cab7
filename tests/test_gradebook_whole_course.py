"""A course of 300 students as platforms hand it over, recomputed by an independent script."""

from __future__ import annotations

import json
import math
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pandas as pd

from autograder.model import CheckStatus, SubmissionResult
from gradebook.make import make_gradebook
from tests.gradebook_samples import submission, write_results
from tests.sentences import sentence

SIZE = 300
ZONE = ZoneInfo("Asia/Shanghai")
DUE = datetime(2026, 11, 6, 23, 59, tzinfo=ZONE)
LOST = {(): 0, ("axis",): 2, ("axis", "unchanged"): 4, ("example",): 1}
COURSE = """
course = "Deep Learning"
language = "zh"
time_zone = "Asia/Shanghai"
roster = "名单.xlsx"

[late]
free_days = 1
penalty = "per_day"
rate = 0.1

[grade]
decimals = 1
letters = [{name = "优", at_least = 90}, {name = "及格", at_least = 60}]

[exports]
canvas = "canvas.csv"
canvas_total = "Total (9)"

[[category]]
name = "homework"
weight = 60
drop_lowest = 1
[[category]]
name = "exams"
weight = 40

[[homework]]
name = "hw1"
results = "hw1.sqlite"
due = 2026-11-06T23:59:00+08:00
category = "homework"
[[homework]]
name = "hw2"
results = "hw2.sqlite"
due = 2026-11-06T23:59:00+08:00
category = "homework"
moodle_worksheet = "moodle.csv"
moodle_maximum = 15
[[homework]]
name = "hw3"
results = "hw3.sqlite"
due = 2026-11-06T23:59:00+08:00
category = "homework"
submissions = "gradescope"

[[column]]
name = "期中"
file = "scores.xlsx"
category = "exams"
[[column]]
name = "participation"
file = "scores.xlsx"
out_of = 10
weight = 5
bonus = true
"""


def sid(n: int) -> str:
    return f"{20230000 + n:08d}"


def lost(homework: int, n: int) -> tuple[str, ...]:
    return list(LOST)[(n * 7 + homework * 3) % 4]


def days_late(homework: int, n: int) -> float:
    """hw2 by Moodle's words, hw3 by Gradescope's times; Canvas's hw1 has no times at all."""
    return {2: 1.5 if n % 10 == 0 else 0, 3: 0.5 if n % 6 == 0 else 0}.get(homework, 0)


def handed_in(homework: int, n: int) -> bool:
    return (n + homework) % 23 != 0


def graded(homework: int, n: int, file: str) -> SubmissionResult:
    status = CheckStatus.NOT_RUN if homework == 1 and n == 17 else CheckStatus.FAILED
    return submission(file, {"q01_mean": ["axis"] if n == 17 else lost(homework, n)},
                      check_status=status)


def write(folder: Path) -> Path:
    people = range(1, SIZE + 1)
    roster = openpyxl.Workbook()
    for section in (0, 1):
        sheet = roster.active if section == 0 else roster.create_sheet()
        sheet.title = f"{section + 1}班"
        for row in (["点名册"], ["学号", "姓名", "登录名"],
                    *([sid(n), f"学生{n:03d}", f"u{n}"] for n in people if n % 2 == section),
                    ["合计", "", ""]):
            sheet.append(row)
    roster.save(folder / "名单.xlsx")
    scores = openpyxl.Workbook()
    for row in (["学号", "期中", "participation"],
                *([sid(n), "缺考" if n == 5 else None if n == 6 else 40 + n % 60, n % 11]
                  for n in people)):
        scores.active.append(row)
    scores.save(folder / "scores.xlsx")
    lines = ["Student,ID,SIS User ID,SIS Login ID,Section,Total (9)", "    Points Possible,,,,,100"]
    lines += [f"学生{n:03d},{n},{sid(n)},u{n},A,{'88' if n == 7 else ''}" for n in people]
    (folder / "canvas.csv").write_text("\n".join(lines), encoding="utf-8")
    write_results(folder / "hw1.sqlite", [graded(1, n, f"学生{n:03d}_{n}_{9000 + n}_hw1.ipynb")
                                          for n in people if handed_in(1, n)], homework="hw1")
    lines = ["编号,全名,电子邮件地址,用户名,状态,成绩,最高分"]
    late = {n: " - 迟交 1 天 12 小时" if n % 10 == 0 else "" for n in people}
    lines += [f"参与者 {700 + n},学生{n:03d},,u{n},已提交{late[n]},,15" for n in people]
    (folder / "moodle.csv").write_text("\n".join(lines), encoding="utf-8")
    write_results(folder / "hw2.sqlite", [
        graded(2, n, f"学生{n:03d}_{700 + n}_assignsubmission_file_/hw2.ipynb")
        for n in people if handed_in(2, n)], homework="hw2")
    (folder / "gradescope").mkdir()
    metadata = {f"submission_{n}": {
        ":submitters": [{":name": f"学生{n:03d}", ":sid": sid(n)}],
        ":created_at": (DUE + timedelta(days=days_late(3, n) or -1)).isoformat()} for n in people}
    (folder / "gradescope/submission_metadata.yml").write_text(json.dumps(metadata))
    write_results(folder / "hw3.sqlite", [graded(3, n, f"submission_{n}/hw3.ipynb")
                                          for n in people if handed_in(3, n)], homework="hw3")
    (folder / "course.toml").write_text(COURSE, encoding="utf-8")
    return folder / "course.toml"


def independent() -> pd.DataFrame:
    """The totals by another way: a loop over people, with nothing of the gradebook in it."""
    rows = []
    for n in range(1, SIZE + 1):
        free, shares = 1, []
        for homework in (1, 2, 3):
            points = 15 - LOST[lost(homework, n)] if handed_in(homework, n) else 0
            late = math.ceil(days_late(homework, n)) if handed_in(homework, n) else 0
            used = min(free, late)
            free -= used
            shares.append(points * (1 - 0.1 * (late - used)) / 15)
        work = sum(sorted(shares)[1:]) / 2
        total = 60 * work + 40 * (40 + n % 60) / 100 + 5 * (n % 11) / 10
        total = min(100, math.floor(total * 10 / 1.0 + 0.5 + 1e-9) / 10)
        status = "open" if n in (6, 17) else "absent" if n == 5 else "number"
        rows.append((sid(n), total if status == "number" else None, status))
    return pd.DataFrame(rows, columns=["id", "total", "status"]).set_index("id")


def test_everybody_has_the_total_that_an_independent_script_finds(tmp_path: Path) -> None:
    summary = make_gradebook(write(tmp_path), tmp_path / "out", feedback=False)
    found = pd.read_csv(tmp_path / "out/gradebook.csv", dtype={"id": str}).set_index("id")
    expected = independent().reindex(found.index)
    assert len(found) == SIZE
    pd.testing.assert_series_equal(found["total"], expected["total"].astype(float))
    assert found["status"].isin(["open", "absent"]).equals(expected["status"] != "number")
    assert len(summary.book.open_scores()) == 2
    assert summary.open == [
        sentence("open-scores", homework="hw1", count=1, reason="checks not run",
                 remedy="grade again, or give the points by hand in the manual file"),
        sentence("open-scores", homework="期中", count=1, reason="points still to be given",
                 remedy="enter them in scores.xlsx")]
    registry = pd.read_csv(tmp_path / "out/registry.csv", dtype=str).set_index("学号")
    assert registry.loc[sid(5), "成绩"] == "缺考"
    assert registry.loc[[sid(6), sid(17)], "成绩"].isna().all()
    canvas = pd.read_csv(tmp_path / "out/canvas.csv", dtype=str).set_index(
        "SIS User ID")["Total (9)"]
    assert canvas[sid(7)] == "88"
    assert float(canvas[sid(8)]) == expected.loc[sid(8), "total"]
