#!/bin/sh
# Puts Otter into the root file system of a grading image, in a virtual environment at /opt/otter.
# mmdebstrap calls it with that folder; PYTHON is the Python whose pip fetches the packages.
set -eu
unset PIP_CONSTRAINT  # which make sets for its own folder; the constraints are named below
root=$1
version=$(chroot "$root" python3 -c 'import platform; print(platform.python_version())')
"$PYTHON" -m pip download -qq --dest "$root/wheels" --python-version "$version" \
    --only-binary=:all: --constraint "$CONSTRAINTS" pip $PACKAGES
chroot "$root" python3 -m venv /opt/otter
chroot "$root" /opt/otter/bin/pip install -qq --no-index --find-links /wheels $PACKAGES
rm -rf "$root/wheels" "$root"/etc/apt/sources.list*  # so that apt-get asks nobody any more
