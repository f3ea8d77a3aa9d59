"""``python -m dicom_core`` and the script ``dicom``."""

import sys

__all__ = ["main"]


def main() -> int:
    """Run the command; the exit code is 0 only on success."""
    from importlib.util import find_spec

    if find_spec("click") is None or find_spec("rich") is None:
        sys.stderr.write(
            "dicom: the command needs two more packages: pip install 'dicom-core[cli]'\n"
        )
        return 1
    from .cli._run import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
