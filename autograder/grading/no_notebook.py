"""Deposits without a notebook: a PDF, an archive that is not a zip, an empty folder.

Each such deposit becomes a row, because a student who handed in something is not one who handed in
nothing. Files that a program added are skipped, and so are files beside a notebook that evidently
belong to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath

from autograder.file_names import CANVAS_USER, STUDENT_NUMBER, deposit_of
from autograder.language import N_

NOTEBOOK, ARCHIVE = ".ipynb", ".zip"
ENDINGS = (NOTEBOOK, ARCHIVE)
ADDED_BY_MACOS, RESOURCE_FORK = "__MACOSX", "._"
"""A folder that macOS adds to a zip, and how the names of files begin that it puts beside ours."""
OF_A_SYSTEM, OF_AN_OFFICE = {"thumbs.db", "desktop.ini", "icon\\r"}, "~$"
"""Files that a system adds to a folder, and how the names of files begin that an office program
puts beside one that is open."""
OF_A_PLATFORM = {"submission_metadata.yml"}
NOTES = {".csv", ".json", ".log", ".md", ".toml", ".txt", ".xlsx", ".yaml", ".yml"}
"""Endings of files that a course keeps beside its submissions."""
DOCUMENTS = {".7z", ".doc", ".docx", ".htm", ".html", ".odt", ".pdf", ".py", ".rar", ".tar", ".tgz"}
"""Endings of files that students hand in where a notebook is asked for."""
MOST_NAMES = 3


def wanted(path: PurePosixPath) -> bool:
    """Whether a file or folder is not one that a program added or hid."""
    *folders, name = path.parts
    hidden = name.startswith(".") and path.suffix.lower() not in ENDINGS
    return not (
        hidden or name.startswith((RESOURCE_FORK, OF_AN_OFFICE)) or name.lower() in OF_A_SYSTEM
        or any(part.startswith(".") or part == ADDED_BY_MACOS for part in folders)
    )


@dataclass(frozen=True)
class NoNotebook:
    """A file or folder that was handed in, and why there is nothing to grade in it."""

    path: PurePosixPath
    reason: str


@dataclass
class _Folder:
    """A folder: the files in it that are no submissions, its folders, all submissions below."""

    path: PurePosixPath
    files: list[PurePosixPath] = field(default_factory=list)
    folders: dict[str, _Folder] = field(default_factory=dict)
    graded: list[PurePosixPath] = field(default_factory=list)

    def below(self, path: PurePosixPath) -> Iterator[_Folder]:
        """This folder, and those on the way to `path`, which are made if need be."""
        yield self
        folder = self
        for name in path.parts:
            folder = folder.folders.setdefault(name, _Folder(folder.path / name))
            yield folder

    @cached_property
    def stems(self) -> set[str]:
        """The names, without their endings, of the submissions that lie in it."""
        return {path.stem for path in self._beside}

    @cached_property
    def users(self) -> set[str]:
        """The parts that name the user in Canvas's names of these submissions."""
        return {user[1] for path in self._beside if (user := CANVAS_USER.fullmatch(path.name))}

    @property
    def _beside(self) -> list[PurePosixPath]:
        return [path for path in self.graded if path.parent == self.path]

    @cached_property
    def numbers(self) -> list[set[str]]:
        """The students' numbers in the path of each submission below."""
        return [set(STUDENT_NUMBER.findall(str(path))) for path in self.graded]

    @cached_property
    def of_one_deposit(self) -> bool:
        """Whether all submissions below are parts of one deposit."""
        return len({deposit_of(str(path)) for path in self.graded}) == 1

    @property
    def of_a_platform(self) -> bool:
        """Whether a platform made this folder for what one student handed in."""
        return deposit_of(f"{self.path}/file") == str(self.path)

    @property
    def all_files(self) -> list[PurePosixPath]:
        return [*self.files, *(f for folder in self.folders.values() for f in folder.all_files)]


@dataclass
class Look:
    """What lies in one file or folder that was named, by paths from there on: files that are no
    submissions, folders, and submissions."""

    others: list[PurePosixPath] = field(default_factory=list)
    folders: list[PurePosixPath] = field(default_factory=list)
    graded: list[PurePosixPath] = field(default_factory=list)

    def without_notebook(self) -> tuple[list[NoNotebook], list[PurePosixPath]]:
        """The deposits without a notebook, and the files that are skipped."""
        top = _Folder(PurePosixPath())
        for path in self.folders:
            list(top.below(path))
        for path in self.others:
            [*_, folder] = top.below(path.parent)
            folder.files.append(path)
        for path in self.graded:
            for folder in top.below(path.parent):
                folder.graded.append(path)
        found = list(_found(top))
        rows = {one.path for one in found}
        return found, [path for path in self.others
                       if path not in rows and not rows.intersection(path.parents)]

    def is_of_several(self) -> bool:
        """Whether a zip with a single notebook is a class's: a file in it names another student."""
        of_students = [path for path in [*self.graded, *self.others]
                       if deposit_of(str(path)) != str(path) or STUDENT_NUMBER.search(path.name)]
        return set(self.graded) <= set(of_students) and any(
            one.path in of_students for one in self.without_notebook()[0])


def _found(folder: _Folder) -> Iterator[NoNotebook]:
    """The deposits without a notebook in a folder that is not one student's alone."""
    for path in folder.files:
        if not _belongs(path, folder) and not _of_the_course(path):
            yield _row(path, [path])
    for inner in folder.folders.values():
        if inner.of_a_platform:
            if not inner.graded:
                yield _row(inner.path, inner.all_files)
        elif inner.graded or _of_several(inner):
            yield from _found(inner)
        elif not _belongs(inner.path, folder):
            yield _row(inner.path, inner.all_files)


def _of_several(folder: _Folder) -> bool:
    """Whether a folder without a notebook holds what several students handed in, as it seems."""
    own = set(STUDENT_NUMBER.findall(str(folder.path)))
    parts = [*folder.files, *(inner.path for inner in folder.folders.values())]
    return any(set(STUDENT_NUMBER.findall(path.name)) - own for path in parts) or any(
        inner.of_a_platform or _of_several(inner) for inner in folder.folders.values())


def _of_the_course(path: PurePosixPath) -> bool:
    """Whether a file is a platform's, or a list or note that names no student by a number."""
    return path.name in OF_A_PLATFORM or (
        path.suffix.lower() in NOTES and path.name.isascii() and "@" not in path.name
        and not STUDENT_NUMBER.search(path.name))


def _belongs(path: PurePosixPath, folder: _Folder) -> bool:
    """Whether a file or folder evidently belongs to a notebook in the same folder.

    It does with the notebook's name, with the notebook's user on Canvas, or with no student's
    number but the notebook's. Without any number it does in a folder that a single deposit is in,
    unless it is a document, which in a folder of no student may be another student's submission.
    """
    if path.stem in folder.stems:
        return True
    if user := CANVAS_USER.fullmatch(path.name):
        return user[1] in folder.users
    if numbers := set(STUDENT_NUMBER.findall(path.name)):
        return any(numbers <= own for own in folder.numbers)
    if path.suffix.lower() in DOCUMENTS and not STUDENT_NUMBER.search(str(folder.path)):
        return False
    return bool(folder.path.parts) and folder.of_one_deposit


def _row(path: PurePosixPath, files: Sequence[PurePosixPath]) -> NoNotebook:
    if list(files) == [path]:
        return NoNotebook(path, N_("neither a notebook nor a zip file"))
    if not files:
        return NoNotebook(path, N_("the folder is empty"))
    names = ", ".join(file.name for file in files[:MOST_NAMES])
    more = f" and {len(files) - MOST_NAMES} more" if len(files) > MOST_NAMES else ""
    return NoNotebook(path, N_("the folder holds no notebook, only {names}{more}").format(
        names=names, more=more))
