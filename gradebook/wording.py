"""Words and sentences for people, in Chinese and English; numbers and times as people write them.

Longer texts of the report and of the feedback are in `reports/templates`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

from autograder.language import Language
from autograder.model import STATUS_WORDS, SubmissionStatus

Sentence = Mapping[str, str]

COMMA: Sentence = {"zh": "、", "en": ", "}
"""The separator of the items of a list."""
RAW: Sentence = {
    "zh": "自动批改得 {raw} 分，满分 {possible} 分。",
    "en": "The checks gave {raw} of {possible} points.",
}
MANUAL: Sentence = {
    "zh": "人工评分 {change} 分（{questions}），合计 {value} 分。",
    "en": "People gave {change} points ({questions}), which makes {value}.",
}
ATTEMPT: Sentence = {
    "zh": "共提交 {attempts} 次，按{choice}计分，即第 {attempt} 次{when}。",
    "en": "There were {attempts} attempts; {choice} counts, number {attempt}{when}.",
}
CHOICE: Mapping[str, Sentence] = {
    "best": {"zh": "得分最高的一次", "en": "the best"},
    "latest": {"zh": "最后一次", "en": "the latest"},
    "first": {"zh": "第一次", "en": "the first"},
}
WHEN: Sentence = {"zh": "（{time}）", "en": " ({time})"}
EXTENDED: Sentence = {"zh": "截止时间延至 {due}。", "en": "The deadline was extended to {due}."}
LATE: Sentence = {
    "zh": "截止时间 {due}，{time} 提交，迟交 {late}{free}；{lost}，剩 {value} 分。",
    "en": "It was due {due} and came {time}, {late} late{free}; {lost}, which leaves {value}.",
}
FREE: Sentence = {"zh": "，用去免罚日 {used} 天", "en": ", free late days used: {used}"}
FREE_HOURS: Sentence = {"zh": "，用去免罚时间 {used} 小时", "en": ", free late hours used: {used}"}
LOST: Sentence = {"zh": "{rule}扣 {points} 分", "en": "{rule}that costs {points} points"}
RULE: Mapping[str, Sentence] = {
    "none": {"zh": "", "en": ""},
    "per_day": {"zh": "每迟一天（不足一天按一天）扣 {rate}%，共",
                "en": "at {rate} per cent for each day begun "},
    "per_hour": {"zh": "每迟一小时（不足一小时按一小时）扣 {rate}%，共",
                 "en": "at {rate} per cent for each hour begun "},
    "cut_offs": {"zh": "按迟交时段", "en": "by the cut-offs "},
}
NOTHING_LOST: Sentence = {"zh": "不扣分", "en": "that costs nothing"}
LATE_UNKNOWN: Sentence = {
    "zh": "平台标记为迟交，但不知道迟了多久，暂不扣分。",
    "en": "The platform marks it late, but not by how much; nothing was taken off.",
}
CURVE: Sentence = {
    "zh": "全体加分 {change} 分，得 {value} 分。",
    "en": "Everybody was given {change} points, which makes {value}.",
}
FULL_MARKS: Sentence = {"zh": "全体满分", "en": "full marks for everybody"}
SCALE: Sentence = {
    "zh": "按满分 {maximum} 分折算，得 {value} 分。",
    "en": "Scaled to {maximum} points, that is {value}.",
}
MISSING: Sentence = {"zh": "没有提交，也没有人工评分。", "en": "Nothing was handed in."}
EXCUSED: Sentence = {"zh": "免交，不计入总分。", "en": "Excused: it does not count."}
OPEN: Mapping[str, Sentence] = {
    "claimed by several": {
        "zh": "{what} 同时指向这名学生和别人。",
        "en": "{what} names this student and somebody else.",
    },
    "submissions without an owner": {
        "zh": "还有 {what} 份提交不知道是谁的，其中可能有这名学生的。",
        "en": "Submissions without an owner: {what}. One of them may be this student's.",
    },
    "several notebooks at once": {
        "zh": "一次交了几个 notebook，不知道以哪个为准：{what}。",
        "en": "Several notebooks were handed in at once; which one counts is not known: {what}.",
    },
    "order of attempts unknown": {
        "zh": "有几次提交，但不知道先后：{what}。",
        "en": "There are several attempts whose order is not known: {what}.",
    },
    "no gradable work": {
        "zh": "交来的文件里没有可以批改的内容：{what}。",
        "en": "There is nothing to grade in the file: {what}.",
    },
    "graded by an older build": {
        "zh": "{what} 是用题目不同的旧版批改的。",
        "en": "{what} was graded by an older build with other questions.",
    },
    "checks not run": {
        "zh": "有几道题我们没能批改：{what}。",
        "en": "Some questions could not be graded by us: {what}.",
    },
    "points still to be given": {
        "zh": "还没有人工评分：{what}。",
        "en": "Points are still to be given by hand: {what}.",
    },
}
"""Why a score is open, by gradebook.policy.grades.Reason."""
REMEDY: Mapping[str, Sentence] = {
    "claimed by several": {"zh": "在 corrections.csv 里写明是谁的。",
                           "en": "say whose it is in corrections.csv"},
    "submissions without an owner": {"zh": "在 corrections.csv 里写明它们是谁的。",
                                     "en": "say whose they are in corrections.csv"},
    "several notebooks at once": {
        "zh": "在 corrections.csv 里给不要的那几个的学号栏填“-”。",
        "en": "write - as the id of those that do not count in corrections.csv"},
    "order of attempts unknown": {
        "zh": "在 corrections.csv 里填上提交时间，或者在课程文件里写 attempts = \"best\"。",
        "en": "give their submitted_at in corrections.csv, or set attempts = \"best\""},
    "no gradable work": {
        "zh": "请学生补交正确的文件；如果按未交处理，在 corrections.csv 里把它的学号栏填“-”；"
              "也可以在 manual 文件里逐题给分。",
        "en": "ask the student for the right file; to count it as not handed in, write - as its id"
              " in corrections.csv; or give the points of every question in the manual file"},
    "graded by an older build": {"zh": "重新批改。", "en": "grade it again"},
    "checks not run": {"zh": "重新批改，或者在 manual 文件里人工给分。",
                       "en": "grade again, or give the points by hand in the manual file"},
    "points still to be given": {"zh": "在 {file} 里填上分数。", "en": "enter them in {file}"},
}
"""Remedies for open scores; see `remedy`."""


def why_open(reason: str, what: str, language: Language) -> str:
    """The sentence that says why a score is open; a status of the results is told in words."""
    file, colon, status = what.rpartition(": ")
    if reason == "no gradable work" and colon:
        what = f"{file}: {say(status, language)}"
    return OPEN[reason][language].format(what=what)


def remedy(reason: str, language: str, marking: Path | None, manual: Path | None) -> str:
    """The remedy for an open score, with the name of the file that lacks points."""
    path = marking or manual
    file = path.name if path else {"zh": "manual 文件", "en": "the manual file"}[language]
    return REMEDY[reason][language].format(file=file)


DROP: Sentence = {
    "zh": "{homework} 得分率 {share}%，是最低的，按规定去掉。",
    "en": "{homework} is dropped as the lowest, with {share} per cent.",
}
WEIGHT: Sentence = {
    "zh": "{homework} 得 {score}/{maximum}，计 {change} 分（最多 {worth} 分）。",
    "en": "{homework}, {score} of {maximum}, counts {change} of {worth} points.",
}
ROUND: Sentence = {"zh": "四舍五入，得 {value} 分。", "en": "Rounded, that is {value}."}
CAP: Sentence = {"zh": "总成绩最多 {maximum} 分，超出的部分不计。",
                 "en": "The total is at most {maximum}; what is above that does not count."}
NO_TOTAL: Sentence = {
    "zh": "{status}，没有成绩。", "en": "There is no number, because the status is: {status}.",
}
STATUS: Mapping[str, Sentence] = {
    "graded": {"zh": "已评分", "en": "graded"},
    "late": {"zh": "迟交", "en": "late"},
    "missing": {"zh": "未交", "en": "missing"},
    "open": {"zh": "待定", "en": "open"},
    "excused": {"zh": "免交", "en": "excused"},
    "absent": {"zh": "缺考", "en": "absent"},
    "deferred": {"zh": "缓考", "en": "deferred"},
    "exempt": {"zh": "免修", "en": "exempt"},
    "misconduct": {"zh": "作弊", "en": "misconduct"},
    "duplicate id": {"zh": "学号重复", "en": "duplicate id"},
    "unusable id": {"zh": "学号有误", "en": "unusable id"},
}
NOTEBOOK: Mapping[str, Sentence] = {
    "a cell raised an error": {"zh": "notebook 运行时有单元格报错。",
                               "en": "A cell of the notebook raised an error."},
    "a cell has a syntax error": {"zh": "notebook 里有单元格存在语法错误。",
                                  "en": "A cell of the notebook has a syntax error."},
    "no check cells": {"zh": "notebook 里的测试单元格都被删了。",
                       "en": "The check cells of the notebook were deleted."},
    "notebook of another assignment": {"zh": "交来的是另一次作业的 notebook。",
                                       "en": "It is the notebook of another assignment."},
    "notebook of another programming language": {
        "zh": "这份 notebook 用的不是 Python。", "en": "The notebook is not in Python."},
    "the code ended its process": {"zh": "代码中途退出了进程。",
                                   "en": "The code ended its own process."},
    "time limit exceeded": {"zh": "代码运行超时。", "en": "The code ran out of time."},
    "empty notebook": {"zh": "notebook 是空的。", "en": "The notebook is empty."},
    "not a readable notebook": {"zh": "文件打不开，不是有效的 notebook。",
                                "en": "The file is not a readable notebook."},
    "no notebook": {"zh": "交来的文件里没有 notebook。",
                    "en": "There is no notebook in what was handed in."},
    "some checks not run": {"zh": "有些测试没能运行，这是我们的问题。",
                            "en": "Some checks could not be run by us."},
    "not graded": {"zh": "没能批改这份 notebook，这是我们的问题。",
                   "en": "We could not grade the notebook."},
}
OTTER_UNFINISHED: Sentence = {
    "zh": "`otter grade` 没有评完这份 notebook，或者得分前后矛盾，见 problems.csv。",
    "en": "`otter grade` did not finish the notebook, or its points do not add up: problems.csv.",
}
FROM_OTTER: Sentence = {
    "zh": "{homework} 的成绩来自 `otter grade`，只有每道题的得分：没有 checks.csv 和 mistakes.csv，"
          "report.html 和反馈里没有误解分析和逐项测试，也没有提交时间。",
    "en": "{homework} comes from `otter grade`, which tells points of questions only: no checks.csv"
          " and mistakes.csv, no misconceptions or single checks in report.html and feedback, no"
          " times of submission.",
}


def plain(value: float) -> str:
    """A number as people write it: at most four decimals, no trailing zeros, no -0."""
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def signed(value: float) -> str:
    """The same with its sign: +2, -9.4."""
    return f"+{plain(value)}" if value > 0 else plain(value)


WORDS: dict[str, tuple[str, str]] = {
    **{word: (said["zh"], said["en"]) for word, said in STATUS.items()},
    "late by an unknown time": (
        "平台标记为迟交，但不知道迟了多久", "marked late by the platform, but not by how much"),
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
    "group": ("题库之外、几个人答得一样", "not in the bank, and several answered alike"),
    "unknown": ("题库里没有对应的错误", "not in the bank"),
    "unwritten": ("没有定义，或什么都没有返回", "missing, or returns nothing"),
    "raises": ("每次调用都报错", "only raises errors"),
    "verdicts only": ("只有通过与否，看不出想法", "verdicts only: no belief can be read"),
    **{status.value: (word["zh"], word["en"]) for status, word in STATUS_WORDS.items()},
    "syntax error": ("语法错误", "syntax error"),
    "raised an error": ("报错", "error"),
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
    SubmissionStatus.OTHER_LANGUAGE.value: (
        "不是 Python 的 notebook", "notebook of another programming language"),
    SubmissionStatus.EXITED.value: ("代码结束了自己的进程", "the code ended its process"),
    SubmissionStatus.TIMED_OUT.value: ("超出时间限制", "time limit exceeded"),
    SubmissionStatus.EMPTY.value: ("空的 notebook", "empty notebook"),
    SubmissionStatus.UNREADABLE.value: ("文件打不开", "not a readable notebook"),
    SubmissionStatus.NO_NOTEBOOK.value: ("没有 notebook", "no notebook in what was handed in"),
    SubmissionStatus.PARTLY_RUN.value: (
        "有些测试没能运行（我们的问题）", "some checks could not be run (our failure)"),
    SubmissionStatus.NOT_RUN.value: ("没有评上（我们的问题）", "not graded (our failure)"),
}


def say(word: str, language: Language) -> str:
    """The word in the reader's language; a word that is not listed stays as it is."""
    zh, en = WORDS.get(word, (word, word))
    return zh if language == "zh" else en


def utc_offset(moment: datetime) -> str:
    """The offset from UTC as people write it: +08:00."""
    return moment.strftime("%z")[:3] + ":" + moment.strftime("%z")[3:5]


def format_moment(moment: datetime) -> str:
    """The moment as people write it: 2026-11-06 23:59 +08:00."""
    return f"{moment:%Y-%m-%d %H:%M} {utc_offset(moment)}"


def format_duration(span: timedelta, language: str) -> str:
    """A length of time in words: `2 d 3 h 5 min`, `2 天 3 小时 5 分钟`."""
    minutes, seconds = divmod(round(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    units = {"zh": ("天", "小时", "分钟", "秒"), "en": ("d", "h", "min", "s")}[language]
    parts = [f"{n} {unit}" for n, unit in zip((days, hours, minutes, seconds), units, strict=True)
             if n]
    return " ".join(parts) or f"0 {units[3]}"
