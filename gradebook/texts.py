"""Words that tables and pages share, in Chinese and English; sentences stand in the templates."""

from __future__ import annotations

from typing import Literal

from autograder.results import SubmissionStatus
from gradebook.wording import STATUS

Language = Literal["zh", "en"]

WORDS: dict[str, tuple[str, str]] = {
    **{word: (said["zh"], said["en"]) for word, said in STATUS.items()},
    "whole homework": ("整份作业", "whole homework"),
    "fewer than five": ("不足 5 人，不统计", "fewer than five students: not reported"),
    "fewer than thirty": (
        "不足 30 人，不计算区分度", "fewer than 30 students: no discrimination"),
    "no differences": ("得分没有差异，无法计算区分度", "no differences: no discrimination"),
    "inspect the check first": (
        "区分度为负：先查测试本身", "negative discrimination: inspect the check first"),
    "nobody failed": ("无人失分", "nobody failed"),
    "nobody passed": ("无人通过", "nobody passed"),
    "the best fail": ("前 27% 的学生也常失分", "the best students fail it too"),
    "mistake": ("题库中的错误", "a mistake of the bank"),
    "nothing passed": ("一项都没通过（多半没有作答）", "nothing passed (most likely not answered)"),
    "not in the bank": ("题库里没有对应的错误", "not in the bank"),
    "failed": ("结果不对", "a wrong result"),
    "error": ("代码报错", "the code raised an error"),
    "timeout": ("超时", "it ran out of time"),
    "process": ("仅进程隔离", "separate process only"),
    "not finished": (
        "`otter grade` 没有评完，或得分前后矛盾",
        "not finished by `otter grade`, or points that do not add up"),
    "": ("没有记录", "not recorded"),
    SubmissionStatus.COMPLETED.value: ("正常评完", "completed"),
    SubmissionStatus.CELL_ERROR.value: ("有单元格报错", "a cell raised an error"),
    SubmissionStatus.SYNTAX_ERROR.value: ("有单元格语法错误", "a cell has a syntax error"),
    SubmissionStatus.NO_CHECK_CELLS.value: ("测试单元格都被删了", "no check cells left"),
    SubmissionStatus.OTHER_ASSIGNMENT.value: ("交成了别的作业", "notebook of another assignment"),
    SubmissionStatus.EXITED.value: ("代码结束了自己的进程", "the code ended its process"),
    SubmissionStatus.TIMED_OUT.value: ("超出时间限制", "time limit exceeded"),
    SubmissionStatus.EMPTY.value: ("空的 notebook", "empty notebook"),
    SubmissionStatus.UNREADABLE.value: ("文件打不开", "not a readable notebook"),
    SubmissionStatus.PARTLY_RUN.value: (
        "有些测试没能运行（我们的问题）", "some checks could not be run (our failure)"),
    SubmissionStatus.NOT_RUN.value: ("没有评上（我们的问题）", "not graded (our failure)"),
}


def say(word: str, language: Language) -> str:
    """The word in the reader's language; a word that is not listed stays as it is."""
    zh, en = WORDS.get(word, (word, word))
    return zh if language == "zh" else en
