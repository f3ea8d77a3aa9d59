"""Settings of a node: read from TOML, written back, each mistake named."""

from math import inf
from pathlib import Path

import pytest
from attrs import evolve

from dicom_archive.node import (
    DestinationSettings,
    QuerySettings,
    ServeSettings,
    ServeSettingsError,
    TlsSettings,
)
from dicom_core.store import DuplicatePolicy
from dicom_net import NetworkLimits, Timeouts

FULL = """
data = "here"
index = "postgresql+psycopg:///archive"
ae_title = "ARCHIVE"
host = "0.0.0.0"
dimse = 104
check_called = true
allowed = ["CT", "MR 2"]
denied = ["X"]
workers = 4
duplicates = "replace"
durable = false
quarantine = false
grace = 3
max_pdu = 65536
log = "json"
log_level = "debug"

[tls]
certificate = "server.pem"
key = "/keys/server.key"
authorities = ["ca.pem"]
profile = "1.3"

[[destination]]
ae = "WS"
host = "10.0.0.5"
port = 104

[[destination]]
ae = "PACS"
host = "pacs"
port = 11112
tls = true
called_ae = "ELSE"

[timeouts]
read = 5

[limits]
idle = inf
associations = 7

[storage]
size = 1000

[query]
answers = 500
conversion = "never"

[disk]
warn = 0
"""


def test_everything_can_be_said() -> None:
    settings = ServeSettings.from_toml(FULL)
    assert settings == ServeSettings(
        data="here",
        index="postgresql+psycopg:///archive",
        ae_title="ARCHIVE",
        host="0.0.0.0",
        dimse=104,
        check_called=True,
        allowed=["MR 2", "CT"],
        denied=["X"],
        workers=4,
        duplicates=DuplicatePolicy.REPLACE,
        durable=False,
        quarantine=False,
        grace=3.0,
        max_pdu=65536,
        log=settings.log,
        log_level=settings.log_level,
        tls=TlsSettings(
            certificate="server.pem", key="/keys/server.key", authorities="ca.pem", profile="1.3"
        ),
        destinations=[
            DestinationSettings(ae="WS", host="10.0.0.5", port=104),
            DestinationSettings(ae="PACS", host="pacs", port=11112, tls=True, called_ae="ELSE"),
        ],
        timeouts=Timeouts(read=5),
        limits=NetworkLimits(idle=inf, associations=7),
        storage=evolve(settings.storage, size=1000),
        query=QuerySettings(answers=500, conversion="never"),  # type: ignore[arg-type] # a StrEnum
        disk=evolve(settings.disk, warn=0),
    )
    assert (str(settings.log), str(settings.log_level)) == ("json", "debug")


@pytest.mark.parametrize("text", ["", FULL, 'data = "a \\"b\\" \\\\ \\u007f \\u00e9"'])
def test_what_is_printed_can_be_read_back(text: str) -> None:
    settings = ServeSettings.from_toml(text)
    assert ServeSettings.from_toml(settings.to_toml()) == settings
    # In a file with tables for other programs, it has one of its own
    tables = settings.to_toml().replace("\n[", "\n[serve.").replace("\n[serve.[", "\n[[serve.")
    assert ServeSettings.from_toml("[other]\n[serve]\n" + tables) == settings


def test_passwords_are_not_printed() -> None:
    settings = ServeSettings(tls=TlsSettings(certificate="c", password="secret"))
    assert "secret" not in settings.to_toml()
    assert "secret" not in repr(settings)
    assert "secret" not in repr(ServeSettings(index="postgresql+psycopg://me:secret@db/x"))


@pytest.mark.parametrize(
    ("text", "setting", "said"),
    [
        ("dimsee = 1", "dimsee", "is unknown; there are data, index, ae_title, "),
        ('dimse = "a"', "dimse", "is a whole number"),
        ("dimse = -1", "dimse", "must be >= 0: -1"),
        ("dimse = true", "dimse", "is a whole number"),
        ("durable = 1", "durable", "is true or false"),
        ("grace = true", "grace", "is a number"),
        ('duplicates = "x"', "duplicates", "is one of keep, replace, reject"),
        ('log = "x"', "log", "is one of text, json, off"),
        ('[query]\nconversion = "z"', "query.conversion", "is one of never, uncompressed, "),
        ('[query]\nanswers = "a"', "query.answers", "is a whole number"),
        ('allowed = "A"', "allowed", "is a list of texts"),
        ("allowed = [1]", "allowed[0]", "is a text"),
        ('allowed = ["A", ""]', "allowed", "is no AE title"),
        ('ae_title = "12345678901234567"', "ae_title", "is no AE title"),
        ('ae_title = "a\\\\b"', "ae_title", "is no AE title"),
        ('host = "0.0.0.0"', "host", "which other machines reach"),
        ('any_ae = "yes"', "any_ae", "is true or false"),
        ("tls = 3", "tls", "is a table"),
        ('[tls]\nkey = "a"', "tls.certificate", "is missing"),
        ('[tls]\ncertificate = "a"\nprofile = "2"', "tls.profile", "is one of bcp195, modified, 1.3"),
        ('[destination]\nae = "A"', "destination", "is a table, or several"),
        ('[[destination]]\nae = "A"\nhost = "h"', "destination[0].port", "is missing"),
        ('[[destination]]\nae = "A"\nhost = "h"\nport = "1"', "destination[0].port", "is a whole"),
        ('[[destination]]\nae = "A"\nhost = "h"\nport = 0', "destination[0].port", "must be >= 1"),
        (
            '[[destination]]\nae = "A"\nhost = "h"\nport = 1\nx = 1',
            "destination[0].x",
            "is unknown; there are ae, host, port, tls, called_ae",
        ),
        (2 * '[[destination]]\nae = "A"\nhost = "h"\nport = 1\n', "destination", "is there twice"),
        ("[limits]\nassociations = 0", "limits.associations", "must be > 0"),
        ("[limits]\nidle = -1", "limits.idle", "it must be more than 0"),
        ('[timeouts]\nread = "x"', "timeouts.read", "is a number"),
        ("data = ", "toml", "cannot be read"),
    ],
)  # fmt: skip
def test_a_mistake_is_named(text: str, setting: str, said: str) -> None:
    with pytest.raises(ServeSettingsError) as caught:
        ServeSettings.from_toml(text)
    assert caught.value.setting == setting
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_allowed_values_are_listed() -> None:
    with pytest.raises(ServeSettingsError) as caught:
        ServeSettings.from_toml('duplicates = "x"')
    assert caught.value.allowed == ("keep", "replace", "reject")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "127.8.9.1"])
def test_this_machine_alone_needs_no_list(host: str) -> None:
    assert ServeSettings(host=host).policy().allowed is None


@pytest.mark.parametrize("host", ["0.0.0.0", "", "::", "10.0.0.1", "pacs.example"])
def test_other_machines_need_one(host: str) -> None:
    with pytest.raises(ServeSettingsError, match="--any-ae"):
        ServeSettings(host=host)
    assert ServeSettings(host=host, any_ae=True).policy().allowed is None
    assert ServeSettings(host=host, allowed=["A"]).policy().allowed == frozenset("A")


def test_paths_of_a_file_are_seen_from_its_folder(tmp_path: Path) -> None:
    file = tmp_path / "archive.toml"
    file.write_text(FULL)
    settings = ServeSettings.load(file)
    assert settings.data == str(tmp_path / "here")
    assert settings.tls is not None
    assert settings.tls.certificate == str(tmp_path / "server.pem")
    assert settings.tls.key == "/keys/server.key"
    assert settings.tls.authorities == (str(tmp_path / "ca.pem"),)


def test_destinations_and_titles_are_those_of_the_network() -> None:
    settings = ServeSettings.from_toml(FULL)
    destinations = settings.known_destinations()
    assert sorted(destinations) == ["PACS", "WS"]
    assert (destinations["PACS"].called_ae, destinations["WS"].tls) == ("ELSE", None)
    assert destinations["PACS"].tls is not None
    assert settings.policy().ae_titles == {"ARCHIVE"}
    assert ServeSettings().policy().ae_titles == set()
