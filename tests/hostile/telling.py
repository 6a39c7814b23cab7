"""Has seen a hidden input, as every function does, and tries to carry it out of the grading.

What a student is shown of a hidden check is its status and its own message; nothing below may put
a canary there. The instructor may read it: that is how a teacher sees what was tried.
"""
# ruff: noqa: F821, SIM105, SIM115

from tests.hostile.corpus import (
    ANSWERS,
    CELL_ERROR,
    CHECKS,
    HONEST,
    OTHER_ASSIGNMENT,
    SETUP,
    as_file,
    code,
    file,
)


@code("PPEP PP F", found="CANARY")
def puts_the_input_into_an_error_text() -> None:
    """The text of an error is for the instructor only."""
    def double(x):
        if isinstance(x, str):
            raise ValueError(f"the input was {x}")
        return x + x


@code("PEEP PP E")
def names_the_error_after_the_input() -> None:
    """The class of an error is shown only if it is one of Python's own."""
    def leak(x):
        name = "CANARY_" + "".join(c if c.isalnum() else "_" for c in str(x))
        raise type(name, (ValueError,), {"__qualname__": name, "__module__": name})(x)

    def double(x):
        if isinstance(x, str) or getattr(x, "size", 0) == 3:
            leak(x)
        return x + x

    def treasure(clue):
        leak(clue[::-1])


@code("PPFP PP F")
def names_the_answer_after_the_input() -> None:
    """Neither the class nor the name of an opaque answer is shown."""
    def double(x):
        if isinstance(x, str):
            thing = type("CANARY" + x, (), {"__repr__": lambda self: x})()
            thing.__name__ = x
            return thing
        return x + x

    def treasure(clue):
        def inner():
            return clue
        inner.__name__ = inner.__qualname__ = clue.replace("-", "_")
        return inner


@code()
def prints_and_logs_the_input() -> None:
    """What student code prints, logs, warns or displays goes nowhere."""
    import logging
    import os
    import sys
    import warnings

    def double(x):
        print(x)
        print(x, file=sys.stderr)
        sys.__stdout__.write(str(x))
        logging.error("%s", x)
        warnings.warn(str(x), stacklevel=1)
        display(x)
        for number in (0, 1, 2):
            os.write(number, str(x).encode())
        return x + x


@code(HONEST, CELL_ERROR, found="CANARY")
def keeps_the_input_for_a_later_cell() -> None:
    """An error text of a later cell is for the instructor only, like any other."""
    kept = []

    def double(x):
        kept.append(x)
        return x + x

    grader.check("q1_double")
    # %%
    raise RuntimeError(f"kept {kept}")
    # %%
    grader.check("q2_descend"), grader.check("q3_treasure")


@code(HONEST, namespaces=True)
def sends_the_input_by_every_road() -> None:
    """From within a check there is no road out: network, files, terminal, system log."""
    import socket
    import syslog

    def double(x):
        for road in (
            lambda: open("/dev/tty", "w").write(str(x)),
            lambda: syslog.syslog(str(x)),
            lambda: open("@FOLDER@/note", "w").write(str(x)),
            lambda: socket.create_connection(("127.0.0.1", int("@PORT@")), 0.2).send(b"x"),
        ):
            try:
                road()
            except OSError:
                pass
        return x + x


@code("PPPP PE F", found="IndexError")
def encodes_the_input_in_builtin_errors() -> None:
    """A student may choose among Python's own errors; that is all a hidden check tells."""
    def descend(grad, w, steps):
        if hasattr(w, "shape"):
            raise IndexError(str(w))
        return w - 0.1 * grad(w)


@file(HONEST, OTHER_ASSIGNMENT)
def writes_into_the_metadata() -> bytes:
    """Assignment and language of the metadata are words of the student: bounded and cleaned."""
    return as_file(
        [SETUP, ANSWERS, *CHECKS],
        otter={"assignment_name": "\x1b[31mCANARY\u202e" + "x" * 100_000},
        homework={"language": "\x1b]0;CANARY" + "y" * 100_000},
    )


@code(HONEST, CELL_ERROR)
def writes_control_characters() -> None:
    """Escape sequences, newlines and reversed writing do not reach a terminal or a table."""
    raise ValueError("\x1b[2J\x1b]0;title\x07\u202egnitirw\n=cmd|' /C calc'!A0\r\0\x85\u2028" * 50)


@code(HONEST, CELL_ERROR)
def raises_an_error_of_a_hundred_megabytes() -> None:
    """A long error text is cut where it arises, and costs nobody memory."""
    raise type("E" * 1_000_000, (Exception,), {})("x" * 100_000_000)
