"""The DCM codes of PS3.16 table D-1 as names: ``codes.ProcedureReported``.

A name is made when it is asked for; the stub beside this file tells editors and type checkers
all of them. SNOMED CT, LOINC and other codes belong to their owners: take them from the context
groups.
"""

from ._codes import Code, _dcm_by_keyword, _dcm_rows

__all__ = ["Code"]


def __getattr__(name: str) -> Code:
    value = None if name.startswith("__") else _dcm_by_keyword().get(name)
    if value is not None:
        return Code(value, "DCM", _dcm_rows()[value][1])
    sentence = f"no DCM code has the name {name!r}"
    if not name.startswith("_"):
        from ._nearest import nearest

        near = nearest(name, _dcm_by_keyword())
        if near:
            sentence += f"; did you mean {' or '.join(near)}?"
    raise AttributeError(sentence, name=name)


def __dir__() -> list[str]:
    return sorted(_dcm_by_keyword())
