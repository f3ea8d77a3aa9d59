"""The tables of the index: patients, studies, series, instances, and what is searched of them.

An entity has the attributes that its first instance says (``head``), encoded in ``attributes`` as an explicit VR little
endian data set of its own level and those above; the columns beside are what of it is matched, in a form that sorts.
What cannot be brought into that form is NULL and matches nothing. Counts are kept, not computed.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

__all__ = [
    "VERSION",
    "doomed",
    "event",
    "header",
    "instance",
    "metadata",
    "patient",
    "person",
    "series",
    "setting",
    "study",
    "total",
    "word",
]

VERSION: Final = 1
"""Of these tables; `migrate` brings older ones here."""

metadata: Final = MetaData()

# SQLite numbers rows by itself only where the key is INTEGER
_Id: Final = BigInteger().with_variant(Integer, "sqlite")

setting: Final = Table(
    "setting",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

total: Final = Table(
    "total",
    metadata,
    Column("id", Integer, primary_key=True),  # there is one row, 1
    Column("instances", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
)

patient: Final = Table(
    "patient",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("identity", Text, nullable=False, unique=True),
    Column("patient_id", Text, nullable=False),
    Column("issuer", Text),
    Column("birth_date", Text),  # YYYYMMDD
    Column("sex", Text),
    Column("head", BigInteger, nullable=False),
    Column("studies", Integer, nullable=False),
    Column("series", Integer, nullable=False),
    Column("instances", Integer, nullable=False),
    Column("attributes", LargeBinary, nullable=False),
    Index("patient_by_id", "patient_id"),
    Index("patient_by_birth_date", "birth_date", "id"),
)

study: Final = Table(
    "study",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("patient", ForeignKey("patient.id"), nullable=False),
    Column("uid", Text, nullable=False),
    Column("patient_id", Text, nullable=False),
    Column("birth_date", Text),
    Column("study_date", Text),  # YYYYMMDD
    Column("study_time", Text),  # HHMMSS.FFFFFF, as far as it was given
    Column("accession", Text),
    Column("study_id", Text),
    Column("description", Text),
    Column("modalities", Text, nullable=False),  # \CT\SR\ in the order in which they came
    Column("sop_classes", Text, nullable=False),
    Column("head", BigInteger, nullable=False),
    Column("series", Integer, nullable=False),
    Column("instances", Integer, nullable=False),
    Column("attributes", LargeBinary, nullable=False),
    UniqueConstraint("patient", "uid"),
    Index("study_by_uid", "uid"),
    Index("study_by_patient_id", "patient_id"),
    Index("study_by_date", "study_date", "id"),
    Index("study_by_accession", "accession"),
    Index("study_by_study_id", "study_id"),
)

series: Final = Table(
    "series",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("study", ForeignKey("study.id"), nullable=False),
    Column("uid", Text, nullable=False),
    Column("modality", Text),
    Column("number", BigInteger),
    Column("description", Text),
    Column("body_part", Text),
    Column("head", BigInteger, nullable=False),
    Column("instances", Integer, nullable=False),
    Column("attributes", LargeBinary, nullable=False),
    UniqueConstraint("study", "uid"),
    Index("series_by_uid", "uid"),
)

instance: Final = Table(
    "instance",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("series", ForeignKey("series.id"), nullable=False),
    Column("uid", Text, nullable=False, unique=True),
    Column("study_uid", Text, nullable=False),
    Column("series_uid", Text, nullable=False),
    Column("patient_id", Text, nullable=False),
    Column("sop_class", Text, nullable=False),
    Column("transfer_syntax", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("digest", Text, nullable=False),  # SHA-256 of the file
    Column("key", Text, nullable=False),  # of the blob
    Column("number", BigInteger),
    Index("instance_by_series", "series", "id"),
    Index("instance_by_study_uid", "study_uid", "id"),
)

# Apart, so that looking at instances does not read it
header: Final = Table(
    "header",
    metadata,
    Column("instance", ForeignKey("instance.id"), primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

person: Final = Table(
    "person",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("level", SmallInteger, nullable=False),  # QueryLevel.depth of the owner
    Column("owner", BigInteger, nullable=False),
    Column("tag", BigInteger, nullable=False),
    Column("folded", Text, nullable=False),  # one component group, by fold_name
    Index("person_by_name", "tag", "level", "folded", "owner"),
    Index("person_by_owner", "level", "owner"),
)

word: Final = Table(
    "word",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("level", SmallInteger, nullable=False),
    Column("owner", BigInteger, nullable=False),
    Column("tag", BigInteger, nullable=False),
    Column("word", Text, nullable=False),
    Column("sound", Text),
    Index("word_by_word", "tag", "level", "word", "owner"),
    Index("word_by_sound", "tag", "level", "sound", "owner"),
    Index("word_by_owner", "level", "owner"),
)

event: Final = Table(
    "event",
    metadata,
    Column("number", _Id, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),
    Column("study", Text, nullable=False),
    Column("series", Text, nullable=False),
    Column("instance", Text, nullable=False),
    Column("sop_class", Text, nullable=False),
    Column("transfer_syntax", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("digest", Text, nullable=False),
    Column("patient_id", Text, nullable=False),
    Column("sender", Text, nullable=False),
    sqlite_autoincrement=True,  # numbers are never given twice
)

# Blobs whose instances are gone from the index and that are to be removed
doomed: Final = Table("doomed", metadata, Column("key", Text, primary_key=True))
