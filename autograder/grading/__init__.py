"""From a folder of submissions to results: find, read, attempt, check, write."""
