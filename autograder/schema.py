"""The tables of results.sqlite, and what to do about SQLite's errors.

    runs         one row per homework build, set of limits and part of the class that was graded
    submissions  one row each time a file was graded; of one name in a run, the last row counts
    questions    one row per question of a submission
    checks       one row per check of a question
"""

SCHEMA_VERSION = 1

SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
    run INTEGER PRIMARY KEY, homework TEXT NOT NULL, digest TEXT NOT NULL,
    settings TEXT NOT NULL, description TEXT NOT NULL, started TEXT NOT NULL,
    UNIQUE (digest, settings));
CREATE TABLE IF NOT EXISTS submissions (
    submission INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs,
    name TEXT NOT NULL, file TEXT NOT NULL, digest TEXT NOT NULL,
    submitted_at TEXT, language TEXT NOT NULL, status TEXT NOT NULL, reason TEXT NOT NULL,
    isolation TEXT NOT NULL, score REAL NOT NULL, possible REAL NOT NULL, seconds REAL NOT NULL);
CREATE INDEX IF NOT EXISTS submissions_of_run ON submissions (run, name);
CREATE TABLE IF NOT EXISTS questions (
    submission INTEGER NOT NULL REFERENCES submissions, position INTEGER NOT NULL,
    question TEXT NOT NULL, score REAL NOT NULL, possible REAL NOT NULL,
    PRIMARY KEY (submission, question));
CREATE TABLE IF NOT EXISTS checks (
    submission INTEGER NOT NULL REFERENCES submissions, question TEXT NOT NULL,
    position INTEGER NOT NULL, name TEXT NOT NULL, hidden INTEGER NOT NULL,
    points REAL NOT NULL, status TEXT NOT NULL, error TEXT NOT NULL, reason TEXT NOT NULL,
    PRIMARY KEY (submission, question, position));
"""
TABLES = {"runs", "submissions", "questions", "checks"}
ELSEWHERE = (
    "to grade, move the file away or choose another --out; "
    "to read results, name a file that `homework grade` wrote"
)
REMEDIES = {
    "locked": "wait until whatever uses it has finished, or choose another --out",
    "full": "free some space, then run the same command again: finished work is kept",
    "I/O": "check the disk, then run the same command again: finished work is kept",
    "readonly": "check its permissions, or choose another --out",
    "unable to open": "check the permissions of its folder, or choose another --out",
}
"""What to do about an error of SQLite's, by a word in it."""
