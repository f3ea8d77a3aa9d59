"""What is asked for by C-GET and C-MOVE, and which contexts a C-GET proposes."""

import pytest

from dicom_core.query import InformationModel, QueryError, QueryLevel, from_identifier
from dicom_net.services import COMMON_STORAGE, GET, RetrieveKeys, get_contexts
from dicom_net.ul import RoleSelection

PATIENT_ROOT, STUDY_ROOT = InformationModel.PATIENT_ROOT, InformationModel.STUDY_ROOT


@pytest.mark.parametrize(
    ("keys", "model", "expected"),
    [
        (RetrieveKeys.study("1.2"), STUDY_ROOT, {"StudyInstanceUID": "1.2"}),
        (
            RetrieveKeys.study(["1.2", "1.3"]),
            STUDY_ROOT,
            {"StudyInstanceUID": ("1.2", "1.3")},
        ),
        (
            RetrieveKeys.series("1.2", ["1.4", "1.5"]),
            STUDY_ROOT,
            {"StudyInstanceUID": "1.2", "SeriesInstanceUID": ("1.4", "1.5")},
        ),
        (
            RetrieveKeys.instance("1.2", "1.4", "1.6"),
            STUDY_ROOT,
            {"StudyInstanceUID": "1.2", "SeriesInstanceUID": "1.4", "SOPInstanceUID": "1.6"},
        ),
        (RetrieveKeys.patient("P1"), PATIENT_ROOT, {"PatientID": "P1"}),
        (
            RetrieveKeys.study("1.2", patient="P1"),
            PATIENT_ROOT,
            {"PatientID": "P1", "StudyInstanceUID": "1.2"},
        ),
    ],
)
def test_identifiers_hold_the_unique_keys_and_nothing_else(
    keys: RetrieveKeys, model: InformationModel, expected: dict[str, object]
) -> None:
    identifier = keys.identifier(model)
    found = {element.keyword: element.value for element in identifier.elements()}
    assert found.pop("QueryRetrieveLevel") == keys.level
    found = {
        name: tuple(map(str, value)) if isinstance(value, tuple) else str(value)
        for name, value in found.items()
    }
    assert found == expected
    # and the provider understands the same
    assert RetrieveKeys.of(from_identifier(identifier, model)) == keys


@pytest.mark.parametrize(
    ("keys", "model", "key"),
    [
        (RetrieveKeys.series("", "1.4"), STUDY_ROOT, "StudyInstanceUID"),
        (RetrieveKeys.series("1.2", ""), STUDY_ROOT, "SeriesInstanceUID"),
        (RetrieveKeys.instance("1.2", "", "1.6"), STUDY_ROOT, "SeriesInstanceUID"),
        (RetrieveKeys.study([]), STUDY_ROOT, "StudyInstanceUID"),
        (RetrieveKeys.study("1.2"), PATIENT_ROOT, "PatientID"),
        (RetrieveKeys.patient("P1"), STUDY_ROOT, "QueryRetrieveLevel"),
    ],
)
def test_a_missing_key_is_named_before_anything_is_sent(
    keys: RetrieveKeys, model: InformationModel, key: str
) -> None:
    with pytest.raises(QueryError) as error:
        keys.identifier(model)
    assert error.value.key == key


def test_a_provider_does_without_the_keys_above_the_level() -> None:
    # UIDs mean the same without them, and many users leave out the Patient ID
    identifier = RetrieveKeys.instance("1.2", "1.4", "1.6").identifier()
    del identifier["StudyInstanceUID"]
    found = RetrieveKeys.of(from_identifier(identifier, PATIENT_ROOT))
    assert found.level is QueryLevel.IMAGE
    assert (found.studies, found.series_uids, found.instances) == ((), ("1.4",), ("1.6",))


def test_a_provider_follows_no_wild_card() -> None:
    identifier = RetrieveKeys.patient("P1").identifier(PATIENT_ROOT)
    identifier.PatientID = "P*"
    with pytest.raises(QueryError, match="without wild cards"):
        RetrieveKeys.of(from_identifier(identifier, PATIENT_ROOT))


def test_the_usual_storage_classes_fit_and_come_in_our_role() -> None:
    found = get_contexts()
    assert found.left_out == ()
    assert len(found.contexts) == 1 + len(COMMON_STORAGE) <= 128
    assert found.contexts[0][0] == GET[STUDY_ROOT]
    assert found.roles[0] == RoleSelection(COMMON_STORAGE[0], scu=False, scp=True)
    assert {role.sop_class for role in found.roles} == {
        sop_class for sop_class, _ in found.contexts[1:]
    }


@pytest.mark.parametrize(
    ("syntaxes", "apart", "kept"), [(1, False, 127), (3, False, 127), (3, True, 42)]
)
def test_what_is_too_much_is_left_out_from_the_end(syntaxes: int, apart: bool, kept: int) -> None:
    classes = [f"1.2.{number}" for number in range(200)]
    found = get_contexts(classes, [f"1.9.{number}" for number in range(syntaxes)], apart=apart)
    assert len(found.contexts) <= 128
    assert found.left_out == tuple(classes[kept:])
    assert [role.sop_class for role in found.roles] == classes[:kept]
