"""From rosters and graded submissions to a gradebook: intake, policy, exports, statistics, reports.

The way of a grade: `course` reads the policy and `intake.roster` the students. `intake.results`
reads what was graded, and `intake.submissions` finds out who handed it in and when. `policy.grades`
makes the score of a homework, `policy.total` that of the course, with a ledger that explains both.
`book` does all of this in memory. `make` writes every file, with `exports`, `statistics` and
`reports`; `explain` tells how one student's grade came about, and whose total changed since
an earlier gradebook; `new` writes a first course file; `cli` holds the commands.
"""
