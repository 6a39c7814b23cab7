"""From rosters and graded submissions to a gradebook: intake, policy, ledger, exports.

The story in order: `course` reads the policy, `roster` the people, `results` and `owners` find who
handed in what, `attempts`, `manual`, `late` and `total` make the number, `ledger` tells how, and
`book` writes every file.
"""
