"""`Registry`: which codec decodes and encodes which transfer syntax. A value; changing it gives another one."""

from collections.abc import Callable, Iterable
from functools import cache
from typing import NamedTuple

import dicom_dict

from .._descriptor import PixelDescriptor
from .._errors import UnsupportedTransferSyntax
from ._builtin import BUILTIN
from ._codec import Codec, Encoded, EncodeOptions, Encoder, Pixels

__all__ = ["Registered", "Registry", "default_registry"]

_GROUP = "dicom.codecs"
_INSTALLED = 10  # somebody installed it on purpose, so that it comes before ours


class Registered(NamedTuple):
    """A codec and its place: the higher priority is asked first, and among equals who registered last."""

    codec: Codec
    priority: int = 0


class Registry:
    """The codecs that are there, best first. `register` and `unregister` leave it as it is and give a new one."""

    __slots__ = ("_decoders", "_encoders", "codecs", "failures")

    def __init__(
        self, codecs: Iterable[Registered] = (), failures: Iterable[tuple[str, str]] = ()
    ) -> None:
        self.codecs = tuple(sorted(codecs, key=lambda one: -one.priority))
        self.failures = tuple(failures)
        """Plug-ins that could not be loaded: the name of the entry point, and why."""
        self._decoders: dict[str, Codec] = {}
        self._encoders: dict[str, Encoder] = {}
        for codec, _ in self.codecs:
            for uid in codec.decodes:
                self._decoders.setdefault(uid, codec)
            if isinstance(codec, Encoder):
                for uid in codec.encodes:
                    self._encoders.setdefault(uid, codec)

    def register(self, codec: Codec, *, priority: int = _INSTALLED) -> "Registry":
        """A registry that also has this codec, in place of one of the same name."""
        kept = (one for one in self.codecs if one.codec.name != codec.name)
        return Registry([Registered(codec, priority), *kept], self.failures)

    def unregister(self, name: str) -> "Registry":
        """A registry without the codec of this name; LookupError if there is none."""
        kept = [one for one in self.codecs if one.codec.name != name]
        if len(kept) == len(self.codecs):
            raise LookupError(f"no codec is named {name!r}")
        return Registry(kept, self.failures)

    def decoder_for(self, uid: str) -> Codec:
        """The first codec that decodes this transfer syntax, or `UnsupportedTransferSyntax`."""
        try:
            return self._decoders[uid]
        except KeyError:
            raise UnsupportedTransferSyntax(uid, _name(uid), "decode") from None

    def encoder_for(self, uid: str) -> Encoder:
        """The first codec that encodes this transfer syntax, or `UnsupportedTransferSyntax`."""
        try:
            return self._encoders[uid]
        except KeyError:
            raise UnsupportedTransferSyntax(uid, _name(uid), "encode") from None

    def encode(
        self,
        pixels: Pixels,
        descriptor: PixelDescriptor,
        uid: str,
        options: EncodeOptions = EncodeOptions(),  # noqa: B008  (a frozen value)
    ) -> Encoded:
        """Encode one frame by the first codec for it; what is lossless is decoded and compared before it is given out."""
        from ._encoding import encode_checked

        return encode_checked(self.encoder_for(uid), pixels, descriptor, uid, options)

    @property
    def decodes(self) -> frozenset[str]:
        """The transfer syntaxes that can be decoded."""
        return frozenset(self._decoders)

    @property
    def encodes(self) -> frozenset[str]:
        """The transfer syntaxes that can be encoded."""
        return frozenset(self._encoders)

    def __repr__(self) -> str:
        return f"Registry({', '.join(one.codec.name for one in self.codecs)})"


def _name(uid: str) -> str:
    try:
        known = dicom_dict.transfer_syntax(uid)
    except dicom_dict.DicomError:  # not even a UID
        return ""
    return known.name if known.known else ""


@cache
def default_registry() -> Registry:
    """The codecs of this package and those that are installed as entry points of the group ``dicom.codecs``.

    An entry point names a codec, or something that gives one when it is called. Its attribute ``priority`` says
    where it stands; without one it comes before ours, whose priority is 0. It is made once in a process.
    """
    from importlib.metadata import entry_points

    found: list[Registered] = []
    failures: list[tuple[str, str]] = []
    for entry in sorted(entry_points(group=_GROUP)):
        try:
            codec = _codec(entry.load)
        except Exception as error:  # noqa: BLE001  (a broken plug-in must not take the others with it)
            failures.append((entry.name, f"{type(error).__name__}: {error}"))
        else:
            found.append(Registered(codec, getattr(codec, "priority", _INSTALLED)))
    return Registry([*found, *(Registered(codec) for codec in BUILTIN)], failures)


def _codec(load: Callable[[], object]) -> Codec:
    found = load()
    if isinstance(found, type) or (callable(found) and not isinstance(found, Codec)):
        found = found()
    if not isinstance(found, Codec):
        raise TypeError(f"{type(found).__name__} is no codec")
    return found


# Tracebacks, reprs and pickles name the place that users import from
Registered.__module__ = Registry.__module__ = "dicom_imaging.codecs"
