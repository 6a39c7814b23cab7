"""The processes that hold student code, and what keeps them in."""
