"""The tables of the index: patients, studies, series, instances, and what is searched of them.

An entity has the attributes that its first instance says (``head``, which also gives the order of entities), encoded in
``attributes`` as an explicit VR little endian data set of its own level and those above. The columns beside are what of
it is matched, in the form of `_columns`: NULL where there is no value or where it has no such form, and then ``odd`` is 1:
what is odd can only be matched by looking at ``attributes``. Counts are kept, not computed.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
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
from sqlalchemy import event as life

__all__ = [
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

metadata: Final = MetaData()

# SQLite has a table without a second key only where the key is INTEGER, which there has 64 bits
_Id: Final = BigInteger().with_variant(Integer, "sqlite")

# Compared byte by byte everywhere, as SQLite does: another collation gives no ranges for the beginning of a name
_Text: Final = Text().with_variant(Text(collation="C"), "postgresql")


def _find_odd(table: Table, order: str = "head") -> None:
    """An index of the few rows that are looked at whatever is searched, made with the table.

    As a text: an `Index` with a condition for PostgreSQL loads that dialect, a fifth of the time to start with SQLite.
    """
    statement = f"CREATE INDEX {table.name}_odd ON {table.name} ({order}) WHERE odd = 1"

    def make(_table: Table, connection: Connection, **_words: object) -> None:
        connection.exec_driver_sql(statement)

    life.listen(table, "after_create", make)


setting: Final = Table(
    "setting",
    metadata,
    Column("name", _Text, primary_key=True),
    Column("value", _Text, nullable=False),
)

# One row, which whoever writes locks first: writers wait for each other, numbers are given without gaps
# and become visible in their order
total: Final = Table(
    "total",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # 1
    Column("instances", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("last_id", BigInteger, nullable=False),  # of any row; never given twice
    Column("last_event", BigInteger, nullable=False),
)

patient: Final = Table(
    "patient",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("identity", _Text, nullable=False, unique=True),
    Column("label", _Text, nullable=False),  # Patient ID as it is told, by `kept_text`
    Column("patient_id", _Text),
    Column("issuer", _Text),
    Column("birth_date", _Text),  # YYYYMMDD
    Column("sex", _Text),
    Column("odd", SmallInteger, nullable=False),
    Column("head", BigInteger, nullable=False),
    Column("studies", BigInteger, nullable=False),
    Column("series", BigInteger, nullable=False),
    Column("instances", BigInteger, nullable=False),
    Column("attributes", LargeBinary, nullable=False),
    Index("patient_by_head", "head"),
    Index("patient_by_id", "patient_id"),
    Index("patient_by_birth_date", "birth_date", "head"),
)
_find_odd(patient)

study: Final = Table(
    "study",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("patient", ForeignKey("patient.id"), nullable=False),
    Column("uid", _Text, nullable=False),
    Column("patient_id", _Text),
    Column("birth_date", _Text),
    Column("study_date", _Text),  # YYYYMMDD
    Column("study_time", _Text),  # HHMMSS.FFFFFF, its first moment
    Column("accession", _Text),
    Column("study_id", _Text),
    Column("description", _Text),
    Column("odd", SmallInteger, nullable=False),
    Column("modalities", _Text, nullable=False),  # \CT\SR\ in the order in which they came
    Column("sop_classes", _Text, nullable=False),
    Column("head", BigInteger, nullable=False),
    Column("series", BigInteger, nullable=False),
    Column("instances", BigInteger, nullable=False),
    Column("attributes", LargeBinary, nullable=False),
    UniqueConstraint("uid", "patient"),
    Index("study_by_patient", "patient", "head"),
    Index("study_by_head", "head"),
    Index("study_by_patient_id", "patient_id"),
    Index("study_by_date", "study_date", "head"),
    Index("study_by_accession", "accession"),
    Index("study_by_study_id", "study_id"),
)
_find_odd(study)

series: Final = Table(
    "series",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("study", ForeignKey("study.id"), nullable=False),
    Column("uid", _Text, nullable=False),
    Column("modality", _Text),
    Column("number", BigInteger),
    Column("description", _Text),
    Column("body_part", _Text),
    Column("odd", SmallInteger, nullable=False),
    Column("head", BigInteger, nullable=False),
    Column("instances", BigInteger, nullable=False),
    Column("attributes", LargeBinary, nullable=False),
    UniqueConstraint("uid", "study"),
    Index("series_by_study", "study", "head"),
    Index("series_by_head", "head"),
)
_find_odd(series)

# Patient ID and the UIDs above are those of the rows above: a row here is small
instance: Final = Table(
    "instance",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=False),
    Column("study", ForeignKey("study.id"), nullable=False),
    Column("series", ForeignKey("series.id"), nullable=False),
    Column("uid", _Text, nullable=False, unique=True),
    Column("sop_class", _Text, nullable=False),
    Column("transfer_syntax", _Text, nullable=False),
    Column("modality", _Text),
    Column("number", BigInteger),
    Column("odd", SmallInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("digest", _Text, nullable=False),  # SHA-256 of the file
    Column("key", _Text, nullable=False, unique=True),  # of the blob
    Index("instance_by_series", "series", "id"),
    Index("instance_by_study", "study", "id"),
)
_find_odd(instance, "id")

# Apart, so that looking at instances does not read it
header: Final = Table(
    "header",
    metadata,
    Column("instance", _Id, ForeignKey("instance.id"), primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
)

# Each component group of each name among the attributes of a patient, study or series
person: Final = Table(
    "person",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("level", SmallInteger, nullable=False),  # QueryLevel.depth of the owner
    Column("owner", BigInteger, nullable=False),
    Column("tag", BigInteger, nullable=False),
    Column("folded", _Text, nullable=False),  # by `folded_groups`
    Index("person_by_name", "tag", "level", "folded", "owner"),
    Index("person_by_owner", "level", "owner"),
)

word: Final = Table(
    "word",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("level", SmallInteger, nullable=False),
    Column("owner", BigInteger, nullable=False),
    Column("tag", BigInteger, nullable=False),
    Column("word", _Text, nullable=False),  # by `folded_words`
    Column("sound", _Text),
    Index("word_by_word", "tag", "level", "word", "owner"),
    Index("word_by_sound", "tag", "level", "sound", "owner"),
    Index("word_by_owner", "level", "owner"),
)

event: Final = Table(
    "event",
    metadata,
    Column("number", _Id, primary_key=True, autoincrement=False),
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
)

# Blobs whose instances are gone from the index and that are to be removed
doomed: Final = Table("doomed", metadata, Column("key", _Text, primary_key=True))
