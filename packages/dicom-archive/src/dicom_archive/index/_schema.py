"""The tables of the index: patients, studies, series, instances, and what is searched of them.

An entity has the attributes that its first instance says (``head``), encoded in ``attributes`` as an explicit VR little
endian data set of its own level and those above; the columns beside are what of it is matched, in a form that sorts.
What cannot be brought into that form is NULL, and its entity is listed in ``odd`` (`_columns`). Counts are kept, not computed.
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
    "odd",
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
# Compared and sorted by code points, also where the database has a language
_Text: Final = Text().with_variant(Text(collation="C"), "postgresql")

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
    Column("identity", _Text, nullable=False, unique=True),
    Column("patient_id", _Text),
    Column("issuer", _Text),
    Column("birth_date", _Text),  # YYYYMMDD
    Column("sex", _Text),
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
    Column("uid", _Text, nullable=False),
    Column("patient_id", _Text),
    Column("birth_date", _Text),
    Column("study_date", _Text),  # YYYYMMDD
    Column("study_time", BigInteger),  # the first microsecond of the day that it means
    Column("accession", _Text),
    Column("study_id", _Text),
    Column("description", _Text),
    Column("modalities", _Text, nullable=False),  # \CT\SR\ in the order in which they came
    Column("sop_classes", _Text, nullable=False),
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
    Column("uid", _Text, nullable=False),
    Column("modality", _Text),
    Column("number", BigInteger),
    Column("description", _Text),
    Column("body_part", _Text),
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
    Column("uid", _Text, nullable=False, unique=True),
    Column("study_uid", _Text, nullable=False),
    Column("series_uid", _Text, nullable=False),
    Column("patient_id", _Text, nullable=False),
    Column("sop_class", _Text, nullable=False),
    Column("transfer_syntax", _Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("digest", _Text, nullable=False),  # SHA-256 of the file
    Column("key", _Text, nullable=False),  # of the blob
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
    Column("folded", _Text, nullable=False),  # one component group, by fold_name
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
    Column("word", _Text, nullable=False),
    Column("sound", _Text),
    Index("word_by_word", "tag", "level", "word", "owner"),
    Index("word_by_sound", "tag", "level", "sound", "owner"),
    Index("word_by_owner", "level", "owner"),
)

# Entities whose columns do not say all that their attributes do: searching looks at them one by one
odd: Final = Table(
    "odd",
    metadata,
    Column("level", SmallInteger, primary_key=True, autoincrement=False),
    Column("owner", BigInteger, primary_key=True, autoincrement=False),
)

event: Final = Table(
    "event",
    metadata,
    Column("number", _Id, primary_key=True, autoincrement=True),
    Column("kind", _Text, nullable=False),
    Column("study", _Text, nullable=False),
    Column("series", _Text, nullable=False),
    Column("instance", _Text, nullable=False),
    Column("sop_class", _Text, nullable=False),
    Column("transfer_syntax", _Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("digest", _Text, nullable=False),
    Column("patient_id", _Text, nullable=False),
    Column("sender", _Text, nullable=False),
    sqlite_autoincrement=True,  # numbers are never given twice
)

# Blobs whose instances are gone from the index and that are to be removed
doomed: Final = Table("doomed", metadata, Column("key", _Text, primary_key=True))
