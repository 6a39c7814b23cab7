"""From rosters and graded submissions to a gradebook: intake, policy, ledger, exports, report.

The story in order: `course` reads the policy and `roster` the people; `intake`, `owners` and `join`
find who handed in what; `attempts`, `manual`, `late`, `grades` and `total` make the number, and
`ledger` tells how; `book` does all of it in memory. `exports`, `canvas` and `moodle` put it into
files; what the class got wrong is told by `analysis`, `report` and `feedback`, gathered by
`handouts`. `make` writes everything, `explain` tells one student's grade.
"""
