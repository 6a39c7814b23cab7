"""Calls and values between the grader and a worker: plain data only, and proxies for the rest."""
