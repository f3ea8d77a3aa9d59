"""The tables of the DICOM standard: complete, typed, and nearly free to import.

>>> import dicom_dict as dd
>>> dd.element("PatientName").vr
<VR.PN: 'PN'>
>>> dd.uid("1.2.840.10008.5.1.4.1.1.2").name
'CT Image Storage'

Each table loads when it is first asked. Names for completion: ``tags.PatientName``,
``sop_classes.CTImageStorage``, ``transfer_syntaxes.ExplicitVRLittleEndian``, ``codes.<meaning>``.
"""

from typing import TYPE_CHECKING

from ._errors import DicomError, TagFormatError, UnknownEntry
from ._tag import Tag
from .lazy import door

if TYPE_CHECKING:
    from . import codes, sop_classes, tags, transfer_syntaxes, well_known
    from ._audit import (
        AuditCode,
        AuditEntity,
        AuditField,
        AuditFieldFormat,
        AuditMessage,
        AuditValue,
        audit_fields,
        audit_message,
        audit_messages,
        audit_values,
    )
    from ._charsets import (
        CharacterSet,
        CharacterSetKind,
        CodeElement,
        character_set,
        character_sets,
        escape_sequences,
        find_character_set,
    )
    from ._codes import (
        Code,
        CodingScheme,
        DcmCode,
        body_parts,
        coding_scheme,
        coding_schemes,
        dcm_code,
        dcm_codes,
        srt_to_sct,
    )
    from ._context_groups import (
        ContextGroup,
        context_group,
        context_groups,
        groups_of,
    )
    from ._deidentification import (
        DeidentificationAction,
        DeidentificationConcept,
        DeidentificationOption,
        DeidentificationRow,
        deidentification_actions,
        deidentification_concept,
        deidentification_concepts,
        deidentification_row,
        find_deidentification_concept,
    )
    from ._editions import (
        editions,
    )
    from ._elements import (
        ElementEntry,
        element,
        elements,
        find_element,
        vr_by_tag,
    )
    from ._iod_modules import (
        Attribute,
        AttributeType,
        MacroUse,
        Module,
        Usage,
        macro,
        macros,
        module,
        modules,
    )
    from ._iods import (
        AttributeUse,
        Iod,
        ModuleUse,
        iod,
        iod_of,
        iods,
    )
    from ._private import (
        PrivateDictionary,
        PrivateDictionaryError,
        PrivateElement,
    )
    from ._sr_constraints import (
        Relationship,
        RootTemplate,
        SRConstraints,
        sr_constraints,
        sr_iods,
    )
    from ._statuses import (
        DimseService,
        Status,
        StatusCategory,
        StatusType,
        failure_reason,
        failure_reasons,
        status,
        status_category,
        status_types,
        statuses,
    )
    from ._storage_classes import (
        StorageClass,
        StorageClassRegistry,
    )
    from ._templates import (
        Parameter,
        Reference,
        Template,
        TemplateRow,
        template,
        template_variants,
        templates,
    )
    from ._transfer_syntaxes import (
        Fidelity,
        TransferSyntax,
        known_transfer_syntaxes,
        transfer_syntax,
    )
    from ._uids import (
        UIDEntry,
        UIDKind,
        find_uid,
        uid,
        uids,
    )
    from ._value_lists import (
        Term,
        ValueKind,
        ValueList,
        value_lists,
    )
    from ._vm import (
        VM,
    )
    from ._vr import (
        VR,
    )

    EDITION: str

# The door: which private module holds which public name. A name is loaded when it is first used.
_DOOR = {
    "._audit": (
        "audit_fields audit_message audit_messages audit_values AuditCode AuditEntity AuditField "
        "AuditFieldFormat AuditMessage AuditValue "
    ),
    "._charsets": (
        "character_set character_sets CharacterSet CharacterSetKind CodeElement escape_sequences "
        "find_character_set "
    ),
    "._codes": (
        "body_parts Code coding_scheme coding_schemes CodingScheme dcm_code dcm_codes DcmCode srt_to_sct "
    ),
    "._context_groups": ("context_group context_groups ContextGroup groups_of "),
    "._deidentification": (
        "deidentification_actions deidentification_concept deidentification_concepts deidentification_row "
        "DeidentificationAction DeidentificationConcept DeidentificationOption DeidentificationRow "
        "find_deidentification_concept "
    ),
    "._editions": ("EDITION editions "),
    "._elements": ("element ElementEntry elements find_element vr_by_tag "),
    "._iod_modules": ("Attribute AttributeType macro macros MacroUse Module module modules Usage "),
    "._iods": ("AttributeUse Iod iod iod_of iods ModuleUse "),
    "._private": ("PrivateDictionary PrivateDictionaryError PrivateElement "),
    "._sr_constraints": ("Relationship RootTemplate sr_constraints sr_iods SRConstraints "),
    "._statuses": (
        "DimseService Status failure_reason failure_reasons status status_category status_types "
        "StatusCategory statuses StatusType "
    ),
    "._storage_classes": ("StorageClass StorageClassRegistry "),
    "._templates": (
        "Parameter Reference Template template template_variants TemplateRow templates "
    ),
    "._transfer_syntaxes": ("Fidelity known_transfer_syntaxes transfer_syntax TransferSyntax "),
    "._uids": ("find_uid uid UIDEntry UIDKind uids "),
    "._value_lists": ("Term value_lists ValueKind ValueList "),
    "._vm": ("VM "),
    "._vr": ("VR "),
    ".": "codes sop_classes tags transfer_syntaxes well_known",  # modules, doors of their own
}

__all__ = [
    "EDITION",
    "VM",
    "VR",
    "Attribute",
    "AttributeType",
    "AttributeUse",
    "AuditCode",
    "AuditEntity",
    "AuditField",
    "AuditFieldFormat",
    "AuditMessage",
    "AuditValue",
    "CharacterSet",
    "CharacterSetKind",
    "Code",
    "CodeElement",
    "CodingScheme",
    "ContextGroup",
    "DcmCode",
    "DeidentificationAction",
    "DeidentificationConcept",
    "DeidentificationOption",
    "DeidentificationRow",
    "DicomError",
    "DimseService",
    "ElementEntry",
    "Fidelity",
    "Iod",
    "MacroUse",
    "Module",
    "ModuleUse",
    "Parameter",
    "PrivateDictionary",
    "PrivateDictionaryError",
    "PrivateElement",
    "Reference",
    "Relationship",
    "RootTemplate",
    "SRConstraints",
    "Status",
    "StatusCategory",
    "StatusType",
    "StorageClass",
    "StorageClassRegistry",
    "Tag",
    "TagFormatError",
    "Template",
    "TemplateRow",
    "Term",
    "TransferSyntax",
    "UIDEntry",
    "UIDKind",
    "UnknownEntry",
    "Usage",
    "ValueKind",
    "ValueList",
    "audit_fields",
    "audit_message",
    "audit_messages",
    "audit_values",
    "body_parts",
    "character_set",
    "character_sets",
    "codes",
    "coding_scheme",
    "coding_schemes",
    "context_group",
    "context_groups",
    "dcm_code",
    "dcm_codes",
    "deidentification_actions",
    "deidentification_concept",
    "deidentification_concepts",
    "deidentification_row",
    "editions",
    "element",
    "elements",
    "escape_sequences",
    "failure_reason",
    "failure_reasons",
    "find_character_set",
    "find_deidentification_concept",
    "find_element",
    "find_uid",
    "groups_of",
    "iod",
    "iod_of",
    "iods",
    "known_transfer_syntaxes",
    "macro",
    "macros",
    "module",
    "modules",
    "sop_classes",
    "sr_constraints",
    "sr_iods",
    "srt_to_sct",
    "status",
    "status_category",
    "status_types",
    "statuses",
    "tags",
    "template",
    "template_variants",
    "templates",
    "transfer_syntax",
    "transfer_syntaxes",
    "uid",
    "uids",
    "value_lists",
    "vr_by_tag",
    "well_known",
]

if not TYPE_CHECKING:  # a checker reads the imports above, and then knows a misspelt name
    __getattr__, __dir__ = door(globals(), _DOOR)
