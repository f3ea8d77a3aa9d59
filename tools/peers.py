"""Install the programs that the tests compare with, or say what is missing and how to get it.

python -m tools.peers [--list] [GROUP ...]     groups: files, net, archive, web; default: all
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from typing import NamedTuple


class Peer(NamedTuple):
    """A program nobody here wrote: how to see that it is there, and the Debian packages that bring it."""

    program: str
    package: str
    what: str


# Groups come with the packages that need them.
GROUPS = {
    "files": (
        Peer("dcmdump", "dcmtk", "DCMTK: reads, writes and converts files"),
        Peer("dciodvfy", "dicom3tools", "dicom3tools: checks files against their IOD"),
        Peer("gdcmdump", "libgdcm-tools", "GDCM: reads files"),
        Peer("djxl", "libjxl-tools", "libjxl: decodes JPEG XL"),
    ),
    "net": (
        Peer("storescu", "dcmtk", "DCMTK: sends, finds, gets and moves"),
        Peer("storescp", "dcmtk", "DCMTK: receives"),
        Peer("dcmqrscp", "dcmtk", "DCMTK: a small archive"),
        Peer("Orthanc", "orthanc orthanc-dicomweb", "Orthanc: an archive with DICOM and DICOMweb"),
        Peer("tshark", "tshark", "Wireshark: reads what is said on a network"),
    ),
    "archive": (
        Peer("pg_ctlcluster", "postgresql", "PostgreSQL: an index that several nodes share"),
    ),
    "web": (Peer("Orthanc", "orthanc orthanc-dicomweb", "Orthanc: an archive with DICOMweb"),),
}


def missing(groups: Iterable[str]) -> list[Peer]:
    """The peers of these groups that are not on the path."""
    return [
        peer for group in groups for peer in GROUPS[group] if shutil.which(peer.program) is None
    ]


def how(peers: Iterable[Peer]) -> str:
    """The command that installs them on Debian and its kin."""
    return "apt-get install --no-install-recommends " + " ".join(packages_of(peers))


def packages_of(peers: Iterable[Peer]) -> list[str]:
    """The packages, each once."""
    return sorted({name for peer in peers for name in peer.package.split()})


def install(peers: list[Peer]) -> int:
    """Install with apt-get; another apt may hold its lock for a while, so it is tried again."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    packages = packages_of(peers)
    for attempt in range(8):
        if attempt:
            time.sleep(10)
        updated = subprocess.run(
            ["apt-get", "update", "-q"], env=environment, stdout=subprocess.DEVNULL, check=False
        )
        words = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
        if (
            updated.returncode == 0
            and subprocess.run(
                words, env=environment, stdout=subprocess.DEVNULL, check=False
            ).returncode
            == 0
        ):
            return 0
    return 1


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="./dev peers", description="Install the programs that the tests compare with."
    )
    parser.add_argument(
        "groups", nargs="*", metavar="GROUP", help=f"one of: {', '.join(GROUPS)}, all"
    )
    parser.add_argument(
        "--list", action="store_true", help="only say what is there and what is missing"
    )
    given = parser.parse_args(words)
    unknown = set(given.groups) - set(GROUPS) - {"all"}
    if unknown:
        parser.error(f"no group {', '.join(sorted(unknown))}; one of: {', '.join(GROUPS)}, all")
    groups = list(GROUPS) if "all" in given.groups or not given.groups else given.groups
    absent = missing(groups)
    if (
        absent
        and not given.list
        and shutil.which("apt-get")
        and hasattr(os, "geteuid")
        and os.geteuid() == 0
    ):
        print("installing", ", ".join(packages_of(absent)), "...", flush=True)
        install(absent)
        absent = missing(groups)
    for group in groups:
        for peer in GROUPS[group]:
            print(f"{'missing' if peer in absent else 'there  '}  {peer.program:12} {peer.what}")
    if absent:
        print(
            f"to get what is missing, on Debian or Ubuntu as root: {how(absent)}", file=sys.stderr
        )
    return 1 if absent else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
