"""The settings are plain values: checked when made, and the presets stand in order (NET-106)."""

import math

import attrs
import pytest

import dicom_net as dn

FIELDS = [field.name for field in attrs.fields(dn.Timeouts)]


@pytest.mark.parametrize("name", FIELDS)
def test_each_preset_is_below_the_next(name: str) -> None:
    fast, default, slow = (
        getattr(preset, name)
        for preset in (dn.Timeouts.FAST, dn.Timeouts.DEFAULT, dn.Timeouts.SLOW)
    )
    assert fast < default < slow


def test_the_defaults_are_those_of_the_feature_list() -> None:
    assert attrs.asdict(dn.Timeouts.DEFAULT) == {
        "connect": 10,
        "read": 30,
        "write": 30,
        "operation": 120,
        "association": 30,
    }


@pytest.mark.parametrize("seconds", [0, -1, math.nan])
@pytest.mark.parametrize("name", FIELDS)
def test_no_time_at_all_is_refused(name: str, seconds: float) -> None:
    with pytest.raises(ValueError, match=f"{name} is .* seconds; it must be more than 0"):
        dn.Timeouts(**{name: seconds})


def test_no_limit_is_infinity() -> None:
    assert dn.Timeouts(operation=math.inf).operation == math.inf


def test_limits_are_those_of_the_hostile_cases() -> None:
    limits = dn.NetworkLimits()
    assert (limits.associate, limits.command, limits.identifier) == (1 << 20, 64 << 10, 1 << 20)
    assert (limits.associations, limits.associations_per_peer) == (64, 32)
    assert (limits.artim, limits.request, limits.idle) == (30, 30, 60)


@pytest.mark.parametrize("field", attrs.fields(dn.NetworkLimits), ids=lambda field: str(field.name))
def test_a_limit_is_no_negative_number(field: "attrs.Attribute[float]") -> None:
    with pytest.raises(ValueError, match=field.name):
        dn.NetworkLimits(**{field.name: -1})
