"""File names: those that learning platforms give to submissions, and the order of numbered names.

The one place for patterns of platforms. `grading` uses it to find submissions, `gradebook` to find
out whose they are.
"""

from __future__ import annotations

import re

DEPOSIT_FOLDER = re.compile(r"submission_\d{6,}|.*_assignsubmission_(file|onlinetext)_?")
"""Folders in which Gradescope and Moodle put what one student has handed in."""
MOODLE = re.compile(
    r"(?P<name>[^_/]+)_(?P<user>\d+)_assignsubmission_file(?:_(?P<file>[^.].*)?)?")
"""A folder of Moodle's download; with `file`, a file of a download without folders."""
CANVAS = re.compile(r"(?P<name>\w+?)(?P<late>_LATE)?_(?P<user>\d+)_(?P<file>\d+)_(?P<rest>.+)")
"""A file of Canvas's download."""
CANVAS_USER = re.compile(r"([^_]+(?:_LATE)?_\d+)_\d+_.+", re.IGNORECASE)
"""The same; the first group is the part that names the user."""
BLACKBOARD = re.compile(
    r".*?_(?P<user>.+)_attempt_(?P<time>\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d)(_.*)?")
BLACKBOARD_TIME = "%Y-%m-%d-%H-%M-%S"
AUTOLAB = re.compile(r"(?P<mail>[^/\s]+@[\w-]+(?:\.[\w-]+?)+)_(?P<version>\d+)_.+")
OTTER_TIME = re.compile(r"_\d{4}_\d\d_\d\dT\d\d_\d\d_\d\d_\d{6}$")
"""The time that Otter's export adds to the name of a zip, by the student's clock."""
RESUBMISSION = re.compile(r"(?P<base>.*?)(?:-|\s*\()(?P<number>\d{1,3})\)?", re.DOTALL)
"""`hw3-1` of Canvas, `hw3 (1)` of a browser."""
ATTEMPT = re.compile(r"(?:[-_ ]\d{1,2}| ?\(\d{1,2}\))$")
"""The suffix of a platform or a browser for a second attempt, before the ending."""
STUDENT_NUMBER = re.compile(r"\d{5,}")
"""A number long enough to be that of a student."""


def deposit_of(file: str) -> str:
    """The file or folder that was handed in, of which the submission `file` is a part.

    That is the path down to the first zip, or to the folder that a platform made for one student's
    submission; else the file itself. All files of one deposit belong to one student.
    """
    parts = file.split("/")
    for length, part in enumerate(parts, 1):
        if part.lower().endswith(".zip") or DEPOSIT_FOLDER.fullmatch(part):
            return "/".join(parts[:length])
    return file


def natural_order(name: str) -> list[tuple[int, str]]:
    """Sort key that puts q2 before q10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]
