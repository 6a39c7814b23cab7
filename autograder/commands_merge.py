"""The verb `merge` of the command line."""

from __future__ import annotations

from pathlib import Path

import click

from autograder.tour import echo_results


@click.command()
@click.argument("shards", metavar="RUN...", nargs=-1, required=True)
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False),
              help="Folder for the results of the whole class; it must have none yet.")
def merge(shards: tuple[str, ...], out: Path) -> None:
    """Join the parts of a class that were graded with --shard.

    \b
      homework grade hw3 submissions/ --shard 1/2 --out build/part1
      homework grade hw3 submissions/ --shard 2/2 --out build/part2
      homework merge build/part1 build/part2 --out build/run

    A RUN is a folder that `grade --shard` wrote, or its results.sqlite. The
    parts must be of one class, graded in one way, and all of them must be
    there. The outcome is that of one undivided run.
    """
    from autograder.grading.merge import merge as merge_shards

    merged = merge_shards(shards, out)
    click.echo(f"{merged.homework}: {merged.submissions} submissions of {merged.shards} shards")
    echo_results(out)
