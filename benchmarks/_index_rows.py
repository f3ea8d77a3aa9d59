"""An index of many instances that nobody has: rows are made directly, a fortieth of the work of storing files.

One instance of each series goes the way of all instances, so that patients, studies and series are what the index makes
of them; the others of the series are rows like that one.
"""

import random
from pathlib import Path
from typing import Final

from dicom_archive import Record, pack_header, unpack_header
from dicom_archive.index import Index
from dicom_core import Dataset
from dicom_core.store import StoredInstance

__all__ = ["ROOT", "make"]

_IN_SERIES: Final = 10
_IN_STUDY: Final = 4
ROOT: Final = "1.2.826.0.1.3680043.10.1"
_CT: Final = "1.2.840.10008.5.1.4.1.1.2"
_EXPLICIT: Final = "1.2.840.10008.1.2.1"
_BATCH: Final = 1000
_ONSET: Final = tuple("b br d f g h k kr l m n p r s sch st t v w z".split())  # noqa: SIM905
_RHYME: Final = tuple("a an ar e el en er i in is o on or u um ur".split())  # noqa: SIM905
_GIVEN: Final = (
    "Anna",
    "Ben",
    "Clara",
    "David",
    "Emma",
    "Finn",
    "Greta",
    "Hans",
    "Ida",
    "Jonas",
    "Leo",
    "Mia",
    "Noah",
    "Olga",
)
_OTHERS: Final = [
    ("Müller", ""), ("Schäfer", ""), ("Größe", ""), ("Yamada", "=山田^太郎=やまだ^たろう"),
    ("Suzuki", "=鈴木^花子=すずき^はなこ"), ("Kim", "=金^희중=김^희중"), ("Hong", "=洪^吉洞=홍^길동"), ("Wang", "=王^小東"),
]  # fmt: skip
_MODALITIES: Final = ("CT", "CT", "CT", "MR", "MR", "CR", "US", "SR")
_TEXTS: Final = (
    "CT Chest",
    "MR Brain with contrast",
    "Abdomen",
    "Knee left",
    "Follow-up",
    "Thorax pa",
    "Neck vessels",
)


def make(path: Path, instances: int) -> None:
    """Make an index of so many instances: 10 in a series, 4 series in a study, 5 studies for 4 patients."""
    chance = random.Random(6)
    studies = instances // (_IN_STUDY * _IN_SERIES)
    people = _people(chance, max(studies * 4 // 5, 1))
    unfinished = path.with_suffix(".part")
    with Index.open(unfinished, durable=False) as index:
        batch: list[Record] = []
        for study in range(studies):
            name = people[study % len(people)]
            day = (
                20140101
                + study * 10 // studies * 10000
                + chance.randrange(12) * 100
                + chance.randrange(28)
            )
            for number in range(_IN_STUDY):
                batch.append(_record(chance, study, number, study % len(people), name, day))
            if len(batch) >= _BATCH or study == studies - 1:
                index.add(batch)
                batch = []
        _fill(index)
    unfinished.rename(path)


def _people(chance: random.Random, count: int) -> list[str]:
    """Names of which few are many people's, as in life."""
    surnames = [
        a + b + c + d
        for a in _ONSET
        for b in _RHYME
        for c in _ONSET
        for d in ("", "er", "mann", "i")
    ]
    chance.shuffle(surnames)
    surnames = surnames[:4000]
    ranks = [1 / (rank + 5) for rank in range(len(surnames))]
    found = []
    for surname in chance.choices(surnames, ranks, k=count):
        family, groups = surname.capitalize(), ""
        if chance.random() < 0.1:
            family, groups = chance.choice(_OTHERS)
        found.append(f"{family}^{chance.choice(_GIVEN)}{groups}")
    return found


def _record(
    chance: random.Random, study: int, series: int, patient: int, name: str, day: int
) -> Record:
    uid = f"{ROOT}.{study}"
    modality = chance.choice(_MODALITIES)
    dataset = Dataset(
        {
            "SpecificCharacterSet": "ISO_IR 192",
            "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
            "SOPClassUID": _CT,
            "SOPInstanceUID": f"{uid}.{series}.1000",
            "StudyDate": str(day),
            "SeriesDate": str(day),
            "ContentDate": str(day),
            "StudyTime": f"{chance.randrange(24):02d}{chance.randrange(60):02d}12.5",
            "AccessionNumber": f"A{study:07d}",
            "Modality": modality,
            "Manufacturer": "Example",
            "InstitutionName": "Hospital of Nowhere",
            "ReferringPhysicianName": f"Doctor{study % 300}^Who",
            "StudyDescription": chance.choice(_TEXTS),
            "SeriesDescription": f"{modality} {series} {chance.choice(('soft', 'bone', 'lung'))}",
            "PatientName": name,
            "PatientID": f"P{patient:06d}",
            "PatientBirthDate": f"{1930 + patient % 80}{1 + patient % 12:02d}{1 + patient % 28:02d}",
            "PatientSex": "MF"[patient % 2],
            "BodyPartExamined": chance.choice(("CHEST", "HEAD", "KNEE")),
            "SliceThickness": 1.25,
            "StudyInstanceUID": uid,
            "SeriesInstanceUID": f"{uid}.{series}",
            "StudyID": str(study % 10000),
            "SeriesNumber": series + 1,
            "InstanceNumber": 1,
            "ImagePositionPatient": [-158.1, -179.0, -75.7],
            "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
            "Rows": 512,
            "Columns": 512,
            "BitsAllocated": 16,
            "PixelSpacing": [0.66, 0.66],
        }
    )
    instance = StoredInstance(
        uid,
        f"{uid}.{series}",
        f"{uid}.{series}.1000",
        _CT,
        _EXPLICIT,
        527_000,
        "0" * 64,
        f"P{patient:06d}",
    )
    return Record(
        instance=instance,
        key=f"run/00000/{study}-{series}-0.dcm",
        dataset=dataset,
        header=pack_header(dataset, in_file=False),
    )


def _fill(index: Index) -> None:
    """The other instances of each series."""
    with index.engine.connect() as connection:
        run = connection.exec_driver_sql
        (last,) = run("SELECT last_id FROM total").one()
        first = run(
            "SELECT i.id, i.study, i.series, i.uid, i.sop_class, i.transfer_syntax, i.modality, i.size, i.digest, i.key, "
            "h.data FROM instance i JOIN header h ON h.instance = i.id ORDER BY i.id"
        ).all()
        run("BEGIN")
        rows: list[tuple[object, ...]] = []
        headers: list[tuple[int, bytes]] = []
        for _, study, series, uid, sop_class, syntax, modality, size, digest, key, data in first:
            header = unpack_header(data)
            for number in range(1, _IN_SERIES):
                last += 1
                own = f"{uid[:-4]}{1000 + number}"
                header["SOPInstanceUID"] = own
                header["InstanceNumber"] = number + 1
                rows.append((last, study, series, own, sop_class, syntax, modality, number + 1, 0, size, digest,
                             f"{key[:-5]}{number}.dcm"))  # fmt: skip
                headers.append((last, pack_header(header, in_file=False)))
            if len(rows) >= 10_000:
                _put(run, rows, headers)
                rows, headers = [], []
        _put(run, rows, headers)
        for table in ("series", "study", "patient"):
            run(f"UPDATE {table} SET instances = instances * {_IN_SERIES}")
        run(
            f"UPDATE total SET last_id = {last}, instances = instances * {_IN_SERIES}, size = size * {_IN_SERIES}"
        )
        run("COMMIT")


def _put(
    run: "object", rows: "list[tuple[object, ...]]", headers: "list[tuple[int, bytes]]"
) -> None:
    assert callable(run)
    if rows:
        run(
            "INSERT INTO instance (id, study, series, uid, sop_class, transfer_syntax, modality, number, odd, size, digest, "
            "key) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
            rows,
        )
        run("INSERT INTO header (instance, data) VALUES (?, ?)", headers)
