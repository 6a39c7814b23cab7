"""The sentences of the ledger, in Chinese and in English, and how numbers are written in them."""

from __future__ import annotations

from collections.abc import Mapping

Sentence = Mapping[str, str]

COMMA: Sentence = {"zh": "、", "en": ", "}
"""What stands between the items of a list."""
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
FREE: Sentence = {"zh": "，用去免罚日 {days} 天", "en": ", free late days used: {days}"}
LOST: Sentence = {"zh": "{rule}扣 {points} 分", "en": "{rule}that costs {points} points"}
RULE: Mapping[str, Sentence] = {
    "none": {"zh": "", "en": ""},
    "per_day": {"zh": "每迟一天（不足一天按一天）扣 {loss}%，共",
                "en": "at {loss} per cent for each day begun "},
    "per_hour": {"zh": "每迟一小时（不足一小时按一小时）扣 {loss}%，共",
                 "en": "at {loss} per cent for each hour begun "},
    "cut_offs": {"zh": "按迟交时段", "en": "by the cut-offs "},
}
NOTHING_LOST: Sentence = {"zh": "不扣分", "en": "that costs nothing"}
LATE_UNKNOWN: Sentence = {
    "zh": "平台标记为迟交，但不知道迟了多久，暂不扣分。",
    "en": "The platform marks it late, but not by how much; nothing was taken off.",
}
SCALE: Sentence = {
    "zh": "按满分 {maximum} 分折算，得 {value} 分。",
    "en": "Scaled to {maximum} points, that is {value}.",
}
MISSING: Sentence = {"zh": "没有提交，也没有人工评分。", "en": "Nothing was handed in."}
EXCUSED: Sentence = {"zh": "免交，不计入总分。", "en": "Excused: it does not count."}
NOT_GRADED: Sentence = {
    "zh": "还没有批改完（{questions}），暂无成绩。",
    "en": "Not yet graded in full ({questions}), so there is no number yet.",
}
DROP: Sentence = {
    "zh": "{homework} 得分率 {share}%，是最低的，按规定去掉。",
    "en": "{homework} is dropped as the lowest, with {share} per cent.",
}
WEIGHT: Sentence = {
    "zh": "{homework} 得 {score}/{maximum}，计 {change} 分。",
    "en": "{homework}, {score} of {maximum}, counts {change} points.",
}
ROUND: Sentence = {"zh": "四舍五入，得 {value} 分。", "en": "Rounded, that is {value}."}
NO_TOTAL: Sentence = {
    "zh": "{status}，没有成绩。", "en": "There is no number, because the status is: {status}.",
}
STATUS: Mapping[str, Sentence] = {
    "graded": {"zh": "已评分", "en": "graded"},
    "late": {"zh": "迟交", "en": "late"},
    "missing": {"zh": "未交", "en": "missing"},
    "not graded": {"zh": "未批改完", "en": "not graded"},
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
    "the code ended its process": {"zh": "代码中途退出了进程。",
                                   "en": "The code ended its own process."},
    "time limit exceeded": {"zh": "代码运行超时。", "en": "The code ran out of time."},
    "empty notebook": {"zh": "notebook 是空的。", "en": "The notebook is empty."},
    "not a readable notebook": {"zh": "文件打不开，不是有效的 notebook。",
                                "en": "The file is not a readable notebook."},
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
