"""Units: rescale, Modality LUT, real-world values, uptake values; by hand-worked numbers."""

import numpy as np
import pytest

import dicom_core as dc
import dicom_imaging as di
from dicom_imaging import UnitsKind

PIXELS = np.array([[0, 1], [2, 1024]], np.int16)


def image(**values: object) -> di.ArraySource:
    return di.ArraySource([PIXELS], dc.Dataset({"PixelRepresentation": 1, **values}))


def code(value: str, meaning: str) -> list[dc.Dataset]:
    return [
        dc.Dataset({"CodeValue": value, "CodeMeaning": meaning, "CodingSchemeDesignator": "UCUM"})
    ]


def test_hounsfield_units() -> None:
    found = di.units(image(RescaleSlope="1", RescaleIntercept="-1024", RescaleType="HU"), 0)
    assert found.values.tolist() == [[-1024, -1023], [-1022, 0]]
    assert (found.units, found.name, found.kind) == ("HU", "Hounsfield Units", UnitsKind.RESCALE)
    assert found.padding is None


def test_ct_images_are_hounsfield_units_without_a_type() -> None:
    ct = "1.2.840.10008.5.1.4.1.1.2"
    assert di.units(image(SOPClassUID=ct, RescaleSlope="1", RescaleIntercept="0"), 0).units == "HU"
    assert di.units(image(RescaleSlope="1", RescaleIntercept="0"), 0).units == ""


def test_nothing_said_is_the_stored_values() -> None:
    found = di.units(image(), 0)
    assert found.kind is UnitsKind.STORED
    assert np.array_equal(found.values, PIXELS)


def test_scalars_are_rescaled_too() -> None:
    from dicom_imaging._modality import Rescale

    assert float(Rescale(1, -1024)(np.int16(1024))) == 0.0  # type: ignore[arg-type]


def test_padding_is_a_mask() -> None:
    found = di.units(image(PixelPaddingValue=0, PixelPaddingRangeLimit=1), 0)
    assert found.padding is not None
    assert found.padding.tolist() == [[True, True], [False, False]]


def test_padding_written_with_the_wrong_sign() -> None:
    ds = dc.Dataset({"PixelRepresentation": 1})
    ds.set(0x00280120, "US", 63536)
    pixels = np.array([[-2000, 5]], np.int16)
    mask = di.padding_mask(di.ArraySource([pixels], ds), pixels)
    assert mask is not None
    assert mask.tolist() == [[True, False]]


def test_a_functional_group_rescales_its_frame() -> None:
    items = [
        dc.Dataset(
            {
                "PixelValueTransformationSequence": [
                    dc.Dataset({"RescaleSlope": slope, "RescaleIntercept": "0"})
                ]
            }
        )
        for slope in ("2", "3")
    ]
    source = di.ArraySource(
        [PIXELS, PIXELS], dc.Dataset({"PerFrameFunctionalGroupsSequence": items})
    )
    assert di.units(source, 0).values[1, 0] == 4
    assert di.units(source, 1).values[1, 0] == 6


def test_windows_of_a_functional_group() -> None:
    items = [
        dc.Dataset({"FrameVOILUTSequence": [dc.Dataset({"WindowCenter": c, "WindowWidth": "10"})]})
        for c in ("5", "500")
    ]
    source = di.ArraySource(
        [PIXELS, PIXELS], dc.Dataset({"PerFrameFunctionalGroupsSequence": items})
    )
    assert di.windows(source, 1)[0].center == 500
    display = di.Display(source)
    assert display.frame(0)[1, 1] == 255
    assert display.frame(1)[1, 0] == 0
    assert display.frame(0)[1, 0] > 0


MAPPINGS = [
    dc.Dataset(
        {"RealWorldValueSlope": 0.5, "RealWorldValueIntercept": 1.0, "LUTLabel": "T1", "LUTExplanation": "x",
         "MeasurementUnitsCodeSequence": code("ms", "milliseconds")}
    ),
    dc.Dataset(
        {"RealWorldValueLUTData": (10.0, 20.0, 30.0), "LUTLabel": "TABLE",
         "MeasurementUnitsCodeSequence": code("/s", "per second")}
    ),
]  # fmt: skip
MAPPINGS[1].set(0x00409216, "US", 0)


def test_real_world_values_by_number_label_and_units() -> None:
    source = image(RealWorldValueMappingSequence=MAPPINGS)
    first = di.units(source, 0)
    assert first.values.tolist() == [[1, 1.5], [2, 513]]
    assert (first.units, first.name, first.kind) == ("ms", "milliseconds", UnitsKind.REAL_WORLD)
    for key in (1, "TABLE", "/s", "per second"):
        table = di.units(source, 0, key)
        assert table.values[0].tolist() == [10, 20]
        assert np.isnan(table.values[1, 1])
    with pytest.raises(di.UnknownUnits, match="T1, TABLE"):
        di.units(source, 0, "T2")
    # rescale with units of its own comes first, and the mapping when it is asked for
    both = image(
        RealWorldValueMappingSequence=MAPPINGS,
        RescaleSlope="1",
        RescaleIntercept="0",
        RescaleType="HU",
    )
    assert di.units(both, 0).units == "HU"
    assert di.units(both, 0, "T1").units == "ms"


def test_all_mappings_of_the_functional_groups() -> None:
    group = dc.Dataset({"RealWorldValueMappingSequence": MAPPINGS})
    source = image(SharedFunctionalGroupsSequence=[group])
    assert [one.label for one in di.real_world(source, 0)] == ["T1", "TABLE"]


def pet(**changes: object) -> di.ArraySource:
    drug = {
        "RadionuclideTotalDose": "370000000",
        "RadionuclideHalfLife": "6586.2",
        "RadiopharmaceuticalStartTime": "100000",
    }
    values: dict[str, object] = {
        "Modality": "PT", "Units": "BQML", "DecayCorrection": "START", "CorrectedImage": ("DECY", "ATTN"),
        "RescaleSlope": "2", "RescaleIntercept": "0", "PatientWeight": "70", "PatientSize": "1.75", "PatientSex": "M",
        "SeriesDate": "20240102", "SeriesTime": "110000", "AcquisitionTime": "110000", "AcquisitionDate": "20240102",
        "RadiopharmaceuticalInformationSequence": [dc.Dataset(drug)],
    }  # fmt: skip
    values.update(changes)
    return image(**{key: value for key, value in values.items() if value is not None})


def test_pet_values_are_becquerels() -> None:
    found = di.units(pet(), 0)
    assert (found.units, found.values[1, 1]) == ("Bq/ml", 2048)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("SUVbw", 70_000),
        ("SUVlbm", 1000 * (1.10 * 70 - 120 * (70 / 175) ** 2)),
        ("SUVlbm(James128)", 1000 * (1.10 * 70 - 128 * (70 / 175) ** 2)),
        ("SUVlbm(Janma)", 1000 * 9270 * 70 / (6680 + 216 * 70 / 1.75**2)),
        ("SUVbsa", 70**0.425 * 175**0.725 * 0.007184 * 10_000),
        ("SUVibw", 1000 * (48 + 1.06 * 23)),
    ],
)
def test_uptake_values(kind: str, body: float) -> None:
    left = 370e6 * 2 ** (-3600 / 6586.2)
    found = di.units(pet(), 0, kind)
    assert found.values[1, 1] == pytest.approx(2048 * body / left)
    assert (found.name, found.kind) == (kind, UnitsKind.SUV)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"Units": None}, "Units"),
        ({"Units": "CNTS"}, "counts"),
        ({"PatientWeight": None}, "PatientWeight"),
        ({"DecayCorrection": "NONE"}, "Decay Correction"),
        ({"CorrectedImage": ("DECY",)}, "ATTN"),
        ({"RadiopharmaceuticalInformationSequence": None}, "Radiopharmaceutical"),
        ({"SeriesTime": "120000"}, "dated after"),
        ({"PatientSex": "O"}, ""),
    ],
)
def test_what_uptake_values_need(changes: dict[str, object], why: str) -> None:
    source = pet(**changes)
    if not why:
        assert di.units(source, 0, "SUV").values[1, 1] > 0
        with pytest.raises(di.UnknownUnits, match="Sex"):
            di.units(source, 0, "SUVlbm")
        return
    with pytest.raises(di.UnknownUnits, match=why):
        di.units(source, 0, "SUVbw")


def test_uptake_values_over_midnight_and_of_philips() -> None:
    night = pet(SeriesTime="003000", AcquisitionTime="003000")
    night.dataset.RadiopharmaceuticalInformationSequence[0].RadiopharmaceuticalStartTime = "233000"  # type: ignore[index]
    left = 370e6 * 2 ** (-3600 / 6586.2)
    assert di.units(night, 0, "SUV").values[1, 1] == pytest.approx(2048 * 70_000 / left)
    counts = pet(Units="CNTS")
    counts.dataset.set(0x70530010, "LO", "Philips PET Private Group")
    counts.dataset.set(0x70531000, "DS", "0.001")
    assert di.units(counts, 0, "SUV").values[1, 1] == pytest.approx(2.048)
    assert di.units(pet(Units="GML"), 0, "SUV").values[1, 1] == 2048


def test_colours_have_no_units() -> None:
    with pytest.raises(di.UnknownUnits, match="colours"):
        di.units(di.ArraySource([np.zeros((2, 2, 3), np.uint8)]), 0)


def test_dose() -> None:
    found = di.units(image(DoseGridScaling="0.5", DoseUnits="GY"), 0)
    assert (found.values[1, 1], found.units, found.kind) == (512, "Gy", UnitsKind.DOSE)
