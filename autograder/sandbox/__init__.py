"""The processes that run student code, and how they are isolated."""
