"""SRT to SCT, compared with the mapping that pydicom 3.0.2 carries."""

import pytest

from dicom_dict._codes import srt_to_sct

mapping: dict[str, str] = pytest.importorskip("pydicom.sr._snomed_dict").mapping["SRT"]


def test_every_pair_that_both_have_is_equal() -> None:
    pairs = {srt: (sct, srt_to_sct(srt)) for srt, sct in mapping.items()}
    both = {srt: pair for srt, pair in pairs.items() if pair[1] is not None}
    assert all(theirs == ours for theirs, ours in both.values())
    assert len(both) == 7653  # all of ours; pydicom has 337 more, of a newer edition of the table
