"""Remote procedure calls between the grader and a worker: plain data, and proxies for the rest."""
