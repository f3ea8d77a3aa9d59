"""One surface in a process of its own: guided by coverage where atheris is there, by chance where it is not."""

import random
import sys
import tempfile
import time
from pathlib import Path

from .surface import Surface, surfaces

MEMORY_MIB = 1024
LONGEST_INPUT_SECONDS = 30  # of a machine that is busy with others


def guided(surface: Surface, seconds: float, crashes: Path) -> int:
    """Search with atheris; the process ends with libFuzzer's exit code."""
    import atheris

    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(surface.seeds()):
            Path(folder, str(number)).write_bytes(seed)
        options = [
            f"-runs={max(int(seconds * surface.rate), 1)}",
            f"-max_total_time={int(seconds) + 1}",
            f"-rss_limit_mb={MEMORY_MIB}",
            f"-timeout={LONGEST_INPUT_SECONDS}",
            f"-artifact_prefix={crashes}/{surface.name}-",
            "-seed=20",
            "-reload=0",  # the folder is ours alone
            "-print_final_stats=1",
            "-verbosity=0",
            folder,
        ]
        atheris.Setup([sys.argv[0], *options], surface.feed)
        atheris.Fuzz()
    return 0


def by_chance(surface: Surface, seconds: float, crashes: Path) -> int:
    """Mutate the seeds blindly; the seed of the random numbers is fixed, so that a run can be repeated."""
    chance = random.Random(20)
    seeds = list(surface.seeds())
    end = time.monotonic() + seconds
    count = 0
    while count < seconds * surface.rate and time.monotonic() < end:
        data = mutated(chance, seeds)
        try:
            surface.feed(data)
        except BaseException:
            path = crashes / f"{surface.name}-by-chance-{count}"
            path.write_bytes(data)
            print(f"{surface.name}: the input is in {path.name}", file=sys.stderr)
            raise
        count += 1
    print(f"{surface.name}: {count} inputs")
    return 0


def mutated(chance: random.Random, seeds: list[bytes]) -> bytes:
    """A seed with a few bytes changed, cut, doubled, or joined with another's."""
    data = bytearray(chance.choice(seeds))
    for _ in range(chance.randint(1, 8)):
        at = chance.randint(0, len(data))
        match chance.randint(0, 5):
            case 0:
                data[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                data[at : at + chance.randint(1, 16)] = b""
            case 2:
                data[at:at] = chance.randbytes(chance.randint(1, 8))
            case 3:
                data[at : at + 4] = chance.choice(
                    [b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xfe\xff\0\xe0", b"\xff\xff\xff\x7f"]
                )
            case 4:
                data[at:at] = data[at : at + chance.randint(1, 64)]
            case _:
                other = chance.choice(seeds)
                data[at:] = other[chance.randint(0, len(other)) :]
    return bytes(data)


def main(words: list[str]) -> int:
    name, seconds, folder = words
    surface = surfaces()[name]
    try:
        import atheris
    except ImportError:
        return by_chance(surface, float(seconds), Path(folder))
    atheris.enabled_hooks.add("str")
    instrumented(surface)
    return guided(surface, float(seconds), Path(folder))


def instrumented(surface: Surface) -> None:
    """Instrument every function of the surface's packages that is loaded by one run over its seeds."""
    import atheris

    for seed in surface.seeds():
        surface.feed(seed)
    loaded = [
        module
        for name, module in sorted(sys.modules.items())
        if name.split(".")[0] in surface.instrument and "_generated" not in name
    ]
    for module in loaded:
        for attribute, value in list(vars(module).items()):
            if getattr(value, "__globals__", None) is vars(module) and hasattr(value, "__code__"):
                setattr(module, attribute, atheris.instrument_func(value))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
