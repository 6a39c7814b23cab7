"""Finds the submissions that an instructor names: notebooks, zip files, folders of them.

A zip that holds one notebook is one submission, as Otter's export makes it; the files beside the
notebook go with it. A zip that the instructor names is a class; any other zip was handed in by one
student. All that descends from one file handed in (a deposit, see
`autograder.file_names.deposit_of`) shares one `Budget` of bytes, files, notebooks and time, also
with zips inside zips. A deposit that exceeds it becomes a row that says so, and other deposits are
not affected.

A deposit without a notebook (a PDF, an archive that is not a zip, an empty folder) becomes a row
too, because a student who handed in something is not one who handed in nothing. Files that a
program added are skipped, and so are files beside a notebook that evidently belong to it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path, PurePosixPath

from autograder.errors import UserError
from autograder.file_names import CANVAS_USER, STUDENT_NUMBER, deposit_of
from autograder.grading.unpack import (
    BESIDE_BYTES,
    ArchiveError,
    Budget,
    Member,
    readable,
    unlimited,
    unpack,
)
from autograder.language import N_, _

NOTEBOOK, ARCHIVE = ".ipynb", ".zip"
ENDINGS = (NOTEBOOK, ARCHIVE)
SCRIPT = ".py"
MAX_NESTING = 3
"""Depth of zips within zips: the zip of a class, of a student, and one more."""
MACOS_FOLDER, MACOS_PREFIX = "__MACOSX", "._"
"""A folder that macOS adds to a zip, and the first characters of the files that it adds."""
SYSTEM_FILES = {"thumbs.db", "desktop.ini", "icon\\r"}
"""Files that an operating system adds to a folder."""
OFFICE_PREFIX = "~$"
"""The first characters of the file that an office program keeps beside an open one."""
PLATFORM_FILES = {"submission_metadata.yml"}
NOTES = {".csv", ".json", ".log", ".md", ".toml", ".txt", ".xlsx", ".yaml", ".yml"}
"""Endings of files that a course keeps beside its submissions."""
DOCUMENTS = {".7z", ".doc", ".docx", ".htm", ".html", ".odt", ".pdf", ".py", ".rar", ".tar", ".tgz"}
"""Endings of files that students hand in where a notebook is asked for."""
MOST_NAMES = 3


@dataclass(frozen=True)
class Submission:
    """A notebook to grade. `name` is unique; `file` is its path relative to what was named.

    `submitted_at` is the file's time in UTC, None for a member of a class's zip, whose times say
    nothing. `unreadable` says why the student's file yielded no notebook; with `empty` there is no
    notebook to run. `failure` says why the grader could not read it, so that it is not graded.
    `sharing` is how many notebooks came from the same file handed in: together they have the time
    of one submission. `beside` are the student's files beside the notebook in their zip, which the
    digest covers: the path from the notebook, and where the file is.
    """

    path: Path
    name: str
    file: str
    digest: str
    submitted_at: str | None
    unreadable: str = ""
    failure: str = ""
    empty: bool = False
    sharing: int = 1
    beside: tuple[tuple[str, Path], ...] = ()


@dataclass
class Found:
    """The submissions, and the other files, which are skipped."""

    submissions: list[Submission] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


def find_submissions(
    paths: Sequence[Path], unpacked: Path, skip: Collection[Path] = ()
) -> Found:
    """The submissions among `paths` and inside of them; zip files are unpacked below `unpacked`.

    `skip` are files and folders of the grader that may lie among them. Raises UserError when there
    are no submissions, or two of one name.
    """
    for given in paths:
        if not given.exists():
            raise UserError(str(given), _("a notebook, a zip or a folder"), _("no such file"),
                            _("check the path"))
    for endings in (ENDINGS, (SCRIPT,)):  # scripts only where there is no notebook at all
        search = _Search(unpacked, {path.resolve() for path in skip}, endings)
        for given in paths:
            search.look_in(given.absolute())
        if search.found.submissions:
            break
    else:
        others = search.others
        raise UserError(
            ", ".join(map(str, paths)), _("notebooks (*.ipynb), zip files or scripts (*.py)"),
            _("none, only {others}").format(
                others=", ".join([*others[:3], *["..."][:len(others[3:])]])) if others
            else _("none"), _("name the notebooks or a folder that holds them"))
    search.add_exceeded()
    search.add_without_notebook()
    search.found.submissions = _with_names(_with_shares(search.found.submissions))
    return search.found


class _Search:
    """The files found so far, and the folder in which zip files are unpacked."""

    def __init__(self, unpacked: Path, skip: set[Path], endings: Collection[str]) -> None:
        self.found = Found()
        self._unpacked = unpacked
        self._folders = 0
        self._budgets: dict[str, Budget] = {}
        self._seen, self._endings = skip, endings
        self._contents: list[Contents] = []

    @property
    def others(self) -> list[str]:
        """The files that are no submissions."""
        return [str(path) for contents in self._contents for path in contents.others]

    def look_in(self, given: Path) -> None:
        """Find the submissions in a file or folder that the instructor named."""
        base, contents = given.resolve(), Contents()
        self._contents.append(contents)
        if not given.is_dir():
            self._look_at(base, Path(given.name), named=True)
            return
        def unreadable(error: OSError) -> None:
            if Path(str(error.filename)) == base:
                raise UserError(
                    str(base), _("a folder that can be read"), error.strerror or str(error),
                    _("check its permissions"))
            path = PurePosixPath(Path(str(error.filename)).relative_to(base).as_posix())
            self._add(Member(path, failure=N_("the folder cannot be read: {why}").format(
                why=error.strerror)))

        for folder, folders, files in os.walk(base, onerror=unreadable):
            folders[:] = sorted(
                name for name in folders
                if wanted(PurePosixPath(name, "file")) and Path(folder, name) not in self._seen
            )
            links = [name for name in folders if Path(folder, name).is_symlink()]
            contents.folders += [_shown(Path(folder, name).relative_to(base)) for name in folders
                             if name not in links]
            for path in sorted(Path(folder, name) for name in [*files, *links]):
                self._look_at(path, path.relative_to(base), named=False)

    def _look_at(self, path: Path, shown: Path, *, named: bool) -> None:
        """Add a file as a notebook, a zip or another file, unless it was added before."""
        if path in self._seen or not (named or wanted(PurePosixPath(path.name))):
            return
        self._seen.add(path)
        file = _shown(shown)
        if not named and path.suffix.lower() not in self._endings:
            self._contents[-1].others.append(file)
        elif path.is_symlink() or not path.is_file():
            self._add(Member(file, refused=N_("a link or a device, not a file")))
        elif path.suffix.lower() == ARCHIVE:
            prefix = PurePosixPath() if named else file
            self._look_into(Member(file, path), prefix, dated=path)
        else:
            self._add(Member(file, path), dated=path)

    def _budget(self, file: PurePosixPath) -> Budget:
        """The budget of the file that was handed in from which this one comes."""
        deposit = deposit_of(file.as_posix())
        return self._budgets.setdefault(deposit, Budget(PurePosixPath(deposit)))

    def _look_into(
        self, archive: Member, prefix: PurePosixPath, dated: Path | None, depth: int = 1
    ) -> None:
        """Find the submissions in a zip; their paths begin with `prefix`, or it is a class's."""
        assert archive.written
        folder = self._unpacked / str(self._folders)
        self._folders += 1
        try:
            if depth > MAX_NESTING:
                raise ArchiveError(N_("zips within zips"))
            folder.mkdir(parents=True)
            whole, each = (self._budget(archive.path), None) if prefix.parts else (
                unlimited(), self._budget)
            members = unpack(archive.written, folder, _has_ending, whole, each)
        except ArchiveError as error:
            self._add(replace(archive, refused=str(error)), dated)
            return
        except OSError as error:
            self._add(replace(archive, failure=N_("it cannot be unpacked: {why}").format(
                why=error.strerror)), dated)
            return
        handed_in = [m for m in members if wanted(m.path)]
        inside = [m for m in handed_in if _has_ending(m.path) and not m.folder]
        contents = self._contents[-1]
        others = [m.path for m in handed_in if m not in inside and not m.folder]
        folders = [m.path for m in handed_in if m.folder]
        alone = len(inside) == 1 and inside[0].path.suffix.lower() == NOTEBOOK
        if alone and not prefix.parts:
            alone = not Contents(others, folders, [inside[0].path]).is_class()
        if not inside:
            self._add(replace(archive, refused=N_("the zip holds no notebook"), empty=True), dated)
        elif alone:
            beside = self._unpack_beside(archive, inside[0].path.parent, others, folder)
            self._add(replace(inside[0], path=archive.path, beside=tuple(beside.values())), dated)
            self.found.others += [str(archive.path / path) for path in others if path not in beside]
        else:
            if prefix.parts:
                self.found.others += [str(prefix / path) for path in others]
            else:
                contents.others += others
                contents.folders += folders
            for member in inside:
                self._add_member(replace(member, path=prefix / member.path), depth)

    def _unpack_beside(
        self, archive: Member, home: PurePosixPath, others: list[PurePosixPath], folder: Path
    ) -> dict[PurePosixPath, tuple[str, Path]]:
        """The `others` in a student's zip that lie in the notebook's folder `home`, by path."""
        chosen = {path for path in others if path.is_relative_to(home)}
        if not (chosen and archive.written):
            return {}
        limits = Budget(archive.path, BESIDE_BYTES, until=self._budget(archive.path).until)
        try:
            members = unpack(archive.written, folder, chosen.__contains__, limits)
        except ArchiveError:
            return {}
        return {m.path: (m.path.relative_to(home).as_posix(), m.written)
                for m in members if m.written}

    def _add_member(self, member: Member, depth: int) -> None:
        if member.written and member.path.suffix.lower() == ARCHIVE:
            self._look_into(member, member.path, None, depth + 1)
        else:
            self._add(member)

    def _add(self, member: Member, dated: Path | None = None) -> None:
        """`dated` is the file whose time counts, if any."""
        self._contents[-1].graded.append(member.path)
        if self._budget(member.path).take_notebook():
            self._append(member, dated)

    def _append(self, member: Member, dated: Path | None = None) -> None:
        path = member.written
        if path is None:  # a row of its own says that files were not read
            path = self._unpacked / "refused"
            with contextlib.suppress(OSError):
                self._unpacked.mkdir(parents=True, exist_ok=True)
                path.write_text(member.refused, encoding="utf-8")
        self.found.submissions.append(_submission(path, member, dated))

    def add_exceeded(self) -> None:
        """A row for each file handed in of which not everything was read."""
        for budget in self._budgets.values():
            if budget.exceeded:
                self._append(Member(budget.deposit, refused=budget.exceeded))

    def add_without_notebook(self) -> None:
        """A row for each deposit without a notebook; the other files are skipped."""
        rows: dict[PurePosixPath, str] = {}
        for contents in self._contents:
            found, passed = contents.without_notebook()
            rows |= found
            self.found.others += map(str, passed)
        for path, reason in rows.items():
            self._append(Member(path, refused=reason, empty=True))


def _has_ending(path: PurePosixPath) -> bool:
    """Whether a file is a notebook or a zip by its name."""
    return path.suffix.lower() in ENDINGS


def _shown(path: Path) -> PurePosixPath:
    return PurePosixPath(readable(os.fsencode(path.as_posix())))


def _submission(path: Path, member: Member, dated: Path | None) -> Submission:
    digest, modified, failure = "", None, member.failure
    try:
        with path.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        for name, own in member.beside:
            digest = hashlib.sha256(f"{digest}{name}".encode() + own.read_bytes()).hexdigest()
        if dated:
            modified = datetime.fromtimestamp(dated.stat().st_mtime, UTC)
    except OSError as error:
        failure = failure or N_("the file cannot be read: {why}").format(
            why=error.strerror or error)
    return Submission(
        path=path, name="__".join(_without_ending(member.path).parts),
        file=member.path.as_posix(), digest=digest, unreadable=member.refused, failure=failure,
        empty=member.empty, beside=member.beside,
        submitted_at=modified.isoformat(timespec="seconds") if modified else None,
    )


def _with_shares(submissions: list[Submission]) -> list[Submission]:
    """Set `sharing`: how many notebooks came from the same file handed in."""
    counts = Counter(deposit_of(submission.file) for submission in submissions)
    return [replace(s, sharing=counts[deposit_of(s.file)]) for s in submissions]


def _without_ending(file: PurePosixPath) -> PurePosixPath:
    return file.with_suffix("") if _has_ending(file) else file


def _with_names(submissions: list[Submission]) -> list[Submission]:
    """Rename submissions with the name of an earlier one: a.zip beside a.ipynb.

    Students choose file names, so that must not stop the class; paths that the instructor names
    are another matter.
    """
    named: dict[str, Submission] = {}
    for submission in submissions:
        name = submission.name
        if other := named.get(name):
            if other.file == submission.file:
                raise UserError(
                    submission.file, _("submissions with different names"), _("two of this one"),
                    _("name the folder that holds both instead of the files, or rename one"))
            while name in named:
                name += f"-{hashlib.sha256(submission.file.encode()).hexdigest()[:8]}"
        named[name] = replace(submission, name=name)
    return list(named.values())


def wanted(path: PurePosixPath) -> bool:
    """Whether a file or folder is not one that a program added or hid."""
    *folders, name = path.parts
    hidden = name.startswith(".") and not _has_ending(path)
    return not (
        hidden or name.startswith((MACOS_PREFIX, OFFICE_PREFIX)) or name.lower() in SYSTEM_FILES
        or any(part.startswith(".") or part == MACOS_FOLDER for part in folders)
    )


NoNotebook = tuple[PurePosixPath, str]
"""A file or folder that was handed in, and why there is nothing to grade in it."""


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
class Contents:
    """What lies in one file or folder that was named, by paths from there on: files that are no
    submissions, folders, and submissions."""

    others: list[PurePosixPath] = field(default_factory=list)
    folders: list[PurePosixPath] = field(default_factory=list)
    graded: list[PurePosixPath] = field(default_factory=list)

    def without_notebook(self) -> tuple[dict[PurePosixPath, str], list[PurePosixPath]]:
        """The deposits without a notebook, with the reasons, and the files that are skipped."""
        top = _Folder(PurePosixPath())
        for path in self.folders:
            list(top.below(path))
        for path in self.others:
            [*_, folder] = top.below(path.parent)
            folder.files.append(path)
        for path in self.graded:
            for folder in top.below(path.parent):
                folder.graded.append(path)
        rows = dict(_without_notebook(top))
        return rows, [path for path in self.others
                      if path not in rows and not rows.keys() & set(path.parents)]

    def is_class(self) -> bool:
        """Whether a zip with a single notebook is a class's: a file in it names another student."""
        of_students = [path for path in [*self.graded, *self.others]
                       if deposit_of(str(path)) != str(path) or STUDENT_NUMBER.search(path.name)]
        return set(self.graded) <= set(of_students) and any(
            path in of_students for path in self.without_notebook()[0])


def _without_notebook(folder: _Folder) -> Iterator[NoNotebook]:
    """The deposits without a notebook in a folder that is not one student's alone."""
    for path in folder.files:
        if not _belongs_to_notebook(path, folder) and not _of_the_course(path):
            yield _no_notebook(path, [path])
    for inner in folder.folders.values():
        if inner.of_a_platform:
            if not inner.graded:
                yield _no_notebook(inner.path, inner.all_files)
        elif inner.graded or _of_several_students(inner):
            yield from _without_notebook(inner)
        elif not _belongs_to_notebook(inner.path, folder):
            yield _no_notebook(inner.path, inner.all_files)


def _of_several_students(folder: _Folder) -> bool:
    """Whether a folder without a notebook holds what several students handed in, as it seems."""
    own = set(STUDENT_NUMBER.findall(str(folder.path)))
    parts = [*folder.files, *(inner.path for inner in folder.folders.values())]
    return any(set(STUDENT_NUMBER.findall(path.name)) - own for path in parts) or any(
        inner.of_a_platform or _of_several_students(inner) for inner in folder.folders.values())


def _of_the_course(path: PurePosixPath) -> bool:
    """Whether a file is a platform's, or a list or note that names no student by a number."""
    return path.name in PLATFORM_FILES or (
        path.suffix.lower() in NOTES and path.name.isascii() and "@" not in path.name
        and not STUDENT_NUMBER.search(path.name))


def _belongs_to_notebook(path: PurePosixPath, folder: _Folder) -> bool:
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


def _no_notebook(path: PurePosixPath, files: Sequence[PurePosixPath]) -> NoNotebook:
    if list(files) == [path]:
        return path, N_("neither a notebook nor a zip file")
    if not files:
        return path, N_("the folder is empty")
    names = ", ".join(file.name for file in files[:MOST_NAMES])
    more = f" and {len(files) - MOST_NAMES} more" if len(files) > MOST_NAMES else ""
    return path, N_("the folder holds no notebook, only {names}{more}").format(
        names=names, more=more)
