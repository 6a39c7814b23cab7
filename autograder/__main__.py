"""`python -m autograder` is the command `homework`."""

from autograder.commands import main

if __name__ == "__main__":
    main(prog_name="homework")
