"""IODs, modules and value lists against what PS3.3 says, and against themselves."""

import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dicom_dict
from dicom_dict import UnknownEntry, element
from dicom_dict._iod_modules import module_of_table
from dicom_dict._iods import (
    Attribute,
    Iod,
    ModuleUse,
    iod,
    iod_of,
    iods,
    macro,
    macros,
    module,
    modules,
)

GENERATED = Path(dicom_dict.__file__).parent / "_generated"
NAMES = [found.name for found in iods()]

# PS3.3 table A.3-1, edition 2025e.
CT_MODULES = """\
Patient M, Clinical Trial Subject U, General Study M, Patient Study U, Clinical Trial Study U, General Series M,
Clinical Trial Series U, Frame of Reference M, Synchronization C, General Equipment M, General Acquisition M,
General Image M, General Reference U, Enhanced Patient Orientation U, Image Plane M, Image Pixel M,
Contrast/Bolus C, Device U, Specimen U, CT Image M, Multi-energy CT Image C, Overlay Plane U, VOI LUT U,
SOP Common M, Common Instance Reference U"""

TYPES = [
    ("Patient", "PatientName", "2"),
    ("Patient", "PatientSex", "2"),
    ("General Study", "StudyInstanceUID", "1"),
    ("General Study", "AccessionNumber", "2"),
    ("General Series", "Modality", "1"),
    ("General Series", "Laterality", "2C"),
    ("General Series", "PatientPosition", "2C"),
    ("Frame of Reference", "FrameOfReferenceUID", "1"),
    ("Frame of Reference", "PositionReferenceIndicator", "2"),
    ("Image Plane", "PixelSpacing", "1"),
    ("Image Plane", "SliceThickness", "2"),
    ("Image Pixel", "Rows", "1"),
    ("CT Image", "ImageType", "1"),
    ("CT Image", "KVP", "2"),
    ("General Image", "ImageType", "3"),
    ("SOP Common", "SOPClassUID", "1"),
    ("SOP Common", "SpecificCharacterSet", "1C"),
    ("Multi-frame", "NumberOfFrames", "1"),
    ("Overlay Plane", "OverlayRows", "1"),
    ("SR Document General", "CompletionFlag", "1"),
]


def test_the_modules_of_ct() -> None:
    wanted = [tuple(text.strip().rsplit(" ", 1)) for text in CT_MODULES.split(",")]
    assert [(use.name, use.usage) for use in iod("CT Image").modules] == wanted


def test_the_information_entities_of_ct() -> None:
    found = iod("CT Image")
    assert [
        found.module(name).information_entity for name in ("Patient", "General Series", "CT Image")
    ] == [
        "Patient",
        "Series",
        "Image",
    ]
    # Of a module that 2024b did not have, from the modules around it.
    assert found.module("Enhanced Patient Orientation").information_entity == "Image"


@pytest.mark.parametrize(("name", "keyword", "kind"), TYPES)
def test_the_types_of_ps3_3(name: str, keyword: str, kind: str) -> None:
    assert module(name).attribute(keyword).type == kind


@pytest.mark.parametrize(
    "key",
    ["CT Image", "CT Image IOD", "CT Image Storage", "CTImageStorage", "1.2.840.10008.5.1.4.1.1.2"],
)
def test_an_iod_has_several_names(key: str) -> None:
    assert iod(key) is iod("CT Image")


def test_the_totals_are_those_of_the_sources() -> None:
    found = list(iods())
    assert len(found) == 174 + 1  # and the Basic Directory IOD of 2024b
    assert sum(bool(each.functional_groups) for each in found) == 32
    assert sum(len(each.modules) for each in found) == 3347 + 2
    # 719 tables without the three examples of clause 5.4, and the one that only 2020b has.
    assert len([*modules(), *macros()]) == 719 - 3 + 1
    assert module("Image Histogram").table == "C.11.5-1"
    assert sum(len(each.sop_classes) for each in found) == 170 + 10


def test_each_sop_class_leads_to_its_iod_and_back() -> None:
    for found in iods():
        for uid in found.sop_classes:
            assert iod_of(uid) is found is iod(uid)
    assert iod_of("1.2.840.10008.5.1.4.1.1.2.1").name == "Enhanced CT Image"
    assert iod_of("1.2.840.10008.5.1.4.1.1.66.7").name == "Segmentation"  # label map


@pytest.mark.parametrize("name", NAMES)
def test_each_module_and_macro_of_an_iod_has_its_table(name: str) -> None:
    found = iod(name)
    assert found.modules
    for use in found.modules:
        assert use.usage in {"M", "C", "U"}
        assert use.module.attributes
        assert not use.module.is_macro
    for group in found.functional_groups:
        assert group.macro.is_macro
        assert group.macro.attributes


def test_conditional_modules_say_when() -> None:
    silent = [
        (found.name, use.name)
        for found in iods()
        for use in [*found.modules, *_as_modules(found)]
        if use.usage == "C" and not use.condition
    ]
    # Height maps are newer than 2024b, and 2025e's table lost the text with its cross-reference.
    assert silent == [
        ("Height Map Segmentation", "Plane Position (Patient)"),
        ("Height Map Segmentation", "Plane Orientation (Patient)"),
    ]


def _as_modules(found: Iod) -> list[ModuleUse]:
    groups = found.functional_groups
    return [ModuleUse(use.name, use.usage, use.condition, None, use.table) for use in groups]


def test_every_tag_is_in_the_dictionary() -> None:
    unknown = [
        (found.table, attribute.tag)
        for found in (*modules(), *macros())
        for attribute in _all_of(found.attributes)
        if attribute.tag is not None and not (attribute.keyword and attribute.name)
    ]
    assert unknown == []


def test_sequences_have_items_and_nothing_else_has() -> None:
    bare = set()
    for found in (*modules(), *macros()):
        for attribute in _all_of(found.attributes):
            if attribute.tag is None:
                continue
            is_sequence = "SQ" in element(attribute.keyword).vrs
            assert is_sequence or not attribute.nested, attribute
            if is_sequence and not attribute.nested:
                bare.add(attribute.keyword)
    # These hold what no table can list: functional groups without an IOD, and attributes of any kind.
    assert {"SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"} <= bare
    assert len(bare) < 30, sorted(bare)


def _all_of(attributes: tuple[Attribute, ...]) -> list[Attribute]:
    """The attributes and those of their items, each level once: macros contain themselves."""
    seen: set[object] = set()
    found: list[Attribute] = []
    todo = list(attributes)
    while todo:
        attribute = todo.pop()
        found.append(attribute)
        inside = attribute.nested
        if id(inside) not in seen:
            seen.add(id(inside))
            todo += inside
    return found


def test_code_sequences_are_filled_from_their_macro() -> None:
    code = module("General Study").attribute("ProcedureCodeSequence")
    assert {inner.keyword: inner.type for inner in code.nested}["CodeMeaning"] == "1"
    assert [inner.keyword for inner in code.nested][:3] == [
        "CodeValue",
        "CodingSchemeDesignator",
        "CodingSchemeVersion",
    ]
    assert macro("Code Sequence").section == "8.8"


def test_an_include_can_change_a_type() -> None:
    """PS3.3 C.8.4.9: "Code Meaning (0008,0104) shall be Type 3 for historical reasons"."""
    orientation = module_of_table("C.8-5").attributes[0]
    meaning = next(inner for inner in orientation.nested if inner.keyword == "CodeMeaning")
    assert meaning.type == "3"


def test_content_items_contain_content_items() -> None:
    level = module("SR Document Content").attribute("ContentSequence")
    deep = level
    for _ in range(1000):
        deep = next(inner for inner in deep.nested if inner.keyword == "ContentSequence")
    assert deep.nested is next(i for i in level.nested if i.keyword == "ContentSequence").nested


def test_what_a_conditional_include_brings_is_not_mandatory() -> None:
    found = iod("Comprehensive SR").attributes()
    assert found[element("ValueType").tag].is_mandatory
    code = found[element("ConceptCodeSequence").tag]
    assert code.type == "1"
    assert not code.is_mandatory
    assert (
        code.attribute.include_condition == "Include if and only if Value Type (0040,A040) is CODE."
    )


def test_rows_below_an_include_stand_in_its_sequence() -> None:
    """PS3.3 table C.18.4-1 adds Referenced Frame Number to the items of the included Referenced SOP Sequence."""
    reference = macro("Image Reference").attributes[0]
    assert reference.keyword == "ReferencedSOPSequence"
    assert {"ReferencedSOPInstanceUID", "ReferencedFrameNumber"} <= {
        inner.keyword for inner in reference.nested
    }


def test_a_lost_level_of_nesting_is_restored() -> None:
    """PS3.3 C.11.25: the view modifier is in the items of the view."""
    view = module_of_table("C.11.25-1").attribute("ViewCodeSequence")
    modifier = next(inner for inner in view.nested if inner.keyword == "ViewModifierCodeSequence")
    assert "CodeMeaning" in {inner.keyword for inner in modifier.nested}


def test_a_sequence_with_a_wrong_tag_is_known_by_its_name() -> None:
    """PS3.3 table C.39.3-1 gives Text Object Sequence the tag of Bounding Box Annotation Units."""
    annotation = module_of_table("C.39.3-1").attributes[0]
    text = next(inner for inner in annotation.nested if inner.keyword == "TextObjectSequence")
    assert text.nested[0].keyword == "UnformattedTextValue"


class TestMergedTree:
    def test_the_strictest_module_wins(self) -> None:
        use = iod("CT Image").attributes()[element("ImageType").tag]
        assert (use.module.name, use.type, use.is_mandatory) == ("CT Image", "1", True)
        assert [module.name for module, _ in use.uses] == ["CT Image", "General Image"]

    def test_an_optional_module_demands_nothing(self) -> None:
        use = iod("CT Image").attributes()[element("ClinicalTrialSponsorName").tag]
        assert (use.type, use.is_mandatory) == ("1", False)

    def test_repeating_groups(self) -> None:
        found = iod("CT Image")
        for tag in (0x60000010, 0x60020010, 0x601E0010):
            use = found.attribute(tag)
            assert use is not None
            assert (use.attribute.keyword, use.type) == ("OverlayRows", "1")
        assert found.attribute(0x60010010) is None  # private
        assert found.attribute(0x00090010) is None

    def test_functional_groups_are_those_of_the_iod(self) -> None:
        frames = (
            iod("Enhanced CT Image")
            .attributes()[element("PerFrameFunctionalGroupsSequence").tag]
            .nested
        )
        measures = frames[element("PixelMeasuresSequence").tag]
        assert measures.attribute.functional_group is not None
        assert measures.attribute.functional_group.usage == "M"
        assert element("PixelSpacing").tag in measures.nested
        assert element("CTExposureSequence").tag in frames
        assert element("MRImageFrameTypeSequence").tag not in frames
        assert (
            module("Multi-frame Functional Groups")
            .attribute("SharedFunctionalGroupsSequence")
            .nested
            == ()
        )

    def test_items_of_several_modules_are_merged(self) -> None:
        nested = iod("CT Image").attributes()[element("ReferencedStudySequence").tag].nested
        assert nested[element("ReferencedSOPClassUID").tag].type == "1"
        with pytest.raises(TypeError):
            nested[0x00080005] = nested[element("ReferencedSOPClassUID").tag]  # type: ignore[index]

    def test_places_for_any_attribute(self) -> None:
        original = iod("CT Image").attributes()[element("OriginalAttributesSequence").tag]
        modified = original.nested[element("ModifiedAttributesSequence").tag]
        assert modified.is_open
        assert not original.is_open

    @given(st.sampled_from(NAMES))
    def test_it_is_in_order_and_consistent(self, name: str) -> None:
        found = iod(name).attributes()
        assert list(found) == sorted(found)
        for tag, use in found.items():
            assert use.tag == tag
            assert use.uses
            assert all(attribute.tag == tag for _, attribute in use.uses)
            assert not (use.type == "3" and use.is_mandatory)
        assert found is iod(name).attributes()


class TestValueLists:
    def test_enumerated_values(self) -> None:
        assert module("Patient").attribute("PatientSex").enumerated_values == ("M", "F", "O")
        assert module("General Series").attribute("Laterality").enumerated_values == ("R", "L")

    def test_defined_terms_come_from_the_section_too(self) -> None:
        modality = module("General Series").attribute("Modality")
        assert {"CT", "MR", "SEG", "SR"} <= set(modality.defined_terms)
        assert modality.enumerated_values == ()

    def test_of_one_value_of_several(self) -> None:
        (found,) = module("CT Image").attribute("ImageType").value_lists
        assert (found.kind, found.number, found.values) == ("defined", 3, ("AXIAL", "LOCALIZER"))
        assert module("CT Image").attribute("ImageType").defined_terms == ()

    def test_under_a_condition(self) -> None:
        lists = module("Segmentation Image").attribute("BitsAllocated").value_lists
        assert [(found.values, found.condition) for found in lists] == [
            (("1",), "Segmentation Type (0062,0001) is BINARY"),
            (("8",), "Segmentation Type (0062,0001) is not BINARY"),
        ]

    def test_the_same_words_do_not_make_the_same_list(self) -> None:
        """ "Parameters of scanning sequence." has terms in the MR Image Module alone."""
        assert module("MR Image").attribute("ScanOptions").defined_terms[0] == "PER"
        assert module("CT Image").attribute("ScanOptions").value_lists == ()

    def test_every_list_belongs_to_an_attribute(self) -> None:
        from dicom_dict._generated.value_lists import LISTS
        from dicom_dict._iod_modules import _rows
        from dicom_dict._value_lists import _of_table

        for table in LISTS:
            rows = {row.path for row in _rows(table)}
            for path, lists in _of_table(table).items():
                assert path in rows, (table, path)
                assert all(
                    found.terms and found.kind in {"enumerated", "defined", "unknown"}
                    for found in lists
                )


@pytest.mark.parametrize(
    ("call", "near"),
    [
        (lambda: iod("CT Imag"), "CT Image"),
        (lambda: module("Patients"), "Patient"),
        (lambda: macro("Code Sequense"), "Code Sequence"),
        (lambda: iod("CT Image").module("General Serie"), "General Series"),
        (lambda: module("Patient").attribute("PatientsName"), "PatientName"),
    ],
)
def test_unknown_names_get_near_ones(call: "object", near: str) -> None:
    assert callable(call)
    with pytest.raises(UnknownEntry, match="did you mean") as caught:
        call()
    assert near in caught.value.suggestions


def test_a_class_that_stores_nothing_has_no_iod() -> None:
    with pytest.raises(UnknownEntry, match="no storage SOP class"):
        iod_of("1.2.840.10008.1.1")


def test_a_module_is_no_macro() -> None:
    with pytest.raises(UnknownEntry):
        module("Code Sequence")
    assert module("C.7-1") == module("Patient")


def test_values_cannot_be_changed() -> None:
    attribute = module("Patient").attribute("PatientName")
    for value in (attribute, module("Patient"), iod("CT Image").attributes()[0x00100010]):
        with pytest.raises(AttributeError, match="immutable"):
            value.tag = 1
        with pytest.raises(AttributeError, match="immutable"):
            del value.tag  # type: ignore[union-attr]
    assert isinstance(iod("CT Image"), Iod)
    assert len({attribute, module("Patient").attribute("PatientName")}) == 1
    assert "(0010,0010)" in repr(attribute)


def test_the_share_of_the_wheel() -> None:
    size = sum(
        len(zlib.compress((GENERATED / f"{name}.py").read_bytes()))
        for name in ("iods", "modules", "value_lists")
    )
    assert size < 200 * 1024
